"""Where a quote may begin and end: not inside a word, a compound or a number."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from typing import Final

from examples.legal_review.quotes.fold import DASHES, HYPHENS, INVISIBLE, SOFT_HYPHEN
from examples.legal_review.quotes.gaps import touchy

_REACH: Final = 24
_JOINTS: Final = "'’&/@\\"
_ROMAN = re.compile(r"[ivxlcdm]+", re.IGNORECASE)
_WORD_END = re.compile(r"[^\W\d_]+\Z")
_WORD_START = re.compile(r"[^\W\d_]+")
_BROKEN_BEFORE = re.compile(rf"\w[{HYPHENS}{SOFT_HYPHEN}][ \t]*[\r\n]\s*\Z")
_SIGN_BEFORE = re.compile(r"(?P<sign>\S)[ \t\xa0]+\Z")
_SCALE_AFTER = re.compile(
    r"[ \t\xa0]?[%‰°]|\s+(?:per\s?cent|hundred|thousand|million|billion|trillion|basis points)\b|[ \t\xa0](?P<sign>\S)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"\b(?:Section|Article|Clause|Paragraph)s?\s+(?:\d{1,3}\.)+\Z", re.IGNORECASE)
_FRACTION = re.compile(r"\d[ \t\xa0]+\Z")
_SUFFIX = re.compile(
    r"s|es|e?d|e?rs?|ors?|ees?|y|ly|ings?|able|ible|ments?|ions?|al|ity|ies|ance|ence|ness|less|ful|th"
)
_SMALL_WORD = re.compile(
    r"an|and|any|all|as|at|be|by|can|do|for|from|he|if|in|is|it|may|me|must|no|non|nor|not|of|off|on|one|or|our|out|shall|"
    r"she|so|than|that|the|their|then|there|they|this|to|under|up|upon|us|we|were|who|will|with"
)


class Edge(Enum):
    """What lies at an end of a quote."""

    CLEAN = "between words"
    CUT = "inside a word, compound or number"
    TRUNCATED = "inside a word, as annotators and token limits leave it"


def start_edge(text: str, start: int) -> Edge:
    """Judge the start of a span."""
    outside, inside = _visible(text[max(0, start - _REACH) : start]), _visible(text[start : start + _REACH])
    if not outside or not inside:
        return Edge.CLEAN
    near, within = outside[-1], inside[0]
    if _joined(outside[-2:-1], near, within, inside[1:2]) or _BROKEN_BEFORE.search(outside):
        return Edge.CUT
    if within.isnumeric():
        sign = _SIGN_BEFORE.search(outside)
        if sign and (_binding(sign["sign"]) or sign["sign"] == "§"):
            return Edge.CUT
        if _FRACTION.search(outside) and (not within.isdecimal() or re.match(r"\d{1,2}[/⁄]\d", inside)):
            return Edge.CUT  # `1 1/2`
    return Edge.CLEAN


def end_edge(text: str, end: int, known: frozenset[str] | None = None) -> Edge:
    """Judge the end of a span.

    Args:
        text: The document's text.
        end: Offset after the span.
        known: The document's words in lower case; where given, an end inside a word is TRUNCATED if what is left of the
            word cannot be taken for a whole one.
    """
    inside, outside = _visible(text[max(0, end - _REACH) : end]), _visible(text[end : end + _REACH])
    if not outside or not inside:
        return Edge.CLEAN
    near, within = outside[0], inside[-1]
    if _joined(outside[1:2], near, within, inside[-2:-1]):
        letters = near.isalpha() and within.isalpha()
        if known is not None and (_stump(text, end, known) if letters else _REFERENCE.search(inside)):
            return Edge.TRUNCATED
        return Edge.CUT
    if within.isnumeric():
        scale = _SCALE_AFTER.match(outside)
        if scale and (not scale["sign"] or _is_currency(scale["sign"])):
            return Edge.CUT
    return Edge.CLEAN


def _joined(beyond: str, near: str, within: str, further: str) -> bool:
    """Whether the characters at both sides of an edge belong together.

    Args:
        beyond: The second character outside.
        near: The first character outside.
        within: The first character inside.
        further: The second character inside.
    """
    if near in DASHES and within in DASHES:
        return True
    if within in DASHES:
        return near.isalnum()
    if not (within.isalnum() or touchy(within)):
        # a separator between digits: `1,500` cut after the comma
        return within in ".,:'’" and near.isnumeric() and further.isnumeric()
    if near.isalnum() or unicodedata.combining(near):
        return True
    if near in HYPHENS:
        return bool(beyond) and (beyond.isalnum() or within.isnumeric() or beyond in "\r\n")
    if near in _JOINTS and beyond.isalnum():
        return True
    if not (within.isnumeric() or touchy(within)):
        return near == "^"
    return touchy(near) or near in DASHES or (near in ".,:'’" and beyond.isnumeric())


def _stump(text: str, end: int, known: frozenset[str]) -> bool:
    """Whether the part of a word before `end` reads as no word of its own, so that nobody can be misled."""
    left = _WORD_END.search(text[max(0, end - 40) : end])
    right = _WORD_START.match(text[end : end + 40])
    if left is None or right is None or not right[0].islower():
        return False
    stump = left[0].lower()
    if _ROMAN.fullmatch(stump + right[0]):
        return False
    if len(stump) == 1:
        return stump != "a"
    return stump not in known and not _SMALL_WORD.fullmatch(stump) and not _SUFFIX.fullmatch(right[0])


def _binding(sign: str) -> bool:
    """Whether a sign belongs to the number after it even across a space."""
    return _is_currency(sign) or sign in "±≥≤<>≈≠~+−"


def _is_currency(sign: str) -> bool:
    return unicodedata.category(sign) == "Sc"


def _visible(text: str) -> str:
    return "".join(char for char in text if char not in INVISIBLE)
