"""What a simulated server says in one reply, and how it may fail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSpec:
    """A tool call to make; `arguments` as data, or as the raw text that the model would have written."""

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
        kind: `status`: an error response. `drop`: the connection closes before any byte. `cut`: a stream ends after
            `after` pieces without a finish reason (an unstreamed body is cut in half). `stall`: silence after
            `after` pieces until the client leaves. `raw`: a body of one's own. `event`: an error event in the stream.
        status: HTTP status.
        body: Body of `raw`, or message of `status` and `event`.
        headers: Further headers.
        after: Pieces that are sent first.
    """

    kind: Literal["status", "drop", "cut", "stall", "raw", "event"]
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One reply of the simulated model, before the server's limits and quirks."""

    text: str = ""
    reasoning: str = ""
    calls: tuple[CallSpec, ...] = ()
    fault: Fault | None = None


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
    call_id: str | None = None,
) -> Turn:
    """Call one tool."""
    return Turn(reasoning=think, calls=(CallSpec(name=name, arguments=arguments or {}, id=call_id),))


def calls(*specs: tuple[str, Mapping[str, Any] | str], think: str = "") -> Turn:
    """Call several tools in one reply, each given as (name, arguments)."""
    return Turn(
        reasoning=think, calls=tuple(CallSpec(name=name, arguments=arguments) for name, arguments in specs)
    )


def fail(status: int, message: str = "simulated failure", **headers: str) -> Turn:
    """Answer with an HTTP error; headers by keyword, `retry_after="2"` for Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Turn(fault=Fault(kind="status", status=status, body=message.encode(), headers=named))


def drop() -> Turn:
    """Close the connection before any byte."""
    return Turn(fault=Fault(kind="drop"))


def cut(text: str, *, after: int = 1) -> Turn:
    """Begin an answer and end the stream after some pieces, without a finish reason."""
    return Turn(text=text, fault=Fault(kind="cut", after=after))


def stall(text: str = "", *, after: int = 0) -> Turn:
    """Begin an answer and fall silent after some pieces, until the client leaves."""
    return Turn(text=text, fault=Fault(kind="stall", after=after))


def raw(body: bytes | str, *, status: int = 200, content_type: str = "application/json") -> Turn:
    """Answer with a body of one's own."""
    data = body.encode() if isinstance(body, str) else body
    return Turn(fault=Fault(kind="raw", status=status, body=data, headers={"Content-Type": content_type}))


def fail_midway(text: str, message: str = "simulated failure", *, after: int = 1) -> Turn:
    """Begin a stream and report an error in it, as vLLM does after HTTP 200."""
    return Turn(text=text, fault=Fault(kind="event", status=500, body=message.encode(), after=after))
