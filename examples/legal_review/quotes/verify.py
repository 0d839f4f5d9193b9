"""Does a quote stand in the document? Tiers: exact, folded, loose; everything else is rejected.

`exact` is the text itself. `folded` forgives line breaks, the width of spaces, and shapes of quotation marks and dashes.
`loose` forgives also a hyphen at a line's end, spaces beside punctuation, the case of all-capital headings and a final
full stop. Never forgiven: any character that touches a digit, currencies, comparisons, percent and other signs, word
boundaries outside line breaks, a gap in the middle, a start inside a word, a start or an end inside a compound or a number.
An end inside a word is forgiven in a long quote, in `loose`: annotators and token limits cut there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from examples.legal_review.quotes.fold import (
    BREAK,
    HYPHEN,
    HYPHEN_BREAK,
    LONG,
    NONE,
    SPACE,
    SPACED,
    Folded,
    composed,
)

Match = Literal["exact", "folded", "loose"]

FEWEST_WORDS = 4
"""A shorter quote could stand anywhere, so it must be exact."""

LONG_WORDS = 8
"""A quote of so many words may end inside a word."""

FEWEST_CAPITALS = 4
"""A shorter word in capitals may be an acronym, whose case means something, unless its neighbour is in capitals too."""

MOST_SKIPPED = 4_000
"""Characters that an ellipsis may stand for: beyond, two places are stitched together, not one shortened."""

_ELLIPSIS = re.compile(r"\s*(?:[\[(]\s*(?:\.\s?){3,}[\])]|[\[(]\s*…\s*[\])]|(?:\.\s?){3,}|…)\s*")
_MOST_PLACES = 500
_SIGNS = frozenset("$€£¥%‰#°§<>=~^*/\\@&|")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the verifier says of a quote.

    Attributes:
        accepted: Whether the quote stands in the text.
        match: The strictest tier in which it does; the weakest among its parts.
        start: Offset of its first character in the text.
        end: Offset after its last character.
        parts: (start, end) of each part; several where an ellipsis stands between them.
        reason: Why it was rejected.
    """

    accepted: bool
    match: Match | None = None
    start: int | None = None
    end: int | None = None
    parts: tuple[tuple[int, int], ...] = ()
    reason: str = ""


class Source:
    """A document's text, prepared once for any number of quotes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._folded = Folded(text)

    def verify(self, quote: str) -> Verdict:
        """Look for a quote."""
        quote = composed(quote.strip())
        if not any(char.isalnum() for char in quote):
            return Verdict(accepted=False, reason="the quote has no words")
        whole = self._find(quote, 0, len(self.text))
        if whole is not None:
            start, end, match = whole
            return Verdict(accepted=True, match=match, start=start, end=end, parts=((start, end),))
        parts = [part for part in _ELLIPSIS.split(quote) if part]
        if len(parts) > 1 or (parts and parts[0] != quote and len(parts[0].split()) >= FEWEST_WORDS):
            return self._verify_parts(parts)
        few = " (a quote of so few words must match exactly)" if len(quote.split()) < FEWEST_WORDS else ""
        return Verdict(accepted=False, reason=f"the text does not hold it{few}")

    def _verify_parts(self, parts: list[str]) -> Verdict:
        """Each part in order, none overlapping, and not too far apart."""
        found: list[tuple[int, int]] = []
        weakest: Match = "exact"
        start, end = 0, len(self.text)
        for number, part in enumerate(parts, 1):
            if len(part.split()) < FEWEST_WORDS:
                return Verdict(
                    accepted=False, reason=f"part {number} of the quote has fewer than {FEWEST_WORDS} words"
                )
            place = self._find(part, start, end)
            if place is None:
                return Verdict(
                    accepted=False, reason=f"part {number} of the quote is not in the text, in that order"
                )
            found.append(place[:2])
            weakest = _weaker(weakest, place[2])
            start, end = place[1], min(len(self.text), place[1] + MOST_SKIPPED + 4 * max(map(len, parts)))
        return Verdict(accepted=True, match=weakest, start=found[0][0], end=found[-1][1], parts=tuple(found))

    def nearest(self, quote: str, most: int = 3) -> list[tuple[int, int]]:
        """Return passages that share the most words with a quote, best first, for another try."""
        wanted = {word.lower() for word in re.findall(r"\w{3,}", quote)}
        if not wanted:
            return []
        width = max(len(quote), 80)
        scored: list[tuple[float, int, int]] = []
        for window in re.finditer(rf"(?s).{{1,{width}}}(?:\W|$)", self.text):
            words = [word.lower() for word in re.findall(r"\w{3,}", window[0])]
            if words and (shared := len(wanted & set(words))):
                scored.append((shared / len(wanted), window.start(), window.end()))
        scored.sort(key=lambda item: (-item[0], item[1]))
        return [(start, end) for _, start, end in scored[:most]]

    def _find(self, quote: str, first: int, last: int) -> tuple[int, int, Match] | None:
        """Return the first place where a quote stands by the strictest tier, within text[first:last]."""
        long = len(quote.split()) >= LONG_WORDS
        at = self.text.find(quote, first, last)
        while at >= 0:
            cut = self._edges(at, at + len(quote), long=long)
            if cut is not None:
                return at, at + len(quote), "loose" if cut else "exact"
            at = self.text.find(quote, at + 1, last)
        if len(quote.split()) < FEWEST_WORDS or _BIDI.search(quote):
            return None
        best = self._search(Folded(quote), first, last)
        if best is None and quote.endswith(".") and not quote.endswith(".."):
            best = self._search(Folded(quote[:-1]), first, last)
            return None if best is None else (best[0], best[1], "loose")
        return best

    def _edges(self, start: int, end: int, *, long: bool) -> bool | None:
        """Judge the edges of text[start:end].

        Returns:
            False where they lie between words, numbers and compounds, True where the end lies inside a word and that is
            forgiven, None where they cut.
        """
        text = self.text
        if _cuts(text[max(0, start - 4) : start], text[start : start + 4], forward=False):
            return None
        if not _cuts(text[end : end + 4], text[max(0, end - 4) : end], forward=True):
            return False
        return True if long and text[end - 1].isalpha() and text[end].isalpha() else None

    def _search(self, quote: Folded, first: int, last: int) -> tuple[int, int, Match] | None:
        source, best = self._folded, None
        long = len(quote.text.split()) >= LONG_WORDS
        for at in self._places(quote.lower):
            stop = at + len(quote.solid)
            start, end = source.place[at], source.end(stop - 1)
            if start < first or end > last:
                continue
            match = _compare(source, at, quote)
            cut = None if match is None else self._edges(start, end, long=long)
            if match is None or cut is None:
                continue
            if cut:
                match = "loose"
            if match == "folded":
                return start, end, match
            best = best or (start, end, match)
        return best

    def _places(self, lower: str) -> Iterator[int]:
        at = self._folded.lower.find(lower)
        for _ in range(_MOST_PLACES):
            if at < 0:
                return
            yield at
            at = self._folded.lower.find(lower, at + 1)


def _compare(source: Folded, at: int, quote: Folded) -> Match | None:
    """Compare solid by solid and gap by gap; None where something differs that may not."""
    loose = False
    length = len(quote.solid)
    if source.solid[at : at + length] != quote.solid:
        if not _only_capitals(source, at, quote):
            return None
        loose = True
    for index in range(1, length):
        here, wanted = source.gap[at + index], quote.gap[index]
        if here == wanted and here in (NONE, SPACE, BREAK):
            continue
        before, after = quote.solid[index - 1], quote.solid[index]
        verdict = _gaps(
            here, wanted, before, after, source.exact.get(at + index, ""), quote.exact.get(index, "")
        )
        if verdict is None:
            return None
        loose = loose or verdict
    return "loose" if loose else "folded"


def _gaps(here: int, wanted: int, before: str, after: str, plain_here: str, plain_wanted: str) -> bool | None:
    """Whether a gap of the text may be quoted as another: None not at all, False in `folded`, True in `loose`."""
    white = (SPACE, BREAK)
    if here in white and wanted in white:
        return False
    strict = _touchy(before) or _touchy(after)
    if strict:
        return False if _plain(here, plain_here) == _plain(wanted, plain_wanted) else None
    if here == wanted:
        return False
    dashes = (HYPHEN, LONG)
    if (here == LONG and wanted in (SPACED, HYPHEN)) or (here == SPACED and wanted == LONG):
        # a dash between words; between letters a hyphen would make a compound of them
        return False if wanted != HYPHEN or not (before.isalnum() and after.isalnum()) else None
    if here == HYPHEN_BREAK:
        if wanted in (NONE, HYPHEN, HYPHEN_BREAK) and before.isalpha() and after.isalpha():
            return True
        return True if wanted == SPACED and before.isalpha() and after.isalpha() else None
    if here in (NONE, *white) and wanted in (NONE, *white):
        # beside punctuation a space is typing; between two word characters it is a word boundary
        return None if before.isalnum() and after.isalnum() else True
    if here in dashes and wanted in dashes:
        return False
    return None


def _plain(kind: int, plain: str) -> str:
    return " " if kind in (SPACE, BREAK) else plain


def _touchy(char: str) -> bool:
    """Whether nothing may change beside this character: digits and numbers of any kind, currencies, signs."""
    return char in _SIGNS or char.isnumeric() or unicodedata.category(char) in ("Sc", "Sm", "No", "Nd", "Nl")


def _only_capitals(source: Folded, at: int, quote: Folded) -> bool:
    """Whether all differences are the case of words that the text has in capitals, as headings do."""
    for index, char in enumerate(quote.solid):
        here = source.solid[at + index]
        if here == char:
            continue
        if not here.isupper() or source.lower[at + index] != quote.lower[index]:
            return False
        start, end = _word(source, at + index)
        word = source.solid[start:end]
        if not word.isupper() or not (len(word) >= FEWEST_CAPITALS or _in_capitals(source, start, end)):
            return False
    return True


def _word(source: Folded, index: int) -> tuple[int, int]:
    """Return the bounds of the word around a solid."""
    start, end = index, index + 1
    while start > 0 and source.gap[start] == NONE and source.solid[start - 1].isalnum():
        start -= 1
    while end < len(source.solid) and source.gap[end] == NONE and source.solid[end].isalnum():
        end += 1
    return start, end


def _in_capitals(source: Folded, start: int, end: int) -> bool:
    """Whether a short word stands beside another one in capitals: a heading, not an acronym."""
    for neighbour in (start - 1, end):
        if 0 <= neighbour < len(source.solid) and source.solid[neighbour].isalpha():
            first, last = _word(source, neighbour)
            word = source.solid[first:last]
            if len(word) >= 2 and word.isupper():
                return True
    return False


def _cuts(outside: str, inside: str, *, forward: bool) -> bool:
    """Whether an edge of a quote cuts through a word, a compound or a number.

    Args:
        outside: The few characters beyond the edge, in text order.
        inside: The few characters within it, in text order.
        forward: Whether the outside follows the inside.
    """
    if not outside or not inside:
        return False
    near, within = (outside[0], inside[-1]) if forward else (outside[-1], inside[0])
    if not (within.isalnum() or _touchy(within)):
        return False
    if near.isalnum() or unicodedata.combining(near):
        return True
    beyond = outside[1:2] if forward else outside[-2:-1]
    if near in "-‐‑\x02\ufffe\u00ad":
        return True  # a compound, a range, a sign, or a word that goes on in the next line
    if not _touchy(within):
        return near in "'’" and beyond.isalpha() and forward
    if _touchy(near) or near in "–—":
        return True
    if near in ".,:" and beyond.isnumeric():
        return True
    return forward and outside.lstrip()[:1] in ("%", "‰") and bool(outside.strip())


def _weaker(one: Match, other: Match) -> Match:
    order: tuple[Match, ...] = ("exact", "folded", "loose")
    return max(one, other, key=order.index)
