"""`Image`: a handle on a picture, prepared when it is sent."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

from agentkit.errors import InvalidImage
from agentkit.protocol.images import ImageData
from agentkit.vision.budget import ImageBudget

if TYPE_CHECKING:
    import PIL.Image

_SCHEMES = ("http://", "https://", "ftp://", "file://", "s3://", "gs://")


class Image:
    """A picture for the model: a path, bytes, a `PIL.Image`, or a `data:` URL.

    Making one reads nothing. Addresses are not fetched: agentkit never opens a URL that a prompt or a tool names.

    Args:
        source: Where the picture comes from.
        name: What to call it in messages; the file's name where there is one.
        budget: Bounds on what is decoded and sent.

    Raises:
        InvalidImage: The source is an address, or of no known kind.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | bytes | PIL.Image.Image,
        *,
        name: str | None = None,
        budget: ImageBudget | None = None,
    ) -> None:
        if isinstance(source, str) and source.lower().startswith(_SCHEMES):
            raise InvalidImage(
                "Images are not fetched from addresses.",
                hint="Download the picture yourself and give its bytes or path.",
            )
        if not isinstance(source, str | os.PathLike | bytes | bytearray) and not _is_pillow(source):
            raise InvalidImage(
                f"A {type(source).__name__} is no image.",
                hint="Give a path, bytes, a PIL image or a data: URL.",
            )
        self._source: Any = source
        self._budget = budget or ImageBudget()
        self._ready: ImageData | None = None
        self.name = name or _name_of(source)

    def __repr__(self) -> str:
        return f"Image({self.name!r})"

    @classmethod
    def from_pdf(
        cls,
        source: str | os.PathLike[str] | bytes,
        pages: list[int] | None = None,
        *,
        budget: ImageBudget | None = None,
    ) -> list[Image]:
        """Return the pages of a PDF as images, rendered when they are sent.

        Args:
            source: Path or bytes of the PDF.
            pages: Page numbers from 1; all where left out.
            budget: As for an image.

        Raises:
            InvalidDocument: The PDF is encrypted, broken, or has no such page.
            MissingExtra: pypdfium2 is not installed (`agentkit-ms4[documents]`).
        """
        from agentkit.vision.pdf import PdfPage, count_pages  # needs the extra

        data = (
            source if isinstance(source, bytes) else _read(Path(source), (budget or ImageBudget()).max_bytes)
        )
        numbers = pages if pages is not None else list(range(1, count_pages(data) + 1))
        stem = "page" if isinstance(source, bytes) else Path(source).name
        made: list[Image] = []
        for page in (PdfPage(data, number) for number in numbers):
            image = cls(b"", name=f"{stem} p.{page.number}", budget=budget)
            image._source = page
            made.append(image)
        return made

    def prepare(self) -> ImageData:
        """Read, check, turn upright, resize and encode the picture; done once and kept.

        Raises:
            InvalidImage: It is unsupported, cut short, or would be too large to decode.
        """
        if self._ready is None:
            self._ready = _prepare(self._source, self.name, self._budget)
        return self._ready

    async def prepare_async(self) -> ImageData:
        """Do what `prepare` does, off the event loop and within `ImageBudget.seconds`."""
        if self._ready is not None:
            return self._ready
        try:
            with anyio.fail_after(self._budget.seconds):
                return await anyio.to_thread.run_sync(
                    self.prepare, abandon_on_cancel=True, limiter=_threads()
                )
        except TimeoutError:
            raise InvalidImage(
                f"{self.name} was not decoded within {self._budget.seconds:g} s.",
                hint="Give a smaller picture, or raise ImageBudget(seconds=...).",
            ) from None


_limiter: RunVar[anyio.CapacityLimiter] = RunVar("agentkit.vision.threads")


def _threads() -> anyio.CapacityLimiter:
    limiter = _limiter.get(None)
    if limiter is None:
        limiter = anyio.CapacityLimiter(max(2, os.cpu_count() or 2))
        _limiter.set(limiter)
    return limiter


def _is_pillow(source: object) -> bool:
    return any(
        kind.__module__.startswith("PIL.") and kind.__name__ == "Image" for kind in type(source).__mro__
    )


def _name_of(source: Any) -> str:
    if isinstance(source, os.PathLike):
        return Path(source).name
    if isinstance(source, str) and not source.startswith("data:"):
        return Path(source).name
    return "image"


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise InvalidImage(f"{path.name} cannot be read: {error.strerror}.", hint="Check the path.") from None
    if len(data) > most:
        raise InvalidImage(
            f"{path.name} has more than {most:,} bytes.",
            hint="Give a smaller file, or raise ImageBudget(max_bytes=...).",
        )
    return data


def _prepare(source: Any, name: str, budget: ImageBudget) -> ImageData:
    from agentkit.vision.encode import (
        decode_data_url,
        encode,
        encode_pillow,
    )  # PIL is loaded with the first picture

    if isinstance(source, str) and source.startswith("data:"):
        data = decode_data_url(source, name, budget)
    elif isinstance(source, str | os.PathLike):
        data = _read(Path(source), budget.max_bytes)
    elif isinstance(source, bytes | bytearray):
        data = bytes(source)
    else:
        image = source if _is_pillow(source) else source.render(budget.max_side)
        return encode_pillow(image, name, budget)
    return _cache.get(data, budget, lambda: encode(data, name, budget))


class _Cache:
    """Prepared pictures by content, bounded in bytes: the same page sent by many runs is encoded once."""

    def __init__(self, most_bytes: int = 64 * 1024 * 1024) -> None:
        self._lock = threading.Lock()
        self._most = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, ImageBudget], ImageData] = OrderedDict()

    def get(self, data: bytes, budget: ImageBudget, make: Any) -> ImageData:
        key = (hashlib.sha256(data).hexdigest(), budget)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made: ImageData = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._bytes += len(made.data)
            while self._bytes > self._most and len(self._kept) > 1:
                self._bytes -= len(self._kept.popitem(last=False)[1].data)
        return made


_cache = _Cache()
