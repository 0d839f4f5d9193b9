"""A text as the verifier compares it: its solid characters, and what stands between them.

Solid is everything but white space, dashes and invisible characters. Two texts are compared solid by solid; between two
solids stands a gap, and `gaps.py` says how far gaps may differ. Nothing is folded that could change a meaning: no NFKC,
because that turns `10²` into `102` and `½` into `1/2`.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from typing import Final

_QUOTES: Final = {
    **dict.fromkeys("“”„‟«»″〝〞＂", '"'),
    **dict.fromkeys("‘’‚‛′`´ʼ‹›", "'"),
}
_SAME: Final = {
    **_QUOTES,
    "…": "...",
    "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
}  # fmt: skip
SOFT_HYPHEN: Final = "\u00ad"
INVISIBLE: Final = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
HYPHENS: Final = "-‐‑"
LONG_DASHES: Final = "‒–—―⸺⸻−"
DASHES: Final = HYPHENS + LONG_DASHES
_BREAKS: Final = "\n\r\x0b\x0c\x85\u2028\u2029"

NONE, SPACE, BREAK, HYPHEN, LONG, SPACED, HYPHEN_BREAK = range(7)
"""Kinds of gap: nothing; white space; a line break; a tight hyphen; another tight dash, or several; dashes with white
space beside them; a hyphen at the end of a line."""

_BETWEEN: Final = rf"\s{re.escape(DASHES)}{INVISIBLE}{SOFT_HYPHEN}"
_TOKEN = re.compile(
    r"(?P<run>[!-&(-,./0-9:-_a-~]+)"  # plain ASCII, without ' ` and -
    rf"|(?P<gap>[{_BETWEEN}]+)"
    r"|(?P<pair>''|``|’’|‘‘)"
    r"|(?P<char>(?s:.))"
)
_WHITE = re.compile(r"\s+")
_ALIKE = bytes.maketrans(bytes([BREAK]), bytes([SPACE]))


class Folded:
    """A text taken apart.

    Attributes:
        solid: The solid characters.
        key: The same in lower case with one kind of quotation mark, one character for one: what is searched.
        place: For each solid character its offset in the text.
        after: For each solid character the offset after it.
        gap: The kind of gap before each solid character, and after the last.
        alike: The same, a line break being a space.
        plain: Gaps that hold a dash, by index: white space as one space, dashes as `-`.
    """

    __slots__ = ("after", "alike", "gap", "key", "place", "plain", "solid")

    def __init__(self, text: str) -> None:
        self.place: array[int] = array("L")
        self.after: array[int] = array("L")
        self.gap = bytearray()
        self.plain: dict[int, str] = {}
        solids: list[str] = []
        kind = NONE
        count = 0
        for token in _TOKEN.finditer(text):
            start, end = token.span()
            if token.lastgroup == "gap":
                kind, plain = _gap(token[0])
                if plain:
                    self.plain[count] = plain
                continue
            if token.lastgroup == "run":
                solids.append(token[0])
                length = end - start
                self.place.extend(range(start, end))
                self.after.extend(range(start + 1, end + 1))
                self.gap.append(kind)
                self.gap.extend(bytes(length - 1))
                count += length
            elif kind == NONE and solids and unicodedata.combining(token[0][0]):
                composed = unicodedata.normalize("NFC", solids[-1][-1] + token[0])
                if len(composed) == 1:  # a letter and its accent in two characters
                    solids[-1] = solids[-1][:-1] + composed
                    self.after[-1] = end
                    continue
                count = self._add(solids, composed[1:], start, end, NONE, count)
            else:
                same = '"' if token.lastgroup == "pair" else _same(token[0])
                count = self._add(solids, same, start, end, kind, count)
            kind = NONE
        self.gap.append(kind)
        self.alike = bytes(self.gap.translate(_ALIKE))
        self.solid = "".join(solids)
        lower = self.solid.lower()
        if len(lower) != len(
            self.solid
        ):  # a few letters change their length in lower case: compared as they are
            lower = "".join(small if len(small := char.lower()) == 1 else char for char in self.solid)
        self.key = lower.replace('"', "'")

    def _add(self, solids: list[str], same: str, start: int, end: int, kind: int, count: int) -> int:
        for piece in same:
            solids.append(piece)
            self.place.append(start)
            self.after.append(end)
            self.gap.append(kind)
            kind = NONE
        return count + len(same)


def composed(text: str) -> str:
    """Return a text with its accents composed, as nearly every document has them."""
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _same(char: str) -> str:
    """Return what a character is compared as: one shape of quotation mark, no ligatures, no canonical doubles (U+037E)."""
    known = _SAME.get(char)
    return unicodedata.normalize("NFC", char) if known is None else known


def _gap(between: str) -> tuple[int, str]:
    """Return the kind of a gap, and its plain form where it holds a dash."""
    if between.isspace():
        return (SPACE if between == " " or not _breaks(between) else BREAK), ""
    visible = [char for char in between if char not in INVISIBLE]
    soft = SOFT_HYPHEN in visible
    dashes = sum(char in DASHES for char in visible)
    if not dashes:
        spaces = "".join(char for char in visible if char != SOFT_HYPHEN)
        if soft and _breaks(spaces):
            return HYPHEN_BREAK, "- "
        return (NONE if not spaces else BREAK if _breaks(spaces) else SPACE), ""
    plain = _WHITE.sub(
        " ", "".join("-" if char in DASHES else char for char in visible if char != SOFT_HYPHEN)
    )
    if dashes == 1 and visible[0] in HYPHENS and _breaks(between):
        return HYPHEN_BREAK, plain
    if " " in plain:
        return SPACED, plain
    return (HYPHEN if dashes == 1 and visible[0] in HYPHENS else LONG), plain


def _breaks(between: str) -> bool:
    return any(char in _BREAKS for char in between)
