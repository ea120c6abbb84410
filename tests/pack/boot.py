"""Boots a rendered repository's adapter as the runtime would: discovery, setup, one message.

In: the repository's folder; `molecule_runtime` (the stub) and the real a2a-sdk on the path. It fails
with an assertion that says what is wrong.
"""

import asyncio
import importlib
import inspect
import os
import sys
from pathlib import Path

import yaml
from a2a.helpers import get_message_text, new_text_message
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.context import ServerCallContext
from a2a.types import Role, SendMessageRequest
from molecule_runtime.adapters.base import AdapterConfig, BaseAdapter


class Queue:
    """Keeps what an executor says."""

    def __init__(self) -> None:
        self.events: list = []

    async def enqueue_event(self, event) -> None:
        self.events.append(event)


def context(text: str) -> RequestContext:
    message = new_text_message(text, role=Role.ROLE_USER)
    return RequestContext(ServerCallContext(), request=SendMessageRequest(message=message))


async def boot(adapter: BaseAdapter, config: AdapterConfig) -> None:
    await adapter.setup(config)
    executor = await adapter.create_executor(config)
    assert isinstance(executor, AgentExecutor), f"{executor!r} is no AgentExecutor"
    assert executor.system_prompt == "You are a test.", "setup's system prompt did not reach the executor"
    assert executor.model == config.runtime_config["model"], f"the executor would ask {executor.model!r}"

    os.environ["MODEL_PROVIDER"] = "chosen:in-the-canvas"
    chosen = await adapter.create_executor(config)
    del os.environ["MODEL_PROVIDER"]
    assert chosen.model == "chosen:in-the-canvas", "a model that somebody picked is not used"

    queue = Queue()
    await executor.execute(context("is anybody there?"), queue)
    await executor.cancel(context(""), queue)
    assert len(queue.events) == 1, f"{len(queue.events)} replies to one message"
    assert "is anybody there?" in get_message_text(queue.events[0])


def main(folder: Path) -> None:
    for variable in ("MODEL_PROVIDER", "PYTHONPATH"):
        os.environ.pop(variable, None)
    settings = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    sys.path.insert(0, str(folder))

    adapter_class = importlib.import_module("adapter").Adapter
    assert inspect.isclass(adapter_class) and issubclass(adapter_class, BaseAdapter)
    assert adapter_class.name() == settings["runtime"], "name() and config.yaml's runtime differ"
    for text in (adapter_class.display_name(), adapter_class.description()):
        assert isinstance(text, str) and text
    assert adapter_class.display_name() == settings["name"]
    assert isinstance(adapter_class.get_config_schema(), dict)

    runtime_config = settings["runtime_config"]
    assert runtime_config["model"] in [model["id"] for model in runtime_config["models"]]
    assert isinstance(settings["version"], str) and type(settings["template_schema_version"]) is int
    for name in settings["prompt_files"]:
        assert (folder / name).is_file(), f"prompt_files names {name}, which is not there"
    # As the runtime does: only these keys of runtime_config get through, and `model` has its own default.
    passed = {key: runtime_config.get(key) for key in ("command", "args", "required_env", "timeout", "model")}
    asyncio.run(boot(adapter_class(), AdapterConfig(model="the runtime's default", runtime_config=passed)))

    # The repository is a package, too, under whatever name it was cloned.
    sys.path.insert(0, str(folder.parent))
    assert importlib.import_module(folder.name).Adapter.name() == adapter_class.name()


main(Path(sys.argv[1]).resolve())
