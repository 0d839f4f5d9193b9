"""What learning by task identity adds to the score of the text, online, on labelled rows.

    python -m benchmarks.router.identity [--data ../shared/data/router/dev.jsonl]

Rows come in random order; each is predicted before its outcome is seen, and a given share of the outcomes is seen. The
AUROC is over the rows from the 200th on, as mean and range over five orders. Kinds of task are known by the data's own
task names, or by what `agentkit.router.identity` makes of a prompt without a name.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path

from agentkit.protocol.decisions import Situation
from agentkit.protocol.gains import Tally
from agentkit.router.features import measure_text
from agentkit.router.gain import PRIOR, estimate
from agentkit.router.identity import identify
from agentkit.router.score import load_weights

WARM, ORDERS = 200, 5


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/router/dev.jsonl"))
    data: Path = parser.parse_args().data
    weights = load_weights()
    rows: list[tuple[float, float, str, str]] = []
    for line in data.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["label_kind"] != "outcome":
            continue
        score = weights.score(measure_text(row["text"]))
        leading = identify(Situation(task=row["text"]))[2]
        rows.append(
            (score, float(row["expected_effort"] == "high"), f"{row['source']}/{row['task']}", leading)
        )
    names, leading = ({row[place] for row in rows} for place in (2, 3))
    print(f"{len(rows)} outcome rows; {len(names)} task names, {len(leading)} kinds by leading words")
    print("| | a tenth of the outcomes seen | all seen |\n|---|---|---|")
    for label, place, learner in (
        ("text alone", 2, None),
        ("means shrunk level by level", 2, shrunk_mean),
        ("differences of log-odds, task names", 2, estimate),
        ("differences of log-odds, leading words", 3, estimate),
    ):
        cells = [run(rows, place, learner, share) for share in (0.1, 1.0)]
        print(f"| {label} | {cells[0]} | {cells[1]} |")


def shrunk_mean(score: float, tallies: Sequence[Tally]) -> float:
    """Return the mean of the finest level, shrunk towards the level above and at last towards the score."""
    for tally in tallies:
        score = (tally.paid + PRIOR * score) / (tally.trials + PRIOR)
    return score


def run(rows: Sequence[tuple[float, float, str, str]], place: int, learner: object, share: float) -> str:
    """Return the AUROC of one way of learning, as text."""
    found: list[float] = []
    for seed in range(ORDERS):
        chance = random.Random(seed)
        order = list(rows)
        chance.shuffle(order)
        tallies: dict[str, Tally] = {}
        seen: list[tuple[float, float]] = []
        for number, row in enumerate(order):
            score, paid, kind = row[0], row[1], str(row[place])
            levels = [tallies.get(key, Tally()) for key in ("", kind)]
            gain = learner(score, levels) if callable(learner) else score
            if number >= WARM:
                seen.append((gain, paid))
            if chance.random() < share:
                for key in ("", kind):
                    tallies[key] = tallies.get(key, Tally()) + Tally(1.0, paid, score)
        found.append(auroc(seen))
    return f"{sum(found) / len(found):.3f} ({min(found):.3f} to {max(found):.3f})"


def auroc(pairs: Sequence[tuple[float, float]]) -> float:
    """Return the chance that a row where reasoning pays is put above one where it does not; ties count half."""
    ordered = sorted(pairs)
    ranks, start = 0.0, 0
    while start < len(ordered):
        end = start
        while end < len(ordered) and ordered[end][0] == ordered[start][0]:
            end += 1
        ranks += sum(paid for _, paid in ordered[start:end]) * (start + end + 1) / 2
        start = end
    positive = sum(paid for _, paid in ordered)
    return (ranks - positive * (positive + 1) / 2) / (positive * (len(ordered) - positive))


if __name__ == "__main__":
    main()
