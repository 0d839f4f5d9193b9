"""What stands at the head of a contract: its name, its parties and its date."""

from __future__ import annotations

import re

from examples.legal_review.triage.segment import sentences

_CALLED_EFFECTIVE = re.compile(r"\beffective\b", re.IGNORECASE)
_TAKES_EFFECT = re.compile(
    r"[\"“]?Effective\s+Date[\"”]?\s+(?:shall\s+)?(?:means?|be|is)\b|\bagreement\s+(?:shall\s+(?:be|become)|is|becomes)\s+effective\b"
    r"|\b(?:term|agreement)\b[^.]{0,80}\b(?:commenc\w+|begin\w*|start\w*)\s+(?:on|as\s+of)\b",
    re.IGNORECASE,
)
_HEAD = 6_000  # characters in which the preamble is looked for

_NAME = re.compile(
    r"^[ \t]*(?P<name>(?:[A-Z][\w&/,'’.-]*[ \t]+|(?:and|of|for|to|the|de)[ \t]+){0,9}"
    r"(?:AGREEMENT|Agreement|CONTRACT|Contract|LEASE|AMENDMENT|Amendment|LICENSE|PLAN|GUARANTY)(?:[ \t]+(?:NO\.?|No\.?)[ \t]*\d+)?)[ \t]*$",
    re.MULTILINE,
)
_KIND = r"(?:AGREEMENT|CONTRACT|LEASE|AMENDMENT|GUARANTY|INDENTURE|PLAN)"
_CAPITAL_NAME = re.compile(
    r"(?<![A-Za-z])(?<!THIS )(?<!THIS\n)"
    r"(?P<name>(?:(?!THIS\b|EXHIBIT\b|EXECUTION\b|VERSION\b|COPY\b|BETWEEN\b)[A-Z][A-Z&/'’,-]*[ \n]){1,9}"
    rf"{_KIND}(?: {_KIND})?(?: (?:NO\.?|NUMBER) ?\d+)?)(?=[\s\"“(]|$)"
)
_AFTER_EXHIBIT = re.compile(
    r"\A\s*(?:EXHIBIT|Exhibit)\s+[\d.]+\w*\s+(?P<name>(?:[A-Z][\w&/'’-]*[ ]|(?:and|of|for|to|the)[ ]){1,9}(?:Agreement|Contract|Lease|Amendment))\b"
)
_THIS_NAME = re.compile(
    r"\b(?:THIS|This)\s+(?P<name>(?:[A-Z][\w&/-]*\s+|and\s+|of\s+){1,8}(?:AGREEMENT|Agreement|CONTRACT|Contract))\b"
)
_PREAMBLE = re.compile(
    r"\b(?:by\s+and\s+(?:between|among)|between|among|entered\s+into|made\s+(?:and\s+entered|this|as\s+of|on))\b",
    re.IGNORECASE,
)
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = re.compile(
    rf"(?:\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|\b\d{{1,2}}\s?(?:st|nd|rd|th)?\s+(?:day\s+)?(?:of\s+)?{_MONTH},?\s+\d{{4}}"
    rf"|\b{_MONTH}\s+\d{{4}}|_{{3,}}[\s\w,]{{0,20}}\d{{4}}|\b\d{{1,2}}/\d{{1,2}}/\d{{2,4}})"
)
SUFFIX = (
    r"(?:Inc|INC|Incorporated|LLC|L\.L\.C|Ltd|LTD|Limited|LIMITED|Corp|CORP|Corporation|CORPORATION|Company|COMPANY|Co|CO|GmbH|AG|"
    r"S\.A|SA|B\.V|BV|N\.V|L\.P|LP|LLP|PLC|plc|S\.p\.A|Bank|BANK|Association|ASSOCIATION|Trust|TRUST|Partners|PARTNERS|University|AB)"
)
"""How the names of companies end."""

_COMPANY = re.compile(
    rf"(?P<name>(?:[A-Z0-9][\w&.'’-]*,?\s+(?:(?:and|of|&|the|de)\s+)?){{1,7}}{SUFFIX}\b\.?)(?=[\s,;(\"“)]|$)"
)
_SHORT = re.compile(
    r"[(,]\s*(?:the|hereinafter|hereafter|referred|herein|called|to|as|each|an?|collectively|together|with|its|affiliates|and|or|individually|sometimes|[\s,])*[\"“”']+(?P<name>[A-Z][^\"“”'\n]{1,40}?)[,.]?[\"”“']"
)


def locate_title(text: str) -> list[tuple[str, int, int]]:
    """Return (category, start, end) of the document's name, the parties and the dates in the preamble."""
    head = text[:_HEAD]
    found: list[tuple[str, int, int]] = []
    headings = (pattern.search(head) for pattern in (_NAME, _CAPITAL_NAME, _AFTER_EXHIBIT))
    name = min(
        filter(None, headings), key=lambda match: match.start("name"), default=None
    ) or _THIS_NAME.search(head)
    if name:
        found.append(("Document Name", name.start("name"), name.end("name")))
    begin, end = _preamble(head, name.end() if name else 0)
    date = _DATE.search(head, begin, end) or _DATE.search(head, 0, end)
    if date:
        found.append(("Agreement Date", *date.span()))
    effective = _effective(text, date)
    if effective:
        found.append(("Effective Date", *effective))
    taken: set[str] = set()
    for pattern in (_COMPANY, _SHORT):
        for match in pattern.finditer(head, begin, end):
            said = " ".join(match["name"].split()).strip(" .,")
            if said.lower() in taken or _no_party(said):
                continue
            taken.add(said.lower())
            first, last = match.span("name")
            while last > first and text[last - 1] in " ,;":
                last -= 1
            found.append(("Parties", first, last))
    return found


def _effective(text: str, date: re.Match[str] | None) -> tuple[int, int] | None:
    """Return the date at the head if it is called effective there, else the sentence that says when it takes effect."""
    if date and _CALLED_EFFECTIVE.search(text, max(0, date.start() - 40), date.end() + 80):
        return date.span()
    for start, end in sentences(text):
        sentence = text[start:end]
        if (
            end - start < 600
            and _TAKES_EFFECT.search(sentence)
            and (_DATE.search(sentence) or "date of" in sentence)
        ):
            return start, end
    return date.span() if date else None


def _preamble(head: str, after: int) -> tuple[int, int]:
    """Return the bounds of the paragraphs that name the parties."""
    start = _PREAMBLE.search(head, after) or _PREAMBLE.search(head)
    if start is None:
        return 0, min(len(head), 1_500)
    begin = max(0, start.start() - 400)
    stop = re.compile(
        r"\bWHEREAS\b|\bRECITALS\b|\bWITNESSETH\b|\bNOW,?\s+THEREFORE\b|\bBackground\b|\n\s*1\.\s"
    ).search(head, start.end() + 60)
    return begin, min(stop.start() if stop else start.start() + 1_500, start.start() + 2_000)


_NO_PARTY = re.compile(
    r"^(?:agreement|contract|effective date|term|services?|products?|date|execution date|closing|parent|state|commission"
    r"|initial term|territory|party|parties|the|this|lease|plan|act)\b",
    re.IGNORECASE,
)


def _no_party(name: str) -> bool:
    return bool(_NO_PARTY.match(name)) or len(name) < 2
