"""The ledger of reasoning tokens in a SQLite file: a hard bound over all processes of a machine."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import anyio.to_thread

from agentkit.protocol.budget import Account, Balance, Lease
from agentkit.stores.sqlite import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    key TEXT PRIMARY KEY, spent INTEGER NOT NULL DEFAULT 0, held INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS leases (
    id TEXT PRIMARY KEY, tokens INTEGER NOT NULL, accounts TEXT NOT NULL, ends REAL NOT NULL, ended INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS leases_by_end ON leases (ended, ends);
"""
_FORGET = 7 * 86_400.0  # after so many seconds nobody will tell any more what an ended lease really used
_SEPARATOR = "\x1f"


class SqliteLedger:
    """Keeps accounts of reasoning tokens for every process that opens the same file.

    Each reservation and each settlement is one transaction. Leases end by the wall clock, the only one that processes
    share; a clock that is set back makes them last longer, never shorter.

    Args:
        path: The file; made where it does not exist, for its owner alone. It must lie on a local disk.
        clock: Seconds since 1970.

    Raises:
        StoreFailed: The file cannot be used.
    """

    def __init__(self, path: str | Path, *, clock: Callable[[], float] = time.time) -> None:
        self._database = Database(path, _SCHEMA)
        self._clock = clock

    async def reserve(
        self, accounts: Sequence[Account], tokens: int, *, least: int, seconds: float
    ) -> Lease | None:
        """Set tokens aside in every account, or in none; see `Ledger`."""
        return await anyio.to_thread.run_sync(self._reserve, tuple(accounts), tokens, least, seconds)

    async def settle(self, lease: Lease, used: int) -> None:
        """End a lease; see `Ledger`."""
        await anyio.to_thread.run_sync(self._settle, lease, used)

    async def charge(self, keys: Sequence[str], tokens: int) -> None:
        """Charge accounts with tokens that nothing was set aside for."""
        await anyio.to_thread.run_sync(self._charge, tuple(keys), tokens)

    async def balances(self, keys: Sequence[str]) -> list[Balance]:
        """Return what became of the tokens of some accounts."""
        return await anyio.to_thread.run_sync(self._balances, tuple(keys))

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._database.close()

    def _reserve(
        self, accounts: tuple[Account, ...], tokens: int, least: int, seconds: float
    ) -> Lease | None:
        with self._database.writing() as connection:
            now = self._clock()
            _end_leases(connection, now)
            for account in accounts:
                balance = _balance(connection, account.key)
                tokens = min(tokens, account.limit - balance.spent - balance.held)
            if tokens < max(1, least):
                return None
            keys = tuple(account.key for account in accounts)
            lease = Lease(id=uuid.uuid4().hex, tokens=tokens, accounts=keys)
            connection.execute(
                "INSERT INTO leases (id, tokens, accounts, ends) VALUES (?, ?, ?, ?)",
                (lease.id, tokens, _SEPARATOR.join(keys), now + seconds),
            )
            _book(connection, keys, held=tokens)
            return lease

    def _settle(self, lease: Lease, used: int) -> None:
        with self._database.writing() as connection:
            row = connection.execute(
                "DELETE FROM leases WHERE id = ? RETURNING ended", (lease.id,)
            ).fetchone()
            if row is None:
                return  # settled before
            if row[0]:
                _book(connection, lease.accounts, spent=used - lease.tokens)
            else:
                _book(connection, lease.accounts, spent=used, held=-lease.tokens)

    def _charge(self, keys: tuple[str, ...], tokens: int) -> None:
        with self._database.writing() as connection:
            _book(connection, keys, spent=tokens)

    def _balances(self, keys: tuple[str, ...]) -> list[Balance]:
        with self._database.writing() as connection:
            _end_leases(connection, self._clock())
            return [_balance(connection, key) for key in keys]


def _balance(connection: sqlite3.Connection, key: str) -> Balance:
    row = connection.execute("SELECT spent, held FROM accounts WHERE key = ?", (key,)).fetchone()
    return Balance() if row is None else Balance(spent=row[0], held=row[1])


def _book(connection: sqlite3.Connection, keys: Sequence[str], *, spent: int = 0, held: int = 0) -> None:
    for key in keys:
        connection.execute(
            "INSERT INTO accounts (key, spent, held) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (key) DO UPDATE SET spent = spent + ?2, held = held + ?3",
            (key, spent, held),
        )


def _end_leases(connection: sqlite3.Connection, now: float) -> None:
    ended = connection.execute(
        "UPDATE leases SET ended = 1 WHERE ended = 0 AND ends <= ? RETURNING tokens, accounts", (now,)
    ).fetchall()
    for tokens, accounts in ended:
        _book(connection, accounts.split(_SEPARATOR) if accounts else (), spent=tokens, held=-tokens)
    connection.execute("DELETE FROM leases WHERE ended = 1 AND ends <= ?", (now - _FORGET,))
