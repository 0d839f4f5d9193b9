"""A whole run: steps until the output is there, as one stream of events."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from agentkit._util.library import now
from agentkit.errors import AgentKitError, BackendTimeout, LimitReached, StoreFailed
from agentkit.loop.deadline import raise_deadline
from agentkit.loop.ladder import fall_back
from agentkit.loop.outcomes import conclude
from agentkit.loop.plan import Plan, RunState
from agentkit.loop.shadow import shadow
from agentkit.loop.step import attach, step
from agentkit.protocol.decisions import Decision
from agentkit.protocol.events import Event, LimitHit, RunFailed, RunFinished, RunStarted
from agentkit.protocol.messages import SystemMessage
from agentkit.protocol.result import RunResult


async def run_events(plan: Plan, state: RunState) -> AsyncGenerator[Event, None]:
    """Run to the end; the last event is `RunFinished` with the result, or `RunFailed` before the error is raised.

    Raises:
        AgentKitError: Why there is no result.
    """
    yield RunStarted(run_id=plan.run_id, agent=plan.agent, task=plan.task)
    failure: AgentKitError | None = None
    try:
        while state.phase != "done":
            async with aclosing(step(plan, state)) as events:
                async for event in events:
                    yield event
    except AgentKitError as error:
        if not fall_back(plan, state):
            failure = _late(plan, error)
            attach(failure, state)
    if failure is None:
        async with aclosing(shadow(plan, state)) as events:
            async for event in events:
                yield event
    decisions = conclude(state)
    if plan.learner is not None:
        try:
            decisions = tuple(await plan.learner.learn(decisions))
        except StoreFailed as error:  # no reason to lose the answer
            state.adjustments.append(f"What this run teaches could not be kept: {error.message}")
    if failure is not None:
        if isinstance(failure, LimitReached):
            yield LimitHit(limit=failure.limit, detail=failure.message)
        yield RunFailed(run_id=plan.run_id, error=type(failure).__name__, decisions=decisions)
        raise failure
    yield RunFinished(run_id=plan.run_id, result=result_of(plan, state, decisions))


def result_of(plan: Plan, state: RunState, decisions: tuple[Decision, ...]) -> RunResult[object]:
    """Build the result of a run that is done."""
    messages = state.history.messages
    if messages and isinstance(messages[0], SystemMessage):
        messages = messages[1:]
    return RunResult(
        output=state.output,
        messages=messages,
        usage=dict(state.usage),
        decisions=decisions,
        run_id=plan.run_id,
        seconds=now() - plan.started,
        violations=state.violations + state.empty_replies,
        retries=state.retries,
        tool_errors=state.tool_errors,
        abandoned_threads=state.abandoned,
        adjustments=tuple(state.adjustments),
        model=state.model,
        simulated=state.simulated,
        tool_calls=dict(state.executed),
        on_feedback=plan.on_feedback,
    )


def _late(plan: Plan, error: AgentKitError) -> AgentKitError:
    """A wait that the run's deadline cut short is the deadline's doing, not the server's."""
    if isinstance(error, BackendTimeout) and plan.deadline is not None and now() >= plan.deadline:
        try:
            raise_deadline(plan.limits.seconds)
        except AgentKitError as deadline:
            return deadline
    return error
