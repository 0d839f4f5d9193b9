"""Replies in the shape that most servers share, with what they differ in as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from agentkit.testing.exchange import FINGERPRINT, Exchange, SaidCall
from agentkit.testing.logprobs import logprobs_of


def _same(call_id: str) -> str:
    return call_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What servers of this shape differ in.

    Attributes:
        reasoning: Field of a message or delta that holds the reasoning.
        whole_calls: Whether a call comes in one delta; else its name first and then its arguments in pieces.
        cut_calls: What becomes of a call that max_tokens cut: it `vanish`es, or is handed out as far as it came.
        finish_cut: What a cut reply with calls says as its finish reason.
        usage_in_last_chunk: Whether the chunk with the finish reason has the usage; else it has a chunk of its own, on
            request.
        more_usage: Further fields of `usage`.
        call_id: A call's id, made of the random one.
        logprobs: Whether log-probabilities are given.
        split: Text and reasoning as `content`, where they do not go out as two strings.
    """

    reasoning: str = "reasoning_content"
    whole_calls: bool = False
    cut_calls: Literal["vanish", "kept"] = "kept"
    finish_cut: Literal["length", "tool_calls"] = "length"
    usage_in_last_chunk: bool = False
    more_usage: dict[str, Any] = field(default_factory=dict[str, Any])
    call_id: Callable[[str], str] = _same
    logprobs: bool = False
    split: Callable[[str, str], Any] | None = None


def reply(exchange: Exchange, shape: Shape) -> dict[str, Any]:
    """Return an unstreamed reply."""
    text, reasoning = "".join(exchange.said.text), "".join(exchange.said.reasoning)
    calls = _calls(exchange, shape)
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if shape.split is not None:
        message["content"] = shape.split(text, reasoning)
    elif reasoning:
        message[shape.reasoning] = reasoning
    if calls:
        message["tool_calls"] = [_whole(call, shape) for call in calls]
    choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": _finish(exchange, shape)}
    if shape.logprobs:
        choice["logprobs"] = logprobs_of(exchange.said.reasoning + exchange.said.text, exchange.request)
    return {
        **_frame(exchange, "chat.completion"),
        "choices": [choice],
        "usage": _usage(exchange, shape),
    }


def chunks(exchange: Exchange, shape: Shape) -> Iterator[dict[str, Any]]:
    """Yield the chunks of a streamed reply."""
    frame = _frame(exchange, "chat.completion.chunk")
    for delta in _deltas(exchange, shape):
        choice: dict[str, Any] = {"index": 0, "delta": delta, "finish_reason": None}
        piece = delta.get("content") or delta.get(shape.reasoning)
        if shape.logprobs:
            choice["logprobs"] = logprobs_of((piece,), exchange.request) if piece else None
        yield {**frame, "choices": [choice]}
    last: dict[str, Any] = {
        **frame,
        "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": _finish(exchange, shape)}],
    }
    if shape.usage_in_last_chunk:
        yield {**last, "usage": _usage(exchange, shape)}
        return
    yield last
    if exchange.request.wants_usage:
        yield {**frame, "choices": [], "usage": _usage(exchange, shape)}


def _deltas(exchange: Exchange, shape: Shape) -> Iterator[dict[str, Any]]:
    said = exchange.said
    yield {"role": "assistant", "content": ""}
    for piece in said.reasoning:
        yield {shape.reasoning: piece} if shape.split is None else {"content": shape.split("", piece)}
    for piece in said.text:
        yield {"content": piece}
    for index, call in enumerate(_calls(exchange, shape)):
        if shape.whole_calls:
            yield {"tool_calls": [{"index": index, **_whole(call, shape)}]}
            continue
        head = {"name": call.name, "arguments": ""}
        yield {
            "tool_calls": [
                {"index": index, "id": shape.call_id(call.id), "type": "function", "function": head}
            ]
        }
        for piece in call.arguments:
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _calls(exchange: Exchange, shape: Shape) -> list[SaidCall]:
    return [call for call in exchange.said.calls if call.whole or shape.cut_calls == "kept"]


def _whole(call: SaidCall, shape: Shape) -> dict[str, Any]:
    function = {"name": call.name, "arguments": "".join(call.arguments)}
    return {"id": shape.call_id(call.id), "type": "function", "function": function}


def _finish(exchange: Exchange, shape: Shape) -> str:
    calls = _calls(exchange, shape)
    if exchange.said.cut:
        return shape.finish_cut if calls else "length"
    return "tool_calls" if calls else "stop"


def _frame(exchange: Exchange, kind: str) -> dict[str, Any]:
    return {
        "id": exchange.id, "object": kind, "created": exchange.created, "model": exchange.served.model,
        "system_fingerprint": FINGERPRINT,
    }  # fmt: skip


def _usage(exchange: Exchange, shape: Shape) -> dict[str, Any]:
    prompt, completion = exchange.prompt_tokens, exchange.said.completion_tokens
    return {
        "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
        **shape.more_usage,
    }  # fmt: skip
