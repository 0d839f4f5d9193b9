"""Reading a contract from a file: PDF, DOCX, text, or images of its pages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agentkit.errors import InvalidDocument
from examples.legal_review.document import docx, images, pdfium, plain
from examples.legal_review.document.model import Document, assemble, joined
from examples.legal_review.document.parts import Page

MAX_BYTES: Final = 50 * 2**20
MAX_PAGES: Final = 500
MAX_CHARACTERS: Final = 5_000_000
FEWEST_CHARACTERS: Final = 80
"""A page with less text than this has to be looked at."""

TEXT_SUFFIXES: Final = (".txt", ".md")
IMAGE_SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")
SUFFIXES: Final = (".pdf", ".docx", *TEXT_SUFFIXES, *IMAGE_SUFFIXES)


def read(path: Path | Sequence[Path], *, max_bytes: int = MAX_BYTES, max_pages: int = MAX_PAGES) -> Document:
    """Read a contract.

    Args:
        path: A .pdf, .docx, .txt or .md file, or one or several images of pages in order.
        max_bytes: Most bytes of all files together.
        max_pages: Most pages.

    Raises:
        InvalidDocument: Missing, empty, encrypted, broken, too large, of another kind, or without any text.
        MissingExtra: A PDF, and the extra `documents` is not installed.
    """
    paths = [path] if isinstance(path, Path) else list(path)
    files = _bytes(paths, max_bytes)
    sha256 = hashlib.sha256(b"".join(files)).hexdigest()
    first = paths[0]
    suffix = first.suffix.lower()
    if suffix in IMAGE_SUFFIXES:
        frames = images.frames(files, [one.name for one in paths], max_pages)
        text, placed = joined([""] * len(frames), images.pages(frames))
        name = first.name if len(paths) == 1 else f"{first.name} and {len(paths) - 1} more"
        return assemble(
            name=name,
            kind="images",
            text=text,
            pages=placed,
            sha256=sha256,
            source=images.Pictures(frames),
        )
    if suffix == ".pdf":
        return _pdf(files[0], first.name, sha256, max_pages)
    if suffix == ".docx":
        content = docx.content(files[0], first.name, most_bytes=4 * max_bytes)
        _bound(content.text, first.name)
        _demand_letters(content.text, first.name)
        return assemble(
            name=first.name,
            kind="docx",
            text=content.text,
            revisions=content.revisions,
            comments=content.comments,
            sha256=sha256,
        )
    text = plain.decode(files[0], first.name)
    _bound(text, first.name)
    _demand_letters(text, first.name)
    return assemble(name=first.name, kind="text", text=text, sha256=sha256)


def _pdf(data: bytes, name: str, sha256: str, max_pages: int) -> Document:
    contents = pdfium.page_texts(data, name, max_pages)
    pages = [
        Page(
            number=number,
            start=0,
            end=0,
            width=width,
            height=height,
            kind="text" if len(text.strip()) >= FEWEST_CHARACTERS or not drawn else "image",
        )
        for number, (text, width, height, drawn) in enumerate(contents, 1)
    ]
    text, placed = joined([content[0] for content in contents], pages)
    _bound(text, name)
    if not any(page.kind == "image" for page in placed):
        _demand_letters(text, name)
    return assemble(
        name=name, kind="pdf", text=text, pages=placed, sha256=sha256, source=pdfium.PdfPages(data, name)
    )


def _bytes(paths: Sequence[Path], max_bytes: int) -> list[bytes]:
    """Return the files' bytes, after every check that needs no decoding."""
    if not paths:
        raise InvalidDocument("No file was named.", hint="Name a contract to read.")
    total = 0
    for path in paths:
        if path.is_dir():
            raise InvalidDocument(f"{path} is a folder.", hint="Name one contract file.")
        if not path.exists():
            raise InvalidDocument(f"{path} does not exist.", hint="Check the name and the folder.")
        if path.suffix.lower() not in SUFFIXES:
            raise InvalidDocument(f"{path.name} has an unsupported kind.", hint=_kinds(path.suffix.lower()))
        if len(paths) > 1 and path.suffix.lower() not in IMAGE_SUFFIXES:
            raise InvalidDocument(
                f"{path.name} is not an image, and several files were named.",
                hint="Only images of pages are read together, as one contract.",
            )
        try:
            size = path.stat().st_size
        except OSError as error:
            raise InvalidDocument(f"{path} cannot be read ({error.strerror}).") from error
        total += size
        if not size:
            raise InvalidDocument(f"{path.name} is empty.", hint="Export or download it again.")
        if total > max_bytes:
            raise InvalidDocument(
                f"{path.name} is too large: {total:,} bytes, at most {max_bytes:,} are read.",
                hint="Split it, or raise max_bytes.",
            )
    try:
        return [path.read_bytes() for path in paths]
    except OSError as error:
        raise InvalidDocument(
            f"{paths[0].name} cannot be read ({error.strerror}).", hint="Check its permissions."
        ) from error


def _kinds(suffix: str) -> str:
    advice = "Supported: " + ", ".join(SUFFIXES) + "."
    if suffix in (".doc", ".rtf", ".odt", ".pages", ".wpd"):
        return "Save it as .docx or .pdf first. " + advice
    return advice


def _bound(text: str, name: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise InvalidDocument(
            f"{name} holds {len(text):,} characters; at most {MAX_CHARACTERS:,} are read.", hint="Split it."
        )


def _demand_letters(text: str, name: str) -> None:
    if not any(char.isalpha() for char in text):
        raise InvalidDocument(
            f"{name} holds no text.",
            hint="Export it again; if it is a scan, save it as PDF or as page images.",
        )
