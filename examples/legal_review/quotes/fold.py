"""A text as the verifier compares it: its solid characters, and what stands between them.

Solid is everything but white space and dashes. Two texts are compared solid by solid; between two solids stands a gap,
and how far gaps may differ is decided in `verify.py`. Nothing is folded that could change a meaning: no NFKC, because
that turns `10²` into `102` and `½` into `1/2`.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from typing import Final

_SAME: Final = {
    **dict.fromkeys("“”„‟«»″〝〞＂", '"'),
    **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
    "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
}  # fmt: skip
_INVISIBLE: Final = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")
_BREAK_HYPHENS: Final = frozenset("\x02\ufffe")  # what PDFium gives for a hyphen at a line's end
_HYPHENS: Final = frozenset("-‐‑")
_LONG_DASHES: Final = frozenset("‒–—―⸺⸻")
DASHES: Final = _HYPHENS | _LONG_DASHES

NONE, SPACE, BREAK, HYPHEN, LONG, SPACED, HYPHEN_BREAK = range(7)
"""Kinds of gap: nothing; white space; a line break; a tight hyphen; a tight dash; a dash with white space beside it;
a hyphen at the end of a line."""

_DOUBLED_APOSTROPHE = re.compile(r"''|``|’’|‘‘")


class Folded:
    """A text taken apart.

    Attributes:
        solid: The solid characters.
        lower: The same in lower case, one character for one.
        place: For each solid character its index in the text.
        gap: For each solid character the kind of gap before it.
        exact: Gaps before solids, written plainly (spaces as one space, dashes as `-`); only where a dash is involved.
    """

    __slots__ = ("exact", "gap", "lower", "place", "solid", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        solids: list[str] = []
        self.place = array("L")
        self.gap = bytearray()
        self.exact: dict[int, str] = {}
        start = 0
        doubled = (
            {match.start() for match in _DOUBLED_APOSTROPHE.finditer(text)}
            if "'" in text or "`" in text or "’" in text
            else set()
        )
        skip = -1
        for index, char in enumerate(text):
            if (
                char.isspace()
                or char in DASHES
                or char in _INVISIBLE
                or char in _BREAK_HYPHENS
                or index == skip
            ):
                continue
            before = text[start:index] if start < index else ""
            same = char if char.isascii() and char != "`" else _same(char)
            if index in doubled:
                same, skip = '"', index + 1
            kind, plain = (NONE, "") if not before else _gap(before)
            if plain:
                self.exact[len(self.gap)] = plain
            for piece in same:
                solids.append(piece)
                self.place.append(index)
                self.gap.append(kind)
                kind = NONE
            start = index + 1 if index + 1 != skip else index + 2
        self.solid = "".join(solids)
        lower = self.solid.lower()
        # a few letters change their length in lower case; compared as they are
        self.lower = (
            lower
            if len(lower) == len(self.solid)
            else "".join(small if len(small := char.lower()) == 1 else char for char in self.solid)
        )

    def end(self, index: int) -> int:
        """Return where the text of the solid at `index` ends."""
        place = self.place[index]
        if self.solid[index] == '"' and self.text[place : place + 2] in ("''", "``", "’’", "‘‘"):
            return place + 2
        return place + 1


def _same(char: str) -> str:
    """Return what a character is compared as: quotation marks and ligatures, and canonical doubles such as U+037E."""
    known = _SAME.get(char)
    return unicodedata.normalize("NFC", char) if known is None else known


def _gap(between: str) -> tuple[int, str]:
    """Return the kind of a gap, and its plain form where it holds a dash."""
    visible = [char for char in between if char not in _INVISIBLE or char == "\u00ad"]
    dashes = [char for char in visible if char in DASHES or char in _BREAK_HYPHENS]
    soft = "\u00ad" in visible
    if not dashes:
        spaces = [char for char in visible if char != "\u00ad"]
        if not spaces:
            return NONE, ""
        broken = any(char in "\n\r\x0b\x0c\u2028\u2029" for char in spaces)
        if soft and broken:
            return HYPHEN_BREAK, "-\n"
        return (BREAK if broken else SPACE), ""
    plain = re.sub(
        r"\s+", " ", "".join("-" if char in dashes else char for char in visible if char != "\u00ad")
    )
    if len(dashes) == 1 and (dashes[0] in _BREAK_HYPHENS or (dashes[0] in _HYPHENS and _ends_line(visible))):
        return HYPHEN_BREAK, plain
    if plain.strip() != plain:
        return SPACED, plain
    return (HYPHEN if len(dashes) == 1 and dashes[0] in _HYPHENS else LONG), plain


def _ends_line(visible: list[str]) -> bool:
    return visible[0] in _HYPHENS and any(char in "\n\r" for char in visible[1:])


def composed(text: str) -> str:
    """Return a quote with its accents composed, as nearly every document has them."""
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
