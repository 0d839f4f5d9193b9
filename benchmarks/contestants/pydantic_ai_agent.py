"""pydantic-ai with its defaults; structured output by the server's schema (`NativeOutput`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput, UsageLimits
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from work import MODEL, SYSTEM

LIMITS = UsageLimits(request_limit=1000)


class City(BaseModel):
    """The wanted output."""

    city: str
    population: int
    run: int


class Contestant:
    """Three agents on one model."""

    def __init__(self, url: str, add: Callable[..., Awaitable[int]]) -> None:
        model = OpenAIChatModel(MODEL, provider=OpenAIProvider(base_url=url, api_key="none"))
        self._plain = Agent(model, instructions=SYSTEM)
        self._tools = Agent(model, instructions=SYSTEM, tools=[add])
        self._extract = Agent(model, instructions=SYSTEM, output_type=NativeOutput(City))

    async def plain(self, prompt: str) -> str:
        return (await self._plain.run(prompt)).output

    async def tools(self, prompt: str) -> str:
        return (await self._tools.run(prompt, usage_limits=LIMITS)).output

    async def extract(self, prompt: str) -> dict[str, Any]:
        return (await self._extract.run(prompt)).output.model_dump()

    async def stream(self, prompt: str) -> tuple[int, str]:
        async with self._plain.run_stream(prompt) as result:
            pieces = [piece async for piece in result.stream_text(delta=True, debounce_by=None)]
        return len(pieces), "".join(pieces)

    async def close(self) -> None:
        """The provider's client is shared and closes with the process."""
