"""Executing the calls of one reply: limits, repeats, results and their images."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from agentkit._util.library import now
from agentkit.errors import LimitReached
from agentkit.loop.deadline import Inherited
from agentkit.loop.plan import Plan, RunState
from agentkit.protocol.events import Event, LimitHit, ToolCalled, ToolReturned
from agentkit.protocol.limits import Limits
from agentkit.protocol.messages import ToolCall, ToolResult
from agentkit.tools.context import RunContext
from agentkit.tools.execute import Outcome, execute

_REFUSED_REPEATS = 3  # a model that goes on after so many refusals makes no progress


async def execute_calls(
    plan: Plan, state: RunState, calls: Sequence[ToolCall]
) -> AsyncGenerator[Event, None]:
    """Execute calls in parallel; their results join the history in call order.

    Raises:
        LimitReached: Too many calls, or the same call again and again.
    """
    limits = plan.limits
    if limits.tool_calls is not None and state.executed.total() + len(calls) > limits.tool_calls:
        raise LimitReached(
            f"The run would make {state.executed.total() + len(calls)} tool calls.",
            hint="Raise Limits(tool_calls=...) if the task needs them.",
            limit="tool_calls",
        )
    for call in calls:
        yield ToolCalled(step=state.step, call=call)
    wanted: list[ToolCall] = []
    refused: dict[int, ToolResult] = {}
    for index, call in enumerate(calls):
        key = (call.name, call.arguments)
        state.same_calls[key] += 1
        if limits.identical_calls is not None and state.same_calls[key] > limits.identical_calls:
            refused[index] = _refusal(call, limits.identical_calls)
        else:
            state.executed[call.name] += 1
            wanted.append(call)
    if refused:
        state.refused_repeats += len(refused)
        state.records[-1].evidence += ("repeat",)
        detail = f"{len(refused)} of the calls repeat an earlier one for the {limits.identical_calls}th time or more"
        yield LimitHit(limit="identical_calls", detail=detail)
    with Inherited(
        plan.deadline
    ):  # each call is bounded by it, and the next step looks whether it has passed
        outcomes = iter(await execute(plan.toolset, wanted, partial(context_of, plan, state), limits=limits))
    for index, call in enumerate(calls):
        outcome = (
            Outcome(call=call, result=refused[index], seconds=0.0, error="repeated")
            if index in refused
            else next(outcomes)
        )
        state.tool_errors += bool(outcome.error)
        state.records[-1].tool_errors += bool(outcome.error)
        state.abandoned += outcome.error == "abandoned"
        state.images += len(outcome.result.images)
        state.history.append(outcome.result)
        yield ToolReturned(
            step=state.step, call=call, result=outcome.result, seconds=outcome.seconds, error=outcome.error
        )
    if state.refused_repeats >= _REFUSED_REPEATS:
        raise LimitReached(
            f"The model repeats the same call without progress ({calls[-1].name}).",
            hint="Make the tool's result say what to do next, or raise Limits(identical_calls=...).",
            limit="identical_calls",
        )


def _refusal(call: ToolCall, most: int) -> ToolResult:
    text = (
        f"Not executed: you have made this exact call {most} times already and its result is above."
        " Use that result, call with other arguments, or answer."
    )
    return ToolResult(call_id=call.id, name=call.name, text=text, is_error=True)


def context_of(plan: Plan, state: RunState, call: ToolCall | None = None) -> RunContext[Any]:
    """Build what a tool or a validator gets to know about the run."""
    return RunContext(
        deps=plan.deps,
        run_id=plan.run_id,
        agent=plan.agent,
        call_id=call.id if call else "",
        tool_name=call.name if call else "",
        step=state.step,
        deadline=plan.deadline,
        spend=state.charge,
        measure_left=partial(_left, plan, state),
        purse=state.purse,
    )


def _left(plan: Plan, state: RunState) -> Limits:
    """What is left of the run's tokens and time."""
    limits, spent = plan.limits, state.spent
    return replace(
        limits,
        tokens=None if limits.tokens is None else max(1, limits.tokens - spent.total_tokens),
        reasoning_tokens=state.purse.left,
        seconds=None if plan.deadline is None else max(0.001, plan.deadline - now()),
    )
