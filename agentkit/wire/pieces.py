"""A text that comes in pieces, and whether it has begun to repeat itself."""

from __future__ import annotations

REPETITION = 20_000
"""Characters that must be one unit over and over before a text counts as repetition."""

_LONGEST_UNIT = 2_000
_CHECK_EVERY = 8_192  # characters: rarely enough to cost nothing
_PROBE = 256
_MOST_TRIES = 256


class Pieces:
    """Pieces of one text."""

    __slots__ = ("_check_at", "_parts", "_size")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0
        self._check_at = REPETITION

    def append(self, piece: str) -> str:
        """Add a piece; returns the unit that the text repeats over and over, or an empty string."""
        self._parts.append(piece)
        self._size += len(piece)
        if self._size < self._check_at:
            return ""
        self._check_at = self._size + _CHECK_EVERY
        return repeated_unit(self._tail())

    def _tail(self) -> str:
        taken: list[str] = []
        size = 0
        for part in reversed(self._parts):
            taken.append(part)
            size += len(part)
            if size >= REPETITION:
                break
        return "".join(reversed(taken))[-REPETITION:]

    def __str__(self) -> str:
        return "".join(self._parts)


def repeated_unit(text: str) -> str:
    """Return the unit of which a text consists, repeated over and over; empty where it does not.

    Where the last characters occurred before, the distance is the only length that the unit can have, or one of
    few.
    """
    probe = text[-_PROBE:]
    found = len(text) - len(probe)
    for _ in range(_MOST_TRIES):
        found = text.rfind(probe, 0, found + len(probe) - 1)
        length = len(text) - len(probe) - found
        if found < 0 or length > _LONGEST_UNIT:
            return ""
        if text[length:] == text[:-length]:
            return text[-length:]
    return ""
