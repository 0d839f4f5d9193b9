"""What the outcomes of decisions teach about their kind of task, as sums that a store adds up."""

from __future__ import annotations

from collections.abc import Iterable

from agentkit.protocol.decisions import Decision
from agentkit.protocol.gains import Tally
from agentkit.router.spread import bin_of

_BY_CALLER = 1.0
_BY_CHECKS = 0.5  # a valid output need not be a right one


def find_lesson(decision: Decision) -> tuple[float, float] | None:
    """Return whether reasoning would have paid, 0 to 1, and how much that is to be trusted; None where nobody knows.

    A good answer at none shows that reasoning would not have paid, a bad one that it might have: surely where a
    further try at high then came out right, and not where that failed too. A bad answer at high shows that it did
    not pay. A good one at high shows nothing: none might have done. So a router that always says high learns nothing
    unless it explores.
    """
    outcome = decision.outcome
    if outcome is None or outcome.quality is None:
        return None
    trust = _BY_CALLER if outcome.feedback is not None else _BY_CHECKS
    if decision.effort == "high":
        return (0.0, trust * (1 - outcome.quality)) if outcome.quality < 1 else None
    if outcome.quality < 0.5 and outcome.escalated:
        return (1.0, 1.0) if outcome.mended else (0.0, 1.0) if outcome.mended is False else (1.0, _BY_CHECKS)
    return 1 - outcome.quality, trust


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
    for decision in decisions:
        change = _tally(decision, costs=costs)
        if change is not None:
            for key in decision.key:
                changes[key] = changes[key] + change if key in changes else change
        if spread and decision.source in ("score", "phase", "exploration") and decision.gain is not None:
            bin_ = bin_of(decision.gain)
            changes[bin_] = changes.get(bin_, Tally()) + Tally(trials=1.0, predicted=decision.gain)
    return changes


def _tally(decision: Decision, *, costs: bool) -> Tally | None:
    paid, weight = find_lesson(decision) or (0.0, 0.0)
    actual = decision.actual if costs else None
    if actual is None and not weight:
        return None
    tokens = actual.output_tokens if actual is not None else 0
    counted, high = int(actual is not None), decision.effort == "high"
    return Tally(
        trials=weight,
        paid=weight * paid,
        predicted=weight * decision.score,
        none_requests=0 if high else counted,
        none_tokens=0 if high else tokens,
        high_requests=counted if high else 0,
        high_tokens=tokens if high else 0,
    )
