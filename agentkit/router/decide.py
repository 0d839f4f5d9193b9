"""The decision itself: a pure function of the policy and of recorded facts, so that a card can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentkit.protocol.decisions import DecisionSource, EvidenceKind
from agentkit.protocol.effort import Effort, EffortSetting
from agentkit.router.policy import RoutingPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a decision is made from, besides the policy. Plain data, no content.

    Attributes:
        gain: Probability that reasoning pays.
        threshold: Where high begins, as the policy, the weights or the gains seen so far say.
        spread: Lower edge, upper edge and odds of the lower one, where the threshold lies in a bin of gains.
        draws: Three numbers from 0 to 1: for the place in that bin, for exploring and for a shadow.
        cue: Effort, phrase and language of what the user said about thinking.
        tokens: What high is expected to write beyond none.
        seconds: What it is expected to take longer.
        tallies: What was learned of the task's kind, as numbers, from the most general level to the finest.
        n_tools: How many tools were on offer; it decides nothing here, the features have it.

    The others are those of `Situation`.
    """

    gain: float
    threshold: float
    spread: tuple[float, float, float] | None = None
    draws: tuple[float, float, float] = (0.0, 1.0, 1.0)
    setting: EffortSetting = "auto"
    cue: tuple[Effort, str, str] | None = None
    reasoning_left: int | None = None
    starved: bool = False
    violations: int = 0
    tool_errors: int = 0
    repeated_calls: int = 0
    doubts: tuple[EvidenceKind, ...] = ()
    clean_steps: int = 0
    current: Effort | None = None
    context_tokens: int = 0
    tokens: float = 0.0
    seconds: float = 0.0
    tallies: tuple[tuple[float, ...], ...] = ()
    n_tools: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as plain data, those left out that have their default."""
        return {name: value for name, unset in _DEFAULTS if (value := getattr(self, name)) != unset}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Facts:
        """Read what `to_dict` gave, also after a way through JSON."""
        fields = {name: data[name] for name in cls.__slots__ if name in data}
        for name in ("spread", "draws", "cue", "doubts"):
            if fields.get(name) is not None:
                fields[name] = tuple(fields[name])
        fields["tallies"] = tuple(tuple(numbers) for numbers in fields.get("tallies", ()))
        return cls(**fields)


_DEFAULTS = tuple((name, getattr(Facts(gain=-1.0, threshold=-1.0), name)) for name in Facts.__slots__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was decided, by what, why, from which gain on, with which odds, and whether beside the other effort."""

    effort: Effort
    source: DecisionSource
    threshold: float
    reason: str = ""
    propensity: float = 1.0
    shadow: bool = False


def weigh(policy: RoutingPolicy, facts: Facts) -> Verdict:
    """Decide by rank: the limits, the developer, the user's cue, what went wrong, then gain, phase and chance."""
    threshold = _threshold(policy, facts, low=facts.spread is not None and facts.draws[0] < facts.spread[2])
    for decided in (_by_limit(facts), _by_setting(facts), _by_cue(facts), _by_evidence(policy, facts)):
        if decided is not None:
            effort, source, reason = decided
            return Verdict(effort=effort, source=source, threshold=threshold, reason=reason)
    return _by_gain(policy, facts, threshold)


def _threshold(policy: RoutingPolicy, facts: Facts, *, low: bool) -> float:
    if policy.value is not None and policy.prices is not None:
        prices = policy.prices
        return (facts.tokens * prices.output / 1e6 + facts.seconds * prices.second) / policy.value
    if facts.spread is not None:
        return facts.spread[0] if low else facts.spread[1]
    return facts.threshold


_Ranked = tuple[Effort, DecisionSource, str]


def _by_limit(facts: Facts) -> _Ranked | None:
    if facts.setting == "none":
        return None
    if facts.reasoning_left is not None and facts.reasoning_left <= 0:
        return "none", "limit", "the budget of reasoning tokens is used up"
    if facts.starved:
        return "none", "limit", "reasoning took all tokens of the last reply and left no answer"
    return None


def _by_setting(facts: Facts) -> _Ranked | None:
    if facts.setting == "auto":
        return None
    return facts.setting, "override", f"the developer set effort {facts.setting}"


def _by_cue(facts: Facts) -> _Ranked | None:
    if facts.cue is None:
        return None
    effort, phrase, language = facts.cue
    return effort, "cue", f"the user says '{phrase}' ({language})"


_DOUBTS: Mapping[EvidenceKind, str] = {
    "violation": "the last answer was invalid",
    "empty": "the last answer was empty",
    "truncation": "the last answer was cut",
    "tool_error": "a tool call failed",
    "repeat": "a tool call was repeated",
    "low_logprob": "the model was unsure of the words of its answer",
    "hedging": "the answer doubts itself",
    "disagreement": "two quick answers disagree",
}


def _by_evidence(policy: RoutingPolicy, facts: Facts) -> _Ranked | None:
    if facts.clean_steps >= max(1, policy.calm_after):
        return None
    if facts.doubts:
        return "high", "evidence", "; ".join(_DOUBTS[doubt] for doubt in facts.doubts)
    for count, limit, what in (
        (facts.violations, policy.escalate_after_violations, "invalid output"),
        (facts.tool_errors, policy.escalate_after_tool_errors, "failed tool call"),
        (facts.repeated_calls, policy.escalate_after_repeats, "repeated tool call"),
    ):
        if limit is not None and count >= limit:
            return "high", "evidence", f"{count} {what}{'s' if count != 1 else ''} so far in this run"
    return None


def _by_gain(policy: RoutingPolicy, facts: Facts, threshold: float) -> Verdict:
    effort, source, reason = _choose(policy, facts, threshold)
    odds = 1.0 if effort == "high" else 0.0  # of high, were nothing explored
    if facts.spread is not None:
        chance = facts.spread[2]
        odds = sum(
            share
            for share, low in ((chance, True), (1 - chance, False))
            if _choose(policy, facts, _threshold(policy, facts, low=low))[0] == "high"
        )
    odds = odds * (1 - policy.explore) + (1 - odds) * policy.explore
    if facts.draws[1] < policy.explore:
        effort = "none" if effort == "high" else "high"
        source, reason = "exploration", "turned round by chance, to learn from it"
    return Verdict(
        effort=effort, source=source, threshold=threshold, reason=reason,
        propensity=odds if effort == "high" else 1 - odds,
        shadow=facts.draws[2] < policy.shadow,
    )  # fmt: skip


def _choose(policy: RoutingPolicy, facts: Facts, threshold: float) -> _Ranked:
    gain, current, tokens = facts.gain, facts.current, facts.context_tokens
    wanted: Effort = "high" if gain >= threshold else "none"
    if current is None or current == wanted:
        return wanted, "score", ""
    if abs(gain - threshold) >= policy.margin(tokens):
        return wanted, "score", f"worth a change from {current}, though {tokens:,} tokens are read again"
    kept = f"the phase stays at {current}: a change would make the server read {tokens:,} tokens again"
    return current, "phase", kept
