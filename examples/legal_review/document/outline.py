"""The outline of a contract, and the terms that it defines; one pass over the text each."""

from __future__ import annotations

import re

from examples.legal_review.document.model import DefinedTerm, Section

_HEADING = re.compile(
    r"^[ \t]*(?:"
    r"(?P<word>ARTICLE|Article|SECTION|Section|Schedule|SCHEDULE|Exhibit|EXHIBIT|Annex|ANNEX|Appendix|APPENDIX)[ \t]+"
    r"(?P<mark>[IVXLC]+|\d+(?:\.\d+)*|[A-Z])\b[.:)]?"
    r"|(?P<number>\d{1,2}(?:\.\d{1,2}){0,3})[.)]?(?=[ \t]+[A-Z\"“(])"
    r")[ \t]*[-–—:]?[ \t]*(?P<title>[^\n]{0,120})",
    re.MULTILINE,
)
_CAPITALS = re.compile(r"^[ \t]*(?P<title>[A-Z][A-Z ,;&'’/()-]{5,80})[ \t]*$", re.MULTILINE)
_TITLE_END = re.compile(r"[.:](?:\s|$)|\s{3,}")


def find_sections(text: str) -> tuple[Section, ...]:
    """Return the numbered and headed sections, in order of the text."""
    found: list[tuple[int, str, str, int]] = []
    for match in _HEADING.finditer(text):
        number = match["number"] or f"{match['word'].title()} {match['mark']}"
        title = _TITLE_END.split(match["title"].strip(), maxsplit=1)[0].strip()
        if match["number"] and not _plausible(match["number"], title):
            continue
        level = 1 + match["number"].count(".") if match["number"] else 0
        found.append((match.start(), number, title[:80], max(1, level) if match["number"] else 0))
    if not found:
        found = [(match.start(), "", match["title"].strip().title(), 1) for match in _CAPITALS.finditer(text)]
    sections: list[Section] = []
    open_from: list[int] = []
    for index, (start, number, title, level) in enumerate(found):
        end = next((later[0] for later in found[index + 1 : index + 400] if later[3] <= level), len(text))
        sections.append(
            Section(
                id=f"s{index + 1}",
                number=number,
                title=title,
                level=level,
                start=start,
                end=max(end, start + 1),
            )
        )
        open_from.append(start)
    return tuple(sections)


def _plausible(number: str, title: str) -> bool:
    """Whether a number at the start of a line opens a section: not a date, an amount or a list of parts."""
    return (
        int(number.split(".", maxsplit=1)[0]) <= 60
        and bool(title)
        and title[0] in '"“(' + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    )


_MEANS = re.compile(
    r"[\"“](?P<term>[A-Z][^\"”\n]{1,60})[\"”]\s+(?:means|shall mean|has the meaning|shall have the meaning|refers to|includes)\b"
)
_SHORT = re.compile(
    r"\(\s*(?:the|each,? an?|an?|collectively,?(?: the)?|hereinafter(?: referred to as)?)?,?\s*[\"“](?P<term>[A-Z][^\"”\n]{1,60})[\"”]"
)


def find_terms(text: str) -> tuple[DefinedTerm, ...]:
    """Return the terms that the text defines: `"X" means ...` and `(the "X")`; the first definition of each."""
    terms: dict[str, DefinedTerm] = {}
    for pattern in (_MEANS, _SHORT):
        for match in pattern.finditer(text):
            term = " ".join(match["term"].split()).rstrip(",")
            if term not in terms:
                start = text.rfind("\n", 0, match.start()) + 1
                stop = re.compile(r"\.(?=\s)|\n\s*\n").search(text, match.end())
                end = stop.end() if stop else len(text)
                terms[term] = DefinedTerm(
                    term=term, start=max(start, match.start() - 400), end=min(end, match.end() + 800)
                )
    return tuple(sorted(terms.values(), key=lambda found: found.start))
