"""What an image costs in the prompt."""

from __future__ import annotations

from typing import Final

MAX_SIDE: Final = 1540
"""Longest side in pixels that the model sees; servers scale anything larger down to it."""

CELL: Final = 28
"""Pixels of one token's cell: patch 14, merged 2 by 2."""


def image_tokens(width: int, height: int) -> int:
    """Return the prompt tokens of an image of that size in pixels.

    One token a cell and one at the end of each row: `(ceil(w/28) + 1) * ceil(h/28)` after the longest side is scaled
    to 1540, as mistral-common 1.13.1 counts (vLLM); at most 3,080. Servers that use the Hugging Face processor
    round down where this rounds, which is no difference for images that agentkit has scaled.
    """
    width, height = scaled(width, height)
    return (-(-width // CELL) + 1) * -(-height // CELL)


def scaled(width: int, height: int, max_side: int = MAX_SIDE) -> tuple[int, int]:
    """Return a size in pixels brought within `max_side`, rounded as mistral-common 1.13.1 does; never enlarged."""
    ratio = max(width / max_side, height / max_side)
    if ratio <= 1:
        return width, height
    return max(1, round(width / ratio)), max(1, round(height / ratio))


def sent_size(width: int, height: int, max_side: int = MAX_SIDE) -> tuple[int, int]:
    """Return the size in pixels at which a picture is sent.

    Like `scaled`, but no side is shorter than 2 pixels: llama.cpp's picture reader stops the server below that.
    A cell holds 28 pixels a side, so that this costs no token.
    """
    width, height = scaled(width, height, max_side)
    return max(2, width), max(2, height)
