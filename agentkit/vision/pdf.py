"""PDF pages as pictures, through pypdfium2 (extra `documents`)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, cast

import PIL.Image

from agentkit.errors import InvalidDocument, MissingExtra

_pdfium = threading.Lock()  # PDFium is not thread-safe


@dataclass(frozen=True, slots=True)
class PdfPage:
    """One page, by its number from 1."""

    data: bytes
    number: int

    def render(self, max_side: int) -> PIL.Image.Image:
        """Draw the page so that its longest side has `max_side` pixels."""
        with _pdfium:
            document = _open(self.data)
            try:
                count = len(document)
                if not 1 <= self.number <= count:
                    raise InvalidDocument(
                        f"The PDF has no page {self.number}.", hint=f"Its pages are 1 to {count}."
                    )
                page = document[self.number - 1]
                image = page.render(scale=max_side / max(page.get_size())).to_pil()
                return cast("PIL.Image.Image", image.copy())
            finally:
                document.close()


def count_pages(data: bytes) -> int:
    """Return the number of pages."""
    with _pdfium:
        document = _open(data)
        try:
            return len(document)
        finally:
            document.close()


def _open(data: bytes) -> Any:
    try:
        import pypdfium2  # from the extra
    except ImportError:
        raise MissingExtra(
            "PDF pages need pypdfium2.",
            hint="Install it with: pip install 'agentkit-ms4[documents]'",
            extra="documents",
        ) from None
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise InvalidDocument("The PDF is encrypted.", hint="Save it without a password first.") from None
        raise InvalidDocument(
            f"The PDF cannot be opened ({error}).", hint="Save or download it again."
        ) from None
