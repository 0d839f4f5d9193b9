"""A review at work: its agents, what lies on its desk, what it has cost, and what it could not do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

import anyio

from agentkit import Agent, Image, RunResult
from agentkit.errors import (
    AgentKitError,
    AuthenticationFailed,
    BackendError,
    ContextOverflow,
    LimitReached,
    ModelNotFound,
    RequestRefused,
)
from examples.legal_review.agents import Reviewers
from examples.legal_review.ledger import Account
from examples.legal_review.tools import Desk

AT_ONCE = 4
"""Runs at the same time, where they do not wait for each other."""

T = TypeVar("T")
Item = TypeVar("Item")
EffortChoice = Literal["auto", "none", "high"]


@dataclass(kw_only=True)
class Work:
    """What the steps of a review share.

    Attributes:
        side: Whose side is taken.
        effort: `auto` leaves effort to each step.
        window: Context window of the server in tokens; None where it does not say.
        most_tokens: Tokens that the whole review may use.
        unanswered: Rules and steps without an answer, as `rule-id: reason`.
        warnings: What whoever reads the report has to know.
        failures: Why something stayed unanswered.
    """

    agents: Reviewers
    side: str
    effort: EffortChoice
    say: Callable[[str], None]
    account: Account = field(default_factory=Account)
    window: int | None = None
    most_tokens: int | None = None
    unanswered: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])
    failures: list[AgentKitError] = field(default_factory=list[AgentKitError])

    async def run(
        self,
        step: str,
        agent: Agent[T],
        prompt: str,
        desk: Desk | None = None,
        *,
        images: Sequence[Image] = (),
        effort: EffortChoice | None = None,
    ) -> RunResult[T]:
        """Run an agent and take down what it cost.

        Raises:
            AgentKitError: Why there is no result.
        """
        if self.most_tokens is not None and self.account.tokens >= self.most_tokens:
            raise LimitReached(
                f"The review has used {self.account.tokens:,} tokens, and {self.most_tokens:,} are allowed.",
                hint="Raise --max-tokens.",
                limit="tokens",
            )
        if effort is None:
            result = await agent.run(prompt, deps=desk, images=images)
        else:
            result = await agent.run(prompt, deps=desk, images=images, effort=effort)
        self.account.book(step, prompt, result)
        return result

    async def attempt(self, names: Sequence[str], run: Awaitable[T], *, overflow: bool = False) -> T | None:
        """Wait for something that the review can do without; note under the given names why it failed.

        Args:
            names: Rules or steps that stay unanswered if it fails.
            run: What to wait for.
            overflow: Whether the caller can make the prompt shorter, so that a full context window is raised.

        Raises:
            BackendError: The server cannot be used at all, so that going on makes no sense.
        """
        try:
            return await run
        except AgentKitError as error:
            if fatal(error) or (overflow and isinstance(error, ContextOverflow)):
                raise
            self.failures.append(error)
            self.unanswered += [f"{name}: {error.message}" for name in names]
            return None


def fatal(error: AgentKitError) -> bool:
    """Whether the server cannot be used, rather than one request or one answer having failed."""
    if isinstance(error, AuthenticationFailed | ModelNotFound):
        return True
    return isinstance(error, BackendError) and not isinstance(error, RequestRefused)


async def in_order(items: Sequence[Item], one: Callable[[Item], Awaitable[T]]) -> list[T]:
    """Do something for each item, a few at a time; results in the items' order.

    Raises:
        Exception: The first failure, after the others were cancelled.
    """
    results: dict[int, T] = {}
    failures: list[Exception] = []
    limiter = anyio.CapacityLimiter(AT_ONCE)

    async def run(index: int, item: Item) -> None:
        async with limiter:
            try:
                results[index] = await one(item)
            except Exception as error:
                failures.append(error)
                group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for index, item in enumerate(items):
            group.start_soon(run, index, item)
    if failures:
        raise failures[0]
    return [results[index] for index in range(len(items))]
