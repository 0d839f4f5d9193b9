"""What type checkers make of the public API. Never executed: mypy and pyright read it (`make check`, `make types-pyright`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypedDict, assert_type

from pydantic import BaseModel

from agentkit import (
    Agent,
    Backend,
    Image,
    Message,
    ReasoningDelta,
    RunContext,
    RunFinished,
    RunResult,
    TextDelta,
    Toolset,
    dump_messages,
    load_messages,
    tool,
)


class Risk(BaseModel):
    clause: str
    severity: Literal["low", "medium", "high"]


@dataclass
class Point:
    x: float


class Entry(TypedDict):
    name: str


@dataclass
class Deps:
    user: str


backend = Backend.vllm("http://gpu:8000/v1")

# The type of an agent is the type of its output

assert_type(Agent("Answer.", backend=backend), Agent[str])
assert_type(Agent(output=Risk), Agent[Risk])
assert_type(Agent(output=list[Risk]), Agent[list[Risk]])
assert_type(Agent(output=dict[str, int]), Agent[dict[str, int]])
assert_type(Agent(output=Point), Agent[Point])
assert_type(Agent(output=Entry), Agent[Entry])
assert_type(Agent(output=int), Agent[int])
assert_type(Agent(output=Risk | None), Agent[Risk | None])
assert_type(Agent(output=Risk | Point), Agent[Risk | Point])
assert_type(Agent(output=Literal["yes", "no"]), Agent[Literal["yes", "no"]])
assert_type(Agent(output={"type": "object"}), Agent[Any])

Agent(outptu=Risk)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
Agent(output=Risk, effort="medium")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]


# And so is that of its results


async def results(agent: Agent[list[Risk]]) -> None:
    result = await agent.run("Which?", images=[Image("page.png")], effort="high")
    assert_type(result, RunResult[list[Risk]])
    assert_type(result.output[0].severity, Literal["low", "medium", "high"])
    assert_type(agent.run_sync("Which?").output, list[Risk])
    async with agent.stream("Which?") as stream:
        async for event in stream:
            if isinstance(event, TextDelta | ReasoningDelta):
                assert_type(event.text, str)
            elif isinstance(event, RunFinished):
                assert_type(event.run_id, str)
        assert_type(stream.result.output, list[Risk])
        async for piece in stream.text():
            assert_type(piece, str)
    again = load_messages(dump_messages(result.messages))
    assert_type(again, tuple[Message, ...])
    await agent.run("And?", history=again)


# A tool is still the function that it is


@tool
def count(context: RunContext[Deps], article: str, *, most: int = 3) -> int:
    """Count."""
    assert_type(context.deps, Deps)
    assert_type(context.deps.user, str)
    return len(article) + most


@tool(name="look", timeout=3)
async def look(n: int) -> str:
    """Look."""
    return str(n)


def plain(n: int) -> str:
    """Be plain."""
    return str(n)


def call_them(context: RunContext[Deps]) -> None:
    assert_type(count(context, "bolt", most=1), int)
    count("bolt")  # type: ignore[call-arg, arg-type]  # pyright: ignore[reportCallIssue]
    assert_type(tool(plain)(n=3), str)


async def call_later() -> None:
    assert_type(await look(3), str)


toolset = Toolset([count, look, plain])
assert_type(toolset.only("count").prefixed("a_"), Toolset)
Agent(tools=toolset)
Agent(tools=[count, look, plain, Agent(output=Risk, name="sub").as_tool()])
