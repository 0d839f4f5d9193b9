"""A budget of reasoning tokens for tenants and days, and the ledger in memory that it has by default."""

from __future__ import annotations

import math
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agentkit.errors import ConfigurationError
from agentkit.protocol.budget import Account, Balance, Lease, Ledger


class MemoryLedger:
    """Keeps accounts for the runs of one process; `SqliteLedger` keeps them for several.

    Args:
        clock: Seconds, for the end of leases.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._balances: dict[str, Balance] = {}
        self._leases: dict[str, tuple[Lease, float]] = {}  # with the time at which each ends
        self._ended: dict[str, Lease] = {}

    async def reserve(
        self, accounts: Sequence[Account], tokens: int, *, least: int, seconds: float
    ) -> Lease | None:
        """Set tokens aside in every account, or in none; see `Ledger`."""
        with self._lock:
            self._end_leases()
            for account in accounts:
                balance = self._balances.get(account.key, _NOTHING)
                tokens = min(tokens, account.limit - balance.spent - balance.held)
            if tokens < max(1, least):
                return None
            keys = tuple(account.key for account in accounts)
            lease = Lease(id=uuid.uuid4().hex, tokens=tokens, accounts=keys)
            self._leases[lease.id] = lease, self._clock() + seconds
            self._book(lease.accounts, held=tokens)
            return lease

    async def settle(self, lease: Lease, used: int) -> None:
        """End a lease; see `Ledger`."""
        with self._lock:
            if self._leases.pop(lease.id, None) is not None:
                self._book(lease.accounts, held=-lease.tokens, spent=used)
            elif self._ended.pop(lease.id, None) is not None:
                self._book(lease.accounts, spent=used - lease.tokens)

    async def charge(self, keys: Sequence[str], tokens: int) -> None:
        """Charge accounts with tokens that nothing was set aside for."""
        with self._lock:
            self._book(keys, spent=tokens)

    async def balances(self, keys: Sequence[str]) -> list[Balance]:
        """Return what became of the tokens of some accounts."""
        with self._lock:
            self._end_leases()
            return [self._balances.get(key, _NOTHING) for key in keys]

    def _book(self, keys: Sequence[str], *, held: int = 0, spent: int = 0) -> None:
        for key in keys:
            balance = self._balances.get(key, _NOTHING)
            self._balances[key] = Balance(spent=balance.spent + spent, held=balance.held + held)

    def _end_leases(self) -> None:
        now = self._clock()
        for id_, (lease, ends) in list(self._leases.items()):
            if ends <= now:
                del self._leases[id_]
                self._ended[id_] = lease
                self._book(lease.accounts, held=-lease.tokens, spent=lease.tokens)


_NOTHING = Balance()


@dataclass(frozen=True, slots=True, kw_only=True)
class EffortBudget:
    """How many reasoning tokens may be spent, over runs, tenants and processes. A hard bound, not a target.

    Every request at high reserves its `max_tokens` before it is sent, and what it used is charged afterwards: its
    reasoning tokens where the server counts them, else all its completion tokens. A request whose use stays unknown
    (the connection broke, the run was stopped, the process died) is charged in full. When too little is left, runs go
    on without reasoning. The bound of one run is `Limits.reasoning_tokens`.

    Attributes:
        day: Tokens for one day (UTC) of all runs that share the ledger.
        tenant_day: Tokens for one day of one tenant's runs; `run(..., tenant="acme")` names the tenant.
        per_request: The most that one request at high may write; a run without room is cut and rescued at none.
        least: Fewer tokens than these are not worth beginning to think.
        slack: How far a server may write beyond `max_tokens`; reserved with each request.
        lease_seconds: How long a request may take before what it holds is charged, as if its process had died.
        ledger: Keeps the accounts; left out, they are kept in memory for this budget alone.
        clock: Seconds since 1970, which tell the day.

    Raises:
        ConfigurationError: A value is out of its range.
    """

    day: int | None = None
    tenant_day: int | None = None
    per_request: int = 16_384
    least: int = 256
    slack: int = 0
    lease_seconds: float = 3600.0
    ledger: Ledger = field(default_factory=MemoryLedger)
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        for name, smallest in (("day", 0), ("tenant_day", 0), ("per_request", 1), ("least", 1), ("slack", 0)):
            value = getattr(self, name)
            if value is not None and value < smallest:
                raise ConfigurationError(
                    f"EffortBudget.{name} is {value!r}.", hint=f"Give {smallest} or more."
                )
        if not 0 < self.lease_seconds < math.inf:
            raise ConfigurationError(
                f"EffortBudget.lease_seconds is {self.lease_seconds!r}.", hint="Give a number above 0."
            )

    def accounts(self, tenant: str = "") -> tuple[Account, ...]:
        """Return the accounts that a tenant's request draws from today."""
        today = time.strftime("%Y-%m-%d", time.gmtime(self.clock()))
        accounts: list[Account] = []
        if self.day is not None:
            accounts.append(Account(key=f"day:{today}", limit=self.day))
        if self.tenant_day is not None:
            accounts.append(Account(key=f"tenant:{today}:{tenant}", limit=self.tenant_day))
        return tuple(accounts)

    async def spent(self, tenant: str = "") -> dict[str, Balance]:
        """Return what became of today's tokens, by `day` and `tenant_day`, as far as they are bounded."""
        accounts = self.accounts(tenant)
        balances = await self.ledger.balances([account.key for account in accounts])
        names = [name for name in ("day", "tenant_day") if getattr(self, name) is not None]
        return dict(zip(names, balances, strict=True))
