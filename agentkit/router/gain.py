"""What was learned of tasks of a kind corrects what their text lets one expect."""

from __future__ import annotations

import math
from collections.abc import Sequence

from agentkit.protocol.gains import Tally

PRIOR = 4.0
"""Trials that the more general level counts for at each level."""

CHECKED = 12.0
"""Trials that all of what only checks told counts for at most, so that a thousand valid answers do not drown the word of
a caller who says that they are wrong."""

SLOPE = 0.5
"""What is left, after many trials, of the differences that the text makes among tasks of one kind."""


def estimate(score: float, tallies: Sequence[Tally]) -> float:
    """Return the probability that reasoning pays.

    Each level (agent, agent and step, kind of task) compares how often reasoning paid with how often the level above
    expected it to, both shrunk towards that expectation by `PRIOR` trials, and moves the log-odds by the difference.
    So a handful of trials moves little, the text model goes on telling tasks of one agent apart, and a kind of task
    with many trials is judged by them. `benchmarks/router/identity.py` compares this with plain shrunk means.

    Args:
        score: What the text lets one expect, 0 to 1.
        tallies: What was counted, from the most general level to the finest.
    """
    moved, trials, centre = 0.0, 0.0, 0.0
    for tally in tallies:
        trials, paid, predicted = _weigh(tally)
        if trials > 0:
            centre = _logit(predicted / trials)
            expected = _sigmoid(centre + moved)
            moved += _logit((paid + PRIOR * expected) / (trials + PRIOR)) - _logit(expected)
    if not moved:
        return score
    if trials <= 0:  # of this kind nothing is known, only of those above it
        return _sigmoid(_logit(score) + moved)
    slope = SLOPE + (1 - SLOPE) * PRIOR / (PRIOR + trials)
    return _sigmoid(centre + moved + slope * (_logit(score) - centre))


def _weigh(tally: Tally) -> tuple[float, float, float]:
    """Trials, those that paid, and their scores, with what only checks told counted as `CHECKED` at most."""
    share = min(1.0, CHECKED / tally.checked) if tally.checked > 0 else 0.0
    return (
        tally.trials + share * tally.checked,
        tally.paid + share * tally.checked_paid,
        tally.predicted + share * tally.checked_predicted,
    )


def expected_tokens(unseen: float, tallies: Sequence[Tally]) -> float:
    """Return the completion tokens that high is expected to write beyond none.

    Args:
        unseen: What to expect before anything was seen.
        tallies: What was counted, from the most general level to the finest.
    """
    none, high = 0.0, unseen
    for tally in tallies:
        none = (PRIOR * none + tally.none_tokens) / (PRIOR + tally.none_requests)
        high = (PRIOR * high + tally.high_tokens) / (PRIOR + tally.high_requests)
    return max(0.0, high - none)


def _logit(share: float) -> float:
    share = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))


def _sigmoid(odds: float) -> float:
    return 1 / (1 + math.exp(-odds)) if odds >= 0 else math.exp(odds) / (1 + math.exp(odds))
