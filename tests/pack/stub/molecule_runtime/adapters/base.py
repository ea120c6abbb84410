"""The contract of an adapter, as the runtime's adapter_base.py has it (read at molecule-core 7cf77f27)."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any


@dataclass
class AdapterConfig:
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
class SetupResult:
    system_prompt: str
    loaded_skills: list
    langchain_tools: list
    is_coordinator: bool
    children: list


class BaseAdapter(ABC):
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

    async def _common_setup(self, config: AdapterConfig) -> SetupResult:
        return SetupResult("You are a test.", [], ["a tool"], False, [])

    @abstractmethod
    async def setup(self, config: AdapterConfig) -> None: ...

    @abstractmethod
    async def create_executor(self, config: AdapterConfig): ...
