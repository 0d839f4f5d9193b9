"""The rows that the router's weights are fitted to and judged by, as arrays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agentkit.router.features import NAMES, measure
from agentkit.router.rows import situation_of

Array = NDArray[np.float64]

DATA = Path(__file__).parents[2] / ".." / "shared" / "data" / "router"
BELIEFS = Path(__file__).with_name("beliefs.txt")
FEATURES = tuple(name for name in NAMES if name != "wording")
"""The features that have a weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Labelled tasks.

    Attributes:
        texts: Their texts and contexts.
        x: Features, one row a task, columns as in `FEATURES`.
        y: Share or belief that reasoning pays, 0 to 1.
        source: Source, or family of beliefs.
        task: Kind of task within the source.
        kind: `outcome`, `category` or `belief`.
        era: `modern`, `legacy` or empty.
        direct: Score without reasoning; 0 where there is no outcome.
        reasoning: Score with reasoning; 0 where there is no outcome.
    """

    texts: list[tuple[str, Mapping[str, Any]]]
    x: Array
    y: Array
    source: NDArray[np.str_]
    task: NDArray[np.str_]
    kind: NDArray[np.str_]
    era: NDArray[np.str_]
    direct: Array
    reasoning: Array

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, mask: NDArray[Any]) -> Rows:
        """Return the rows that a mask or an index array picks."""
        places = np.arange(len(self))[mask]
        return Rows(
            texts=[self.texts[i] for i in places], x=self.x[places], y=self.y[places], source=self.source[places], task=self.task[places],
            kind=self.kind[places], era=self.era[places], direct=self.direct[places], reasoning=self.reasoning[places],
        )  # fmt: skip


def matrix(texts: Iterable[tuple[str, Mapping[str, Any]]]) -> Array:
    """Return the features of texts with their contexts, one row each."""
    column = {name: i for i, name in enumerate(FEATURES)}
    rows = []
    for text, context in texts:
        row = np.zeros(len(FEATURES))
        for name, value in measure(situation_of(text, context)).items():
            row[column[name]] = value
        rows.append(row)
    return np.array(rows)


def read_dev(path: Path = DATA / "dev.jsonl") -> Rows:
    """Read the labelled rows of public sources.

    Raises:
        SystemExit: They are not there.
    """
    if not path.exists():
        raise SystemExit(f"{path} is not there: the labelled rows do not come with the project.")
    data = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    texts = [(row["text"], row.get("context") or {}) for row in data]
    return Rows(
        texts=texts,
        x=matrix(texts),
        y=np.array([float(row["expected_effort"] == "high") for row in data]),
        source=np.array([row["source"] for row in data]),
        task=np.array([f"{row['source']}/{row['task']}" for row in data]),
        kind=np.array([row["label_kind"] for row in data]),
        era=np.array([row.get("era") or "" for row in data]),
        direct=np.array([float(row.get("direct_score") or 0) for row in data]),
        reasoning=np.array([float(row.get("reasoning_score") or 0) for row in data]),
    )


def read_beliefs(path: Path = BELIEFS) -> Rows:
    """Read the tasks that carry our beliefs; the file says how it is written."""
    passages: dict[str, str] = {}
    found: list[tuple[str, float, str, dict[str, int]]] = []
    family, belief, context = "", 0.0, dict[str, int]()
    for line in path.read_text(encoding="utf-8").splitlines():
        head = re.fullmatch(r"\[(\w+) ([\d.]+)( tools(?: (\d+))?)?\]", line)
        if head:
            family, belief, context = (
                head[1],
                float(head[2]),
                {"n_tools": int(head[4] or 1)} if head[3] else {},
            )
        elif line.startswith("@"):
            name, _, text = line[1:].partition(" = ")
            passages[name] = text
        elif line and not line.startswith("#"):
            text = re.sub(r"\{(\w+)\}", lambda match: passages.get(match[1], match[0]), line)
            found.append((family, belief, text.replace("\\n", "\n").replace("\\\\", "\\"), context))
    texts: list[tuple[str, Mapping[str, Any]]] = [(text, context) for _, _, text, context in found]
    families, none = np.array([family for family, *_ in found]), np.zeros(len(found))
    return Rows(
        texts=texts, x=matrix(texts), y=np.array([belief for _, belief, *_ in found]), source=families, task=families,
        kind=np.full(len(found), "belief"), era=np.full(len(found), ""), direct=none, reasoning=none,
    )  # fmt: skip
