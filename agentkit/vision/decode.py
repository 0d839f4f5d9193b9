"""From a file's bytes to pixels, with every failure of the decoder told as `InvalidImage`."""

from __future__ import annotations

import io
import threading
from typing import Any, Final

import PIL.Image
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from agentkit.errors import InvalidImage
from agentkit.vision.budget import ImageBudget
from agentkit.vision.header import Format, Header

_READERS: Final[dict[Format, type[ImageFile]]] = {
    "PNG": PngImageFile,
    "JPEG": JpegImageFile,
    "WEBP": WebPImageFile,
    "GIF": GifImageFile,
}
"""Asked directly: `PIL.Image.open` would try every format it knows, and warns instead of refusing."""

_EXIF_ORIENTATION = 0x0112
_loading = threading.Lock()


def decode(data: bytes, header: Header, name: str, budget: ImageBudget) -> PIL.Image.Image:
    """Decode a picture; of an animation, the first frame.

    A JPEG of more than four times the side that is sent is decoded at a half, a quarter or an eighth.

    Raises:
        InvalidImage: It is cut short, broken, or has more than `budget.max_pixels`.
    """
    check_pixels((header.width, header.height), name, budget)
    try:
        image = _READERS[header.format](io.BytesIO(data))
        check_pixels(image.size, name, budget)
        if isinstance(image, JpegImageFile):
            room = 2 * budget.max_side
            ratio = room / max(image.size)
            image.draft(None, (max(1, int(image.width * ratio)), max(1, int(image.height * ratio))))
        image.load()
    except InvalidImage:
        raise
    except Exception as error:  # the readers raise a dozen kinds on hostile bytes, some by accident
        raise _broken(name, error) from None
    return image


def load_opened(image: PIL.Image.Image, name: str, budget: ImageBudget) -> int:
    """Read the pixels of a picture that the caller opened, and return its EXIF orientation.

    Raises:
        InvalidImage: It is cut short, broken or closed, or has more than `budget.max_pixels`.
    """
    check_pixels(image.size, name, budget)
    try:
        with _loading:  # the same picture may be sent by two threads, and reading moves a file's place
            image.load()
    except Exception as error:  # as above
        raise _broken(name, error) from None
    return orientation_of(image)


def orientation_of(image: PIL.Image.Image) -> int:
    """Return the EXIF orientation of an opened picture, 1 where there is none or it cannot be read."""
    try:
        value: Any = image.getexif().get(_EXIF_ORIENTATION, 1)
    except Exception:  # metadata is never a reason to refuse a picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def check_pixels(size: tuple[int, int], name: str, budget: ImageBudget) -> None:
    """Refuse a size in pixels that is nothing or too much.

    Raises:
        InvalidImage: It has no pixels, or more than `budget.max_pixels`.
    """
    width, height = size
    if width < 1 or height < 1:
        raise InvalidImage(f"{name} has no pixels.", hint="Save or download it again.")
    if width * height > budget.max_pixels:
        raise InvalidImage(
            f"{name} has {width} x {height} pixels; at most {budget.max_pixels:,} are decoded.",
            hint="Scale it down first, or raise ImageBudget(max_pixels=...).",
        )


def _broken(name: str, error: Exception) -> InvalidImage:
    reason = str(error)[:200] or type(error).__name__
    return InvalidImage(f"{name} is cut short or broken ({reason}).", hint="Save or download it again.")
