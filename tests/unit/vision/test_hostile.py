"""Any bytes at all end in a picture or in a typed error, within the bounds, and the header never lies about the cost."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import PIL.Image
import PIL.ImageDraw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit import Image
from agentkit.errors import InvalidImage
from agentkit.vision.budget import ImageBudget
from agentkit.vision.header import read_header


def encoded(image: PIL.Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PICTURE = PIL.Image.new("RGB", (23, 17), "white")
PIL.ImageDraw.Draw(PICTURE).line((0, 0, 22, 16), fill="red", width=3)
EXIF = PIL.Image.Exif()
EXIF[0x0112] = 6
FRAMES = [PIL.Image.new("RGB", (23, 17), colour) for colour in ("red", "green", "blue")]
FILES = {
    "png": encoded(PICTURE, "PNG"),
    "png-exif": encoded(PICTURE, "PNG", exif=EXIF),
    "png-grey16": encoded(PIL.Image.new("I;16", (23, 17), 40_000), "PNG"),
    "png-palette": encoded(PICTURE.convert("P"), "PNG", transparency=0),
    "apng": encoded(FRAMES[0], "PNG", save_all=True, append_images=FRAMES[1:]),
    "jpeg": encoded(PICTURE, "JPEG"),
    "jpeg-exif": encoded(PICTURE, "JPEG", exif=EXIF),
    "jpeg-progressive": encoded(PICTURE, "JPEG", progressive=True),
    "jpeg-cmyk": encoded(PICTURE.convert("CMYK"), "JPEG"),
    "webp": encoded(PICTURE, "WEBP"),
    "webp-lossless": encoded(PICTURE, "WEBP", lossless=True),
    "webp-exif": encoded(PICTURE, "WEBP", exif=EXIF),
    "webp-animated": encoded(FRAMES[0], "WEBP", save_all=True, append_images=FRAMES[1:]),
    "gif": encoded(PICTURE, "GIF"),
    "gif-animated": encoded(FRAMES[0], "GIF", save_all=True, append_images=FRAMES[1:]),
}
BUDGET = ImageBudget(max_pixels=1_000_000)


def refusal(work: Callable[[], object]) -> InvalidImage | None:
    try:
        work()
    except InvalidImage as error:
        return error
    return None


def outcome(data: bytes) -> str:
    """Prepare the picture; whatever comes, its cost must be what the header said."""
    image = Image(data, budget=BUDGET)
    foretold: list[int] = []
    refused = refusal(lambda: foretold.append(image.tokens)), refusal(image.prepare)
    for error in filter(None, refused):
        assert error.hint
        assert len(str(error)) < 600
    if refused[1]:
        return "refused"
    ready = image.prepare()
    assert foretold == [ready.tokens]
    assert 2 <= ready.width <= 1540
    assert 2 <= ready.height <= 1540
    return "taken"


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_cut_anywhere_is_refused_or_whole_enough(name: str) -> None:
    data = FILES[name]
    assert outcome(data) == "taken"
    assert [outcome(data[:length]) for length in range(min(len(data), 60))] == ["refused"] * min(
        len(data), 60
    )
    for length in range(60, len(data)):
        outcome(data[:length])


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "gif"])
def test_half_a_picture_is_never_sent_as_a_whole_one(name: str) -> None:
    noise = encoded(PIL.Image.effect_noise((200, 200), 80).convert("RGB"), name.upper())
    for share in (0.3, 0.5, 0.8, 0.95):
        with pytest.raises(InvalidImage, match="cut short or broken"):
            Image(noise[: int(len(noise) * share)]).prepare()


@given(
    name=st.sampled_from(sorted(FILES)),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_a_file_with_wrong_bytes_ends_in_a_picture_or_a_typed_error(
    name: str, changes: list[tuple[float, int]]
) -> None:
    data = bytearray(FILES[name])
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    outcome(bytes(data))


START = st.sampled_from(
    [
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"RIFF\x10\0\0\0WEBP",
        b"RIFF\x10\0\0\0WEBPVP8X",
        b"GIF89a",
        b"%PDF-1.7",
        b"",
    ]
)


@given(start=START, rest=st.binary(max_size=200))
def test_any_bytes_behind_any_signature_have_a_header_or_a_typed_error(start: bytes, rest: bytes) -> None:
    if refused := refusal(lambda: read_header(start + rest, "x")):
        assert refused.hint
    else:
        assert read_header(start + rest, "x").orientation in range(1, 9)
    outcome(start + rest)


def png(width: int, height: int, pixels: bytes, *between: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + b"".join(between)
        + chunk(b"IDAT", zlib.compress(pixels))
        + chunk(b"IEND", b"")
    )


BOMB = zlib.compress(bytes(80_000_000))
SMALL = bytes(10 * (3 * 10 + 1))
GIF = (
    b"GIF89a"
    + struct.pack("<HH", 10, 10)
    + b"\x80\0\0\0\0\0\xff\xff\xff,"
    + struct.pack("<HHHH", 0, 0, 60_000, 60_000)
    + b"\0\x02\x02\x4c\x01\0;"
)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (png(60_000, 60_000, b""), "60000 x 60000"),
        (png(10, 10, SMALL, chunk(b"zTXt", b"k\0\0" + BOMB)), "broken"),
        (png(10, 10, SMALL, chunk(b"iTXt", b"k\0\1\0\0\0" + BOMB)), "broken"),
        (png(10, 10, SMALL, chunk(b"iCCP", b"k\0\0" + BOMB)), "broken"),
        (GIF, "60000 x 60000"),
        (b"GIF89a" + struct.pack("<HH", 65_000, 65_000) + GIF[10:], "65000 x 65000"),
        (FILES["webp-exif"][:24] + b"\xff\xff\x00\xff\xff\x00" + FILES["webp-exif"][30:], "65536 x 65536"),
        (png(0, 10, b""), "no pixels"),
    ],
)  # fmt: skip
def test_bombs_of_every_format_are_refused_before_they_unfold(data: bytes, said: str) -> None:
    with pytest.raises(InvalidImage, match=said):
        Image(data).prepare()


def test_pixels_beyond_the_picture_are_not_unpacked() -> None:
    assert Image(png(10, 10, SMALL + bytes(50_000_000))).prepare().width == 10
