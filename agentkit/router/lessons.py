"""What the outcomes of decisions teach about their kind of task, as sums that a store adds up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agentkit.protocol.decisions import Decision
from agentkit.protocol.gains import Tally
from agentkit.router.spread import bin_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What one decision teaches.

    Attributes:
        paid: Whether reasoning would have paid, 0 to 1.
        weight: How much of a trial it is.
        trusted: Whether the caller or a shadow says so; else checks alone do.
    """

    paid: float
    weight: float = 1.0
    trusted: bool = False


def find_lesson(decision: Decision) -> Lesson | None:
    """Return what a decision teaches; None where nobody knows.

    A good answer at none shows that reasoning would not have paid, a bad one that it might have: surely where a
    further try at high then came out right, and not where that failed too. A bad answer at high shows that it did
    not pay. A good one at high shows nothing: none might have done. So a router that always says high learns nothing
    unless it explores or runs shadows.

    Only what is looked at in good and bad answers alike may teach: the caller's word, shadows, validation and tool
    calls. That an answer hedged teaches nothing, because one that does not hedge tells nothing either.
    """
    outcome = decision.outcome
    if outcome is None or outcome.quality is None:
        return None
    trusted = outcome.feedback is not None or bool(decision.pair)
    if not trusted and outcome.valid is None and not outcome.calls:
        return None
    if decision.effort == "high":
        return Lesson(paid=0.0, weight=1 - outcome.quality, trusted=trusted) if outcome.quality < 1 else None
    if outcome.quality < 0.5 and outcome.escalated and outcome.mended is not None:
        return Lesson(paid=float(outcome.mended), trusted=trusted)
    return Lesson(paid=1 - outcome.quality, trusted=trusted)


def tally_lessons(
    decisions: Iterable[Decision], *, spread: bool = False, costs: bool = True
) -> dict[str, Tally]:
    """Return what decisions add to the tallies of their keys.

    Args:
        decisions: With their costs and outcomes.
        spread: Whether their gains are counted by size too.
        costs: Whether their costs are counted.
    """
    changes: dict[str, Tally] = {}
    of_kind: dict[tuple[str, ...], Tally] = {}  # most decisions of a run are about tasks of one kind
    for decision in decisions:
        change = _tally(decision, costs=costs)
        if change is not None:
            of_kind[decision.key] = of_kind[decision.key] + change if decision.key in of_kind else change
        if spread and decision.source in ("score", "phase", "exploration") and decision.gain is not None:
            bin_ = bin_of(decision.gain)
            changes[bin_] = changes.get(bin_, Tally()) + Tally(trials=1.0, predicted=decision.gain)
    for keys, change in of_kind.items():
        for key in keys:
            changes[key] = changes[key] + change if key in changes else change
    return changes


def _tally(decision: Decision, *, costs: bool) -> Tally | None:
    lesson = find_lesson(decision)
    actual = decision.actual if costs else None
    if actual is None and lesson is None:
        return None
    tokens = actual.output_tokens if actual is not None else 0
    counted, high = int(actual is not None), decision.effort == "high"
    cost = Tally(
        none_requests=0 if high else counted,
        none_tokens=0 if high else tokens,
        high_requests=counted if high else 0,
        high_tokens=tokens if high else 0,
    )
    if lesson is None:
        return cost
    weight, paid, predicted = lesson.weight, lesson.weight * lesson.paid, lesson.weight * decision.score
    if lesson.trusted:
        return cost + Tally(trials=weight, paid=paid, predicted=predicted)
    return cost + Tally(checked=weight, checked_paid=paid, checked_predicted=predicted)
