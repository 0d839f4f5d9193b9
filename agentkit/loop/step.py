"""One step of a run: decide the effort, ask the model, act on its reply."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Never

import anyio

from agentkit.errors import AgentKitError, DeadlineExceeded, LimitReached, OutputInvalid, RunError, Truncated
from agentkit.loop.calls import context_of, execute_calls
from agentkit.loop.ladder import compare, decide_sample, sampling_for, settle, try_cut_again
from agentkit.loop.plan import Pending, Plan, Record, RunState
from agentkit.output.decode import InvalidOutput, reask_text
from agentkit.protocol.decisions import Decision, Situation, StepKind
from agentkit.protocol.events import (
    Event,
    LimitHit,
    ModelReplied,
    ModelRequested,
    ModelRetried,
    RouteDecided,
    SchemaViolated,
    SettingAdjusted,
    Starved,
)
from agentkit.protocol.messages import AssistantMessage, user
from agentkit.protocol.reply import ModelReply
from agentkit.protocol.request import ModelRequest


async def step(plan: Plan, state: RunState) -> AsyncGenerator[Event, None]:
    """Make one request and act on the reply; `state.phase` is `done` when the output is there.

    Yields:
        Everything that happens, as it happens.

    Raises:
        RunError: The run cannot go on; `.messages` and `.usage` tell how far it came.
        BackendError: The server failed beyond what retries cure.
    """
    for event in _check_limits(plan, state):
        yield event
    decision = _decide(plan, state)
    state.step += 1
    state.decisions.append(decision)
    state.records.append(Record())
    troubles = state.troubles
    yield RouteDecided(step=state.step, decision=decision)
    request = _build_request(plan, state, decision)
    yield ModelRequested(
        step=state.step,
        kind=decision.step,
        effort=decision.effort,
        messages=len(state.history),
        tools=len(request.tools),
    )
    sent = anyio.current_time()
    reply: ModelReply | None = None
    async with aclosing(plan.model.request(request)) as items:
        async for item in items:
            if isinstance(item, ModelReply):
                reply = item
                continue
            if isinstance(item, ModelRetried):
                state.retries += 1
                state.records[-1].retries += 1
            elif isinstance(item, SettingAdjusted) and item.detail not in state.adjustments:
                state.adjustments.append(item.detail)
            elif isinstance(item, SettingAdjusted):
                continue  # said once is enough
            yield item
    if reply is None:
        raise RunError("The model yielded no reply.", hint="A Model must yield one ModelReply, last of all.")
    state.charge({decision.effort: reply.usage})
    state.context_tokens = reply.usage.prompt_tokens + reply.usage.completion_tokens
    state.model, state.simulated = reply.model or state.model, state.simulated or reply.simulated
    state.repairing = False
    record = state.records[-1]
    record.usage, record.seconds = reply.usage, anyio.current_time() - sent
    record.calls = len(reply.message.tool_calls)
    yield ModelReplied(step=state.step, effort=decision.effort, reply=reply, seconds=record.seconds)
    async with aclosing(_act(plan, state, decision, reply)) as events:
        async for event in events:
            yield event
    state.clean_steps = 0 if state.troubles > troubles else state.clean_steps + 1


async def _act(
    plan: Plan, state: RunState, decision: Decision, reply: ModelReply
) -> AsyncGenerator[Event, None]:
    message = reply.message
    if state.pending is not None:
        for event in compare(plan, state, state.pending, reply):
            yield event
    elif reply.finish == "length":
        yield try_cut_again(plan, state, decision, reply) or _starvation(plan, state, decision, reply)
    elif reply.finish == "content_filter":
        raise RunError(
            "The server's content filter stopped the answer.", hint="Look at the server's settings."
        )
    elif not message.text.strip() and not message.tool_calls:
        yield _empty(plan, state, message)
    elif message.tool_calls and state.phase == "work":
        state.history.append(message)
        state.after_tools = True
        async with aclosing(execute_calls(plan, state, message.tool_calls)) as events:
            async for event in events:
                yield event
    elif state.phase == "work":
        for event in settle(plan, state, Pending(decision=decision, reply=reply, step=state.step - 1)):
            yield event
    else:
        async with aclosing(_answer(plan, state, decision, reply)) as events:
            async for event in events:
                yield event


async def _answer(
    plan: Plan, state: RunState, decision: Decision, reply: ModelReply
) -> AsyncGenerator[Event, None]:
    assert plan.output is not None
    message, record = reply.message, state.records[-1]
    if message.tool_calls:
        problems: tuple[str, ...] = ("the reply called a tool, but now only the JSON is wanted",)
        message = AssistantMessage(text=message.text or "(called a tool)", reasoning=message.reasoning)
    else:
        try:
            output = await plan.output.decode(message.text, context_of(plan, state))
        except InvalidOutput as invalid:
            problems = invalid.problems
        else:
            record.valid = True
            pending = Pending(
                decision=decision, reply=reply, step=state.step - 1, structured=True, output=output
            )
            for event in settle(plan, state, pending):
                yield event
            return
    state.history.append(message)
    state.violations += 1
    record.valid, record.evidence = False, (*record.evidence, "violation")
    yield SchemaViolated(step=state.step, problems=problems, attempt=state.violations)
    if state.violations > plan.limits.reasks:
        raise OutputInvalid(
            f"After {state.violations} tries the output is still invalid: {'; '.join(problems[:3])}.",
            hint="Simplify the output type, raise Limits(reasks=...), or look at .text.",
            text=message.text,
            problems=problems,
        )
    state.history.append(user(reask_text(problems)))
    state.repairing = True


def _starvation(plan: Plan, state: RunState, decision: Decision, reply: ModelReply) -> Event:
    """A reply was cut. Rescue it once where reasoning ate everything; never take it as an answer."""
    message = reply.message
    state.records[-1].evidence += ("truncation",)
    nothing_said = not message.text.strip() and not message.tool_calls
    if nothing_said and decision.effort == "high" and not state.starved:
        state.starved += 1
        return Starved(step=state.step, reasoning_tokens=reply.usage.reasoning_tokens)
    spent = state.spent.total_tokens
    if plan.limits.tokens is not None and spent >= plan.limits.tokens:
        _refuse("tokens", f"The answer was cut because the run has used its {spent} tokens.")
    what = "A tool call was cut" if message.tool_calls else "The answer was cut"
    raise Truncated(
        f"{what} after {reply.usage.completion_tokens} tokens.",
        hint="Raise Sampling(max_tokens=...), ask for less, or serve a larger context window.",
        partial=message.text,
    )


def _empty(plan: Plan, state: RunState, message: AssistantMessage) -> Event:
    state.empty_replies += 1
    state.records[-1].evidence += ("empty",)
    problems = ("the reply was empty",)
    if state.empty_replies > plan.limits.reasks:
        raise OutputInvalid(
            f"The model answered {state.empty_replies} times with nothing.",
            hint="Look at the server's chat template and stop tokens.",
            text="",
            problems=problems,
        )
    if message.reasoning:
        state.history.append(message)
    state.history.append(user("Your reply was empty. Give your answer now."))
    state.repairing = True
    return SchemaViolated(step=state.step, problems=problems, attempt=state.empty_replies)


def _decide(plan: Plan, state: RunState) -> Decision:
    id_ = f"{plan.run_id}:{state.step}"
    if state.pending is not None:
        return decide_sample(state.pending, id_)
    decision = plan.router.decide(
        Situation(
            task=plan.task,
            instructions=plan.instructions,
            step=_kind(plan, state),
            tools=plan.toolset.definitions if state.phase == "work" else (),
            output=plan.output.schema if plan.output is not None else None,
            images=state.images,
            context_tokens=state.context_tokens,
            setting=plan.effort,
            current=state.decisions[-1].effort if state.decisions else state.effort_before,
            phase_steps=state.phase_steps,
            tool_errors=state.tool_errors,
            repeated_calls=state.refused_repeats,
            violations=state.violations + state.empty_replies,
            starved=bool(state.starved),
            reasoning_left=state.reasoning_left(plan.limits),
            agent=plan.agent,
            template=plan.template,
            doubts=state.doubts,
            clean_steps=state.clean_steps,
            id=id_,
        )
    )
    if decision.source != "evidence":
        state.doubts = ()
    return decision


def _kind(plan: Plan, state: RunState) -> StepKind:
    if state.repairing:
        return "repair"
    if state.phase == "answer" and plan.toolset.definitions:
        return "final_answer"
    return "tool_result" if state.after_tools else "planning"


def _build_request(plan: Plan, state: RunState, decision: Decision) -> ModelRequest:
    answering = state.phase == "answer"
    return ModelRequest(
        history=state.history,
        effort=decision.effort,
        tools=() if answering else plan.toolset.definitions,
        output=plan.output.format if answering and plan.output is not None else None,
        sampling=sampling_for(plan, state),
        stream=plan.stream,
        token_cap=_token_cap(plan, state, decision),
        deadline=plan.deadline,
    )


def _token_cap(plan: Plan, state: RunState, decision: Decision) -> int | None:
    """Completion tokens that the run's limits still allow for this reply."""
    caps: list[int] = []
    if plan.limits.tokens is not None:
        caps.append(max(1, int(plan.limits.tokens) - state.spent.total_tokens - state.context_tokens))
    if plan.limits.reasoning_tokens is not None and decision.effort == "high":
        caps.append(max(1, int(plan.limits.reasoning_tokens) - state.spent.reasoning_tokens))
    return min(caps, default=None)


def _check_limits(plan: Plan, state: RunState) -> list[Event]:
    """Refuse to go on where a limit is reached; note where reasoning tokens have run out."""
    limits = plan.limits
    if plan.deadline is not None and anyio.current_time() >= plan.deadline:
        raise_deadline(plan)
    if limits.steps is not None and state.step >= limits.steps:
        _refuse("steps", f"The run made {state.step} requests without coming to an end.")
    if limits.tokens is not None and state.spent.total_tokens + state.context_tokens >= limits.tokens:
        so_far = f"{state.spent.total_tokens} are used and the next prompt has about {state.context_tokens}"
        _refuse("tokens", f"The run may use {limits.tokens} tokens; {so_far}.")
    if limits.reasoning_tokens is not None and state.decisions:
        used = state.spent.reasoning_tokens
        if used >= limits.reasoning_tokens and state.decisions[-1].effort == "high":
            detail = f"{used} reasoning tokens are used up; the run goes on without reasoning."
            return [LimitHit(limit="reasoning_tokens", detail=detail)]
    return []


def _refuse(limit: str, what: str) -> Never:
    raise LimitReached(what, hint=f"Raise Limits({limit}=...) if the task needs it.", limit=limit)


def raise_deadline(plan: Plan) -> Never:
    """Raise the error for a run whose time is over."""
    raise DeadlineExceeded(
        f"The run did not end within {plan.limits.seconds:g} s.",
        hint="Raise Limits(seconds=...), or ask for less.",
        limit="seconds",
    )


def attach(error: AgentKitError, state: RunState) -> None:
    """Tell with an error how far the run had come."""
    if isinstance(error, RunError):
        error.messages = state.history.messages
        error.usage = dict(state.usage)
