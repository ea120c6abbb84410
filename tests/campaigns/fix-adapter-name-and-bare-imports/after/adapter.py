"""The adapter of Acme Agent."""

import logging

from molecule_runtime.adapters.base import AdapterConfig, BaseAdapter
import molecule_runtime.plugins as plugins

log = logging.getLogger(__name__)


class AcmeAgentAdapter(BaseAdapter):
    """Talks to Acme."""

    @staticmethod
    def name() -> str:
        return "acme-agent"

    @staticmethod
    def display_name() -> str:
        return "Acme Agent"

    @staticmethod
    def description() -> str:
        return "Acme as a workspace runtime"

    async def setup(self, config: AdapterConfig) -> None:
        # Only where it is needed: it is slow to load.
        from molecule_runtime.builtin_tools import memory

        self.memory = memory
        self.plugins = plugins.load(config)

    async def create_executor(self, config: AdapterConfig):
        try:
            from molecule_runtime.a2a_executor import Executor
        except ImportError:
            Executor = None
        return Executor


Adapter = AcmeAgentAdapter
