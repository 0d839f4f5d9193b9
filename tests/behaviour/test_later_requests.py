"""What goes out and comes back is the same on a first request and on those that follow its pattern."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator

import anyio
import pytest

from agentkit import Agent, Backend
from agentkit.errors import AuthenticationFailed
from tests.behaviour.raw_server import RawServer, Received, reply, whole

LONG = "The tenant shall keep the premises in good repair. " * 60_000


async def answered(received: Received, number: int) -> AsyncIterator[bytes]:
    yield whole(reply(f"answer {number}"))


@pytest.mark.filterwarnings("error::ResourceWarning")
async def test_a_long_body_arrives_whole_on_the_first_request_and_on_later_ones() -> None:
    with RawServer(answered) as server:
        agent = Agent(backend=Backend.vllm(server.url))
        for number in range(3):
            assert (await agent.run(LONG)).output == f"answer {number}"
        for received in server.requests:
            assert int(received.headers["content-length"]) == len(received.body) > 3_000_000
            assert "transfer-encoding" not in received.headers
            assert json.loads(received.body)["messages"][-1]["content"] == LONG


async def test_requests_differ_in_their_bytes_alone() -> None:
    with RawServer(answered) as server:
        agent = Agent(backend=Backend.vllm(server.url, api_key="key", headers={"X-Team": "law"}))
        for _ in range(3):
            await agent.run("Go")
        first, *later = [received.headers for received in server.requests]
        assert first["authorization"] == "Bearer key"
        assert first["x-team"] == "law"
        assert later == [first, first]


async def test_runs_beside_a_long_body_go_on() -> None:
    with RawServer(answered) as server:
        agent = Agent(backend=Backend.vllm(server.url))
        await agent.run("Go")
        outputs: list[str] = []

        async def run(text: str) -> None:
            outputs.append((await agent.run(text)).output)

        async with anyio.create_task_group() as group:
            for text in (LONG, "Go", LONG, "Go"):
                group.start_soon(run, text)
    assert sorted(outputs) == [f"answer {number}" for number in range(1, 5)]


async def packed(received: Received, number: int) -> AsyncIterator[bytes]:
    yield whole(gzip.compress(reply(f"answer {number}").encode()), Content_Encoding="gzip")


async def test_a_packed_answer_is_unpacked() -> None:
    with RawServer(packed) as server:
        agent = Agent(backend=Backend.vllm(server.url))
        assert [(await agent.run("Go")).output for _ in range(3)] == ["answer 0", "answer 1", "answer 2"]


async def test_every_request_goes_through_the_proxy() -> None:
    with RawServer(answered) as server:
        proxy = server.url.removesuffix("/v1")
        agent = Agent(backend=Backend.vllm("http://model.invalid/v1", model="m", proxy=proxy))
        for number in range(3):
            assert (await agent.run("Go")).output == f"answer {number}"
        lines = {received.head.split("\r\n")[0] for received in server.requests}
    assert lines == {"POST http://model.invalid/v1/chat/completions HTTP/1.1"}


async def test_an_answer_that_fails_after_good_ones_is_told_like_a_first_one() -> None:
    async def answer(received: Received, number: int) -> AsyncIterator[bytes]:
        yield whole(reply("fine")) if number < 2 else whole('{"error": {"message": "no such key"}}', "401 No")

    with RawServer(answer) as server:
        agent = Agent(backend=Backend.vllm(server.url))
        assert [(await agent.run("Go")).output for _ in range(2)] == ["fine", "fine"]
        with pytest.raises(AuthenticationFailed, match="no such key") as caught:
            await agent.run("Go")
    assert caught.value.status == 401
    assert str(caught.value).startswith(server.url)
