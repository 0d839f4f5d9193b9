"""Replies that fail as servers and networks do."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from agentkit.testing import (
    Script,
    SimulatedServer,
    Turn,
    babble,
    cut,
    drop,
    fail,
    fail_midway,
    raw,
    raw_events,
    say,
    slowly,
    stall,
)
from tests.wire.replies import Answer, send

PATH = "/v1/chat/completions"


def ask(turn: Turn, dialect: str = "vllm", **body: Any) -> Answer:
    body = {"messages": [{"role": "user", "content": "x"}], **body}
    with SimulatedServer(Script(turn), dialect=dialect) as server:
        return send(server.url, "POST", PATH, body)


@pytest.mark.parametrize(
    ("dialect", "error"),
    [
        ("vllm", {"message": "busy", "type": "ServiceUnavailable", "param": None, "code": 503}),
        ("llamacpp", {"code": 503, "message": "busy", "type": "unavailable_error"}),
        ("openai_compatible", {"message": "busy", "type": "server_error", "param": None, "code": None}),
    ],
)
def test_a_failure_speaks_the_dialect_and_carries_its_headers(dialect: str, error: dict[str, Any]) -> None:
    body = {"messages": [{"role": "user", "content": "x"}]}
    with SimulatedServer(Script(fail(503, "busy", retry_after="2")), dialect=dialect) as server:
        link = http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port)
        link.request("POST", PATH, json.dumps(body))
        reply = link.getresponse()
        assert (reply.status, reply.getheader("Retry-After")) == (503, "2")
        assert json.loads(reply.read()) == {"error": error}
        link.close()


@pytest.mark.parametrize("stream", [False, True])
def test_a_drop_closes_before_any_byte(stream: bool) -> None:
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(drop(), stream=stream)


def test_a_cut_breaks_the_stream_after_some_pieces() -> None:
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(cut("one two three four", after=3), stream=True)
    arrived = caught.value.partial.decode()
    assert arrived.count("data: ") == 3
    assert '"content":"one"' in arrived
    assert "[DONE]" not in arrived


def test_a_clean_cut_ends_the_body_without_finish_reason_and_done() -> None:
    answer = ask(cut("one two three four", after=3, clean=True), stream=True)
    assert len(answer.events) == 3
    assert all(event["choices"][0]["finish_reason"] is None for event in answer.events)


def test_a_cut_reply_that_is_not_streamed_ends_in_mid_json() -> None:
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(cut("one two three four"))
    with pytest.raises(ValueError):
        json.loads(caught.value.partial)
    with pytest.raises(ValueError):
        ask(cut("one two three four", clean=True)).json  # noqa: B018


def test_a_stall_sends_some_pieces_and_falls_silent() -> None:
    body = {"messages": [{"role": "user", "content": "x"}], "stream": True}
    with SimulatedServer(Script(stall("one two three", after=2))) as server:
        with pytest.raises(TimeoutError):
            send(server.url, "POST", PATH, body, timeout=0.2)
        assert server.requests[0].status == 200


def test_a_stall_may_go_on_with_comments_and_a_babble_with_text() -> None:
    for turn, wanted in (
        (stall("one", after=1, comments=True), b": keep-alive"),
        (babble("one two"), b'" two"'),
    ):
        with SimulatedServer(Script(turn)) as server:
            link = http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port, timeout=5)
            link.request("POST", PATH, '{"messages": [{"role": "user", "content": "x"}], "stream": true}')
            reply, got = link.getresponse(), b""
            while got.count(wanted) < 5:
                got += reply.read1(4096)
            assert b"[DONE]" not in got
            link.close()


def test_an_error_in_mid_stream_comes_after_http_200() -> None:
    answer = ask(fail_midway("one two three", "gone", after=2), stream=True)
    assert answer.status == 200
    assert answer.events[-2:] == [
        {"error": {"message": "gone", "type": "InternalServerError", "param": None, "code": 500}},
        "[DONE]",
    ]
    assert [event["choices"][0]["delta"].get("content") for event in answer.events[:-2]] == ["", "one"]
    assert ask(fail_midway("one", "gone")).status == 500


def test_a_raw_body_goes_as_it_is_whatever_was_asked_for() -> None:
    answer = ask(raw("<html>", content_type="text/html", status=200), stream=True)
    assert (answer.status, answer.content_type, answer.body) == (200, "text/html", "<html>")
    assert ask(raw("")).body == ""
    with pytest.raises(UnicodeDecodeError):
        ask(raw(b"\xff"))


def test_a_raw_stream_holds_any_event() -> None:
    nameless = {"choices": [{"index": 0, "delta": {"tool_calls": [{"function": {"arguments": "{"}}]}}]}
    answer = ask(raw_events(nameless, "not json"), stream=True)
    assert answer.body == f"data: {json.dumps(nameless)}\n\ndata: not json\n\ndata: [DONE]\n\n"
    assert "DONE" not in ask(raw_events(nameless, done=False), stream=True).body


def test_a_slow_reply_waits_before_its_first_byte_and_between_pieces() -> None:
    body = {"messages": [{"role": "user", "content": "x"}], "stream": True}
    with SimulatedServer(Script(slowly(say("one two"), before=60))) as server:
        with pytest.raises(TimeoutError):
            send(server.url, "POST", PATH, body, timeout=0.1)
    with SimulatedServer(Script(slowly(say("one two"), between=60))) as server:
        link = http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port, timeout=0.3)
        link.request("POST", PATH, json.dumps(body))
        reply = link.getresponse()
        assert b'"role"' in reply.read1()
        with pytest.raises(TimeoutError):
            reply.read1()
        link.close()
