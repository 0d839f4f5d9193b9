"""PDF pages as pictures, through pypdfium2 (extra `documents`)."""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from agentkit.errors import InvalidDocument, MissingExtra
from agentkit.protocol.images import ImageData
from agentkit.vision.budget import ImageBudget
from agentkit.vision.cache import prepared

if TYPE_CHECKING:
    import PIL.Image

_pdfium = threading.Lock()  # PDFium is not safe to use from two threads
_LOCK_SECONDS = 60.0


class PdfFile:
    """A PDF's bytes, shared by its pages.

    Args:
        data: The file.
        name: What to call it in errors.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self.digest = hashlib.sha256(data).digest()
        self._data = data

    def count_pages(self) -> int:
        """Return the number of pages.

        Raises:
            InvalidDocument: The PDF is encrypted, broken or empty.
            MissingExtra: pypdfium2 is not installed.
        """
        with self.opened() as document:
            count = len(document)
        if not count:
            raise InvalidDocument(f"{self.name} has no pages.", hint="Export the PDF again.")
        return count

    @contextmanager
    def opened(self) -> Generator[Any]:
        """Open the document, alone; whatever PDFium reports inside is an `InvalidDocument`."""
        pdfium = _import_pdfium()
        if not _pdfium.acquire(timeout=_LOCK_SECONDS):
            raise InvalidDocument(
                f"{self.name} was not opened: another PDF has been rendering for {_LOCK_SECONDS:g} s.",
                hint="Look at that PDF; nothing else can be rendered meanwhile.",
            )
        try:
            document = pdfium.PdfDocument(self._data)
            try:
                yield document
            finally:
                document.close()
        except (pdfium.PdfiumError, FileNotFoundError, ValueError, MemoryError) as error:
            if "password" in str(error).lower():
                raise InvalidDocument(
                    f"{self.name} is encrypted.", hint="Save it without a password first."
                ) from None
            raise InvalidDocument(
                f"{self.name} cannot be read as a PDF ({error}).", hint="Export or download it again."
            ) from None
        finally:
            _pdfium.release()


class PdfPage:
    """One page of a PDF, rendered when it is prepared.

    Args:
        file: The PDF.
        number: Counted from 1; the caller has checked that there is such a page.
    """

    def __init__(self, file: PdfFile, number: int) -> None:
        self._file = file
        self._number = number

    def size(self, name: str, budget: ImageBudget) -> tuple[int, int]:
        """Return width and height in pixels at which the page will be rendered."""
        with self._file.opened() as document:
            page = document[self._number - 1]
            scale = _scale(page, name, budget)
            width, height = page.get_size()
            return max(1, math.ceil(width * scale)), max(1, math.ceil(height * scale))

    def prepare(self, name: str, budget: ImageBudget) -> ImageData:
        """Return what is sent; kept by the PDF's content and the page."""
        from agentkit.vision.encode import encode_opened  # loads PIL

        key = self._file.digest, self._number, budget
        return prepared.get(key, lambda: encode_opened(self._render(name, budget), name, budget))

    def _render(self, name: str, budget: ImageBudget) -> PIL.Image.Image:
        with self._file.opened() as document:
            document.init_forms()  # so that what was filled in is drawn
            page = document[self._number - 1]
            bitmap = page.render(scale=_scale(page, name, budget), rev_byteorder=True)
            return cast("PIL.Image.Image", bitmap.to_pil().copy())


def _scale(page: Any, name: str, budget: ImageBudget) -> float:
    """Return pixels a point, so that the longest side has `budget.max_side` pixels at most."""
    longest = max(page.get_size())
    if not longest > 0:
        raise InvalidDocument(f"{name} has no size.", hint="Export the PDF again.")
    return (budget.max_side - 0.01) / float(longest)  # PDFium rounds up


def _import_pdfium() -> Any:
    try:
        import pypdfium2  # from the extra
    except ImportError:
        raise MissingExtra(
            "PDF pages need pypdfium2.",
            hint="Install it with: pip install 'agentkit-ms4[documents]'",
            extra="documents",
        ) from None
    return pypdfium2
