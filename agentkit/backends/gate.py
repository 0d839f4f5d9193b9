"""A cap on concurrent requests that holds across event loops and threads."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType

import anyio

from agentkit._util.library import runs_trio
from agentkit.errors import BackendTimeout


class Gate:
    """At most `limit` holders at a time, whatever loop or thread they run in; first come, first served.

    anyio's own limiter belongs to one event loop, and a backend is shared between loops.
    """

    def __init__(self, limit: int) -> None:
        self._lock = threading.Lock()
        self._free = limit
        self._waiters: deque[_Waiter] = deque()

    def hold(self, *, deadline: float | None = None) -> Held:
        """Hold one place.

        Args:
            deadline: Absolute `anyio.current_time()` until which to wait.

        Raises:
            BackendTimeout: No place came free in time.
        """
        return Held(self, deadline)

    async def take(self, deadline: float | None) -> None:
        """Take a place; see `hold`."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return
            waiter = _Waiter()
            self._waiters.append(waiter)
        try:
            with anyio.fail_after(None if deadline is None else max(0.0, deadline - anyio.current_time())):
                await waiter.event.wait()
        except BaseException as error:
            with self._lock:
                if not waiter.granted:
                    self._waiters.remove(waiter)
            if waiter.granted:
                self.release()
            if not isinstance(error, TimeoutError):
                raise
        else:
            return
        raise BackendTimeout(
            "No place among the backend's concurrent requests came free before the deadline.",
            hint="Raise max_concurrency or Limits(seconds=...).",
            phase="queue",
            costs_nothing=True,
        )

    def release(self) -> None:
        """Give a place back."""
        while True:
            with self._lock:
                if not self._waiters:
                    self._free += 1
                    return
                waiter = self._waiters.popleft()
                waiter.granted = True
            if waiter.wake():
                return


class Held:
    """One place of a gate, for as long as a block lasts."""

    __slots__ = ("_deadline", "_gate")

    def __init__(self, gate: Gate, deadline: float | None) -> None:
        self._gate = gate
        self._deadline = deadline

    async def __aenter__(self) -> None:
        await self._gate.take(self._deadline)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gate.release()


class _Waiter:
    """One task that waits, and how to wake it from any thread."""

    def __init__(self) -> None:
        self.event = anyio.Event()
        self.granted = False
        self._schedule = _scheduler()

    def wake(self) -> bool:
        """Wake the task; False where its loop is gone."""
        try:
            self._schedule(self.event.set)
        except RuntimeError:
            return False
        return True


def _scheduler() -> Callable[[Callable[[], None]], object]:
    if runs_trio():
        import trio.lowlevel  # only where the caller runs on trio

        return trio.lowlevel.current_trio_token().run_sync_soon
    return asyncio.get_running_loop().call_soon_threadsafe
