"""From features to a score: a logistic sum over weights that stand in a JSON file."""

from __future__ import annotations

import functools
import importlib.resources
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentkit._util.reason import reason_of
from agentkit.errors import ConfigurationError
from agentkit.router.features import NAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each feature adds to the log-odds that reasoning pays.

    Attributes:
        version: Version of these weights, for records.
        bias: Log-odds where every feature is zero.
        threshold: The score from which effort is high.
        features: Weight of each feature of `agentkit.router.features.NAMES`; what is absent weighs nothing.
        words: What a word in a task's frame adds to the log-odds: empty in the packaged weights, filled by
            `agentkit route fit` from one's own tasks.
        provenance: Where the weights come from.
    """

    version: str
    bias: float
    threshold: float
    features: Mapping[str, float]
    words: Mapping[str, float] = field(default_factory=dict[str, float])
    provenance: str = ""

    def __post_init__(self) -> None:
        # `wording` is a sum of log-odds already: it has no weight.
        unknown = sorted(set(self.features) - set(NAMES) | set(self.features) & {"wording"})
        if unknown:
            raise ConfigurationError(
                f"Router weights name features that do not exist: {', '.join(unknown)}.",
                hint="Use weights made for this version of agentkit.",
            )
        numbers = {"bias": self.bias, **self.features, **self.words}
        bad = [name for name, value in numbers.items() if not math.isfinite(value) or abs(value) > 100]
        if bad:
            raise ConfigurationError(
                f"Router weights must lie between -100 and 100; these do not: {', '.join(bad)}.",
                hint="Fit the weights again, or use the packaged ones.",
            )
        if not 0 < self.threshold < 1:
            raise ConfigurationError(
                f"The threshold of the router weights is {self.threshold}.",
                hint="It must lie between 0 and 1.",
            )

    def score(self, features: Mapping[str, float]) -> float:
        """Return how far reasoning is expected to pay, 0 to 1."""
        known = self.features
        total = self.bias + features.get("wording", 0.0)
        for name, value in features.items():
            total += value * known.get(name, 0.0)
        # Two forms, so that neither end of the range overflows.
        return 1 / (1 + math.exp(-total)) if total >= 0 else math.exp(total) / (1 + math.exp(total))

    def contributions(self, features: Mapping[str, float]) -> dict[str, float]:
        """Return what each feature adds to the log-odds, zeros left out."""
        known = self.features
        found = {name: value * known[name] for name, value in features.items() if known.get(name) and value}
        if wording := features.get("wording"):
            found["wording"] = wording  # is a sum of log-odds already
        return found

    def to_json(self) -> str:
        """Return the weights as the text of a weights file."""
        data = {
            "version": self.version,
            "threshold": self.threshold,
            "bias": self.bias,
            "provenance": self.provenance,
            "features": dict(self.features),
        }
        if self.words:
            data["words"] = dict(self.words)
        return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def load_weights(path: str | Path | None = None) -> Weights:
    """Read weights from a JSON file, by default the packaged one.

    Raises:
        ConfigurationError: The file cannot be read, or does not hold weights.
    """
    return _packaged_weights() if path is None else _read(Path(path))


@functools.cache
def _packaged_weights() -> Weights:
    with importlib.resources.as_file(importlib.resources.files("agentkit.router") / "weights.json") as path:
        return _read(path)


def _read(path: Path) -> Weights:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Weights(
            version=str(data["version"]),
            bias=float(data["bias"]),
            threshold=float(data["threshold"]),
            features={str(name): float(value) for name, value in data["features"].items()},
            words={str(word): float(value) for word, value in data.get("words", {}).items()},
            provenance=str(data.get("provenance", "")),
        )
    except OSError as error:
        raise ConfigurationError(
            f"The router's weights {str(path)!r} cannot be read: {reason_of(error)}.", hint="Check the path."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"Cannot read router weights from {path.name}: {type(error).__name__}: {error}.",
            hint="A weights file is JSON with version, bias, threshold and features.",
        ) from error
