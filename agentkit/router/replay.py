"""What another policy would have brought, estimated from the decisions that were made: IPS, SNIPS, doubly robust.

A policy says high or none for each row. Where both efforts were run the answer is known; else what was done counts by
the inverse of its propensity, and a model of the outcomes takes out variance (doubly robust: right where either the
propensities or the model is).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from agentkit.errors import InputError
from agentkit.protocol.effort import Effort
from agentkit.router.metrics import Interval, interval
from agentkit.router.rows import Row

Policy = Callable[[Row], Effort]

Method = Literal["truth", "seen", "ips", "snips", "dr"]

_CAP = 50.0
"""Most that one row counts: a propensity near zero would let a single row decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One estimate of what a policy brings.

    Attributes:
        method: `truth` where both efforts of every row are known, `seen` of what was decided.
        value: Expected quality, 0 to 1.
        interval: 95 %, or None where there are too few rows.
        share: Share of rows that the policy sends to high.
        support: Share of rows in which what the policy wants was done.
        guessed: Share of rows in which it was not done and, by the log's own odds, never could have been: of them the
            estimate knows only what rows of their group let one expect, and its interval does not cover that.
    """

    method: Method
    value: float
    interval: Interval | None
    share: float
    support: float
    guessed: float = 0.0


def replay(rows: Sequence[Row], policy: Policy, *, draws: int = 400, seed: int = 0) -> list[Estimate]:
    """Estimate a policy.

    Args:
        rows: Rows with outcomes; what the policy wants must have had a chance in the log.
        policy: The policy.
        draws: Bootstrap samples of the intervals.
        seed: Of the samples.

    Raises:
        InputError: There are no rows, or nothing that was done is what the policy wants.
    """
    known = [row for row in rows if row.direct is not None or row.reasoning is not None]
    if not known:
        raise InputError(
            "There is no row with an outcome.",
            hint="Traces need outcome.quality: see docs/explain/traces.md.",
        )
    wanted: list[Effort] = [policy(row) for row in known]
    share = wanted.count("high") / len(known)
    if all(row.gain is not None for row in known):
        sums = [_quality(row, effort) or 0.0 for row, effort in zip(known, wanted, strict=True)]
        return [_estimate("truth", sums, None, share, 1.0, draws, seed)]
    matched = [_weight(row, effort) for row, effort in zip(known, wanted, strict=True)]
    support = sum(weight > 0 for weight in matched) / len(known)
    never = sum(row.propensity >= 1 and not weight for row, weight in zip(known, matched, strict=True))
    guessed = never / len(known)
    if not support:
        raise InputError(
            "Nothing that was done is what this policy wants, so the log says nothing about it.",
            hint="Log with RoutingPolicy(explore=0.05) or make shadow runs with `agentkit route shadow`.",
        )
    seen = [_quality(row, effort) or 0.0 for row, effort in zip(known, wanted, strict=True)]
    told = [quality for quality, weight in zip(seen, matched, strict=True) if weight]
    size = sum(matched) ** 2 / sum(weight * weight for weight in matched)
    model = _OutcomeModel(known)
    robust: list[float] = []
    for row, effort, weight in zip(known, wanted, matched, strict=True):
        guess = model.expect(row, effort)
        robust.append(guess + weight * ((_quality(row, effort) or 0.0) - guess if weight else 0.0))
    plain = [weight * quality for weight, quality in zip(matched, seen, strict=True)]
    found = [
        _estimate("dr", robust, None, share, support, draws, seed),
        _estimate("snips", plain, matched, share, support, draws, seed),
        _estimate("ips", plain, None, share, support, draws, seed),
    ]
    if min(told) == max(told):
        # Rows that all say the same have no spread to draw from, and are not certain for that.
        found = [replace(one, interval=_widen(one.interval, told[0], size)) for one in found]
    return [replace(one, guessed=guessed) for one in found]


def replay_logged(rows: Sequence[Row], *, draws: int = 400, seed: int = 0) -> list[Estimate]:
    """Return what the decisions that were made brought.

    Raises:
        InputError: The rows hold no decision with an outcome.
    """
    done = [(row.decided, _quality(row, row.decided)) for row in rows if row.decided is not None]
    parts = [quality for _, quality in done if quality is not None]
    if not parts:
        raise InputError(
            "These rows hold no decision with an outcome: both efforts were run on purpose, or no outcome is known.",
            hint="Use threshold=T or share=S.",
        )
    share = sum(effort == "high" for effort, quality in done if quality is not None) / len(parts)
    return [_estimate("seen", parts, None, share, 1.0, draws, seed)]


def _widen(spread: Interval | None, value: float, size: float) -> Interval:
    """The Wilson interval of a share that was seen as 0 or 1 only, around whatever else is known."""
    reach = _Z * _Z / (size + _Z * _Z)
    low, high = (max(0.0, value - reach), min(1.0, value + reach))
    return (min(low, spread[0]), max(high, spread[1])) if spread is not None else (low, high)


_Z = 1.96


def _quality(row: Row, effort: Effort) -> float | None:
    return row.direct if effort == "none" else row.reasoning


def _weight(row: Row, effort: Effort) -> float:
    if row.effort is None:  # both were run
        return 1.0
    return min(_CAP, 1 / row.propensity) if row.effort == effort else 0.0


def _estimate(
    method: Method,
    parts: list[float],
    weights: list[float] | None,
    share: float,
    support: float,
    draws: int,
    seed: int,
) -> Estimate:
    def mean(places: Sequence[int]) -> float | None:
        below = sum(weights[place] for place in places) if weights is not None else float(len(places))
        return sum(parts[place] for place in places) / below if below else None

    size = len(parts)
    value = mean(range(size)) or 0.0
    spread = interval(mean, size, draws=draws, seed=seed) if size > 1 else None
    # The true value lies in 0..1, whatever few rows of great weight say.
    value = min(1.0, max(0.0, value))
    if spread is not None:
        spread = (min(1.0, max(0.0, spread[0])), min(1.0, max(0.0, spread[1])))
    return Estimate(method=method, value=value, interval=spread, share=share, support=support)


class _OutcomeModel:
    """Mean quality by effort, and by effort and group, the second drawn to the first: kept simple on purpose."""

    _STRENGTH = 5.0

    def __init__(self, rows: Sequence[Row]) -> None:
        self._means: dict[Effort, float] = {}
        self._groups: dict[tuple[Effort, str], tuple[float, int]] = {}
        efforts: tuple[Effort, ...] = ("none", "high")
        for effort in efforts:
            seen = [(row.group, quality) for row in rows if (quality := _quality(row, effort)) is not None]
            mean = sum(quality for _, quality in seen) / len(seen) if seen else 0.5
            self._means[effort] = mean
            for group, quality in seen:
                total, count = self._groups.get((effort, group), (0.0, 0))
                self._groups[effort, group] = (total + quality - mean, count + 1)

    def expect(self, row: Row, effort: Effort) -> float:
        """Return the quality to be expected, as one who does not know the row's own outcome would."""
        total, count = self._groups.get((effort, row.group), (0.0, 0))
        own = _quality(row, effort)
        if own is not None:
            total, count = total - (own - self._means[effort]), count - 1
        return self._means[effort] + total / (count + self._STRENGTH)


def threshold_for(scores: Sequence[float], share: float) -> float:
    """Return the threshold that sends a share of scores to high, as nearly as ties allow."""
    if not scores:
        return 0.5
    ranked = sorted(scores, reverse=True)
    place = min(len(ranked) - 1, max(0, math.ceil(share * len(ranked)) - 1))
    return ranked[place] if share > 0 else math.nextafter(ranked[0], math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How estimates compare with the truth, over many logs drawn from rows of which both outcomes are known.

    Attributes:
        method: The estimate.
        bias: Its mean distance from the truth.
        error: Root of its mean squared distance.
        coverage: Share of logs in which its 95 % interval held the truth.
    """

    method: Method
    bias: float
    error: float
    coverage: float


def simulate_log(rows: Sequence[Row], logger: Callable[[Row], float], *, seed: int) -> list[Row]:
    """Return the rows as a log would hold them: one effort each, drawn with a probability of high that the logger gives."""
    chance = random.Random(seed)  # noqa: S311 - a reproducible draw, no secret
    log: list[Row] = []
    for row in rows:
        odds = logger(row)
        high = chance.random() < odds
        log.append(
            replace(
                row,
                direct=None if high else row.direct,
                reasoning=row.reasoning if high else None,
                effort="high" if high else "none",
                propensity=odds if high else 1 - odds,
            )
        )
    return log


def check(
    rows: Sequence[Row], policy: Policy, logger: Callable[[Row], float], *, logs: int = 100, draws: int = 200
) -> list[Check]:
    """Hold the estimates against the full information of labelled rows.

    Args:
        rows: Rows with both outcomes.
        policy: The policy to estimate.
        logger: Probability of high of the policy that makes the logs, between 0 and 1.
        logs: Number of logs.
        draws: Bootstrap samples for each interval.
    """
    truth = replay(rows, policy, draws=2)[0].value
    found: dict[Method, list[Estimate]] = {}
    for seed in range(logs):
        for estimate in replay(simulate_log(rows, logger, seed=seed), policy, draws=draws, seed=seed):
            found.setdefault(estimate.method, []).append(estimate)
    checks: list[Check] = []
    for method, estimates in found.items():
        off = [estimate.value - truth for estimate in estimates]
        held = [e.interval is not None and e.interval[0] <= truth <= e.interval[1] for e in estimates]
        checks.append(
            Check(
                method=method,
                bias=sum(off) / len(off),
                error=math.sqrt(sum(x * x for x in off) / len(off)),
                coverage=sum(held) / len(held),
            )
        )
    return checks
