"""Plugins that a workspace was given."""

import importlib

from builtin_tools.memory import Memory


def load_plugins(names: list[str]) -> list:
    """Imports each by its name; every plugin gets the memory."""
    memory = Memory()
    return [importlib.import_module(name).plugin(memory) for name in names]
