"""Fit weights to one's own tasks: the given weights as prior, corrected by features and by the words of a template.

Plain Python, so that learning needs nothing installed: a logistic regression by L-BFGS, seconds for thousands of rows.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentkit.errors import InputError
from agentkit.router.features import NAMES
from agentkit.router.rows import Row
from agentkit.router.score import Weights

PAYS = 0.2
"""Gain in quality from which reasoning is said to pay."""

FEWEST = 20
"""Rows below which a fit is refused: it would learn accidents."""

_WORD_STRENGTH, _FEATURE_STRENGTH, _SCALE_STRENGTH = 4.0, 4.0, 16.0
"""How hard corrections are drawn to none, in the units of one row's loss."""

_FULL = 0.6
"""Gain that counts as a whole one."""

_MOST_WORDS = 4000
_MENDED = 0.6
"""Share of failed none answers that reasoning is taken to mend, where only the failure is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a row says about whether reasoning pays.

    Attributes:
        pays: 0 to 1.
        weight: How much it says; a row with both outcomes weighs 1.
    """

    pays: float
    weight: float


def target_of(row: Row, score: float) -> Target:
    """Return what a row teaches.

    Args:
        row: The row.
        score: What the prior expects, for where the row leaves it open.
    """
    gain = row.gain
    if gain is not None:
        # Between the label and the size of the gain: the label is what scores mean, the size is what they are for.
        return Target(pays=(float(gain >= PAYS) + min(1.0, max(0.0, gain / _FULL))) / 2, weight=1.0)
    # Rare choices stand for the many that were not taken.
    weight = min(4.0, 1 / row.propensity)
    if row.direct is not None:
        return Target(pays=_MENDED * (1 - row.direct), weight=weight / 2)
    quality = row.reasoning if row.reasoning is not None else 0.0
    return Target(pays=score * quality, weight=weight / 4)


def fit(rows: Sequence[Row], prior: Weights, *, version: str = "", threshold: float | None = None) -> Weights:
    """Return weights that keep to the prior where the rows say nothing else.

    Args:
        rows: What is known of one's own tasks.
        prior: Weights to start from, without words of their own.
        version: Version of the result; empty for the prior's with the number of rows.
        threshold: Score from which effort is high; None for the prior's.

    Raises:
        InputError: There are too few rows.
    """
    if len(rows) < FEWEST:
        raise InputError(
            f"{len(rows)} rows are too few to fit weights.",
            hint=f"At least {FEWEST} rows with outcomes are needed, 200 make a clear difference.",
        )
    words = _common_words(rows)
    columns = {name: 2 + i for i, name in enumerate(name for name in NAMES if name != "wording")}
    columns.update({f"word {word}": len(columns) + 2 + i for i, word in enumerate(words)})
    known, examples = set(words), list[_Example]()
    for row in rows:
        z = _log_odds(prior, row)
        target = target_of(row, prior.score(row.features))
        entries = [(0, 1.0), (1, z)]
        entries += [(columns[name], value) for name, value in row.features.items() if name in columns]
        entries += [(columns[f"word {word}"], 1.0) for word in row.words if word in known]
        examples.append(_Example(entries, target.pays, target.weight, z))
    strength = [
        0.1,
        _SCALE_STRENGTH,
        *[_FEATURE_STRENGTH] * (len(columns) - len(words)),
        *[_WORD_STRENGTH] * len(words),
    ]
    found = _minimise(lambda given: _loss(given, examples, strength), [0.0] * len(strength))
    scale = 1 + found[1]
    features = {
        name: round(scale * prior.features.get(name, 0.0) + found[column], 4)
        for name, column in columns.items()
        if not name.startswith("word ")
    }
    return Weights(
        version=version or f"{prior.version}+{len(rows)}",
        bias=round(scale * prior.bias + found[0], 4),
        threshold=prior.threshold if threshold is None else threshold,
        features={name: value for name, value in features.items() if value},
        words={word: value for word in words if (value := round(found[columns[f"word {word}"]], 3))},
        provenance=f"agentkit route fit on {len(rows)} rows, drawn to weights {prior.version}. {prior.provenance}",
    )


def score_row(weights: Weights, row: Row) -> float:
    """Return the score of a row's task."""
    wording = sum(weights.words.get(word, 0.0) for word in row.words) if weights.words else 0.0
    return weights.score({**row.features, "wording": wording} if wording else row.features)


def cross_fit(rows: Sequence[Row], prior: Weights, *, folds: int = 5, seed: int = 0) -> list[float]:
    """Return for each row its score by weights fitted to the other folds."""
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)  # noqa: S311 - a reproducible shuffle, no secret
    scores = [0.0] * len(rows)
    for fold in range(folds):
        out = order[fold::folds]
        held = set(out)
        weights = fit([row for place, row in enumerate(rows) if place not in held], prior)
        for place in out:
            scores[place] = score_row(weights, rows[place])
    return scores


def _log_odds(weights: Weights, row: Row) -> float:
    score = min(1 - 1e-9, max(1e-9, score_row(weights, row)))
    return math.log(score / (1 - score))


def _common_words(rows: Sequence[Row]) -> list[str]:
    counts = Counter(word for row in rows for word in row.words)
    common = [word for word, count in counts.items() if 2 <= count <= 0.9 * len(rows)]
    return sorted(sorted(common, key=lambda word: (-counts[word], word))[:_MOST_WORDS])


@dataclass(frozen=True, slots=True)
class _Example:
    entries: list[tuple[int, float]]
    pays: float
    weight: float
    start: float


def _loss(
    given: list[float], examples: Sequence[_Example], strength: Sequence[float]
) -> tuple[float, list[float]]:
    loss, slope = 0.0, [power * value for power, value in zip(strength, given, strict=True)]
    for power, value in zip(strength, given, strict=True):
        loss += power * value * value / 2
    for example in examples:
        z = example.start
        for column, value in example.entries:
            z += given[column] * value
        # log(1 + e^z) in the form that does not overflow
        loss += example.weight * (max(z, 0.0) + math.log1p(math.exp(-abs(z))) - example.pays * z)
        chance = 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))
        off = example.weight * (chance - example.pays)
        for column, value in example.entries:
            slope[column] += off * value
    return loss, slope


_Objective = Callable[[list[float]], tuple[float, list[float]]]


def _minimise(objective: _Objective, start: list[float], *, steps: int = 100, memory: int = 8) -> list[float]:
    """L-BFGS with a halving line search, for a smooth and convex objective."""
    place = start
    loss, slope = objective(place)
    pairs: list[tuple[list[float], list[float], float]] = []
    for _ in range(steps):
        if max(map(abs, slope)) < 1e-3:
            break
        direction = _direction(slope, pairs)
        descent = _dot(direction, slope)
        size = 1.0 if pairs else min(1.0, 1 / math.sqrt(_dot(slope, slope)))
        while True:
            ahead = [here + size * way for here, way in zip(place, direction, strict=True)]
            new_loss, new_slope = objective(ahead)
            if new_loss <= loss + 1e-4 * size * descent:
                break
            size /= 2
            if size < 1e-10:
                return place
        moved = [new - old for new, old in zip(ahead, place, strict=True)]
        turned = [new - old for new, old in zip(new_slope, slope, strict=True)]
        bend = _dot(moved, turned)
        if bend > 1e-12:
            pairs = [*pairs[-memory + 1 :], (moved, turned, 1 / bend)]
        place, loss, slope = ahead, new_loss, new_slope
    return place


def _direction(slope: list[float], pairs: Sequence[tuple[list[float], list[float], float]]) -> list[float]:
    found = slope
    shares: list[float] = []
    for moved, turned, scale in reversed(pairs):
        share = scale * _dot(moved, found)
        shares.append(share)
        found = [value - share * turn for value, turn in zip(found, turned, strict=True)]
    if pairs:
        moved, turned, _ = pairs[-1]
        first = _dot(moved, turned) / _dot(turned, turned)
        found = [first * value for value in found]
    for (moved, turned, scale), share in zip(pairs, reversed(shares), strict=True):
        back = share - scale * _dot(turned, found)
        found = [value + back * move for value, move in zip(found, moved, strict=True)]
    return [-value for value in found]


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
