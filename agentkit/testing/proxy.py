"""Stands before any server, a genuine one too, and plays one fault: it changes only what goes over the wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from agentkit._util.json import is_object
from agentkit.errors import ConfigurationError
from agentkit.testing.running import Running

_HOP = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})
_BOUND = aiohttp.ClientTimeout(total=60)


@dataclass(slots=True, kw_only=True)
class Passing:
    """A request and, once it is there, its answer; a fault changes it in place.

    Attributes:
        method: The HTTP method.
        path: The path.
        asked: The request's JSON as the client sent it; empty where it sent none.
        body: The request's JSON as it goes on.
        headers: The request's headers as they go on.
        status: The answer's status.
        kind: The answer's content type.
        data: The answer's JSON, or None.
        events: The JSON of each event of a stream, [DONE] left out.
        done: Whether [DONE] ends the stream.
        raw: The answer's bytes, sent where there are neither events nor data.
    """

    method: str
    path: str
    asked: dict[str, Any] = field(default_factory=dict[str, Any])
    body: dict[str, Any] = field(default_factory=dict[str, Any])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    status: int = 0
    kind: str = "application/json"
    data: Any = None
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    done: bool = True
    raw: bytes = b""

    @property
    def chat(self) -> bool:
        """Whether it is a chat request."""
        return self.path.endswith("/chat/completions")

    @property
    def streamed(self) -> bool:
        """Whether the answer is a stream."""
        return bool(self.events)


def _nothing(passing: Passing) -> None:
    del passing


@dataclass(frozen=True, slots=True, kw_only=True)
class WireFault:
    """One thing that is wrong with a server.

    Attributes:
        name: Its name.
        about: What is wrong, in words.
        ask: Changes the request before it goes on; where it sets `status`, the request does not go on.
        reply: Changes the answer before it goes back.
    """

    name: str
    about: str
    ask: Callable[[Passing], None] = _nothing
    reply: Callable[[Passing], None] = _nothing


class FaultyProxy:
    """A server that answers as another does, but for one fault. Use it as a context manager.

    Args:
        url: Base URL of the server behind it.
        fault: What is wrong; None changes nothing.
    """

    def __init__(self, url: str, fault: WireFault | None = None) -> None:
        parts = urlsplit(url)
        self._root = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path
        self._fault = fault
        self._running: Running | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Base URL, as a backend wants it."""
        return f"http://127.0.0.1:{self._port}{self._path}"

    def __enter__(self) -> Self:
        if self._running is not None:
            raise ConfigurationError("The proxy runs already.", hint="Leave its context first.")
        self._running = Running(self._handle)
        self._port = self._running.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._running is not None:
            self._running.stop()
            self._running = None

    async def _handle(self, http: web.Request) -> web.StreamResponse:
        data = await http.read()
        headers = {name: value for name, value in http.headers.items() if name.lower() not in _HOP}
        passing = Passing(method=http.method, path=http.path, headers=headers)
        parsed = _parsed(data)
        if is_object(parsed):
            passing.asked, passing.body = parsed, _parsed(data)
            if self._fault is not None:
                self._fault.ask(passing)
            data = json.dumps(passing.body).encode()
        elif self._fault is not None:
            self._fault.ask(passing)
        server = ""
        if not passing.status:
            server = await self._pass_on(passing, data)
        if self._fault is not None:
            self._fault.reply(passing)
        return _response(passing, server)

    async def _pass_on(self, passing: Passing, data: bytes) -> str:
        async with (
            aiohttp.ClientSession(timeout=_BOUND, auto_decompress=True) as session,
            session.request(
                passing.method, self._root + passing.path, data=data or None, headers=passing.headers
            ) as answer,
        ):
            passing.raw = await answer.read()
            passing.status = answer.status
            passing.kind = answer.headers.get("Content-Type", "application/json")
            server = answer.headers.get("Server", "")
        if passing.kind.startswith("text/event-stream"):
            passing.done = False
            for line in passing.raw.decode("utf-8", "replace").splitlines():
                if line == "data: [DONE]":
                    passing.done = True
                elif line.startswith("data: "):
                    passing.events.append(json.loads(line[6:]))
        else:
            passing.data = _parsed(passing.raw)
        return server


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data) if data else None
    except ValueError:
        return None


def _response(passing: Passing, server: str) -> web.Response:
    if passing.streamed:
        lines = [
            b"data: " + json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")
            for event in passing.events
        ]
        lines += [b"data: [DONE]"] * passing.done
        body = b"".join(line + b"\n\n" for line in lines)
    elif passing.data is not None:
        body = json.dumps(passing.data, ensure_ascii=False).encode("utf-8", "replace")
    else:
        body = passing.raw
    headers = {"Content-Type": passing.kind, **({"Server": server} if server else {})}
    return web.Response(body=body, status=passing.status, headers=headers)
