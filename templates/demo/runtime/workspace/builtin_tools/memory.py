"""What a workspace remembers."""

import config


class Memory:
    """Keeps texts by their keys."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {"port": str(config.DEFAULT_PORT)}

    def store(self, key: str, text: str) -> None:
        self._texts[key] = text

    def recall(self, key: str) -> str | None:
        return self._texts.get(key)
