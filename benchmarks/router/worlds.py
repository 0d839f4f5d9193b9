"""Worlds of our own in which the cascade is compared with plain disagreement: what the stored answers at hand do not hold.

Tasks are easy, a matter of luck, or need thought. An answer at none is right with the task's probability; wrong ones are
scattered, or, for a share of the tasks, mostly the same. The text tells nothing of which task is which.
"""

from __future__ import annotations

import random
import statistics
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from agentkit.router.cascade import Cascade

TASKS, SEEDS = 600, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How tasks and answers are drawn.

    Attributes:
        easy: Share of tasks that none solves almost always.
        lucky: Share that it solves sometimes; the rest it hardly ever solves.
        alike: Share of tasks whose wrong answers are mostly the same.
        high: How often high solves the three kinds.
        hard_first: Whether the hard tasks come first.
    """

    easy: float = 0.75
    lucky: float = 0.15
    alike: float = 0.4
    high: tuple[float, float, float] = (0.97, 0.9, 0.6)
    hard_first: bool = False

    def draw(self, seed: int) -> list[dict[str, Any]]:
        """Return rows as `eval_cascade.py` reads them, with a score that tells nothing."""
        chance = random.Random(seed)
        rows: list[dict[str, Any]] = []
        for number in range(TASKS):
            kind = chance.choices((0, 1, 2), (self.easy, self.lucky, 1 - self.easy - self.lucky))[0]
            right = (0.985, chance.uniform(0.3, 0.9), 0.05)[kind]
            alike = chance.random() < self.alike
            answers = []
            for _ in range(3):
                correct = chance.random() < right
                wrong = "W" if alike and chance.random() < 0.8 else f"W{chance.randrange(40)}"
                answers.append(
                    {"answer": f"<answer>{'R' if correct else wrong}</answer>", "correct": correct}
                )
            rows.append(
                {
                    "id": number, "text": str(number), "none_answers": answers, "high": {"correct": self.high[kind]},
                    "kind": kind, "score": min(0.95, max(0.03, chance.gauss(0.3, 0.15))),
                }
            )  # fmt: skip
        return sorted(rows, key=lambda row: -row["kind"]) if self.hard_first else rows


WORLDS = {
    "few errors": World(),
    "fewer errors": World(easy=0.85, lucky=0.1),
    "more errors": World(easy=0.5, lucky=0.3),
    "wrong answers mostly alike": World(alike=0.8),
    "high little better": World(high=(0.97, 0.75, 0.3)),
    "few errors, hard tasks first": World(hard_first=True),
}


def table(evaluator: ModuleType) -> str:
    """Return how much of always-high's gain each policy keeps, and what it escalates, as a mean over draws."""
    lines = [
        f"| simulated world ({TASKS} tasks, mean of {SEEDS} draws) | none | high | `disagree-2` kept | escalated | `cascade` kept | escalated | `Cascade()` kept | escalated |\n|---|---|---|---|---|---|---|---|---|"
    ]
    for name, world in WORLDS.items():
        found: list[list[float]] = []
        for seed in range(SEEDS):
            rows = world.draw(seed)
            scores = {row["text"]: row["score"] for row in rows}
            none = statistics.mean(float(row["none_answers"][0]["correct"]) for row in rows)
            high = statistics.mean(row["high"]["correct"] for row in rows)
            figures = [none, high]
            for policy in (None, Cascade(share=0.2), Cascade()):
                run = evaluator.replay(
                    rows, evaluator.disagree if policy is None else _decide(policy, scores)
                )
                figures += [(float(run[:, 0].mean()) - none) / (high - none), float(run[:, 1].mean())]
            found.append(figures)
        means = [statistics.mean(column) for column in zip(*found, strict=True)]
        lines.append(
            f"| {name} | {' | '.join(f'{mean:.2f}' for mean in means[:2])} | {' | '.join(f'{mean:.3f}' for mean in means[2:])} |"
        )
    return "\n".join(lines)


def _decide(policy: Cascade, scores: dict[str, float]) -> Any:
    return lambda row: policy.decide(scores[row["text"]], row["none_answers"], row["samples_left"])
