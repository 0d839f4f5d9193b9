"""One step of a run: decide the effort, ask the model, act on its reply."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Never

from agentkit._util.library import now
from agentkit.errors import AgentKitError, LimitReached, OutputInvalid, RunError, Truncated
from agentkit.loop.ask import ask
from agentkit.loop.calls import context_of, execute_calls
from agentkit.loop.deadline import held_to, raise_deadline
from agentkit.loop.ladder import compare, settle, try_cut_again
from agentkit.loop.plan import Pending, Plan, Record, RunState
from agentkit.loop.purse import Holding
from agentkit.loop.route import decide
from agentkit.output.decode import InvalidOutput, reask_text
from agentkit.protocol.decisions import Decision
from agentkit.protocol.events import Event, SchemaViolated, Starved
from agentkit.protocol.messages import AssistantMessage, user
from agentkit.protocol.reply import ModelReply


async def step(plan: Plan, state: RunState) -> AsyncGenerator[Event, None]:
    """Make one request and act on the reply; `state.phase` is `done` when the output is there.

    Yields:
        Everything that happens, as it happens.

    Raises:
        RunError: The run cannot go on; `.messages` and `.usage` tell how far it came.
        BackendError: The server failed beyond what retries cure.
    """
    state.count_context()
    _check_limits(plan, state)
    decision, hold = await decide(plan, state)
    state.step += 1
    state.decide(decision)
    state.records.append(Record())
    troubles = state.troubles
    reply: ModelReply | None = None
    async with (
        Holding(state.purse, hold) as holding,
        aclosing(ask(plan, state, decision, holding)) as items,
    ):
        async for item in items:
            if isinstance(item, ModelReply):
                reply = item
            else:
                yield item
    if reply is None:
        return  # an attempt failed, and too little is left of the budget for another one like it
    if _calls_tools(state, reply):
        state.history.append(reply.message)
        state.after_tools = True
        events = execute_calls(plan, state, reply.message.tool_calls)
    else:
        events = _act(plan, state, decision, reply)
    async with aclosing(events) as happened:
        async for event in happened:
            yield event
    state.clean_steps = 0 if state.troubles > troubles else state.clean_steps + 1


def _calls_tools(state: RunState, reply: ModelReply) -> bool:
    """Whether a reply calls tools that are to be executed."""
    whole = reply.finish not in ("length", "content_filter")
    return bool(reply.message.tool_calls) and whole and state.phase == "work" and state.pending is None


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
            with held_to(plan.deadline, plan.limits.seconds):
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
    state.records[-1].valid = False if state.phase == "answer" else None
    nothing_said = not message.text.strip() and not message.tool_calls
    if nothing_said and decision.effort == "high" and not state.starved:
        state.starved += 1
        state.rescuing = True
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
    state.records[-1].valid = False if state.phase == "answer" else None
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


def _check_limits(plan: Plan, state: RunState) -> None:
    """Refuse to go on where a limit is reached; where reasoning tokens have run out the run goes on without."""
    limits = plan.limits
    if plan.deadline is not None and now() >= plan.deadline:
        raise_deadline(limits.seconds)
    if limits.steps is not None and state.step >= limits.steps:
        _refuse(
            "steps", f"The run came to no end within {state.step} request{'' if state.step == 1 else 's'}."
        )
    spent = state.spent.total_tokens
    if limits.tokens is not None and spent + state.context_tokens >= limits.tokens:
        so_far = f"{spent} are used and the next prompt has about {state.context_tokens}"
        _refuse("tokens", f"The run may use {limits.tokens} tokens; {so_far}.")


def _refuse(limit: str, what: str) -> Never:
    raise LimitReached(what, hint=f"Raise Limits({limit}=...) if the task needs it.", limit=limit)


def attach(error: AgentKitError, state: RunState) -> None:
    """Tell with an error how far the run had come."""
    error.messages = state.history.messages
    error.usage = dict(state.usage)
