"""Reasoning tokens as a resource: accounts that several runs and processes draw from, and the port that keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One bounded amount of reasoning tokens, such as a tenant's for a day.

    Attributes:
        key: Its name in the ledger; a new period has a new name.
        limit: Tokens that may be spent from it, ever.
    """

    key: str
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Tokens that are set aside for one request.

    Attributes:
        id: Its name in the ledger.
        tokens: How many.
        accounts: Keys of the accounts that they are set aside in.
    """

    id: str
    tokens: int
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What became of an account's tokens.

    Attributes:
        spent: Tokens that were charged.
        held: Tokens that are set aside for requests under way.
    """

    spent: int = 0
    held: int = 0


class Ledger(Protocol):
    """Keeps accounts; what it does is atomic over all that share it."""

    async def reserve(
        self, accounts: Sequence[Account], tokens: int, *, least: int, seconds: float
    ) -> Lease | None:
        """Set tokens aside in every account, or in none.

        Args:
            accounts: Where; none of them may come to more than its limit, spent and held together.
            tokens: How many are wanted; fewer are set aside where fewer are left.
            least: Fewer than these are of no use.
            seconds: After this time the lease ends by itself and its tokens are charged: whoever held it may have
                died in the middle of a request, and what the server had written by then is not known.

        Returns:
            The lease, or None where too little is left.
        """
        ...

    async def settle(self, lease: Lease, used: int) -> None:
        """End a lease: `used` tokens are charged, more than it holds too if so many were used, the rest comes back.

        A lease that has ended by itself was charged in full; of that, what was not used comes back now.
        """
        ...

    async def charge(self, keys: Sequence[str], tokens: int) -> None:
        """Charge accounts with tokens that nothing was set aside for."""
        ...

    async def balances(self, keys: Sequence[str]) -> Sequence[Balance]:
        """Return what became of the tokens of some accounts."""
        ...
