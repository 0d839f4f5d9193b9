"""Leaving a stream without `async with`: the run ends all the same, as soon as Python tells of it."""

from __future__ import annotations

import contextlib
import sys

import anyio
import pytest

from agentkit import Agent, Backend, Limits
from agentkit.protocol.events import Event, ModelRequested, RunStarted, TextDelta, ToolCalled, ToolReturned
from agentkit.testing import Rules, SimulatedServer, call, say, stall
from agentkit.testing.request import ChatRequest
from agentkit.testing.turns import Turn

HTTPCORE_ON_TRIO = "ignore:Exception ignored in. <async_generator object PoolByteStream:pytest.PytestUnraisableExceptionWarning"


def answer(request: ChatRequest) -> Turn:
    if request.last_user_text != "Go":
        return say("ok")
    return stall("one two three", after=2) if request.tool_results else call("add", {"a": 1, "b": 2})


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


@pytest.mark.skipif(
    sys.implementation.name != "cpython", reason="other Pythons collect garbage when they like"
)
@pytest.mark.filterwarnings(HTTPCORE_ON_TRIO)
@pytest.mark.parametrize("kind", [RunStarted, ModelRequested, ToolCalled, ToolReturned, TextDelta])
async def test_a_break_out_of_a_stream_stops_the_run_and_leaves_nothing_behind(
    kind: type[Event], anyio_backend: str
) -> None:
    # trio alone complains, and closes it all the same
    told = (
        pytest.warns(ResourceWarning, match="_happen")
        if anyio_backend == "trio"
        else contextlib.nullcontext()
    )
    with SimulatedServer(Rules(answer)) as server:
        agent = Agent(
            backend=Backend.vllm(server.url, max_concurrency=1), tools=[add], limits=Limits(seconds=20)
        )
        assert (await agent.run("first")).output == "ok"
        before = {task.id for task in anyio.get_running_tasks()}
        with told:
            async for event in agent.stream("Go"):
                if isinstance(event, kind):
                    break
        # the place among the concurrent requests is free again
        assert (await agent.run("next", limits=Limits(seconds=5))).output == "ok"
        with anyio.fail_after(5):
            while {task.id for task in anyio.get_running_tasks()} - before:
                await anyio.lowlevel.checkpoint()
            while kind is TextDelta and not any(request.aborted for request in server.chat_requests):
                await anyio.lowlevel.checkpoint()
