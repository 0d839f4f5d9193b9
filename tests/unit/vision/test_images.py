"""Images: whatever comes in, what goes out is upright, bounded, clean and legible."""

from __future__ import annotations

import base64
import io
import random
import struct
import threading
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest
from mistral_common.tokens.tokenizers.image import ImageConfig, ImageEncoder, SpecialImageIDs

from agentkit import Image
from agentkit.errors import ConfigurationError, InvalidDocument, InvalidImage
from agentkit.vision.budget import ImageBudget
from agentkit.vision.tokens import image_tokens

BUNDLED = (
    Path(__file__).resolve().parents[3]
    / "examples"
    / "legal_review"
    / "contracts"
    / "northwind-saas-agreement.pdf"
)


def encoded(image: PIL.Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> PIL.Image.Image:
    return PIL.Image.open(io.BytesIO(data))


def page(background: Any = "white", size: tuple[int, int] = (2480, 3508)) -> PIL.Image.Image:
    """A page of 8-point text at 300 dpi."""
    image = PIL.Image.new("RGB", size, background) if isinstance(background, str) else background.resize(size)
    draw, font = PIL.ImageDraw.Draw(image), PIL.ImageFont.load_default(size=33)
    words = random.Random(3)
    for y in range(120, size[1] - 120, 44):
        line = " ".join(
            "".join(words.choices("abcdefghijklmnopqrstuvwxyz", k=words.randint(2, 9))) for _ in range(26)
        )
        draw.text((120, y), line, fill="black", font=font)
    return image


def ssim(a: PIL.Image.Image, b: PIL.Image.Image) -> float:
    """Mean structural similarity over 7 by 7 windows of the luma."""
    x, y = (np.asarray(image.convert("L"), dtype=np.float64) for image in (a, b))

    def mean(values: np.ndarray) -> np.ndarray:
        sums = np.pad(values, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
        return (sums[7:, 7:] - sums[:-7, 7:] - sums[7:, :-7] + sums[:-7, :-7]) / 49

    mx, my = mean(x), mean(y)
    vx, vy, cov = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float((((2 * mx * my + c1) * (2 * cov + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2))).mean())


def test_tokens_are_those_of_mistral_common() -> None:
    config = ImageConfig(image_patch_size=14, max_image_size=1540, spatial_merge_size=2)
    encoder = ImageEncoder(config, SpecialImageIDs(img=10, img_break=12, img_end=13))
    sizes = random.Random(5)
    for _ in range(500):
        size = sizes.choice(
            [
                (sizes.randint(1, 5000), sizes.randint(1, 5000)),
                (sizes.randint(1, 60), sizes.randint(1, 20000)),
            ]
        )
        columns, rows = encoder._image_to_num_tokens(type("Sized", (), {"size": size})())
        assert image_tokens(*size) == (columns + 1) * rows, size
    assert image_tokens(9000, 9000) == 3080


def test_a_rendered_page_stays_legible_as_png() -> None:
    original = page()
    ready = Image(original).prepare()
    assert ready.media_type == "image/png"
    assert max(ready.width, ready.height) == 1540
    resized = original.resize((ready.width, ready.height), PIL.Image.Resampling.LANCZOS)
    assert ssim(opened(ready.data), resized) >= 0.98


def test_a_page_of_many_colours_stays_legible_as_jpeg_with_full_chroma() -> None:
    noise = np.random.default_rng(2).integers(170, 255, (200, 140, 3), dtype=np.uint8)
    original = page(PIL.Image.fromarray(noise))
    ready = Image(original).prepare()
    assert ready.media_type == "image/jpeg"
    resized = original.resize((ready.width, ready.height), PIL.Image.Resampling.LANCZOS)
    assert ssim(opened(ready.data), resized) >= 0.98
    assert opened(ready.data).layer[0][1:3] == (1, 1)  # type: ignore[attr-defined]


def test_orientation_is_applied_and_metadata_is_left_out() -> None:
    image = PIL.Image.new("RGB", (60, 40), "red")
    image.putpixel((0, 0), (0, 0, 255))
    exif = PIL.Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a secret remark"
    ready = Image(encoded(image, "JPEG", exif=exif, quality=95)).prepare()
    assert (ready.width, ready.height) == (40, 60)
    assert b"secret" not in ready.data
    assert not opened(ready.data).getexif()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_every_mode_becomes_a_picture_on_white(mode: str) -> None:
    image = (
        PIL.Image.new("L", (40, 30), 255).convert(mode)
        if mode not in ("RGBA", "LA", "I;16")
        else PIL.Image.new(mode, (40, 30))
    )
    ready = Image(image).prepare()
    assert opened(ready.data).mode in ("RGB", "L")
    if mode in ("RGBA", "LA"):
        assert opened(ready.data).convert("L").getpixel((5, 5)) == 255


def test_the_cost_in_tokens_is_known_from_the_header_before_anything_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turned = PIL.Image.Exif()
    turned[0x0112] = 6
    sources: list[Any] = [
        PNG,
        encoded(PIL.Image.new("RGB", (4000, 900)), "JPEG", exif=turned),
        PIL.Image.new("L", (31, 1)),
    ]
    images = [*(Image(source) for source in sources), *Image.from_pdf(BUNDLED)]
    with monkeypatch.context() as patched:
        patched.setattr("agentkit.vision.encode.encode_file", None)
        patched.setattr("agentkit.vision.encode.encode_opened", None)
        told = [image.tokens for image in images]
    assert told == [image.prepare().tokens for image in images]


def test_small_pictures_are_not_enlarged_and_tiny_ones_have_two_pixels() -> None:
    assert (Image(PIL.Image.new("RGB", (50, 20))).prepare().width) == 50
    tiny = Image(PIL.Image.new("RGB", (1, 1))).prepare()
    assert (tiny.width, tiny.height) == (2, 2)


def _header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


PNG = encoded(PIL.Image.effect_noise((90, 90), 60))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_header(60_000, 60_000), "60000 x 60000"), (_header(12_000, 12_000), "12000 x 12000"), (PNG[: len(PNG) // 2], "cut short"),
        (encoded(PIL.Image.effect_noise((90, 90), 60), "JPEG")[:600], "cut short"), (b"", "empty"), (b"%PDF-1.7", "from_pdf"),
        (encoded(PIL.Image.new("RGB", (9, 9)), "TIFF"), "TIFF"), (encoded(PIL.Image.new("RGB", (9, 9)), "BMP"), "BMP"), (b"<svg></svg>", "SVG"), (b"hello", "no picture"),
    ],
)  # fmt: skip
def test_bombs_cut_files_and_other_formats_get_a_typed_error(data: bytes, said: str) -> None:
    with pytest.raises(InvalidImage, match=said) as caught:
        Image(data, name="scan").prepare()
    assert "scan" in str(caught.value)
    assert caught.value.hint


def test_a_file_beyond_the_byte_cap_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.png"
    path.write_bytes(PNG)
    with pytest.raises(InvalidImage, match="more than 1,000 bytes"):
        Image(path, budget=ImageBudget(max_bytes=1_000)).prepare()
    with pytest.raises(InvalidImage, match="cannot be read"):
        Image(tmp_path / "none.png").prepare()


@pytest.mark.parametrize("address", ["http://x/y.png", "https://x/y.png", "file:///etc/passwd", "ftp://x/y"])
def test_addresses_are_never_fetched(address: str) -> None:
    with pytest.raises(InvalidImage, match="not fetched"):
        Image(address)


def test_data_urls_are_read_and_bad_ones_refused() -> None:
    url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert Image(url).prepare().sha256 == Image(PNG).prepare().sha256
    for bad in ("data:image/png;base64,@@@", "data:text/plain;base64,AAAA", "data:image/png"):
        with pytest.raises(InvalidImage):
            Image(bad).prepare()


def test_the_same_bytes_are_encoded_once() -> None:
    assert Image(bytes(PNG)).prepare() is Image(bytearray(PNG)).prepare()


def test_pdf_pages_are_rendered_within_the_budget() -> None:
    pages = Image.from_pdf(BUNDLED)
    assert len(pages) == 4
    ready = pages[0].prepare()
    assert max(ready.width, ready.height) == 1540
    assert ready.media_type == "image/png"
    with pytest.raises(InvalidDocument, match="no page 9"):
        Image.from_pdf(BUNDLED, [9])
    with pytest.raises(InvalidDocument, match="cannot be read"):
        Image.from_pdf(b"%PDF-1.7 nonsense")


@pytest.mark.anyio
async def test_preparing_happens_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    image = Image(PIL.Image.effect_noise((300, 300), 50))
    prepare = image.prepare
    monkeypatch.setattr(image, "prepare", lambda: (threads.append(threading.get_ident()), prepare())[1])
    await image.prepare_async()
    assert threads
    assert threads[0] != threading.get_ident()


def test_a_budget_that_would_blur_text_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="jpeg_quality"):
        ImageBudget(jpeg_quality=60)
    with pytest.raises(ConfigurationError, match="max_side"):
        ImageBudget(max_side=4000)


def test_something_that_is_no_image_is_refused_at_once() -> None:
    with pytest.raises(InvalidImage, match="int"):
        Image(5)  # type: ignore[arg-type]
