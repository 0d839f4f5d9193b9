"""One SQLite file that threads and processes share."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from agentkit.errors import StoreFailed

WAIT = 10.0
"""Seconds to wait for another process's write; one takes well under a millisecond."""


class Database:
    """A SQLite file in WAL mode, readable by its owner alone.

    Readers wait for nobody: they have a connection of their own, so that an event loop may read while a thread writes.

    Args:
        path: The file; it is made where it does not exist, its folder is not.
        schema: Statements that make its tables, each harmless where they exist.

    Raises:
        StoreFailed: The file cannot be used.
    """

    def __init__(self, path: str | Path, schema: str) -> None:
        self.path = Path(path)
        self._schema = schema
        self._reader = _Connection()
        self._writer = _Connection()
        with self.writing():
            pass  # a path that cannot work is an error here and not in the middle of a run

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """A transaction that no other can write beside; all of it is kept, or nothing."""
        with self._using(self._writer) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """A connection for reading what is there now."""
        with self._using(self._reader) as connection:
            yield connection

    @contextmanager
    def _using(self, connection: _Connection) -> Generator[sqlite3.Connection]:
        with connection.lock:
            try:
                yield connection.open or self._open(connection)
            except sqlite3.Error as error:
                raise StoreFailed(
                    f"{self.path.name} cannot be used: {error}.",
                    hint="Its folder must exist and be writable, on a local disk, and the file must be one of this kind.",
                ) from error

    def _open(self, connection: _Connection) -> sqlite3.Connection:
        # For its owner alone, before SQLite makes it for everyone; its WAL gets the same mode. What is wrong with the
        # path, SQLite says better.
        with suppress(OSError):
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        opened = sqlite3.connect(self.path, timeout=WAIT, isolation_level=None, check_same_thread=False)
        try:
            opened.execute("PRAGMA journal_mode=WAL")
            opened.execute("PRAGMA synchronous=NORMAL")
            opened.executescript(self._schema)
        except BaseException:
            opened.close()
            raise
        connection.keep(opened)
        return opened

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        for connection in (self._reader, self._writer):
            with connection.lock:
                if connection.open is not None:
                    connection.open.close()
                connection.keep(None)


class _Connection:
    """A connection of this process, used by one thread at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._kept: sqlite3.Connection | None = None
        self._process = 0

    @property
    def open(self) -> sqlite3.Connection | None:
        """The connection; None where there is none, or it is that of the process this one was forked from.

        That one is left alone: closing it here would drop its owner's locks.
        """
        return self._kept if self._process == os.getpid() else None

    def keep(self, connection: sqlite3.Connection | None) -> None:
        """Keep a connection for this process."""
        self._kept, self._process = connection, os.getpid()
