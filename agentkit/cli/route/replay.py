"""`agentkit route replay ROWS... --policy P`: what another policy would have brought, from the runs you have.

P is always-none, always-high, logged (what was decided), threshold=T (high from gain T), share=S (the S highest gains),
random=S, or knobs of a RoutingPolicy as JSON, in place or in a file: '{"quality": 0.9}', mine.json. Repeat --policy to
compare. The gain is the score by --weights, moved by what the router had learned of the task's kind; what the developer,
a limit, the user's words or trouble decided stays as it was, unless the knobs change that.

Rows of which both efforts are known give the truth. Of others what was done counts by the inverse of its propensity: dr
is doubly robust, snips and ips are plain. Where all rows hold both outcomes, --check draws logs from them and shows how
far the estimates are from the truth, and how often their intervals hold it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from agentkit.cli.route.files import load_rows
from agentkit.cli.route.fit import show
from agentkit.errors import ConfigurationError, InputError
from agentkit.router.counterfactual import always, at_random, at_share, at_threshold, under
from agentkit.router.policy import RoutingPolicy
from agentkit.router.replay import Policy, check, replay, replay_logged
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
    policies = {name: make_policy(name, rows, weights) for name in arguments.policy if name != "logged"}
    print(
        f"{len(rows)} rows with outcomes, {sum(row.gain is not None for row in rows)} of them of both efforts\n"
    )
    if arguments.check:
        _check(rows, policies)
        return 0
    print(
        "| policy | high calls | estimate | quality [95 %] | rows in which it was done | guessed |\n|---|---|---|---|---|---|"
    )
    guessed = 0.0
    for name in dict.fromkeys(arguments.policy):
        for found in replay(rows, policies[name]) if name in policies else replay_logged(rows):
            guessed = max(guessed, found.guessed)
            print(
                f"| {name} | {found.share:.1%} | {found.method} | {show(found.value, found.interval)} | {found.support:.1%} | {found.guessed:.1%} |"
            )
    if guessed:
        print(
            "\nguessed: rows in which the policy wants what the log could never have done (propensity 1). There dr goes by what others of the"
            " group reached and the intervals do not cover it; RoutingPolicy(explore=0.05) or shadow runs change that."
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
    if not text and kind in ("always-none", "always-high"):
        return always("none" if kind == "always-none" else "high")
    if name.lstrip().startswith("{") or name.endswith(".json"):
        return under(_knobs(name), weights, rows)
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if 0 <= number <= 1 and kind == "threshold":
        return at_threshold(weights, number)
    if 0 <= number <= 1 and kind == "share":
        return at_share(weights, number, rows)
    if 0 <= number <= 1 and kind == "random":
        return at_random(number, rows)
    raise InputError(
        f"There is no policy {name!r}.",
        hint="Use always-none, always-high, logged, threshold=T, share=S or random=S with numbers from 0 to 1, or knobs as JSON.",
    )


def _knobs(name: str) -> RoutingPolicy:
    try:
        text = Path(name).read_text(encoding="utf-8") if name.endswith(".json") else name
        data: Any = json.loads(text)
        return RoutingPolicy.from_dict(cast("dict[str, Any]", data))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"These are no knobs of a RoutingPolicy: {name}: {error}.",
            hint='Give a JSON object such as {"high_share": 0.3}, or a file that holds one.',
        ) from error
    except ConfigurationError as error:
        raise InputError(error.message, hint=error.hint) from error
