"""Work off the event loop: bounded in time, and in what it leaves behind."""

from __future__ import annotations

import threading

import anyio
import anyio.lowlevel
import PIL.Image
import pytest

from agentkit import Image
from agentkit.errors import InvalidImage
from agentkit.vision import threads
from agentkit.vision.budget import ImageBudget
from agentkit.vision.threads import MOST_ABANDONED, TooManyAbandoned, off_loop

pytestmark = pytest.mark.anyio


async def all_ended() -> None:
    with anyio.fail_after(5):
        while threads._abandoned:
            await anyio.lowlevel.checkpoint()


async def test_the_result_and_the_error_of_the_work_come_back() -> None:
    assert await off_loop(lambda: threading.get_ident(), seconds=5) != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        await off_loop(lambda: 1 // 0, seconds=5)
    assert threads._abandoned == []


async def test_work_that_outlives_its_time_is_left_and_so_many_at_most() -> None:
    release = threading.Event()
    try:
        for _ in range(MOST_ABANDONED):
            with pytest.raises(TimeoutError):
                await off_loop(lambda: release.wait(30), seconds=0.01)
        with pytest.raises(TooManyAbandoned):
            await off_loop(lambda: None, seconds=5)
    finally:
        release.set()
    await all_ended()
    assert await off_loop(lambda: 7, seconds=5) == 7


async def test_a_cancelled_wait_leaves_its_thread_counted_until_it_ends() -> None:
    release, begun = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        release.wait(30)

    async with anyio.create_task_group() as group:
        group.start_soon(lambda: off_loop(work, seconds=30))
        with anyio.fail_after(5):
            while not begun.is_set():
                await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()
    assert len(threads._abandoned) == 1
    release.set()
    await all_ended()


async def test_a_picture_that_takes_too_long_or_waits_behind_such_ones_is_a_typed_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release = threading.Event()
    slow = Image(PIL.Image.new("RGB", (9, 9)), name="slow.png", budget=ImageBudget(seconds=0.01))
    monkeypatch.setattr(slow, "prepare", lambda: release.wait(30))
    try:
        for _ in range(MOST_ABANDONED):
            with pytest.raises(InvalidImage, match=r"slow\.png was not decoded within 0\.01 s"):
                await slow.prepare_async()
        with pytest.raises(InvalidImage, match="several earlier pictures"):
            await Image(PIL.Image.new("RGB", (9, 9))).prepare_async()
    finally:
        release.set()
    await all_ended()


async def test_many_pictures_are_prepared_side_by_side_on_either_event_loop() -> None:
    images = [Image(PIL.Image.new("RGB", (30 + n, 30), "red")) for n in range(12)]
    widths: dict[int, int] = {}

    async def prepare(index: int) -> None:
        widths[index] = (await images[index].prepare_async()).width

    async with anyio.create_task_group() as group:
        for index in range(12):
            group.start_soon(prepare, index)
    assert [widths[index] for index in range(12)] == [30 + n for n in range(12)]
