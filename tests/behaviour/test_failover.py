"""Several replicas behind one backend: one that dies costs no run."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from agentkit import Agent, Backend, Limits, ReplicaPolicy, RetryPolicy, TextDelta, Timeouts
from agentkit.errors import (
    AuthenticationFailed,
    BackendError,
    ConfigurationError,
    ConnectionFailed,
    ServerFailed,
)
from agentkit.protocol.events import ReplicaEjected, ReplicaRestored
from agentkit.testing import Rules, Script, SimulatedServer, cut, fail, say, stall
from agentkit.testing.server import MODEL
from tests.behaviour.adding_server import working

SLOW_RETRY = RetryPolicy(attempts=2, first_delay=30.0, most_delay=60.0, budget=0.0)
"""A retry that would be noticed: failing over to another replica must neither wait nor draw on the budget."""


def add(first: int, second: int) -> int:
    """Add two numbers."""
    return first + second


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """A replica in a process of its own."""

    url: str
    process: subprocess.Popen[str]


@contextmanager
def own_process() -> Iterator[Victim]:
    """Run a replica that can be killed as the system kills: its connections end with it."""
    command = [sys.executable, "-m", "tests.behaviour.adding_server"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        try:
            yield Victim(url=process.stdout.readline().strip(), process=process)
        finally:
            process.kill()
            process.wait()


def urls(*servers: SimulatedServer) -> list[str]:
    return [server.url for server in servers]


@pytest.mark.parametrize(("anyio_backend", "stream"), [("asyncio", False), ("asyncio", True), ("trio", True)])
async def test_a_replica_killed_in_the_middle_of_200_concurrent_runs_costs_no_run(stream: bool) -> None:
    with ExitStack() as stack:
        victim = stack.enter_context(own_process())
        servers = [stack.enter_context(SimulatedServer(Rules(working))) for _ in range(2)]
        backend = Backend.vllm([victim.url, *urls(*servers)], retry=SLOW_RETRY, model=MODEL)
        agent = Agent(backend=backend, tools=[add], effort="none", limits=Limits(seconds=60))
        outputs: dict[int, str] = {}
        seen: Counter[str] = Counter()
        killed = threading.Event()

        async def one(number: int) -> None:
            async with agent.stream(f"Add one to {number}") as run:
                async for event in run:
                    seen[type(event).__name__] += 1
                outputs[number] = run.result.output

        async def other(number: int) -> None:
            outputs[number] = (await agent.run(f"Add one to {number}")).output

        async def kill() -> None:
            with anyio.fail_after(30):
                while backend.replicas[0].sent < 40:
                    await anyio.lowlevel.checkpoint()
            victim.process.kill()
            killed.set()

        async with anyio.create_task_group() as group:
            group.start_soon(kill)
            for number in range(200):
                group.start_soon(one if stream else other, number)
        assert killed.is_set()
    assert outputs == {number: f"It is {number + 1}." for number in range(200)}
    dead = backend.replicas[0]
    assert dead.ejected
    assert sum(state.sent for state in backend.replicas[1:]) > 300


async def test_a_stream_moves_to_another_replica_before_its_first_token_and_never_after() -> None:
    with (
        SimulatedServer(Script(fail(500, "broke"), cut("One two three.", after=3))) as first,
        SimulatedServer(Script(say("Hello."))) as second,
    ):
        policy = ReplicaPolicy(failures=9)
        backend = Backend.vllm(urls(first, second), retry=SLOW_RETRY, model=MODEL, replicas=policy)
        async with Agent(backend=backend).stream("Hi") as run:
            pieces = [event.text async for event in run if isinstance(event, TextDelta)]
        assert "".join(pieces) == "Hello."
        assert run.result.retries == 1
        pieces = []
        with pytest.raises(BackendError):
            async with Agent(backend=backend).stream("Something else altogether") as run:
                async for event in run:
                    if isinstance(event, TextDelta):
                        pieces.append(event.text)
    assert pieces
    assert len(second.chat_requests) == 1


async def test_ejection_and_return_are_events_of_the_run_and_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="agentkit")
    events: list[Any] = []
    with (
        SimulatedServer(Script(fail(500, "broke"), say("Back."))) as first,
        SimulatedServer(Rules(lambda _: say("Hello."))) as second,
    ):
        policy = ReplicaPolicy(failures=1, ejection=0.0)
        backend = Backend.vllm(urls(first, second), retry=SLOW_RETRY, model=MODEL, replicas=policy)
        agent = Agent(backend=backend, sinks=[events.append])
        assert (await agent.run("Hi")).output == "Hello."
        ejected = next(event for event in events if isinstance(event, ReplicaEjected))
        assert (ejected.url, ejected.failures, ejected.error) == (first.url, 1, "ServerFailed")
        assert [state.ejected for state in backend.replicas] == [True, False]
        assert (await agent.run("Hi")).output == "Back."
        assert ReplicaRestored(url=first.url) in events
        assert [state.ejected for state in backend.replicas] == [False, False]
    assert [record.message for record in caplog.records if record.message.startswith("replica.")] == [
        "replica.ejected",
        "replica.restored",
    ]


async def test_a_replica_that_is_still_dead_when_its_time_is_over_costs_the_next_run_nothing() -> None:
    with SimulatedServer(Rules(lambda _: say("Hello."))) as second:
        first = SimulatedServer(Rules(lambda _: say("Never."))).start()
        backend = Backend.vllm(
            urls(first, second),
            retry=SLOW_RETRY,
            model=MODEL,
            replicas=ReplicaPolicy(failures=1, ejection=0.0),
        )
        first.stop()
        for _ in range(4):
            result = await Agent(backend=backend).run("Hi")
            assert result.output == "Hello."
    assert backend.replicas[0].ejections > 1


async def test_a_replica_that_hangs_is_left_and_the_run_goes_on_elsewhere() -> None:
    with SimulatedServer(Script(stall())) as first, SimulatedServer(Script(say("Hello."))) as second:
        backend = Backend.vllm(
            urls(first, second),
            retry=SLOW_RETRY,
            model=MODEL,
            timeouts=Timeouts(connect=0.2, first_token=0.2),
        )
        assert (await Agent(backend=backend).run("Hi")).output == "Hello."


async def test_the_first_request_of_all_finds_a_replica_that_says_what_it_serves() -> None:
    with SimulatedServer(Script(say("Hello."))) as second:
        first = SimulatedServer(Script()).start()
        backend = Backend.vllm(urls(first, second), retry=SLOW_RETRY)
        first.stop()
        assert (await Agent(backend=backend).run("Hi")).output == "Hello."


async def test_a_conversation_stays_on_its_replica_and_new_ones_spread() -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(SimulatedServer(Rules(lambda _: say("Yes.")))) for _ in range(3)]
        backend = Backend.vllm(urls(*servers), model=MODEL)
        agent = Agent("Be brief.", backend=backend, effort="none")
        homes: list[set[int]] = []

        async def talk(number: int) -> None:
            history: tuple[Any, ...] = ()
            words = f"talk {number} " * 2000
            for turn in range(4):
                history = (
                    await agent.run(f"{words if not turn else 'And'} {turn}", history=history)
                ).messages

        async with anyio.create_task_group() as group:
            for number in range(9):
                group.start_soon(talk, number)
        for number in range(9):
            homes.append(
                {
                    place
                    for place, server in enumerate(servers)
                    for request in server.chat_requests
                    if f"talk {number} " in request.chat.messages[1]["content"]
                }
            )
    assert all(len(home) == 1 for home in homes)
    assert {place for home in homes for place in home} == {0, 1, 2}


async def test_when_all_replicas_fail_the_last_error_is_raised() -> None:
    with (
        SimulatedServer(Rules(lambda _: fail(500, "one"))) as first,
        SimulatedServer(Rules(lambda _: fail(500, "two"))) as second,
    ):
        backend = Backend.vllm(urls(first, second), retry=RetryPolicy(attempts=1), model=MODEL)
        with pytest.raises(ServerFailed, match=r"one|two"):
            await Agent(backend=backend).run("Hi")
    assert len(first.chat_requests) == len(second.chat_requests) == 1


async def test_a_refusal_is_not_tried_elsewhere_and_speaks_against_no_replica() -> None:
    with (
        SimulatedServer(Script(), api_key="right") as first,
        SimulatedServer(Script(), api_key="right") as second,
    ):
        backend = Backend.vllm(urls(first, second), api_key="wrong", model=MODEL, retry=SLOW_RETRY)
        with pytest.raises(AuthenticationFailed):
            await Agent(backend=backend).run("Hi")
    assert len(first.requests) + len(second.requests) == 1
    assert [state.failures for state in backend.replicas] == [0, 0]


def test_the_environment_may_name_several_replicas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_BASE_URL", "http://one:8000/v1, http://two:8000/v1")
    backend = Backend.from_env()
    assert [state.url for state in backend.replicas] == ["http://one:8000/v1", "http://two:8000/v1"]


@pytest.mark.parametrize("given", [[], ["http://one/v1", "http://one/v1/"], ["http://one/v1", "two"]])
def test_addresses_that_cannot_work_are_refused(given: list[str]) -> None:
    with pytest.raises(ConfigurationError):
        Backend.vllm(given)


async def test_one_dead_server_alone_is_the_same_error_as_ever() -> None:
    server = SimulatedServer(Script()).start()
    server.stop()
    backend = Backend.vllm(server.url, model=MODEL, retry=RetryPolicy(attempts=1))
    with pytest.raises(ConnectionFailed):
        await Agent(backend=backend).run("Hi")
    assert not backend.replicas[0].ejected
