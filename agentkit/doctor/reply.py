"""A server's answer, read as far as it can be read; whatever is odd about it is noted, not raised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agentkit._util import json
from agentkit.backends.client import RawReply
from agentkit.errors import BackendError, ProtocolError
from agentkit.wire.refuse import failure, failure_of_event
from agentkit.wire.sse import EventReader

_FRAME = re.compile(r'^(?:https?://\S+: )?The server answered (\d+: )"')
REASONING_FIELDS = ("reasoning", "reasoning_content")
"""Where servers put reasoning in a message or delta; the Mistral API has it in the parts of `content`."""


@dataclass(slots=True, kw_only=True)
class Call:
    """A tool call as it arrived.

    Attributes:
        id: Its id; empty where it has none.
        name: Its name.
        arguments: The arguments' text; JSON data where the server sent data in place of text.
        raw: Whether `arguments` was text.
    """

    id: str = ""
    name: str = ""
    arguments: str = ""
    raw: bool = True

    def value(self) -> Any:
        """Return the arguments as data.

        Raises:
            ValueError: They are no JSON.
        """
        return json.loads(self.arguments)


@dataclass(slots=True, kw_only=True)
class Reply:
    """What came back.

    Attributes:
        status: HTTP status; 0 where there was no answer at all.
        headers: Headers by lower-case name.
        data: The body, or None where it is no JSON object; of a stream the last event.
        body: The body's text.
        error: What went wrong, as agentkit reads it, or None.
        streamed: Whether a stream was asked for.
        text: The answer's text.
        reasoning: The reasoning in a field of its own.
        reasoning_field: The field it was in.
        calls: The tool calls.
        finish: The finish reason; empty where there was none.
        usage: The usage object, or None.
        model: The model that the reply names.
        logprobs: Entries of the log-probabilities.
        pieces: How many events brought text.
        done: Whether a stream ended with [DONE].
        oddities: What is against the protocol, in words.
        seconds: From the request to the end of the answer.
        first: From the request to the first event with content, or to the body.
        late: Whether it was given up because it took too long.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    data: Any = None
    body: str = ""
    error: BackendError | None = None
    streamed: bool = False
    text: str = ""
    reasoning: str = ""
    reasoning_field: str = ""
    calls: list[Call] = field(default_factory=list[Call])
    finish: str = ""
    usage: dict[str, Any] | None = None
    model: str = ""
    logprobs: list[Any] = field(default_factory=list[Any])
    pieces: int = 0
    done: bool = False
    oddities: list[str] = field(default_factory=list[str])
    seconds: float = 0.0
    first: float = 0.0
    late: bool = False

    @property
    def ok(self) -> bool:
        """Whether it is an answer and no error."""
        return self.error is None

    @property
    def refused(self) -> bool:
        """Whether the server said aloud that it will not do this."""
        # an error that the server reported within a 200 reply has a status of its own
        said = not isinstance(self.error, ProtocolError) or self.error.status is not None
        return self.error is not None and (self.status >= 400 or (self.status == 200 and said))

    @property
    def why(self) -> str:
        """Status and message of an error, in short."""
        if self.error is None:
            return str(self.status)
        return shorten(_FRAME.sub(r"\1", self.error.message).rstrip('"'), 140)

    @property
    def hint(self) -> str:
        """What to do about an error."""
        return (
            self.error.hint if self.error else ""
        ) or "Look at the server's log, and at proxies in between."

    @property
    def prompt_tokens(self) -> int | None:
        """Tokens of the prompt, where the server counts any."""
        return self._count("prompt_tokens")

    @property
    def completion_tokens(self) -> int | None:
        """Tokens of the answer, where the server counts any."""
        return self._count("completion_tokens")

    @property
    def reasoning_tokens(self) -> int | None:
        """Tokens of reasoning, where the server says so."""
        usage = self.usage or {}
        details = usage.get("completion_tokens_details")
        counted = (
            details.get("reasoning_tokens") if json.is_object(details) else usage.get("reasoning_tokens")
        )
        return counted if isinstance(counted, int) and not isinstance(counted, bool) else None

    def _count(self, name: str) -> int | None:
        counted = (self.usage or {}).get(name)
        return counted if isinstance(counted, int) and not isinstance(counted, bool) and counted > 0 else None

    def short(self) -> str:
        """Return the decisive part, for the evidence."""
        if not self.ok:
            return (
                self.why
                if self.why.startswith(f"{self.status}:")
                else f"{self.status or 'no answer'}: {self.why}"
            )
        parts = [f"{self.status}", f"finish={self.finish or 'none'}"]
        if self.reasoning:
            parts.append(f"{self.reasoning_field}={shorten(self.reasoning, 40)!r}")
        if self.calls:
            shown = ", ".join(
                f"{call.name}({shorten(call.arguments, 60)}) id={call.id}" for call in self.calls[:3]
            )
            parts.append(f"calls: {shown}")
        if self.text or not self.calls:
            parts.append(f"text={shorten(self.text, 80)!r}")
        if self.usage is not None:
            parts.append(f"usage {self.usage.get('prompt_tokens')}+{self.usage.get('completion_tokens')}")
        parts += self.oddities[:2]
        return ", ".join(parts)


def read_reply(raw: RawReply, *, streamed: bool, chat: bool = True) -> Reply:
    """Read an answer.

    Args:
        raw: What came.
        streamed: Whether a stream was asked for.
        chat: Whether it answers a chat request; else any JSON will do.
    """
    content = b"".join(piece for _, piece in raw.pieces)
    reply = Reply(status=raw.status, headers=raw.headers, streamed=streamed)
    reply.body = content.decode("utf-8", "replace")
    reply.seconds = raw.pieces[-1][0] if raw.pieces else 0.0
    reply.first = raw.pieces[0][0] if raw.pieces else 0.0
    if raw.status >= 300:
        reply.error = failure(raw.status, content)
        reply.data = _parsed(content, reply)
    elif not chat:
        reply.data = _parsed(content, reply)
    elif streamed and content.lstrip()[:1] != b"{":
        _read_stream(raw, reply)
    else:
        if streamed:
            reply.oddities.append("a stream was asked for and a whole body came")
        reply.data = _parsed(content, reply)
        _read_whole(reply)
    reply.late = raw.late
    if raw.problem:
        reply.error = reply.error or ProtocolError(raw.problem)
    return reply


def _parsed(content: bytes, reply: Reply) -> Any:
    try:
        return json.loads(content, unique_keys=False) if content.strip() else None
    except ValueError as error:
        reply.oddities.append(f"the body is no JSON: {error}")
        return None


def _read_whole(reply: Reply) -> None:
    data = reply.data
    if not json.is_object(data):
        reply.error = ProtocolError(f"The body is no JSON object: {shorten(reply.body, 80)!r}")
        return
    reply.error = failure_of_event(data)
    if reply.error is not None:
        return
    choices = data.get("choices")
    if not json.is_array(choices) or not choices or not json.is_object(choices[0]):
        reply.error = ProtocolError(f"The reply has no choices: {shorten(reply.body, 80)!r}")
        return
    choice = choices[0]
    message = choice.get("message")
    if not json.is_object(message):
        reply.error = ProtocolError("The reply's choice has no message.")
        return
    _read_frame(data, choice, reply)
    _read_content(message, reply)
    calls = message.get("tool_calls")
    for call in calls if json.is_array(calls) else []:
        _read_call(call, len(reply.calls), reply)
    if message.get("role") not in ("assistant", None):
        reply.oddities.append(f"the message's role is {message.get('role')!r}")


def _read_stream(raw: RawReply, reply: Reply) -> None:
    reader, places = EventReader(), dict[Any, Call]()
    first = 0.0
    events: list[tuple[float, bytes]] = []
    try:
        for at, piece in raw.pieces:
            events.extend((at, data) for data in reader.feed(piece))
        events.extend((reply.seconds, data) for data in reader.close())
    except BackendError as error:
        reply.error = error
    for at, data in events:
        if data == b"[DONE]":
            reply.done = True
            continue
        event = _parsed(data, reply)
        if not json.is_object(event):
            reply.error = reply.error or ProtocolError(
                f"An event is no JSON object: {shorten(data.decode('utf-8', 'replace'), 80)!r}"
            )
            continue
        reply.data = event
        problem = failure_of_event(event)
        if problem is not None:
            reply.error = problem
            continue
        before = len(reply.text) + len(reply.reasoning) + len(reply.calls)
        _read_event(event, reply, places)
        if not first and len(reply.text) + len(reply.reasoning) + len(reply.calls) > before:
            first = at
    reply.first = first or reply.first
    if not events and reply.error is None:
        reply.error = ProtocolError("The stream holds no events.")


def _read_event(event: dict[str, Any], reply: Reply, places: dict[Any, Call]) -> None:
    choices = event.get("choices")
    choice = choices[0] if json.is_array(choices) and choices and json.is_object(choices[0]) else {}
    _read_frame(event, choice, reply)
    delta = choice.get("delta")
    if not json.is_object(delta):
        return
    if _read_content(delta, reply):
        reply.pieces += 1
    calls = delta.get("tool_calls")
    for part in calls if json.is_array(calls) else []:
        if not json.is_object(part):
            reply.oddities.append("a tool call's delta is no object")
            continue
        index = part.get("index")
        if not isinstance(index, int):
            reply.oddities.append("a tool call's delta has no index")
            index = part.get("id") or (len(places) - 1 if places else 0)
        if index not in places:
            places[index] = Call()
            reply.calls.append(places[index])
        _add_to_call(places[index], part, reply)


def _read_frame(data: dict[str, Any], choice: dict[str, Any], reply: Reply) -> None:
    if isinstance(data.get("model"), str) and data["model"]:
        reply.model = data["model"]
    if json.is_object(data.get("usage")):
        reply.usage = data["usage"]
    if isinstance(choice.get("finish_reason"), str):
        reply.finish = choice["finish_reason"]
    logprobs = choice.get("logprobs")
    entries = logprobs.get("content") if json.is_object(logprobs) else None
    if json.is_array(entries):
        reply.logprobs += entries


def _read_content(message: dict[str, Any], reply: Reply) -> bool:
    """Add text and reasoning; whether there was text."""
    for name in REASONING_FIELDS:
        value = message.get(name)
        if isinstance(value, str) and value:
            reply.reasoning += value
            reply.reasoning_field = name
            break
    content = message.get("content")
    if isinstance(content, str):
        reply.text += content
        return bool(content)
    had = False
    for part in content if json.is_array(content) else []:
        fields: dict[str, Any] = part if json.is_object(part) else {}
        if fields.get("type") == "text" and isinstance(fields.get("text"), str):
            reply.text += fields["text"]
            had = True
        elif fields.get("type") == "thinking":
            reply.reasoning += _thought(fields.get("thinking"))
            reply.reasoning_field = "content"
    return had


def _thought(value: Any) -> str:
    if isinstance(value, str):
        return value
    parts = [part for part in value if json.is_object(part)] if json.is_array(value) else []
    return "".join(part["text"] for part in parts if isinstance(part.get("text"), str))


def _read_call(call: Any, number: int, reply: Reply) -> None:
    if not json.is_object(call) or not json.is_object(call.get("function")):
        reply.oddities.append(f"tool call {number} has no function")
        return
    made = Call()
    reply.calls.append(made)
    _add_to_call(made, call, reply)


def _add_to_call(call: Call, part: dict[str, Any], reply: Reply) -> None:
    if isinstance(part.get("id"), str) and part["id"]:
        call.id = call.id or part["id"]
    function = part.get("function")
    if not json.is_object(function):
        return
    if isinstance(function.get("name"), str):
        call.name += function["name"] if function["name"] != call.name else ""
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        call.arguments += arguments
    elif arguments is not None:
        call.raw = False
        call.arguments += json.dumps(arguments)
        reply.oddities.append("a tool call's arguments are no text")


def shorten(text: str, most: int) -> str:
    """Return a text on one line, cut where it is long, without characters that a terminal would obey."""
    line = " ".join(text.split()) if "\n" in text else text
    line = "".join(character if character.isprintable() else "\ufffd" for character in line[: most + 1])
    return line if len(line) <= most else f"{line[: most - 1]}…"
