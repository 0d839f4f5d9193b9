"""Replies, whole or streamed, decoded straight into agentkit's nouns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from pydantic_core import from_json

from agentkit._util import json
from agentkit.errors import IncompleteStream, ProtocolError
from agentkit.protocol.events import ReasoningDelta, TextDelta
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
    data = _parse(body)
    if "choices" not in data:
        _raise_if_error(data)
    choice = _only_choice(data, body)
    message = choice.get("message")
    if not json.is_object(message):
        _no_reply("The reply has no message", body)
    fields = message
    text, listed_reasoning = _content(fields.get("content"), body)
    reasoning = _reasoning(fields, dialect, body) or listed_reasoning
    calls = _calls(fields.get("tool_calls"), body)
    usage = _usage(data.get("usage"), text, reasoning, calls)
    finish = _finish(choice.get("finish_reason"), calls, body)
    if finish == "tool_calls" and dialect.cut_calls_look_complete and _was_cut(usage, max_tokens, window):
        finish = "length"
    return ModelReply(
        message=AssistantMessage(text=text, reasoning=reasoning, tool_calls=calls),
        finish=finish,
        usage=usage,
        model=_string(data.get("model")),
        simulated=data.get("system_fingerprint") == SIMULATED_FINGERPRINT,
        request_id=_string(data.get("id")),
        logprob=_mean_logprob([choice.get("logprobs")]),
    )


class StreamDecoder:
    """Adds up the chunks of a streamed reply.

    Args:
        dialect: How the server writes.
        max_chars: Most characters of text, reasoning and arguments together; more is a `ProtocolError`.
    """

    __slots__ = (
        "_calls", "_chars", "_dialect", "_finish", "_id", "_logprobs", "_max_chars", "_model", "_reasoning", "_simulated",
        "_text", "_usage",
    )  # fmt: skip

    def __init__(self, dialect: Dialect, *, max_chars: int = 8_000_000) -> None:
        self._dialect = dialect
        self._max_chars = max_chars
        self._chars = 0
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls: dict[int, _CallParts] = {}
        self._finish: str | None = None
        self._usage: Any = None
        self._model = ""
        self._id = ""
        self._simulated = False
        self._logprobs: list[Any] = []

    def feed(self, data: bytes) -> Iterator[TextDelta | ReasoningDelta]:
        """Take the data of one event and yield what it adds.

        Raises:
            ProtocolError: The data is no chunk.
            BackendError: The server reported an error in mid-stream.
        """
        chunk = _parse(data)
        choices = chunk.get("choices")
        if not json.is_array(choices):
            _raise_if_error(chunk)
            _no_reply("A chunk has no choices", data)
        if not self._model:
            self._model = _string(chunk.get("model"))
            self._id = _string(chunk.get("id"))
            self._simulated = chunk.get("system_fingerprint") == SIMULATED_FINGERPRINT
        if chunk.get("usage"):
            self._usage = chunk["usage"]
        for choice in choices:
            if not json.is_object(choice):
                _no_reply("A chunk's choice is no object", data)
            fields = choice
            if fields.get("index", 0) != 0:
                continue
            yield from self._feed_delta(fields.get("delta") or {}, data)
            if fields.get("logprobs"):
                self._logprobs.append(fields["logprobs"])
            if fields.get("finish_reason") is not None:
                self._finish = fields["finish_reason"]

    def _feed_delta(self, delta: Any, data: bytes) -> Iterator[TextDelta | ReasoningDelta]:
        if not json.is_object(delta):
            _no_reply("A chunk's delta is no object", data)
        fields = delta
        content = fields.get("content")
        text, reasoning = (content, "") if isinstance(content, str) else _content(content, data)
        reasoning = _reasoning(fields, self._dialect, data) or reasoning
        if reasoning:
            self._grow(len(reasoning))
            self._reasoning.append(reasoning)
            yield ReasoningDelta(reasoning)
        if text:
            self._grow(len(text))
            self._text.append(text)
            yield TextDelta(text)
        if fields.get("tool_calls"):
            self._feed_calls(fields["tool_calls"], data)

    def _feed_calls(self, deltas: Any, data: bytes) -> None:
        if not json.is_array(deltas):
            _no_reply("A chunk's tool_calls is no list", data)
        for delta in deltas:
            index = delta.get("index") if json.is_object(delta) else None
            if not isinstance(index, int):
                _no_reply("A tool call's delta has no index", data)
            fields = delta
            parts = self._calls.setdefault(index, _CallParts())
            function: Any = fields.get("function") or {}
            if not json.is_object(function):
                _no_reply("A tool call's delta has no function", data)
            name, arguments = function.get("name"), function.get("arguments")
            if isinstance(fields.get("id"), str):
                parts.id = fields["id"]
            if isinstance(name, str):
                parts.name += name
            if isinstance(arguments, str):
                self._grow(len(arguments))
                parts.arguments.append(arguments)
            elif arguments is not None:
                _no_reply("A tool call's arguments are no string", data)

    def _grow(self, chars: int) -> None:
        self._chars += chars
        if self._chars > self._max_chars:
            raise ProtocolError(
                f"The stream went on beyond {self._max_chars} characters; the request was given up.",
                hint="Set Sampling(max_tokens=...); the model may be repeating itself.",
            )

    @property
    def partial(self) -> str:
        """The text so far."""
        return "".join(self._text)

    def finish(self) -> ModelReply:
        """Return the whole reply after the stream's end.

        Raises:
            IncompleteStream: No finish reason came, so the stream was cut.
        """
        text, reasoning = self.partial, "".join(self._reasoning)
        if self._finish is None:
            raise IncompleteStream(
                f"The stream ended without a finish reason, after {len(text)} characters of text.",
                hint="The server or a proxy cut the connection; look at its log and its timeouts.",
                partial=text,
            )
        calls = tuple(
            ToolCall(id=parts.id, name=parts.name, arguments="".join(parts.arguments))
            for _, parts in sorted(self._calls.items())
        )
        return ModelReply(
            message=AssistantMessage(text=text, reasoning=reasoning, tool_calls=calls),
            finish=_finish(self._finish, calls, b""),
            usage=_usage(self._usage, text, reasoning, calls),
            model=self._model,
            simulated=self._simulated,
            request_id=self._id,
            logprob=_mean_logprob(self._logprobs),
        )


class _CallParts:
    """One call of a streamed reply, as far as it has come."""

    __slots__ = ("arguments", "id", "name")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []


def _parse(body: bytes) -> dict[str, Any]:
    try:
        data: Any = from_json(body, allow_inf_nan=False, cache_strings="keys")
    except ValueError as error:
        raise ProtocolError(f"The reply is no JSON ({error}): {excerpt(body)}", hint=_LOOK) from None
    if not json.is_object(data):
        _no_reply("The reply is no JSON object", body)
    return data


_LOOK = "Check that the URL leads to an OpenAI-compatible server (it usually ends in /v1), and look at the server's log."


def _no_reply(what: str, body: bytes) -> NoReturn:
    raise ProtocolError(f"{what}: {excerpt(body)}", hint=_LOOK)


def _raise_if_error(data: Mapping[str, Any]) -> None:
    error = failure_of_event(data)
    if error is not None:
        raise error


def _only_choice(data: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    choices = data.get("choices")
    if not json.is_array(choices) or not choices or not json.is_object(choices[0]):
        _no_reply("The reply has no choices", body)
    return choices[0]


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _reasoning(fields: Mapping[str, Any], dialect: Dialect, body: bytes) -> str:
    for name in dialect.reasoning_in:
        if name == "content":  # its parts are read with the text
            continue
        value = fields.get(name)
        if isinstance(value, str):
            if value:
                return value
        elif value is not None:
            _no_reply(f"The reply's {name} is no string", body)
    return ""


def _content(content: Any, body: bytes) -> tuple[str, str]:
    """Return text and reasoning of `content`: a string, nothing, or the Mistral API's list of chunks."""
    if content is None:
        return "", ""
    if isinstance(content, str):
        return content, ""
    if not json.is_array(content):
        _no_reply("The reply's content is neither text nor a list", body)
    texts: list[str] = []
    thoughts: list[str] = []
    for part in content:
        fields = part if json.is_object(part) else {}
        if fields.get("type") == "text":
            texts.append(_string(fields.get("text")))
        elif fields.get("type") == "thinking":
            inner = fields.get("thinking")
            thoughts.append(inner if isinstance(inner, str) else _content(inner, body)[0])
        else:
            _no_reply("The reply's content holds a part that is neither text nor thinking", body)
    return "".join(texts), "".join(thoughts)


def _calls(calls: Any, body: bytes) -> tuple[ToolCall, ...]:
    if not calls:
        return ()
    if not json.is_array(calls):
        _no_reply("The reply's tool_calls is no list", body)
    decoded: list[ToolCall] = []
    for call in calls:
        function = call.get("function") if json.is_object(call) else None
        if not json.is_object(function):
            _no_reply("A tool call has no function", body)
        fields = function
        arguments = fields.get("arguments", "")
        if not isinstance(arguments, str):
            _no_reply("A tool call's arguments are no string", body)
        decoded.append(
            ToolCall(id=_string(call.get("id")), name=_string(fields.get("name")), arguments=arguments)
        )
    return tuple(decoded)


_FINISHES: dict[str, FinishReason] = {
    "stop": "stop", "tool_calls": "tool_calls", "function_call": "tool_calls", "length": "length",
    "model_length": "length", "content_filter": "content_filter", "eos": "stop", "end_turn": "stop",
}  # fmt: skip


def _finish(reason: Any, calls: Sequence[ToolCall], body: bytes) -> FinishReason:
    finish = _FINISHES.get(reason) if isinstance(reason, str) else None
    if finish is None:
        _no_reply(f"The reply's finish reason is {reason!r}", body)
    # vLLM 0.32 says `stop` for a named tool choice; what counts is that calls came, and whether they were cut
    return "tool_calls" if calls and finish == "stop" else finish


def _was_cut(usage: Usage, max_tokens: int | None, window: int | None) -> bool:
    return (max_tokens is not None and usage.completion_tokens >= max_tokens) or (
        window is not None and usage.total_tokens >= window
    )


def _usage(data: Any, text: str, reasoning: str, calls: Sequence[ToolCall]) -> Usage:
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


def _mean_logprob(parts: Sequence[Any]) -> float | None:
    values: list[float] = []
    for part in parts:
        content = part.get("content") if json.is_object(part) else None
        for token in content if json.is_array(content) else ():
            value = token.get("logprob") if json.is_object(token) else None
            if isinstance(value, int | float):
                values.append(float(value))
    return sum(values) / len(values) if values else None
