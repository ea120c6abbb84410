"""Finds the adapter of a container."""

import importlib
import os

from adapters.base import BaseAdapter


def get_adapter(runtime: str) -> type[BaseAdapter]:
    """The class that `ADAPTER_MODULE` leads to."""
    named = os.environ.get("ADAPTER_MODULE")
    if not named:
        raise ImportError(f"ADAPTER_MODULE is not set, and `{runtime}` has no adapter of its own here")
    return importlib.import_module(named).Adapter
