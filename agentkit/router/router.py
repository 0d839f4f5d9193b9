"""The router: decides none or high for each request, and says why."""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.errors import ConfigurationError
from agentkit.protocol.decisions import Decision, DecisionSource, Situation
from agentkit.protocol.effort import Effort
from agentkit.router.cues import find_cue
from agentkit.router.features import measure
from agentkit.router.reasons import give_reasons
from agentkit.router.score import Weights, load_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingPolicy:
    """How the router decides.

    Attributes:
        threshold: The score from which effort is high; None takes the one that the weights were made for.
        switch_margin: How far the score must be past the threshold to change the effort of a running phase.
        margin_per_1k_tokens: What the margin grows by with every 1,000 tokens of context, because a change of effort
            makes the server read the whole history again.
        max_margin: The margin beyond which it does not grow, so that a sure case may always switch.
        user_cues: Whether "think hard", "quick" and their like decide.
        escalate_after_violations: Invalid outputs in a run after which effort is high; None never.
        escalate_after_tool_errors: Failed or refused calls after which effort is high; None never.
        escalate_after_repeats: Exactly repeated calls after which effort is high; None never.

    Raises:
        ConfigurationError: A value is out of its range.
    """

    threshold: float | None = None
    switch_margin: float = 0.1
    margin_per_1k_tokens: float = 0.01
    max_margin: float = 0.45
    user_cues: bool = True
    escalate_after_violations: int | None = 1
    escalate_after_tool_errors: int | None = 2
    escalate_after_repeats: int | None = 2

    def __post_init__(self) -> None:
        # A threshold of 0 or 1 is a decision for all tasks: that is what `effort` is for.
        if self.threshold is not None and not 0 < self.threshold < 1:
            raise _out_of_range(
                "threshold", self.threshold, 'between 0 and 1; effort="high" or "none" decides for all'
            )
        for name in ("switch_margin", "margin_per_1k_tokens", "max_margin"):
            if not 0 <= getattr(self, name) <= 1:
                raise _out_of_range(name, getattr(self, name), "from 0 to 1")
        for name in ("escalate_after_violations", "escalate_after_tool_errors", "escalate_after_repeats"):
            count = getattr(self, name)
            if count is not None and count < 1:
                raise _out_of_range(name, count, "at least 1, or None for never")

    def margin(self, context_tokens: int) -> float:
        """Return how far past the threshold a score must be to change the effort over so long a history."""
        return min(self.max_margin, self.switch_margin + self.margin_per_1k_tokens * context_tokens / 1000)


def _out_of_range(name: str, value: object, allowed: str) -> ConfigurationError:
    return ConfigurationError(f"RoutingPolicy.{name} is {value!r}.", hint=f"It must lie {allowed}.")


@dataclass(frozen=True, slots=True)
class _Verdict:
    effort: Effort
    source: DecisionSource
    reason: str = ""


class ComplexityRouter:
    """Decides by rank: the developer, the limits, the user's cue, what went wrong, the running phase, the score.

    Pure: the same situation gives the same decision, and nothing is remembered between calls.

    Args:
        policy: How to decide.
        weights: Weights of the features; None takes the packaged ones.
    """

    def __init__(self, policy: RoutingPolicy | None = None, *, weights: Weights | None = None) -> None:
        self.policy = policy if policy is not None else RoutingPolicy()
        self.weights = weights if weights is not None else load_weights()

    @property
    def threshold(self) -> float:
        """The score from which effort is high."""
        return self.weights.threshold if self.policy.threshold is None else self.policy.threshold

    def decide(self, situation: Situation) -> Decision:
        """Decide the effort of the next request."""
        features = measure(situation)
        score = self.weights.score(features)
        verdict = (
            _by_setting(situation)
            or _by_limit(situation)
            or self._by_cue(situation)
            or self._by_evidence(situation)
            or self._by_score(situation, score)
        )
        supporting = give_reasons(self.weights.contributions(features), verdict.effort)
        # Where something else decided, the score's reasons would only blur why.
        reasons = supporting if verdict.source in ("score", "phase") else ()
        return Decision(
            effort=verdict.effort,
            source=verdict.source,
            score=score,
            threshold=self.threshold,
            reasons=(verdict.reason, *reasons) if verdict.reason else reasons,
            step=situation.step,
            features=features,
        )

    def _by_cue(self, situation: Situation) -> _Verdict | None:
        cue = find_cue(situation.task) if self.policy.user_cues else None
        return _Verdict(cue.effort, "cue", f"user says: '{cue.phrase}' ({cue.language})") if cue else None

    def _by_evidence(self, situation: Situation) -> _Verdict | None:
        policy = self.policy
        for count, limit, what in (
            (situation.violations, policy.escalate_after_violations, "invalid output"),
            (situation.tool_errors, policy.escalate_after_tool_errors, "failed tool call"),
            (situation.repeated_calls, policy.escalate_after_repeats, "repeated tool call"),
        ):
            if limit is not None and count >= limit:
                return _Verdict(
                    "high", "evidence", f"{count} {what}{'s' if count != 1 else ''} so far in this run"
                )
        return None

    def _by_score(self, situation: Situation, score: float) -> _Verdict:
        wanted: Effort = "high" if score >= self.threshold else "none"
        current = situation.current
        if current is None or current == wanted:
            return _Verdict(wanted, "score")
        margin, tokens = self.policy.margin(situation.context_tokens), situation.context_tokens
        if abs(score - self.threshold) >= margin:
            return _Verdict(
                wanted, "score", f"worth a change from {current}, though {tokens:,} tokens are read again"
            )
        return _Verdict(
            current,
            "phase",
            f"the phase stays at {current}: a change would make the server read {tokens:,} tokens again",
        )


def _by_setting(situation: Situation) -> _Verdict | None:
    if situation.setting == "auto":
        return None
    return _Verdict(situation.setting, "override", f"the developer set effort {situation.setting}")


def _by_limit(situation: Situation) -> _Verdict | None:
    if situation.reasoning_left is not None and situation.reasoning_left <= 0:
        return _Verdict("none", "limit", "the run's budget of reasoning tokens is used up")
    if situation.starved:
        return _Verdict("none", "limit", "reasoning took all tokens of the last reply and left no answer")
    return None
