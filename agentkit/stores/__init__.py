"""What outlives a process: SQLite adapters of the ports, for threads and processes that share a file.

`SqliteGains` keeps what a router learned, `SqliteLedger` the reasoning tokens of days and tenants.
"""

from __future__ import annotations

from agentkit.stores.gains import SqliteGains
from agentkit.stores.ledger import SqliteLedger

__all__ = ["SqliteGains", "SqliteLedger"]
