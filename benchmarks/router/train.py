"""Fit the packaged weights: `python -m benchmarks.router.train [--out FILE]`.

A logistic model whose weights have the sign that their feature was made for, are drawn towards zero, and answer to
three kinds of witness: our beliefs, sources with outcomes, sources labelled by a rule. Each source counts as a whole,
not by its rows. What features of the step weigh is set by hand: no row of ours has tools, rules or trouble.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.optimize import brentq, minimize

from agentkit.router.score import Weights
from benchmarks.router.data import FEATURES, Array, Rows, read_beliefs, read_dev

BELIEF_WEIGHT = 40.0
"""What all beliefs weigh together, where a source weighs about 1."""

STRENGTH = 0.002
"""How hard weights are drawn to their prior, at a total weight of 1."""

SOURCE_WEIGHTS = {"bbh": 0.5, "rgym_easy": 1.5, "numersense_v2": 0.5, "mmlu_subject": 1.0}
"""Current models count more than those of 2022, rules by task type less than outcomes. Others weigh `OTHER`."""

OTHER = 0.7

BY_HAND = {
    "tool_result": -0.3, "final_answer": -5.0, "tools": 0.3, "irreversible": 0.5, "schema": -0.2, "images": 0.2,
    "rules": 0.8, "policy_bound": 3.5, "trouble": 2.0,
}  # fmt: skip
"""Weights of the step, from published none/high comparisons of agents; the fit leaves them as they are."""

BASE_RATE = 0.3
"""Share of tasks on which reasoning is taken to pay, where nobody has seen the source. It is set and not fitted: sources
range from none of their tasks to two thirds, so a rate learned from six of them says nothing of a seventh, but that it
is likely to lie on the other side of the mean."""

NEVER_UP = {
    "extract",
    "rewrite",
    "translate",
    "classify",
    "write",
    "lookup",
    "humanities",
    "amounts",
    "plain_call",
}
"""Features that can only speak against reasoning."""

EITHER_WAY = {"length", "options", "data", "number_share"}
"""Features of which it is not known beforehand; all others can only speak for reasoning."""

PRIOR = {"bias": -1.5, "plain_call": -1.0, **BY_HAND}


def row_weights(rows: Rows) -> Array:
    """Return the weight of each row: sources by `SOURCE_WEIGHTS`, within them kinds of task by the root of their size."""
    weights = np.zeros(len(rows))
    for source in np.unique(rows.source):
        mask = rows.source == source
        _, place, count = np.unique(rows.task[mask], return_inverse=True, return_counts=True)
        share = 1 / np.sqrt(count[place])
        weights[mask] = share / share.sum() * SOURCE_WEIGHTS.get(str(source), OTHER)
    return weights


def fit(rows: Rows, beliefs: Rows) -> Array:
    """Return bias and weights, in the order of `FEATURES`, not yet calibrated."""
    x = np.column_stack([np.ones(len(rows) + len(beliefs)), np.vstack([rows.x, beliefs.x])])
    y = np.concatenate([rows.y, beliefs.y])
    weights = np.concatenate([row_weights(rows), np.full(len(beliefs), BELIEF_WEIGHT / len(beliefs))])
    weights = weights / weights.sum()
    prior = np.array([PRIOR.get(name, 0.0) for name in ("bias", *FEATURES)])
    strength = np.array([0.0] + [STRENGTH] * len(FEATURES))

    def loss(given: Array) -> tuple[float, Array]:
        z, away = x @ given, given - prior
        value = (weights * (np.logaddexp(0, z) - y * z)).sum() + (strength * away**2).sum() / 2
        return float(value), x.T @ (weights * (1 / (1 + np.exp(-z)) - y)) + strength * away

    return np.asarray(
        minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=[(-10, 10), *map(_bounds, FEATURES)]).x
    )


def _bounds(name: str) -> tuple[float, float]:
    if name in BY_HAND:
        return BY_HAND[name], BY_HAND[name]
    return (-10, 0) if name in NEVER_UP else (-10, 10) if name in EITHER_WAY else (0, 10)


def leave_source_out(rows: Rows, beliefs: Rows) -> Array:
    """Return for each row the log-odds by weights that its source had no part in."""
    z = np.zeros(len(rows))
    for source in np.unique(rows.source):
        out = rows.source == source
        weights = fit(rows.take(~out), beliefs)
        z[out] = weights[0] + rows.x[out] @ weights[1:]
    return z


def calibrate(z: Array, rows: Rows, *, base_rate: float | None = BASE_RATE) -> tuple[float, float]:
    """Return shift and slope that make log-odds of left-out sources true, each source counting once.

    Args:
        z: Log-odds of the rows by weights that their sources had no part in.
        rows: The rows.
        base_rate: Mean of the calibrated scores, each source counting once; None takes that of the labels.
    """
    weights = source_weights(rows)

    def loss(given: Array) -> float:
        q = given[0] + given[1] * z
        return float((weights * (np.logaddexp(0, q) - rows.y * q)).sum())

    shift, slope = minimize(loss, np.array([0.0, 1.0]), method="Nelder-Mead").x
    if base_rate is not None:
        shift = brentq(lambda a: float((weights / (1 + np.exp(-(a + slope * z)))).sum()) - base_rate, -50, 50)
    return float(shift), float(slope)


def source_weights(rows: Rows) -> Array:
    """Return weights of the rows that sum to 1, each source counting once."""
    _, place, count = np.unique(rows.source, return_inverse=True, return_counts=True)
    return np.asarray(1 / count[place] / len(count))


def calibrated(weights: Array, shift: float, slope: float) -> Array:
    """Return weights whose scores are calibrated; those set by hand are probabilities already and stay."""
    scale = np.array([slope] + [1.0 if name in BY_HAND else slope for name in FEATURES])
    found = weights * scale
    found[0] += shift
    return found


def train(rows: Rows, beliefs: Rows) -> Array:
    """Return calibrated weights from all rows given."""
    return calibrated(fit(rows, beliefs), *calibrate(leave_source_out(rows, beliefs), rows))


def packaged(weights: Array, *, version: str, threshold: float, provenance: str) -> Weights:
    """Return weights as the package reads them."""
    named = {name: round(float(value), 4) for name, value in zip(FEATURES, weights[1:], strict=True)}
    return Weights(
        version=version,
        bias=round(float(weights[0]), 4),
        threshold=threshold,
        features=named,
        provenance=provenance,
    )


VERSION = "3"

THRESHOLD = 0.33
"""High where reasoning pays on one such task in three: a missed gain is lost, a needless thought only costs tokens."""


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).parents[2] / "agentkit" / "router" / "weights.json"
    parser.add_argument("--out", type=Path, default=default)
    out = parser.parse_args().out
    rows, beliefs = read_dev(), read_beliefs()
    sources = {str(source): int((rows.source == source).sum()) for source in np.unique(rows.source)}
    provenance = (
        f"Sign-constrained logistic regression by benchmarks/router/train.py on {len(beliefs)} tasks written by the agentkit authors with their"
        f" beliefs ({len(np.unique(beliefs.source))} families, benchmarks/router/beliefs.txt; most of the weight) and on"
        f" {len(rows)} labelled rows of public sources {json.dumps(sources)}; slope calibrated on predictions for left-out sources, base rate set to {BASE_RATE}. Weights of the step"
        f" ({', '.join(BY_HAND)}) are set by hand from published none/high comparisons of agents. See docs/explain/router-model-card.md."
    )
    weights = packaged(train(rows, beliefs), version=VERSION, threshold=THRESHOLD, provenance=provenance)
    out.write_text(weights.to_json(), encoding="utf-8")
    print(f"wrote {out}")


if __name__ == "__main__":
    main()
