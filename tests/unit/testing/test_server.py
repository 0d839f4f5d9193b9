"""The simulated server as a thing to start, ask and stop."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from agentkit.errors import ConfigurationError, UnfinishedScript
from agentkit.testing import ChatRequest, Rules, Script, SimulatedServer, Turn, call, say, slowly, stall
from tests.wire.replies import Answer, send, sum_of

PATH = "/v1/chat/completions"


def ask(
    server: SimulatedServer, text: str = "Hi", headers: dict[str, str] | None = None, **body: Any
) -> Answer:
    body = {"messages": [{"role": "user", "content": text}], **body}
    return send(server.url, "POST", PATH, body, headers)


def simulated_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "simulated-ms4"]


def test_a_stopped_server_leaves_neither_thread_nor_socket() -> None:
    with SimulatedServer(Script(say("a"))) as server:
        ask(server)
        assert len(simulated_threads()) == 1
        port = urlsplit(server.url).port
    assert simulated_threads() == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port or 0)) != 0


def test_several_servers_run_at_once_and_know_only_their_own_requests() -> None:
    with (
        SimulatedServer(Script(say("a"))) as one,
        SimulatedServer(Script(say("b")), dialect="llamacpp") as two,
    ):
        assert sum_of(ask(two)).text == "b"
        assert sum_of(ask(one)).text == "a"
        assert len(one.requests) == len(two.requests) == 1


def test_a_server_runs_once_at_a_time_and_again_after_a_stop() -> None:
    server = SimulatedServer(Script(say("a"), say("b"))).start()
    try:
        ask(server)
        with pytest.raises(ConfigurationError, match="runs already"):
            server.start()
        server.stop()
        server.stop()
        assert sum_of(ask(server.start())).text == "b"
    finally:
        server.stop()


def test_an_unknown_dialect_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="vllm, sglang, nim, llamacpp"):
        SimulatedServer(Script(), dialect="vlm")


def test_requests_are_recorded_with_what_was_answered() -> None:
    with SimulatedServer(Script(say("a"))) as server:
        ask(server, headers={"X-Tenant": "acme"}, reasoning_effort="high")
        ask(server, reasoning_effort="low")
        send(server.url, "GET", "/v1/models", None)
    good, bad, models = server.requests
    assert (good.method, good.path, good.status, good.effort) == ("POST", PATH, 200, "high")
    assert good.headers["x-tenant"] == "acme"
    assert good.body["messages"][0]["content"] == "Hi"
    assert (good.reason, good.aborted) == ("", False)
    assert (bad.status, bad.effort) == (400, "low")
    assert "not supported by Mistral" in bad.reason
    assert (models.method, models.path) == ("GET", "/v1/models")
    assert server.chat_requests == [good, bad]


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_is_recorded_and_the_server_goes_on(stream: bool) -> None:
    with SimulatedServer(Script(stall("one two three", after=2), say("ok"))) as server:
        parts = urlsplit(server.url)
        link = http.client.HTTPConnection("127.0.0.1", parts.port)
        link.request(
            "POST",
            PATH,
            json.dumps({"messages": [{"role": "user", "content": "x"}], "stream": stream}),
        )
        if stream:
            assert link.getresponse().read1().startswith(b"data: ")
        link.sock.close() if link.sock else None
        link.close()
        assert sum_of(ask(server)).text == "ok"
        wait_until(lambda: server.requests[0].aborted)
    assert [request.aborted for request in server.requests] == [True, False]


def test_clients_that_break_off_a_stream_leave_no_traceback_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    long = "word " * 20_000
    with SimulatedServer(Script(*[say(long)] * 20)) as server:
        for _ in range(20):
            link = http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port)
            link.request(
                "POST", PATH, json.dumps({"messages": [{"role": "user", "content": "x"}], "stream": True})
            )
            assert link.sock is not None
            link.sock.recv(200)
            link.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # RST, not FIN
            link.sock.close()
            link.close()
        wait_until(lambda: all(request.aborted for request in server.requests))
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def wait_until(condition: Any) -> None:
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it never happened")


def test_stopping_ends_a_reply_that_stalls_and_does_not_blame_the_client() -> None:
    with SimulatedServer(Script(stall("one two", after=1))) as server, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, server, stream=True)
        wait_until(lambda: server.requests and server.requests[0].status)
        server.stop()
        assert "[DONE]" not in waiting.result(timeout=5).body
    assert not server.requests[0].aborted


def test_a_script_that_is_not_used_up_fails_the_block() -> None:
    with pytest.raises(UnfinishedScript, match="has 2 turns, but 1 chat requests"):
        with SimulatedServer(Script(say("a"), say("b"))) as server:
            ask(server)


def test_a_request_beyond_the_script_is_a_500_that_says_so_and_fails_the_block() -> None:
    with pytest.raises(UnfinishedScript, match="has 1 turn, but 2"):
        with SimulatedServer(Script(say("a"))) as server:
            ask(server)
            answer = ask(server)
            assert answer.status == 500
            assert answer.json["error"]["message"] == "The script has 1 turn, and this is request 2."


def test_a_script_does_not_hide_an_exception_that_is_under_way() -> None:
    with pytest.raises(ZeroDivisionError):
        with SimulatedServer(Script(say("never asked"))):
            _ = 1 / 0


def test_an_assertion_in_a_scripted_turn_reaches_the_test() -> None:
    def check(request: ChatRequest) -> Turn:
        assert request.effort == "high", "the effort was not high"
        return say("ok")

    with pytest.raises(AssertionError, match="the effort was not high"):
        with SimulatedServer(Script(check)) as server:
            assert ask(server).status == 500


def test_what_a_brain_raised_is_noted_on_the_exception_that_it_caused() -> None:
    def broken(request: ChatRequest) -> Turn:
        raise KeyError("oh")

    with pytest.raises(RuntimeError) as caught:
        with SimulatedServer(Rules(broken)) as server:
            raise RuntimeError(ask(server).status)
    assert caught.value.__notes__ == ["The simulated server's brain had raised KeyError('oh')."]


def test_a_brain_may_be_async() -> None:
    class Slow:
        async def answer(self, request: ChatRequest) -> Turn:
            return slowly(say(request.last_user_text.upper()), before=0.001)

    with SimulatedServer(Slow()) as server:
        assert sum_of(ask(server, "hello")).text == "HELLO"


def test_rules_answer_many_clients_at_once() -> None:
    with SimulatedServer(Rules(lambda request: say(request.last_user_text))) as server:
        with ThreadPoolExecutor(8) as pool:
            texts = [str(number) for number in range(40)]
            assert [
                sum_of(answer).text for answer in pool.map(lambda text: ask(server, text), texts)
            ] == texts
    assert len(server.requests) == 40


def test_a_brain_sees_what_was_asked() -> None:
    seen: list[ChatRequest] = []
    body = {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
            {"role": "assistant", "tool_calls": [{"id": "abcdefghi", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "abcdefghi", "content": "12"},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}},
        "max_completion_tokens": 7,
    }  # fmt: skip
    with SimulatedServer(Rules(lambda request: seen.append(request) or call("f"))) as server:
        ask(server, **body)
    (request,) = seen
    assert request.last_user_text == "one\n\ntwo"
    assert request.tool_results == ["12"]
    assert request.tools == ["f"]
    assert request.tool_choice == "f"
    assert request.schema == {"type": "object"}
    assert request.max_tokens == 7
    assert request.effort is None
    assert not request.stream


@pytest.mark.parametrize(
    ("dialect", "path", "body"),
    [
        ("vllm", PATH, {"error": "Unauthorized"}),
        ("vllm", "/v1/models", {"error": "Unauthorized"}),
        ("llamacpp", PATH, {"error": {"message": "Invalid API Key", "type": "authentication_error", "code": 401}}),
        (
            "openai_compatible",
            "/v1/models",
            {"error": {"message": "Incorrect API key provided", "type": "invalid_request_error", "code": "invalid_api_key"}},
        ),
    ],
)  # fmt: skip
def test_a_wrong_key_is_refused_in_the_dialects_words(dialect: str, path: str, body: Any) -> None:
    with SimulatedServer(Script(), dialect=dialect, api_key="right") as server:
        method = "POST" if path == PATH else "GET"
        answer = send(server.url, method, path, None, {"Authorization": "Bearer wrong"})
    assert (answer.status, answer.json) == (401, body)


@pytest.mark.parametrize(
    ("dialect", "path"), [("vllm", "/health"), ("llamacpp", "/health"), ("llamacpp", "/v1/models")]
)
def test_what_needs_no_key_needs_none(dialect: str, path: str) -> None:
    with SimulatedServer(Script(), dialect=dialect, api_key="right") as server:
        assert send(server.url, "GET", path, None).status == 200


def test_every_reply_is_marked_as_simulated_from_its_first_chunk() -> None:
    for dialect in ("vllm", "llamacpp", "openai_compatible"):
        with SimulatedServer(Script(say("a"), say("b")), dialect=dialect) as server:
            assert ask(server).json["system_fingerprint"] == "agentkit-simulated"
            assert ask(server, stream=True).events[0]["system_fingerprint"] == "agentkit-simulated"
