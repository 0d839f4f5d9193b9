"""How far two gaps between the same characters may differ."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from examples.legal_review.quotes.fold import BREAK, HYPHEN, HYPHEN_BREAK, LONG, NONE, SPACE, SPACED

_SIGNS: Final = frozenset("%‰‱°§¶#^*/\\@&µμ")
_TIGHT: Final = (HYPHEN, LONG)
_WHITE: Final = (SPACE, BREAK)


@lru_cache(maxsize=4096)
def touchy(char: str) -> bool:
    """Whether nothing may change beside a character: digits and numbers of any kind, currencies, comparisons, signs."""
    return char in _SIGNS or char.isnumeric() or unicodedata.category(char) in ("Sc", "Sm", "Sk")


def compare_gaps(
    here: int, wanted: int, before: str, after: str, plain_here: str, plain_wanted: str
) -> bool | None:
    """Compare the gap of a text with that of a quote.

    Args:
        here: Kind of gap in the text.
        wanted: Kind of gap in the quote.
        before: The solid character before it.
        after: The solid character after it.
        plain_here: Plain form of the text's gap, where it holds a dash.
        plain_wanted: Plain form of the quote's gap, where it holds a dash.

    Returns:
        False where they are the same but for shapes, True where they differ by what `loose` forgives, None where they
        differ by more.
    """
    if here in _WHITE and wanted in _WHITE:
        return False
    if touchy(before) or touchy(after):
        return _beside_numbers(here, wanted, plain_here, plain_wanted)
    if here == wanted or (here in _TIGHT and wanted in _TIGHT):
        return False
    if {here, wanted} == {LONG, SPACED}:
        return False  # a dash between phrases, set with or without spaces
    between_letters = before.isalpha() and after.isalpha()
    if HYPHEN_BREAK in (here, wanted):
        other = wanted if here == HYPHEN_BREAK else here
        return True if between_letters and other in (NONE, HYPHEN, SPACED) else None
    if here in (NONE, *_WHITE) and wanted in (NONE, *_WHITE):
        # beside punctuation a space is typing; between two word characters it is a word boundary
        return None if before.isalnum() and after.isalnum() else True
    return None


def _beside_numbers(here: int, wanted: int, plain_here: str, plain_wanted: str) -> bool | None:
    one = plain_here or (" " if here in _WHITE else "")
    other = plain_wanted or (" " if wanted in _WHITE else "")
    if one == other:
        return False
    # the hyphen of `2024-` at a line's end and `2025` on the next stays; only the break goes
    kept = {one, other} == {"-", "- "} and HYPHEN_BREAK in (here, wanted)
    return True if kept else None
