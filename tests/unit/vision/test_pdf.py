"""Pages of PDFs as pictures."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from agentkit import Image
from agentkit.errors import InvalidDocument, MissingExtra
from agentkit.vision.budget import ImageBudget

pdfium = pytest.importorskip("pypdfium2", reason="PDF pages need the extra `documents`")


def pdf(width: float = 595, height: float = 842, pages: int = 1) -> bytes:
    document = pdfium.PdfDocument.new()
    for _ in range(pages):
        document.new_page(width, height)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


ENCRYPTED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>endobj\n4 0 obj<</Filter/Standard/V 1/R 2/O<" + b"0" * 64
    + b">/U<" + b"0" * 64 + b">/P -4>>endobj\ntrailer<</Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]>>\n%%EOF"
)  # fmt: skip


def test_pages_come_in_the_order_they_were_asked_for() -> None:
    assert [page.name for page in Image.from_pdf(pdf(pages=3), [3, 1])] == ["the PDF p.3", "the PDF p.1"]
    assert Image.from_pdf(pdf(pages=3), []) == []
    assert len(Image.from_pdf(bytearray(pdf(pages=3)))) == 3


@pytest.mark.parametrize("number", [0, -1, 4, 1.5, "2"])
def test_a_page_that_there_is_not_is_named(number: Any) -> None:
    with pytest.raises(InvalidDocument, match=f"no page {number!r}") as caught:
        Image.from_pdf(pdf(pages=3), [number])
    assert "1 to 3" in caught.value.hint


@pytest.mark.parametrize(
    ("data", "said"),
    [(ENCRYPTED, "encrypted"), (b"", "cannot be read"), (b"%PDF-1.7 x", "cannot be read"), (pdf()[:200], "cannot be read"), (b"\x89PNG", "cannot be read")],
)  # fmt: skip
def test_what_cannot_be_opened_is_refused_at_once(data: bytes, said: str) -> None:
    with pytest.raises(InvalidDocument, match=said) as caught:
        Image.from_pdf(data)
    assert caught.value.hint


@pytest.mark.parametrize(
    "size", [(595, 842), (842, 595), (1_000_000, 1_000_000), (1_000_000, 1), (0.5, 0.5), (0, 0), (3, 900)]
)
def test_a_page_of_any_size_fits_the_budget_and_costs_what_was_foretold(size: tuple[float, float]) -> None:
    image = Image.from_pdf(pdf(*size))[0]
    foretold = image.tokens
    ready = image.prepare()
    assert ready.tokens == foretold
    assert max(ready.width, ready.height) == 1540
    assert min(ready.width, ready.height) >= 2


def test_a_document_beyond_the_byte_cap_is_refused(tmp_path: Any) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(pdf())
    for source in (path, pdf()):
        with pytest.raises(InvalidDocument, match="more than 100 bytes"):
            Image.from_pdf(source, budget=ImageBudget(max_bytes=100))


def test_without_the_extra_one_sentence_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(MissingExtra, match=r"pip install 'agentkit-ms4\[documents\]'") as caught:
        Image.from_pdf(pdf())
    assert caught.value.extra == "documents"
