"""`agentkit route fit ROWS... --out W`: weights that know your own tasks.

ROWS are traces (docs/explain/traces.md) or labelled rows: JSON lines with `text`, perhaps `context`, and
`direct_score` and `reasoning_score`, the quality without and with reasoning from 0 to 1. The table compares the given
weights with fitted ones on rows that these were not fitted to. Use W as `ComplexityRouter(weights=load_weights(W))`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from agentkit.cli.route.files import load_rows, write_whole
from agentkit.errors import InputError
from agentkit.router.fit import PAYS, cross_fit, fit, score_row
from agentkit.router.metrics import Interval, auqc, auroc, calibration_error, interval
from agentkit.router.rows import Row
from agentkit.router.score import load_weights

_COMPARED = 60
"""Rows with both outcomes from which the table is made."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the part's arguments."""
    parser.add_argument(
        "rows", nargs="+", type=Path, metavar="ROWS", help="files of JSON lines, or folders of *.jsonl"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="W", help="where the weights go")
    parser.add_argument(
        "--weights", type=Path, metavar="W0", help="weights to start from (else the packaged ones)"
    )
    parser.add_argument(
        "--threshold", type=float, help="score from which effort is high (else that of the start)"
    )
    parser.add_argument(
        "--no-table", action="store_true", help="leave out the table, which takes a few fits more"
    )


def run(arguments: argparse.Namespace) -> int:
    """Fit, compare and write."""
    prior = load_weights(arguments.weights)
    if arguments.threshold is not None and not 0 < arguments.threshold < 1:
        raise InputError(f"--threshold is {arguments.threshold}.", hint="It must lie between 0 and 1.")
    rows = load_rows(arguments.rows)
    weights = fit(rows, prior, threshold=arguments.threshold)
    write_whole(arguments.out, weights.to_json())
    both = [row for row in rows if row.gain is not None]
    print(
        f"{len(rows)} rows, {len(both)} of them with both efforts; {len(weights.words)} words weigh now. Wrote {arguments.out}."
    )
    if arguments.no_table:
        return 0
    if len(both) < _COMPARED:
        print(f"No table: it takes {_COMPARED} rows with the outcomes of both efforts.", file=sys.stderr)
        return 0
    print()
    print(
        _table(
            both,
            [score_row(prior, row) for row in both],
            cross_fit(both, prior),
            prior.threshold,
            weights.threshold,
        )
    )
    return 0


def _table(
    rows: Sequence[Row], before: Sequence[float], after: Sequence[float], old: float, new: float
) -> str:
    direct = [row.direct or 0.0 for row in rows]
    reasoning = [row.reasoning or 0.0 for row in rows]
    pays = [(row.gain or 0.0) >= PAYS for row in rows]

    def measured(scores: Sequence[float], places: Sequence[int], name: str, threshold: float) -> float | None:
        s, d, r = ([values[i] for i in places] for values in (scores, direct, reasoning))
        if name == "auroc":
            return auroc(s, [pays[i] for i in places])
        if name == "auqc":
            return auqc(s, d, r)
        if name == "ece":
            return calibration_error(s, [pays[i] for i in places])
        high = [score >= threshold for score in s]
        if name == "share":
            return sum(high) / len(high)
        return sum(r[i] if high[i] else d[i] for i in range(len(high))) / len(high)

    lines = [
        "| | given weights | fitted (on rows left out) |",
        "|---|---|---|",
    ]
    for name, words in _NAMES.items():
        cells: list[str] = []
        for scores, threshold in ((before, old), (after, new)):
            value = measured(scores, range(len(rows)), name, threshold)
            again = partial(measured, scores, name=name, threshold=threshold)
            spread = interval(again, len(rows), draws=200 if len(rows) <= 1000 else 60)
            cells.append(show(value, spread))
        lines.append(f"| {words} | {cells[0]} | {cells[1]} |")
    none, high = sum(direct) / len(rows), sum(reasoning) / len(rows)
    lines.append(
        f"\nAlways none has quality {none:.3f}, always high {high:.3f}. Brackets: 95 % bootstrap intervals over rows."
    )
    return "\n".join(lines)


_NAMES = {
    "auroc": "AUROC: ranks where reasoning pays",
    "auqc": "AUQC: quality for a share of high calls (0 random, 1 oracle)",
    "ece": "calibration error",
    "quality": "quality at the threshold",
    "share": "share of high calls at the threshold",
}


def show(value: float | None, spread: Interval | None) -> str:
    """Return a figure with its interval."""
    if value is None:
        return "-"
    return f"{value:.3f}" + (f" [{spread[0]:.3f}, {spread[1]:.3f}]" if spread is not None else "")
