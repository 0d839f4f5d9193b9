"""How the router decides: every knob, with its default and its range."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from agentkit.errors import ConfigurationError
from agentkit.protocol.decisions import Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What a server's work costs, in any one currency.

    Attributes:
        input: A million prompt tokens.
        cached_input: A million prompt tokens that the prefix cache holds.
        output: A million completion tokens.
        second: One second of waiting.
    """

    input: float = 0.0
    cached_input: float = 0.0
    output: float = 0.0
    second: float = 0.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigurationError(f"Prices.{name} is {getattr(self, name)!r}.", hint="Give 0 or more.")

    def of(self, cost: Cost) -> float:
        """Return what a request cost."""
        fresh = cost.input_tokens - cost.cached_tokens
        tokens = (
            fresh * self.input + cost.cached_tokens * self.cached_input + cost.output_tokens * self.output
        )
        return tokens / 1e6 + cost.seconds * self.second


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingPolicy:
    """How the router decides.

    At most one of `threshold`, `quality`, `high_share`, `tokens_per_request` and `value` says where high begins;
    without any of them the weights do. `quality`, `high_share` and `tokens_per_request` go by the gains of the
    requests seen so far, and by the weights' threshold until there are 50 of them.

    Attributes:
        threshold: The gain from which effort is high.
        quality: The part of always-high's gain that is to be kept, 0 to 1.
        high_share: The share of requests that may be high, 0 to 1.
        tokens_per_request: Further completion tokens that a request may cost on average.
        value: What it is worth that an answer is right, in the currency of `prices`: high where the gain times this
            exceeds what high costs more, the re-reading of the history after a change of effort included.
        prices: What the server's work costs.
        reasoning_tokens: Completion tokens that high is expected to write beyond none, until it was seen.
        tokens_per_second: How fast the server writes, for the price of waiting.
        switch_margin: How far the gain must be past the threshold to change the effort of a running phase.
        margin_per_1k_tokens: What the margin grows by with every 1,000 tokens of context, because a change of effort
            makes the server read the whole history again. With `value` the prices say it instead.
        max_margin: The margin beyond which it does not grow, so that a sure case may always switch.
        user_cues: Whether "think hard", "quick" and their like decide.
        escalate_after_violations: Invalid outputs in a run after which effort is high; None never.
        escalate_after_tool_errors: Failed or refused calls after which effort is high; None never.
        escalate_after_repeats: Exactly repeated calls after which effort is high; None never.
        escalate_on_truncation: Whether an answer at none that was cut is tried again at high.
        escalate_on_hedging: Whether an answer at none that doubts itself is.
        min_logprob: Mean log-probability below which an answer at none is; None does not ask the server for any.
        second_sample: Whether a second answer at none is asked for where the gain is near the threshold; if the two
            differ, effort goes up. It costs one more request for each of these answers.
        uncertain_band: How far below the threshold "near" begins.
        max_escalations: How often in a run doubt about an answer may lead to a further try.
        calm_after: Replies without trouble after which the score decides again.
        learn: Whether outcomes correct the scores of later tasks of the same kind.
        explore: Share of the decisions made by score that are turned round, to learn from; their odds are on the card.
        shadow: Share of the answers decided by score that the other effort gives too, for comparison, when the run is
            done: one more request each, within the run's limits and budgets.
        seed: For what is left to chance.

    Raises:
        ConfigurationError: A value is out of its range, or two say where high begins.
    """

    threshold: float | None = None
    quality: float | None = None
    high_share: float | None = None
    tokens_per_request: float | None = None
    value: float | None = None
    prices: Prices | None = None
    reasoning_tokens: float = 1500.0
    tokens_per_second: float = 60.0
    switch_margin: float = 0.1
    margin_per_1k_tokens: float = 0.01
    max_margin: float = 0.45
    user_cues: bool = True
    escalate_after_violations: int | None = 1
    escalate_after_tool_errors: int | None = 2
    escalate_after_repeats: int | None = 2
    escalate_on_truncation: bool = True
    escalate_on_hedging: bool = True
    min_logprob: float | None = None
    second_sample: bool = False
    uncertain_band: float = 0.25
    max_escalations: int = 2
    calm_after: int = 2
    learn: bool = True
    explore: float = 0.0
    shadow: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        # A threshold of 0 or 1 is a decision for all tasks: that is what `effort` is for.
        self._demand(
            "threshold",
            lambda v: v is None or 0 < v < 1,
            'between 0 and 1; effort="high" or "none" decides for all',
        )
        for name in ("quality", "high_share"):
            self._demand(name, lambda v: v is None or 0 <= v <= 1, "from 0 to 1")
        for name in ("tokens_per_request", "value"):
            self._demand(name, lambda v: v is None or 0 < v < math.inf, "above 0")
        for name in (
            "switch_margin",
            "margin_per_1k_tokens",
            "max_margin",
            "uncertain_band",
            "explore",
            "shadow",
        ):
            self._demand(name, lambda v: 0 <= v <= 1, "from 0 to 1")
        for name in ("escalate_after_violations", "escalate_after_tool_errors", "escalate_after_repeats"):
            self._demand(name, lambda v: v is None or v >= 1, "at least at 1, or be None for never")
        for name in ("max_escalations", "calm_after", "reasoning_tokens"):
            self._demand(name, lambda v: 0 <= v < math.inf, "at 0 or above")
        self._demand("tokens_per_second", lambda v: 0 < v < math.inf, "above 0")
        self._demand("min_logprob", lambda v: v is None or v <= 0, "at 0 or below")
        given = [
            name
            for name in ("threshold", "quality", "high_share", "tokens_per_request", "value")
            if getattr(self, name) is not None
        ]
        if len(given) > 1:
            raise ConfigurationError(
                f"RoutingPolicy has {' and '.join(given)}.",
                hint="Only one of them can say where high begins.",
            )
        if self.value is not None and self.prices is None:
            raise ConfigurationError(
                "RoutingPolicy.value needs prices to be weighed against.", hint="Give prices=Prices(...) too."
            )

    def _demand(self, name: str, holds: Callable[[Any], bool], allowed: str) -> None:
        value = getattr(self, name)
        if not holds(value):
            raise ConfigurationError(f"RoutingPolicy.{name} is {value!r}.", hint=f"It must lie {allowed}.")

    def margin(self, context_tokens: int) -> float:
        """Return how far past the threshold a gain must be to change the effort over so long a history."""
        if self.value is not None and self.prices is not None:
            lost = max(0.0, self.prices.input - self.prices.cached_input)
            return context_tokens * lost / 1e6 / self.value
        return min(self.max_margin, self.switch_margin + self.margin_per_1k_tokens * context_tokens / 1000)

    def to_dict(self) -> dict[str, Any]:
        """Return the knobs as plain JSON data, which `from_dict` reads."""
        data: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        if self.prices is not None:
            data["prices"] = {name: getattr(self.prices, name) for name in self.prices.__slots__}
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RoutingPolicy:
        """Read what `to_dict` gave.

        Raises:
            ConfigurationError: There is no such knob, or a value is out of its range.
        """
        knobs = dict(data)
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(knobs) - set(known)):
            raise ConfigurationError(
                f"RoutingPolicy has no {unknown[0]!r}.", hint=f"It has: {', '.join(known)}."
            )
        if knobs.get("prices") is not None:
            knobs["prices"] = Prices(**knobs["prices"])
        return cls(**knobs)
