"""Tells the platform that a workspace is alive."""

import time


class Heartbeat:
    """Counts from when it was made."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def age(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._started
