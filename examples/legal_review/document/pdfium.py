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
from typing import Any, Final, cast

from PIL import Image as Pillow

from agentkit import Image
from agentkit.errors import InvalidDocument, MissingExtra
from examples.legal_review.document.parts import LONGEST_EDGE, Rect

_LOCK = threading.RLock()
_GRID: Final = 1_000_000
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
    """The pages of a PDF, opened again to see where text stands."""

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._name = name

    def rects(self, page: int, start: int, end: int) -> list[Rect]:
        """Return the rectangles, one a line, of characters of a page's text (as `page_texts` gives it)."""
        with _opened(self._data, self._name) as pdf, _page(pdf, page - 1) as (opened, text):
            places = _places(text.get_text_range())
            wanted = dict.fromkeys(places[start:end])
            return _merged([box for index in wanted if (box := _box(opened, text, index))], page)

    def picture(self, page: int) -> Pillow.Image:
        """Return a page as an RGB picture of at most 1540 pixels a side."""
        with _opened(self._data, self._name) as pdf:
            opened = pdf[page - 1]
            try:
                drawn = opened.render(scale=LONGEST_EDGE / max(opened.get_size())).to_pil().convert("RGB")
            finally:
                opened.close()
        drawn.thumbnail((LONGEST_EDGE, LONGEST_EDGE))  # PDFium rounds sizes up
        return cast("Pillow.Image", drawn)

    def image(self, page: int) -> Image:
        """Return a page for the model; drawn here, because every use of PDFium must hold the one lock."""
        return Image(self.picture(page), name=f"{self._name} p.{page}")


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


def _box(page: Any, text: Any, index: int) -> tuple[float, float, float, float] | None:
    """Return (x0, y0, x1, y1) of a character in fractions of the page as it is shown; None for one with no place."""
    import pypdfium2.raw as c  # optional, see _opened

    char = c.FPDFText_GetCharIndexFromTextIndex(text, index)
    if char < 0 or c.FPDFText_IsGenerated(text, char) == 1:
        return None
    left, bottom, right, top = text.get_charbox(char, loose=True)
    if right <= left or top <= bottom:
        return None
    (x0, y0), (x1, y1) = _shown(c, page, left, top), _shown(c, page, right, bottom)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _shown(c: Any, page: Any, x: float, y: float) -> tuple[float, float]:
    across, down = c_int(), c_int()
    c.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, x, y, byref(across), byref(down))
    return min(1.0, max(0.0, across.value / _GRID)), min(1.0, max(0.0, down.value / _GRID))


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
    try:
        import pypdfium2  # an optional extra, and slow to load
    except ImportError as error:
        raise MissingExtra(
            "Reading PDF files needs pypdfium2, which is not installed.",
            hint="Run: pip install 'agentkit-ms4[documents]'",
            extra="documents",
        ) from error
    with _LOCK:
        try:
            pdf = pypdfium2.PdfDocument(data)
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
        try:
            yield pdf
        finally:
            pdf.close()


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
