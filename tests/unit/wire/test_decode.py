"""Replies as genuine servers word them."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from agentkit.backends.catalog import LLAMACPP, VLLM
from agentkit.errors import (
    AgentKitError,
    ContextOverflow,
    IncompleteStream,
    ModelNotFound,
    Overloaded,
    RequestRefused,
)
from agentkit.wire.decode import decode_reply
from agentkit.wire.refuse import failure
from agentkit.wire.sse import EventReader
from agentkit.wire.stream import StreamDecoder

RECORDINGS = Path(__file__).resolve().parents[4] / "shared" / "data" / "wire"
FILES = {"vllm-0.32-scripted.jsonl": VLLM, "llamacpp-tools.jsonl": LLAMACPP, "llamacpp-think.jsonl": LLAMACPP}


def recorded(name: str) -> list[dict[str, Any]]:
    path = RECORDINGS / name
    if not path.exists():
        pytest.skip(f"the recordings of genuine servers are not here ({name})")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [row for row in rows if row["request"]["path"] == "/v1/chat/completions"]


def decoded(row: dict[str, Any], profile: Any) -> Any:
    body = row["body"].encode()
    wanted = row["request"]["body"]
    if row["status"] != 200:
        return failure(row["status"], body)
    if not row["case"].endswith((".stream", "stream_without_usage")):
        return decode_reply(body, profile.dialect, max_tokens=wanted.get("max_tokens"))
    decoder, reader = StreamDecoder(profile.dialect), EventReader()
    for data in [*reader.feed(body), *reader.close()]:
        if data != b"[DONE]":
            list(decoder.feed(data))
    return decoder.finish()


@pytest.mark.parametrize("name", FILES)
def test_every_recorded_answer_is_a_reply_or_a_typed_error(name: str) -> None:
    for row in recorded(name):
        if "[[record.py cut" in row["body"]:
            continue
        with contextlib.suppress(AgentKitError):  # anything else is a failure
            decoded(row, FILES[name])


@pytest.mark.parametrize("name", FILES)
def test_a_streamed_reply_adds_up_to_what_the_whole_one_says(name: str) -> None:
    rows = {row["case"]: row for row in recorded(name)}
    compared = 0
    for case, whole in rows.items():
        streamed = rows.get(f"{case}.stream")
        if streamed is None or whole["status"] != 200 or streamed["status"] != 200 or "truncated" in case:
            continue
        try:
            one, other = decoded(whole, FILES[name]), decoded(streamed, FILES[name])
        except AgentKitError:
            continue
        assert one.message.text.strip() == other.message.text.strip(), (
            case
        )  # vLLM strips only what comes whole
        assert (one.message.reasoning, one.finish) == (other.message.reasoning, other.finish), case
        calls = [[(call.name, call.arguments) for call in each.message.tool_calls] for each in (one, other)]
        assert calls[0] == calls[1], case
        compared += 1
    assert compared > 20


def test_a_call_that_vllm_cut_is_never_complete() -> None:
    rows = {row["case"]: row for row in recorded("vllm-0.32-scripted.jsonl")}
    for case in (
        "tool_truncated_name",
        "tool_truncated_args",
        "tool_truncated_name.stream",
        "tool_truncated_args.stream",
    ):
        assert decoded(rows[case], VLLM).finish == "length", case


def test_recorded_refusals_get_their_type_and_their_numbers() -> None:
    rows = {row["case"]: row for row in recorded("vllm-0.32-scripted.jsonl")}
    overflow = decoded(rows["context_overflow"], VLLM)
    assert isinstance(overflow, ContextOverflow)
    assert (overflow.limit, overflow.needed) == (4096, 4540)
    missing = decoded(rows["wrong_model"], VLLM)
    assert isinstance(missing, ModelNotFound)
    assert missing.served == ("mistralai/Mistral-Small-4-119B-2603",)
    llama = {row["case"]: row for row in recorded("llamacpp-think.jsonl")}
    overflow = decoded(llama["context_overflow"], LLAMACPP)
    assert (overflow.limit, overflow.needed) == (4096, 4521)
    assert isinstance(decoded(llama["effort_low"], LLAMACPP), RequestRefused)


def test_the_vllm_that_fails_every_request_is_named_with_its_cure() -> None:
    body = {
        "error": {
            "message": "get_lark_from_jinja() missing 1 required positional argument: 'force_tool_names'",
            "type": "BadRequestError",
            "code": 400,
        }
    }
    assert "mistral-common<1.13" in failure(400, json.dumps(body).encode()).hint


def test_overload_keeps_the_servers_wish() -> None:
    error = failure(
        503,
        b'{"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}',
        retry_after=3.0,
    )
    assert isinstance(error, Overloaded)
    assert error.retry_after == 3.0
    assert "loading" in error.hint


def test_a_stream_without_a_finish_reason_is_an_error_with_what_came() -> None:
    decoder = StreamDecoder(VLLM.dialect)
    list(decoder.feed(b'{"choices": [{"index": 0, "delta": {"content": "half"}, "finish_reason": null}]}'))
    with pytest.raises(IncompleteStream) as caught:
        decoder.finish()
    assert caught.value.partial == "half"
