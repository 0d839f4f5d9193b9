"""One shared event loop in a thread of its own, for synchronous callers."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

T = TypeVar("T")

_lock = threading.Lock()
_portal: BlockingPortal | None = None
_holder: AbstractContextManager[BlockingPortal] | None = None
_thread_id: int | None = None
_of_the_parent: list[object] = []


def in_portal() -> bool:
    """Whether the caller runs in the shared loop's own thread, where blocking on it would never end."""
    return threading.get_ident() == _thread_id


def call(function: Callable[[], Awaitable[T]]) -> T:
    """Run a coroutine function in the shared loop and wait for its result; callable from any other thread.

    Whatever ends the wait (an interrupt, say) cancels the function.
    """
    future = _start().start_task_soon(function)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def _start() -> BlockingPortal:
    global _portal, _holder, _thread_id  # noqa: PLW0603  (one per process, by design)
    with _lock:
        if _portal is None:
            _holder = start_blocking_portal(backend="asyncio", name="agentkit-sync")
            _portal = _holder.__enter__()
            _thread_id = _portal.call(threading.get_ident)
            atexit.register(_stop)
        return _portal


def _forget() -> None:
    """In a forked child the loop's thread is gone; the next call starts another."""
    global _lock, _portal, _holder, _thread_id
    _of_the_parent.append(_holder)  # dropping it would wait for the thread
    _lock, _portal, _holder, _thread_id = threading.Lock(), None, None, None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def _stop() -> None:
    global _portal, _holder, _thread_id
    with _lock:
        holder, _holder, _portal, _thread_id = _holder, None, None, None
    if holder is not None:
        holder.__exit__(None, None, None)
