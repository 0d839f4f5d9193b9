"""One thing per event loop, closed when its loop ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Generic, TypeVar

import anyio
from anyio.lowlevel import RunVar

T = TypeVar("T")


class PerLoop(Generic[T]):
    """Makes one `T` for each event loop and closes it with the loop.

    Connections belong to the loop that opened them: one aiohttp-backed client across two `asyncio.run` calls
    was measured to fail. A loop closes its asynchronous generators when it ends (`asyncio.run`, `anyio.run` and
    trio all do), so each `T` is held by one.

    Args:
        close: Closes it.
    """

    def __init__(self, close: Callable[[T], Awaitable[None]]) -> None:
        self._close = close
        self._held: RunVar[tuple[T, AsyncGenerator[T, None]] | None] = RunVar(f"agentkit.PerLoop.{id(self)}")
        self._making: RunVar[anyio.Lock] = RunVar(f"agentkit.PerLoop.making.{id(self)}")

    async def get(self, make: Callable[[], T]) -> T:
        """Return this loop's `T`, made on the first call, in a worker thread: imports and TLS take long."""
        held = self._held.get(None)
        if held is not None:
            return held[0]
        lock = self._making.get(None)
        if lock is None:
            lock = anyio.Lock()
            self._making.set(lock)
        async with lock:
            held = self._held.get(None)
            if held is not None:
                return held[0]
            keeper = self._keep(await anyio.to_thread.run_sync(make))
            made = await anext(keeper)
            self._held.set((made, keeper))
            return made

    async def close(self) -> None:
        """Close this loop's `T`, if there is one; the next `get` makes a new one."""
        held = self._held.get(None)
        if held is not None:
            await held[1].aclose()

    async def _keep(self, made: T) -> AsyncGenerator[T, None]:
        try:
            yield made
        finally:
            self._held.set(None)
            with anyio.CancelScope(shield=True):
                await self._close(made)
