"""What a client's later requests owe to its earlier ones: cookies, connections that were closed, and nothing else."""

from __future__ import annotations

import asyncio
import gc
import gzip
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from agentkit import Agent, Backend, RetryPolicy
from agentkit.backends import refusal as refusal_module
from agentkit.backends import transport as transport_module
from agentkit.errors import AuthenticationFailed, ConnectionFailed, Overloaded, RequestRefused
from tests.behaviour.raw_server import RawServer, Received, reply, whole

ONCE = RetryPolicy(attempts=1)
SETS = [
    {"Set_Cookie": "pod=a; Path=/"},
    {"Set_Cookie": "pod=b; Path=/"},
    {},
    {"Set_Cookie": "pod=gone; Path=/; Max-Age=0"},
    {},
]


async def cookies(received: Received, number: int) -> AsyncIterator[bytes]:
    yield whole(reply(), **SETS[number])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_cookies_of_a_load_balancer_are_kept_followed_and_forgotten(
    host: str, anyio_backend: str
) -> None:
    with RawServer(cookies) as server:
        async with Backend.vllm(server.url.replace("127.0.0.1", host), model="ms4", retry=ONCE) as backend:
            agent = Agent(backend=backend)
            for _ in SETS:
                await agent.run("Go")
    sent = [received.headers.get("cookie") for received in server.requests]
    assert sent == [None, "pod=a", "pod=b", "pod=b", None]


async def test_a_cookie_of_the_backends_own_is_sent_with_each_request(anyio_backend: str) -> None:
    with RawServer(cookies) as server:
        headers = {"cookie": "key=1"}
        async with Backend.vllm(server.url, model="ms4", retry=ONCE, headers=headers) as backend:
            for _ in SETS:
                await Agent(backend=backend).run("Go")
    assert [received.headers.get("cookie") for received in server.requests] == ["key=1"] * len(SETS)


class ClosingServer:
    """Answers one request over each connection, says nothing of closing it, and closes."""

    def __init__(self) -> None:
        self.connections = 0
        self.closed = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> ClosingServer:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        self._ready.set()
        await self._over.wait()
        server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            await reader.readexactly(int(Received(head=head.strip(), body=b"").headers["content-length"]))
            writer.write(whole(reply()))
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        self.closed.set()


async def test_a_connection_that_was_closed_while_the_loop_was_busy_is_not_used(
    anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport_module, "_LULL", -1.0)
    with ClosingServer() as server:
        async with Backend.vllm(server.url, model="ms4", retry=ONCE) as backend:
            for _ in range(4):
                assert (await Agent(backend=backend).run("Go")).output == "ok"
                assert server.closed.wait(10)  # the loop sees nothing meanwhile
                server.closed.clear()
    assert server.connections == 4


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_an_answer_that_nobody_asked_for_is_never_that_of_the_next_request() -> None:
    read, sent = threading.Semaphore(0), threading.Semaphore(0)

    async def answer(received: Received, number: int) -> AsyncIterator[bytes]:
        yield whole(reply(f"answer {number}"))
        await asyncio.to_thread(read.acquire)
        yield whole(reply("of somebody else"))
        sent.release()

    with RawServer(answer) as server:
        async with Backend.vllm(server.url, model="ms4", retry=ONCE) as backend:
            for number in range(3):
                assert (await Agent(backend=backend).run("Go")).output == f"answer {number}"
                read.release()
                await anyio.to_thread.run_sync(sent.acquire)
                await anyio.wait_all_tasks_blocked()


BROKEN = {
    "cut": b'HTTP/1.1 401 No\r\nContent-Length: 999\r\n\r\n{"error": {"message": "wrong key"}}',
    "of chunks without an end": b"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nwrong key\r\n",
    "packed and cut": b"HTTP/1.1 401 No\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n"
    + gzip.compress(b'{"error": {"message": "wrong key"}}')[:-9],
}


@pytest.mark.parametrize("body", BROKEN)
@pytest.mark.parametrize("later", [False, True])
async def test_a_refusal_stays_one_where_its_body_breaks(body: str, later: bool, anyio_backend: str) -> None:
    async def answer(received: Received, number: int) -> AsyncIterator[bytes]:
        yield whole(reply()) if later and number == 0 else BROKEN[body]

    with RawServer(answer) as server:
        async with Backend.vllm(server.url, model="ms4") as backend:
            agent = Agent(backend=backend)
            if later:
                await agent.run("Go")
            with pytest.raises(AuthenticationFailed) as caught:
                await agent.run("Go")
    assert caught.value.status == 401
    assert ("wrong key" in str(caught.value)) == (
        body in ("cut", "of chunks without an end", "packed and cut")
    )
    assert len(server.requests) == 1 + later


@pytest.mark.parametrize("later", [False, True])
async def test_a_refusal_whose_body_does_not_come_is_raised_without_it(
    later: bool, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusal_module, "_MOST_SECONDS", 0.05)

    async def answer(received: Received, number: int) -> AsyncIterator[bytes]:
        if later and number == 0:
            yield whole(reply())
        else:
            yield b"HTTP/1.1 400 No\r\nContent-Length: 999\r\n\r\nno "
            await asyncio.sleep(3600)

    with RawServer(answer) as server:
        async with Backend.vllm(server.url, model="ms4") as backend:
            agent = Agent(backend=backend)
            if later:
                await agent.run("Go")
            with pytest.raises(RequestRefused, match="400"):
                await agent.run("Go")
    assert len(server.requests) == 1 + later


@pytest.mark.parametrize("later", [False, True])
async def test_of_two_waits_that_a_server_asks_for_the_first_counts(later: bool, anyio_backend: str) -> None:
    async def answer(received: Received, number: int) -> AsyncIterator[bytes]:
        refusal = b"HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n"
        yield whole(reply()) if later and number == 0 else refusal

    with RawServer(answer) as server:
        async with Backend.vllm(server.url, model="ms4", retry=ONCE) as backend:
            agent = Agent(backend=backend)
            if later:
                await agent.run("Go")
            with pytest.raises(Overloaded) as caught:
                await agent.run("Go")
    assert caught.value.retry_after == 3.0


async def answered(received: Received, number: int) -> AsyncIterator[bytes]:
    yield whole(reply())


def sockets_to(port: int) -> list[socket.socket]:
    """Return this process's sockets whose other end is a port."""
    found: list[socket.socket] = []
    for item in gc.get_objects():
        if isinstance(item, socket.socket) and item.family == socket.AF_INET:
            with suppress(OSError):
                if item.getpeername()[1] == port:
                    found.append(item)
    return found


async def test_the_system_asks_whether_a_silent_server_is_still_there(anyio_backend: str) -> None:
    with RawServer(answered) as server:
        async with Backend.vllm(server.url, model="ms4") as backend:
            await Agent(backend=backend).run("Go")
            connections = sockets_to(int(server.url.split(":")[2].split("/")[0]))
            assert connections
            for connection in connections:
                assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
                if hasattr(socket, "TCP_KEEPIDLE"):
                    assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) < 240


async def test_over_tls_all_requests_share_a_connection_and_its_trust(
    certificate: Path, anyio_backend: str
) -> None:
    with RawServer(answered, certificate=certificate) as server:
        async with Backend.vllm(server.url, model="ms4", ca_bundle=certificate, retry=ONCE) as backend:
            agent = Agent(backend=backend)
            for _ in range(3):
                assert (await agent.run("Go")).output == "ok"
            connections = sockets_to(int(server.url.split(":")[2].split("/")[0]))
            assert len({connection.fileno() for connection in connections}) == 1
        async with Backend.vllm(server.url, model="ms4", retry=ONCE) as stranger:
            with pytest.raises(ConnectionFailed, match="certificate"):
                await Agent(backend=stranger).run("Go")
    assert len(server.requests) == 3
