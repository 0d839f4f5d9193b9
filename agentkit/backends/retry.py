"""The one retry layer: tenacity, with a budget per backend and the caller's deadline."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

import anyio

from agentkit.backends.options import RetryPolicy
from agentkit.errors import AgentKitError, BackendError, IncompleteStream, ProtocolError
from agentkit.protocol.events import ModelRetried

if TYPE_CHECKING:
    from tenacity import AsyncRetrying, RetryCallState

T = TypeVar("T")


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


async def with_retries(
    attempt: Callable[[], AsyncGenerator[T, None]],
    policy: RetryPolicy,
    budget: RetryBudget,
    *,
    deadline: float | None,
    elsewhere: Callable[[], bool],
) -> AsyncGenerator[T | ModelRetried, None]:
    """Make attempts until one succeeds; yields what they yield, and a note before each but the first.

    The first attempt is made without tenacity, which is loaded when something has failed: it costs as much as
    encoding and decoding the request.

    Args:
        attempt: Makes one.
        policy: How often and how long.
        budget: Where further attempts come from.
        deadline: Absolute `anyio.current_time()`; no attempt is made that would have to wait beyond it.
        elsewhere: Whether the next attempt can go to a replica that was not tried. It then goes at once, and beside
            the budget, which is there to spare a server in trouble.

    Raises:
        AgentKitError: The last failure.
    """
    failed: AgentKitError | None = None
    try:
        async with aclosing(attempt()) as items:
            async for item in items:
                yield item
    except AgentKitError as error:
        if not error.retryable:
            raise
        failed = error
    if failed is not None:
        again = retried(attempt, failed, policy, budget, deadline=deadline, elsewhere=elsewhere)
        async with aclosing(again) as notes:
            async for note in notes:
                yield note


async def retried(
    attempt: Callable[[], AsyncGenerator[T, None]],
    first: AgentKitError,
    policy: RetryPolicy,
    budget: RetryBudget,
    *,
    deadline: float | None,
    elsewhere: Callable[[], bool],
) -> AsyncGenerator[T | ModelRetried, None]:
    """Make further attempts after the first has failed; see `with_retries`.

    Args:
        attempt: Makes one.
        first: How the first failed; it is retryable.
        policy: How often and how long.
        budget: Where further attempts come from.
        deadline: As there.
        elsewhere: As there.

    Raises:
        AgentKitError: The last failure.
    """
    failed = [first]
    told: list[ModelRetried] = []
    async for further in _retrying(policy, budget, deadline=deadline, told=told, elsewhere=elsewhere):
        if told:
            yield told.pop()
        with further:
            if failed:  # tenacity takes the first attempt to be its own
                raise failed.pop()
            async with aclosing(attempt()) as items:
                async for item in items:
                    yield item


def _retrying(
    policy: RetryPolicy,
    budget: RetryBudget,
    *,
    deadline: float | None,
    told: list[ModelRetried],
    elsewhere: Callable[[], bool],
) -> AsyncRetrying:
    """Build the attempts of one request.

    Args:
        policy: How often and how long.
        budget: Where further attempts come from.
        deadline: Absolute `anyio.current_time()`; no attempt is made that would have to wait beyond it.
        told: Gets a note of each failed attempt that will be followed by another.
        elsewhere: Whether a replica is left that was not tried.
    """
    from tenacity import AsyncRetrying, retry_if_exception, wait_random_exponential

    random_delay = wait_random_exponential(multiplier=policy.first_delay, max=policy.most_delay)

    garbled = 0

    def wait(state: RetryCallState) -> float:
        if elsewhere():
            return 0.0
        asked = _asked(state)
        return random_delay(state) if asked is None else asked

    def stop(state: RetryCallState) -> bool:
        nonlocal garbled
        error = _error(state)
        garbled += isinstance(error, ProtocolError) and not isinstance(error, IncompleteStream)
        if elsewhere():
            return deadline is not None and anyio.current_time() >= deadline
        if state.attempt_number >= policy.attempts or garbled > 1:  # what is no answer twice, is none
            return True
        late = deadline is not None and anyio.current_time() + state.upcoming_sleep >= deadline
        return late or (_asked(state) or 0) > policy.most_retry_after or not budget.take()

    return AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, AgentKitError) and error.retryable),
        wait=wait,
        stop=stop,
        sleep=anyio.sleep,
        before_sleep=lambda state: told.append(_retried(state)),  # tenacity forgets the error afterwards
        reraise=True,
    )


def _retried(state: RetryCallState) -> ModelRetried:
    error = _error(state)
    return ModelRetried(
        attempt=state.attempt_number,
        delay=state.upcoming_sleep,
        error=str(error),
        kind=type(error).__name__,
        costs_nothing=isinstance(error, BackendError) and error.costs_nothing,
    )


def _asked(state: RetryCallState) -> float | None:
    """Seconds that the server asked to wait, or None."""
    return getattr(_error(state), "retry_after", None)


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None
