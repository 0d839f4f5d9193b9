"""Raw sockets that ask the stub as fast as it can answer, to show its ceiling."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from work import MODEL, compact, prompt


class _Asking(asyncio.Protocol):
    """One connection that asks its share, one request after another."""

    def __init__(self, first: int, count: int, done: asyncio.Future[None]) -> None:
        self._runs = iter(range(first, first + count))
        self._done = done
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._buffer.endswith(b"}"):
            assert b" 200 OK" in self._buffer[:20]
            self._buffer = b""
            self._ask()

    def _ask(self) -> None:
        run = next(self._runs, None)
        if run is None:
            self._transport.close()
            self._done.set_result(None)
            return
        body = compact(
            {"model": MODEL, "messages": [{"role": "user", "content": prompt("plain", run)}]}
        ).encode()
        head = (
            b"POST /plain/0/v1/chat/completions HTTP/1.1\r\nhost: stub\r\ncontent-length: %d\r\n\r\n"
            % len(body)
        )
        self._transport.write(head + body)


async def _load(port: int, connections: int, total: int) -> float:
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    waiting = []
    for number in range(connections):
        done = loop.create_future()
        share = total // connections + (number < total % connections)
        first = 2_000_000 + number * 10_000
        await loop.create_connection(
            lambda first=first, share=share, done=done: _Asking(first, share, done), "127.0.0.1", port
        )  # type: ignore[misc]
        waiting.append(done)
    await asyncio.gather(*waiting)
    return time.perf_counter() - started


def load(port: int, connections: int, total: int) -> float:
    """Ask so many times over so many connections, and return the seconds it took."""
    return asyncio.run(_load(port, connections, total))
