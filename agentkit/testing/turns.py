"""What a simulated model says in one reply, and how the reply may fail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSpec:
    """A tool call to make.

    Attributes:
        name: Name of the tool.
        arguments: Data, or the raw text that the model would have written.
        id: Its id; made up in the dialect's form where None.
    """

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict[str, Any])
    id: str | None = None

    @property
    def text(self) -> str:
        """The arguments as text."""
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How a reply fails.

    Attributes:
        kind: `status`: an error response. `drop`: the connection breaks before any byte. `cut`: a stream breaks off
            after `after` pieces (an unstreamed body in its middle). `end`: a stream ends properly, but without finish
            reason and [DONE]. `stall`: silence after `after` pieces until the client leaves. `babble`: the text again
            and again until the client leaves. `raw`: a body of one's own. `event`: an error event in the stream.
        status: HTTP status.
        body: Body of `raw`, message of `status` and `event`.
        headers: Further headers.
        after: Pieces of about four characters that are sent first.
        comments: Whether a stall sends keep-alive comments.
    """

    kind: Literal["status", "drop", "cut", "end", "stall", "babble", "raw", "event"]
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    after: int = 0
    comments: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One reply of the simulated model, before the server's limits and quirks.

    Attributes:
        text: What it answers.
        reasoning: What it thinks first.
        calls: Tools it calls after the text.
        fault: How the reply fails.
        delay: Seconds before the first byte.
        gap: Seconds between two pieces of a stream.
    """

    text: str = ""
    reasoning: str = ""
    calls: tuple[CallSpec, ...] = ()
    fault: Fault | None = None
    delay: float = 0.0
    gap: float = 0.0


def say(text: str, *, think: str = "") -> Turn:
    """Answer with a text."""
    return Turn(text=text, reasoning=think)


def say_json(value: Any, *, think: str = "") -> Turn:
    """Answer with JSON."""
    return Turn(text=json.dumps(value, ensure_ascii=False), reasoning=think)


def call(
    name: str,
    arguments: Mapping[str, Any] | str | None = None,
    *,
    think: str = "",
    text: str = "",
    call_id: str | None = None,
) -> Turn:
    """Call one tool, perhaps after a text."""
    spec = CallSpec(name=name, arguments={} if arguments is None else arguments, id=call_id)
    return Turn(reasoning=think, text=text, calls=(spec,))


def calls(*specs: tuple[str, Mapping[str, Any] | str] | CallSpec, think: str = "", text: str = "") -> Turn:
    """Call several tools in one reply, each given as (name, arguments) or as a `CallSpec`."""
    made = (
        spec if isinstance(spec, CallSpec) else CallSpec(name=spec[0], arguments=spec[1]) for spec in specs
    )
    return Turn(reasoning=think, text=text, calls=tuple(made))


def slowly(turn: Turn, *, before: float = 0.0, between: float = 0.0) -> Turn:
    """Wait some seconds before the first byte and between the pieces of a stream."""
    return replace(turn, delay=before, gap=between)


def fail(status: int, message: str = "simulated failure", **headers: str) -> Turn:
    """Answer with an HTTP error in the dialect's form; headers by keyword, `retry_after="2"` for Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Turn(fault=Fault(kind="status", status=status, body=message.encode(), headers=named))


def drop() -> Turn:
    """Break the connection before any byte."""
    return Turn(fault=Fault(kind="drop"))


def cut(text: str, *, think: str = "", after: int = 1, clean: bool = False) -> Turn:
    """Begin an answer that never gets a finish reason.

    Args:
        text: What the whole answer would have been.
        think: Its reasoning.
        after: Pieces that arrive.
        clean: Whether the body ends properly; else the connection breaks.
    """
    return Turn(text=text, reasoning=think, fault=Fault(kind="end" if clean else "cut", after=after))


def stall(text: str = "", *, after: int = 0, comments: bool = False) -> Turn:
    """Begin an answer and fall silent after some pieces, until the client leaves or the server stops.

    Args:
        text: What the whole answer would have been.
        after: Pieces that arrive.
        comments: Whether keep-alive comments go on for ever.
    """
    return Turn(text=text, fault=Fault(kind="stall", after=after, comments=comments))


def babble(text: str) -> Turn:
    """Repeat a text in a stream until the client leaves or the server stops; unstreamed, a stall."""
    return Turn(text=text, fault=Fault(kind="babble"))


def fail_midway(text: str, message: str = "simulated failure", *, after: int = 1) -> Turn:
    """Begin a stream and report an error in it, after HTTP 200; unstreamed, a plain HTTP 500."""
    return Turn(text=text, fault=Fault(kind="event", status=500, body=message.encode(), after=after))


def raw(
    body: bytes | str, *, status: int = 200, content_type: str = "application/json", **headers: str
) -> Turn:
    """Answer with a body of one's own: HTML, invalid UTF-8, nothing, JSON where a stream was asked for."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = body.encode() if isinstance(body, str) else body
    fault = Fault(kind="raw", status=status, body=data, headers={**named, "Content-Type": content_type})
    return Turn(fault=fault)


def raw_events(*events: Mapping[str, Any] | str | bytes, done: bool = True) -> Turn:
    """Answer with a stream of one's own.

    Args:
        events: Data of each event: an object, or text that is sent as it is.
        done: Whether [DONE] follows.
    """
    datas = [json.dumps(event) if isinstance(event, Mapping) else event for event in events]
    lines = [data.encode() if isinstance(data, str) else data for data in [*datas, *["[DONE]"] * done]]
    body = b"".join(b"data: " + line + b"\n\n" for line in lines)
    return raw(body, content_type="text/event-stream")
