"""Images of pages: PNG, JPEG, WebP and TIFF (also of several pages)."""

from __future__ import annotations

import io
import warnings
from typing import Final

from PIL import Image as Pillow
from PIL import ImageOps, ImageSequence

from agentkit.errors import InvalidDocument
from examples.legal_review.document.parts import Page, Rect

MAX_PIXELS: Final = 100_000_000
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "TIFF")


def frames(files: list[bytes], names: list[str], most_pages: int) -> list[bytes]:
    """Return one image file a page, upright; files with one upright page are returned as they are.

    Raises:
        InvalidDocument: No image, cut short, too large to decode, or too many pages.
    """
    found: list[bytes] = []
    for data, name in zip(files, names, strict=True):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Pillow warns of odd metadata, which does not matter here
                with Pillow.open(io.BytesIO(data), formats=_FORMATS) as image:
                    found += _upright(image, data, name, most_pages - len(found))
        except InvalidDocument:
            raise
        except Exception as error:  # Pillow's plugins raise many types for broken files
            raise InvalidDocument(
                f"{name} is no readable image ({type(error).__name__}).", hint="Scan or export it again."
            ) from error
    return found


def pages(files: list[bytes]) -> list[Page]:
    """Return the pages that image files stand for, in pixels."""
    found: list[Page] = []
    for number, data in enumerate(files, 1):
        with Pillow.open(io.BytesIO(data)) as image:
            width, height = image.size
        found.append(Page(number=number, start=0, end=0, width=width, height=height, kind="image"))
    return found


class Pictures:
    """Pages that are images themselves."""

    def __init__(self, files: list[bytes]) -> None:
        self._files = files

    def rects(self, page: int, start: int, end: int) -> list[Rect]:
        """Return nothing: a transcript does not say where its words stand."""
        del page, start, end
        return []

    def picture(self, page: int, longest_edge: int) -> Pillow.Image:
        """Return a page as an RGB picture of at most so many pixels a side."""
        with Pillow.open(io.BytesIO(self._files[page - 1])) as image:
            drawn = image.convert("RGB")
        drawn.thumbnail((longest_edge, longest_edge), Pillow.Resampling.LANCZOS)
        return drawn


def _upright(image: Pillow.Image, data: bytes, name: str, most: int) -> list[bytes]:
    count = getattr(image, "n_frames", 1)
    if count > most:
        raise InvalidDocument(f"{name} brings too many pages.", hint="Split it, or raise max_pages.")
    if image.width * image.height > MAX_PIXELS:
        raise InvalidDocument(
            f"{name} has {image.width} x {image.height} pixels, too many to decode.",
            hint="Scan it with 300 dpi or less.",
        )
    if count == 1 and image.getexif().get(0x0112, 1) == 1:
        image.load()
        return [data]
    found: list[bytes] = []
    for frame in ImageSequence.Iterator(image):
        upright = ImageOps.exif_transpose(frame).convert("RGB")
        buffer = io.BytesIO()
        upright.save(buffer, "PNG")
        found.append(buffer.getvalue())
    return found
