"""What an image costs in the prompt."""

from __future__ import annotations

MAX_SIDE = 1540
"""Longest side in pixels that the model sees; servers scale anything larger down to it."""

CELL = 28
"""Pixels of one token's cell: patch 14, merged 2 by 2."""


def scaled(width: int, height: int, max_side: int = MAX_SIDE) -> tuple[int, int]:
    """Return the size within `max_side`, as mistral-common computes it."""
    ratio = max(width / max_side, height / max_side)
    if ratio <= 1:
        return width, height
    return max(1, round(width / ratio)), max(1, round(height / ratio))


def image_tokens(width: int, height: int) -> int:
    """Return the prompt tokens of an image of that size in pixels.

    One token a cell and one at the end of each row: `(ceil(w/28) + 1) * ceil(h/28)` after scaling the longest side to
    1540 (mistral-common 1.13, measured); at most 3,080. Template servers may differ by one row or column.
    """
    width, height = scaled(width, height)
    return (-(-width // CELL) + 1) * -(-height // CELL)
