"""Bounds on one run; every one has a safe default and is checked before the next request or call."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from math import inf
from typing import TypeVar

from agentkit.errors import ConfigurationError

N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on one run. None switches a bound off, where it may be None.

    Attributes:
        steps: Model requests, re-asks included.
        tool_calls: Executed tool calls.
        identical_calls: How often the same call (tool and arguments) may be executed.
        tokens: Prompt and completion tokens of all requests together.
        reasoning_tokens: Reasoning tokens of all requests together. When they are used up the run goes on
            without reasoning.
        reasks: Further tries after an invalid output.
        seconds: Wall time of the run; tools and sub-agents share the same absolute deadline.
        tool_seconds: Wall time of one tool call that sets none itself.
        parallel_calls: Tool calls running at the same time.
        tool_output_chars: Characters of one tool result that the model gets to read.

    Raises:
        ConfigurationError: A bound is no positive number.
    """

    steps: int | None = 30
    tool_calls: int | None = 100
    identical_calls: int | None = 3
    tokens: int | None = 2_000_000
    reasoning_tokens: int | None = 100_000
    reasks: int = 2
    seconds: float | None = 600.0
    tool_seconds: float | None = 60.0
    parallel_calls: int = 8
    tool_output_chars: int = 60_000

    def within(self, left: Limits) -> Limits:
        """Return these limits, with no more tokens, reasoning tokens and time than another run has left."""
        return replace(
            self,
            tokens=_lower(self.tokens, left.tokens),
            reasoning_tokens=_lower(self.reasoning_tokens, left.reasoning_tokens),
            seconds=_lower(self.seconds, left.seconds),
        )

    def __post_init__(self) -> None:
        for field in fields(self):
            value: object = getattr(self, field.name)
            optional, whole = "None" in str(field.type), "int" in str(field.type)
            least = 0 if field.name in _MAY_BE_ZERO else 1
            if value is None and optional:
                continue
            if whole:
                fits = isinstance(value, int) and not isinstance(value, bool) and value >= least
                wanted = f"a whole number, {least} or more"
            else:
                fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < inf
                wanted = "a number of seconds above 0"
            if not fits:
                raise ConfigurationError(
                    f"Limits.{field.name} is {value!r}.",
                    hint=f"Give {wanted}{', or None for no bound' if optional else ''}.",
                )


def _lower(one: N | None, other: N | None) -> N | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


_MAY_BE_ZERO = frozenset({"reasks", "tool_calls", "reasoning_tokens"})
