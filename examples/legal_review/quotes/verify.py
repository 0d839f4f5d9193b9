"""Does a quote stand in the document? Tiers: exact, folded, loose; everything else is rejected.

`exact` is the text itself. `folded` forgives line breaks, the width of spaces, and shapes of quotation marks and dashes.
`loose` forgives also a hyphen at a line's end, spaces beside punctuation, the case of runs of capitals, one kind of
quotation mark for another, quotation marks around the whole, and a final full stop. Never forgiven: any character that
touches a digit, currencies, comparisons, percent and other signs, word boundaries outside line breaks, a gap in the
middle, a start inside a word, a start or an end inside a compound or a number. An end inside a word is forgiven in a long
quote where what is left cannot be taken for a whole word: annotators and token limits cut there.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final, Literal

from examples.legal_review.quotes.capitals import Capitals
from examples.legal_review.quotes.edges import Edge, end_edge, start_edge
from examples.legal_review.quotes.ellipsis import MOST_PARTS, chained, objection, parts_of
from examples.legal_review.quotes.fold import BREAK, DASHES, NONE, SPACE, Folded, composed
from examples.legal_review.quotes.gaps import compare_gaps, touchy
from examples.legal_review.quotes.nearest import Passages

Match = Literal["exact", "folded", "loose"]

FEWEST_WORDS: Final = 4
"""A shorter quote could stand anywhere, so it must be exact."""

LONG_WORDS: Final = 8
"""A quote of so many words may end inside a word."""

_MOST_PLACES: Final = 2_000
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ORDINAL = re.compile(r"\d(?:st|nd|rd|th)\Z")
_WORD = re.compile(r"[^\W\d_]+")
_WORD_END = re.compile(r"[^\W\d_]+\Z")
_MARKS: Final = ("\"'", "““", "””", "“”", "‘’", "«»", "„“")
_ORDER: Final[tuple[Match, ...]] = ("exact", "folded", "loose")


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


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    match: Match


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
        if len(quote) > 2 * len(self.text) + 1_000:
            return Verdict(accepted=False, reason="the quote is longer than the text")
        place = next(self._places(quote, whole=True), None)
        if place is not None:
            return Verdict(
                accepted=True,
                match=place.match,
                start=place.start,
                end=place.end,
                parts=((place.start, place.end),),
            )
        parts = parts_of(quote)
        if parts and parts != [quote]:
            return self._verify_parts(parts)
        few = " (a quote of so few words must match exactly)" if _words(quote) < FEWEST_WORDS else ""
        return Verdict(accepted=False, reason=f"the text does not hold it{few}")

    def nearest(self, quote: str, most: int = 3) -> list[tuple[int, int]]:
        """Return (start, end) of passages that share the most words with a quote, best first, for another try."""
        return self._passages.nearest(quote, most)

    def _verify_parts(self, parts: list[str]) -> Verdict:
        """Each part in order, none overlapping, and not too far apart."""
        if len(parts) > MOST_PARTS:
            return Verdict(
                accepted=False, reason=f"the quote has {len(parts)} parts; at most {MOST_PARTS} are checked"
            )
        found: list[list[_Place]] = []
        for number, part in enumerate(parts, 1):
            if _words(part) < FEWEST_WORDS:
                return Verdict(
                    accepted=False, reason=f"part {number} of the quote has fewer than {FEWEST_WORDS} words"
                )
            short = _words(part) < LONG_WORDS
            stands = self._places(part, whole=number == len(parts))
            places = list(islice(stands, 2) if short else stands)
            if not places:
                return Verdict(accepted=False, reason=f"the text does not hold part {number} of the quote")
            if short and len(places) > 1:
                return Verdict(
                    accepted=False,
                    reason=f"part {number} of the quote stands in several places; quote more of it",
                )
            found.append(sorted(places, key=lambda place: place.start))
        chain = chained(found)
        if chain is None:
            return Verdict(
                accepted=False, reason="the parts of the quote do not follow each other in the text"
            )
        for before, after in itertools.pairwise(chain):
            reason = objection(self.text, before.end, after.start)
            if reason:
                return Verdict(accepted=False, reason=reason)
        return Verdict(
            accepted=True,
            match=_weakest(*(place.match for place in chain)),
            start=chain[0].start,
            end=chain[-1].end,
            parts=tuple((place.start, place.end) for place in chain),
        )

    def _places(self, quote: str, *, whole: bool) -> Iterator[_Place]:
        """Yield where a quote stands, by the strictest tier first, each place once.

        Args:
            quote: The quote, or a part of it.
            whole: Whether its end is the quote's own end, which may have been cut or given a full stop.
        """
        seen: set[int] = set()
        words = _words(quote)
        known = self._known if whole and words >= LONG_WORDS else None
        for start in _finds(self.text, quote):
            place = self._judged(start, start + len(quote), "exact", known)
            if place is not None:
                seen.add(start)
                yield place
        if words < FEWEST_WORDS or _OVERRIDES.search(quote):
            return
        loose: list[_Place] = []
        for tier, variant in _variants(quote, whole=whole):
            for place in self._search(Folded(variant), tier, known):
                if place.start not in seen:
                    seen.add(place.start)
                    if place.match == "folded":
                        yield place
                    else:
                        loose.append(place)
        yield from loose

    def _search(self, quote: Folded, tier: Match, known: frozenset[str] | None) -> Iterator[_Place]:
        source, length = self._folded, len(quote.solid)
        if not length:
            return
        for at in _finds(source.key, quote.key):
            ends = self._ends(at, quote)
            match = None if ends is None else self._compare(at, quote)
            if match is None or ends is None:
                continue
            place = self._judged(*ends, _weakest(tier, match), known)
            if place is not None:
                yield place

    def _judged(self, start: int, end: int, match: Match, known: frozenset[str] | None) -> _Place | None:
        if start_edge(self.text, start) is not Edge.CLEAN:
            return None
        edge = end_edge(self.text, end, known)
        if edge is Edge.CUT:
            return None
        return _Place(start, end, "loose" if edge is Edge.TRUNCATED else match)

    def _ends(self, at: int, quote: Folded) -> tuple[int, int] | None:
        """Return the span of a find, with the dashes that the quote begins or ends with; None where the text lacks them."""
        source, length = self._folded, len(quote.solid)
        start, end = source.place[at], source.after[at + length - 1]
        if 0 in quote.plain:
            if source.plain.get(at, "").lstrip() != quote.plain[0].lstrip():
                return None
            start = max(self.text.rfind(dash, source.after[at - 1] if at else 0, start) for dash in DASHES)
        if length in quote.plain:
            if source.plain.get(at + length, "").rstrip() != quote.plain[length].rstrip():
                return None
            end = 1 + max(self.text.find(dash, end, end + len(quote.plain[length]) + 2) for dash in DASHES)
        return start, end

    def _compare(self, at: int, quote: Folded) -> Match | None:
        """Compare solid by solid and gap by gap; None where something differs that may not."""
        source, length = self._folded, len(quote.solid)
        loose = False
        if source.solid[at : at + length] != quote.solid:
            if not self._forgives_solids(at, quote):
                return None
            loose = True
        here, wanted = source.alike[at + 1 : at + length], quote.alike[1:length]
        if here == wanted and max(wanted, default=NONE) <= SPACE:
            return "loose" if loose else "folded"
        for index in range(1, length):
            one, other = source.gap[at + index], quote.gap[index]
            if one == other and one in (NONE, SPACE, BREAK):
                continue
            verdict = compare_gaps(
                one,
                other,
                quote.solid[index - 1],
                quote.solid[index],
                source.plain.get(at + index, ""),
                quote.plain.get(index, ""),
            )
            if verdict is None:
                verdict = self._spacing_lost(at + index, one, other)
            if verdict is None:
                return None
            loose = loose or verdict
        return "loose" if loose else "folded"

    def _forgives_solids(self, at: int, quote: Folded) -> bool:
        """Whether all differing characters are the case of a run of capitals, or a quotation mark for another."""
        source = self._folded
        for index, char in enumerate(quote.solid):
            here = source.solid[at + index]
            if here == char:
                continue
            if here in "\"'":  # the key makes sure that the other is one too
                start, end = source.place[at + index], source.after[at + index]
                beside = self.text[max(0, start - 1) : start] + self.text[end : end + 1]
                if any(touchy(near) for near in beside) or (len(beside) == 2 and beside.isalnum()):
                    return False  # feet and inches, and apostrophes
            elif not here.isupper() or not self._capitals.hold(
                source.place[at + index], source.after[at + index]
            ):
                return False
        return True

    def _spacing_lost(self, index: int, here: int, wanted: int) -> Literal[True] | None:
        """Whether extraction has broken a word at a line's end, or run two words together, before a solid of the text.

        The document's other words are the evidence: without them `in tact` is not `intact`.
        """
        source = self._folded
        if {here, wanted} == {NONE, SPACE} and _ORDINAL.search(source.solid, index - 5, index + 1):
            return True  # `17t h`, as raised letters are often extracted
        end, start = source.after[index - 1], source.place[index]
        left, right = _WORD_END.search(self.text, max(0, end - 40), end), _WORD.match(self.text, start)
        if left is None or right is None or min(len(left[0]), len(right[0])) < 2:
            return None
        one, other = self._counts[left[0].lower()], self._counts[right[0].lower()]
        joined = self._counts[(left[0] + right[0]).lower()]
        if here == BREAK and wanted == NONE:
            return True if joined and min(one, other) == 1 and right[0].islower() else None
        if here == NONE and wanted in (SPACE, BREAK):
            return (
                True
                if joined == 1 and one and other and left[0][-1].islower() and right[0][0].isupper()
                else None
            )
        return None

    @cached_property
    def _capitals(self) -> Capitals:
        return Capitals(self.text)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._counts)

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(_WORD.findall(self.text.lower()))

    @cached_property
    def _passages(self) -> Passages:
        return Passages(self.text)


def _finds(text: str, wanted: str) -> Iterator[int]:
    at = text.find(wanted)
    for _ in range(_MOST_PLACES):
        if at < 0:
            return
        yield at
        at = text.find(wanted, at + 1)


def _variants(quote: str, *, whole: bool) -> Iterator[tuple[Match, str]]:
    """Yield the quote, then without what retyping adds to it."""
    yield "folded", quote
    bare = quote
    if whole and len(quote) > 2 and quote[0] + quote[-1] in {*_MARKS, '""', "''"}:
        inner = quote[1:-1].strip()
        if not any(mark in inner for mark in '"“”«»„'):
            bare = inner
            yield "loose", bare
    if whole and bare.endswith(".") and not bare.endswith(".."):
        yield "loose", bare[:-1]


def _weakest(*tiers: Match) -> Match:
    return _ORDER[max(_ORDER.index(tier) for tier in tiers)]


def _words(quote: str) -> int:
    return sum(any(char.isalnum() or char == "&" for char in word) for word in quote.split())
