"""Replies, decoded straight into agentkit's nouns: whole ones, and what streamed ones share with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from pydantic_core import from_json

from agentkit._util import json
from agentkit.errors import ProtocolError
from agentkit.protocol.messages import AssistantMessage, ToolCall
from agentkit.protocol.reply import FinishReason, ModelReply
from agentkit.protocol.usage import Usage
from agentkit.wire.dialect import Dialect
from agentkit.wire.refuse import excerpt, failure_of_event

SIMULATED_FINGERPRINT = "agentkit-simulated"
"""`system_fingerprint` by which a reply of the embedded server can be told from a model's."""


def decode_reply(
    body: bytes, dialect: Dialect, *, max_tokens: int | None, window: int | None = None
) -> ModelReply:
    """Decode an unstreamed reply.

    Args:
        body: The response body.
        dialect: How the server writes.
        max_tokens: What the request allowed, to notice a call that was cut and called complete.
        window: The context window in tokens, where known, for the same purpose.

    Raises:
        ProtocolError: The body is no complete Chat Completions reply.
        BackendError: The body holds an error in place of a reply.
    """
    data = parse(body)
    if "choices" not in data or data.get("error"):
        raise_if_error(data)
    choice = _only_choice(data, body)
    message = choice.get("message")
    if not json.is_object(message):
        no_reply("The reply has no message", body)
    fields = message
    text, listed_reasoning = content_of(fields.get("content"), body)
    reasoning = reasoning_of(fields, dialect, body) or listed_reasoning
    calls = _calls(fields.get("tool_calls"), body)
    usage = usage_of(data.get("usage"), text, reasoning, calls)
    finish = finish_of(choice.get("finish_reason"), calls, body)
    reply = ModelReply(
        message=AssistantMessage(text=text, reasoning=reasoning, tool_calls=calls),
        finish=finish,
        usage=usage,
        model=string(data.get("model")),
        simulated=data.get("system_fingerprint") == SIMULATED_FINGERPRINT,
        request_id=string(data.get("id")),
        logprob=mean_logprob([choice.get("logprobs")]),
    )
    return cut_call(reply, max_tokens=max_tokens, window=window) if dialect.cut_calls_look_complete else reply


def cut_call(reply: ModelReply, *, max_tokens: int | None = None, window: int | None = None) -> ModelReply:
    """Return the reply as cut (finish `length`) where its tokens show that a call in it was cut."""
    usage = reply.usage
    at_end = (max_tokens is not None and usage.completion_tokens >= max_tokens) or (
        window is not None and usage.total_tokens >= window
    )
    return replace(reply, finish="length") if reply.finish == "tool_calls" and at_end else reply


def may_be_cut(reply: ModelReply, dialect: Dialect) -> bool:
    """Whether only the tokens can show that the last call was cut: vLLM 0.32 gives such a call the arguments `{}`."""
    calls = reply.message.tool_calls
    return dialect.cut_calls_look_complete and bool(calls) and calls[-1].arguments.strip() in ("", "{}")


def parse(body: bytes) -> dict[str, Any]:
    """Read one JSON object, or raise `ProtocolError`."""
    data: Any = None
    problem = ""
    try:
        data = from_json(body, allow_inf_nan=False, cache_strings="keys")
    except ValueError as error:
        problem = str(error)
    if problem:
        no_reply(f"The reply is no JSON ({problem})", body)
    if not json.is_object(data):
        no_reply("The reply is no JSON object", body)
    return data


_LOOK = "Check that the URL leads to an OpenAI-compatible server (it usually ends in /v1), and look at the server's log."


def no_reply(what: str, body: bytes) -> NoReturn:
    """Raise `ProtocolError`, with the start of what came."""
    raise ProtocolError(f"{what}: {excerpt(body)}", hint=_LOOK)


def raise_if_error(data: Mapping[str, Any]) -> None:
    """Raise the error that came in place of a reply, where there is one."""
    error = failure_of_event(data)
    if error is not None:
        raise error


def _only_choice(data: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    choices = data.get("choices")
    if not json.is_array(choices) or not choices or not json.is_object(choices[0]):
        no_reply("The reply has no choices", body)
    return choices[0]


def string(value: Any) -> str:
    """Return a string as it is; anything else counts as nothing."""
    return value if isinstance(value, str) else ""


def reasoning_of(fields: Mapping[str, Any], dialect: Dialect, body: bytes) -> str:
    """Return the reasoning of a message or delta, from the dialect's fields."""
    for name in dialect.reasoning_in:
        if name == "content":  # its parts are read with the text
            continue
        value = fields.get(name)
        if isinstance(value, str):
            if value:
                return value
        elif value is not None:
            no_reply(f"The reply's {name} is no string", body)
    return ""


def content_of(content: Any, body: bytes) -> tuple[str, str]:
    """Return text and reasoning of `content`: a string, nothing, or the Mistral API's list of chunks."""
    if content is None:
        return "", ""
    if isinstance(content, str):
        return content, ""
    if not json.is_array(content):
        no_reply("The reply's content is neither text nor a list", body)
    texts: list[str] = []
    thoughts: list[str] = []
    for part in content:
        fields = part if json.is_object(part) else {}
        if fields.get("type") == "text":
            texts.append(string(fields.get("text")))
        elif fields.get("type") == "thinking":
            inner = fields.get("thinking")
            thoughts.append(inner if isinstance(inner, str) else content_of(inner, body)[0])
        else:
            no_reply("The reply's content holds a part that is neither text nor thinking", body)
    return "".join(texts), "".join(thoughts)


def _calls(calls: Any, body: bytes) -> tuple[ToolCall, ...]:
    if not calls:
        return ()
    if not json.is_array(calls):
        no_reply("The reply's tool_calls is no list", body)
    decoded: list[ToolCall] = []
    for call in calls:
        function = call.get("function") if json.is_object(call) else None
        if not json.is_object(function):
            no_reply("A tool call has no function", body)
        fields = function
        decoded.append(
            ToolCall(
                id=string(call.get("id")),
                name=string(fields.get("name")),
                arguments=argument_text(fields.get("arguments")),
            )
        )
    return tuple(decoded)


def argument_text(arguments: Any) -> str:
    """Return a call's arguments as text.

    Arguments that are no string are against the protocol: they become a JSON string, which no tool accepts, so that
    nothing is executed on a guess, nothing is lost, and the model is told.
    """
    if arguments is None or isinstance(arguments, str):
        return arguments or ""
    return json.dumps(json.dumps(arguments))


_FINISHES: dict[str, FinishReason] = {
    "stop": "stop", "tool_calls": "tool_calls", "function_call": "tool_calls", "length": "length",
    "model_length": "length", "content_filter": "content_filter", "eos": "stop", "end_turn": "stop",
}  # fmt: skip


def finish_of(reason: Any, calls: Sequence[ToolCall], body: bytes) -> FinishReason:
    """Return why a reply ended, in agentkit's words; an unknown reason is a `ProtocolError`."""
    finish = _FINISHES.get(reason) if isinstance(reason, str) else None
    if finish is None:
        no_reply(f"The reply's finish reason is {reason!r}", body)
    # vLLM 0.32 says `stop` for a named tool choice; what counts is that calls came, and whether they were cut
    return "tool_calls" if calls and finish == "stop" else finish


def usage_of(data: Any, text: str, reasoning: str, calls: Sequence[ToolCall]) -> Usage:
    """Return what a reply cost; reasoning that the server does not count is estimated by its share of characters."""
    fields: dict[str, Any] = data if json.is_object(data) else {}
    completion = _count(fields.get("completion_tokens"))
    details: Any = fields.get("completion_tokens_details")
    counted = details.get("reasoning_tokens") if json.is_object(details) else fields.get("reasoning_tokens")
    estimated = not isinstance(counted, int) and bool(reasoning)
    if isinstance(counted, int):
        thought = counted
    else:
        written = len(text) + len(reasoning) + sum(len(call.arguments) for call in calls)
        thought = round(completion * len(reasoning) / written) if written else 0
    prompt_details: Any = fields.get("prompt_tokens_details")
    return Usage(
        requests=1,
        prompt_tokens=_count(fields.get("prompt_tokens")),
        cached_tokens=_count(prompt_details.get("cached_tokens")) if json.is_object(prompt_details) else 0,
        completion_tokens=completion,
        reasoning_tokens=min(thought, completion) if completion else thought,
        reasoning_estimated=estimated,
        reasoning_counted=isinstance(counted, int),
    )


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def mean_logprob(parts: Sequence[Any]) -> float | None:
    """Return the mean log-probability of the tokens that say something, or None where none came.

    Those of signs alone, which JSON is full of, are all but certain.
    """
    values: list[float] = []
    signs: list[float] = []
    for part in parts:
        content = part.get("content") if json.is_object(part) else None
        for token in content if json.is_array(content) else ():
            value = token.get("logprob") if json.is_object(token) else None
            if isinstance(value, int | float):
                says = any(map(str.isalnum, str(token.get("token") or "?")))
                (values if says else signs).append(float(value))
    values = values or signs
    return sum(values) / len(values) if values else None
