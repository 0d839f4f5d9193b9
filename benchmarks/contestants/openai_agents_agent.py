"""openai-agents with its defaults on Chat Completions; tracing off, because there is nowhere to send it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from agents import (
    Agent,
    ModelBehaviorError,
    OpenAIChatCompletionsModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from openai import AsyncOpenAI
from openai.types.responses import ResponseTextDeltaEvent
from pydantic import BaseModel
from work import MODEL, SYSTEM

set_tracing_disabled(True)


class City(BaseModel):
    """The wanted output."""

    city: str
    population: int
    run: int


class Contestant:
    """Three agents on one model."""

    def __init__(self, url: str, add: Callable[..., Awaitable[int]]) -> None:
        self._client = AsyncOpenAI(base_url=url, api_key="none")
        model = OpenAIChatCompletionsModel(MODEL, self._client)
        self._plain = Agent(name="plain", instructions=SYSTEM, model=model)
        self._tools = Agent(name="tools", instructions=SYSTEM, model=model, tools=[function_tool(add)])
        self._extract = Agent(name="extract", instructions=SYSTEM, model=model, output_type=City)

    async def plain(self, prompt: str) -> str:
        return (await Runner.run(self._plain, prompt)).final_output

    async def tools(self, prompt: str) -> str:
        return (await Runner.run(self._tools, prompt, max_turns=1000)).final_output

    async def extract(self, prompt: str) -> dict[str, Any]:
        """The SDK does not ask again by itself, so the run is made again."""
        while True:
            try:
                return (await Runner.run(self._extract, prompt)).final_output.model_dump()
            except ModelBehaviorError:
                continue

    async def stream(self, prompt: str) -> tuple[int, str]:
        pieces = [
            event.data.delta
            async for event in Runner.run_streamed(self._plain, prompt).stream_events()
            if event.type == "raw_response_event" and isinstance(event.data, ResponseTextDeltaEvent)
        ]
        return len(pieces), "".join(pieces)

    async def close(self) -> None:
        await self._client.close()
