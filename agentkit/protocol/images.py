"""An image that is ready to be sent."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageData:
    """An encoded image within the model's pixel budget.

    Attributes:
        media_type: `image/png` or `image/jpeg`, which every server decodes (llama.cpp reads with stb_image).
        data: The encoded file, without metadata.
        width: Pixels.
        height: Pixels.
        sha256: Hex digest of `data`.
        tokens: What it costs in the prompt.
    """

    media_type: Literal["image/png", "image/jpeg"]
    data: bytes
    width: int
    height: int
    sha256: str
    tokens: int

    @property
    def data_url(self) -> str:
        """The image as a `data:` URL."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode('ascii')}"
