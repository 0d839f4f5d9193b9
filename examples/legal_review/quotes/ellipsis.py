"""What an ellipsis may leave out: not the word that turns the sentence, and not the end of one and the start of another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Protocol, TypeVar

MOST_SKIPPED: Final = 2_000
"""Characters that an ellipsis may stand for: beyond, two places are stitched together, not one shortened."""

MOST_PARTS: Final = 12
"""Parts of a quote with ellipses: more is a patchwork."""

NEAR_WORDS: Final = 6
"""A negation so close to a part of the quote belongs to it."""

SHORT_WORDS: Final = 12
"""In a gap so short any negation belongs to what is quoted."""

_ELLIPSIS = re.compile(r"\s*(?:[\[(]\s*(?:\.\s?){3,}[\])]|[\[(]\s*…\s*[\])]|(?:\.\s?){3,}|…)\s*")
_TURNING = re.compile(
    r"(?:not|no|nor|never|neither|none|nothing|nobody|cannot|without|unless|except|excluding|only|\w+n['’]t|"
    r"nicht|kein\w*|nie|ohne|pas|sans|non|ni|sin|senza)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_STOP = re.compile(r"[.!?;][\"”’')\]]*(?=\s)")
_NUMBER = re.compile(r"\s*(?:(?:Section|Article|Clause)\s+)?[(\[]?(?:\d[\d.]*|[a-zA-Z]|[ivxIVX]+)[.)\]]*\s*")


class Placed(Protocol):
    """Where a part stands."""

    @property
    def start(self) -> int:
        """Offset of its first character."""
        ...

    @property
    def end(self) -> int:
        """Offset after its last character."""
        ...


P = TypeVar("P", bound=Placed)


def parts_of(quote: str) -> list[str]:
    """Return what stands between the ellipses of a quote: `...`, `…`, also in brackets."""
    return [part for part in _ELLIPSIS.split(quote) if part]


def chained(found: Sequence[Sequence[P]]) -> list[P] | None:
    """Return one place for each part, in order, none overlapping and none too far from the one before."""
    for first in found[0]:
        chain = [first]
        for places in found[1:]:
            end = chain[-1].end
            following = next((place for place in places if end <= place.start <= end + MOST_SKIPPED), None)
            if following is None:
                break
            chain.append(following)
        else:
            return chain
    return None


def objection(text: str, start: int, end: int) -> str:
    """Say why text[start:end] may not be left out between two parts of a quote; empty where it may.

    Sentences that are left out whole may say what they like. In what is left out of the sentences that are quoted, no word
    that negates or limits may be near; and the start of one sentence is not joined to the end of another.
    """
    gap = text[start:end]
    pieces = [gap]
    stops = [match.span() for match in _STOP.finditer(gap)]
    if text[start - 1 : start] in (".", "!", "?", ";"):
        stops.insert(0, (0, 0))
    if stops:
        pieces = [gap[: stops[0][0]], gap[stops[-1][1] :]]
        if pieces[0].strip() and pieces[1].strip() and not _NUMBER.fullmatch(pieces[1]):
            return "the ellipsis joins the start of one sentence to the end of another"
    for number, piece in enumerate(pieces):
        words = _WORD.findall(piece)
        if len(words) > SHORT_WORDS:
            head = words[:NEAR_WORDS] if number == 0 else []
            tail = words[-NEAR_WORDS:] if number == len(pieces) - 1 else []
            words = [*head, *tail]
        if any(_TURNING.fullmatch(word) for word in words):
            return f"the ellipsis leaves out words that turn the meaning: “{' '.join(gap.split())[:80]}”"
    return ""
