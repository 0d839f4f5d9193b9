"""Stands before a genuine server and tells its model what to say; all else passes byte for byte, both ways."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from agentkit.testing import ChatRequest, RecordedRequest, Turn
from agentkit.testing.running import Running
from tests.genuine.copying import DISTANCE
from tests.wire.replies import send

_HOP = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_BOUND = aiohttp.ClientTimeout(total=120)


def spelled(turn: Turn, *, fenced: bool = False) -> str:
    """What a model with MS4's tokens writes to say a turn."""
    thought = f"[THINK]{turn.reasoning}[/THINK]" if turn.reasoning else ""
    text = f"```json\n{turn.text}\n```" if fenced else turn.text
    return thought + text + "".join(f"[TOOL_CALLS]{call.name}[ARGS]{call.text}" for call in turn.calls)


def to_llamacpp(root: str, key: str, body: dict[str, Any], turn: Turn) -> None:
    """Write a turn where the copying model reads it: at the end of the last message, filled up to the distance."""
    text = spelled(turn, fenced=ChatRequest(body=body).schema is not None) + "</s>"
    asked = {"content": text, "parse_special": True, "add_special": False}
    answer = send(root, "POST", "/tokenize", asked, {"Authorization": f"Bearer {key}"})
    left = DISTANCE - len(answer.json["tokens"])
    if left < 0:
        raise ValueError(f"at most {DISTANCE} tokens can be dictated, not {DISTANCE - left}")
    script = "<SPECIAL_501>" + text + "<SPECIAL_500>" * left
    last = body["messages"][-1]
    if isinstance(last.get("content"), list):
        last["content"].append({"type": "text", "text": script})
    else:
        last["content"] = (last.get("content") or "") + script


def to_vllm(root: str, key: str, body: dict[str, Any], turn: Turn) -> None:
    """Hand a turn to the logits processor `vllm_dictation`."""
    del root, key
    body["vllm_xargs"] = {"say": json.dumps(spelled(turn))}


class Prompter:
    """A server that says a script's turns in order, one for each chat request that it takes, or what a brain says.

    Use it as a context manager; leaving it checks that every turn was said and none was missing.

    Args:
        url: Base URL of the genuine server.
        key: The key that the genuine server wants, for what is asked of it besides.
        whisper: Puts a turn into the body of a request: `to_llamacpp` or `to_vllm`.
        turns: What the model says.
        brain: Says it where there is no script.
    """

    def __init__(
        self,
        url: str,
        key: str,
        whisper: Callable[[str, str, dict[str, Any], Turn], None],
        *turns: Turn,
        brain: Callable[[ChatRequest], Turn] | None = None,
    ) -> None:
        parts = urlsplit(url)
        self.root = f"{parts.scheme}://{parts.netloc}"
        self.key = key
        self.chat_requests: list[RecordedRequest] = []
        self._whisper = whisper
        self._turns = turns
        self._brain = brain
        self._said = 0
        self._running = Running(self._handle)
        self._port = 0

    @property
    def url(self) -> str:
        """Base URL, as a backend wants it."""
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> Self:
        self._port = self._running.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.stop()
        if error is None and self._brain is None:
            assert self._said == len(self._turns), f"{self._said} of {len(self._turns)} turns were said"

    async def _handle(self, http: web.Request) -> web.StreamResponse:
        data = await http.read()
        chat = http.path.endswith("/chat/completions")
        if chat:
            record = RecordedRequest(path=http.path, method=http.method)
            record.chat = ChatRequest(body=_object(data))
            self.chat_requests.append(record)
        if chat or http.path.endswith("/input_tokens"):  # counts are of what is then sent
            body = _object(data)
            if (turn := self._due(ChatRequest(body=body))) is not None:
                await asyncio.to_thread(self._whisper, self.root, self.key, body, turn)
                data = json.dumps(body).encode()
        headers = {name: value for name, value in http.headers.items() if name.lower() not in _HOP}
        async with (
            aiohttp.ClientSession(timeout=_BOUND, auto_decompress=False) as session,
            session.request(
                http.method, self.root + http.path_qs, data=data or None, headers=headers
            ) as answer,
        ):
            self._said += chat and answer.status == 200
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
            response = web.StreamResponse(status=answer.status, headers=kept)
            await response.prepare(http)
            async for piece in answer.content.iter_any():
                await response.write(piece)
            return response

    def _due(self, request: ChatRequest) -> Turn | None:
        if self._brain is not None:
            return self._brain(request) if request.messages else None
        return self._turns[self._said] if self._said < len(self._turns) else None


def _object(data: bytes) -> dict[str, Any]:
    try:
        body = json.loads(data)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
