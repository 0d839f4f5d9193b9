"""Where high begins when a policy names a share, a quality or a mean cost: read from the gains seen so far."""

from __future__ import annotations

from collections.abc import Sequence

from agentkit.protocol.gains import Tally
from agentkit.router.policy import RoutingPolicy

BINS = 50
LEAST = 50
"""Gains that must have been seen before their spread says anything."""

KEYS: tuple[str, ...] = tuple(f"gains:{number:02d}" for number in range(BINS))
"""Keys under which the gains of decisions are counted, by size."""


def bin_of(gain: float) -> str:
    """Return the key under which a gain is counted."""
    return KEYS[min(BINS - 1, int(gain * BINS))]


def needs_spread(policy: RoutingPolicy) -> bool:
    """Return whether a policy goes by the gains seen so far."""
    return (policy.quality, policy.high_share, policy.tokens_per_request) != (None, None, None)


def find_threshold(
    policy: RoutingPolicy, tallies: Sequence[Tally], tokens: float
) -> tuple[float, float, float] | None:
    """Return the bin in which high begins, and the part of it that is high; None where too little was seen.

    Args:
        policy: Names a share, a quality or a mean cost.
        tallies: What was counted under `KEYS`.
        tokens: What high is expected to cost beyond none, for a mean cost.

    Returns:
        Lower and upper edge, and the probability with which the threshold is the lower one.
    """
    counts = [tally.trials for tally in tallies]
    if sum(counts) < LEAST:
        return None
    share = policy.high_share
    if policy.tokens_per_request is not None:
        share = min(1.0, policy.tokens_per_request / max(tokens, 1.0))
    if policy.quality is not None:
        share, counts = policy.quality, [tally.predicted for tally in tallies]
    assert share is not None
    left = share * sum(counts)
    for number in reversed(range(BINS)):
        if counts[number] > left:
            return number / BINS, (number + 1) / BINS, left / counts[number]
        left -= counts[number]
    return 0.0, 0.0, 1.0
