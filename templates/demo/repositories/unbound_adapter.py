"""Drives a crew of agents that divide a task among them."""

from molecule_runtime.adapters.base import AdapterConfig, BaseAdapter


class CrewAdapter(BaseAdapter):
    """Starts the crew when the workspace starts."""

    def __init__(self) -> None:
        self._crew = []

    @staticmethod
    def name() -> str:
        return "crewai"

    @staticmethod
    def display_name() -> str:
        return "CrewAI"

    @staticmethod
    def description() -> str:
        return "A crew of agents with roles of their own"

    def setup(self, config: AdapterConfig) -> None:
        # Works in the runtime's own repository, where `plugins` lies at the root.
        from plugins import load_plugins

        self._crew = load_plugins(config.config_path)

    async def create_executor(self, config: AdapterConfig):
        from crew_executor import CrewExecutor

        return CrewExecutor(self._crew, model=config.model)
