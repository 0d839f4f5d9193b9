"""The outline of a contract: exhibits, articles, numbered sections and markdown headings, in one pass over its lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from examples.legal_review.document.parts import Section

_LINE = re.compile(r"[^\n]*\n?")
_PART = re.compile(
    r"(?P<word>EXHIBIT|Exhibit|SCHEDULE|Schedule|ANNEX|Annex|APPENDIX|Appendix|ADDENDUM|Addendum)\s+"
    r"(?P<number>[A-Z]{1,2}(?:-\d+)?|\d{1,2}(?:\.\d{1,2})?|[IVX]{1,5})(?=[\s.:\-–—]|$)"
)
_ARTICLE = re.compile(
    r"(?P<word>ARTICLE|Article|SECTION|Section|CLAUSE|Clause)\s+"
    r"(?P<number>[IVXLC]{1,7}|\d{1,3}(?:\.\d{1,3}){0,4})(?=[\s.:\-–—)]|$)"
)
_NUMBER = re.compile(
    r"(?P<number>\d{1,2}(?:\.\d{1,3}){1,4})(?:[.):]\s*|\s+)(?=[\"“‘'(\[A-Z])|(?P<single>\d{1,2})[.)]\s*(?=[\"“‘(\[A-Z])"
)
_ROMAN = re.compile(r"(?P<number>[IVX]{1,6})\.\s+(?=[A-Z][A-Za-z])")
_HEADING = re.compile(r"(?P<marks>#{1,6})\s+(?=\S)")
_RUNS_ON = re.compile(r"(?:,|\b(?:and|or|to|of|in|with|under|by|the|section|sections|article|articles|exhibit|exhibits|"
                      r"schedule|schedules|paragraph|clause|see|this|no\.|page)|§)$", re.IGNORECASE)  # fmt: skip
_CONTENTS = re.compile(r"(?:\.[ .]{3,}|[ \t]{3,})[ivx\d]{1,4}$")
_TITLE = re.compile(r"[^.;:\n]{1,80}")
_MOST_TITLE: Final = 80


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    word: str
    number: str
    title: str
    level: int


def outline(text: str) -> list[Section]:
    """Return the sections of a text in order; linear in its length."""
    found: list[_Found] = []
    before = ""
    for line in _LINE.finditer(text):
        stripped = line[0].strip()
        if not stripped:
            continue
        if not _RUNS_ON.search(before[-12:]) and not _CONTENTS.search(stripped[-12:]):
            section = _read(stripped, line.start() + line[0].index(stripped[0]))
            if section is not None:
                found.append(section)
        before = stripped
    return _nested(found, len(text), title_after=text)


def _read(line: str, start: int) -> _Found | None:
    """Return the section that a line begins, if it does."""
    head = line[:160]
    for pattern in (_PART, _ARTICLE, _NUMBER, _ROMAN, _HEADING):
        match = pattern.match(head)
        if match is None:
            continue
        groups = match.groupdict()
        word = (groups.get("word") or "").capitalize()
        number = groups.get("number") or groups.get("single") or ""
        rest = head[match.end() :].lstrip(" \t.:-–—)")
        if word and rest[:1].islower():
            return None  # "Section 5 of this Agreement" at the start of a line is a reference
        if word and rest[:1] in {",", ";"}:
            return None
        title = _TITLE.match(rest)
        return _Found(
            start,
            word,
            number,
            title[0].strip().strip('"“”') if title else "",
            _level(pattern, word, number, groups),
        )
    return None


def _level(pattern: re.Pattern[str], word: str, number: str, groups: dict[str, str | None]) -> int:
    if pattern is _PART:
        return 0
    if pattern is _HEADING:
        return max(1, len(groups["marks"] or "") - 1)
    if pattern is _ROMAN or (word == "Article" and "." not in number):
        return 1
    return 1 + number.count(".")


def _nested(found: list[_Found], length: int, *, title_after: str) -> list[Section]:
    """Return the sections with ids, and ends that enclose what lies below them."""
    # "Section 5." below "Article II" lies one level deeper than it looks
    articles = any(item.word == "Article" for item in found)
    levels = [
        item.level
        + (1 if articles and item.level >= 1 and item.word != "Article" and "." not in item.number else 0)
        for item in found
    ]
    ends = [length] * len(found)
    open_: list[int] = []
    for index, item in enumerate(found):
        while open_ and levels[open_[-1]] >= levels[index]:
            ends[open_.pop()] = item.start
        open_.append(index)
    sections: list[Section] = []
    used: dict[str, int] = {}
    part = ""
    for index, item in enumerate(found):
        own = (
            f"{item.word} {item.number}"
            if item.word and item.word not in ("Section", "Clause")
            else item.number or item.title
        )
        if item.level == 0:
            part = name = own
        else:
            name = f"{part} {own}" if part else own
        used[name] = used.get(name, 0) + 1
        if used[name] > 1:
            name = f"{name} ({used[name]})"
        title = item.title or _next_line(title_after, item.start)
        sections.append(
            Section(
                id=name,
                number=item.number,
                title=title[:_MOST_TITLE],
                level=levels[index],
                start=item.start,
                end=ends[index],
            )
        )
    return sections


def _next_line(text: str, start: int) -> str:
    """Return the line after the one at `start`: where a heading stands below its number."""
    end = text.find("\n", start)
    following = text[end : end + 300].lstrip().split("\n", 1)[0].strip() if end >= 0 else ""
    return following if len(following) <= _MOST_TITLE and not re.match(r"\d|\(", following) else ""
