"""The loop most people write by hand: `AsyncOpenAI.chat.completions.create`, with pydantic checking what comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from openai import AsyncOpenAI
from pydantic import BaseModel, ConfigDict, ValidationError
from work import ADD_SCHEMA, CITY_SCHEMA, MODEL, SYSTEM

TOOLS: Any = [
    {
        "type": "function",
        "function": {"name": "add", "description": "Add two whole numbers.", "parameters": ADD_SCHEMA},
    }
]
FORMAT: Any = {"type": "json_schema", "json_schema": {"name": "city", "schema": CITY_SCHEMA, "strict": True}}


class Arguments(BaseModel):
    """The tool's arguments."""

    a: int
    b: int


class City(BaseModel):
    """The wanted output."""

    model_config = ConfigDict(extra="forbid")
    city: str
    population: int
    run: int


class Contestant:
    """The SDK with its defaults."""

    def __init__(self, url: str, add: Callable[..., Awaitable[int]]) -> None:
        self._client = AsyncOpenAI(base_url=url, api_key="none")
        self._add = add

    async def plain(self, prompt: str) -> str:
        reply = await self._client.chat.completions.create(model=MODEL, messages=_messages(prompt))
        return reply.choices[0].message.content or ""

    async def remember(self, earlier: list[tuple[str, str]]) -> list[dict[str, Any]]:
        return [{"role": role, "content": text} for role, text in earlier]

    async def tools(self, prompt: str, earlier: Any = ()) -> str:
        messages = _messages(prompt)
        messages[1:1] = earlier
        while True:
            reply = await self._client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)
            message = reply.choices[0].message
            if not message.tool_calls:
                return message.content or ""
            messages.append(message)
            for call in message.tool_calls:
                arguments = Arguments.model_validate_json(call.function.arguments)
                value = await self._add(arguments.a, arguments.b)
                messages.append({"role": "tool", "tool_call_id": call.id, "content": str(value)})

    async def extract(self, prompt: str) -> dict[str, Any]:
        messages = _messages(prompt)
        while True:
            reply = await self._client.chat.completions.create(
                model=MODEL, messages=messages, response_format=FORMAT
            )
            text = reply.choices[0].message.content or ""
            try:
                return City.model_validate_json(text).model_dump()
            except ValidationError as error:
                messages += [{"role": "assistant", "content": text}, {"role": "user", "content": str(error)}]

    async def stream(self, prompt: str) -> tuple[int, str]:
        chunks = await self._client.chat.completions.create(
            model=MODEL, messages=_messages(prompt), stream=True
        )
        pieces = [
            piece async for chunk in chunks if chunk.choices and (piece := chunk.choices[0].delta.content)
        ]
        return len(pieces), "".join(pieces)

    async def close(self) -> None:
        await self._client.close()


def _messages(prompt: str) -> list[Any]:
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": prompt}]
