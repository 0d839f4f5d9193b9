"""Where pictures come from: files in their many shapes, and pictures that are opened already."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agentkit._util.reason import reason_of
from agentkit.errors import InputError, InvalidImage
from agentkit.protocol.images import ImageData
from agentkit.vision.budget import ImageBudget
from agentkit.vision.cache import prepared
from agentkit.vision.header import SUPPORTED, read_header

if TYPE_CHECKING:  # PIL is imported with the first picture that is prepared
    import PIL.Image

_MEDIA_TYPES = (
    "",
    "image/png",
    "image/jpeg",
    "image/jpg",
    "image/webp",
    "image/gif",
    "application/octet-stream",
)


class Source(Protocol):
    """A picture that is not read yet."""

    def size(self, name: str, budget: ImageBudget) -> tuple[int, int]:
        """Return width and height in pixels, upright, without decoding."""
        ...

    def prepare(self, name: str, budget: ImageBudget) -> ImageData:
        """Return what is sent."""
        ...


class FileSource:
    """A picture file: its path, its bytes or a `data:` URL."""

    def __init__(self, origin: str | os.PathLike[str] | bytes) -> None:
        self._origin = origin

    def size(self, name: str, budget: ImageBudget) -> tuple[int, int]:
        """Return width and height in pixels, upright, by the header."""
        return read_header(self._read(name, budget), name).upright

    def prepare(self, name: str, budget: ImageBudget) -> ImageData:
        """Return what is sent; kept by content."""
        from agentkit.vision.encode import encode_file  # loads PIL

        data = self._read(name, budget)
        key = hashlib.sha256(data).digest(), budget
        return prepared.get(key, lambda: encode_file(data, name, budget))

    def _read(self, name: str, budget: ImageBudget) -> bytes:
        if isinstance(self._origin, bytes):
            data = self._origin
        elif isinstance(self._origin, str) and is_data_url(self._origin):
            data = decode_data_url(self._origin, name, budget.max_bytes)
        else:
            data = read_file(Path(self._origin), budget.max_bytes, InvalidImage)
        return bounded(data, name, budget.max_bytes, InvalidImage)


class OpenedSource:
    """A picture that the caller opened or drew with Pillow."""

    def __init__(self, image: PIL.Image.Image) -> None:
        self._image = image

    def size(self, name: str, budget: ImageBudget) -> tuple[int, int]:
        """Return width and height in pixels, upright."""
        from agentkit.vision.decode import orientation_of  # loads PIL

        width, height = self._image.size
        return (height, width) if orientation_of(self._image) >= 5 else (width, height)

    def prepare(self, name: str, budget: ImageBudget) -> ImageData:
        """Return what is sent."""
        from agentkit.vision.encode import encode_opened  # loads PIL

        return encode_opened(self._image, name, budget)


def is_data_url(source: str) -> bool:
    """Whether a text is a `data:` URL."""
    return source[:5].lower() == "data:"


def decode_data_url(url: str, name: str, max_bytes: int) -> bytes:
    """Return the bytes of a `data:` URL, base64 or percent-encoded; parameters such as a charset are ignored.

    Raises:
        InvalidImage: It is malformed, says that it is no picture of a supported format, or is too long.
    """
    header, comma, payload = url[5:].partition(",")
    if not comma:
        raise InvalidImage(f"{name} is a data: URL without data.", hint="It reads data:image/png;base64,...")
    media_type, *parameters = [part.strip().lower() for part in header.split(";")]
    if media_type not in _MEDIA_TYPES:
        raise InvalidImage(f"{name} is a data: URL of type {media_type[:80]}.", hint=SUPPORTED)
    if "base64" not in parameters:
        if len(payload) > 3 * max_bytes:
            raise _too_long(name, max_bytes, InvalidImage)
        return urllib.parse.unquote_to_bytes(payload)
    if len(payload) > 2 * max_bytes + 64:
        raise _too_long(name, max_bytes, InvalidImage)
    try:
        compact = "".join(urllib.parse.unquote(payload, errors="strict").split())
        return base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidImage(
            f"{name} is a data: URL that is no valid base64 ({error}).", hint="Encode the picture again."
        ) from None


def read_file(path: Path, max_bytes: int, refusal: type[InputError]) -> bytes:
    """Read a file of bounded length.

    Raises:
        InputError: Of the given kind: it does not exist, is no file, cannot be read or is too long.
    """
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for a writer
            raise refusal(f"{path.name} is no file.", hint="Give the path of a file.")
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise refusal(f"{path.name} cannot be read: {reason_of(error)}.", hint="Check the path.") from None
    return bounded(data, path.name, max_bytes, refusal)


def bounded(data: bytes, name: str, max_bytes: int, refusal: type[InputError]) -> bytes:
    """Return bytes that are not too many.

    Raises:
        InputError: Of the given kind: they are.
    """
    if len(data) > max_bytes:
        raise _too_long(name, max_bytes, refusal)
    return data


def _too_long(name: str, max_bytes: int, refusal: type[InputError]) -> InputError:
    return refusal(
        f"{name} has more than {max_bytes:,} bytes.",
        hint="Give a smaller file, or raise ImageBudget(max_bytes=...).",
    )
