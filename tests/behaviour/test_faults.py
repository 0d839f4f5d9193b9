"""What becomes of everything that can go wrong on the way to a server: a typed outcome, in time, and nothing cut."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import anyio
import anyio.to_thread
import pytest
from openai._models import FinalRequestOptions

from agentkit import Agent, Backend, Limits, RetryPolicy, TextDelta, Timeouts, ToolReturned, tool
from agentkit.backends import client as client_module
from agentkit.backends.options import CHAT
from agentkit.errors import (
    AgentKitError,
    BackendTimeout,
    ConnectionFailed,
    ContextOverflow,
    DeadlineExceeded,
    IncompleteStream,
    ModelNotFound,
    Overloaded,
    ProtocolError,
    RequestRefused,
    ServerFailed,
)
from agentkit.protocol.events import ModelRetried, RunFinished
from tests.behaviour.raw_server import EVENTS, RawServer, Received, chunk, reply, whole


@pytest.fixture(params=["the first request", "a later request"], autouse=True)
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every fault befall a client's first request, which the SDK sends, and one that follows its pattern."""
    if request.param == "the first request":
        return
    plain = client_module.Client.__init__

    def knowing(self: client_module.Client, *arguments: Any, **options: Any) -> None:
        plain(self, *arguments, **options)
        known = FinalRequestOptions.construct(method="post", url=CHAT, headers=self._omitted, content=b"{}")
        self._openai._build_request(known)
        assert self._openai.pattern is not None

    monkeypatch.setattr(client_module.Client, "__init__", knowing)


FAST = RetryPolicy(first_delay=0.001, most_delay=0.002)
ONCE = RetryPolicy(attempts=1)


def sends(*parts: bytes | float) -> Any:
    """Answer every request with these bytes; a number is a pause in seconds, -1.0 one without end."""

    async def answer(received: Received, number: int) -> AsyncIterator[bytes]:
        for part in parts:
            if isinstance(part, bytes):
                yield part
            else:
                await asyncio.sleep(part if part >= 0 else 3600)

    return answer


def again(*parts: bytes, pause: float = 0.01, head: bytes = EVENTS) -> Any:
    """Send the parts over and over."""

    async def answer(received: Received, number: int) -> AsyncIterator[bytes]:
        yield head
        while True:
            for part in parts:
                yield part
                await asyncio.sleep(pause)

    return answer


def turns(*answers: bytes) -> Any:
    """Answer one request after the other."""

    async def answer(received: Received, number: int) -> AsyncIterator[bytes]:
        yield answers[min(number, len(answers) - 1)]

    return answer


async def streamed(agent: Agent[Any], prompt: str = "Go", **options: Any) -> tuple[str, AgentKitError | None]:
    """Return the text that came, and the error that ended it."""
    texts: list[str] = []
    try:
        async with agent.stream(prompt, **options) as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    texts.append(event.text)
    except AgentKitError as error:
        return "".join(texts), error
    return "".join(texts), None


def clean(error: BaseException) -> bool:
    """Whether nothing foreign hangs on an error."""
    links = []
    link: BaseException | None = error
    while link is not None:
        links.append(link)
        link = link.__cause__ or link.__context__
    return all(type(link).__module__ == "agentkit.errors" for link in links)


ONE = chunk("one ")
DONE = b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ((EVENTS, ONE), IncompleteStream),
        ((EVENTS, ONE, DONE), IncompleteStream),
        ((EVENTS, ONE, chunk("two ")[:40]), IncompleteStream),
        (
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"%x\r\n" % len(ONE), ONE, b"\r\n"),
            IncompleteStream,
        ),
        (
            (b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\nContent-Type: text/event-stream\r\n\r\n", ONE),
            IncompleteStream,
        ),
        ((EVENTS, ONE, b"data: {nonsense\n\n"), ProtocolError),
        ((EVENTS, ONE, b'data: {"choices": [{"delta": {"content": "\xff"}}]}\n\n'), ProtocolError),
        ((EVENTS, ONE, b'data: {"choices": [{"delta": {"content": 5}}]}\n\n'), ProtocolError),
        ((EVENTS, ONE, b'data: {"choices": "none"}\n\n'), ProtocolError),
        ((EVENTS, ONE, b"data: []\n\n"), ProtocolError),
        ((EVENTS, ONE, b"what is this\n\n"), ProtocolError),
        ((EVENTS, ONE, b'data: {"error": {"message": "boom", "code": 500}}\n\n', DONE), ProtocolError),
        ((EVENTS, ONE, b'event: error\ndata: {"error": "boom"}\n\n'), ProtocolError),
        (
            (EVENTS, ONE, b'data: {"object": "error", "message": "bad schema", "code": 400}\n\n'),
            RequestRefused,
        ),
        (
            (EVENTS, ONE, chunk(tool_calls=[{"id": "a", "function": {"name": "x", "arguments": ""}}])),
            ProtocolError,
        ),
    ],
)
async def test_a_stream_that_breaks_is_raised_with_what_came_and_never_begun_again(
    parts: Any, error: type[AgentKitError], anyio_backend: str
) -> None:
    with RawServer(sends(*parts)) as server:
        text, raised = await streamed(Agent(backend=Backend.vllm(server.url, retry=FAST)))
        assert len(server.requests) == 1
    assert text == "one "
    assert type(raised) is error
    assert clean(raised)
    assert str(raised).startswith(server.url)
    if isinstance(raised, IncompleteStream):
        assert raised.partial == "one "


@pytest.mark.parametrize("break_off", [(EVENTS,), (EVENTS, b": hello\n\n"), (EVENTS, b'data: {"cho'), ()])
async def test_a_stream_that_breaks_before_its_first_token_is_begun_again(
    break_off: Any, anyio_backend: str
) -> None:
    async def answer(received: Received, number: int) -> AsyncIterator[bytes]:
        for part in break_off if number < 2 else (EVENTS, ONE, chunk("", "stop"), DONE):
            yield part

    with RawServer(answer) as server:
        text, raised = await streamed(Agent(backend=Backend.vllm(server.url, retry=FAST)))
        assert len(server.requests) == 3
    assert (text, raised) == ("one ", None)


HTML = "<html><head><title>Sign in</title></head><body>please</body></html>"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (whole(HTML, Content_Type="text/html"), "Sign in"),
        (whole(""), "no JSON"),
        (whole("[]"), "no JSON object"),
        (whole('{"error": {"message": "boom"}}'), "boom"),
        (whole('{"error": "boom", "choices": []}'), "boom"),
        (whole(b'{"choices": "\xff\xfe"}'), "no JSON"),
        (whole(reply()[:60]), "no JSON"),
        (whole('{"choices": []}'), "no choices"),
        (whole('{"choices": {"0": 1}}'), "no choices"),
        (whole('{"choices": [{"message": null}]}'), "no message"),
        (whole(reply(finish=None)), "finish reason is None"),
        (whole(reply(finish="because")), "finish reason is 'because'"),
        (whole('{"choices": [{"message": {"content": {"a": 1}}, "finish_reason": "stop"}]}'), "content"),
        (whole(reply(tool_calls=[{"id": "a"}])), "no function"),
        (whole(reply(tool_calls="none")), "no list"),
        (whole(reply(reasoning=["a"])), "reasoning is no string"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "no JSON"),
    ],
)
async def test_an_answer_that_is_none_is_asked_for_once_more_and_then_raised(
    answer: bytes, says: str, anyio_backend: str
) -> None:
    with RawServer(turns(answer)) as server:
        with pytest.raises(ProtocolError, match=says) as caught:
            await Agent(backend=Backend.vllm(server.url, retry=FAST)).run("Go")
        assert len(server.requests) == 2
    assert clean(caught.value)
    with RawServer(turns(answer, whole(reply("fine")))) as server:
        assert (await Agent(backend=Backend.vllm(server.url, retry=FAST)).run("Go")).output == "fine"


def test_a_body_that_cannot_be_unpacked_is_no_answer() -> None:
    packed = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"
    with RawServer(turns(packed)) as server:
        with pytest.raises(ProtocolError, match="cannot be decoded") as caught:
            Agent(backend=Backend.vllm(server.url, retry=FAST)).run_sync("Go")
    assert clean(caught.value)


@pytest.mark.parametrize("body", [HTML, reply("not streamed"), "just text"])
async def test_what_is_no_stream_where_one_was_asked_for_says_so(body: str, anyio_backend: str) -> None:
    with RawServer(turns(whole(body))) as server:
        text, raised = await streamed(Agent(backend=Backend.vllm(server.url, retry=FAST)))
        assert len(server.requests) == 2
    assert text == ""
    assert type(raised) is ProtocolError
    assert "asked for a stream" in str(raised)


@pytest.mark.parametrize(
    "answer",
    [
        sends(-1.0),
        sends(EVENTS, -1.0),
        again(b": keep-alive\n\n"),
        again(chunk()),
        again(b"d"),
        again(b" ", head=b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"),
        again(b"X-A: b\r\n", head=b"HTTP/1.1 200 OK\r\n"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
async def test_silence_before_the_first_token_is_bounded_whatever_keeps_the_connection_alive(
    answer: Any, stream: bool, anyio_backend: str
) -> None:
    with RawServer(answer) as server:
        backend = Backend.vllm(
            server.url, retry=ONCE, stream=stream, timeouts=Timeouts(first_token=0.2, connect=0.6)
        )
        with pytest.raises(BackendTimeout) as caught:
            await Agent(backend=backend, limits=Limits(seconds=None)).run("Go")
        assert caught.value.phase == "first_token", (str(caught.value), len(server.listings))
        assert await anyio.to_thread.run_sync(server.requests[0].left.wait, 5)
    assert caught.value.phase == "first_token"
    assert clean(caught.value)


@pytest.mark.parametrize(
    "rest", [b": keep-alive\n\n", chunk(), b'data: {"choices": [], "usage": null}\n\n', b"x"]
)
async def test_silence_between_tokens_is_bounded_whatever_keeps_the_connection_alive(
    rest: bytes, anyio_backend: str
) -> None:
    async def answer(received: Received, number: int) -> AsyncIterator[bytes]:
        yield EVENTS + ONE
        while True:
            yield rest
            await asyncio.sleep(0.01)

    with RawServer(answer) as server:
        backend = Backend.vllm(server.url, timeouts=Timeouts(between_tokens=0.2))
        text, raised = await streamed(Agent(backend=backend, limits=Limits(seconds=None)))
        assert await anyio.to_thread.run_sync(server.requests[0].left.wait, 5)
    assert text == "one "
    assert isinstance(raised, BackendTimeout)
    assert raised.phase == "between_tokens"


async def test_a_slow_stream_that_goes_on_is_not_cut_by_the_bounds_on_silence(anyio_backend: str) -> None:
    pieces = [part for number in range(10) for part in (chunk(f"{number}"), 0.05)]
    with RawServer(sends(EVENTS, *pieces, chunk("", "stop"), DONE)) as server:
        backend = Backend.vllm(server.url, timeouts=Timeouts(first_token=0.3, between_tokens=0.3))
        assert await streamed(Agent(backend=backend)) == ("0123456789", None)


async def test_a_reader_that_takes_its_time_is_not_taken_for_a_silent_server(anyio_backend: str) -> None:
    with RawServer(sends(EVENTS, ONE, 0.01, chunk("two"), chunk("", "stop"), DONE)) as server:
        backend = Backend.vllm(server.url, timeouts=Timeouts(between_tokens=0.2))
        async with Agent(backend=backend).stream("Go") as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    await anyio.sleep(0.3)
        assert stream.result.output == "one two"


@pytest.mark.parametrize(
    "answer",
    [
        sends(-1.0),
        again(b": keep-alive\n\n"),
        again(chunk("a "), chunk("b ")),
        turns(whole("", "503 Busy", Retry_After="0.01")),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
async def test_the_deadline_ends_every_wait(answer: Any, stream: bool, anyio_backend: str) -> None:
    with RawServer(answer) as server:
        backend = Backend.vllm(
            server.url, stream=stream, retry=RetryPolicy(attempts=10_000, budget=10_000, first_delay=0.01)
        )
        with pytest.raises((DeadlineExceeded, Overloaded)):
            await Agent(backend=backend, limits=Limits(seconds=0.4)).run("Go")


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"Retry_After": "0.05"}, 0.05),
        ({"retry_after_ms": "50"}, 0.05),
        ({"Retry_After": "Tue, 01 Jan 2019 00:00:00 GMT"}, 0.0),
        ({"Retry_After": "soon"}, None),
        ({"retry_after_ms": "inf"}, None),
    ],
)
@pytest.mark.parametrize("status", ["429 Slow down", "503 Busy"])
def test_the_wait_that_a_server_asks_for_is_kept(
    headers: dict[str, str], waits: float | None, status: str
) -> None:
    retried: list[ModelRetried] = []

    def note(event: Any) -> None:
        if isinstance(event, ModelRetried):
            retried.append(event)

    with RawServer(turns(whole("{}", status, **headers), whole(reply()))) as server:
        agent = Agent(backend=Backend.vllm(server.url, retry=FAST), sinks=[note])
        assert agent.run_sync("Go").output == "ok"
    assert retried[0].kind == "Overloaded"
    assert retried[0].delay == waits if waits is not None else retried[0].delay <= 0.002


@pytest.mark.parametrize(
    ("wait", "limits"),
    [("3600", Limits(seconds=30)), ("Fri, 01 Jan 2100 00:00:00 GMT", Limits(seconds=None))],
)
def test_a_wait_beyond_the_deadline_or_beyond_reason_fails_at_once(wait: str, limits: Limits) -> None:
    with RawServer(turns(whole("{}", "429 Slow down", Retry_After=wait))) as server:
        with pytest.raises(Overloaded) as caught:
            Agent(backend=Backend.vllm(server.url), limits=limits).run_sync("Go")
        assert len(server.requests) == 1
    assert caught.value.retry_after is not None
    assert caught.value.retry_after >= 3600


@pytest.mark.parametrize(
    ("answer", "error", "requests"),
    [
        (whole(HTML, "502 Bad Gateway"), ServerFailed, 4),
        (whole("", "500 Oops"), ServerFailed, 4),
        (whole("{}", "504 Late"), ServerFailed, 4),
        (whole("{}", "408 Late"), RequestRefused, 4),
        (whole("{}", "400 No"), RequestRefused, 1),
        (whole('{"detail": "no such path"}', "404 Not Found"), RequestRefused, 1),
        (whole("", "307 Elsewhere", Location="http://evil.example/v1"), ConnectionFailed, 1),
        (
            whole(
                '{"error": {"message": "This model\'s maximum context length is 9 tokens. However, your prompt'
                ' contains 12 input tokens.", "param": "input_tokens"}}',
                "400 Bad Request",
            ),
            ContextOverflow,
            1,
        ),
    ],
)
def test_each_status_gets_its_type_and_its_number_of_attempts(
    answer: bytes, error: type[AgentKitError], requests: int
) -> None:
    with RawServer(turns(answer)) as server:
        with pytest.raises(error) as caught:
            Agent(backend=Backend.vllm(server.url, retry=FAST)).run_sync("Go")
        assert len(server.requests) == requests
    assert type(caught.value) is error
    assert clean(caught.value)
    assert caught.value.messages  # how far the run had come


def test_retries_of_all_runs_together_have_a_budget() -> None:
    with RawServer(turns(whole("", "500 Oops"))) as server:
        backend = Backend.vllm(server.url, retry=RetryPolicy(first_delay=0.0, budget=5.0))
        for _ in range(6):
            with pytest.raises(ServerFailed):
                Agent(backend=backend).run_sync("Go")
        assert len(server.requests) == 6 + 5


@pytest.mark.parametrize("length", [b"", b"Content-Length: 99999999999\r\n"])
async def test_the_body_of_an_error_is_read_only_so_far(length: bytes, anyio_backend: str) -> None:
    endless = again(b"x" * 65536, pause=0, head=b"HTTP/1.1 500 Oops\r\n" + length + b"\r\n")
    with RawServer(endless) as server:
        backend = Backend.vllm(server.url, retry=ONCE)
        with anyio.fail_after(20), pytest.raises(ServerFailed) as caught:  # the server would go on for ever
            await Agent(backend=backend, limits=Limits(seconds=None)).run("Go")
    assert len(str(caught.value)) < 2_000


async def test_a_body_without_end_is_given_up(anyio_backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentkit.backends.exchange.MOST_BYTES", 1_000_000)
    endless = again(b"x" * 65536, pause=0, head=b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    with RawServer(endless) as server:
        with pytest.raises(ProtocolError, match="larger than"):
            await Agent(backend=Backend.vllm(server.url, retry=ONCE)).run("Go")
        assert await anyio.to_thread.run_sync(server.requests[0].left.wait, 5)


@pytest.mark.parametrize("line", [b"data: " + b"x" * 65536, b"x" * 65536, b"data: x\n" * 8192])
async def test_an_event_without_end_is_given_up(line: bytes, anyio_backend: str) -> None:
    async def answer(received: Received, number: int) -> AsyncIterator[bytes]:
        yield EVENTS + ONE
        yield line
        while True:
            yield line.removeprefix(b"data: ") if b"\n" not in line else line

    with RawServer(answer) as server:
        text, raised = await streamed(Agent(backend=Backend.vllm(server.url)))
        assert await anyio.to_thread.run_sync(server.requests[0].left.wait, 5)
    assert text == "one "
    assert type(raised) is ProtocolError
    assert "bytes" in str(raised)


@pytest.mark.parametrize("delta", [{"content": "the same again, "}, {"reasoning": "hm, "}, {"content": "\n"}])
async def test_a_model_that_repeats_itself_without_end_is_stopped(
    delta: dict[str, str], anyio_backend: str
) -> None:
    async def answer(received: Received, number: int) -> AsyncIterator[bytes]:
        yield EVENTS + chunk("It begins well. ")
        while True:
            yield chunk(**delta) * 200

    with RawServer(answer) as server:
        agent = Agent(backend=Backend.vllm(server.url, stream=True, retry=ONCE), limits=Limits(seconds=None))
        with pytest.raises(ProtocolError, match="repeats itself"):
            await agent.run("Go")
        assert await anyio.to_thread.run_sync(server.requests[0].left.wait, 5)


@tool
def pay(amount: int = 1) -> str:
    """Pay an amount."""
    return f"paid {amount}"


def called(arguments: Any, name: str = "pay", call_id: str = "a") -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (called({"amount": 5}), "bad_arguments"),
        (called([1]), "bad_arguments"),
        (called(5), "bad_arguments"),
        (called('{"amount": 5'), "bad_arguments"),
        (called('{"amount": "a lot"}'), "bad_arguments"),
        (called('{"amount": NaN}'), "bad_arguments"),
        (called('{"amount": 1, "amount": 2}'), "bad_arguments"),
        (called("{}", name="steal"), "unknown_tool"),
        (called("{}", name=""), "unknown_tool"),
        ({"id": None, "function": {"name": 5, "arguments": "{}"}}, "unknown_tool"),
        (called('{"amount": 2}'), ""),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_call_is_executed_as_the_model_wrote_it_or_not_at_all(
    call: dict[str, Any], error: str, stream: bool
) -> None:
    returned: list[ToolReturned] = []

    def note(event: Any) -> None:
        if isinstance(event, ToolReturned):
            returned.append(event)

    first: bytes = whole(reply(None, "tool_calls", tool_calls=[call]))
    last = whole(reply("done"))
    if stream:
        first = EVENTS + chunk(tool_calls=[{**call, "index": 0}]) + chunk(finish="tool_calls") + DONE
        last = EVENTS + chunk("done", "stop") + DONE
    with RawServer(turns(first, last)) as server:
        agent = Agent(backend=Backend.vllm(server.url, stream=stream), tools=[pay], sinks=[note])
        result = agent.run_sync("Go")
        sent = server.requests[1].json["messages"]
    assert result.output == "done"
    assert [event.error for event in returned] == [error]
    assert returned[0].result.is_error == bool(error)
    assert len(returned[0].result.text) < 2_100
    arguments = sent[-2]["tool_calls"][0]["function"]["arguments"]
    assert isinstance(json.loads(arguments), dict)
    assert sent[-1]["role"] == "tool"
    assert sent[-1]["content"] == returned[0].result.text


def test_calls_that_share_an_id_keep_their_results_apart_under_ids_of_their_own() -> None:
    calls = [called('{"amount": 1}'), called('{"amount": 2}')]
    twice = whole(reply(None, "tool_calls", tool_calls=calls))
    with RawServer(turns(twice, twice, whole(reply("done")))) as server:
        Agent(backend=Backend.vllm(server.url), tools=[pay]).run_sync("Go")
        sent = server.requests[2].json["messages"]
    ids = [call["id"] for message in sent for call in message.get("tool_calls", ())]
    assert len(set(ids)) == 4
    results = [(message["tool_call_id"], message["content"]) for message in sent if message["role"] == "tool"]
    assert results == list(zip(ids, ["paid 1", "paid 2"] * 2, strict=True))


def test_streamed_calls_that_share_an_index_are_not_joined_on_a_guess() -> None:
    first = EVENTS + chunk(tool_calls=[{**called('{"amount":'), "index": 0}])
    first += (
        chunk(tool_calls=[{**called(" 1}", call_id="b"), "index": 0}]) + chunk(finish="tool_calls") + DONE
    )
    with RawServer(turns(first)) as server:
        with pytest.raises(ProtocolError, match="share one index"):
            Agent(backend=Backend.vllm(server.url, stream=True, retry=ONCE), tools=[pay]).run_sync("Go")


@pytest.mark.parametrize("window", [1000, None])
def test_a_call_that_the_window_cut_is_not_executed_whatever_the_server_calls_it(window: int | None) -> None:
    answer = json.loads(reply(None, "tool_calls", tool_calls=[called("{}")]))
    answer["usage"] = {"prompt_tokens": 990, "completion_tokens": 10}
    with RawServer(turns(whole(json.dumps(answer)), whole(reply("done")))) as server:
        agent = Agent(
            backend=Backend.vllm(server.url, model="ms4", context_window=window),
            tools=[pay],
            effort="none",
            limits=Limits(tokens=None, reasoning_tokens=None),
        )
        with pytest.raises(AgentKitError, match="tool call was cut"):
            agent.run_sync("Go")
        assert len(server.requests) == 1
        assert len(server.listings) == (0 if window else 1)


def test_a_model_that_is_not_there_says_which_are_and_is_asked_for_once() -> None:
    missing = whole('{"error": {"message": "The model `x` does not exist.", "code": 404}}', "404 Not Found")
    with RawServer(turns(missing)) as server:
        with pytest.raises(ModelNotFound, match="serves: ms4") as caught:
            Agent(backend=Backend.vllm(server.url, model="x", retry=FAST)).run_sync("Go")
        assert len(server.requests) == 1
    assert caught.value.served == ("ms4",)


def test_the_served_model_is_asked_for_once_however_many_runs_begin_together() -> None:
    async def many(agent: Agent[str]) -> list[str]:
        return [result.output for result in await asyncio.gather(*(agent.run("Go") for _ in range(20)))]

    with RawServer(turns(whole(reply()))) as server:
        agent = Agent(backend=Backend.vllm(server.url))
        assert asyncio.run(many(agent)) == ["ok"] * 20
        assert agent.run_sync("Go").output == "ok"
        assert len(server.listings) == 1


def test_asking_for_the_model_is_retried_like_any_request() -> None:
    listed = whole('{"data": [{"id": "ms4"}]}')
    loading = whole("{}", "503 Loading model", Retry_After="0")
    with RawServer(turns(whole(reply())), models=turns(loading, loading, listed)) as server:
        result = Agent(backend=Backend.vllm(server.url, retry=FAST)).run_sync("Go")
        assert len(server.listings) == 3
    assert result.retries == 2


@pytest.mark.parametrize("answer", [whole("{}", "404 Not Found"), whole("[]"), whole('{"data": []}')])
def test_a_window_that_the_server_does_not_tell_is_asked_for_once(answer: bytes) -> None:
    with RawServer(turns(whole(reply())), models=turns(answer)) as server:
        backend = Backend.vllm(server.url, model="ms4")
        for _ in range(3):
            assert asyncio.run(backend.context_window()) is None
        assert len(server.listings) == 1


async def test_a_whole_run_over_a_server_that_does_not_count_still_has_a_limit_on_tokens(
    anyio_backend: str,
) -> None:
    answer = json.loads(reply("word " * 50))
    del answer["usage"]
    with RawServer(turns(whole(json.dumps(answer)))) as server:
        agent = Agent("Speak.", backend=Backend.openai_compatible(server.url, stream=False))
        events = [event async for event in agent.stream("Go")]
    finished = events[-1]
    assert isinstance(finished, RunFinished)
    usage = finished.result.total_usage
    assert usage.estimated
    assert 40 < usage.completion_tokens < 80
    assert usage.prompt_tokens > 0
    assert "about" in finished.result.explain()
