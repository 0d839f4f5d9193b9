"""DOCX contracts: the accepted view, and every tracked change (extra `documents`).

python-docx's `paragraph.text` leaves out inserted and deleted text alike, so a reviewer on it is blind to what the other
side put in. The document's XML is read here instead.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any

from agentkit.errors import InvalidDocument, MissingExtra
from examples.legal_review.document.model import Comment, Document, Revision
from examples.legal_review.document.outline import find_sections, find_terms

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MOST_UNPACKED = 300 * 1024 * 1024


def read_docx(data: bytes, name: str) -> Document:
    """Read a DOCX file: inserted text counts, deleted text does not; both are listed.

    Raises:
        InvalidDocument: The file is encrypted, broken, or would unpack to too much.
        MissingExtra: python-docx is not installed.
    """
    _check_zip(data, name)
    try:
        import docx  # from the extra
    except ImportError:
        raise MissingExtra(
            "DOCX files need python-docx.",
            hint="Install it with: pip install 'agentkit-ms4[documents]'",
            extra="documents",
        ) from None
    try:
        opened = docx.Document(io.BytesIO(data))
        body = opened.element.body
        comments = tuple(Comment(author=str(each.author), text=str(each.text)) for each in opened.comments)
    except Exception as error:  # python-docx and lxml raise many kinds for a broken file
        raise InvalidDocument(
            f"{name} is no readable DOCX ({error}).", hint="Save or download it again."
        ) from None
    reader = _Reader()
    reader.read(body)
    text = "".join(reader.pieces).strip("\n") + "\n"
    lead = len("".join(reader.pieces)) - len("".join(reader.pieces).lstrip("\n"))
    revisions = tuple(
        Revision(
            kind=each.kind,
            author=each.author,
            date=each.date,
            text=each.text,
            start=max(0, each.start - lead),
        )
        for each in reader.revisions
        if each.text.strip()
    )
    return Document(
        name=name,
        kind="docx",
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        sections=find_sections(text),
        terms=find_terms(text),
        revisions=revisions,
        comments=comments,
    )


class _Reader:
    """Walks the document's XML in order."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.revisions: list[Revision] = []
        self._length = 0

    def _say(self, text: str) -> None:
        self.pieces.append(text)
        self._length += len(text)

    def read(self, element: Any) -> None:
        """Read an element and all within it."""
        for child in element.iterchildren():
            match child.tag:
                case tag if tag == f"{_W}ins":
                    start, before = self._length, len(self.pieces)
                    self.read(child)
                    self._note("inserted", child, "".join(self.pieces[before:]), start)
                case tag if tag in (f"{_W}del", f"{_W}moveFrom"):
                    gone = "".join(part.text or "" for part in child.iter(f"{_W}delText", f"{_W}t"))
                    self._note("deleted", child, gone, self._length)
                case tag if tag == f"{_W}moveTo":
                    start, before = self._length, len(self.pieces)
                    self.read(child)
                    self._note("inserted", child, "".join(self.pieces[before:]), start)
                case tag if tag == f"{_W}t":
                    self._say(child.text or "")
                case tag if tag == f"{_W}tab":
                    self._say("\t")
                case tag if tag in (f"{_W}br", f"{_W}cr"):
                    self._say("\n")
                case tag if tag == f"{_W}noBreakHyphen":
                    self._say("-")
                case tag if tag == f"{_W}p":
                    self._say(_number(child))
                    self.read(child)
                    self._say("\n\n")
                case tag if tag == f"{_W}tc":
                    self.read(child)
                    self._say("\t")
                case tag if tag in (f"{_W}pPr", f"{_W}rPr", f"{_W}sectPr", f"{_W}tblPr"):
                    pass
                case _:
                    self.read(child)

    def _note(self, kind: Any, element: Any, text: str, start: int) -> None:
        self.revisions.append(
            Revision(
                kind=kind,
                author=element.get(f"{_W}author", ""),
                date=element.get(f"{_W}date", ""),
                text=text,
                start=start,
            )
        )


def _number(paragraph: Any) -> str:
    """Automatic list numbers are not in the text; a bullet shows that there was one."""
    properties = paragraph.find(f"{_W}pPr")
    return "• " if properties is not None and properties.find(f"{_W}numPr") is not None else ""


def _check_zip(data: bytes, name: str) -> None:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise InvalidDocument(
            f"{name} is encrypted, or an old Word file.", hint="Save it as .docx without a password first."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            names = archive.namelist()
    except zipfile.BadZipFile:
        raise InvalidDocument(f"{name} is no DOCX file.", hint="Save or download it again.") from None
    if size > _MOST_UNPACKED:
        raise InvalidDocument(f"{name} would unpack to {size:,} bytes.", hint="This is no ordinary contract.")
    if "word/document.xml" not in names:
        raise InvalidDocument(f"{name} is a zip file, but no Word document.", hint="Give a .docx file.")
