"""How each decision of a run turned out: what it cost, whether its reply was any good, whether a further try mended it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agentkit.loop.plan import Record, RunState
from agentkit.protocol.decisions import Cost, Decision, EvidenceKind, Outcome

_WRONG: frozenset[EvidenceKind] = frozenset({"violation", "empty", "truncation"})
"""Evidence that proves a reply unusable; the rest only makes one doubt it."""


def conclude(state: RunState) -> tuple[Decision, ...]:
    """Return the decisions of a run with their costs and outcomes."""
    qualities = [_quality(record) for record in state.records]
    cards: list[Decision] = []
    for number, (decision, record) in enumerate(zip(state.decisions, state.records, strict=True)):
        following = number + 1
        escalated = (
            bool(record.evidence)
            and decision.effort == "none"
            and following < len(state.decisions)
            and state.decisions[following].effort == "high"
        )
        later = qualities[following] if escalated else None
        mended = None if later is None else later >= 0.5
        if escalated and record.agreed is False:
            mended = True  # as far as anyone can tell: high said something else
        outcome = Outcome(
            quality=qualities[number],
            valid=record.valid,
            retries=record.retries,
            calls=record.calls,
            tool_errors=record.tool_errors,
            evidence=record.evidence,
            escalated=escalated,
            mended=mended,
        )
        cards.append(replace(decision, actual=_cost(record), outcome=outcome))
    return tuple(cards)


def with_feedback(decisions: Sequence[Decision], score: float) -> tuple[Decision, ...]:
    """Return decisions with what the caller said of the result; it does not redeem replies that were unusable."""
    cards: list[Decision] = []
    for decision in decisions:
        outcome = decision.outcome or Outcome()
        usable = _WRONG.isdisjoint(outcome.evidence) and not outcome.escalated
        quality = score if usable else outcome.quality
        cards.append(replace(decision, outcome=replace(outcome, feedback=score, quality=quality)))
    return tuple(cards)


def _quality(record: Record) -> float | None:
    if not _WRONG.isdisjoint(record.evidence):
        return 0.0
    if record.agreed is not None:
        return float(record.agreed)
    if record.calls:
        return 1 - record.tool_errors / record.calls
    return None if record.valid is None else float(record.valid)


def _cost(record: Record) -> Cost | None:
    usage = record.usage
    if usage is None:
        return None
    return Cost(
        input_tokens=usage.prompt_tokens,
        cached_tokens=usage.cached_tokens,
        output_tokens=usage.completion_tokens,
        reasoning_tokens=None if usage.reasoning_estimated else usage.reasoning_tokens,
        seconds=record.seconds,
    )
