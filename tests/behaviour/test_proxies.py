"""A proxy is asked for every request, the first and later ones, and nobody else learns its password."""

from __future__ import annotations

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


async def refuse(received: Received, number: int) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 407 Credentials\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


async def test_a_proxy_that_refuses_the_credentials_is_asked_once_and_named_without_them(
    anyio_backend: str,
) -> None:
    with RawServer(refuse) as proxy:
        address = proxy.url.removesuffix("/v1").replace("//", "//user:s%2fcret@")
        async with Backend.vllm(
            "https://model.invalid/v1", model="ms4", api_key="key", proxy=address
        ) as backend:
            with pytest.raises(ConnectionFailed, match="407") as caught:
                await Agent(backend=backend).run("Go")
    assert [received.head.split("\r\n")[0] for received in proxy.requests] == [
        "CONNECT model.invalid:443 HTTP/1.1"
    ]
    assert "authorization" not in proxy.requests[0].headers
    assert "cret" not in f"{caught.value}{caught.value!r}"
