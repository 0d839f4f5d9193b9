"""What requests cost, in tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agentkit.protocol.effort import Effort


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one request, or of several added up.

    Attributes:
        requests: How many requests the figures cover.
        prompt_tokens: Tokens of the prompts as the server counted them.
        cached_tokens: The part of the prompt tokens that came from the server's prefix cache, where it says so.
        completion_tokens: Tokens that the model wrote, reasoning included.
        reasoning_tokens: The part of the completion that was reasoning. Where a server counts none (llama.cpp)
            it is estimated from the share of reasoning characters; see `reasoning_estimated`.
        reasoning_estimated: Whether some of `reasoning_tokens` is such an estimate.
        reasoning_counted: Whether the server itself counted the reasoning, also where it was none.
        estimated: Whether the server of some of these requests counted nothing at all, and the figures for it are
            estimates from characters.
    """

    requests: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    reasoning_estimated: bool = False
    reasoning_counted: bool = True
    estimated: bool = False

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            requests=self.requests + other.requests,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
            reasoning_estimated=self.reasoning_estimated or other.reasoning_estimated,
            reasoning_counted=self.reasoning_counted and other.reasoning_counted,
            estimated=self.estimated or other.estimated,
        )

    @property
    def total_tokens(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt_tokens + self.completion_tokens


UsageByEffort = Mapping[Effort, Usage]
"""Usage for each effort that was used."""


def total(usage: UsageByEffort) -> Usage:
    """Add up the usage of all efforts."""
    values = tuple(usage.values())
    return values[0] if len(values) == 1 else sum(values, Usage())
