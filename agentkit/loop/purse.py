"""What a run may spend on reasoning: its own limit, that of the run it is part of, and shared budgets."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import anyio

from agentkit._util.library import now
from agentkit.errors import BackendError, ConfigurationError
from agentkit.loop.budget import EffortBudget
from agentkit.protocol.budget import Lease
from agentkit.protocol.effort import Effort
from agentkit.protocol.reply import ModelReply

_SHARED = 32_767
"""Tokens that one request of a sub-agent sets aside at most, so that its siblings can think too."""

_LATE = 60.0
"""Seconds after its deadline in which a request may still be on its way out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Reasoning tokens set aside for one request.

    Attributes:
        tokens: How many; None where nothing bounds them.
        cap: What the request may say as `max_tokens`; None where nothing bounds it.
        leases: What is held of shared budgets.
    """

    tokens: int | None = None
    cap: int | None = None
    leases: tuple[tuple[EffortBudget, Lease], ...] = ()


class Purse:
    """A run's reasoning tokens. A sub-agent draws from the purse of the run that it is part of, and from its own.

    Args:
        limit: Tokens that the run may spend, or None.
        budget: A shared budget, or None. That of the run that this one is part of binds it too.
        tenant: Whose share of the budget it is; left out, that of the run that this one is part of.
        parent: The purse of that run, or None.
    """

    def __init__(
        self,
        *,
        limit: int | None = None,
        budget: EffortBudget | None = None,
        tenant: str = "",
        parent: Purse | None = None,
    ) -> None:
        self._chain: tuple[Purse, ...] = (self, *(parent._chain if parent is not None else ()))
        self._limit = limit
        self._taken = 0  # spent and held
        self._lock: threading.Lock = parent._lock if parent is not None else threading.Lock()
        self._tenant: str = tenant or (parent._tenant if parent is not None else "")
        budgets = parent._budgets if parent is not None else ()
        self._budgets: tuple[EffortBudget, ...] = (
            budgets if budget is None or budget in budgets else (budget, *budgets)
        )

    @property
    def left(self) -> int | None:
        """Tokens that are neither spent nor held, here and up the chain; None where nothing bounds them."""
        bounds = [purse._limit - purse._taken for purse in self._chain if purse._limit is not None]
        return max(0, min(bounds)) if bounds else None

    async def reserve(self, max_tokens: int | None, *, deadline: float | None) -> Hold | None:
        """Set tokens aside for one request at high.

        Args:
            max_tokens: What the caller allows the reply, or None.
            deadline: Absolute `anyio.current_time()` after which the request is over, or None.

        Returns:
            The hold, or None where too little is left to begin.
        """
        slack = max((budget.slack for budget in self._budgets), default=0)
        wanted = [budget.per_request + slack for budget in self._budgets]
        if max_tokens is not None:
            wanted.append(max_tokens + slack)
        if len(self._chain) > 1:
            wanted.append(_SHARED)
        least = slack + max((budget.least for budget in self._budgets), default=1)
        least = min([least, *wanted])
        with self._lock:
            left = self.left
            if left is not None:
                wanted.append(left)
            if not wanted:
                return Hold()
            tokens = min(wanted)
            if tokens < least or tokens <= slack:
                return None
            self._take(tokens)
        granted, leases = tokens, list[tuple[EffortBudget, Lease]]()
        try:
            for budget in self._budgets:
                lease = await self._lease(budget, granted, least, deadline)
                if lease is None:
                    granted = 0
                    break
                leases.append((budget, lease))
                granted = lease.tokens
        except BaseException:
            granted = 0
            raise
        finally:
            with self._lock:
                self._take(granted - tokens)
            if not granted:
                await _settle(leases, 0)
        bounded = left is not None or bool(self._budgets)
        cap = granted - slack if bounded else None
        return Hold(tokens=granted, cap=cap, leases=tuple(leases)) if granted else None

    async def _lease(
        self, budget: EffortBudget, tokens: int, least: int, deadline: float | None
    ) -> Lease | None:
        seconds = budget.lease_seconds
        if deadline is not None:
            seconds = min(seconds, max(0.0, deadline - now()) + _LATE)
        return await budget.ledger.reserve(
            budget.accounts(self._tenant), tokens, least=least, seconds=seconds
        )

    async def settle(self, hold: Hold, used: int | None) -> None:
        """Charge what a request used; None where nobody knows, which is charged in full."""
        spent = (hold.tokens or 0) if used is None else used
        with self._lock:
            self._take(spent - (hold.tokens or 0))
        await _settle(hold.leases, spent)

    async def charge(self, used: int) -> None:
        """Charge reasoning that nobody had asked for: that of a server that thinks at none."""
        with self._lock:
            self._take(used)
        for budget in self._budgets:
            keys = [account.key for account in budget.accounts(self._tenant)]
            await budget.ledger.charge(keys, used)

    def _take(self, tokens: int) -> None:
        for purse in self._chain:
            purse._taken += tokens


async def _settle(
    leases: list[tuple[EffortBudget, Lease]] | tuple[tuple[EffortBudget, Lease], ...], used: int
) -> None:
    # Whatever happens to the run, what it holds must not stay held until the lease ends.
    with anyio.CancelScope(shield=True):
        for budget, lease in leases:
            await budget.ledger.settle(lease, used)


class Holding:
    """A hold while its request is under way; at the end it is settled, whatever happened.

    Args:
        purse: Where it is from.
        hold: The hold; None at none, where there is nothing to settle.
    """

    def __init__(self, purse: Purse, hold: Hold | None) -> None:
        self._purse = purse
        self._hold = hold
        self._begun = False
        self._used: int | None = None

    async def __aenter__(self) -> Self:
        return self

    @property
    def cap(self) -> int | None:
        """What the request may say as `max_tokens`, or None."""
        return None if self._hold is None else self._hold.cap

    def begin(self) -> None:
        """The request goes out: from now on its use is unknown until it is told."""
        self._begun = True

    async def tell(self, used: int | None) -> None:
        """Tell what the request used; None where the server did not say."""
        if self._hold is None:
            if used:
                await self._purse.charge(used)
        else:
            self._used = used

    async def renew(self, *, deadline: float | None) -> bool:
        """An attempt failed that may have used all: set the same aside for the next; whether there is so much left."""
        hold = self._hold
        if hold is None or hold.tokens is None:
            return True
        self._hold = None
        await self._purse.settle(hold, None)
        new = await self._purse.reserve(hold.cap, deadline=deadline)
        if new is not None and (new.tokens or 0) < hold.tokens:
            await self._purse.settle(new, 0)
            return False
        self._hold = new
        return new is not None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._hold is None:
            return
        hold, self._hold = self._hold, None
        free = isinstance(error, ConfigurationError) or (
            isinstance(error, BackendError) and error.costs_nothing
        )
        await self._purse.settle(hold, 0 if not self._begun or free else self._used)


def charge_of(reply: ModelReply, effort: Effort) -> int | None:
    """Return the tokens that a reply is charged with: its reasoning, or all of it where the server did not count.

    At none there is nothing to charge unless the server says so or shows a thought. None where the server reports
    no usage at all: then nobody knows.
    """
    usage, thought = reply.usage, bool(reply.message.reasoning)
    if (usage.estimated or not usage.completion_tokens) and (thought or effort == "high"):
        return None
    if usage.reasoning_counted and (usage.reasoning_tokens or not thought):
        return usage.reasoning_tokens
    return usage.completion_tokens if effort == "high" or thought else 0
