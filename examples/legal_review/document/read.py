"""Reading contracts from files: PDF, DOCX, text and page images."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from agentkit import Image
from agentkit.errors import InvalidDocument
from examples.legal_review.document.model import Document, Page, Rect
from examples.legal_review.document.outline import find_sections, find_terms

MOST_BYTES = 60 * 1024 * 1024
MOST_PAGES = 600
MOST_CHARS = 3_000_000

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")


def read(path: Path | Sequence[Path]) -> Document:
    """Read a contract.

    Args:
        path: A .pdf, .docx, .txt or .md file, or one or several page images.

    Raises:
        InvalidDocument: The file is missing, encrypted, empty, huge, broken, or of another kind.
        MissingExtra: PDF and DOCX need `agentkit-ms4[documents]`.
    """
    paths = [path] if isinstance(path, Path) else list(path)
    if not paths:
        raise InvalidDocument("No file was given.", hint="Give a .pdf, .docx, .txt, .md or page images.")
    if all(each.suffix.lower() in _PICTURES for each in paths):
        return _read_pictures(paths)
    if len(paths) > 1:
        raise InvalidDocument("Several files were given.", hint="Only page images can be given together.")
    data = load(paths[0])
    name = paths[0].name
    match paths[0].suffix.lower():
        case ".pdf":
            from examples.legal_review.document.pdf import read_pdf  # needs the extra

            return _checked(read_pdf(data, name, most_pages=MOST_PAGES))
        case ".docx":
            from examples.legal_review.document.docx import read_docx  # needs the extra

            return _checked(read_docx(data, name))
        case ".txt" | ".md" | ".text":
            return _checked(_read_text(data, name))
        case ".doc":
            raise InvalidDocument(f"{name} is an old Word file.", hint="Save it as .docx first.")
        case suffix:
            raise InvalidDocument(
                f"{name} is of the kind {suffix or 'without a suffix'}, which cannot be read.",
                hint="Give a .pdf, .docx, .txt, .md or page images (.png, .jpg).",
            )


def load(path: Path) -> bytes:
    """Read a file's bytes, within bounds.

    Raises:
        InvalidDocument: It is missing, a folder, empty or huge.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise InvalidDocument(f"{path} is a folder.", hint="Give one contract.")
        if size > MOST_BYTES:
            raise InvalidDocument(
                f"{path.name} has {size:,} bytes.", hint=f"At most {MOST_BYTES:,} are read; split it."
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise InvalidDocument(f"There is no file {path}.", hint="Check the path.") from None
    except OSError as error:
        raise InvalidDocument(
            f"{path.name} cannot be read: {error.strerror}.", hint="Check its permissions."
        ) from None
    if not data:
        raise InvalidDocument(f"{path.name} is empty.", hint="Give the contract itself.")
    return data


def _read_text(data: bytes, name: str) -> Document:
    if b"\x00" in data[:100_000]:
        raise InvalidDocument(f"{name} is no text file.", hint="Give a .pdf or .docx under its own suffix.")
    try:
        text = data.decode("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return _plain(text, data, name, "text")


def _plain(text: str, data: bytes, name: str, kind: Literal["text", "docx"]) -> Document:
    return Document(
        name=name,
        kind=kind,
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        sections=find_sections(text),
        terms=find_terms(text),
    )


class _Pictures:
    """Page images as given."""

    def __init__(self, images: list[Image]) -> None:
        self._images = images

    def rects(self, page: int, start: int, end: int) -> list[Rect]:
        del page, start, end
        return []

    def image(self, page: int) -> Image:
        return self._images[page - 1]


def _read_pictures(paths: list[Path]) -> Document:
    images: list[Image] = []
    digest = hashlib.sha256()
    pages: list[Page] = []
    for number, path in enumerate(paths, 1):
        data = load(path)
        digest.update(data)
        images.append(Image(data, name=path.name))
        ready = images[-1].prepare()  # a picture that cannot be used is told now
        pages.append(
            Page(number=number, start=0, end=0, width=ready.width, height=ready.height, kind="image")
        )
    return Document(
        name=paths[0].name if len(paths) == 1 else f"{paths[0].name} and {len(paths) - 1} more",
        kind="images",
        text="",
        sha256=digest.hexdigest(),
        pages=tuple(pages),
        source=_Pictures(images),
    )


def _checked(document: Document) -> Document:
    if len(document.text) > MOST_CHARS:
        raise InvalidDocument(
            f"{document.name} has {len(document.text):,} characters.",
            hint=f"At most {MOST_CHARS:,} are read; split it.",
        )
    if not document.image_pages and not re.search(r"\w{2}", document.text):
        raise InvalidDocument(f"{document.name} holds no text.", hint="Give the contract itself.")
    return document


_CONTRACT_WORDS = re.compile(
    r"\b(?:agreement|contract|party|parties|shall|hereby|herein|hereto|thereof|term|termination|governing law|liability"
    r"|indemnif\w+|confidential\w*|effective date|obligations?|warrant(?:y|ies|s)|licen[sc]e\w*|amendment|whereas|executed)\b",
    re.IGNORECASE,
)


def looks_like_contract(text: str) -> bool:
    """Whether a text reads like a contract: several different words of the trade, and often enough."""
    found = [match[0].lower() for match in _CONTRACT_WORDS.finditer(text[:200_000])]
    words = max(1, len(text[:200_000].split()))
    return len(set(found)) >= 4 and len(found) / words > 0.006
