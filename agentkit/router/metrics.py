"""How good scores are: ranking, quality bought for a share of high calls, calibration. Plain Python, with weights."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby, pairwise

Interval = tuple[float, float]


def balance(groups: Sequence[str]) -> list[float]:
    """Return weights under which every group counts the same."""
    sizes = Counter(groups)
    return [1 / sizes[group] for group in groups]


def auroc(
    scores: Sequence[float], labels: Sequence[bool], weights: Sequence[float] | None = None
) -> float | None:
    """Return the chance that a random positive outscores a random negative, ties counting half.

    None where one of the two is missing.
    """
    weights = weights if weights is not None else [1.0] * len(scores)
    below = won = positives = 0.0
    for _, tied in groupby(sorted(zip(scores, labels, weights, strict=True)), key=lambda row: row[0]):
        rows = list(tied)
        up = sum(weight for _, label, weight in rows if label)
        down = sum(weight for _, label, weight in rows if not label)
        won += up * (below + down / 2)
        positives += up
        below += down
    return won / (positives * below) if positives and below else None


def quality_curve(
    scores: Sequence[float],
    direct: Sequence[float],
    reasoning: Sequence[float],
    weights: Sequence[float] | None = None,
) -> list[tuple[float, float]]:
    """Return (share sent to high, expected quality) from none to all, the highest scores first.

    Rows of one score go together; between two points quality is linear, the expectation over the ties.
    """
    weights = weights if weights is not None else [1.0] * len(scores)
    total = sum(weights)
    quality = sum(w * d for w, d in zip(weights, direct, strict=True)) / total
    points, share = [(0.0, quality)], 0.0
    ranked = sorted(zip((-s for s in scores), direct, reasoning, weights, strict=True))
    for _, tied in groupby(ranked, key=lambda row: row[0]):
        for _, d, r, w in tied:
            share += w / total
            quality += w * (r - d) / total
        points.append((share, quality))
    return points


def auqc(
    scores: Sequence[float],
    direct: Sequence[float],
    reasoning: Sequence[float],
    weights: Sequence[float] | None = None,
) -> float | None:
    """Return the area under the quality curve, 0 for a random order and 1 for the order by true gain.

    None where no order is better than another.
    """
    curve = quality_curve(scores, direct, reasoning, weights)
    gains = [r - d for d, r in zip(direct, reasoning, strict=True)]
    best, chance = _area(quality_curve(gains, direct, reasoning, weights)), (curve[0][1] + curve[-1][1]) / 2
    return (_area(curve) - chance) / (best - chance) if best - chance > 1e-12 else None


def _area(points: Sequence[tuple[float, float]]) -> float:
    return sum((f1 - f0) * (q1 + q0) / 2 for (f0, q0), (f1, q1) in pairwise(points))


def calibration_error(
    scores: Sequence[float], labels: Sequence[bool], weights: Sequence[float] | None = None, bins: int = 15
) -> float:
    """Return the mean distance between score and share of positives, over bins of equal width."""
    weights = weights if weights is not None else [1.0] * len(scores)
    off = [0.0] * bins
    for score, label, weight in zip(scores, labels, weights, strict=True):
        off[min(int(score * bins), bins - 1)] += weight * (score - label)
    return sum(map(abs, off)) / sum(weights)


def interval(
    measure: Callable[[list[int]], float | None],
    size: int,
    *,
    groups: Sequence[str] | None = None,
    draws: int = 200,
    seed: int = 0,
) -> Interval | None:
    """Return the 95 % percentile bootstrap interval of a measure over rows.

    Args:
        measure: Takes the places of the drawn rows.
        size: Number of rows.
        groups: Groups within which rows are drawn, so that each keeps its size.
        draws: Number of samples.
        seed: Of the draws.

    Returns:
        The interval, or None where fewer than half of the samples could be measured.
    """
    chance = random.Random(seed)  # noqa: S311 - a reproducible draw, no secret
    places: dict[str, list[int]] = {}
    for place in range(size):
        places.setdefault(groups[place] if groups is not None else "", []).append(place)
    found: list[float] = []
    for _ in range(draws):
        drawn = [place for group in places.values() for place in chance.choices(group, k=len(group))]
        value = measure(drawn)
        if value is not None:
            found.append(value)
    if len(found) < draws / 2:
        return None
    found.sort()
    return found[int(0.025 * len(found))], found[min(len(found) - 1, int(0.975 * len(found)))]
