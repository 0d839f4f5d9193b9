"""What the first bytes of a picture say: format, size and orientation. Nothing is decoded or decompressed."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from agentkit.errors import InvalidImage

Format = Literal["PNG", "JPEG", "WEBP", "GIF"]

SUPPORTED: Final = "Give PNG, JPEG, WEBP or GIF."

_MOST_BLOCKS = 65_536
_ORIENTATION = 0x0112
_SHORT = 3

_STRANGERS: Final = (
    (b"%PDF", "a PDF"), (b"II*\x00", "a TIFF picture"), (b"MM\x00*", "a TIFF picture"), (b"BM", "a BMP picture"),
    (b"<svg", "an SVG drawing"), (b"<?xml", "XML (an SVG drawing?)"), (b"\x00\x00\x01\x00", "an icon (ICO)"),
    (b"\x00\x00\x00\x0cjP", "a JPEG 2000 picture"), (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL", "a JPEG XL picture"), (b"8BPS", "a Photoshop file"), (b"PK\x03\x04", "a ZIP or Office file"),
    (b"<!DOCTYPE", "an HTML page"), (b"<html", "an HTML page"), (b"%!PS", "PostScript"), (b"\x1f\x8b", "a gzip file"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file says of its picture.

    Attributes:
        format: One of the four that are decoded.
        width: Pixels, as stored.
        height: Pixels, as stored.
        orientation: EXIF's, 1 to 8; from 5 on the picture lies on its side.
    """

    format: Format
    width: int
    height: int
    orientation: int = 1

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height once the picture is turned upright."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


def read_header(data: bytes, name: str) -> Header:
    """Read the header of an encoded picture.

    Args:
        data: The file.
        name: What to call it in errors.

    Raises:
        InvalidImage: It is empty, cut short, or of another format, which is named.
    """
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(data)
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
        if data[:6] in (b"GIF87a", b"GIF89a"):
            return _gif(data)
    except (struct.error, IndexError, _BrokenError):
        raise InvalidImage(f"{name} is cut short or broken.", hint="Save or download it again.") from None
    raise InvalidImage(f"{name} is {_kind(data)}.", hint=_advice(data))


class _BrokenError(Exception):
    """The header does not hold together."""


def _png(data: bytes) -> Header:
    if data[12:16] != b"IHDR":
        raise _BrokenError
    width, height = struct.unpack_from(">II", data, 16)
    exif = next((data[start:end] for kind, start, end in _png_chunks(data) if kind == b"eXIf"), b"")
    return Header(format="PNG", width=width, height=height, orientation=_orientation(exif))


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    place = 8
    for _ in range(_MOST_BLOCKS):
        if place + 8 > len(data):
            return
        length = int.from_bytes(data[place : place + 4], "big")
        yield data[place + 4 : place + 8], place + 8, place + 8 + length
        place += length + 12


def _jpeg(data: bytes) -> Header:
    orientation = 1
    place = 2
    for _ in range(_MOST_BLOCKS):
        place = data.find(b"\xff", place)
        if place < 0:
            break
        marker = data[place + 1]
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD8:  # filling, or a marker without a body
            place += 1 if marker == 0xFF else 2
            continue
        if marker in (0xD9, 0xDA):  # the end, or pixels before any size
            break
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, place + 5)
            return Header(format="JPEG", width=width, height=height, orientation=orientation)
        if marker == 0xE1 and data[place + 4 : place + 10] == b"Exif\0\0":
            orientation = _orientation(data[place + 10 : place + 2 + length])
        place += 2 + length
    raise _BrokenError


def _gif(data: bytes) -> Header:
    """Read the canvas, and the first frame's place on it: where that reaches beyond, the picture grows."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    place = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    for _ in range(_MOST_BLOCKS):
        kind = data[place : place + 1]
        if kind == b",":
            left, top, frame_width, frame_height = struct.unpack_from("<HHHH", data, place + 1)
            width, height = max(width, left + frame_width), max(height, top + frame_height)
            break
        if kind != b"!":  # no frame: the decoder will say so
            break
        place += 2
        while length := data[place]:
            place += length + 1
        place += 1
    return Header(format="GIF", width=width, height=height)


def _webp(data: bytes) -> Header:
    kind = data[12:16]
    if kind == b"VP8X":
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
        if len(data) < 30:
            raise _BrokenError
        return Header(format="WEBP", width=width, height=height, orientation=_orientation(_webp_exif(data)))
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return Header(format="WEBP", width=width & 0x3FFF, height=height & 0x3FFF)
    if kind == b"VP8L" and data[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", data, 21)
        return Header(format="WEBP", width=1 + (bits & 0x3FFF), height=1 + (bits >> 14 & 0x3FFF))
    raise _BrokenError


def _webp_exif(data: bytes) -> bytes:
    place = 12
    for _ in range(_MOST_BLOCKS):
        if place + 8 > len(data):
            break
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        if data[place : place + 4] == b"EXIF":
            return data[place + 8 : place + 8 + length].removeprefix(b"Exif\0\0")
        place += 8 + length + length % 2
    return b""


def _orientation(exif: bytes) -> int:
    """Return the orientation in a TIFF block, 1 where there is none or the block is broken."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, start)
        for place in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(order + "HH", exif, place)
            if tag == _ORIENTATION and kind == _SHORT:
                (value,) = struct.unpack_from(order + "H", exif, place + 8)
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def _kind(data: bytes) -> str:
    if not data:
        return "empty"
    if data[4:8] == b"ftyp":
        return "an AVIF, HEIC or video file"
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return next(
        (kind for magic, kind in _STRANGERS if start.startswith(magic)), "no picture of a known format"
    )


def _advice(data: bytes) -> str:
    return "Give its pages: Image.from_pdf(...)." if data.startswith(b"%PDF") else SUPPORTED
