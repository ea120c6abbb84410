"""Hands a task to the members of the crew in turn."""


class CrewExecutor:
    def __init__(self, crew: list, model: str) -> None:
        self.crew = crew
        self.model = model
