"""A contract's text as sentences that rules can look at."""

from __future__ import annotations

import re

SHORTEST, LONGEST = 25, 2_500
"""Characters of a sentence that rules look at: shorter is a heading, longer is a table."""

_ABBREVIATION = re.compile(
    r"(?:\b(?:Inc|Ltd|Co|Corp|Cos|No|Nos|Art|Sec|Mr|Mrs|Ms|Dr|St|vs|v|e\.g|i\.e|cf|approx|Jr|Sr|Esq|Bros|U\.S|U\.K|N\.A|L\.P"
    r"|L\.L\.C|S\.A|B\.V|a\.m|p\.m|al)|\b[A-Z])\.$"
)
_END = re.compile(
    r"[.!?;][\"'”’)\]]*(?=\s+[\"“(A-Z0-9•])|\n\s*\n|\n(?=\s*(?:\d{1,2}(?:\.\d{1,2})+|\d{1,2}\.|\([a-z]\)|ARTICLE|Section)\s)"
)
_LEAD = re.compile(
    r"\s*(?:(?:section|article)\s+[\dIVX.]+\s*|\(?[a-zA-Z0-9]{1,3}[.)]\s+|\d+(?:\.\d+)+\.?\s+|[-•*]\s+)*",
    re.IGNORECASE,
)


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the bounds of sentences, without their numbering, at most a paragraph long."""
    bounds: list[tuple[int, int]] = []
    start = 0
    for cut in [*_cuts(text), len(text)]:
        lead = _LEAD.match(text, start, cut)
        first = lead.end() if lead else start
        last = cut
        while last > first and text[last - 1].isspace():
            last -= 1
        if SHORTEST <= last - first <= LONGEST:
            bounds.append((first, last))
        start = cut
    return bounds


def _cuts(text: str) -> list[int]:
    cuts: list[int] = []
    for match in _END.finditer(text):
        dot = match.start()
        if text[dot : dot + 1] == "." and _ABBREVIATION.search(text, max(0, dot - 8), dot + 1):
            continue
        cuts.append(match.end())
    return cuts
