"""Options of a backend: timeouts and retries."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Final, cast

from agentkit.errors import ConfigurationError

CHAT: Final = "chat/completions"
"""Where requests go, below a base URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Bounds on silence, in seconds. The run's absolute deadline holds besides.

    Attributes:
        connect: Until the connection stands, TLS included.
        first_token: From the request to the first piece of a streamed answer, or to the end of a whole one. A
            whole answer at high effort is one long silence, so this is generous.
        between_tokens: Between two pieces of a streamed answer. Comments that keep a connection alive are none.

    Raises:
        ConfigurationError: A bound is no positive number.
    """

    connect: float = 10.0
    first_token: float = 600.0
    between_tokens: float = 120.0

    def __post_init__(self) -> None:
        for name in ("connect", "first_token", "between_tokens"):
            _check(f"Timeouts.{name}", getattr(self, name), above=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When a failed request is made again. Only errors that say `retryable` are.

    Attributes:
        attempts: Requests in all, the first included.
        first_delay: Seconds; the bound of the first random delay, doubled with each attempt.
        most_delay: Seconds; no random delay is longer.
        most_retry_after: Seconds; a server that asks for a longer wait (Retry-After), or for one beyond the run's
            deadline, is not waited for: the request fails at once.
        budget: Retries per backend that may be made at once; each request that succeeds gives 0.1 back, so that
            a server in trouble is not drowned.

    Raises:
        ConfigurationError: A value is out of its range.
    """

    attempts: int = 4
    first_delay: float = 0.5
    most_delay: float = 20.0
    most_retry_after: float = 300.0
    budget: float = 20.0

    def __post_init__(self) -> None:
        attempts = cast("object", self.attempts)  # callers without a type checker
        if not isinstance(attempts, int) or attempts < 1:
            raise ConfigurationError(
                f"RetryPolicy.attempts is {self.attempts!r}.",
                hint="Give a whole number; 1 makes no request twice.",
            )
        for name in ("first_delay", "most_delay", "most_retry_after", "budget"):
            _check(f"RetryPolicy.{name}", getattr(self, name), above=-1e-9)


def _check(name: str, value: object, *, above: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not above < value < inf:
        wanted = "a positive number" if above == 0 else "0 or more"
        raise ConfigurationError(f"{name} is {value!r}.", hint=f"Give {wanted}.")
