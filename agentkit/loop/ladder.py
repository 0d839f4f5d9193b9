"""After an answer at none: take it, ask for a second one, or try again at high with what made one doubt it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agentkit._util.library import now
from agentkit.loop.plan import Pending, Plan, RunState
from agentkit.output.spec import instruction
from agentkit.protocol.decisions import Decision
from agentkit.protocol.events import AnswerDoubted, Event
from agentkit.protocol.messages import user
from agentkit.protocol.reply import ModelReply
from agentkit.protocol.request import Sampling
from agentkit.protocol.review import ACCEPTED, Answer, Review

_SAMPLE_TEMPERATURE = 0.7  # two answers at the low temperature of none would agree whatever they are worth


def settle(plan: Plan, state: RunState, pending: Pending, *, sample: str | None = None) -> Iterator[Event]:
    """Take an answer, or do with it what its review says."""
    review = _review(plan, state, pending, sample)
    if review.verdict == "accept":
        _accept(plan, state, pending)
        return
    yield AnswerDoubted(step=state.step, verdict=review.verdict, evidence=review.evidence)
    if review.verdict == "sample":
        state.pending = pending
        return
    _escalate(plan, state, pending, review)


def compare(plan: Plan, state: RunState, first: Pending, reply: ModelReply) -> Iterator[Event]:
    """Settle the first answer by a second one; a reply that is no answer says nothing about it."""
    state.pending = None
    message = reply.message
    if reply.finish != "stop" or message.tool_calls or not message.text.strip():
        _accept(plan, state, first)
        return
    yield from settle(plan, state, first, sample=message.text)


def try_cut_again(plan: Plan, state: RunState, decision: Decision, reply: ModelReply) -> Event | None:
    """Prepare a further try at high for an answer at none that was cut; None where there is to be none."""
    pending = Pending(decision=decision, reply=reply, step=len(state.records) - 1)
    review = _review(plan, state, pending, None)
    if review.verdict != "escalate":
        return None
    state.history.append(user(review.note))
    state.records[-1].valid = False if state.phase == "answer" else None
    _note_doubt(state, pending, review)
    return AnswerDoubted(step=state.step, verdict="escalate", evidence=review.evidence)


def fall_back(plan: Plan, state: RunState) -> bool:
    """Take the answer that was there before a further try that came to nothing; whether there is one."""
    answer = state.pending or state.doubted
    if answer is None:
        return False
    what = "second answer, to compare," if state.pending is not None else "further try at high"
    state.adjustments.append(f"A {what} came to nothing; the answer before it was taken.")
    _accept(plan, state, answer)
    return True


def sampling_for(plan: Plan, state: RunState) -> Sampling:
    """Return how to sample the next reply: a second answer is drawn apart from the first."""
    sampling = plan.sampling
    if state.pending is None:
        return sampling
    return replace(
        sampling,
        temperature=_SAMPLE_TEMPERATURE if sampling.temperature is None else sampling.temperature,
        seed=None if sampling.seed is None else sampling.seed + 1,
    )


def decide_sample(pending: Pending, decision_id: str) -> Decision:
    """Return the card of the request for a second answer: as the first one, and it says why."""
    return replace(
        pending.decision, id=decision_id, reasons=("a second answer, to compare with the first",),
        source="evidence", propensity=1.0, shadow=False, facts={},
    )  # fmt: skip


def _review(plan: Plan, state: RunState, pending: Pending, sample: str | None) -> Review:
    if plan.reviewer is None or not may_go_on(plan, state, pending.decision):
        return ACCEPTED
    return plan.reviewer.review(
        Answer(
            decision=pending.decision,
            reply=pending.reply,
            structured=pending.structured,
            final=pending.structured or plan.output is None,
            sample=sample,
            escalations=state.escalations,
            room=_room(plan, state),
        )
    )


def may_go_on(plan: Plan, state: RunState, decision: Decision) -> bool:
    """Doubt must never end a run that has an answer: what a further try needs has to be there."""
    limits = plan.limits
    if limits.steps is not None and state.step >= limits.steps:
        return False
    if limits.tokens is not None and state.spent.total_tokens + state.context_tokens >= limits.tokens:
        return False
    left = state.purse.left
    if left is not None and left <= 0:
        return False
    seconds = decision.expected.seconds if decision.expected is not None else 0.0
    return plan.deadline is None or plan.deadline - now() > seconds


def _room(plan: Plan, state: RunState) -> int | None:
    limits = plan.limits
    bounds = [plan.sampling.max_tokens, state.purse.left]
    if limits.tokens is not None:
        bounds.append(int(limits.tokens) - state.spent.total_tokens - state.context_tokens)
    return min((bound for bound in bounds if bound is not None), default=None)


def _accept(plan: Plan, state: RunState, pending: Pending) -> None:
    message = pending.reply.message
    state.history.append(message)
    if state.doubted is not None and state.doubted is not pending and plan.reviewer is not None:
        doubted = state.doubted
        state.records[doubted.step].agreed = plan.reviewer.compare(
            doubted.reply.message.text, message.text, structured=doubted.structured
        )
    if pending.structured:
        state.output, state.phase, state.answer = pending.output, "done", pending
    elif plan.output is None:
        state.output, state.phase, state.answer = message.text, "done", pending
    else:
        state.history.append(user(instruction(plan.output)))
        state.phase, state.after_tools = "answer", False


def _escalate(plan: Plan, state: RunState, pending: Pending, review: Review) -> None:
    state.history.append(pending.reply.message)
    state.history.append(user(review.note))
    if pending.structured or plan.output is None:  # else it is no answer yet that could be fallen back to
        state.doubted = pending
    _note_doubt(state, pending, review)


def _note_doubt(state: RunState, pending: Pending, review: Review) -> None:
    state.doubts = review.evidence
    state.records[pending.step].evidence += review.evidence
    state.escalations += 1
    state.clean_steps = 0
    state.repairing = True
