"""A server that answers with whatever bytes a test wants, whenever it wants, and sees when the client leaves."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self


@dataclass
class Received:
    """One request, as it came over the wire."""

    head: str
    body: bytes
    left: threading.Event = field(default_factory=threading.Event)

    @property
    def headers(self) -> dict[str, str]:
        lines = self.head.split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[Received, int], AsyncIterator[bytes]]
"""Yields the bytes of the answer to a request; the number counts chat requests from 0. Ending breaks the connection."""

EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
_WHOLE = "X-Whole: yes\r\n"  # the connection goes on after it
MODELS = {"data": [{"id": "ms4", "max_model_len": 1000}]}


def whole(body: bytes | str, status: str = "200 OK", **headers: str) -> bytes:
    data = body.encode() if isinstance(body, str) else body
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\n{_WHOLE}Content-Length: {len(data)}\r\n{named}\r\n".encode() + data


def reply(text: str | None = "ok", finish: str | None = "stop", **message: Any) -> str:
    return json.dumps(
        {
            "choices": [
                {"message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
            ],
            "usage": {"prompt_tokens": 5, "completion_tokens": 2},
        }
    )


def chunk(content: str | None = None, finish: str | None = None, **delta: Any) -> bytes:
    fields = {**({} if content is None else {"content": content}), **delta}
    data = {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}
    return f"data: {json.dumps(data)}\n\n".encode()


class RawServer:
    """Listens on a loopback port in a thread of its own; `GET /models` is answered by itself unless told otherwise.

    With a `certificate` (PEM file of it and its key) it speaks TLS.
    """

    def __init__(
        self, answer: Answer, *, models: Answer | None = None, certificate: Path | None = None
    ) -> None:
        self.requests: list[Received] = []
        self.listings: list[Received] = []
        self._answer, self._models = answer, models
        self._tls: ssl.SSLContext | None = None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._port = 0

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                with suppress(asyncio.IncompleteReadError):
                    early: bytes | None = b""
                    while early is not None:
                        early = await self._exchange(early, reader, writer)
                writer.close()
            except (ConnectionError, asyncio.CancelledError):
                writer.transport.abort()

        server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=2**26, ssl=self._tls)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _exchange(
        self, early: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        """Answer one request; returns what came of the next one meanwhile, or None where there is none."""
        head = (early + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        received = Received(head=head.strip(), body=b"")
        received.body = await reader.readexactly(int(received.headers.get("content-length", "0")))
        listing = head.startswith("GET")
        (self.listings if listing else self.requests).append(received)
        if listing and self._models is None:
            writer.write(whole(json.dumps(MODELS)))
            await writer.drain()
            return b""
        answer = self._models if listing and self._models is not None else self._answer
        number = len(self.listings if listing else self.requests) - 1
        watch = asyncio.create_task(self._watch(reader, received))
        sent = b""
        try:
            async for data in answer(received, number):
                if received.left.is_set():
                    break
                sent = sent[:64] + data[:64]
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            received.left.set()
            raise
        finally:
            watch.cancel()
            (early_or_cancelled,) = await asyncio.gather(watch, return_exceptions=True)
        if _WHOLE.encode() not in sent or received.left.is_set():
            return None
        return early_or_cancelled if isinstance(early_or_cancelled, bytes) else b""

    async def _watch(self, reader: asyncio.StreamReader, received: Received) -> bytes:
        """Wait for the client to leave, or to send more."""
        more = b""
        with suppress(ConnectionError):
            more = await reader.read(1)
        if not more:
            received.left.set()
        return more
