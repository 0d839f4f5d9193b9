"""What calibrators were tried for sources whose base rate nobody knows, and how far any could get."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from agentkit.router.metrics import calibration_error
from benchmarks.router import train
from benchmarks.router.data import Array, Rows

Calibrator = Callable[[Array, Rows, Array], Array]
"""From log-odds and labels of other sources, and log-odds of the one left out, to its scores."""


def table(rows: Rows, beliefs: Rows) -> str:
    """Return calibration errors of scores for left-out sources, with everything fitted on the others."""
    inner: dict[str, tuple[Rows, Array, Array]] = {}
    for source in np.unique(rows.source):
        out = rows.source == source
        others, weights = rows.take(~out), train.fit(rows.take(~out), beliefs)
        z = weights[0] + rows.x[out] @ weights[1:]
        inner[str(source)] = others, train.leave_source_out(others, beliefs), z
    lines = [
        "### Calibration: what was tried\n",
        (
            "Each source is left out from the weights and from the calibration alike; what the calibration learns from are predictions for sources that are left out"
            " in turn among the others. Log-loss is over all seven sources, each counting once. The last two lines know the answer, and show how far this ranking"
            " can be calibrated at all.\n"
        ),
        "| calibrator | current models | outcomes, all | categories | log-loss |\n|---|---|---|---|---|",
    ]
    for name, calibrator in CALIBRATORS.items():
        scores = np.zeros(len(rows))
        for source, (others, z, out) in inner.items():
            scores[rows.source == source] = calibrator(z, others, out)
        lines.append(f"| {name} | {_cells(rows, scores)} |")
    cold = np.zeros(len(rows))
    for source, (_, _, out) in inner.items():
        cold[rows.source == source] = out
    lines.append(f"| shift and slope fitted to each column itself | {_fitted(rows, cold)} |")
    known = np.zeros(len(rows))
    for source, (others, z, out) in inner.items():
        mask = rows.source == source
        _, slope = train.calibrate(z, others)
        known[mask] = _sigmoid(slope * out + _shift(slope * out, float(rows.y[mask].mean())))
    lines.append(f"| the true base rate of each source, our slope | {_cells(rows, known)} |")
    return "\n".join(lines)


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _shift(z: Array, rate: float) -> float:
    rate = min(max(rate, 1e-4), 1 - 1e-4)
    return float(brentq(lambda a: float(_sigmoid(z + a).mean()) - rate, -60, 60))


def _platt(base_rate: float | None, stretch: float = 1.0) -> Calibrator:
    def calibrate(z: Array, others: Rows, out: Array) -> Array:
        middle = float((train.source_weights(others) * z).sum())
        shrunk = middle + stretch * (z - middle)
        slope = train.calibrate(z, others)[1]
        target = (
            base_rate if base_rate is not None else float((train.source_weights(others) * others.y).sum())
        )
        weights = train.source_weights(others)
        shift = brentq(lambda a: float((weights * _sigmoid(a + slope * shrunk)).sum()) - target, -60, 60)
        return _sigmoid(shift + slope * (middle + stretch * (out - middle)))

    return calibrate


def _mean(_: Array, others: Rows, out: Array) -> Array:
    return np.full(len(out), float((train.source_weights(others) * others.y).sum()))


CALIBRATORS: dict[str, Calibrator] = {
    "none: the weights as they are fitted": lambda _z, _others, out: _sigmoid(out),
    "shift and slope learned from the other sources": _platt(None),
    f"slope learned, base rate set to {train.BASE_RATE} (as shipped)": _platt(train.BASE_RATE),
    "the same with 0.25": _platt(0.25),
    "the same with 0.35": _platt(0.35),
    "base rate set, slope half of what was learned": _platt(train.BASE_RATE, 0.5),
    "learned shift, slope half of what was learned": _platt(None, 0.5),
    "one number: the mean of the other sources": _mean,
}


def _groups(rows: Rows) -> list[Array]:
    return [rows.era == "modern", rows.kind == "outcome", rows.kind == "category"]


def _error(rows: Rows, scores: Array) -> float:
    weights = [float(w) for w in train.source_weights(rows)]
    return calibration_error([float(s) for s in scores], [bool(y) for y in rows.y], weights)


def _cells(rows: Rows, scores: Array) -> str:
    errors = [f"{_error(rows.take(mask), scores[mask]):.3f}" for mask in _groups(rows)]
    p = np.clip(scores, 1e-4, 1 - 1e-4)
    loss = -(train.source_weights(rows) * (rows.y * np.log(p) + (1 - rows.y) * np.log(1 - p))).sum()
    return " | ".join([*errors, f"{loss:.3f}"])


def _fitted(rows: Rows, z: Array) -> str:
    cells: list[str] = []
    for mask in _groups(rows):
        part = rows.take(mask)
        shift, slope = train.calibrate(z[mask], part, base_rate=None)
        cells.append(f"{_error(part, _sigmoid(shift + slope * z[mask])):.3f}")
    return " | ".join([*cells, "-"])
