"""Work off the event loop, within a time limit, without piling up threads that never end."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

T = TypeVar("T")

MOST_ABANDONED = 4
"""So many threads may run on after their time; then nothing is started until one of them ends."""

_PLACES = min(4, os.cpu_count() or 1)
_places: RunVar[anyio.CapacityLimiter] = RunVar("agentkit.vision.places")
_lock = threading.Lock()
_abandoned: list[object] = []


class TooManyAbandoned(Exception):
    """`MOST_ABANDONED` threads still run on work that was given up."""


async def off_loop(work: Callable[[], T], *, seconds: float) -> T:
    """Run a function in a thread and return its result; waiting for a free place is not counted.

    Raises:
        TimeoutError: It took longer than `seconds`; the thread is left to itself.
        TooManyAbandoned: Too many earlier threads were left to themselves and still run.
    """
    async with _limiter():
        with _lock:
            if len(_abandoned) >= MOST_ABANDONED:
                raise TooManyAbandoned
        job = _Job(work)
        with anyio.move_on_after(seconds):
            try:
                # A limiter of its own: the place above is given back here and not by anyio
                own = anyio.CapacityLimiter(1)
                return await anyio.to_thread.run_sync(job.run, abandon_on_cancel=True, limiter=own)
            finally:
                job.leave()
    raise TimeoutError


def _limiter() -> anyio.CapacityLimiter:
    limiter = _places.get(None)
    if limiter is None:
        limiter = anyio.CapacityLimiter(_PLACES)
        _places.set(limiter)
    return limiter


class _Job(Generic[T]):
    """Work in a thread that may outlive the wait for it."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._runs = False
        self._left = False

    def run(self) -> T:
        with _lock:
            if self._left:
                raise RuntimeError("nobody waits for this any more")
            self._runs = True
        try:
            return self._work()
        finally:
            with _lock:
                self._runs = False
                if self._left:
                    _abandoned.remove(self)

    def leave(self) -> None:
        with _lock:
            self._left = True
            if self._runs:
                _abandoned.append(self)
