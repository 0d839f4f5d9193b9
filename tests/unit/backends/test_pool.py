"""Connections are closed by the loop that they belong to, whoever lets go of them, and when."""

from __future__ import annotations

import asyncio
import gc
import threading

import anyio
import anyio.lowlevel

from agentkit._util import portal
from agentkit.backends.pool import PerLoop


class Thing:
    """Remembers in which thread it was closed."""

    def __init__(self) -> None:
        self.closed_in: list[int] = []

    async def close(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.closed_in.append(threading.get_ident())


async def hold(pool: PerLoop[Thing], thing: Thing) -> int:
    assert await pool.get(lambda: thing) is thing
    return threading.get_ident()


def test_the_loop_s_end_closes_what_it_keeps() -> None:
    thing, pool = Thing(), PerLoop(Thing.close)
    assert [asyncio.run(hold(pool, thing))] == thing.closed_in


def test_what_is_dropped_right_before_the_loop_s_end_is_closed_once() -> None:
    async def main(thing: Thing) -> None:
        await hold(PerLoop(Thing.close), thing)

    for _ in range(50):
        thing = Thing()
        asyncio.run(main(thing))
        assert len(thing.closed_in) == 1


def test_what_is_dropped_is_closed_in_its_own_loop_while_that_goes_on() -> None:
    thing, held = Thing(), [PerLoop(Thing.close)]
    at_home = portal.call(lambda: hold(held[0], thing))
    held.clear()
    gc.collect()
    portal.call(settled)
    assert thing.closed_in == [at_home]


def test_what_a_task_on_trio_drops_is_closed_in_its_asyncio_loop() -> None:
    thing, held = Thing(), [PerLoop(Thing.close)]
    at_home = portal.call(lambda: hold(held[0], thing))

    async def drop() -> None:
        held.clear()
        gc.collect()

    anyio.run(drop, backend="trio")
    portal.call(settled)
    assert thing.closed_in == [at_home]


async def settled() -> None:
    """Let what is ready in this loop go on for a while."""
    for _ in range(20):
        await asyncio.sleep(0)
