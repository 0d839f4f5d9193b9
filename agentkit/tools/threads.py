"""Threads for synchronous tools: bounded in number, and left to themselves when they outlive their time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

MOST_ABANDONED = 8
"""So many threads of one tool may run on after their time; then the tool is refused until one ends."""

MOST_ABANDONED_IN_ALL = 32
"""So many of all tools together; from then on a tool is refused for a single one. Tools that never hung go on."""

MOST_THREADS = 64
"""Threads of one event loop that run synchronous tools at the same time."""


class TooManyAbandoned(Exception):
    """Too many threads, of this tool or of all tools, still run on work that was given up."""


class OutOfTime(Exception):
    """The time was over; `.abandoned` says whether a thread still runs."""

    def __init__(self, *, abandoned: bool) -> None:
        super().__init__()
        self.abandoned = abandoned


_running_on: Counter[str] = Counter()
_ever = 0
_lock = threading.Lock()


def abandoned_threads() -> tuple[int, int]:
    """Return how many threads still run after their tool's time, and how many ever did."""
    with _lock:
        return _running_on.total(), _ever


async def run_in_thread(work: Callable[[], Any], *, key: str, seconds: float | None) -> Any:
    """Call a function in a thread.

    Args:
        work: The call.
        key: Whose threads are counted together. A name, because a function that is made anew for each run must not
            count as another tool.
        seconds: Time for it, waiting for a free thread included.

    Raises:
        TooManyAbandoned: Nothing was started.
        OutOfTime: The time was over.
    """
    with _lock:
        if _running_on[key] >= (MOST_ABANDONED if _running_on.total() < MOST_ABANDONED_IN_ALL else 1):
            raise TooManyAbandoned
    job = _Job(work, key)
    with anyio.move_on_after(seconds) as scope:
        try:
            # anyio frees an abandoned thread's place at once; the two bounds above say how many there can be
            held = await anyio.to_thread.run_sync(job.run, abandon_on_cancel=True, limiter=_threads())
            return held[0]
        finally:
            job.leave()
    assert scope.cancelled_caught
    raise OutOfTime(abandoned=job.abandoned)


_limiter: RunVar[anyio.CapacityLimiter] = RunVar("agentkit.tools.threads")


def _threads() -> anyio.CapacityLimiter:
    """Return the running loop's bound on threads for tools, apart from the application's own."""
    limiter = _limiter.get(None)
    if limiter is None:
        limiter = anyio.CapacityLimiter(MOST_THREADS)
        _limiter.set(limiter)
    return limiter


class _Job:
    """A call in a thread that may outlive the wait for it."""

    def __init__(self, work: Callable[[], Any], key: str) -> None:
        self.abandoned = False
        self._work = work
        self._key = key
        self._runs = False
        self._left = False

    def run(self) -> tuple[Any, ...]:
        """Return the result, held in a tuple: trio lets no awaitable out of a thread."""
        with _lock:
            if self._left:  # nobody waits any more: nothing is begun
                return ()
            self._runs = True
        try:
            return (self._work(),)
        finally:
            with _lock:
                self._runs = False
                if self.abandoned:
                    _running_on[self._key] -= 1

    def leave(self) -> None:
        global _ever  # noqa: PLW0603  (a count of the process)
        with _lock:
            self._left = True
            if self._runs:
                self.abandoned = True
                _running_on[self._key] += 1
                _ever += 1
