"""How well the rules locate clauses: `python -m examples.legal_review.triage.evaluate --data DIR [--fit]`.

Leaves five contracts out at a time: how many places of a category are told at most (`limits.py`) is fitted on the others,
and scored on the five. The rules themselves are not fitted. Scores are CUAD's (word overlap of at least one half), strict
ones (one to one, character overlap of at least one half) and presence (is the category there at all).
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from examples.legal_review.triage.limits import USUAL
from examples.legal_review.triage.locate import Located, locate_all

FOLD = 5
CHOICES = (0, 1, 2, 3, 4, 6)


@dataclass(frozen=True)
class Contract:
    """A contract with its experts' annotations and all places that the rules find in it."""

    name: str
    text: str
    gold: Mapping[str, Sequence[tuple[int, int]]]
    found: Mapping[str, Sequence[Located]]


@dataclass
class Score:
    """Counts, and the figures that follow from them."""

    cuad: list[int] = field(
        default_factory=lambda: [0, 0, 0]
    )  # true positives, false positives, false negatives
    strict: list[int] = field(default_factory=lambda: [0, 0, 0])
    right: int = 0
    cells: int = 0

    def add(self, other: Score) -> None:
        """Add the counts of another score."""
        self.cuad = [a + b for a, b in zip(self.cuad, other.cuad, strict=True)]
        self.strict = [a + b for a, b in zip(self.strict, other.strict, strict=True)]
        self.right += other.right
        self.cells += other.cells

    def row(self) -> str:
        """Return CUAD F1, strict F1 and presence accuracy as table cells."""
        return f"{_f1(self.cuad):.3f} | {_f1(self.strict):.3f} | {self.right / max(1, self.cells):.3f}"


def _f1(counts: Sequence[int]) -> float:
    true, false, missed = counts
    return 2 * true / (2 * true + false + missed) if true else 0.0


def read_contracts(data: Path) -> tuple[list[Contract], list[str]]:
    """Read annotated contracts; returns them and all categories."""
    contracts: list[Contract] = []
    categories: list[str] = []
    for line in (data / "annotations.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        categories = categories or list(row["answers"])
        text = (data / "txt" / f"{row['id']}.txt").read_bytes().decode("utf-8")
        gold: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for each in row["annotations"]:
            gold[each["category"]].append((each["start"], each["end"]))
        found: dict[str, list[Located]] = defaultdict(list)
        for place in locate_all(text):
            found[place.category].append(place)
        contracts.append(Contract(row["id"], text, gold, found))
    return contracts, categories


def score(contract: Contract, category: str, most: int) -> Score:
    """Score one category of one contract with at most so many places."""
    gold = contract.gold.get(category, [])
    spans = [(place.start, place.end) for place in contract.found.get(category, [])[:most]]
    said = list(dict.fromkeys(contract.text[start:end] for start, end in spans))
    wanted = [contract.text[start:end] for start, end in gold]
    hit = sum(any(_overlap(category, each, other) for other in said) for each in wanted)
    wrong = sum(not any(_overlap(category, each, other) for each in wanted) for other in said)
    matched = _one_to_one(gold, spans)
    return Score(
        cuad=[hit, wrong, len(wanted) - hit],
        strict=[matched, len(spans) - matched, len(gold) - matched],
        right=int(bool(gold) == bool(spans)),
        cells=1,
    )


def _overlap(category: str, gold: str, said: str) -> bool:
    a, b = (set(re.sub(r"[.,;:]", "", text).lower().replace("/", " ").split()) for text in (gold, said))
    flat_gold, flat_said = " ".join(gold.split()), " ".join(said.split())
    return bool(a | b) and (
        len(a & b) / len(a | b) >= 0.5 or (category == "Parties" and flat_gold in flat_said)
    )


def _one_to_one(gold: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> int:
    pairs = sorted(
        ((_iou(a, b), i, j) for i, a in enumerate(gold) for j, b in enumerate(spans)), reverse=True
    )
    left, right = set(range(len(gold))), set(range(len(spans)))
    matched = 0
    for value, i, j in pairs:
        if value >= 0.5 and i in left and j in right:
            left.remove(i)
            right.remove(j)
            matched += 1
    return matched


def _iou(a: tuple[int, int], b: tuple[int, int]) -> float:
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return 0.0 if shared <= 0 else shared / (max(a[1], b[1]) - min(a[0], b[0]))


def fit(contracts: Iterable[Contract], categories: Iterable[str]) -> dict[str, int]:
    """Choose for each category how many places pay, leaning on the usual number where little is known."""
    limits: dict[str, int] = {}
    known = list(contracts)
    for category in categories:
        if category in ("Parties", "Document Name", "Agreement Date", "Effective Date"):
            continue
        seen = sum(bool(contract.gold.get(category)) for contract in known)
        if seen < 3:  # too few to learn from
            continue
        totals: dict[int, Score] = {}
        for most in CHOICES:
            totals[most] = Score()
            for contract in known:
                totals[most].add(score(contract, category, most))
        usual = USUAL
        best = max(
            CHOICES,
            key=lambda most: (
                _f1(totals[most].strict) + totals[most].right / totals[most].cells - 0.01 * abs(most - usual)
            ),
        )
        if best != usual:
            limits[category] = best
    return limits


def evaluate(contracts: Sequence[Contract], categories: Sequence[str], limits: Mapping[str, int]) -> Score:
    """Score contracts with given limits."""
    total = Score()
    for contract in contracts:
        for category in categories:
            most = 1_000 if category == "Parties" else limits.get(category, USUAL)
            total.add(score(contract, category, most))
    return total


def main() -> None:
    """Print the table, and write the limits where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with annotations.jsonl and txt/")
    parser.add_argument("--fit", action="store_true", help="write limits.py, fitted on all contracts")
    arguments = parser.parse_args()
    contracts, categories = read_contracts(arguments.data)
    print("| contracts | CUAD F1 | strict F1 | presence |\n|---|---|---|---|")
    pooled = Score()
    for first in range(0, len(contracts), FOLD):
        held = contracts[first : first + FOLD]
        rest = [contract for contract in contracts if contract not in held]
        fold = evaluate(held, categories, fit(rest, categories))
        pooled.add(fold)
        print(f"| {first + 1} to {first + len(held)}, limits fitted on the others | {fold.row()} |")
    print(f"| all, each fitted on the others | {pooled.row()} |")
    print(
        f"| all, nothing fitted (at most {USUAL} places of a category) | {evaluate(contracts, categories, {}).row()} |"
    )
    if arguments.fit:
        _write(fit(contracts, categories))


def _write(limits: Mapping[str, int]) -> None:
    lines = "".join(f"    {json.dumps(category)}: {most},\n" for category, most in sorted(limits.items()))
    path = Path(__file__).with_name("limits.py")
    head = path.read_text("utf-8").partition("MOST_SPANS")[0]
    path.write_text(f"{head}MOST_SPANS: dict[str, int] = {{\n{lines}}}\n", "utf-8")
    print(f"written: {path.name}, {len(limits)} categories")


if __name__ == "__main__":
    main()
