"""The one retry layer: tenacity, with a budget per backend and the caller's deadline."""

from __future__ import annotations

import threading

import anyio
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from agentkit.backends.options import RetryPolicy
from agentkit.errors import AgentKitError


class RetryBudget:
    """Tokens for retries, shared by all runs of a backend, so that a server in trouble is not drowned."""

    def __init__(self, size: float) -> None:
        self._lock = threading.Lock()
        self._size = size
        self._left = size

    def take(self) -> bool:
        """Take one retry; False where none is left."""
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True

    def give_back(self) -> None:
        """A request succeeded: a tenth of a retry comes back."""
        with self._lock:
            self._left = min(self._size, self._left + 0.1)


def retrying(
    policy: RetryPolicy, budget: RetryBudget, *, deadline: float | None, before_sleep: list[RetryCallState]
) -> AsyncRetrying:
    """Build the attempts of one request.

    Args:
        policy: How often and how long.
        budget: Where further attempts come from.
        deadline: Absolute `anyio.current_time()`; no attempt is made that would have to wait beyond it.
        before_sleep: Gets the state of each failed attempt that will be followed by another.
    """
    random_delay = wait_random_exponential(multiplier=policy.first_delay, max=policy.most_delay)

    def wait(state: RetryCallState) -> float:
        asked = getattr(_error(state), "retry_after", None)
        return random_delay(state) if asked is None else float(asked)

    def stop(state: RetryCallState) -> bool:
        if state.attempt_number >= policy.attempts:
            return True
        late = deadline is not None and anyio.current_time() + state.upcoming_sleep >= deadline
        return late or not budget.take()

    return AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, AgentKitError) and error.retryable),
        wait=wait,
        stop=stop,
        sleep=anyio.sleep,
        before_sleep=before_sleep.append,
        reraise=True,
    )


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None
