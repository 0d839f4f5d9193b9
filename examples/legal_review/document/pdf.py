"""PDF contracts: text with places, through pypdfium2 (extra `documents`)."""

from __future__ import annotations

import hashlib
import threading
from typing import Any

from agentkit import Image
from agentkit.errors import InvalidDocument, MissingExtra
from examples.legal_review.document.model import FEW_CHARS, Document, Page, Rect
from examples.legal_review.document.outline import find_sections, find_terms

_pdfium = threading.Lock()  # PDFium is not thread-safe


def read_pdf(data: bytes, name: str, *, most_pages: int) -> Document:
    """Read the text layer; a page with next to no text is left to be read as an image.

    Raises:
        InvalidDocument: The PDF is encrypted, broken, without pages, or too long.
        MissingExtra: pypdfium2 is not installed.
    """
    pieces: list[str] = []
    pages: list[Page] = []
    length = 0
    with _pdfium:
        document = _open(data, name)
        try:
            count = len(document)
            if count == 0:
                raise InvalidDocument(f"{name} has no pages.", hint="Give the contract itself.")
            if count > most_pages:
                raise InvalidDocument(
                    f"{name} has {count} pages.", hint=f"At most {most_pages} are read; split it."
                )
            for number in range(1, count + 1):
                page = document[number - 1]
                text_page = page.get_textpage()
                text = text_page.get_text_range().replace("\r\n", " \n")
                width, height = page.get_size()
                pages.append(
                    Page(
                        number=number,
                        start=length,
                        end=length + len(text),
                        width=width,
                        height=height,
                        kind="text" if len(text.strip()) >= FEW_CHARS else "image",
                    )
                )
                pieces.append(text)
                length += len(text) + 1
                text_page.close()
                page.close()
        finally:
            document.close()
    whole = "\n".join(pieces)
    return Document(
        name=name,
        kind="pdf",
        text=whole,
        sha256=hashlib.sha256(data).hexdigest(),
        pages=tuple(pages),
        sections=find_sections(whole),
        terms=find_terms(whole),
        source=_Pages(data, name),
    )


class _Pages:
    """Opens the PDF again to show where text stands."""

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._name = name

    def rects(self, page: int, start: int, end: int) -> list[Rect]:
        """Return one rectangle a line; characters are counted as PDFium counts them."""
        with _pdfium:
            document = _open(self._data, self._name)
            try:
                opened = document[page - 1]
                text_page = opened.get_textpage()
                width, height = opened.get_size()
                return _lines(text_page, page, start, end, width, height)
            finally:
                document.close()

    def image(self, page: int) -> Image:
        """Return the page as an image."""
        return Image.from_pdf(self._data, [page])[0]


def _lines(text_page: Any, page: int, start: int, end: int, width: float, height: float) -> list[Rect]:
    lines: list[list[float]] = []
    for index in range(start, min(end, text_page.count_chars())):
        left, bottom, right, top = text_page.get_charbox(index)
        if right <= left or top <= bottom:
            continue
        middle = (bottom + top) / 2
        line = lines[-1] if lines else [0.0, 0.0, 0.0, 0.0]
        slack = (line[3] - line[1]) / 2  # commas hang below the letters, quotation marks stand above
        if lines and line[1] - slack <= middle <= line[3] + slack and left >= line[0] - 1:
            line[1], line[2], line[3] = min(line[1], bottom), max(line[2], right), max(line[3], top)
        else:
            lines.append([left, bottom, right, top])
    return [
        Rect(page=page, x0=left / width, y0=1 - top / height, x1=right / width, y1=1 - bottom / height)
        for left, bottom, right, top in lines
    ]


def _open(data: bytes, name: str) -> Any:
    try:
        import pypdfium2  # from the extra
    except ImportError:
        raise MissingExtra(
            "PDF files need pypdfium2.",
            hint="Install it with: pip install 'agentkit-ms4[documents]'",
            extra="documents",
        ) from None
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise InvalidDocument(f"{name} is encrypted.", hint="Save it without a password first.") from None
        raise InvalidDocument(
            f"{name} is no readable PDF ({error}).", hint="Save or download it again."
        ) from None
