"""One absolute deadline for a run and everything that it starts."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Never

import anyio

from agentkit._util.library import now
from agentkit.errors import DeadlineExceeded

_inherited: ContextVar[float | None] = ContextVar("agentkit.deadline", default=None)
"""`time.monotonic()` at which the surrounding run must be over: every event loop has a clock of its own."""


def raise_deadline(seconds: float | None) -> Never:
    """Raise the error for a run whose time is over."""
    raise DeadlineExceeded(
        f"The run did not end within {seconds or 0:.3g} s.",
        hint="Raise Limits(seconds=...), or ask for less.",
        limit="seconds",
    )


class Inherited:
    """Tells every agent that runs inside a block the run's deadline; whoever waits there bounds the wait himself.

    Args:
        deadline: Absolute `anyio.current_time()`, or None for no bound.
    """

    __slots__ = ("_deadline", "_token")

    def __init__(self, deadline: float | None) -> None:
        self._deadline = deadline
        self._token: Token[float | None] | None = None

    def __enter__(self) -> None:
        if self._deadline is not None:
            self._token = _inherited.set(time.monotonic() + self._deadline - now())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            _inherited.reset(self._token)


@contextmanager
def held_to(deadline: float | None, seconds: float | None) -> Generator[None]:
    """Bound a wait, and every agent that runs inside it, by a run's deadline.

    Args:
        deadline: Absolute `anyio.current_time()`, or None for no bound.
        seconds: The whole run's bound, for the message.

    Raises:
        DeadlineExceeded: The deadline passed.
    """
    if deadline is None:
        yield
        return
    with Inherited(deadline), anyio.move_on_at(deadline) as scope:
        yield
    if scope.cancelled_caught:
        raise_deadline(seconds)


def seconds_left() -> float | None:
    """Return the seconds that a surrounding run has left, also in a thread that a tool runs in, or None."""
    until = _inherited.get()
    return None if until is None else max(0.001, until - time.monotonic())
