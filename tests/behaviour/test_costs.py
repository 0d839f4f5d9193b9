"""What keeps agentkit cheap, as structure: what is done once, what stays the same, what is not loaded. No clocks."""

from __future__ import annotations

import gc
import itertools
import json
import subprocess
import sys
import threading
from collections import Counter
from typing import Any

import anyio
import pytest
from pydantic import BaseModel

from agentkit import Agent, Backend, Limits
from agentkit.backends import client as client_module
from agentkit.protocol import estimate
from agentkit.protocol.history import History
from agentkit.protocol.messages import AssistantMessage, Message, user
from agentkit.testing import Rules, SimulatedServer, call, say, say_json
from agentkit.testing.request import ChatRequest
from agentkit.tools.function import Tool
from agentkit.wire import encode
from agentkit.wire.dialect import Dialect
from agentkit.wire.encode import encode_body
from agentkit.wire.stream import StreamDecoder

ROUNDS = 12
LIMITS = Limits(steps=100, tool_calls=100)


async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def adding(request: ChatRequest) -> Any:
    """Call the tool so many times, then answer."""
    done = sum(message.get("role") == "tool" for message in request.body["messages"])
    return call("add", {"a": done, "b": 1}) if done < ROUNDS else say("done")


def agent_on(server: SimulatedServer, **options: Any) -> Agent[Any]:
    return Agent("You add.", backend=Backend.vllm(server.url), tools=[add], limits=LIMITS, **options)


def bodies_sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    sent: list[bytes] = []

    def recording(*arguments: Any, **options: Any) -> bytes:
        sent.append(encode_body(*arguments, **options))
        return sent[-1]

    monkeypatch.setattr("agentkit.backends.backend.encode_body", recording)
    return sent


def parts(body: bytes) -> tuple[bytes, bytes]:
    """The messages of a body without the closing bracket, and its tools."""
    start = body.index(b'"messages":') + len(b'"messages":')
    end = body.index(b',"tools":')
    messages = body[start:end]
    tools = json.JSONDecoder().raw_decode(body[end + len(b',"tools":') :].decode())[1]
    return messages.removesuffix(b"]"), body[end : end + len(b',"tools":') + tools]


async def test_each_request_of_a_run_begins_with_the_bytes_of_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = bodies_sent(monkeypatch)
    with SimulatedServer(Rules(adding)) as server:
        await agent_on(server, effort="none").run("Add.")
    assert len(sent) == ROUNDS + 1
    for before, after in itertools.pairwise(sent):
        assert parts(after)[0].startswith(parts(before)[0])
        assert parts(after)[1] == parts(before)[1]


async def test_two_runs_of_an_agent_share_system_prompt_and_tools_to_the_byte(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = bodies_sent(monkeypatch)
    with SimulatedServer(Rules(lambda request: say("done"))) as server:
        agent = agent_on(server, effort="none")
        await agent.run("One.")
        await agent.run("Another.")
    first, second = map(parts, sent)
    system = b'[{"role":"system","content":"You add."},'
    assert first[0].startswith(system)
    assert second[0].startswith(system)
    assert first[1] == second[1]


async def test_each_message_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: Counter[int] = Counter()
    kept: list[Message] = []  # keeps ids from being used again
    plain = encode.encode_message

    def counting(message: Message, dialect: Dialect) -> bytes:
        encoded[id(message)] += 1
        kept.append(message)
        return plain(message, dialect)

    monkeypatch.setattr(encode, "encode_message", counting)
    with SimulatedServer(Rules(adding)) as server:
        result = await agent_on(server).run("Add.")
    # the system message, the user's, a call and a result a round; the user's is encoded once before it is settled
    assert len(result.messages) == 2 * ROUNDS + 2
    assert encoded.total() <= 2 * ROUNDS + 4
    assert set(encoded.values()) == {1}


async def test_a_prompt_is_estimated_by_what_is_new_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    estimated: Counter[str] = Counter()
    plain = estimate.text_tokens

    def counting(text: str) -> float:
        estimated[text] += 1
        return plain(text)

    monkeypatch.setattr(estimate, "text_tokens", counting)
    history, tools = History([user("Add one and one.")]), (Tool(add).definition,)
    first = estimate.prompt_tokens(history, tools)
    assert first == estimate.estimate_tokens(history.messages, tools)
    for round_ in range(ROUNDS):
        history.append(AssistantMessage(text=f"round {round_}"))
        assert estimate.prompt_tokens(history, tools) > first
    estimated.clear()
    history.append(user("And again."))
    whole = estimate.prompt_tokens(history, tools)
    assert dict(estimated) == {"And again.": 1}
    assert abs(whole - estimate.estimate_tokens(history.messages, tools)) <= 1


async def test_the_first_decision_knows_how_long_the_tools_make_the_prompt() -> None:
    with SimulatedServer(Rules(lambda request: say("done"))) as server:
        backend = Backend.vllm(server.url)
        alone = (await Agent("You add.", backend=backend).run("Add.")).decisions[0]
        with_tools = (await agent_on(server).run("Add.")).decisions[0]
    tools = estimate.estimate_tokens((), (Tool(add).definition,))
    assert tools > 20
    assert with_tools.facts["context_tokens"] == pytest.approx(alone.facts["context_tokens"] + tools, abs=1)


async def test_the_sdk_builds_one_request_however_many_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    plain = client_module.AsyncOpenAI._build_request

    def counting(self: Any, options: Any, **rest: Any) -> Any:
        built.append(options.url)
        return plain(self, options, **rest)

    monkeypatch.setattr(client_module.AsyncOpenAI, "_build_request", counting)
    with SimulatedServer(Rules(adding)) as server:
        agent = agent_on(server)
        await agent.run("Add.")
        await agent.run("Add.")
        assert len([request for request in server.requests if request.method == "POST"]) == 2 * ROUNDS + 2
    assert built.count("chat/completions") == 1


async def test_the_sdk_sends_one_request_and_the_others_go_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    plain = client_module.AsyncOpenAI.request

    async def counting(self: Any, cast_to: Any, options: Any, **rest: Any) -> Any:
        asked.append(options.url)
        return await plain(self, cast_to, options, **rest)

    monkeypatch.setattr(client_module.AsyncOpenAI, "request", counting)
    with SimulatedServer(Rules(adding)) as server:
        await agent_on(server).run("Add.")
        assert len([request for request in server.requests if request.method == "POST"]) == ROUNDS + 1
    assert asked.count("chat/completions") == 1


async def test_a_run_looks_once_at_what_its_steps_have_in_common(monkeypatch: pytest.MonkeyPatch) -> None:
    from agentkit.router import router

    looked: list[str] = []
    plain = router.measure

    def counting(situation: Any, words: Any) -> Any:
        looked.append(situation.step)
        return plain(situation, words)

    monkeypatch.setattr(router, "measure", counting)
    with SimulatedServer(Rules(adding)) as server:
        result = await agent_on(server).run("Add.")
    assert looked == ["planning", "tool_result"]
    assert len(result.decisions) == ROUNDS + 1
    assert all(decision.reasons and decision.outcome is not None for decision in result.decisions)
    assert len({decision.id for decision in result.decisions}) == ROUNDS + 1


async def test_schemas_are_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from agentkit.schema import check
    from agentkit.tools import function

    class Sum(BaseModel):
        value: int

    check._compile.cache_clear()
    checks: list[object] = []
    made = check.Check.__init__
    monkeypatch.setattr(
        check.Check, "__init__", lambda self, schema: (checks.append(schema), made(self, schema))[1]
    )
    signatures: list[str] = []
    read = function.read_signature
    monkeypatch.setattr(
        function, "read_signature", lambda given, name: (signatures.append(name), read(given, name))[1]
    )

    def answer(request: ChatRequest) -> Any:
        return say_json({"value": 3}) if "response_format" in request.body else adding(request)

    with SimulatedServer(Rules(answer)) as server:
        agent = agent_on(server, output=Sum)
        for _ in range(3):
            assert (await agent.run("Add.")).output == Sum(value=3)
    assert len(checks) == 1
    assert signatures == ["add"]


def test_a_streamed_chunk_leaves_nothing_but_its_event() -> None:
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    chunks = [
        json.dumps({**head, "choices": [{"index": 0, "delta": {"content": f"w{number} "}}]}).encode()
        for number in range(1000)
    ]
    decoder = StreamDecoder(Dialect())
    events = [event for data in chunks[:10] for event in decoder.feed(data)]
    gc.collect()
    before = len(gc.get_objects())
    events += [event for data in chunks[10:] for event in decoder.feed(data)]
    gc.collect()
    assert len(events) == 1000
    assert len(gc.get_objects()) - before <= 990 + 10


async def test_concurrent_runs_share_one_client(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    plain = client_module.Client.__init__

    def counting(self: Any, *arguments: Any, **options: Any) -> None:
        made.append(self)
        plain(self, *arguments, **options)

    monkeypatch.setattr(client_module.Client, "__init__", counting)
    with SimulatedServer(Rules(adding)) as server:
        agent = agent_on(server)
        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(agent.run, "Add.")
    assert len(made) == 1


def test_synchronous_runs_share_one_loop_and_start_no_thread_each() -> None:
    threads: set[str] = set()

    async def where(a: int, b: int) -> int:
        """Add two numbers."""
        threads.add(threading.current_thread().name)
        return a + b

    with SimulatedServer(Rules(adding)) as server:
        agent = Agent("You add.", backend=Backend.vllm(server.url), tools=[_named(where)], limits=LIMITS)
        agent.run_sync("Add.")
        running = threading.active_count()
        for _ in range(3):
            agent.run_sync("Add.")
        assert threading.active_count() <= running
    assert len(threads) == 1


def _named(function: Any) -> Any:
    function.__name__ = "add"
    return function


def test_a_run_without_a_failure_loads_neither_tenacity_nor_structlog_nor_jsonschema() -> None:
    code = """
import sys
from agentkit.testing import Script, SimulatedServer, say
with SimulatedServer(Script(say("Yes."))) as server:
    before = set(sys.modules)
    from agentkit import Agent, Backend
    assert Agent(backend=Backend.vllm(server.url)).run_sync("Is anyone there?").output == "Yes."
print([name for name in ("tenacity", "structlog", "jsonschema", "PIL") if name in set(sys.modules) - before])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
