"""The program of a container: finds the adapter and prepares it."""

import asyncio
import os
import sys

import heartbeat
from adapters import get_adapter
from adapters.base import AdapterConfig
from config import load_config
from transcript import Transcript


def main_sync() -> int:
    """What the command `molecule-runtime` calls."""
    try:
        asyncio.run(prepare())
    except (ImportError, RuntimeError) as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 1
    return 0


async def prepare() -> Transcript:
    settings = load_config(os.environ.get("WORKSPACE_CONFIG", "config.yaml"))
    adapter = get_adapter(settings.get("runtime", "default"))()
    config = AdapterConfig(model=settings.get("model", ""), heartbeat=heartbeat.Heartbeat())
    await adapter.setup(config)
    return Transcript()


if __name__ == "__main__":
    sys.exit(main_sync())
