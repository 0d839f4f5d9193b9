"""Policies that can be held against rows after the fact: thresholds, shares, and all the knobs of a `RoutingPolicy`."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from agentkit.protocol.effort import Effort
from agentkit.router.decide import Facts, weigh
from agentkit.router.fit import score_row
from agentkit.router.policy import RoutingPolicy
from agentkit.router.replay import Policy, threshold_for
from agentkit.router.rows import Row
from agentkit.router.score import Weights


def gain_of(row: Row, weights: Weights) -> float:
    """Return the probability that reasoning pays: the weights' score, moved by what was learned when the row was logged."""
    score = score_row(weights, row)
    if not row.learned:
        return score
    score = min(max(score, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-math.log(score / (1 - score)) - row.learned))


def always(effort: Effort) -> Policy:
    """Return the policy that says the same of every row."""
    return lambda _: effort


def at_threshold(weights: Weights, threshold: float) -> Policy:
    """Return the policy that is high from a gain on; what the gain did not decide stays as it was."""
    known: dict[int, tuple[object, float]] = {}  # rows of a simulated log share their features

    def decide(row: Row) -> Effort:
        if row.fixed and row.effort is not None:
            return row.effort
        if id(row.features) not in known:
            known[id(row.features)] = row.features, gain_of(row, weights)
        return "high" if known[id(row.features)][1] >= threshold else "none"

    return decide


def at_share(weights: Weights, share: float, rows: Sequence[Row]) -> Policy:
    """Return the policy that sends the share of the rows with the highest gains to high."""
    return at_threshold(
        weights, threshold_for([gain_of(row, weights) for row in rows if not row.fixed], share)
    )


def at_random(share: float, rows: Sequence[Row]) -> Policy:
    """Return the policy that sends a share drawn by chance to high."""
    chance = random.Random(0)  # noqa: S311 - a reproducible draw, no secret
    drawn = {id(row.features) for row in rows if chance.random() < share}
    return lambda row: "high" if id(row.features) in drawn else "none"


def under(policy: RoutingPolicy, weights: Weights, rows: Sequence[Row]) -> Policy:
    """Return what a `RoutingPolicy` would decide, each row by itself.

    Rows whose facts are known are decided from these, limits, overrides, cues and trouble included; others by their gain
    alone. Chance is left out, and a share, a quality or a mean cost is taken over the rows themselves.
    """
    threshold = _threshold(policy, weights, rows)
    policy = replace(policy, explore=0.0, shadow=0.0, high_share=None, quality=None, tokens_per_request=None)

    def decide(row: Row) -> Effort:
        if row.facts:
            facts = replace(Facts.from_dict(row.facts), draws=(0.0, 1.0, 1.0), spread=None)
        else:
            tokens = policy.reasoning_tokens
            facts = Facts(
                gain=0.0, threshold=threshold, tokens=tokens, seconds=tokens / policy.tokens_per_second
            )
        if not policy.user_cues:
            facts = replace(facts, cue=None)
        return weigh(policy, replace(facts, gain=gain_of(row, weights), threshold=threshold)).effort

    return decide


def _threshold(policy: RoutingPolicy, weights: Weights, rows: Sequence[Row]) -> float:
    if policy.threshold is not None:
        return policy.threshold
    gains = sorted((gain_of(row, weights) for row in rows if not row.fixed), reverse=True)
    share = policy.high_share
    if policy.tokens_per_request is not None:
        tokens = [Facts.from_dict(row.facts).tokens for row in rows if row.facts] or [policy.reasoning_tokens]
        share = min(1.0, policy.tokens_per_request * len(tokens) / max(sum(tokens), 1.0))
    if policy.quality is not None and gains:
        wanted = policy.quality * sum(gains)
        share = sum(total < wanted for total in accumulate(gains, initial=0.0)) / len(gains)
    return weights.threshold if share is None else threshold_for(gains, min(1.0, share))
