"""`agentkit route replay ROWS... --policy P`: what another policy would have brought, from the runs you have.

P is always-none, always-high, logged (what was done), threshold=T (high from score T), share=S (the S best scores) or
random=S; repeat --policy to compare. Rows of which both efforts are known give the truth. Of others what was done counts
by the inverse of its propensity: dr is doubly robust, snips and ips are plain. Where all rows hold both outcomes, --check
draws logs from them and shows how far the estimates are from the truth, and how often their intervals hold it.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

from agentkit.cli.route.files import load_rows
from agentkit.cli.route.fit import show
from agentkit.errors import InputError
from agentkit.protocol.effort import Effort
from agentkit.router.fit import score_row
from agentkit.router.replay import Policy, check, replay, threshold_for
from agentkit.router.rows import Row
from agentkit.router.score import Weights, load_weights


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the part's arguments."""
    parser.add_argument(
        "rows", nargs="+", type=Path, metavar="ROWS", help="files of JSON lines, or folders of *.jsonl"
    )
    parser.add_argument(
        "--policy", action="append", required=True, metavar="P", help="what to estimate (repeatable)"
    )
    parser.add_argument(
        "--weights", type=Path, metavar="W", help="weights that score the rows (else the packaged ones)"
    )
    parser.add_argument(
        "--check", action="store_true", help="hold the estimates against rows with both outcomes"
    )


def run(arguments: argparse.Namespace) -> int:
    """Estimate and print."""
    rows = [row for row in load_rows(arguments.rows) if row.direct is not None or row.reasoning is not None]
    weights = load_weights(arguments.weights)
    policies = {name: make_policy(name, rows, weights) for name in arguments.policy}
    print(
        f"{len(rows)} rows with outcomes, {sum(row.gain is not None for row in rows)} of them of both efforts\n"
    )
    if arguments.check:
        _check(rows, policies)
        return 0
    print(
        "| policy | high calls | estimate | quality [95 %] | rows that speak for it |\n|---|---|---|---|---|"
    )
    for name, policy in policies.items():
        for estimate in replay(rows, policy):
            print(
                f"| {name} | {estimate.share:.1%} | {estimate.method} | {show(estimate.value, estimate.interval)} | {estimate.support:.1%} |"
            )
    return 0


def _check(rows: Sequence[Row], policies: dict[str, Policy]) -> None:
    if any(row.gain is None for row in rows):
        raise InputError(
            "--check needs the outcomes of both efforts of every row.",
            hint="Use labelled rows or shadow pairs.",
        )
    print("100 logs a policy, high drawn with probability 0.3:\n")
    print(
        "| policy | truth | estimate | mean error | root mean squared error | intervals that hold the truth |\n|---|---|---|---|---|---|"
    )
    for name, policy in policies.items():
        truth = replay(rows, policy, draws=2)[0].value
        for found in check(rows, policy, lambda _: 0.3):
            print(
                f"| {name} | {truth:.4f} | {found.method} | {found.bias:+.4f} | {found.error:.4f} | {found.coverage:.0%} |"
            )


def make_policy(name: str, rows: Sequence[Row], weights: Weights) -> Policy:
    """Return the policy of a name.

    Raises:
        InputError: There is no such policy.
    """
    kind, _, text = name.partition("=")
    scores = {id(row): score_row(weights, row) for row in rows}
    if kind in ("always-none", "always-high") and not text:
        effort: Effort = "none" if kind == "always-none" else "high"
        return lambda _: effort
    if kind == "logged" and not text:
        if any(row.effort is None for row in rows):
            raise InputError(
                "Rows of both efforts have no logged policy.", hint="Use threshold=T or share=S."
            )
        return lambda row: row.effort or "none"
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if kind in ("threshold", "share", "random") and 0 <= number <= 1:
        if kind == "random":
            chance = random.Random(0)  # noqa: S311 - a reproducible draw, no secret
            drawn = {id(row) for row in rows if chance.random() < number}
            return lambda row: "high" if id(row) in drawn else "none"
        limit = number if kind == "threshold" else threshold_for(list(scores.values()), number)
        # Rows of a simulated log are new objects with the same features.
        return lambda row: "high" if scores.get(id(row), score_row(weights, row)) >= limit else "none"
    raise InputError(
        f"There is no policy {name!r}.",
        hint="Use always-none, always-high, logged, threshold=T, share=S or random=S with numbers from 0 to 1.",
    )
