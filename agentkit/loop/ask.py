"""One request of a run, within what is set aside for it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from agentkit._util.library import now
from agentkit.errors import RunError
from agentkit.loop.ladder import sampling_for
from agentkit.loop.plan import Plan, RunState
from agentkit.loop.purse import Holding, charge_of
from agentkit.protocol.decisions import Decision
from agentkit.protocol.estimate import estimate_tokens, text_tokens
from agentkit.protocol.events import (
    Event,
    LimitHit,
    ModelReplied,
    ModelRequested,
    ModelRetried,
    RouteDecided,
    SettingAdjusted,
)
from agentkit.protocol.reply import ModelReply
from agentkit.protocol.request import ModelRequest
from agentkit.protocol.usage import Usage


async def ask(
    plan: Plan, state: RunState, decision: Decision, holding: Holding
) -> AsyncGenerator[Event | ModelReply, None]:
    """Make one request within what is set aside for it; yields the reply last of all, or none where that ran out."""
    if decision.source == "limit" and not state.told_of_limit:
        state.told_of_limit = True
        detail = f"{decision.reasons[0]}; the run goes on without reasoning."
        yield LimitHit(limit="reasoning_tokens", detail=detail)
    yield RouteDecided(step=state.step, decision=decision)
    request = build_request(plan, state, decision, holding.cap, answering=state.phase == "answer")
    state.records[-1].messages = len(state.history)
    yield ModelRequested(
        step=state.step,
        kind=decision.step,
        effort=decision.effort,
        messages=len(state.history),
        tools=len(request.tools),
    )
    sent = now()
    reply: ModelReply | None = None
    holding.begin()
    async with aclosing(plan.model.request(request)) as items:
        async for item in items:
            if isinstance(item, ModelReply):
                reply = item
                continue
            if isinstance(item, ModelRetried):
                state.retries += 1
                state.records[-1].retries += 1
                if not item.costs_nothing and not await holding.renew(deadline=plan.deadline):
                    yield item
                    return
            elif isinstance(item, SettingAdjusted) and item.detail not in state.adjustments:
                state.adjustments.append(item.detail)
            elif isinstance(item, SettingAdjusted):
                continue  # said once is enough
            yield item
    if reply is None:
        raise RunError("The model yielded no reply.", hint="A Model must yield one ModelReply, last of all.")
    if not reply.usage.total_tokens:
        reply = replace(reply, usage=_estimated(reply, state))
    await holding.tell(charge_of(reply, decision.effort))
    state.charge({decision.effort: reply.usage})
    state.context_tokens, state.counted = reply.usage.total_tokens, len(state.history)
    state.model, state.simulated = reply.model or state.model, state.simulated or reply.simulated
    state.repairing = False
    record = state.records[-1]
    record.usage, record.seconds = reply.usage, now() - sent
    record.calls = len(reply.message.tool_calls)
    yield ModelReplied(step=state.step, effort=decision.effort, reply=reply, seconds=record.seconds)
    yield reply


def _estimated(reply: ModelReply, state: RunState) -> Usage:
    """Usage of a server that counts nothing, by estimate: a limit on tokens must not go blind."""
    return replace(
        reply.usage,
        prompt_tokens=state.context_tokens,
        completion_tokens=max(1, estimate_tokens([reply.message])),
        reasoning_tokens=round(text_tokens(reply.message.reasoning)),
        estimated=True,
    )


def build_request(
    plan: Plan, state: RunState, decision: Decision, most: int | None, *, answering: bool
) -> ModelRequest:
    """Build a request.

    Args:
        plan: The run's.
        state: The run's.
        decision: Its effort.
        most: Tokens that are set aside for it, or None.
        answering: Whether it is the schema-only step.
    """
    tools = () if answering else plan.toolset.definitions
    sampling = sampling_for(plan, state)
    if (
        decision.effort == "none"
        and sampling.logprobs is None
        and plan.reviewer is not None
        and plan.reviewer.wants_logprobs
        and not (plan.stream and tools)  # llama.cpp b11549 refuses log-probabilities of a stream with tools
    ):
        sampling = replace(sampling, logprobs=True)
    return ModelRequest(
        history=state.history,
        effort=decision.effort,
        tools=tools,
        output=plan.output.format if answering and plan.output is not None else None,
        sampling=sampling,
        stream=plan.stream,
        token_cap=_token_cap(plan, state, most),
        deadline=plan.deadline,
    )


def _token_cap(plan: Plan, state: RunState, most: int | None) -> int | None:
    """Completion tokens that the run's limits still allow for this reply."""
    caps: list[int] = []
    if plan.limits.tokens is not None:
        caps.append(max(1, int(plan.limits.tokens) - state.spent.total_tokens - state.context_tokens))
    if most is not None:
        caps.append(most)
    return min(caps, default=None)
