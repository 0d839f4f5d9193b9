"""From any kind of pixels to what is sent: grey or sRGB, on white, upright, small enough, and nothing beside."""

from __future__ import annotations

import io
from typing import Any, Final

import PIL.Image
from PIL import ImageCms

from agentkit.vision.tokens import scaled

_TURNS: Final = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}
_MOST_PROFILE_BYTES = 4 * 1024 * 1024


def flatten(image: PIL.Image.Image, *, orientation: int, max_side: int) -> PIL.Image.Image:
    """Return a new picture of mode L or RGB, at most `max_side` pixels a side, without any metadata.

    Args:
        image: Loaded; left as it is.
        orientation: EXIF's, 1 to 8.
        max_side: Pixels.

    Raises:
        ValueError: Pillow cannot bring this mode to RGB.
    """
    profile = image.info.get("icc_profile")
    flat = _plain(image)
    # Scaling comes first: everything after it has few pixels to look at
    flat = _resized(flat, scaled(*flat.size, max_side))
    flat = _in_srgb(_on_white(flat), profile)
    if orientation in _TURNS:
        flat = flat.transpose(_TURNS[orientation])
    flat = _at_least_two(flat)
    bare = flat.copy() if flat is image else flat
    bare.info = {}
    return bare


def _plain(image: PIL.Image.Image) -> PIL.Image.Image:
    """Return the picture as L, LA, RGB, RGBA or CMYK, which can be scaled without loss."""
    mode = image.mode
    if mode.startswith("I") or mode == "F":
        return _eight_bits(image)
    if image.has_transparency_data:
        return image.convert("LA" if mode in ("L", "LA", "La", "1") else "RGBA")
    if mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if mode == "1" else "RGB")


def _eight_bits(image: PIL.Image.Image) -> PIL.Image.Image:
    """Bring greys of 16 or 32 bits to 8: by their mode where it says the range, else by the brightest pixel."""
    wide = image.convert("F")
    extrema: Any = wide.getextrema()
    brightest = float(extrema[1])
    if image.mode.startswith("I;16"):
        top = 65535.0
    else:
        top = next(
            (top for top in (1.0, 255.0, 65535.0) if brightest <= top and (top > 1 or image.mode == "F")),
            brightest,
        )
    return wide.point(lambda value: value * (255.0 / top) + 0.5).convert("L")


def _resized(image: PIL.Image.Image, size: tuple[int, int]) -> PIL.Image.Image:
    if size == image.size:
        return image
    return image.resize(size, PIL.Image.Resampling.LANCZOS, reducing_gap=3.0)


def _on_white(image: PIL.Image.Image) -> PIL.Image.Image:
    if image.mode not in ("LA", "RGBA"):
        return image
    white = PIL.Image.new(image.mode[:-1], image.size, "white")
    white.paste(image.convert(image.mode[:-1]), mask=image.getchannel("A"))
    return white


def _in_srgb(image: PIL.Image.Image, profile: object) -> PIL.Image.Image:
    """Bring colours to sRGB by the profile; one that is missing, broken, huge or for greys is dropped."""
    if image.mode == "L":
        return image
    if isinstance(profile, bytes) and len(profile) <= _MOST_PROFILE_BYTES:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if image.mode == "CMYK" or "sRGB" not in ImageCms.getProfileDescription(source):
                converted = ImageCms.profileToProfile(image, source, _srgb(), outputMode="RGB")
                if converted is not None:
                    return converted
        except Exception:  # a profile is a hint about colours, never a reason to refuse a picture
            return image.convert("RGB")
    return image.convert("RGB")


def _srgb() -> ImageCms.ImageCmsProfile:
    colours: Any = ImageCms  # its types are partly unknown
    return ImageCms.ImageCmsProfile(colours.createProfile("sRGB"))


def _at_least_two(image: PIL.Image.Image) -> PIL.Image.Image:
    """Double a side of one pixel: llama.cpp's picture reader stops the server below two."""
    size = max(2, image.width), max(2, image.height)
    return image if size == image.size else image.resize(size, PIL.Image.Resampling.NEAREST)
