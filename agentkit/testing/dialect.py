"""How each simulated server words its replies, as data and small functions."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agentkit.testing.refusals import Refusal, refuse_llamacpp, refuse_nothing, refuse_vllm
from agentkit.testing.request import ChatRequest
from agentkit.testing.turns import Turn

FINGERPRINT = "agentkit-simulated"
"""`system_fingerprint` of every reply, by which a client can tell that no model answered."""

_PIECE = re.compile(r"\s*\S{1,4}|\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One kind of server.

    Attributes:
        name: Its name.
        owned_by: What `/v1/models` says.
        reasoning_field: Where reasoning stands in a reply.
        counts_reasoning: Whether usage has `completion_tokens_details.reasoning_tokens`.
        id_length: Characters of a tool call's id.
        enforces_schema: Whether a text against the wanted schema is impossible.
        cut_calls_look_complete: Whether an unstreamed reply cut in a call says `tool_calls`.
        nulls: Null fields of a message, as vLLM sends them.
        missing_content: `content` of a message that has none.
        images: Whether images are taken.
        refuse: What it refuses.
        error_body: The JSON of an error.
    """

    name: str
    owned_by: str
    reasoning_field: str
    counts_reasoning: bool
    id_length: int
    enforces_schema: bool
    cut_calls_look_complete: bool
    nulls: tuple[str, ...]
    missing_content: str | None
    images: bool
    refuse: Callable[..., Refusal | None]
    error_body: Callable[[Refusal], dict[str, Any]]


def _vllm_error(refusal: Refusal) -> dict[str, Any]:
    return {
        "error": {
            "message": refusal.message, "type": refusal.kind, "param": refusal.param, "code": refusal.status, **refusal.more,
        }
    }  # fmt: skip


def _llamacpp_error(refusal: Refusal) -> dict[str, Any]:
    return {
        "error": {"code": refusal.status, "message": refusal.message, "type": refusal.kind, **refusal.more}
    }


VLLM = Dialect(
    name="vllm",
    owned_by="vllm",
    reasoning_field="reasoning",
    counts_reasoning=True,
    id_length=9,
    enforces_schema=True,
    cut_calls_look_complete=True,
    nulls=("refusal", "annotations", "audio", "function_call"),
    missing_content=None,
    images=True,
    refuse=refuse_vllm,
    error_body=_vllm_error,
)
"""vLLM 0.32 in mistral mode."""

LLAMACPP = Dialect(
    name="llamacpp",
    owned_by="llamacpp",
    reasoning_field="reasoning_content",
    counts_reasoning=False,
    id_length=32,
    enforces_schema=True,
    cut_calls_look_complete=False,
    nulls=(),
    missing_content="",
    images=True,
    refuse=refuse_llamacpp,
    error_body=_llamacpp_error,
)
"""llama.cpp b11549 with `--jinja`."""

OPENAI_COMPATIBLE = Dialect(
    name="openai_compatible",
    owned_by="simulated",
    reasoning_field="reasoning_content",
    counts_reasoning=False,
    id_length=24,
    enforces_schema=False,
    cut_calls_look_complete=False,
    nulls=(),
    missing_content=None,
    images=True,
    refuse=refuse_nothing,
    error_body=_vllm_error,
)
"""A lenient server: nothing is refused, no schema enforced."""

DIALECTS = {dialect.name: dialect for dialect in (VLLM, LLAMACPP, OPENAI_COMPATIBLE)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What of a turn came out within max_tokens, in pieces of about four characters.

    Attributes:
        reasoning: Pieces of reasoning.
        text: Pieces of text.
        calls: (id, name, pieces of arguments) of each call that began.
        finish: `stop`, `tool_calls` or `length`.
        completion_tokens: Pieces in all, the end token included.
        cut_call: Whether the last call was cut.
    """

    reasoning: tuple[str, ...]
    text: tuple[str, ...]
    calls: tuple[tuple[str, str, tuple[str, ...]], ...]
    finish: str
    completion_tokens: int
    cut_call: bool


def say_within(turn: Turn, request: ChatRequest, dialect: Dialect, room: int) -> Said:
    """Cut a turn at the tokens that are allowed."""
    left = min(room, request.max_tokens) if request.max_tokens is not None else room
    budget = left
    reasoning, left = _take(turn.reasoning, left)
    text, left = _take(turn.text, left)
    calls: list[tuple[str, str, tuple[str, ...]]] = []
    cut_call = False
    for spec in turn.calls:
        if left <= 0:
            cut_call = True
            break
        name, left = _take(spec.name, left - 1)
        arguments, left = _take(spec.text, left - 1)
        call_id = spec.id or "".join(
            secrets.choice(string.ascii_letters + string.digits) for _ in range(dialect.id_length)
        )
        calls.append((call_id, "".join(name), tuple(arguments)))
        cut_call = "".join(name) != spec.name or "".join(arguments) != spec.text
        if cut_call:
            break
    whole = "".join(reasoning) == turn.reasoning and "".join(text) == turn.text and not cut_call
    if not whole or left < 0:
        return Said(
            reasoning=tuple(reasoning), text=tuple(text), calls=tuple(calls), finish="length",
            completion_tokens=budget, cut_call=cut_call,
        )  # fmt: skip
    return Said(
        reasoning=tuple(reasoning),
        text=tuple(text),
        calls=tuple(calls),
        finish="tool_calls" if calls else "stop",
        completion_tokens=min(budget, budget - left + 1),
        cut_call=False,
    )


def _take(text: str, left: int) -> tuple[list[str], int]:
    pieces = _PIECE.findall(text)
    taken = pieces[: max(0, left)]
    return taken, left - len(taken)


def usage_of(said: Said, prompt_tokens: int, dialect: Dialect) -> dict[str, Any]:
    """Return the reply's usage."""
    usage: dict[str, Any] = {
        "prompt_tokens": prompt_tokens,
        "total_tokens": prompt_tokens + said.completion_tokens,
        "completion_tokens": said.completion_tokens,
    }
    if dialect.counts_reasoning:
        usage["completion_tokens_details"] = {"reasoning_tokens": len(said.reasoning)}
    return usage


def message_of(said: Said, dialect: Dialect) -> tuple[dict[str, Any], str]:
    """Return an unstreamed message and its finish reason, quirks included."""
    text: str | None = "".join(said.text)
    finish = said.finish
    calls = list(said.calls)
    if said.cut_call and not dialect.cut_calls_look_complete and calls:
        # llama.cpp gives the cut call back as text
        _, name, pieces = calls.pop()
        text = f"{text}[TOOL_CALLS]{name}{'[ARGS]' + ''.join(pieces) if pieces else ''}"
    elif said.cut_call and calls:
        finish = "tool_calls"
    message: dict[str, Any] = {"role": "assistant", "content": text or dialect.missing_content}
    message |= dict.fromkeys(dialect.nulls)
    if calls:
        message["tool_calls"] = [
            {
                "id": call_id,
                "type": "function",
                "function": {"name": name, "arguments": "".join(pieces) or "{}"},
            }
            for call_id, name, pieces in calls
        ]
    reasoning = "".join(said.reasoning)
    if reasoning or dialect.nulls:
        message[dialect.reasoning_field] = reasoning or None
    return message, finish


def deltas_of(said: Said, dialect: Dialect) -> list[dict[str, Any]]:
    """Return the deltas of a streamed reply, one a piece."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": "" if dialect.nulls else None}]
    deltas += [{dialect.reasoning_field: piece} for piece in said.reasoning]
    deltas += [{"content": piece} for piece in said.text]
    for index, (call_id, name, pieces) in enumerate(said.calls):
        last = index == len(said.calls) - 1
        if said.cut_call and last and not dialect.cut_calls_look_complete:
            break  # llama.cpp sends nothing of a call that was cut
        first = pieces[0] if pieces else ""
        function = {"name": name, "arguments": first}
        deltas.append(
            {"tool_calls": [{"id": call_id, "type": "function", "index": index, "function": function}]}
        )
        deltas += [
            {"tool_calls": [{"index": index, "function": {"arguments": piece}}]} for piece in pieces[1:]
        ]
    return deltas
