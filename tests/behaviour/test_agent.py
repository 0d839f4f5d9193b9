"""What users see of an agent, against the simulated server."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypedDict

import anyio
import pytest
from pydantic import BaseModel

from agentkit import (
    Agent,
    Backend,
    Limits,
    RetryPolicy,
    RunContext,
    Sampling,
    TextDelta,
    Timeouts,
    dump_messages,
    load_messages,
    tool,
)
from agentkit.backends.catalog import PROFILES
from agentkit.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ContextOverflow,
    DeadlineExceeded,
    IncompleteStream,
    LimitReached,
    MissingBackend,
    ModelNotFound,
    OutputInvalid,
    ProtocolError,
    RequestRefused,
    Truncated,
    UnfinishedScript,
    UnsupportedSetting,
    WouldBlock,
)
from agentkit.protocol.history import History
from agentkit.protocol.messages import ToolResult, UserMessage
from agentkit.protocol.request import ModelRequest, ToolDefinition
from agentkit.schema.restrict import PLAIN
from agentkit.testing import (
    Script,
    SimulatedServer,
    call,
    calls,
    cut,
    drop,
    fail,
    fail_midway,
    raw,
    say,
    say_json,
    stall,
)
from agentkit.testing.dialect import VLLM

HTTPCORE_ON_TRIO = "ignore:Exception ignored in. <async_generator object PoolByteStream:pytest.PytestUnraisableExceptionWarning"
"""httpcore2 leaves a generator behind where a response is left early under trio; asyncio, on aiohttp, does not."""
FAST = RetryPolicy(first_delay=0.001, most_delay=0.002)
LENIENT = replace(VLLM, enforces_schema=False)


class Risk(BaseModel):
    clause: str
    severity: Literal["low", "medium", "high"]


@dataclass
class Place:
    page: int


class Named(TypedDict):
    name: str


@tool
async def find_clause(topic: str) -> str:
    """Return the clause about `topic`."""
    return f"clause on {topic}"


def vllm(server: SimulatedServer, **options: Any) -> Backend:
    return Backend.vllm(server.url, retry=FAST, **options)


@pytest.mark.parametrize("dialect", ["vllm", "llamacpp", "openai_compatible"])
def test_tools_run_first_and_the_schema_goes_into_a_last_step_of_its_own(dialect: str) -> None:
    script = Script(
        calls(
            ("find_clause", {"topic": "liability"}),
            ("find_clause", {"topic": "term"}),
            think="two to look at",
        ),
        say("I have read them."),
        say_json({"result": [{"clause": "liability", "severity": "high"}]}),
    )
    with SimulatedServer(script, dialect=dialect) as server:
        backend = {"vllm": Backend.vllm, "llamacpp": Backend.llamacpp}.get(dialect, Backend.openai_compatible)
        result = Agent(
            "Review.", backend=backend(server.url), tools=[find_clause], output=list[Risk]
        ).run_sync("Which?")
        bodies = [request.body for request in server.chat_requests]
    assert result.output == [Risk(clause="liability", severity="high")]
    assert ["tools" in body for body in bodies] == [True, True, False]
    assert ["response_format" in body for body in bodies] == [False, False, True]
    results = [message["content"] for message in bodies[1]["messages"] if message["role"] == "tool"]
    assert results == ["clause on liability", "clause on term"]


@pytest.mark.parametrize(("dialect", "field"), [("vllm", "reasoning"), ("llamacpp", "reasoning_content")])
def test_reasoning_goes_back_with_every_later_request(dialect: str, field: str) -> None:
    script = Script(
        call("find_clause", {"topic": "x"}, think="I need it."), say("Done.", think="Now I know.")
    )
    with SimulatedServer(script, dialect=dialect) as server:
        backend = Backend.vllm(server.url) if dialect == "vllm" else Backend.llamacpp(server.url)
        agent = Agent(backend=backend, tools=[find_clause], effort="high")
        result = agent.run_sync("Go")
        sent = server.chat_requests[1].body["messages"][1]
    assert sent[field] == "I need it."
    assert None not in sent.values()
    assert result.reasoning == "Now I know."


def test_messages_go_to_json_and_back_and_into_the_next_run() -> None:
    script = Script(call("find_clause", {"topic": "x"}, think="hm"), say("First."), say("Second."))
    with SimulatedServer(script) as server:
        agent = Agent("Be brief.", backend=vllm(server), tools=[find_clause])
        first = agent.run_sync("One")
        stored = load_messages(dump_messages(first.messages))
        assert stored == first.messages
        second = agent.run_sync("Two", history=stored)
        roles = [message["role"] for message in server.chat_requests[2].body["messages"]]
    assert second.output == "Second."
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]


@pytest.mark.parametrize(
    ("output", "answer", "expected"),
    [
        (Risk, {"clause": "a", "severity": "low"}, Risk(clause="a", severity="low")),
        (Place, {"page": 3}, Place(page=3)),
        (Named, {"name": "n"}, {"name": "n"}),
        (Literal["yes", "no"], {"result": "yes"}, "yes"),
        (list[int], {"result": [1, 2]}, [1, 2]),
        (Risk | Place, {"result": {"page": 3}}, Place(page=3)),
        ({"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}, {"x": 1}, {"x": 1}),
        ({"type": "array", "items": {"type": "integer"}}, {"result": [4]}, [4]),
    ],
)
def test_every_kind_of_output_type_arrives_typed(output: Any, answer: Any, expected: Any) -> None:
    with SimulatedServer(Script(say_json(answer))) as server:
        assert Agent(backend=vllm(server), output=output).run_sync("Go").output == expected


def test_an_invalid_output_is_asked_for_again_with_the_precise_error() -> None:
    script = Script(
        say_json({"clause": "a", "severity": "huge"}), say_json({"clause": "a", "severity": "high"})
    )
    with SimulatedServer(script, dialect=LENIENT) as server:
        result = Agent(backend=vllm(server), output=Risk).run_sync("Go")
        asked = server.chat_requests[1].body["messages"][-1]["content"]
    assert result.output.severity == "high"
    assert "severity" in asked
    assert "huge" in asked
    assert result.violations == 1


def test_an_output_that_stays_invalid_ends_in_a_typed_error_with_the_text() -> None:
    script = Script(*[say("no json")] * 3)
    with SimulatedServer(script, dialect=LENIENT) as server, pytest.raises(OutputInvalid) as caught:
        Agent(backend=vllm(server), output=Risk).run_sync("Go")
    assert caught.value.text == "no json"
    assert caught.value.usage["none"].requests >= 1
    assert caught.value.messages


def test_a_validator_can_ask_again() -> None:
    def short(value: Risk) -> Risk:
        if len(value.clause) > 3:
            raise ValueError("the clause's name is too long")
        return value

    script = Script(
        say_json({"clause": "liability", "severity": "low"}), say_json({"clause": "lia", "severity": "low"})
    )
    with SimulatedServer(script) as server:
        result = Agent(backend=vllm(server), output=Risk, validators=[short]).run_sync("Go")
        assert "too long" in server.chat_requests[1].body["messages"][-1]["content"]
    assert result.output.clause == "lia"


def test_a_truncated_answer_is_an_error_with_what_had_arrived() -> None:
    with SimulatedServer(Script(say("one two three four five six"))) as server:
        agent = Agent(backend=vllm(server), sampling=Sampling(max_tokens=2), effort="none")
        with pytest.raises(Truncated) as caught:
            agent.run_sync("Count")
    assert caught.value.partial.startswith("one")


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_call_that_vllm_cut_and_called_complete_is_not_executed(streamed: bool) -> None:
    seen: list[str] = []

    @tool
    def wipe(path: str = "/") -> str:
        """Delete a path."""
        seen.append(path)
        return "gone"

    with SimulatedServer(Script(call("wipe", {"path": "/tmp/some/deep/folder"}))) as server:
        agent = Agent(backend=vllm(server, stream=streamed), tools=[wipe], sampling=Sampling(max_tokens=3))
        with pytest.raises(Truncated, match="tool call was cut"):
            agent.run_sync("Clean up")
    assert seen == []


def test_reasoning_that_ate_max_tokens_is_rescued_once_without_reasoning() -> None:
    script = Script(say("never", think="long thought " * 20), say("42"))
    with SimulatedServer(script) as server:
        result = Agent(backend=vllm(server), sampling=Sampling(max_tokens=8), effort="auto").run_sync(
            "think hard: 6*7?"
        )
        efforts = [request.effort for request in server.chat_requests]
    assert result.output == "42"
    assert efforts == ["high", "none"]


def test_a_server_failure_is_retried_and_told() -> None:
    with SimulatedServer(
        Script(fail(503), drop(), raw("<html>busy</html>", content_type="text/html"), say("ok"))
    ) as server:
        result = Agent(backend=vllm(server)).run_sync("Go")
    assert result.output == "ok"
    assert result.retries == 3
    assert "repeated" in result.explain()


@pytest.mark.parametrize(
    ("turn", "error"),
    [
        (raw(b"\xff\xfe"), ProtocolError),
        (raw("{}"), ProtocolError),
        (raw('{"choices": []}'), ProtocolError),
        (raw(""), ProtocolError),
        (raw('{"choices": [{"message": {"content": 5}, "finish_reason": "stop"}]}'), ProtocolError),
        (fail(400, "context_length_exceeded: maximum context length is 9 tokens"), ContextOverflow),
        (fail(422, "no"), RequestRefused),
    ],
)
def test_an_answer_that_is_none_is_a_typed_error(turn: Any, error: type[Exception]) -> None:
    with SimulatedServer(Script(turn)) as server, pytest.raises(error) as caught:
        Agent(backend=Backend.vllm(server.url, retry=RetryPolicy(attempts=1))).run_sync("Go")
    assert caught.value.__cause__ is None


@pytest.mark.filterwarnings(HTTPCORE_ON_TRIO)
@pytest.mark.parametrize("turn", [cut("one two three four", after=3), fail_midway("one two three", after=2)])
async def test_a_stream_that_breaks_after_a_delta_is_raised_and_not_started_again(turn: Any) -> None:
    texts: list[str] = []
    with SimulatedServer(Script(turn)) as server:
        with pytest.raises((IncompleteStream, ProtocolError, Exception)) as caught:
            async with Agent(backend=vllm(server)).stream("Go") as stream:
                async for event in stream:
                    if isinstance(event, TextDelta):
                        texts.append(event.text)
        assert len(server.chat_requests) == 1
    assert texts
    assert type(caught.value).__module__ == "agentkit.errors"


@pytest.mark.filterwarnings(HTTPCORE_ON_TRIO)
async def test_closing_a_stream_early_stops_the_request_and_leaves_nothing_behind() -> None:
    with SimulatedServer(Script(stall("one two three", after=2))) as server:
        async with Agent(backend=vllm(server)).stream("Go") as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    break
        with anyio.fail_after(5):
            while not server.chat_requests[0].aborted:
                await anyio.lowlevel.checkpoint()


class NeverReady:
    """An image that is prepared for ever."""

    async def prepare_async(self) -> Any:
        await anyio.sleep_forever()


async def hang() -> str:
    """Hang."""
    await anyio.sleep_forever()
    return ""


async def draw() -> Any:
    """Return an image that is never ready."""
    return [NeverReady()]


def wait_in_a_thread() -> str:
    """Wait in a thread."""
    threading.Event().wait(1)
    return ""


@pytest.mark.parametrize("hanging", [hang, draw, wait_in_a_thread], ids=lambda tool: tool.__name__)
@pytest.mark.parametrize("together", [1, 2])
async def test_the_deadline_holds_while_a_tool_goes_on(hanging: Any, together: int) -> None:
    with SimulatedServer(Script(calls(*[(hanging.__name__, {})] * together))) as server:
        backend = vllm(server)
        await backend.context_window()  # what a first request loads is not the tool's time
        agent = Agent(backend=backend, tools=[hanging], limits=Limits(seconds=0.4))
        with anyio.fail_after(5), pytest.raises(DeadlineExceeded):
            await agent.run("Go")


def test_the_deadline_holds_while_the_server_is_silent() -> None:
    with SimulatedServer(Script(stall())) as server, pytest.raises(DeadlineExceeded):
        Agent(backend=vllm(server), limits=Limits(seconds=0.3)).run_sync("Go")


async def test_silence_between_tokens_is_bounded() -> None:
    with (
        SimulatedServer(Script(stall("one two three", after=2))) as server,
        pytest.raises(Exception, match="silent"),
    ):
        backend = vllm(server, timeouts=Timeouts(between_tokens=0.1))
        async with Agent(backend=backend).stream("Go") as stream:
            async for _ in stream:
                pass


def test_one_backend_works_in_repeated_loops_in_threads_and_in_sync_code() -> None:
    with SimulatedServer(Script(*[say("ok")] * 6)) as server:
        agent = Agent(backend=vllm(server))
        for _ in range(2):
            assert asyncio.run(agent.run("Go")).output == "ok"
        assert agent.run_sync("Go").output == "ok"
        answers: list[str] = []
        threads = [
            threading.Thread(target=lambda: answers.append(agent.run_sync("Go").output)) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == ["ok", "ok"]

        async def inside() -> str:
            return agent.run_sync("Go").output

        assert asyncio.run(inside()) == "ok"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_run_sync_works_in_a_forked_child_of_a_process_that_used_it() -> None:
    with SimulatedServer(Script(say("parent"), say("child"))) as server:
        agent = Agent(backend=vllm(server))
        assert agent.run_sync("Go").output == "parent"
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(write, agent.run_sync("Go", limits=Limits(seconds=20)).output.encode())
            finally:
                os._exit(0)
        os.close(write)
        assert os.read(read, 100) == b"child"
        os.close(read)
        os.waitpid(child, 0)


def test_run_sync_from_agentkits_own_loop_says_to_await() -> None:
    told: list[str] = []

    @tool
    async def ask_again() -> str:
        """Ask again."""
        try:
            return Agent(backend=None).run_sync("x").output
        except WouldBlock as error:
            told.append(error.hint)
            raise

    with SimulatedServer(Script(call("ask_again"), say("ok"))) as server:
        assert Agent(backend=vllm(server), tools=[ask_again]).run_sync("Go").output == "ok"
    assert "await" in told[0]


def test_an_agent_can_be_a_tool_of_another_and_its_usage_is_charged() -> None:
    script = Script(call("scout", {"task": "look"}), say("seen"), say("done"))
    with SimulatedServer(script) as server:
        scout = Agent("Scout.", backend=vllm(server), name="scout")
        result = Agent(
            "Lead.", backend=vllm(server), tools=[scout.as_tool(description="Looks around.")]
        ).run_sync("Go")
    assert result.output == "done"
    assert result.total_usage.requests == 3


def test_a_sub_agent_that_fails_is_charged_too_and_the_model_is_told_why() -> None:
    invalid = [say_json({"n": "x"})] * 3
    script = Script(call("scout", {"task": "look"}), *invalid, say("done"))
    with SimulatedServer(script, dialect="openai_compatible") as server:
        backend = Backend.openai_compatible(server.url)
        scout = Agent("Scout.", backend=backend, name="scout", output=dict[str, int])
        result = Agent("Lead.", backend=backend, tools=[scout.as_tool()]).run_sync("Go")
    assert result.total_usage.requests == 5
    told = next(message for message in result.messages if isinstance(message, ToolResult))
    assert "OutputInvalid" in told.text
    assert result.tool_errors == 1


def test_a_sub_agent_may_spend_what_its_caller_has_left_and_no_more() -> None:
    def look(n: int) -> str:
        """Look."""
        return f"{n} word " * 2000

    script = Script(call("scout", {"task": "b"}), call("look", {"n": 1}), say("It was too much."))
    with SimulatedServer(script) as server:
        scout = Agent("Scout.", backend=vllm(server), name="scout", tools=[look])
        lead = Agent("Lead.", backend=vllm(server), tools=[scout.as_tool()], limits=Limits(tokens=2600))
        result = lead.run_sync("Go")
        told = server.chat_requests[2].body["messages"][-1]["content"]
    # what the tool returned would not fit any more; the scout's own limit of two million would have let it go on
    assert "tokens" in told
    assert "LimitReached" in told
    assert result.output == "It was too much."


def test_a_sub_agent_has_its_own_time_and_not_that_of_a_tool() -> None:
    scout = Agent("Scout.", limits=Limits(seconds=300))
    assert scout.as_tool(name="scout").timeout == 300
    assert Agent("Scout.", limits=Limits(seconds=None)).as_tool(name="scout").timeout == float("inf")


def test_tools_get_the_typed_context_and_instructions_may_be_a_function_of_it() -> None:
    @tool
    def who(context: RunContext[dict[str, str]]) -> str:
        """Return the user's name."""
        return context.deps["name"]

    def instructions(context: RunContext[Any]) -> str:
        return f"Speak to {context.deps['name']}."

    with SimulatedServer(Script(call("who"), say("hi"))) as server:
        Agent(instructions, backend=vllm(server), tools=[who]).run_sync("Go", deps={"name": "Ada"})
        body = server.chat_requests[1].body
    assert body["messages"][0]["content"] == "Speak to Ada."
    assert body["messages"][-1]["content"] == "Ada"
    assert body["tools"][0]["function"]["parameters"]["properties"] == {}


def test_the_same_call_again_and_again_is_refused_and_then_ends_the_run() -> None:
    with SimulatedServer(Script(*[call("find_clause", {"topic": "x"})] * 6)) as server:
        with pytest.raises(LimitReached) as caught:
            Agent(backend=vllm(server), tools=[find_clause]).run_sync("Go")
    assert caught.value.limit == "identical_calls"
    results = [message for message in caught.value.messages if isinstance(message, ToolResult)]
    assert [result.is_error for result in results] == [False, False, False, True, True, True]


@pytest.mark.parametrize(
    ("limits", "name"),
    [(Limits(steps=2), "steps"), (Limits(tool_calls=1), "tool_calls"), (Limits(tokens=5), "tokens")],
)
def test_each_limit_ends_the_run_with_its_name(limits: Limits, name: str) -> None:
    turns = [call("find_clause", {"topic": str(number)}) for number in range(2)]
    server = SimulatedServer(Script(*turns)).start()
    try:
        with pytest.raises(LimitReached) as caught:
            Agent(
                backend=vllm(server), tools=[find_clause], limits=limits, sampling=Sampling(max_tokens=99)
            ).run_sync("Go")
    finally:
        server.stop()
    assert caught.value.limit == name


def test_used_up_reasoning_tokens_send_the_run_on_without_reasoning() -> None:
    script = Script(call("find_clause", {"topic": "x"}, think="a long thought indeed"), say("done"))
    with SimulatedServer(script) as server:
        agent = Agent(
            backend=vllm(server),
            tools=[find_clause],
            limits=Limits(reasoning_tokens=5),
            sampling=Sampling(max_tokens=99),
        )
        server.dialect = replace(VLLM, counts_reasoning=True)
        agent.run_sync("think hard about it", limits=Limits(reasoning_tokens=30))
        efforts = [request.effort for request in server.chat_requests]
    assert efforts[0] == "high"


def test_the_developers_effort_wins_and_the_decision_is_on_the_result() -> None:
    with SimulatedServer(Script(say("a"), say("b"), say("c"))) as server:
        agent = Agent(backend=vllm(server))
        high = agent.run_sync("quick, just answer", effort="high")
        none = agent.run_sync("think hard", effort="none")
        cue = agent.run_sync("Réfléchis bien : que vaut cette clause ?")
        bodies = [request.body for request in server.chat_requests]
    assert [body["reasoning_effort"] for body in bodies] == ["high", "none", "high"]
    assert [body["temperature"] for body in bodies] == [0.7, 0.15, 0.7]
    assert high.decisions[0].source == none.decisions[0].source == "override"
    assert cue.decisions[0].source == "cue"
    assert "think" not in high.explain()


def test_every_sampling_option_header_and_extra_field_is_sent() -> None:
    sampling = Sampling(
        temperature=0.3, top_p=0.9, top_k=5, min_p=0.1, max_tokens=77, seed=4, stop=("END",), presence_penalty=0.1,
        frequency_penalty=0.2, repetition_penalty=1.1, logprobs=True, top_logprobs=2, extra_body={"priority": 3},
    )  # fmt: skip
    with SimulatedServer(Script(say("ok")), api_key="sk-right") as server:
        backend = Backend.vllm(server.url, api_key="sk-right", headers={"X-Tenant": "acme"})
        Agent(backend=backend, sampling=sampling).run_sync("Go")
        request = server.chat_requests[0]
    wanted = {
        "temperature": 0.3, "top_p": 0.9, "top_k": 5, "min_p": 0.1, "max_tokens": 77, "seed": 4, "stop": ["END"],
        "presence_penalty": 0.1, "frequency_penalty": 0.2, "repetition_penalty": 1.1, "logprobs": True, "top_logprobs": 2,
        "priority": 3,
    }  # fmt: skip
    assert {name: request.body.get(name) for name in wanted} == wanted
    assert request.headers["x-tenant"] == "acme"


def test_what_a_server_cannot_honour_is_an_error_before_the_request() -> None:
    with SimulatedServer(Script()) as server:
        with pytest.raises(UnsupportedSetting, match="top_k"):
            Agent(backend=Backend.openai_compatible(server.url), sampling=Sampling(top_k=3)).run_sync("Go")
        with pytest.raises(ConfigurationError, match="reasoning_effort"):
            Agent(backend=vllm(server), sampling=Sampling(extra_body={"reasoning_effort": "low"})).run_sync(
                "Go"
            )
        assert server.chat_requests == []


def test_keywords_that_the_grammar_refuses_are_said_and_still_enforced() -> None:
    schema = {
        "type": "object",
        "properties": {"xs": {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}},
        "required": ["xs"],
    }
    with SimulatedServer(Script(say_json({"xs": [1, 1]}), say_json({"xs": [1, 2]}))) as server:
        result = Agent(backend=vllm(server), output=schema).run_sync("Go")
    assert result.output == {"xs": [1, 2]}
    assert any("uniqueItems" in adjustment for adjustment in result.adjustments)


def test_an_agent_without_a_backend_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGENTKIT_BASE_URL", raising=False)
    with pytest.raises(MissingBackend, match="AGENTKIT_BASE_URL"):
        Agent("x").run_sync("hi")


def test_the_environment_names_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with SimulatedServer(Script(say("ok"))) as server:
        monkeypatch.setenv("AGENTKIT_BASE_URL", server.url)
        monkeypatch.setenv("AGENTKIT_SERVER", "vllm")
        result = Agent().run_sync("hi")
    assert result.output == "ok"
    assert result.simulated


@pytest.mark.parametrize(
    "url", ["ftp://x", "gpu:8000", "http://", "http://h:99999/v1", "http://u:p@h/v1", "http://h/v1?key=k"]
)
def test_a_url_that_is_none_fails_when_the_backend_is_made(url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        Backend.vllm(url)


def test_a_wrong_key_and_a_wrong_model_are_clear() -> None:
    with SimulatedServer(Script(), api_key="sk-right") as server:
        with pytest.raises(AuthenticationFailed, match="AGENTKIT_API_KEY"):
            Agent(backend=Backend.vllm(server.url, api_key="sk-wrong", model="m")).run_sync("Go")
    with SimulatedServer(Script()) as server, pytest.raises(ModelNotFound) as caught:
        Agent(backend=vllm(server, model="nope")).run_sync("Go")
    assert caught.value.served == ("mistralai/Mistral-Small-4-119B-2603",)


def test_a_planted_key_appears_in_no_log_and_no_exception(caplog: pytest.LogCaptureFixture) -> None:
    key, secret = "sk-canary-12345", "tenant-canary-678"
    caplog.set_level(logging.DEBUG)
    with SimulatedServer(Script(fail(400, f"bad key {key} and {secret}"), say("ok"))) as server:
        backend = Backend.vllm(server.url, api_key=key, headers={"X-Secret": secret})
        with pytest.raises(RequestRefused) as caught:
            Agent(backend=backend).run_sync("Go")
        Agent(backend=backend).run_sync("my prompt")
    shown = f"{caplog.text} {caught.value} {caught.value!r} {vars(caught.value)} {backend!r}"
    assert key not in shown
    assert secret not in shown
    assert "my prompt" not in caplog.text
    assert "route.decided" in caplog.text


def test_a_script_that_is_not_used_up_fails() -> None:
    with pytest.raises(UnfinishedScript), SimulatedServer(Script(say("a"), say("b"))) as server:
        Agent(backend=vllm(server)).run_sync("Go")


def test_concurrent_runs_stay_apart() -> None:
    from agentkit.testing import Rules

    async def many() -> list[str]:
        with SimulatedServer(Rules(lambda request: say(request.last_user_text))) as server:
            agent = Agent(backend=vllm(server, max_concurrency=8))
            answers: dict[int, str] = {}

            async def one(number: int) -> None:
                answers[number] = (await agent.run(f"answer {number}")).output

            async with anyio.create_task_group() as group:
                for number in range(60):
                    group.start_soon(one, number)
            return [answers[number] for number in range(60)]

    assert asyncio.run(many()) == [f"answer {number}" for number in range(60)]


def test_strict_tools_are_sent_with_schemas_that_the_grammar_takes_and_loose_ones_as_they_are() -> None:
    seen: list[set[str]] = []

    @tool
    def mark(names: set[str], path: Path) -> str:
        """Mark names."""
        seen.append(names)
        return str(path)

    loose = tool(mark.function, name="loose", strict=False)
    with SimulatedServer(Script(call("mark", {"names": ["x", "x"], "path": "a"}), say("done"))) as server:
        result = Agent(backend=vllm(server), tools=[mark, loose]).run_sync("Go")
        strict, other = (item["function"] for item in server.chat_requests[0].body["tools"])
    assert strict["strict"] is True
    assert strict["parameters"]["properties"] == {
        "names": {"type": "array", "items": {"type": "string"}},
        "path": {"type": "string"},
    }
    assert "strict" not in other
    assert other["parameters"]["properties"]["names"]["uniqueItems"] is True
    assert seen == [{"x"}]
    assert any("mark: uniqueItems" in adjustment for adjustment in result.adjustments)


def test_the_simulated_vllm_refuses_a_strict_tool_that_its_grammar_cannot_read() -> None:
    parameters = {"type": "object", "properties": {"x": {"type": "array", "uniqueItems": True}}}
    definition = ToolDefinition(name="f", description="", parameters=parameters)
    history = History()
    history.append(UserMessage(content=("x",)))

    async def ask(server: SimulatedServer) -> None:
        profile = replace(PROFILES["vllm"], grammar=PLAIN)
        backend = Backend(server.url, profile=profile)
        request = ModelRequest(history=history, effort="none", tools=(definition,))
        async with aclosing(backend.request(request)) as items:
            async for _ in items:
                pass

    with SimulatedServer(Script()) as server:
        with pytest.raises(RequestRefused, match="Grammar error"):
            asyncio.run(ask(server))


def test_a_mistyped_option_of_a_run_is_refused_and_never_dropped() -> None:
    with SimulatedServer(Script()) as server:
        with pytest.raises(ConfigurationError, match="efort") as caught:
            Agent(backend=vllm(server)).run_sync("x", efort="high")  # type: ignore[call-arg]
    assert "effort" in caught.value.hint
