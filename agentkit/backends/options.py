"""Options of a backend: timeouts and retries."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Bounds on silence, in seconds. The run's absolute deadline holds besides.

    Attributes:
        connect: Until the connection stands, TLS included.
        first_token: From the request to the first byte of the answer. A whole (unstreamed) answer at high
            effort is one long silence, so this is generous.
        between_tokens: Between two pieces of a streamed answer.
    """

    connect: float = 10.0
    first_token: float = 600.0
    between_tokens: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When a failed request is made again. Only errors that say `retryable` are.

    Attributes:
        attempts: Requests in all, the first included.
        first_delay: Seconds; the bound of the first random delay, doubled with each attempt.
        most_delay: Seconds; no delay is longer, but a server's Retry-After is honoured where the deadline allows.
        budget: Retries per backend that may be made at once; each request that succeeds gives 0.1 back, so that
            a server in trouble is not drowned.
    """

    attempts: int = 4
    first_delay: float = 0.5
    most_delay: float = 20.0
    budget: float = 20.0
