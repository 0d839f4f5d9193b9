"""What a document consists of, as plain facts. Offsets are characters of `Document.text`; ends are exclusive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from PIL import Image as Pillow

PAGE_BREAK = "\n\f\n"
"""What stands in the text between two pages."""

LONGEST_EDGE = 1540
"""Pixels of a page's longest edge as a picture: what MS4's vision encoder takes without shrinking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page.

    Attributes:
        number: Counted from 1.
        start: Offset of its first character.
        end: Offset after its last character.
        width: In points; pixels for a page that came as an image.
        height: In points; pixels for a page that came as an image.
        kind: `image` where too little text was found, so that the page has to be looked at.
    """

    number: int
    start: int
    end: int
    width: float
    height: float
    kind: Literal["text", "image"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rect:
    """A rectangle on a page, in fractions (0 to 1) of its width and height from the top left corner."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A numbered section, article, exhibit or heading, with everything below it.

    Attributes:
        id: Unique in the document, and readable: `5.2`, `Article IV`, `Exhibit A 3`.
        number: As written, without its final stop: `5.2`, `Article IV`; empty for a heading without one.
        title: Its heading, or the first words of its text.
        level: 0 for exhibits and schedules, 1 for articles and top sections, and so on.
        start: Offset of its number.
        end: Offset where the next section of its level or above begins.
    """

    id: str
    number: str
    title: str
    level: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinedTerm:
    """A term and the sentence that defines it."""

    term: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A tracked change.

    Attributes:
        kind: Inserted text is part of the document's text, deleted text is not.
        author: As recorded; may be empty.
        date: As recorded, ISO 8601; may be empty.
        text: What was inserted or deleted.
        start: Offset of the change.
    """

    kind: Literal["inserted", "deleted"]
    author: str
    date: str
    text: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A reviewer's comment; `start` is the offset of the place it belongs to."""

    author: str
    text: str
    start: int


class PageSource(Protocol):
    """Where pages can be seen."""

    def rects(self, page: int, start: int, end: int) -> list[Rect]:
        """Return the rectangles, one a line, of a page's characters, counted within the page."""
        ...

    def picture(self, page: int, longest_edge: int) -> Pillow.Image:
        """Return a page as an RGB picture of at most so many pixels a side."""
        ...
