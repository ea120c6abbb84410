"""How the runtime drives this agent."""

from __future__ import annotations

import os
import json as j, logging.handlers
from typing import TYPE_CHECKING
from molecule_runtime.adapters.base import AdapterConfig, BaseAdapter
from . import sibling
from .executor import *
if TYPE_CHECKING:
    from a2a.types import Task

__all__ = ["HermesAdapter", 'Adapter'] + ["x"]
__all__ += ("y",)

class HermesAdapter(BaseAdapter, metaclass=M):
    timeout: int = 5

    def __init__(self) -> None:
        self.a = []

    @staticmethod
    def name() -> str:
        return "hermes"

    async def setup(self, config: AdapterConfig, /, *args, key=1, **rest) -> None:
        import lazy.thing
        raise NotImplementedError

    @property
    @abc.abstractmethod
    def p(self): ...

Adapter = HermesAdapter
