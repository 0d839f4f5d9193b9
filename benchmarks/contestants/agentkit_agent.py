"""agentkit with its defaults: router, validation, events, strict history, logging events as they come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from pydantic import BaseModel
from work import MODEL, SYSTEM

from agentkit import Agent, Backend, Limits
from agentkit.protocol.events import TextDelta
from agentkit.protocol.messages import AssistantMessage, Message, UserMessage


class City(BaseModel):
    """The wanted output."""

    city: str
    population: int
    run: int


LIMITS = Limits(steps=1000, tool_calls=1000)
"""The defaults but for the number of steps: a run of 200 rounds is beyond what they allow."""


class Contestant:
    """Three agents on one backend."""

    def __init__(self, url: str, add: Callable[..., Awaitable[int]]) -> None:
        self._backend = Backend.vllm(url, model=MODEL)
        self._plain = Agent(SYSTEM, backend=self._backend)
        self._tools = Agent(SYSTEM, backend=self._backend, tools=[add], limits=LIMITS)
        self._extract = Agent(SYSTEM, backend=self._backend, output=City)

    async def plain(self, prompt: str) -> str:
        return (await self._plain.run(prompt)).output

    async def remember(self, earlier: list[tuple[str, str]]) -> list[Message]:
        return [
            UserMessage(content=(text,)) if role == "user" else AssistantMessage(text=text)
            for role, text in earlier
        ]

    async def tools(self, prompt: str, earlier: Iterable[Message] = ()) -> str:
        return (await self._tools.run(prompt, history=earlier)).output

    async def extract(self, prompt: str) -> dict[str, Any]:
        return (await self._extract.run(prompt)).output.model_dump()

    async def stream(self, prompt: str) -> tuple[int, str]:
        async with self._plain.stream(prompt) as stream:
            pieces = [event.text async for event in stream if isinstance(event, TextDelta)]
        return len(pieces), "".join(pieces)

    async def close(self) -> None:
        await self._backend.close()


def describe() -> dict[str, str]:
    """Say how the agents are configured."""
    agent = Agent(SYSTEM)
    backend = Backend.vllm("http://localhost:8000/v1", model=MODEL)
    return {
        "router": f"{type(agent.router).__name__}, weights {agent.router.weights.version}, effort={agent.effort!r}",
        "validation": "tool arguments and outputs, strict (pydantic and JSON Schema)",
        "events": "all built and read by the log sink; no log handler installed, as by default",
        "history": "strictest form on every request (it cannot be switched off)",
        "limits": str(LIMITS),
        "profile": backend.profile.name,
        "retries": str(backend._retry),
        "tool": "async",
    }
