"""A document: one text, and where each of its characters stands."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from PIL import Image

from agentkit.errors import InputError
from examples.legal_review.document import pdfium
from examples.legal_review.document.parts import (
    PAGE_BREAK,
    Comment,
    DefinedTerm,
    Page,
    Rect,
    Revision,
    Section,
)
from examples.legal_review.document.sections import outline
from examples.legal_review.document.sentences import sentence_around
from examples.legal_review.document.terms import defined_terms

__all__ = ["Comment", "DefinedTerm", "Document", "Page", "Rect", "Revision", "Section", "assemble"]

LONGEST_EDGE = 1540
"""Pixels of a rendered page's longest edge: what MS4's vision encoder takes without shrinking."""

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
    files: tuple[bytes, ...] = field(default=(), repr=False, compare=False)

    def page_at(self, offset: int) -> int | None:
        """Return the number of the page that holds an offset; None where the document has no pages."""
        page = self._page(offset)
        return None if page is None else page.number

    def rects(self, start: int, end: int) -> list[Rect]:
        """Return rectangles, one a line, that cover text[start:end] on its pages.

        Empty for documents other than PDF and for pages whose text is a transcript.
        """
        found: list[Rect] = []
        for page in self.pages:
            low, high = max(start, page.start), min(end, page.end)
            if self.kind == "pdf" and low < high and not page.ocr:
                found += pdfium.rects(
                    self.files[0], self.name, page.number, low - page.start, high - page.start
                )
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

    def render_page(self, number: int) -> Image.Image:
        """Return a page as an RGB picture whose longest edge has at most 1540 pixels.

        Raises:
            InputError: The document has no such page.
        """
        if not 1 <= number <= len(self.pages):
            have = f"pages 1 to {len(self.pages)}" if self.pages else "no pages"
            raise InputError(f"{self.name} has no page {number}.", hint=f"It has {have}.")
        if self.kind == "pdf":
            return pdfium.picture(self.files[0], self.name, number, LONGEST_EDGE)
        with Image.open(io.BytesIO(self.files[number - 1])) as image:
            drawn = image.convert("RGB")
        drawn.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
        return drawn

    @property
    def image_pages(self) -> tuple[int, ...]:
        """Numbers of the pages whose text is too short to be all that they show."""
        return tuple(page.number for page in self.pages if page.kind == "image")

    def is_ocr(self, offset: int) -> bool:
        """Whether the text at an offset is a transcript of a page's image."""
        page = self._page(offset)
        return page is not None and page.ocr

    def with_transcripts(self, transcripts: Mapping[int, str]) -> Document:
        """Return the document with the text of some pages replaced by a transcript of their image.

        All offsets, sections and terms are found anew.

        Raises:
            InputError: A page number that is no image page.
        """
        for number in transcripts:
            if number not in self.image_pages:
                raise InputError(f"Page {number} of {self.name} is no image page.")
        texts = [
            transcripts.get(page.number, self.text[page.start : page.end]).strip("\ufeff")
            for page in self.pages
        ]
        marked = [replace(page, ocr=page.ocr or page.number in transcripts) for page in self.pages]
        text, pages = joined(texts, marked)
        return replace(
            self, text=text, pages=pages, sections=tuple(outline(text)), terms=tuple(defined_terms(text))
        )

    def _page(self, offset: int) -> Page | None:
        index = bisect_right(self.pages, offset, key=_start) - 1
        return self.pages[index] if index >= 0 else None


def assemble(
    *,
    name: str,
    kind: Kind,
    text: str,
    sha256: str,
    pages: tuple[Page, ...] = (),
    revisions: tuple[Revision, ...] = (),
    comments: tuple[Comment, ...] = (),
    files: tuple[bytes, ...] = (),
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
        files=files,
    )


def joined(texts: list[str], pages: list[Page]) -> tuple[str, tuple[Page, ...]]:
    """Return the text of all pages, and the pages with their places in it."""
    placed: list[Page] = []
    at = 0
    for text, page in zip(texts, pages, strict=True):
        placed.append(replace(page, start=at, end=at + len(text)))
        at += len(text) + len(PAGE_BREAK)
    return PAGE_BREAK.join(texts), tuple(placed)


def _start(item: Page | Section) -> int:
    return item.start
