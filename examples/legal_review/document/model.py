"""A document: one text, and where each of its characters stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from PIL import Image

from agentkit.errors import InputError
from examples.legal_review.document.parts import (
    LONGEST_EDGE,
    PAGE_BREAK,
    Comment,
    DefinedTerm,
    Page,
    PageSource,
    Rect,
    Revision,
    Section,
)
from examples.legal_review.document.sections import outline
from examples.legal_review.document.sentences import sentence_around
from examples.legal_review.document.terms import defined_terms

__all__ = ["Comment", "DefinedTerm", "Document", "Page", "Rect", "Revision", "Section", "assemble"]

Kind = Literal["pdf", "docx", "text", "images"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A contract that was read; made by `read`.

    Attributes:
        name: File name, for people.
        kind: What it was read from.
        text: All text; the accepted view where changes are tracked.
        pages: Empty for kinds that have no pages (DOCX, text).
        sections: In order of their start.
        terms: Defined terms, in order.
        revisions: Tracked changes, in order.
        comments: Reviewers' comments, in order.
        sha256: Of the file's bytes; of all files one after the other for several images.
        source: Where its pages can be seen; None for kinds that have no pages.
        transcribed: Numbers of the image pages whose text is a transcript.
    """

    name: str
    kind: Kind
    text: str
    pages: tuple[Page, ...]
    sections: tuple[Section, ...]
    terms: tuple[DefinedTerm, ...]
    revisions: tuple[Revision, ...]
    comments: tuple[Comment, ...]
    sha256: str
    source: PageSource | None = field(default=None, repr=False, compare=False)
    transcribed: frozenset[int] = frozenset()

    def page_at(self, offset: int) -> int | None:
        """Return the number of the page that holds an offset; None where the document has no pages."""
        index = bisect_right(self.pages, offset, key=_start) - 1
        return self.pages[index].number if index >= 0 else None

    def rects(self, start: int, end: int) -> list[Rect]:
        """Return rectangles, one a line, that cover text[start:end] on its pages.

        Empty for documents other than PDF and for pages whose text is a transcript.
        """
        found: list[Rect] = []
        for page in self.pages:
            low, high = max(start, page.start), min(end, page.end)
            if self.source is not None and low < high and page.number not in self.transcribed:
                found += self.source.rects(page.number, low - page.start, high - page.start)
        return found

    def section_at(self, offset: int) -> Section | None:
        """Return the innermost section that holds an offset."""
        for section in reversed(self.sections[: bisect_right(self.sections, offset, key=_start)]):
            if offset < section.end:
                return section
        return None

    def sentence_around(self, start: int, end: int, extra: int = 0) -> tuple[int, int]:
        """Return (start, end) of the whole sentences around a span, and `extra` more on either side."""
        return sentence_around(self.text, start, end, extra)

    def render_page(self, number: int, *, longest_edge: int = LONGEST_EDGE) -> Image.Image:
        """Return a page as an RGB picture whose longest edge has at most so many pixels.

        Raises:
            InputError: The document has no such page.
        """
        if self.source is None or not 1 <= number <= len(self.pages):
            have = f"pages 1 to {len(self.pages)}" if self.pages else "no pages"
            raise InputError(f"{self.name} has no page {number}.", hint=f"It has {have}.")
        return self.source.picture(number, longest_edge)

    @property
    def image_pages(self) -> tuple[int, ...]:
        """Numbers of the pages whose text is too short to be all that they show."""
        return tuple(page.number for page in self.pages if page.kind == "image")

    def is_ocr(self, offset: int) -> bool:
        """Whether the text at an offset is a transcript of a page's image."""
        return self.page_at(offset) in self.transcribed

    def with_transcripts(self, transcripts: Mapping[int, str]) -> Document:
        """Return the document with the text of some pages replaced by a transcript of their image.

        All offsets, sections and terms are found anew.

        Raises:
            InputError: A page number that is no image page.
        """
        for number in transcripts:
            if number not in self.image_pages:
                raise InputError(f"Page {number} of {self.name} is no image page.")
        texts = [transcripts.get(page.number, self.text[page.start : page.end]) for page in self.pages]
        text, pages = joined(texts, self.pages)
        return replace(
            self,
            text=text,
            pages=pages,
            sections=tuple(outline(text)),
            terms=tuple(defined_terms(text)),
            transcribed=self.transcribed | frozenset(transcripts),
        )


def assemble(
    *,
    name: str,
    kind: Kind,
    text: str,
    sha256: str,
    pages: tuple[Page, ...] = (),
    revisions: tuple[Revision, ...] = (),
    comments: tuple[Comment, ...] = (),
    source: PageSource | None = None,
) -> Document:
    """Return a document with its outline and defined terms."""
    return Document(
        name=name,
        kind=kind,
        text=text,
        pages=pages,
        sections=tuple(outline(text)),
        terms=tuple(defined_terms(text)),
        revisions=revisions,
        comments=comments,
        sha256=sha256,
        source=source,
    )


def joined(texts: Sequence[str], pages: Sequence[Page]) -> tuple[str, tuple[Page, ...]]:
    """Return the text of all pages, and the pages with their places in it."""
    placed: list[Page] = []
    at = 0
    for text, page in zip(texts, pages, strict=True):
        placed.append(replace(page, start=at, end=at + len(text)))
        at += len(text) + len(PAGE_BREAK)
    return PAGE_BREAK.join(texts), tuple(placed)


def _start(item: Page | Section) -> int:
    return item.start
