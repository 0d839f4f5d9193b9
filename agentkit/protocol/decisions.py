"""Effort decisions: what a router sees, and the card that says what it decided and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agentkit.protocol.effort import Effort, EffortSetting
from agentkit.protocol.request import JsonSchema, ToolDefinition

StepKind = Literal["planning", "tool_result", "final_answer", "repair"]
"""What the next reply is for.

`planning`: the first reply to a task. `tool_result`: going on after tools returned. `final_answer`: the
schema-only step after the tool loop. `repair`: a further try after the output was invalid.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known before a request.

    Attributes:
        task: Text of the latest user message.
        instructions: The agent's system text.
        step: What the reply is for.
        tools: Tools on offer.
        output: JSON Schema of the wanted output, or None for text.
        images: Number of images in the history.
        context_tokens: Estimated tokens of the prompt.
        setting: The developer's word; `auto` leaves it to the router.
        current: Effort of the conversation's running phase, or None before the first request.
        phase_steps: Requests already made at the current effort.
        tool_errors: Failed or refused calls so far in this run.
        repeated_calls: Calls so far that repeated an earlier one exactly.
        violations: Invalid outputs so far in this run.
        starved: Whether the last high reply spent all its tokens on reasoning.
        reasoning_left: Reasoning tokens left in the run's budget, or None where there is no limit.
    """

    task: str
    instructions: str = ""
    step: StepKind = "planning"
    tools: tuple[ToolDefinition, ...] = ()
    output: JsonSchema | None = None
    images: int = 0
    context_tokens: int = 0
    setting: EffortSetting = "auto"
    current: Effort | None = None
    phase_steps: int = 0
    tool_errors: int = 0
    repeated_calls: int = 0
    violations: int = 0
    starved: bool = False
    reasoning_left: int | None = None


DecisionSource = Literal["override", "limit", "cue", "evidence", "phase", "score"]
"""What decided: the developer, a budget, the user's words, what went wrong, the running phase, or the score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One effort decision: a card that explains itself.

    Attributes:
        effort: What was decided.
        source: What decided it.
        score: 0 to 1, how far reasoning is expected to pay; also given where something else decided.
        threshold: The score from which the effort would be high.
        reasons: Why, in words, strongest first.
        step: What the reply was for.
        features: The features that were not zero, for offline reproduction.
    """

    effort: Effort
    source: DecisionSource
    score: float
    threshold: float
    reasons: tuple[str, ...]
    step: StepKind
    features: Mapping[str, float] = field(default_factory=dict[str, float])

    def explain(self) -> str:
        """Return one sentence that a person understands."""
        why = "; ".join(self.reasons) or "nothing spoke for reasoning"
        return f"{self.step.replace('_', ' ')}: effort {self.effort} (score {self.score:.2f}, {self.source}): {why}."

    def to_dict(self) -> dict[str, Any]:
        """Return the card as plain JSON data."""
        return {
            "effort": self.effort,
            "source": self.source,
            "score": self.score,
            "threshold": self.threshold,
            "reasons": list(self.reasons),
            "step": self.step,
            "features": dict(self.features),
        }
