"""What a review costs: requests and tokens by effort, and why each step was given its effort."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any

from agentkit import Effort, RunResult
from examples.legal_review.model import EffortTokens, Ledger, StepEffort


def effort_of(result: RunResult[Any]) -> Effort:
    """Return `high` if the model was asked to think in any request of a run."""
    return "high" if any(each.effort == "high" for each in result.decisions) else "none"


@dataclass
class Account:
    """What a review has cost so far."""

    started: float = field(default_factory=time.monotonic)
    usage: dict[Effort, EffortTokens] = field(default_factory=dict[Effort, EffortTokens])
    steps: list[StepEffort] = field(default_factory=list[StepEffort])
    model: str = ""
    simulated: bool = False

    @property
    def tokens(self) -> int:
        """Tokens of all requests."""
        return sum(each.prompt + each.completion for each in self.usage.values())

    def book(self, step: str, prompt: str, result: RunResult[Any]) -> None:
        """Take down what a run has used."""
        for effort, usage in result.usage.items():
            known = self.usage.get(effort, EffortTokens())
            self.usage[effort] = EffortTokens(
                requests=known.requests + usage.requests,
                prompt=known.prompt + usage.prompt_tokens,
                completion=known.completion + usage.completion_tokens,
                reasoning=known.reasoning + usage.reasoning_tokens,
            )
        decision = result.decisions[0]
        self.steps.append(
            StepEffort(
                step=step,
                effort=effort_of(result),
                source=decision.source,
                reasons=decision.reasons[:3],
                requests=len(result.decisions),
                tokens=result.total_usage.total_tokens,
                seconds=round(result.seconds, 3),
                prompt_sha256=hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest(),
            )
        )
        self.model, self.simulated = result.model or self.model, self.simulated or result.simulated

    def ledger(self, server: str) -> Ledger:
        """Return the account as a part of the review."""
        return Ledger(
            seconds=round(time.monotonic() - self.started, 3),
            model=self.model,
            server=server,
            simulated=self.simulated,
            by_effort=dict(self.usage),
            steps=tuple(self.steps),
        )
