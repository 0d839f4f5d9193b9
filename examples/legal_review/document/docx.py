"""DOCX files: the accepted view of the text, with tracked changes and comments listed.

Read from the XML itself: python-docx's `paragraph.text` leaves out inserted text as well as deleted text, so a reader
built on it would not see what the other side has added. Headers and footers of pages are left out; footnotes follow the text.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from xml.etree import ElementTree

from agentkit.errors import InvalidDocument
from examples.legal_review.document.numbering import Numbering
from examples.legal_review.document.parts import Comment, Revision

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_OLE = b"\xd0\xcf\x11\xe0"
_SKIPPED = frozenset({f"{_COMPATIBILITY}Fallback", f"{W}pPr", f"{W}rPr", f"{W}instrText", f"{W}delInstrText"})
_CHARACTERS = {
    f"{W}tab": "\t",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
    f"{W}softHyphen": "\u00ad",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a DOCX file says."""

    text: str
    revisions: tuple[Revision, ...]
    comments: tuple[Comment, ...]


def content(data: bytes, name: str, *, most_bytes: int) -> Content:
    """Return the accepted text of a DOCX file.

    Args:
        data: The file.
        name: Its name, for errors.
        most_bytes: Most bytes of all its parts, unpacked.

    Raises:
        InvalidDocument: Encrypted, an old .doc, no DOCX, broken, or too large once unpacked.
    """
    if data.startswith(_OLE):
        raise InvalidDocument(
            f"{name} is protected by a password, or is an old .doc file.",
            hint="Save it as .docx without a password.",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > most_bytes:
                raise InvalidDocument(
                    f"{name} unpacks to {size:,} bytes; at most {most_bytes:,} are read.",
                    hint="Remove its pictures, or split it.",
                )
            reader = _Reader(
                Numbering(_part(archive, "word/numbering.xml"), _part(archive, "word/styles.xml")),
                _comments(_part(archive, "word/comments.xml")),
            )
            body = _part(archive, "word/document.xml")
            if body is None:
                raise InvalidDocument(f"{name} is no Word document.", hint="Save it as .docx in Word.")
            reader.blocks(body)
            for notes in ("word/footnotes.xml", "word/endnotes.xml"):
                reader.notes(_part(archive, notes))
    except InvalidDocument:
        raise
    except (zipfile.BadZipFile, ElementTree.ParseError, NotImplementedError, RuntimeError, EOFError, OSError, ValueError,
            zipfile.LargeZipFile) as error:  # fmt: skip
        raise InvalidDocument(
            f"{name} is no readable DOCX file ({error}).", hint="Open it in Word and save it again."
        ) from error
    return Content(text=reader.text(), revisions=tuple(reader.revisions), comments=tuple(reader.comments))


def _part(archive: zipfile.ZipFile, path: str) -> ElementTree.Element | None:
    try:
        data = archive.read(path)
    except KeyError:
        return None
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
        raise ElementTree.ParseError("a document type, which OOXML forbids")
    return ElementTree.fromstring(data)  # noqa: S314 - no document type, so no entities to expand


def _comments(root: ElementTree.Element | None) -> dict[str, tuple[str, str]]:
    """Return author and text of each comment by its id."""
    return {
        comment.get(f"{W}id", ""): (
            comment.get(f"{W}author", ""),
            "\n".join(
                "".join(node.text or "" for node in paragraph.iter(f"{W}t"))
                for paragraph in comment.iter(f"{W}p")
            ).strip(),
        )
        for comment in ([] if root is None else root.iter(f"{W}comment"))
    }


@dataclass(slots=True)
class _Change:
    kind: str
    author: str
    date: str


class _Reader:
    """Walks the document once and writes its text down."""

    def __init__(self, numbering: Numbering, comments: dict[str, tuple[str, str]]) -> None:
        self.revisions: list[Revision] = []
        self.comments: list[Comment] = []
        self._numbering = numbering
        self._known = comments
        self._said: set[str] = set()
        self._pieces: list[str] = []
        self._length = 0

    def text(self) -> str:
        return "".join(self._pieces).rstrip("\n") + "\n" if self._pieces else ""

    def blocks(self, root: ElementTree.Element) -> None:
        """Write paragraphs and tables, wherever they are nested."""
        for child in root:
            if child.tag == f"{W}p":
                self._paragraph(child)
                self._write("\n")
            elif child.tag == f"{W}tbl":
                self._table(child)
            elif child.tag not in _SKIPPED:
                self.blocks(child)

    def notes(self, root: ElementTree.Element | None) -> None:
        """Write foot- or endnotes, each after its number."""
        for note in () if root is None else root:
            if note.get(f"{W}type") is None:
                self._write(f"[{note.get(f'{W}id', '')}] ")
                self.blocks(note)

    def _table(self, table: ElementTree.Element) -> None:
        for row in table.iter(f"{W}tr"):
            first = True
            for cell in row:
                if cell.tag in (f"{W}tc", f"{W}sdt"):
                    if not first:
                        self._write("\t")
                    first = False
                    self.blocks(cell)
                    self._unwrite_break()
            self._write("\n")

    def _paragraph(self, paragraph: ElementTree.Element) -> None:
        label = self._numbering.label(paragraph.find(f"{W}pPr"))
        if label and any(node.text for node in paragraph.iter(f"{W}t")):
            self._write(label + " ")
        self._inline(paragraph, None)

    def _inline(self, root: ElementTree.Element, change: _Change | None) -> None:
        for node in root:
            tag = node.tag
            if tag in _SKIPPED:
                continue
            if tag in (f"{W}ins", f"{W}moveTo", f"{W}del", f"{W}moveFrom"):
                kind = "inserted" if tag in (f"{W}ins", f"{W}moveTo") else "deleted"
                if change is not None and change.kind == "deleted":
                    kind = "deleted"  # deleted again after it had been inserted
                own = _Change(kind, node.get(f"{W}author", ""), node.get(f"{W}date", ""))
                self._change(node, own)
            elif tag in (f"{W}commentRangeStart", f"{W}commentReference"):
                self._comment(node.get(f"{W}id", ""))
            elif tag in (f"{W}t", f"{W}delText"):
                self._write(node.text or "")
            elif tag in _CHARACTERS:
                self._write(_CHARACTERS[tag])
            elif tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
                self._write(f"[{node.get(f'{W}id', '')}]")
            elif tag == f"{W}p":  # a text box
                self._write("\n")
                self._paragraph(node)
                self._write("\n")
            else:
                self._inline(node, change)

    def _change(self, node: ElementTree.Element, change: _Change) -> None:
        start, mark = self._length, len(self._pieces)
        before = len(self.revisions)
        self._inline(node, change)
        text = "".join(self._pieces[mark:])
        if change.kind == "deleted":
            del self._pieces[mark:]
            self._length = start
        if text:
            self.revisions.insert(
                before,
                Revision(
                    kind="inserted" if change.kind == "inserted" else "deleted",
                    author=change.author,
                    date=change.date,
                    text=text,
                    start=start,
                ),
            )

    def _comment(self, identity: str) -> None:
        if identity in self._known and identity not in self._said:
            self._said.add(identity)
            author, text = self._known[identity]
            self.comments.append(Comment(author=author, text=text, start=self._length))

    def _write(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            self._length += len(text)

    def _unwrite_break(self) -> None:
        if self._pieces and self._pieces[-1] == "\n":
            self._pieces.pop()
            self._length -= 1
