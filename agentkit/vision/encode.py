"""Decoding a picture safely and encoding it for the model."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import struct
import urllib.parse
import warnings
from typing import Any, Literal

import PIL.Image
import PIL.ImageOps

from agentkit.errors import InvalidImage
from agentkit.protocol.images import ImageData
from agentkit.vision.budget import ImageBudget
from agentkit.vision.tokens import image_tokens, scaled

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
"""What is decoded; anything else is refused by name."""

_SMALLEST = 2  # llama.cpp asserts on pictures of less than 2 pixels a side


def encode(data: bytes, name: str, budget: ImageBudget) -> ImageData:
    """Decode a file and encode it for the model.

    Raises:
        InvalidImage: It is empty, of another format, cut short, or larger than the budget.
    """
    if len(data) > budget.max_bytes:
        raise _refused(name, f"has more than {budget.max_bytes:,} bytes", "Give a smaller file.")
    try:
        with warnings.catch_warnings():
            # Pillow only warns of bombs, and our own bound comes first
            warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)
            with PIL.Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _check_size(image, name, budget)
                image.load()
                return encode_pillow(image, name, budget)
    except PIL.UnidentifiedImageError:
        raise _refused(name, f"is {_kind(data)}", f"Supported: {', '.join(FORMATS)}.") from None
    except PIL.Image.DecompressionBombError:
        raise _refused(name, "would be too large to decode", "Give a picture of fewer pixels.") from None
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        struct.error,
        MemoryError,
        OverflowError,
        IndexError,
    ) as error:
        raise _refused(name, f"is cut short or broken ({error})", "Save or download it again.") from None


def encode_pillow(image: PIL.Image.Image, name: str, budget: ImageBudget) -> ImageData:
    """Encode a decoded picture: upright, on white, within the budget, without metadata."""
    _check_size(image, name, budget)
    upright = PIL.ImageOps.exif_transpose(image)
    plain = _on_white(upright)
    size = scaled(*plain.size, budget.max_side)
    if size != plain.size:
        plain = plain.resize(size, PIL.Image.Resampling.LANCZOS, reducing_gap=3.0)
    if min(plain.size) < _SMALLEST:
        canvas = PIL.Image.new(
            plain.mode, (max(plain.width, _SMALLEST), max(plain.height, _SMALLEST)), "white"
        )
        canvas.paste(plain)
        plain = canvas
    media_type, encoded = _compress(plain, budget)
    return ImageData(
        media_type=media_type,
        data=encoded,
        width=plain.width,
        height=plain.height,
        sha256=hashlib.sha256(encoded).hexdigest(),
        tokens=image_tokens(*plain.size),
    )


def decode_data_url(url: str, name: str, budget: ImageBudget) -> bytes:
    """Return the bytes of a `data:` URL.

    Raises:
        InvalidImage: It is malformed, too long, or says that it is no image.
    """
    header, comma, payload = url.partition(",")
    kind, *parameters = header.removeprefix("data:").split(";")
    if not comma or (kind and not kind.lower().startswith("image/")):
        raise _refused(name, "is no image as a data: URL", "It begins with data:image/png;base64,")
    if len(payload) > budget.max_bytes * 3:
        raise _refused(name, f"has more than {budget.max_bytes:,} bytes", "Give a smaller picture.")
    if "base64" not in [parameter.strip().lower() for parameter in parameters]:
        return urllib.parse.unquote_to_bytes(payload)
    try:
        return base64.b64decode("".join(urllib.parse.unquote(payload).split()), validate=True)
    except (binascii.Error, ValueError):
        raise _refused(name, "is no valid base64", "Encode the picture again.") from None


def _check_size(image: PIL.Image.Image, name: str, budget: ImageBudget) -> None:
    width, height = image.size
    if width * height > budget.max_pixels:
        raise _refused(name, f"has {width} x {height} pixels", f"Give at most {budget.max_pixels:,} pixels.")
    if width < 1 or height < 1:
        raise _refused(name, "has no pixels", "Give a picture.")


def _on_white(image: PIL.Image.Image) -> PIL.Image.Image:
    """Return the picture as RGB or grey; transparency shows white."""
    if image.mode in ("RGB", "L"):
        return image
    if image.mode.startswith("I") or image.mode == "F":  # 16 and 32 bit greys
        extrema: Any = image.getextrema()
        high = float(extrema[1])
        top = 65535.0 if image.mode.startswith("I") and high > 255 else max(255.0, high)
        return image.convert("F").point(lambda value: value * (255.0 / top)).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layered = image.convert("RGBA")
        white = PIL.Image.new("RGBA", layered.size, "white")
        return PIL.Image.alpha_composite(white, layered).convert("RGB")
    return image.convert("L" if image.mode == "1" else "RGB")


def _compress(
    image: PIL.Image.Image, budget: ImageBudget
) -> tuple[Literal["image/png", "image/jpeg"], bytes]:
    """PNG keeps pages of few colours sharp; photographs go as JPEG with full chroma."""
    grey = image.mode == "L" or _is_grey(image)
    colours = image.getcolors(budget.few_colours) if not grey else [()]
    out = io.BytesIO()
    if grey and _few_tones(image):
        image.convert("L").save(out, "PNG", compress_level=6)
        return "image/png", out.getvalue()
    if not grey and colours is not None:
        image.save(out, "PNG", compress_level=6)
        return "image/png", out.getvalue()
    image.save(out, "JPEG", quality=budget.jpeg_quality, subsampling=0)
    return "image/jpeg", out.getvalue()


def _is_grey(image: PIL.Image.Image) -> bool:
    small = image if max(image.size) <= 512 else image.resize((256, 256), PIL.Image.Resampling.NEAREST)
    red, green, blue = small.split()
    if red.tobytes() != green.tobytes() or green.tobytes() != blue.tobytes():
        return False
    red, green, blue = image.split()
    return red.tobytes() == green.tobytes() == blue.tobytes()


def _few_tones(image: PIL.Image.Image) -> bool:
    """Whether a grey picture is a page: most of it is one tone. A grey photograph is not."""
    histogram = image.convert("L").histogram()
    return max(histogram) * 2 >= sum(histogram)


def _kind(data: bytes) -> str:
    if not data:
        return "empty"
    for magic, kind in (
        (b"%PDF", "a PDF: use Image.from_pdf"), (b"II*\x00", "a TIFF"), (b"MM\x00*", "a TIFF"), (b"BM", "a BMP"),
        (b"<svg", "an SVG"), (b"<?xml", "XML or SVG"), (b"\x00\x00\x01\x00", "an icon"),
    ):  # fmt: skip
        if data.startswith(magic):
            return kind
    return "an AVIF or HEIF picture" if data[4:8] == b"ftyp" else "no picture of a supported format"


def _refused(name: str, what: str, hint: str) -> InvalidImage:
    return InvalidImage(f"{name} {what}.", hint=hint)
