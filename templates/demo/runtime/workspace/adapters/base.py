"""What every adapter offers."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any


@dataclass
class AdapterConfig:
    """What an adapter is given."""

    model: str
    system_prompt: str | None = None
    tools: list[str] = field(default_factory=list)
    runtime_config: dict[str, Any] = field(default_factory=dict)
    config_path: str = "/configs"
    workspace_id: str = ""
    prompt_files: list[str] = field(default_factory=list)
    a2a_port: int = 8000
    heartbeat: Any = None


@dataclass
class Common:
    """What `_common_setup` has put together."""

    system_prompt: str
    langchain_tools: list


class BaseAdapter(ABC):
    """The contract between the runtime and a template."""

    @staticmethod
    @abstractmethod
    def name() -> str: ...

    @staticmethod
    @abstractmethod
    def display_name() -> str: ...

    @staticmethod
    @abstractmethod
    def description() -> str: ...

    @staticmethod
    def get_config_schema() -> dict:
        return {}

    @abstractmethod
    async def setup(self, config: AdapterConfig) -> None: ...

    @abstractmethod
    async def create_executor(self, config: AdapterConfig) -> Any: ...

    async def _common_setup(self, config: AdapterConfig) -> Common:
        return Common(config.system_prompt or "", list(config.tools))
