"""The behaviour suite: the same agents on every profile's simulated server, on the genuine llama.cpp and the genuine vLLM."""

from __future__ import annotations

import io
import json
from typing import Any, Literal

import pytest
from PIL import Image as Pillow
from pydantic import BaseModel

from agentkit import Agent, Image, RetryPolicy, Sampling, TextDelta
from agentkit.errors import (
    AuthenticationFailed,
    BackendError,
    ConnectionFailed,
    ContextOverflow,
    IncompleteStream,
    ModelNotFound,
    Overloaded,
    RequestRefused,
    ServerFailed,
    Truncated,
    UnsupportedSetting,
)
from agentkit.testing import (
    call,
    calls,
    cut,
    drop,
    fail,
    fail_midway,
    say,
    say_json,
)
from tests.behaviour.stages import GENUINE, GENUINE_LIMITS, SIMULATED, Stage

THOUGHT = "The sum of seven and five is what is asked here, and nothing besides."


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test on every stage; what a genuine server cannot show must fail, and for the reason that is listed."""
    if "stage" not in metafunc.fixturenames:
        return
    stages: list[Any] = [pytest.param(stage, id=f"simulated {name}") for name, stage in SIMULATED.items()]
    for name, start in GENUINE.items():
        limit = GENUINE_LIMITS.get(metafunc.function.__name__, {}).get(name)
        marks = [pytest.mark.genuine]
        if limit is not None:
            marks.append(pytest.mark.xfail(raises=limit[0], reason=limit[1], strict=True))
        stages.append(pytest.param(start, id=name, marks=marks))
    metafunc.parametrize("stage", stages, indirect=True)


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Stage:
    found: Stage = request.param(request) if callable(request.param) else request.param
    return found


def add(first: int, second: int) -> int:
    """Add two numbers."""
    return first + second


def show() -> Image:
    """Show the page."""
    return Image(picture())


def picture(width: int = 280, height: int = 280) -> bytes:
    data = io.BytesIO()
    Pillow.effect_noise((width, height), 40).convert("RGB").save(data, "PNG")
    return data.getvalue()


def plain_picture(side: int = 1400) -> bytes:
    data = io.BytesIO()
    Pillow.new("RGB", (side, side), "grey").save(data, "PNG")
    return data.getvalue()


class Risk(BaseModel):
    clause: str
    severity: Literal["low", "high"]


def test_every_limit_of_a_genuine_server_belongs_to_a_test():
    assert set(GENUINE_LIMITS) <= globals().keys()


# Chat and streams


def test_a_chat_gives_its_answer_its_usage_and_its_model(stage):
    with stage.serve(say("Good day.")) as (server, backend):
        result = Agent("Be brief.", backend=backend).run_sync("Hello")
    assert result.output == "Good day."
    assert result.model in (stage.model, f"{stage.model}@main")  # transformers serve adds the revision
    assert result.total_usage.prompt_tokens > 0
    assert result.total_usage.completion_tokens > 0
    assert [message["role"] for message in server.chat_requests[0].body["messages"]] == ["system", "user"]


async def test_a_stream_gives_the_answer_in_pieces_and_the_usage(stage):
    with stage.serve(say("A good day to all of you.", think="hm")) as (server, backend):
        async with Agent(backend=backend, effort="high").stream("Hello") as stream:
            pieces = [event.text async for event in stream if isinstance(event, TextDelta)]
    assert "".join(pieces) == stream.result.output == "A good day to all of you."
    assert len(pieces) > 1
    assert server.chat_requests[0].body["stream"] is True
    assert stream.result.total_usage.prompt_tokens > 0
    assert stream.result.reasoning == "hm"


async def test_a_stream_with_tools_is_whole_however_the_server_streams(stage):
    said = call("add", {"first": 7, "second": 5}, text="Let me add [both].")
    with stage.serve(said, say("It is [12].")) as (server, backend):
        async with Agent(backend=backend, tools=[add]).stream("7 + 5?") as stream:
            async for _ in stream:
                pass
    assert stream.result.output == "It is [12]."
    assert "Let me add [both]." in json.dumps(server.chat_requests[1].body)
    streamed = [request.body.get("stream", False) for request in server.chat_requests]
    assert streamed == [stage.profile.stream_with_tools] * 2
    assert (
        any("streaming is off" in text for text in stream.result.adjustments)
        != stage.profile.stream_with_tools
    )


# Effort and reasoning


@pytest.mark.parametrize("effort", ["none", "high"])
def test_the_effort_reaches_the_prompt(stage, effort):
    with stage.serve(say("4", think="2+2" if effort == "high" else "")) as (server, backend):
        result = Agent(backend=backend, effort=effort).run_sync("2+2?")
    body = server.chat_requests[0].body
    where = {
        "top_level": body.get("reasoning_effort"),
        "chat_template_kwargs": body.get("chat_template_kwargs", {}).get("reasoning_effort"),
    }
    assert {name: value for name, value in where.items() if value} == {stage.profile.dialect.effort: effort}
    assert result.reasoning == ("2+2" if effort == "high" else "")
    assert result.output == "4"
    assert body["temperature"] == {"none": 0.15, "high": 0.7}[effort]


def test_reasoning_is_kept_over_a_tool_loop_or_its_loss_is_said(stage):
    turns = (call("add", {"first": 7, "second": 5}, think=THOUGHT), say("12", think="Done."))
    with stage.serve(*turns) as (server, backend):
        result = Agent(backend=backend, tools=[add], effort="high").run_sync("7 + 5?")
    second = server.chat_requests[1].chat
    if stage.profile.dialect.carries_reasoning:
        assert stage.seen(server, second, THOUGHT)
        assert result.adjustments == ()
    else:
        assert THOUGHT not in json.dumps(second.body)
        assert any("reasoning of message" in text for text in result.adjustments)
    assert result.output == "12"


def test_reasoning_of_an_earlier_run_goes_into_the_next(stage):
    with stage.serve(say("12", think=THOUGHT), say("Yes.")) as (server, backend):
        agent = Agent(backend=backend, effort="high")
        first = agent.run_sync("7 + 5?")
        agent.run_sync("Sure?", history=first.messages)
    if stage.profile.dialect.carries_reasoning:
        assert stage.seen(server, server.chat_requests[1].chat, THOUGHT)


# Tools


def test_parallel_calls_are_all_executed_and_answered_in_order(stage):
    wanted = calls(("add", {"first": 1, "second": 2}), ("add", {"first": 30, "second": 4}))
    with stage.serve(wanted, say("3 and 34")) as (server, backend):
        result = Agent(backend=backend, tools=[add]).run_sync("1+2 and 30+4?")
    messages = server.chat_requests[1].body["messages"]
    asked = [each["id"] for message in messages for each in message.get("tool_calls", ())]
    answers = [message for message in messages if message["role"] == "tool"]
    assert [message["content"] for message in answers] == ["3", "34"]
    assert [message["tool_call_id"] for message in answers] == asked
    assert all(len(call_id) == 9 and call_id.isalnum() for call_id in asked)
    assert result.tool_calls == {"add": 2}


def test_text_beside_a_call_is_still_there_in_the_next_request(stage):
    text = "First I will add the two of them up."
    with stage.serve(call("add", {"first": 7, "second": 5}, text=text), say("12")) as (server, backend):
        Agent(backend=backend, tools=[add]).run_sync("7 + 5?")
    messages = server.chat_requests[1].body["messages"]
    holder = next(message for message in messages if text in json.dumps(message.get("content")))
    assert stage.profile.dialect.text_beside_calls or "tool_calls" not in holder


def test_an_image_from_a_tool_is_seen(stage):
    with stage.serve(call("show"), say("A grey page.")) as (server, backend):
        result = Agent(backend=backend, tools=[show]).run_sync("What is on the page?")
    assert result.output == "A grey page."
    assert any(
        message["role"] == "user" and "image_url" in json.dumps(message)
        for message in server.chat_requests[1].body["messages"]
    )


# Structured output


def test_an_answer_fits_the_schema_and_says_who_checked_it(stage):
    with stage.serve(say_json({"clause": "9", "severity": "high"})) as (server, backend):
        result = Agent(backend=backend, output=Risk).run_sync("Which risk?")
    assert result.output == Risk(clause="9", severity="high")
    sent = server.chat_requests[0].body.get("response_format", {}).get("type")
    assert sent == ("json_schema" if stage.profile.dialect.schema else None)
    assert any("checked here alone" in text for text in result.adjustments) != stage.profile.dialect.schema


def test_a_schema_is_never_sent_together_with_tools(stage):
    turns = (
        call("add", {"first": 7, "second": 5}),
        say("Done."),
        say_json({"clause": "12", "severity": "low"}),
    )
    with stage.serve(*turns) as (server, backend):
        result = Agent(backend=backend, tools=[add], output=Risk).run_sync("7 + 5?")
    assert result.output.clause == "12"
    assert not any(
        "tools" in request.body and "response_format" in request.body for request in server.chat_requests
    )


def test_an_answer_against_the_schema_is_asked_for_again_where_nothing_prevents_it(stage):
    with stage.lax().serve(say("No JSON."), say_json({"clause": "9", "severity": "low"})) as (_, backend):
        result = Agent(backend=backend, output=Risk).run_sync("Which risk?")
    assert (result.output.severity, result.violations) == ("low", 1)


# Images


def test_an_image_is_seen(stage):
    with stage.serve(say("Noise.")) as (server, backend):
        result = Agent(backend=backend).run_sync("What is it?", images=[Image(picture())])
    content = server.chat_requests[0].body["messages"][-1]["content"]
    assert [part["type"] for part in content] == ["image_url", "text"]
    assert content[0]["image_url"]["url"].startswith("data:image/")
    assert result.total_usage.prompt_tokens >= 110  # (280/28 + 1) * 280/28 for the image alone
    assert result.adjustments == ()


def test_a_page_of_full_size_is_seen_even_where_the_server_shrinks_it(stage):
    with stage.serve(say("Grey.")) as (_, backend):
        result = Agent(backend=backend).run_sync("What is it?", images=[Image(plain_picture(1540))])
    assert result.output == "Grey."
    assert result.total_usage.prompt_tokens >= 1_000


def test_an_image_that_the_model_cannot_see_is_never_answered(stage):
    turns = (say("I see."),) if stage.drops_images else ()
    with stage.blind().serve(*turns) as (_, backend):
        agent = Agent(backend=backend)
        if turns:
            with pytest.raises(UnsupportedSetting, match="without looking at the images"):
                agent.run_sync("What is it?", images=[Image(plain_picture())])
        else:
            with pytest.raises(RequestRefused, match=r"(?i)image|multimodal"):
                agent.run_sync("What is it?", images=[Image(picture())])


# Limits of the server


def test_a_prompt_beyond_the_window_is_an_error_that_says_how_far(stage):
    narrow, window = stage.narrow()
    with narrow.serve() as (server, backend):
        with pytest.raises(ContextOverflow) as raised:
            Agent(backend=backend).run_sync("word " * 3 * window)
    assert raised.value.limit == window
    assert raised.value.needed is None or raised.value.needed > window
    assert raised.value.hint
    assert bool(server.chat_requests) == (stage.profile.overflow == "refused")


def test_a_cut_answer_is_an_error_and_never_an_output(stage):
    with stage.serve(say("One two three four five six seven eight nine ten.")) as (_, backend):
        with pytest.raises(Truncated, match="cut"):
            Agent(backend=backend, sampling=Sampling(max_tokens=5)).run_sync("Count.")


async def test_a_cut_stream_is_an_error_and_never_an_output(stage):
    with stage.serve(say("One two three four five six seven eight nine ten.")) as (_, backend):
        with pytest.raises(Truncated, match="cut"):
            async with Agent(backend=backend, sampling=Sampling(max_tokens=5)).stream("Count.") as stream:
                async for _event in stream:
                    pass


@pytest.mark.parametrize("most", [3, 5, 9, 14])
def test_a_cut_call_is_never_executed(stage, most):
    done = []

    def sign(name: str, date: str, place: str) -> str:
        """Sign."""
        done.append(name)
        return "signed"

    turn = call("sign", {"name": "Ada Lovelace", "date": "1843-07-10", "place": "London, Great Britain"})
    with stage.serve(turn) as (_, backend):
        with pytest.raises(Truncated):
            Agent(backend=backend, tools=[sign], effort="none", sampling=Sampling(max_tokens=most)).run_sync(
                "Sign."
            )
    assert done == []


# Errors


def test_a_wrong_key_is_said(stage):
    with stage.serve(api_key="wrong") as (_, backend):
        with pytest.raises(AuthenticationFailed, match="api_key"):
            Agent(backend=backend).run_sync("Hello")


def test_a_wrong_model_is_said_where_the_server_looks_at_it(stage):
    turns = (say("Hello."),) if stage.takes_any_model else ()
    with stage.serve(*turns, model="another-model") as (_, backend):
        agent = Agent(backend=backend)
        if turns:
            assert agent.run_sync("Hello").output == "Hello."
        else:
            with pytest.raises(ModelNotFound, match="another-model"):
                agent.run_sync("Hello")


@pytest.mark.parametrize(
    ("turn", "kind"),
    [
        (fail(500, "it broke"), ServerFailed),
        (fail(503, "no room"), Overloaded),
        (fail(429, "slow down", retry_after="7"), Overloaded),
        (drop(), ConnectionFailed),
    ],
)
def test_a_failure_has_its_kind(stage, turn, kind):
    with stage.serve(turn) as (_, backend):
        with pytest.raises(kind) as raised:
            Agent(backend=backend).run_sync("Hello")
    assert raised.value.hint
    assert getattr(raised.value, "retry_after", None) == (7.0 if raised.value.status == 429 else None)


def test_a_failure_is_cured_by_trying_again(stage):
    again = RetryPolicy(attempts=2, first_delay=0.001)
    with stage.serve(fail(500, "it broke"), say("Hello."), retry=again) as (_, backend):
        result = Agent(backend=backend).run_sync("Hello")
    assert (result.output, result.retries) == ("Hello.", 1)


@pytest.mark.parametrize("clean", [True, False])
async def test_a_stream_that_breaks_off_is_never_an_answer(stage, clean):
    with stage.serve(cut("One two three four five.", after=3, clean=clean)) as (_, backend):
        with pytest.raises((IncompleteStream, ConnectionFailed)):
            async with Agent(backend=backend).stream("Count.") as stream:
                async for _event in stream:
                    pass


async def test_an_error_in_a_stream_is_raised(stage):
    with stage.serve(fail_midway("One two three four.", "it broke", after=2)) as (_, backend):
        with pytest.raises(BackendError, match="it broke"):
            async with Agent(backend=backend).stream("Count.") as stream:
                async for _event in stream:
                    pass


# Settings that cannot be honoured


def test_no_setting_is_dropped_without_a_word(stage):
    names = ("seed", "presence_penalty", "logprobs", "parallel_tool_calls", "frequency_penalty", "top_p")
    sampling = Sampling(
        seed=7,
        presence_penalty=0.1,
        logprobs=True,
        parallel_tool_calls=True,
        frequency_penalty=0.1,
        top_p=0.9,
    )
    with stage.serve(say("12")) as (server, backend):
        result = Agent(backend=backend, tools=[add], sampling=sampling).run_sync("7 + 5?")
    body, renamed = server.chat_requests[0].body, dict(stage.profile.dialect.renamed)
    for name in names:
        sent = renamed.get(name, name) in body
        assert sent != any(name in text for text in result.adjustments), name


@pytest.mark.parametrize("name", ["top_k", "min_p", "repetition_penalty"])
def test_a_setting_that_the_server_does_not_know_is_refused_before_anything_is_sent(stage, name):
    sampling = Sampling(**{name: 1})
    turns = (say("Hello."),) if name in stage.profile.dialect.sampling else ()
    with stage.serve(*turns) as (server, backend):
        agent_of = lambda: Agent(backend=backend, sampling=sampling)  # noqa: E731
        if turns:
            assert agent_of().run_sync("Hello").output == "Hello."
            assert server.chat_requests[0].body[name] == 1
        else:
            with pytest.raises(UnsupportedSetting, match=name):
                agent_of()
            with pytest.raises(UnsupportedSetting, match=name):
                Agent(backend=backend).run_sync("Hello", sampling=sampling)
            assert server.chat_requests == []
