"""Which asynchronous library is running."""

from __future__ import annotations

import asyncio
import sys

import anyio


def runs_trio() -> bool:
    """Whether the caller runs in a trio event loop; trio is not imported to find out."""
    trio = sys.modules.get("trio")
    return trio is not None and bool(trio.lowlevel.in_trio_run())


def now() -> float:
    """Return `anyio.current_time()`; under asyncio without finding out each time which library runs."""
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        return anyio.current_time()
    return asyncio.get_running_loop().time()


def is_cancelled() -> bool:
    """Whether the current task is being cancelled, rather than waiting for something that was.

    trio raises its `Cancelled` for the former alone.
    """
    if runs_trio():
        return True
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
