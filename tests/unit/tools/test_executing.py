"""Executing calls: whatever goes wrong becomes a message to the model."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any, Literal

import anyio
import anyio.lowlevel
import pytest
from pydantic import BaseModel

from agentkit import Limits, RetryTool, RunContext, Toolset, tool
from agentkit.protocol.images import ImageData
from agentkit.protocol.messages import ToolCall
from agentkit.tools.execute import Outcome, execute
from agentkit.tools.redact import redact
from agentkit.tools.threads import MOST_ABANDONED, MOST_ABANDONED_IN_ALL, abandoned_threads

pytestmark = pytest.mark.anyio


class Row(BaseModel):
    name: str
    due: date


def context_of(call: ToolCall, deadline: float | None = None) -> RunContext[Any]:
    return RunContext(
        deps={"user": "Ada"},
        run_id="r",
        agent="a",
        call_id=call.id,
        tool_name=call.name,
        step=1,
        deadline=deadline,
        spend=lambda usage: None,
    )


async def run(
    tools: list[Any],
    *calls: tuple[str, str],
    limits: Limits | None = None,
    context: Callable[[ToolCall], RunContext[Any]] = context_of,
) -> list[Outcome]:
    made = [
        ToolCall(id=f"id{number}", name=name, arguments=arguments)
        for number, (name, arguments) in enumerate(calls)
    ]
    return await execute(Toolset(tools), made, context, limits=limits or Limits())


async def one(function: Any, arguments: str = "{}", **options: Any) -> Outcome:
    made = tool(function)
    return (await run([made], (made.name, arguments), **options))[0]


async def test_arguments_arrive_as_the_types_that_were_declared() -> None:
    seen: list[Any] = []

    async def keep(row: Row, kind: Literal["a", "b"], tags: set[str], rate: float = 0.5) -> None:
        """Keep."""
        seen.extend([row, kind, tags, rate])

    outcome = await one(
        keep, '{"row": {"name": "x", "due": "2026-01-02"}, "kind": "b", "tags": ["u", "u"], "rate": 2}'
    )
    assert outcome.error == ""
    assert seen == [Row(name="x", due=date(2026, 1, 2)), "b", {"u"}, 2.0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ('{"n": "1"}', "n: "), ('{"n": true}', "n: "), ("{}", "n: "), ('{"n": 1, "m": 2}', "m: "), ("[1]", "no JSON object"),
        ('{"n": 1', "JSON"), ('{"n": NaN}', "JSON"), ('{"n": 1, "n": 2}', "JSON"), ("nonsense", "JSON"),
    ],
)  # fmt: skip
async def test_arguments_that_do_not_fit_are_told_precisely_and_nothing_is_executed(
    arguments: str, said: str
) -> None:
    called: list[int] = []

    def f(n: int) -> int:
        called.append(n)
        return n

    outcome = await one(f, arguments)
    assert outcome.error == "bad_arguments"
    assert outcome.result.is_error
    assert said in outcome.result.text
    assert called == []


async def test_an_unknown_tool_gets_the_names_there_are() -> None:
    async def find_clause(topic: str) -> str:
        return topic

    outcome = (await run([find_clause], ("find_clauses", "{}")))[0]
    assert outcome.error == "unknown_tool"
    assert "Did you mean find_clause?" in outcome.result.text


async def test_an_exception_becomes_a_short_message_and_leaves_siblings_alone() -> None:
    async def bad() -> str:
        raise ValueError("x" * 9_000)

    def good() -> str:
        return "fine"

    outcomes = await run([bad, good], ("bad", "{}"), ("good", "{}"))
    assert [outcome.error for outcome in outcomes] == ["exception", ""]
    assert len(outcomes[0].result.text) < 2_500
    assert "ValueError" in outcomes[0].result.text
    assert outcomes[1].result.text == "fine"


async def test_a_tool_can_ask_the_model_to_try_again() -> None:
    def f() -> str:
        raise RetryTool("Give the section's id.")

    outcome = await one(f)
    assert (outcome.error, outcome.result.text) == ("retry", "Give the section's id.")


async def test_parallel_calls_run_side_by_side_and_come_back_in_call_order() -> None:
    first, second = anyio.Event(), anyio.Event()

    async def a() -> str:
        first.set()
        await second.wait()
        return "a"

    async def b() -> str:
        await first.wait()
        second.set()
        return "b"

    with anyio.fail_after(5):
        outcomes = await run([a, b], ("a", "{}"), ("b", "{}"))
    assert [outcome.result.text for outcome in outcomes] == ["a", "b"]


async def test_an_async_tool_that_takes_too_long_is_cancelled() -> None:
    ended: list[str] = []

    async def slow() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("cancelled")

    outcome = (await run([tool(slow, timeout=0.02)], ("slow", "{}")))[0]
    assert outcome.error == "timeout"
    assert ended == ["cancelled"]


async def test_a_tools_own_timeout_error_is_its_exception_not_ours() -> None:
    async def f() -> None:
        raise TimeoutError("the database was slow")

    outcome = await one(f)
    assert outcome.error == "exception"
    assert "database" in outcome.result.text


async def test_threads_that_outlive_their_timeout_are_counted_and_cannot_exhaust_the_pool() -> None:
    release = threading.Event()

    def hang() -> str:
        release.wait(30)
        return "late"

    def quick() -> str:
        return "quick"

    tools = [tool(hang, timeout=0.1), quick]  # long enough for the thread to start on a busy machine
    before = abandoned_threads()[1]
    try:
        for _ in range(500):  # on a busy machine a call may time out before its thread has begun
            if abandoned_threads()[0] < MOST_ABANDONED:
                assert (await run(tools, ("hang", "{}")))[0].error in ("abandoned", "timeout")
        assert abandoned_threads()[0] == MOST_ABANDONED
        refused = (await run(tools, ("hang", "{}")))[0]
        assert refused.error == "unavailable"
        assert (await run(tools, ("quick", "{}")))[0].result.text == "quick"
    finally:
        release.set()
    assert abandoned_threads()[1] == before + MOST_ABANDONED
    with anyio.fail_after(5):
        while abandoned_threads()[0]:
            await anyio.lowlevel.checkpoint()
    assert (await run([tool(hang, timeout=5)], ("hang", "{}")))[0].result.text == "late"


async def test_the_runs_deadline_bounds_a_tool_that_has_more_time_of_its_own() -> None:
    async def slow() -> None:
        await anyio.sleep_forever()

    deadline = anyio.current_time() + 0.02
    outcome = (
        await run([tool(slow, timeout=60)], ("slow", "{}"), context=lambda call: context_of(call, deadline))
    )[0]
    assert outcome.error == "timeout"


async def test_a_call_whose_turn_comes_after_the_runs_deadline_is_not_begun() -> None:
    begun: list[str] = []

    async def write(name: str) -> None:
        begun.append(name)
        await anyio.sleep_forever()

    deadline = anyio.current_time() + 0.02
    outcomes = await run(
        [write],
        ("write", '{"name": "a"}'),
        ("write", '{"name": "b"}'),
        limits=Limits(parallel_calls=1),
        context=lambda call: context_of(call, deadline),
    )
    assert len(begun) == 1
    assert [outcome.error for outcome in outcomes] == ["timeout", "timeout"]
    assert sum("not called" in outcome.result.text for outcome in outcomes) == 1


async def test_cancelling_the_run_cancels_its_tools() -> None:
    ended: list[str] = []

    async def slow(name: str) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(name)

    with anyio.move_on_after(0.05):
        await run([slow], ("slow", '{"name": "a"}'), ("slow", '{"name": "b"}'))
    assert sorted(ended) == ["a", "b"]


async def test_context_variables_reach_a_thread_and_the_context_is_injected() -> None:
    variable = contextvars.ContextVar("variable", default="")
    variable.set("here")

    def f(context: RunContext[dict[str, str]], x: int = 1) -> list[Any]:
        return [variable.get(), context.deps["user"], context.call_id, x]

    assert (await one(f)).result.text == '["here","Ada","id0",1]'


PIXEL = ImageData(media_type="image/png", data=b"x", width=1, height=1, sha256="0", tokens=2)


class Later:
    async def prepare_async(self) -> ImageData:
        return PIXEL


@pytest.mark.parametrize(
    ("value", "text", "images"),
    [
        ("plain", "plain", 0), (None, "Done.", 0), ({"a": [1, "é"]}, '{"a":[1,"é"]}', 0), (3, "3", 0),
        (Row(name="n", due=date(2026, 1, 2)), '{"name":"n","due":"2026-01-02"}', 0), (PIXEL, "(1 image follows.)", 1),
        (["Page 3:", Later(), PIXEL], "Page 3:\n\n(2 images follow.)", 2),
    ],
)  # fmt: skip
async def test_what_a_tool_returns_becomes_text_and_images(value: Any, text: str, images: int) -> None:
    def f() -> Any:
        return value

    made = tool(f, name="f")
    outcome = (await run([made], ("f", "{}")))[0]
    assert outcome.error == ""
    assert outcome.result.text == text
    assert len(outcome.result.images) == images


async def test_what_json_cannot_say_is_an_error_that_names_the_type() -> None:
    def f() -> Any:
        return object()

    outcome = await one(f)
    assert outcome.error == "bad_result"
    assert "object" in outcome.result.text


async def test_a_long_result_is_cut_and_says_so() -> None:
    def f() -> str:
        return "x" * 500

    outcome = await one(f, limits=Limits(tool_output_chars=100))
    assert outcome.result.text.startswith("x" * 100)
    assert "400 of 500 characters are not shown" in outcome.result.text


async def test_a_thousand_hung_calls_of_many_tools_leave_a_bounded_number_of_threads() -> None:
    release = threading.Event()

    def made_anew(number: int) -> Any:
        def hang() -> str:
            release.wait(30)
            return "late"

        return tool(hang, name=f"hang_{number % 20}", timeout=0.003)

    def quick() -> str:
        return "quick"

    before = threading.active_count()
    errors: Counter[str] = Counter()
    try:
        for number in range(0, 1000, 10):
            tools = [made_anew(number + each) for each in range(10)]
            outcomes = await run(
                [*tools, quick],
                *[(each.name, "{}") for each in tools],
                ("quick", "{}"),
                limits=Limits(parallel_calls=11),
            )
            errors.update(outcome.error for outcome in outcomes[:-1])
            assert outcomes[-1].result.text == "quick"
        assert errors["abandoned"] <= MOST_ABANDONED_IN_ALL + 20
        assert errors["unavailable"] > 0
        assert set(errors) <= {"abandoned", "timeout", "unavailable"}
        assert abandoned_threads()[0] <= MOST_ABANDONED_IN_ALL + 20
        assert threading.active_count() - before <= MOST_ABANDONED_IN_ALL + 40
    finally:
        release.set()
    with anyio.fail_after(10):
        while abandoned_threads()[0]:
            await anyio.lowlevel.checkpoint()


async def test_a_method_of_a_new_object_is_the_same_tool_to_the_count_of_hung_threads() -> None:
    release = threading.Event()

    class Service:
        def hang(self) -> str:
            release.wait(30)
            return ""

    try:
        kinds: list[str] = []
        while "unavailable" not in kinds and len(kinds) < 500:
            kinds.append((await run([tool(Service().hang, timeout=0.01)], ("hang", "{}")))[0].error)
    finally:
        release.set()
    assert kinds.count("abandoned") == MOST_ABANDONED
    assert kinds[-1] == "unavailable"
    with anyio.fail_after(5):
        while abandoned_threads()[0]:
            await anyio.lowlevel.checkpoint()


async def test_a_function_that_hides_its_coroutine_is_awaited() -> None:
    def logged(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapper

    class Later:
        @logged
        async def look(self, n: int) -> str:
            await anyio.lowlevel.checkpoint()
            return f"page {n}"

        @logged
        async def wait(self) -> str:
            await anyio.sleep_forever()
            return ""

    later = Later()
    assert (await run([later.look], ("look", '{"n": 3}')))[0].result.text == "page 3"
    assert (await run([tool(later.wait, timeout=0.02)], ("wait", "{}")))[0].error == "timeout"


@pytest.mark.parametrize(
    "error", [SystemExit(3), StopIteration(), ExceptionGroup("g", [ValueError("inner")])]
)
@pytest.mark.parametrize("asynchronous", [True, False])
async def test_no_exception_of_a_tool_gets_at_the_loop(error: BaseException, asynchronous: bool) -> None:
    def sync() -> str:
        raise error

    async def later() -> str:
        raise error

    outcome = (await run([tool(later if asynchronous else sync, name="f")], ("f", "{}")))[0]
    assert outcome.error == "exception"
    assert ("inner" in outcome.result.text) == isinstance(error, ExceptionGroup)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_tool_whose_own_task_was_cancelled_fails_alone() -> None:
    async def f() -> str:
        task = asyncio.ensure_future(asyncio.sleep(10))
        task.cancel()
        await task
        return ""

    async def good() -> str:
        return "fine"

    outcomes = await run([f, good], ("f", "{}"), ("good", "{}"))
    assert [outcome.error for outcome in outcomes] == ["exception", ""]
    assert (await one(f)).error == "exception"


@pytest.mark.parametrize(
    ("error", "kept", "gone"),
    [
        (FileNotFoundError(2, "No such file or directory", "/home/ada/secrets/prices.csv"), "prices.csv", "ada"),
        (ValueError("cannot read /srv/app/data/prices.csv now"), "…/prices.csv now", "srv"),
        (ValueError(r"cannot read C:\Users\ada\prices.csv"), "prices.csv", "ada"),
        (RuntimeError("no route to postgres://ada:hunter2@db.example/x"), "db.example/x", "hunter2"),
        (RuntimeError("401 for Authorization: Bearer abcdef0123456"), "401", "abcdef0123456"),
        (RuntimeError("{'api_key': 'k-123456789', 'n': 1}"), "'n': 1", "k-123456789"),
        (RuntimeError("bad key sk-abcdefghijklmnopqrstu"), "bad key", "abcdefghijk"),
        (ValueError("see https://example.com/a/b and 3/4 of a/b/c"), "https://example.com/a/b and 3/4 of a/b/c", "…"),
    ],
)  # fmt: skip
async def test_an_exception_tells_the_model_no_credentials_and_no_places(
    error: Exception, kept: str, gone: str
) -> None:
    def f() -> str:
        raise error

    text = (await one(f)).result.text
    assert kept in text
    assert gone not in text
    assert "Traceback" not in text


async def test_an_argument_too_many_is_told_with_the_names_there_are() -> None:
    def f(topic: str, limit: int = 3) -> str:
        return topic

    text = (await one(f, '{"topic": "a", "most": 4}')).result.text
    assert "most: " in text
    assert "It takes: topic, limit." in text


@pytest.mark.parametrize("text", ["token" * 800, "a" * 4000, "/" * 4000, "bearer " * 500, "token:'" * 500])
async def test_a_hostile_exception_text_is_redacted_in_bounded_time(text: str) -> None:
    before = time.process_time()
    redact(ValueError(text))
    assert time.process_time() - before < 2  # a careless pattern takes minutes of CPU time here
