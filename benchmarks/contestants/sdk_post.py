"""The openai package used as cheaply as it can be: ready bytes into `AsyncOpenAI.post` over aiohttp, raw bytes out."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from openai import AsyncOpenAI, DefaultAioHttpClient
from pydantic_core import from_json, to_json
from work import ADD_SCHEMA, CITY_SCHEMA, MODEL, SYSTEM

TOOLS = to_json(
    [
        {
            "type": "function",
            "function": {"name": "add", "description": "Add two whole numbers.", "parameters": ADD_SCHEMA},
        }
    ]
)
FORMAT = {"type": "json_schema", "json_schema": {"name": "city", "schema": CITY_SCHEMA, "strict": True}}


class Contestant:
    """Posts bytes and reads bytes."""

    def __init__(self, url: str, add: Callable[..., Awaitable[int]]) -> None:
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
        self._client = AsyncOpenAI(
            base_url=url, api_key="none", http_client=DefaultAioHttpClient(limits=limits)
        )
        self._add = add

    async def plain(self, prompt: str) -> str:
        return (await self._post(to_json({"model": MODEL, "messages": _messages(prompt)})))["content"]

    async def remember(self, earlier: list[tuple[str, str]]) -> bytes:
        return b",".join(to_json({"role": role, "content": text}) for role, text in earlier)

    async def tools(self, prompt: str, earlier: bytes = b"") -> str:
        """Each message is encoded once; the body is joined from bytes."""
        system, user = map(to_json, _messages(prompt))
        encoded = [system, *([earlier] if earlier else []), user]
        while True:
            body = b'{"model":"%b","messages":[%b],"tools":%b}' % (MODEL.encode(), b",".join(encoded), TOOLS)
            message = await self._post(body)
            if not message.get("tool_calls"):
                return message["content"]
            encoded.append(to_json(message))
            for call in message["tool_calls"]:
                value = await self._add(**json.loads(call["function"]["arguments"]))
                encoded.append(to_json({"role": "tool", "tool_call_id": call["id"], "content": str(value)}))

    async def extract(self, prompt: str) -> dict[str, Any]:
        messages = _messages(prompt)
        while True:
            message = await self._post(
                to_json({"model": MODEL, "messages": messages, "response_format": FORMAT})
            )
            city = from_json(message["content"])
            if isinstance(city["population"], int):
                return city
            messages += [message, {"role": "user", "content": "population is no integer"}]

    async def stream(self, prompt: str) -> tuple[int, str]:
        body = to_json({"model": MODEL, "messages": _messages(prompt), "stream": True})
        response = await self._client.post(
            "/chat/completions", content=body, cast_to=httpx2.Response, stream=True, stream_cls=Any
        )
        pieces: list[str] = []
        rest = b""
        async for data in response.aiter_bytes():
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if line.startswith(b"data: {"):
                    choices = from_json(line[6:])["choices"]
                    if choices and (piece := choices[0]["delta"].get("content")):
                        pieces.append(piece)
        return len(pieces), "".join(pieces)

    async def close(self) -> None:
        await self._client.close()

    async def _post(self, body: bytes) -> dict[str, Any]:
        response = await self._client.post("/chat/completions", content=body, cast_to=httpx2.Response)
        return from_json(response.content)["choices"][0]["message"]


def _messages(prompt: str) -> list[dict[str, Any]]:
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": prompt}]
