"""langgraph through `create_agent`, with its defaults; structured output by the server's schema."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy, StructuredOutputError
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel
from work import MODEL, SYSTEM


class City(BaseModel):
    """The wanted output."""

    city: str
    population: int
    run: int


class Contestant:
    """Three agents on one model."""

    def __init__(self, url: str, add: Callable[..., Awaitable[int]]) -> None:
        model = ChatOpenAI(model=MODEL, base_url=url, api_key="none")
        self._plain = create_agent(model, [], system_prompt=SYSTEM)
        self._tools = create_agent(model, [tool(add)], system_prompt=SYSTEM)
        self._extract = create_agent(model, [], system_prompt=SYSTEM, response_format=ProviderStrategy(City))

    async def plain(self, prompt: str) -> str:
        return (await self._plain.ainvoke(_asked(prompt)))["messages"][-1].content

    async def tools(self, prompt: str) -> str:
        state = await self._tools.ainvoke(_asked(prompt), {"recursion_limit": 10_000})
        return state["messages"][-1].content

    async def extract(self, prompt: str) -> dict[str, Any]:
        """An answer that does not fit the server's schema is an error here, so the run is made again."""
        while True:
            try:
                return (await self._extract.ainvoke(_asked(prompt)))["structured_response"].model_dump()
            except StructuredOutputError:
                continue

    async def stream(self, prompt: str) -> tuple[int, str]:
        pieces: list[str] = []
        async for chunk, _ in self._plain.astream(_asked(prompt), stream_mode="messages"):
            if chunk.content:
                pieces.append(chunk.content)
        return len(pieces), "".join(pieces)

    async def close(self) -> None:
        """The model's client closes with the process."""


def _asked(prompt: str) -> Any:
    return {"messages": [("user", prompt)]}
