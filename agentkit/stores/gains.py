"""What was learned of tasks of each kind, in a SQLite file that processes share and that can be merged with others."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from agentkit.errors import InputError
from agentkit.protocol.gains import Tally
from agentkit.stores.sqlite import Database

FORMAT = "agentkit.gains/1"
"""Name and version of what `export` writes."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS me (writer TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS gains (
    key TEXT NOT NULL, writer TEXT NOT NULL, changes INTEGER NOT NULL, trials REAL NOT NULL, paid REAL NOT NULL,
    predicted REAL NOT NULL, none_requests INTEGER NOT NULL, none_tokens INTEGER NOT NULL, high_requests INTEGER NOT NULL,
    high_tokens INTEGER NOT NULL, checked REAL NOT NULL, checked_paid REAL NOT NULL, checked_predicted REAL NOT NULL,
    PRIMARY KEY (key, writer)
) WITHOUT ROWID;
"""
_SUMS = (
    "trials", "paid", "predicted", "none_requests", "none_tokens", "high_requests", "high_tokens", "checked", "checked_paid",
    "checked_predicted",
)  # fmt: skip
_MARKS = ", ".join("?" * len(_SUMS))
_CACHED = 10_000
_EMPTY = Tally()


class SqliteGains:
    """Keeps tallies for every process that opens the same file.

    Each file counts under a name of its own, so that files of several machines can be merged: a merge takes over the
    other file's counts as they stand, and merging the same file again, or in another order, changes nothing.

    Args:
        path: The file; made where it does not exist, for its owner alone. It must lie on a local disk.

    Raises:
        StoreFailed: The file cannot be used.
    """

    blocking = True

    def __init__(self, path: str | Path) -> None:
        self._database = Database(path, _SCHEMA)
        self._cache: dict[str, Tally] = {}
        self._version: object = None
        with self._database.writing() as connection:
            row = connection.execute("SELECT writer FROM me").fetchone()
            self._writer: str = row[0] if row is not None else uuid.uuid4().hex
            if row is None:
                connection.execute("INSERT INTO me (writer) VALUES (?)", (self._writer,))

    def read(self, keys: Sequence[str]) -> list[Tally]:
        """Return the tally of each key; from memory, unless the file was changed by somebody else."""
        with self._database.reading() as connection:
            # Changes whenever another connection has written (https://sqlite.org/pragma.html#pragma_data_version).
            version = (id(connection), connection.execute("PRAGMA data_version").fetchone()[0])
            if version != self._version or len(self._cache) > _CACHED:
                self._cache.clear()
                self._version = version
            missing = [key for key in keys if key not in self._cache]
            if missing:
                self._cache.update(dict.fromkeys(missing, _EMPTY))
                for start in range(0, len(missing), 500):
                    some = missing[start : start + 500]
                    marks = ",".join("?" * len(some))
                    sums = ",".join(f"sum({name})" for name in _SUMS)
                    query = f"SELECT key, {sums} FROM gains WHERE key IN ({marks}) GROUP BY key"  # noqa: S608 - only marks
                    for key, *numbers in connection.execute(query, some):
                        self._cache[key] = Tally.of(numbers)
            return [self._cache[key] for key in keys]

    def add(self, changes: Mapping[str, Tally]) -> None:
        """Add to the tallies, all or nothing."""
        updates = ",".join(f"{name} = {name} + excluded.{name}" for name in _SUMS)
        rows = [(key, self._writer, *change.numbers) for key, change in changes.items()]
        with self._database.writing() as connection:
            connection.executemany(
                f"INSERT INTO gains VALUES (?, ?, 1, {_MARKS})"  # noqa: S608 - names of columns
                f" ON CONFLICT (key, writer) DO UPDATE SET changes = changes + 1, {updates}",
                rows,
            )
            for key in changes:
                self._cache.pop(key, None)

    def merge(self, other: SqliteGains | Mapping[str, Any]) -> None:
        """Take over what another file, or what it exported, has counted.

        Raises:
            InputError: It is no export of this version.
        """
        exported = other.export() if isinstance(other, SqliteGains) else other
        if exported.get("format") != FORMAT or not isinstance(exported.get("rows"), list):
            raise InputError(
                f"This is no export of the format {FORMAT}.", hint="Give what SqliteGains.export returned."
            )
        rows = cast("list[list[Any]]", exported["rows"])
        updates = ",".join(f"{name} = excluded.{name}" for name in ("changes", *_SUMS))
        try:
            with self._database.writing() as connection:
                connection.executemany(
                    f"INSERT INTO gains VALUES (?, ?, ?, {_MARKS})"  # noqa: S608 - names of columns
                    f" ON CONFLICT (key, writer) DO UPDATE SET {updates} WHERE excluded.changes > changes",
                    [_checked(row) for row in rows],
                )
                self._cache.clear()
        except (TypeError, ValueError) as error:
            raise InputError(f"The export holds an impossible row: {error}.") from error

    def export(self) -> dict[str, Any]:
        """Return all that was counted as plain JSON data: hashes and sums, no content."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT * FROM gains ORDER BY key, writer").fetchall()
        return {"format": FORMAT, "rows": [list(row) for row in rows]}

    def write(self, path: str | Path) -> None:
        """Write the export to a JSON file."""
        Path(path).write_text(json.dumps(self.export()), encoding="utf-8")

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._database.close()


def _checked(row: list[Any]) -> tuple[Any, ...]:
    key, writer, changes, *numbers = row
    tally = Tally.of(numbers)
    if not (isinstance(key, str) and isinstance(writer, str) and isinstance(changes, int)):
        raise TypeError(f"a key or a writer is no text in {row!r}")
    return (key, writer, changes, *tally.numbers)
