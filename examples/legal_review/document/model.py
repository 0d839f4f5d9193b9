"""A document: its text, and where everything in it stands."""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, Protocol

from agentkit import Image

FEW_CHARS = 80
"""A page with fewer characters is read as an image (78 of 509 CUAD contracts have such a page)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page; `start` and `end` are offsets in the document's text, width and height in points."""

    number: int
    start: int
    end: int
    width: float
    height: float
    kind: Literal["text", "image"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A numbered or headed section, up to the next of its level or higher."""

    id: str
    number: str
    title: str
    level: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinedTerm:
    """A term that the contract defines, and the sentence that does."""

    term: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A tracked change; the text of the document is the accepted view."""

    kind: Literal["inserted", "deleted"]
    author: str
    date: str
    text: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment in the margin."""

    author: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rect:
    """A rectangle on a page, as shares of its width and height from the top left."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


class PageSource(Protocol):
    """Where pages can be seen: rectangles of text and pictures."""

    def rects(self, page: int, start: int, end: int) -> list[Rect]:
        """Return the rectangles of a page's characters, counted within the page."""
        ...

    def image(self, page: int) -> Image:
        """Return the page as an image."""
        ...


@dataclass(frozen=True, kw_only=True)
class Document:
    """A contract as text.

    Attributes:
        name: The file's name.
        kind: `pdf`, `docx`, `text` or `images`.
        text: The whole text; all offsets count its characters.
        sha256: Hex digest of the file.
        pages: Pages in order; none for text and DOCX files.
        sections: The outline.
        terms: Defined terms.
        revisions: Tracked changes.
        comments: Comments.
        source: Where pages can be seen, or None.
        transcribed: Numbers of image pages whose text a model has read from the picture.
    """

    name: str
    kind: Literal["pdf", "docx", "text", "images"]
    text: str
    sha256: str
    pages: tuple[Page, ...] = ()
    sections: tuple[Section, ...] = ()
    terms: tuple[DefinedTerm, ...] = ()
    revisions: tuple[Revision, ...] = ()
    comments: tuple[Comment, ...] = ()
    source: PageSource | None = field(default=None, repr=False)
    transcribed: frozenset[int] = frozenset()

    @property
    def image_pages(self) -> tuple[int, ...]:
        """Numbers of the pages that can only be read as pictures."""
        return tuple(page.number for page in self.pages if page.kind == "image")

    def page_at(self, offset: int) -> int | None:
        """Return the number of the page that holds an offset."""
        index = bisect.bisect_right(self._page_starts, offset) - 1
        return self.pages[index].number if index >= 0 else None

    def is_ocr(self, offset: int) -> bool:
        """Whether the text at an offset was read from a picture."""
        return self.page_at(offset) in self.transcribed

    def section_at(self, offset: int) -> Section | None:
        """Return the innermost section around an offset."""
        found: Section | None = None
        for section in self.sections:
            if section.start > offset:
                break
            if offset < section.end:
                found = section
        return found

    def rects(self, start: int, end: int) -> list[Rect]:
        """Return the rectangles that show text[start:end] on its pages; none where there are no pages to see."""
        if self.source is None:
            return []
        found: list[Rect] = []
        for page in self.pages:
            if page.kind == "text" and page.start < end and start < page.end:
                found += self.source.rects(
                    page.number, max(start, page.start) - page.start, min(end, page.end) - page.start
                )
        return found

    def sentence_around(self, start: int, end: int, extra: int = 0) -> tuple[int, int]:
        """Return the bounds of the sentences that hold text[start:end], and `extra` more on either side."""
        ends = self._sentence_ends
        first = max(0, bisect.bisect_right(ends, start) - extra)
        last = min(len(ends) - 1, bisect.bisect_left(ends, end) + extra)
        begin = ends[first - 1] if first > 0 else 0
        while begin < start and self.text[begin].isspace():
            begin += 1
        return begin, max(end, ends[last])

    def with_transcripts(self, transcripts: Mapping[int, str]) -> Document:
        """Return the document with the text that was read from image pages."""
        pieces: list[str] = []
        pages: list[Page] = []
        length = 0
        for page in self.pages:
            text = transcripts.get(page.number, self.text[page.start : page.end])
            pages.append(replace(page, start=length, end=length + len(text)))
            pieces.append(text)
            length += len(text) + 1
        text = "\n".join(pieces)
        from examples.legal_review.document.outline import find_sections, find_terms  # made from the new text

        return replace(
            self,
            text=text,
            pages=tuple(pages),
            sections=find_sections(text),
            terms=find_terms(text),
            transcribed=frozenset(transcripts) & frozenset(self.image_pages),
        )

    @cached_property
    def _page_starts(self) -> list[int]:
        return [page.start for page in self.pages]

    @cached_property
    def _sentence_ends(self) -> list[int]:
        return sentence_ends(self.text)


_ABBREVIATION = re.compile(
    r"(?:\b(?:Inc|Ltd|Co|Corp|Cos|No|Nos|Art|Sec|Mr|Mrs|Ms|Dr|St|vs|v|e\.g|i\.e|etc|cf|approx|Jr|Sr|Esq|Dept|Bros|Fig|U\.S|U\.K"
    r"|N\.A|L\.P|L\.L\.C|S\.A|B\.V|a\.m|p\.m|Ph\.D|al)|\b[A-Z])\.$"
)
_END = re.compile(r"[.!?;][\"'”’)\]]*(?=\s+[\"“(A-Z0-9•])|\n\s*\n")


def sentence_ends(text: str) -> list[int]:
    """Return the offsets after which sentences end; abbreviations and numbers end none."""
    ends: list[int] = []
    for match in _END.finditer(text):
        dot = match.start()
        if text[dot] == "." and _ABBREVIATION.search(text, max(0, dot - 8), dot + 1):
            continue
        ends.append(match.end())
    ends.append(len(text))
    return ends
