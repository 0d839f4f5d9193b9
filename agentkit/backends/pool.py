"""One thing per event loop, closed when its loop ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import anyio
from anyio.lowlevel import RunVar

from agentkit._util.library import runs_trio

T = TypeVar("T")


class PerLoop(Generic[T]):
    """Makes one `T` for each event loop and closes it with the loop, or when nobody holds the `PerLoop` any more.

    Connections belong to the loop that opened them: one aiohttp-backed client across two `asyncio.run` calls
    was measured to fail. A loop closes its asynchronous generators when it ends (`asyncio.run`, `anyio.run` and
    trio all do), so each `T` is held by one. One that is dropped before, from whatever thread, asyncio closes in the
    loop that it belongs to; trio would complain about it, and gets it at the loop's end.

    Args:
        close: Closes it.
    """

    def __init__(self, close: Callable[[T], Awaitable[None]]) -> None:
        self._close = close

    async def get(self, make: Callable[[], T]) -> T:
        """Return this loop's `T`, made on the first call, in a worker thread: imports and TLS take long."""
        slots = _slots()
        slot: _Slot[T] = slots.get(self) or slots.setdefault(self, _Slot())
        if slot.held is None or slot.held.closed:
            async with slot.making:
                if slot.held is None or slot.held.closed:
                    held = _Held(await anyio.to_thread.run_sync(make))
                    slot.keeper = _keep(held, self._close)
                    await anext(slot.keeper)
                    slot.held = held
                    if runs_trio():
                        _kept().append(slot.keeper)
        return slot.held.thing

    async def close(self) -> None:
        """Close this loop's `T`, if there is one; the next `get` makes a new one."""
        slot = _slots().get(self)
        if slot is not None and slot.keeper is not None:
            await slot.keeper.aclose()


class _Held(Generic[T]):
    """A `T`, and whether it is closed or about to be."""

    __slots__ = ("closed", "thing")

    def __init__(self, thing: T) -> None:
        self.thing = thing
        self.closed = False


class _Slot(Generic[T]):
    """What one `PerLoop` has in one event loop.

    References run one way, slot to keeper to `T`: a circle would leave the order of closing to the garbage collector.
    """

    __slots__ = ("held", "keeper", "making")

    def __init__(self) -> None:
        self.held: _Held[T] | None = None
        self.keeper: AsyncGenerator[None, None] | None = None
        self.making = anyio.Lock()


async def _keep(held: _Held[T], close: Callable[[T], Awaitable[None]]) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        held.closed = True
        with anyio.CancelScope(shield=True):
            await close(held.thing)


_slots_of_loop: RunVar[WeakKeyDictionary[PerLoop[Any], _Slot[Any]]] = RunVar("agentkit.PerLoop.slots")
_kept_by_loop: RunVar[list[AsyncGenerator[None, None]]] = RunVar("agentkit.PerLoop.kept")


def _slots() -> WeakKeyDictionary[PerLoop[Any], _Slot[Any]]:
    try:
        return _slots_of_loop.get()
    except LookupError:
        slots: WeakKeyDictionary[PerLoop[Any], _Slot[Any]] = WeakKeyDictionary()
        _slots_of_loop.set(slots)
        return slots


def _kept() -> list[AsyncGenerator[None, None]]:
    try:
        return _kept_by_loop.get()
    except LookupError:
        kept: list[AsyncGenerator[None, None]] = []
        _kept_by_loop.set(kept)
        return kept
