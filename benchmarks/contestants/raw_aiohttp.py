"""The floor: aiohttp and json, nothing checked beyond what the work needs."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from work import ADD_SCHEMA, CITY_SCHEMA, MODEL, SYSTEM

TOOLS = [
    {
        "type": "function",
        "function": {"name": "add", "description": "Add two whole numbers.", "parameters": ADD_SCHEMA},
    }
]
FORMAT = {"type": "json_schema", "json_schema": {"name": "city", "schema": CITY_SCHEMA, "strict": True}}


class Contestant:
    """Posts JSON and reads JSON."""

    def __init__(self, url: str, add: Callable[..., Awaitable[int]]) -> None:
        self._url = f"{url}/chat/completions"
        self._add = add
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def plain(self, prompt: str) -> str:
        return (await self._post(_messages(prompt)))["content"]

    async def remember(self, earlier: list[tuple[str, str]]) -> bytes:
        return b",".join(_encoded({"role": role, "content": text}) for role, text in earlier)

    async def tools(self, prompt: str, earlier: bytes = b"") -> str:
        """Each message is encoded once; the body is joined from bytes."""
        encoded = [_encoded({"role": "system", "content": SYSTEM}), *([earlier] if earlier else [])]
        encoded.append(_encoded({"role": "user", "content": prompt}))
        tail = f',"tools":{json.dumps(TOOLS)}}}'.encode()
        while True:
            body = b'{"model":"%b","messages":[%b]%b' % (MODEL.encode(), b",".join(encoded), tail)
            async with self._session.post(self._url, data=body, headers=_JSON) as response:
                message = json.loads(await response.read())["choices"][0]["message"]
            if not message.get("tool_calls"):
                return message["content"]
            encoded.append(_encoded(message))
            for call in message["tool_calls"]:
                value = await self._add(**json.loads(call["function"]["arguments"]))
                encoded.append(_encoded({"role": "tool", "tool_call_id": call["id"], "content": str(value)}))

    async def extract(self, prompt: str) -> dict[str, Any]:
        messages = _messages(prompt)
        while True:
            message = await self._post(messages, response_format=FORMAT)
            city = json.loads(message["content"])
            if isinstance(city["population"], int):
                return city
            messages += [message, {"role": "user", "content": "population is no integer"}]

    async def stream(self, prompt: str) -> tuple[int, str]:
        pieces: list[str] = []
        body = {"model": MODEL, "messages": _messages(prompt), "stream": True}
        async with self._session.post(self._url, json=body) as response:
            async for line in response.content:
                if not line.startswith(b"data: {"):
                    continue
                choices = json.loads(line[6:])["choices"]
                if choices and (piece := choices[0]["delta"].get("content")):
                    pieces.append(piece)
        return len(pieces), "".join(pieces)

    async def close(self) -> None:
        await self._session.close()

    async def _post(self, messages: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
        async with self._session.post(
            self._url, json={"model": MODEL, "messages": messages, **fields}
        ) as response:
            return json.loads(await response.read())["choices"][0]["message"]


_JSON = {"content-type": "application/json"}


def _messages(prompt: str) -> list[dict[str, Any]]:
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": prompt}]


def _encoded(message: dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()
