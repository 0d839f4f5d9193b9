"""`Image`: a handle on a picture, prepared when it is sent."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from agentkit.errors import InvalidDocument, InvalidImage
from agentkit.protocol.images import ImageData
from agentkit.vision.budget import ImageBudget
from agentkit.vision.pdf import PdfFile, PdfPage
from agentkit.vision.sources import FileSource, OpenedSource, Source, bounded, is_data_url, read_file
from agentkit.vision.threads import TooManyAbandoned, off_loop
from agentkit.vision.tokens import image_tokens, sent_size

if TYPE_CHECKING:
    import PIL.Image

_ADDRESSES = ("http://", "https://", "ftp://", "file://", "s3://", "gs://")


class Image:
    """A picture for the model: a path, bytes, a `PIL.Image`, or a `data:` URL.

    Making one reads nothing. Addresses are not fetched: agentkit never opens a URL that a prompt or a tool names.

    Args:
        source: Where the picture comes from. Text is a path, or a URL where it begins with `data:`.
        name: What to call it in messages; the file's name where there is one.
        budget: Bounds on what is decoded and sent.

    Raises:
        InvalidImage: The source is an address, or of no known kind.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | bytes | bytearray | memoryview | PIL.Image.Image,
        *,
        name: str | None = None,
        budget: ImageBudget | None = None,
    ) -> None:
        self._source: Source = _source_of(source)
        self._budget = budget or ImageBudget()
        self._ready: ImageData | None = None
        self.name = name or _name_of(source) or "image"

    def __repr__(self) -> str:
        return f"Image({self.name!r})"

    @classmethod
    def from_pdf(
        cls,
        source: str | os.PathLike[str] | bytes | bytearray | memoryview,
        pages: Iterable[int] | None = None,
        *,
        budget: ImageBudget | None = None,
    ) -> list[Self]:
        """Return the pages of a PDF as images, rendered when they are sent.

        Args:
            source: Path or bytes of the PDF.
            pages: Page numbers from 1; all where left out.
            budget: As for an image.

        Raises:
            InvalidDocument: The PDF is encrypted, broken, too long, or has no such page.
            MissingExtra: pypdfium2 is not installed (`agentkit-ms4[documents]`).
        """
        within = budget or ImageBudget()
        name = _name_of(source) or "the PDF"
        if isinstance(source, bytes | bytearray | memoryview):
            data = bounded(bytes(source), name, within.max_bytes, InvalidDocument)
        else:
            data = read_file(Path(source), within.max_bytes, InvalidDocument)
        file = PdfFile(data, name)
        count = file.count_pages()
        numbers = range(1, count + 1) if pages is None else list(pages)
        for number in numbers:
            if not isinstance(cast("object", number), int) or not 1 <= number <= count:
                raise InvalidDocument(f"{name} has no page {number!r}.", hint=f"Its pages are 1 to {count}.")
        return [cls._of(PdfPage(file, number), f"{name} p.{number}", within) for number in numbers]

    @classmethod
    def _of(cls, source: Source, name: str, budget: ImageBudget) -> Self:
        image = cls(b"", name=name, budget=budget)
        image._source = source
        return image

    @property
    def tokens(self) -> int:
        """What it will cost in the prompt, in tokens, by the file's header: nothing is decoded, nothing sent.

        Raises:
            InvalidImage: It cannot be read, or its header is broken.
        """
        if self._ready is not None:
            return self._ready.tokens
        return image_tokens(*sent_size(*self._source.size(self.name, self._budget), self._budget.max_side))

    def prepare(self) -> ImageData:
        """Read, check, turn upright, resize and encode the picture; done once and kept.

        Raises:
            InvalidImage: It is unsupported, cut short, or would be too large to decode.
        """
        if self._ready is None:
            self._ready = self._source.prepare(self.name, self._budget)
        return self._ready

    async def prepare_async(self) -> ImageData:
        """Do what `prepare` does, off the event loop and within `ImageBudget.seconds`.

        Raises:
            InvalidImage: As for `prepare`, or it took too long.
        """
        if self._ready is not None:
            return self._ready
        try:
            return await off_loop(self.prepare, seconds=self._budget.seconds)
        except TimeoutError:
            raise InvalidImage(
                f"{self.name} was not decoded within {self._budget.seconds:g} s.",
                hint="Give a smaller picture, or raise ImageBudget(seconds=...).",
            ) from None
        except TooManyAbandoned:
            raise InvalidImage(
                f"{self.name} was not decoded: several earlier pictures outlived their time and still hold threads.",
                hint="Look at those pictures; wait until they end, or restart the process.",
            ) from None


def _source_of(source: Any) -> Source:
    given: Any = source  # isinstance narrows to types that hold unknown parts
    if isinstance(source, str) and source.lower().startswith(_ADDRESSES):
        raise InvalidImage(
            "Images are not fetched from addresses.",
            hint="Download the picture yourself and give its bytes or path.",
        )
    if isinstance(source, bytes | bytearray | memoryview):
        return FileSource(bytes(given))
    if isinstance(source, str | os.PathLike):
        return FileSource(given)
    if _is_pillow(source):
        return OpenedSource(source)
    raise InvalidImage(
        f"A {type(source).__name__} is no image.",
        hint="Give a path, bytes, a PIL image or a data: URL.",
    )


def _is_pillow(source: object) -> bool:
    """Whether it is a `PIL.Image.Image`; asked by name, because asking PIL would load it."""
    return any(
        kind.__module__.startswith("PIL.") and kind.__name__ == "Image" for kind in type(source).__mro__
    )


def _name_of(source: Any) -> str:
    given: Any = source
    if isinstance(source, os.PathLike) or (isinstance(source, str) and not is_data_url(source)):
        return Path(given).name
    return ""
