"""Bounds on what is decoded and sent."""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.errors import ConfigurationError
from agentkit.vision.tokens import MAX_SIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBudget:
    """Bounds on a picture.

    Attributes:
        max_side: Longest side in pixels that is sent; 1540 is all that the model sees.
        max_bytes: Bytes of a file that is read.
        max_pixels: Pixels of a picture that is decoded; checked in the header, before decoding.
        jpeg_quality: 85 to 95.
        few_colours: A picture with no more colours than this is sent as PNG: text and line art stay sharp.
        seconds: Time for one picture.
    """

    max_side: int = MAX_SIDE
    max_bytes: int = 64 * 1024 * 1024
    max_pixels: int = 80_000_000
    jpeg_quality: int = 90
    few_colours: int = 256
    seconds: float = 30.0

    def __post_init__(self) -> None:
        if not 28 <= self.max_side <= MAX_SIDE:
            raise ConfigurationError(f"max_side is {self.max_side}.", hint=f"Give 28 to {MAX_SIDE} pixels.")
        if not 85 <= self.jpeg_quality <= 95:
            raise ConfigurationError(
                f"jpeg_quality is {self.jpeg_quality}.", hint="Give 85 to 95: below, small text blurs."
            )
