"""Finds the other workspaces and asks them."""

import os

import config


def discover_peer(name: str) -> str:
    """The address of a workspace by its name."""
    return os.environ.get(f"PEER_{name.upper()}", f"http://{name}:{config.DEFAULT_PORT}")
