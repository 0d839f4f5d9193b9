"""PDF files through pypdfium2: text of pages, rectangles of spans, pictures of pages.

PDFium is not safe to use from several threads, and tools run in threads: everything here holds one lock.
"""

from __future__ import annotations

import re
import threading
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref, c_int
from dataclasses import dataclass
from typing import Any, Final, cast

from PIL import Image as Pillow

from agentkit.errors import InvalidDocument, MissingExtra
from examples.legal_review.document.parts import Rect

_LOCK = threading.RLock()
_GRID: Final = 1_000_000
_MOST_KEPT: Final = 8
_ROOM: Final = 0.15
_ODD = re.compile("\r\n?|[\ufffe\x02\u037e\xa0\x00-\x08\x0b\x0e-\x1f]")
_PLAIN: Final = {"\r\n": "\n", "\r": "\n", "\ufffe": "-\n", "\x02": "-\n", "\u037e": ";", "\xa0": " "}


def page_texts(data: bytes, name: str, most_pages: int) -> list[tuple[str, float, float, bool]]:
    """Return (text, width, height, has anything drawn) of each page; sizes in points.

    Raises:
        InvalidDocument: The file is encrypted or broken, or has too many pages.
        MissingExtra: pypdfium2 is not installed.
    """
    with _opened(data, name) as pdf:
        if not len(pdf):
            raise InvalidDocument(f"{name} has no pages.", hint="Export the PDF again.")
        if len(pdf) > most_pages:
            raise InvalidDocument(
                f"{name} has {len(pdf)} pages; at most {most_pages} are read.",
                hint="Split it, or raise max_pages.",
            )
        pages: list[tuple[str, float, float, bool]] = []
        for number in range(len(pdf)):
            try:
                with _page(pdf, number) as (page, text):
                    width, height = page.get_size()
                    drawn = next(page.get_objects(max_depth=1), None) is not None
                    pages.append((plain(text.get_text_range()), width, height, drawn))
            except _failures() as error:
                raise InvalidDocument(
                    f"Page {number + 1} of {name} cannot be read ({error}).", hint="Export the PDF again."
                ) from error
        return pages


class PdfPages:
    """The pages of a PDF, opened again when it is first asked where text stands."""

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._name = name
        self._pdf: Any = None
        self._kept: dict[int, _Kept] = {}

    def rects(self, page: int, start: int, end: int) -> list[Rect]:
        """Return the rectangles, one a line, of characters of a page's text (as `page_texts` gives it)."""
        with _LOCK:
            kept = self._text_of(page)
            return _merged(_boxes(kept.text, kept.places[start:end], kept.frame), page)

    def picture(self, page: int, longest_edge: int) -> Pillow.Image:
        """Return a page as an RGB picture of at most so many pixels a side."""
        with _LOCK:
            opened = self._document()[page - 1]
            try:
                scale = (longest_edge - 0.01) / max(opened.get_size())  # PDFium rounds sizes up
                drawn = opened.render(scale=scale).to_pil()
            finally:
                opened.close()
        return cast("Pillow.Image", drawn if drawn.mode == "RGB" else drawn.convert("RGB"))

    def _document(self) -> Any:
        if self._pdf is None:
            self._pdf = _open(self._data, self._name)  # closed by pypdfium2 when nobody holds it any more
        return self._pdf

    def _text_of(self, page: int) -> _Kept:
        """Return a page's text and the places of its characters; the last few pages are kept, because findings cluster."""
        if page not in self._kept:
            opened = self._document()[page - 1]
            text = opened.get_textpage()
            self._kept[page] = _Kept(opened, text, _places(text.get_text_range()), _frame(opened))
            while len(self._kept) > _MOST_KEPT:
                gone = self._kept.pop(next(iter(self._kept)))
                gone.text.close()
                gone.page.close()
        return self._kept[page]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A page that stays open."""

    page: Any
    text: Any
    places: array[int]
    frame: Frame


def plain(raw: str) -> str:
    """Return PDFium's text with plain line ends, spaces and semicolons; a hyphen at a line's end keeps its break."""
    return _ODD.sub(lambda match: _PLAIN.get(match[0], ""), raw)


def _places(raw: str) -> array[int]:
    """Return, for each character of `plain(raw)`, its index in PDFium's text, which counts UTF-16 units."""
    places: array[int] = array("L")
    unit = last = 0
    for match in _ODD.finditer(raw):
        unit = _extend(places, raw[last : match.start()], unit)
        places.extend([unit] * len(_PLAIN.get(match[0], "")))
        unit += len(match[0])
        last = match.end()
    _extend(places, raw[last:], unit)
    return places


def _extend(places: array[int], piece: str, unit: int) -> int:
    if piece.isascii() or max(piece) <= "\uffff":
        places.extend(range(unit, unit + len(piece)))
        return unit + len(piece)
    for char in piece:
        places.append(unit)
        unit += 2 if char > "\uffff" else 1
    return unit


Frame = tuple[float, float, float, float, float, float]
"""How points of a page become fractions of it as it is shown: x = a*px + b*py + c, y = d*px + e*py + f."""


def _frame(page: Any) -> Frame:
    """Return the frame of a page; PDFium knows of its rotation and crop box."""
    (x0, y0), (x1, y1), (x2, y2) = (_shown(page, x, y) for x, y in ((0, 0), (1_000, 0), (0, 1_000)))
    return (x1 - x0) / 1_000, (x2 - x0) / 1_000, x0, (y1 - y0) / 1_000, (y2 - y0) / 1_000, y0


def _shown(page: Any, x: float, y: float) -> tuple[float, float]:
    import pypdfium2.raw as c  # optional, see _open

    across, down = c_int(), c_int()
    c.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, x, y, byref(across), byref(down))
    return across.value / _GRID, down.value / _GRID


def _boxes(text: Any, places: array[int], frame: Frame) -> list[tuple[float, float, float, float]]:
    """Return (x0, y0, x1, y1) of what stands at some places of a page's text, in fractions of the page as it is shown.

    PDFium joins neighbouring characters of one font, so that there are few boxes to a line.
    """
    import pypdfium2.raw as c  # optional, see _open

    chars = [c.FPDFText_GetCharIndexFromTextIndex(text, index) for index in (places[:1] + places[-1:])]
    for step, which in ((1, 0), (-1, 1)):  # generated line ends have no character: take the next one that has
        at = 0 if which == 0 else len(places) - 1
        while chars and chars[which] < 0 and 0 <= at < len(places):
            chars[which] = c.FPDFText_GetCharIndexFromTextIndex(text, places[at])
            at += step
    if not chars or chars[0] < 0 or chars[1] < chars[0]:
        return []
    a, b, left_edge, d, e, top_edge = frame
    found: list[tuple[float, float, float, float]] = []
    for index in range(text.count_rects(chars[0], chars[1] - chars[0] + 1)):
        left, bottom, right, top = text.get_rect(index)
        room = (top - bottom) * _ROOM  # tight boxes cut off what hangs below the line
        bottom, top = bottom - room, top + room
        across = sorted((a * left + b * bottom + left_edge, a * right + b * top + left_edge))
        along = sorted((d * left + e * bottom + top_edge, d * right + e * top + top_edge))
        x0, x1, y0, y1 = (min(1.0, max(0.0, edge)) for edge in (*across, *along))
        if x0 < x1 and y0 < y1:
            found.append((x0, y0, x1, y1))
    return found


def _merged(boxes: list[tuple[float, float, float, float]], number: int) -> list[Rect]:
    """Join the boxes of characters that follow each other on a line."""
    lines: list[list[float]] = []
    for x0, y0, x1, y1 in boxes:
        if lines:
            line = lines[-1]
            shared = min(line[3], y1) - max(line[1], y0)
            if shared > 0.5 * min(line[3] - line[1], y1 - y0) and x0 >= line[0]:
                line[1], line[2], line[3] = min(line[1], y0), max(line[2], x1), max(line[3], y1)
                continue
        lines.append([x0, y0, x1, y1])
    return [Rect(page=number, x0=x0, y0=y0, x1=x1, y1=y1) for x0, y0, x1, y1 in lines]


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[Any]:
    with _LOCK:
        pdf = _open(data, name)
        try:
            yield pdf
        finally:
            pdf.close()


def _open(data: bytes, name: str) -> Any:
    try:
        import pypdfium2  # an optional extra, and slow to load
    except ImportError as error:
        raise MissingExtra(
            "Reading PDF files needs pypdfium2, which is not installed.",
            hint="Run: pip install 'agentkit-ms4[documents]'",
            extra="documents",
        ) from error
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise InvalidDocument(
                f"{name} is encrypted: it opens only with a password.",
                hint="Save a copy without password protection.",
            ) from error
        raise InvalidDocument(
            f"{name} is no readable PDF ({error}).",
            hint="It may be cut short; export or download it again.",
        ) from error


@contextmanager
def _page(pdf: Any, index: int) -> Iterator[tuple[Any, Any]]:
    page = pdf[index]
    try:
        text = page.get_textpage()
        try:
            yield page, text
        finally:
            text.close()
    finally:
        page.close()


def _failures() -> tuple[type[Exception], ...]:
    import pypdfium2  # optional, see _opened

    return (pypdfium2.PdfiumError,)
