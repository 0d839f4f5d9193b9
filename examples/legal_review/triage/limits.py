"""How many places of a category are told at most; 0 switches a category off. Fitted by `evaluate --fit`."""

from __future__ import annotations

MOST_SPANS: dict[str, int] = {}
