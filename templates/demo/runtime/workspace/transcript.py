"""What was said in a workspace. New, and in no list yet."""


class Transcript:
    """Lines in the order in which they were said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, line: str) -> None:
        self.lines.append(line)
