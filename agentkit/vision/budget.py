"""Bounds on what is decoded and sent."""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.errors import ConfigurationError
from agentkit.vision.tokens import MAX_SIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBudget:
    """Bounds on one picture.

    Attributes:
        max_side: Longest side in pixels that is sent, 28 to 1540; 1540 is all that the model sees.
        max_bytes: Bytes of a file that is read, a PDF included.
        max_pixels: Pixels of a picture that is decoded, checked in the header before decoding. Decoding takes up to
            12 bytes of memory a pixel, for a moment.
        few_colours: A picture with no more colours than this, most of it alike, is sent as PNG: text and line art
            stay sharp.
        jpeg_quality: 85 to 95; anything that is not sent as PNG.
        seconds: Time for one picture off the event loop.

    Raises:
        ConfigurationError: A bound is out of range.
    """

    max_side: int = MAX_SIDE
    max_bytes: int = 32 * 1024 * 1024
    max_pixels: int = 89_478_485
    few_colours: int = 4096
    jpeg_quality: int = 92
    seconds: float = 30.0

    def __post_init__(self) -> None:
        if not 28 <= self.max_side <= MAX_SIDE:
            raise ConfigurationError(f"max_side is {self.max_side}.", hint=f"Give 28 to {MAX_SIDE} pixels.")
        if not 85 <= self.jpeg_quality <= 95:
            raise ConfigurationError(
                f"jpeg_quality is {self.jpeg_quality}.", hint="Give 85 to 95: below, small text blurs."
            )
        if min(self.max_bytes, self.max_pixels) < 1 or not self.seconds > 0 or self.few_colours < 0:
            raise ConfigurationError("A bound of ImageBudget is not positive.", hint="Give positive numbers.")
