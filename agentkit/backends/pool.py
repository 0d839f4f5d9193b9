"""One thing per event loop, closed when its loop ends."""

from __future__ import annotations

import asyncio
import contextvars
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

import anyio
from anyio.lowlevel import RunVar

from agentkit._util.library import runs_trio

T = TypeVar("T")


class PerLoop(Generic[T]):
    """Makes one `T` for each event loop and closes it with the loop, or when nobody holds the `PerLoop` any more.

    Connections belong to the loop that opened them: one aiohttp-backed client across two `asyncio.run` calls
    was measured to fail. A loop closes its asynchronous generators when it ends (`asyncio.run`, `anyio.run` and
    trio all do), so each `T` is held by one, and the loop keeps that until its end. Where the `PerLoop` is dropped before,
    from whatever thread, asyncio closes the `T` in the loop that it belongs to; trio does at the loop's end.

    Args:
        close: Closes it.
    """

    def __init__(self, close: Callable[[T], Awaitable[None]]) -> None:
        self._close = close
        self._last: weakref.ref[_Held[T]] | None = None  # most use one loop, and need not look for its own

    async def get(self, make: Callable[[], T]) -> T:
        """Return this loop's `T`, made on the first call, in a worker thread: imports and TLS take long."""
        last = None if self._last is None else self._last()
        if last is not None and not last.closed and last.runs_here():
            return last.thing
        slots = _slots()
        slot: _Slot[T] = slots.get(self) or slots.setdefault(self, _Slot())
        if slot.held is None or slot.held.closed:
            async with slot.making:
                if slot.held is None or slot.held.closed:
                    slot.held = await self._hold(await anyio.to_thread.run_sync(make))
        self._last = weakref.ref(slot.held)
        return slot.held.thing

    async def _hold(self, thing: T) -> _Held[T]:
        held = _Held(thing)
        kept = _kept()
        held.keeper = _keep(held, self._close, kept)
        await anext(held.keeper)
        kept.add(held)
        if not runs_trio():
            held.dropped = weakref.finalize(self, _drop, asyncio.get_running_loop(), held.keeper)
            held.dropped.atexit = False
        return held

    async def close(self) -> None:
        """Close this loop's `T`, if there is one; the next `get` makes a new one."""
        slot = _slots().get(self)
        if slot is not None and slot.held is not None and slot.held.keeper is not None:
            await slot.held.keeper.aclose()


class _Held(Generic[T]):
    """A `T`, what keeps it, and whether it is closed or about to be."""

    __slots__ = ("__weakref__", "closed", "dropped", "keeper", "loop", "thing")

    def __init__(self, thing: T) -> None:
        self.thing = thing
        # weak, as the loop holds what is kept for it
        self.loop = None if runs_trio() else weakref.ref(asyncio.get_running_loop())
        self.closed = False
        self.keeper: AsyncGenerator[None, None] | None = None
        self.dropped: weakref.finalize[..., Any] | None = None

    def runs_here(self) -> bool:
        """Whether it surely belongs to the running loop; of trio's that is not told."""
        return self.loop is not None and not runs_trio() and self.loop() is asyncio.get_running_loop()


class _Slot(Generic[T]):
    """What one `PerLoop` has in one event loop."""

    __slots__ = ("held", "making")

    def __init__(self) -> None:
        self.held: _Held[T] | None = None
        self.making = anyio.Lock()


async def _keep(
    held: _Held[T], close: Callable[[T], Awaitable[None]], kept: set[_Held[Any]]
) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        held.closed = True
        if held.dropped is not None:
            held.dropped.detach()
        with anyio.CancelScope(shield=True):
            await close(held.thing)
        kept.discard(held)


def _drop(loop: asyncio.AbstractEventLoop, keeper: AsyncGenerator[None, None]) -> None:
    # whoever dropped it may run on trio, and its context would say so in this loop, too
    with suppress(RuntimeError):  # the loop is closed, and so is what it kept
        loop.call_soon_threadsafe(_start_closing, loop, keeper, context=contextvars.Context())


def _start_closing(loop: asyncio.AbstractEventLoop, keeper: AsyncGenerator[None, None]) -> None:
    task = loop.create_task(_finish(keeper))
    _closing.add(task)
    task.add_done_callback(_closing.discard)


async def _finish(keeper: AsyncGenerator[None, None]) -> None:
    with suppress(RuntimeError):  # the loop comes to its end and is closing it at this moment
        await keeper.aclose()


_closing: set[asyncio.Task[None]] = set()
"""Tasks that nobody else holds."""

_slots_of_loop: RunVar[weakref.WeakKeyDictionary[PerLoop[Any], _Slot[Any]]] = RunVar("agentkit.PerLoop.slots")
_kept_by_loop: RunVar[set[_Held[Any]]] = RunVar("agentkit.PerLoop.kept")


def _slots() -> weakref.WeakKeyDictionary[PerLoop[Any], _Slot[Any]]:
    try:
        return _slots_of_loop.get()
    except LookupError:
        slots: weakref.WeakKeyDictionary[PerLoop[Any], _Slot[Any]] = weakref.WeakKeyDictionary()
        _slots_of_loop.set(slots)
        return slots


def _kept() -> set[_Held[Any]]:
    try:
        return _kept_by_loop.get()
    except LookupError:
        kept: set[_Held[Any]] = set()
        _kept_by_loop.set(kept)
        return kept
