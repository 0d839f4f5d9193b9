"""From flat pixels to the file that is sent: PNG for pages of few colours, else JPEG."""

from __future__ import annotations

import hashlib
import io
from typing import Literal

import PIL.Image

from agentkit.errors import InvalidImage
from agentkit.protocol.images import ImageData
from agentkit.vision.budget import ImageBudget
from agentkit.vision.decode import decode, load_opened
from agentkit.vision.flatten import flatten
from agentkit.vision.header import read_header
from agentkit.vision.tokens import image_tokens

_FLAT_SHARE = 4
_PNG_BYTES_PER_PIXEL = 0.5


def encode_file(data: bytes, name: str, budget: ImageBudget) -> ImageData:
    """Turn a PNG, JPEG, WEBP or GIF file into what is sent.

    Raises:
        InvalidImage: It is empty, of another format, cut short, broken, or larger than the budget.
    """
    header = read_header(data, name)
    image = decode(data, header, name, budget)
    return _encode(image, header.orientation, name, budget)


def encode_opened(image: PIL.Image.Image, name: str, budget: ImageBudget) -> ImageData:
    """Turn an opened picture into what is sent; the picture itself is left as it is.

    Raises:
        InvalidImage: It is closed, cut short, broken, or larger than the budget.
    """
    return _encode(image, load_opened(image, name, budget), name, budget)


def _encode(image: PIL.Image.Image, orientation: int, name: str, budget: ImageBudget) -> ImageData:
    try:
        flat = flatten(image, orientation=orientation, max_side=budget.max_side)
    except (ValueError, OSError) as error:
        raise InvalidImage(
            f"{name} has pixels of mode {image.mode}, which cannot be shown ({error}).",
            hint="Convert it to RGB first.",
        ) from None
    media_type, data = _compress(flat, budget)
    return ImageData(
        media_type=media_type,
        data=data,
        width=flat.width,
        height=flat.height,
        sha256=hashlib.sha256(data).hexdigest(),
        tokens=image_tokens(*flat.size),
    )


def _compress(
    image: PIL.Image.Image, budget: ImageBudget
) -> tuple[Literal["image/png", "image/jpeg"], bytes]:
    if image.mode == "RGB" and _is_grey(image):
        image = image.getchannel(0)
    if _is_page(image, budget.few_colours):
        png = _save(image, "PNG", compress_level=6)
        if len(png) <= _PNG_BYTES_PER_PIXEL * image.width * image.height:
            return "image/png", png
    return "image/jpeg", _save(image, "JPEG", quality=budget.jpeg_quality, subsampling=0)


def _is_page(image: PIL.Image.Image, few_colours: int) -> bool:
    """Whether the picture has few colours, and a quarter of it is of one colour: paper, that is, or a window."""
    colours = image.getcolors(few_colours)
    return (
        colours is not None and max(count for count, _ in colours) * _FLAT_SHARE >= image.width * image.height
    )


def _is_grey(image: PIL.Image.Image) -> bool:
    sample = image.resize((min(64, image.width), min(64, image.height)), PIL.Image.Resampling.NEAREST)
    return all(
        red.tobytes() == green.tobytes() == blue.tobytes()
        for red, green, blue in (sample.split(), image.split())
    )


def _save(image: PIL.Image.Image, kind: str, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
