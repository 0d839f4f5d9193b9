"""Streamed replies, added up chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentkit._util import json
from agentkit.errors import BackendError, IncompleteStream, ProtocolError
from agentkit.protocol.events import ReasoningDelta, TextDelta
from agentkit.protocol.messages import AssistantMessage, ToolCall
from agentkit.protocol.reply import ModelReply
from agentkit.wire.decode import (
    SIMULATED_FINGERPRINT,
    argument_text,
    content_of,
    finish_of,
    mean_logprob,
    no_reply,
    parse,
    raise_if_error,
    reasoning_of,
    string,
    usage_of,
)
from agentkit.wire.dialect import Dialect
from agentkit.wire.pieces import REPETITION, Pieces
from agentkit.wire.refuse import excerpt


class StreamDecoder:
    """Adds up the chunks of a streamed reply.

    Args:
        dialect: How the server writes.
        max_chars: Most characters of text, reasoning and arguments together; more is a `ProtocolError`.

    Attributes:
        pieces: How many pieces of an answer have come; events that add nothing do not count.
        done: Whether the server said that this is all.
    """

    __slots__ = (
        "_calls", "_chars", "_dialect", "_finish", "_id", "_logprobs", "_max_chars", "_model", "_reasoning", "_simulated",
        "_text", "_usage", "done", "pieces",
    )  # fmt: skip

    def __init__(self, dialect: Dialect, *, max_chars: int = 8_000_000) -> None:
        self.pieces = 0
        self.done = False
        self._dialect = dialect
        self._max_chars = max_chars
        self._chars = 0
        self._text = Pieces()
        self._reasoning = Pieces()
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
        if self.done:
            return
        if data == b"[DONE]":
            self.done = True
            return
        chunk = parse(data)
        choices = chunk.get("choices")
        if not json.is_array(choices) or chunk.get("error"):
            raise_if_error(chunk)
            no_reply("A chunk has no choices", data)
        if not self._model:
            self._model = string(chunk.get("model"))
            self._id = string(chunk.get("id"))
            self._simulated = chunk.get("system_fingerprint") == SIMULATED_FINGERPRINT
        if chunk.get("usage"):
            self._usage = chunk["usage"]  # the last one counts: vLLM can send it with every chunk
        for choice in choices:
            if not json.is_object(choice):
                no_reply("A chunk's choice is no object", data)
            fields = choice
            if fields.get("index", 0) != 0:
                continue
            yield from self._feed_delta(fields.get("delta") or {}, data)
            if fields.get("logprobs"):
                self._logprobs.append(fields["logprobs"])
            if fields.get("finish_reason") is not None:
                self.pieces += self._finish is None
                self._finish = fields["finish_reason"]

    def _feed_delta(self, delta: Any, data: bytes) -> Iterator[TextDelta | ReasoningDelta]:
        if not json.is_object(delta):
            no_reply("A chunk's delta is no object", data)
        fields = delta
        content = fields.get("content")
        text, reasoning = (content, "") if isinstance(content, str) else content_of(content, data)
        reasoning = reasoning_of(fields, self._dialect, data) or reasoning
        if reasoning:
            self._add(reasoning, self._reasoning)
            yield ReasoningDelta(reasoning)
        if text:
            self._add(text, self._text)
            yield TextDelta(text)
        if fields.get("tool_calls"):
            self._feed_calls(fields["tool_calls"], data)

    def _feed_calls(self, deltas: Any, data: bytes) -> None:
        if not json.is_array(deltas):
            no_reply("A chunk's tool_calls is no list", data)
        for delta in deltas:
            index = delta.get("index") if json.is_object(delta) else None
            if not isinstance(index, int):
                no_reply("A tool call's delta has no index", data)
            fields = delta
            parts = self._calls.setdefault(index, _CallParts())
            function: Any = fields.get("function") or {}
            if not json.is_object(function):
                no_reply("A tool call's delta has no function", data)
            name, arguments = function.get("name"), function.get("arguments")
            call_id = fields.get("id")
            if isinstance(call_id, str) and call_id:
                if parts.id not in ("", call_id):
                    no_reply(
                        "Two tool calls share one index", data
                    )  # whose arguments are whose would be a guess
                parts.id = call_id
            if isinstance(name, str) and name:
                self._grow(len(name))
                parts.name += name
            if arguments is not None:
                self._add(argument_text(arguments), parts.arguments)

    def _add(self, piece: str, pieces: Pieces) -> None:
        if not piece:
            return
        self._grow(len(piece))
        if unit := pieces.append(piece):
            raise ProtocolError(
                f"The model repeats itself: the last {REPETITION} characters are {excerpt(repr(unit), 80)}"
                " over and over; the request was given up.",
                hint="Raise the temperature or set Sampling(repetition_penalty=...); where the repetition is"
                " wanted, use Backend(stream=False).",
            )

    def _grow(self, chars: int) -> None:
        self.pieces += 1
        self._chars += chars
        if self._chars > self._max_chars:
            raise ProtocolError(
                f"The stream went on beyond {self._max_chars} characters; the request was given up.",
                hint="Set Sampling(max_tokens=...); the model may be repeating itself.",
            )

    def finish(self, broken: BackendError | None = None) -> ModelReply:
        """Return the whole reply after the stream's end.

        Args:
            broken: How the connection broke, where it did.

        Raises:
            IncompleteStream: No finish reason came, so the stream was cut.
        """
        text, reasoning = str(self._text), str(self._reasoning)
        if self._finish is None:
            what = broken.message.rstrip(".") if broken is not None else "The stream ended"
            raise IncompleteStream(
                f"{what} without a finish reason, after {len(text)} characters of text.",
                hint="The server or a proxy cut the connection; look at its log and its timeouts.",
                partial=text,
            )
        calls = tuple(
            ToolCall(id=parts.id, name=parts.name, arguments=str(parts.arguments))
            for _, parts in sorted(self._calls.items())
        )
        return ModelReply(
            message=AssistantMessage(text=text, reasoning=reasoning, tool_calls=calls),
            finish=finish_of(self._finish, calls, b""),
            usage=usage_of(self._usage, text, reasoning, calls),
            model=self._model,
            simulated=self._simulated,
            request_id=self._id,
            logprob=mean_logprob(self._logprobs),
        )


class _CallParts:
    """One call of a streamed reply, as far as it has come."""

    __slots__ = ("arguments", "id", "name")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments = Pieces()
