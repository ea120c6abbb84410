"""The settings of a workspace."""

DEFAULT_PORT = 8000


def load_config(path: str) -> dict:
    """The scalars of a config file; a file that is not there has none."""
    settings = {}
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                key, separator, value = line.partition(":")
                if separator and not line.startswith((" ", "#")):
                    settings[key.strip()] = value.strip()
    except FileNotFoundError:
        pass
    return settings
