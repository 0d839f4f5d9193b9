"""A proxy is asked for every request, the first and later ones, and nobody else learns its password."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator

import pytest

from agentkit import Agent, Backend, RetryPolicy
from agentkit.errors import ConnectionFailed
from tests.behaviour.raw_server import RawServer, Received, reply, whole

ONCE = RetryPolicy(attempts=1)


async def answer(received: Received, number: int) -> AsyncIterator[bytes]:
    yield whole(reply())


@pytest.mark.parametrize("credentials", ["", "us%40er:p%C3%A4%3Aw@"])
async def test_each_request_goes_through_the_proxy_with_its_credentials(
    credentials: str, anyio_backend: str
) -> None:
    with RawServer(answer) as proxy:
        address = proxy.url.removesuffix("/v1").replace("//", f"//{credentials}")
        async with Backend.vllm(
            "http://model.invalid:8000/v1", model="ms4", api_key="key", proxy=address, retry=ONCE
        ) as backend:
            for _ in range(3):
                assert (await Agent(backend=backend).run("Go")).output == "ok"
    wanted = f"Basic {base64.b64encode('us@er:pä:w'.encode()).decode()}" if credentials else None
    assert len(proxy.requests) == 3
    for received in proxy.requests:
        assert received.head.startswith("POST http://model.invalid:8000/v1/chat/completions ")
        assert received.headers["host"] == "model.invalid:8000"
        assert received.headers["authorization"] == "Bearer key"
        assert received.headers.get("proxy-authorization") == wanted


async def test_a_proxy_of_the_environment_is_not_asked(
    anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with RawServer(answer) as server:
        async with Backend.vllm(server.url, retry=ONCE) as backend:
            for _ in range(2):
                assert (await Agent(backend=backend).run("Go")).output == "ok"


class Refusing:
    """A proxy that refuses every tunnel, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __aenter__(self) -> Refusing:
        self._server = await asyncio.start_server(self._refuse, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _refuse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 407 Credentials\r\nContent-Length: 0\r\n\r\n")
        writer.close()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_proxy_that_refuses_is_named_without_its_password() -> None:
    async with Refusing() as proxy:
        address = f"http://user:s%2fcret@127.0.0.1:{proxy.port}"
        async with Backend.vllm(
            "https://model.invalid/v1", model="ms4", proxy=address, retry=ONCE
        ) as backend:
            with pytest.raises(ConnectionFailed, match="proxy failed") as caught:
                await Agent(backend=backend).run("Go")
    assert proxy.asked[0].startswith("CONNECT model.invalid:443 ")
    assert "Authorization: Bearer" not in proxy.asked[0]
    assert "cret" not in f"{caught.value}{caught.value!r}"
