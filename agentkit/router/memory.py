"""Tallies in memory: the store that a router has where it is given none."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from agentkit.protocol.gains import Tally

_EMPTY = Tally()


class MemoryGains:
    """Keeps tallies for as long as the process lives.

    Args:
        most: Keys that are kept; beyond them the one that was changed longest ago is forgotten.
    """

    blocking = False

    def __init__(self, *, most: int = 100_000) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._tallies: dict[str, Tally] = {}

    def read(self, keys: Sequence[str]) -> list[Tally]:
        """Return the tally of each key."""
        tallies = self._tallies
        return [tallies.get(key, _EMPTY) for key in keys]

    def add(self, changes: Mapping[str, Tally]) -> None:
        """Add to the tallies."""
        with self._lock:
            for key, change in changes.items():
                self._tallies[key] = self._tallies.pop(key, _EMPTY) + change
            while len(self._tallies) > self._most:
                del self._tallies[next(iter(self._tallies))]
