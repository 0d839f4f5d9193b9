"""Where sentences begin and end in the prose of contracts."""

from __future__ import annotations

import re
from typing import Final

_REACH: Final = 6_000
_END = re.compile(
    r"""[.!?]["”’')\]]*(?=\s+["“‘'(\[]?[^\W_a-z])"""  # a stop before a capital or a number
    r"|\n[ \t\r]*\n"  # an empty line (but not a page break)
    r"|[;:.!?”\")A-Z][ \t\r]*\n(?=[ \t]*(?:\d{1,2}(?:\.\d{1,2})*[.)]?[ \t]|\(\w{1,4}\)[ \t]|ARTICLE|Section[ \t]\d))"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[“\"'.])(?:Inc|Corp|Ltd|Co|Cos|LLC|L\.L\.C|L\.P|LP|N\.A|N\.V|B\.V|S\.A|A\.G|P\.C|plc|Bros|Nos?|no|"
    r"Art|Arts|Secs?|Sect|Para|Paras|Cl|Ch|Ex|Exh|Sch|Fig|Vol|pp?|cf|vs?|viz|etc|i\.e|e\.g|al|approx|"
    r"Mr|Mrs|Ms|Messrs|Dr|Prof|Jr|Sr|Esq|Hon|St|Ste|Ave|Blvd|Rd|Dept|Div|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|a\.m|p\.m|[A-Z]|[A-Z]\.[A-Z]|[A-Z]\.[A-Z]\.[A-Z])$"
)
_ONLY_NUMBER = re.compile(r"(?:^|\n)[ \t]*(?:\(?[A-Za-z0-9]{1,4}|\d{1,2}(?:\.\d{1,2})+)$")


def sentence_around(text: str, start: int, end: int, extra: int = 0) -> tuple[int, int]:
    """Return (start, end) of the whole sentences that text[start:end] touches.

    Args:
        text: The document's text.
        start: Offset of the span.
        end: Offset after the span.
        extra: How many neighbouring sentences to add on either side.
    """
    low, high = max(0, start - _REACH), min(len(text), end + _REACH)
    bounds = [low, *(low + bound for bound in _bounds(text[low:high])), high]
    first = max((index for index, bound in enumerate(bounds) if bound <= start), default=0)
    last = min((index for index, bound in enumerate(bounds) if bound >= end), default=len(bounds) - 1)
    first, last = max(0, first - extra), min(len(bounds) - 1, max(last, first + 1) + extra)
    begin, finish = bounds[first], bounds[last]
    while begin < start and text[begin].isspace():
        begin += 1
    while finish > end and text[finish - 1].isspace():
        finish -= 1
    return begin, finish


def sentences(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of every sentence of a text, without white space around."""
    found: list[tuple[int, int]] = []
    start = 0
    for end in [*_bounds(text), len(text)]:
        said = text[start:end].strip()
        if said:
            first = start + len(text[start:end]) - len(text[start:end].lstrip())
            found.append((first, first + len(said)))
        start = end
    return found


def _bounds(text: str) -> list[int]:
    """Return the offsets after each sentence's end."""
    found: list[int] = []
    for match in _END.finditer(text):
        if match[0][0] in ".!?" and "\n" not in match[0]:
            before = text[max(0, match.start() - 24) : match.start()]
            if match[0] == "." and (_ABBREVIATION.search(before) or _ONLY_NUMBER.search(before)):
                continue
        found.append(match.end())
    return found
