"""The other effort, run beside an answer that is already there: what none would have said to what high said, or the reverse."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import anyio

from agentkit.errors import AgentKitError
from agentkit.loop.ask import build_request
from agentkit.loop.calls import context_of
from agentkit.loop.ladder import may_go_on
from agentkit.loop.plan import Pending, Plan, Record, RunState
from agentkit.loop.purse import Hold, Holding, charge_of
from agentkit.output.decode import InvalidOutput
from agentkit.protocol.decisions import Decision
from agentkit.protocol.effort import Effort
from agentkit.protocol.events import Event, ShadowRan
from agentkit.protocol.history import History
from agentkit.protocol.reply import ModelReply


async def shadow(plan: Plan, state: RunState) -> AsyncGenerator[Event, None]:
    """Make the answer's request again at the other effort, where its decision says so, and note how the two compare.

    The answer is there already: whatever goes wrong here costs nothing but the comparison. Tools are not executed.
    """
    answer = state.answer
    if answer is None or not answer.decision.shadow or plan.reviewer is None:
        return
    if not may_go_on(plan, state, answer.decision):
        return
    other: Effort = "none" if answer.decision.effort == "high" else "high"
    hold: Hold | None = None
    if other == "high":
        hold = await state.purse.reserve(plan.sampling.max_tokens, deadline=plan.deadline)
        if hold is None:
            return
    decision = replace(
        answer.decision, effort=other, source="exploration", id=f"{answer.decision.id}:shadow", shadow=False,
        pair=answer.decision.id, reasons=("run beside the other effort, to compare the two",), facts={},
    )  # fmt: skip
    record = Record()
    sent = anyio.current_time()
    try:
        async with Holding(state.purse, hold) as holding:
            reply = await _ask(plan, state, answer, decision, holding)
            await holding.tell(charge_of(reply, other))
    except AgentKitError:
        return
    state.charge({other: reply.usage})
    record.usage, record.seconds = reply.usage, anyio.current_time() - sent
    state.records.append(record)
    state.decisions.append(decision)
    state.decisions[answer.step] = replace(state.decisions[answer.step], pair=decision.id)
    agreed = await _compare(plan, state, answer, reply, record)
    yield ShadowRan(step=state.step, effort=other, agreed=agreed, usage=reply.usage)


async def _ask(
    plan: Plan, state: RunState, answer: Pending, decision: Decision, holding: Holding
) -> ModelReply:
    seen = state.records[answer.step].messages
    request = build_request(plan, state, decision, holding.cap, answering=answer.structured)
    request = replace(request, history=History(state.history.messages[:seen]), stream=False)
    reply: ModelReply | None = None
    holding.begin()
    async with aclosing(plan.model.request(request)) as items:
        async for item in items:
            if isinstance(item, ModelReply):
                reply = item
            elif not getattr(item, "costs_nothing", True) and not await holding.renew(deadline=plan.deadline):
                raise AgentKitError("Too few reasoning tokens are left.")
    if reply is None:
        raise AgentKitError("The model yielded no reply.")
    return reply


async def _compare(
    plan: Plan, state: RunState, answer: Pending, reply: ModelReply, record: Record
) -> bool | None:
    """Note what the two replies say of one another; where they differ high is taken to be right."""
    first = state.records[answer.step]
    message = reply.message
    if reply.finish != "stop" or message.tool_calls or not message.text.strip():
        record.evidence += ("truncation" if reply.finish == "length" else "empty",)
        return None
    if answer.structured and plan.output is not None:
        try:
            await plan.output.decode(message.text, context_of(plan, state))
        except InvalidOutput:
            record.valid, record.evidence = False, (*record.evidence, "violation")
            return False
        record.valid = True
    assert plan.reviewer is not None
    agreed = plan.reviewer.compare(answer.reply.message.text, message.text, structured=answer.structured)
    if agreed is not None:
        none = first if answer.decision.effort == "none" else record
        none.agreed = agreed
    return agreed
