"""Build the bundled contracts from their Markdown: `python -m examples.legal_review.contracts.make`.

Needs reportlab for the PDF and python-docx for the DOCX. The built files are committed; this is only to change them. All
parties, people and terms are invented.
"""

from __future__ import annotations

import io
import random
import re
from pathlib import Path
from typing import Any

import docx
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFilter
import PIL.ImageFont
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Image, PageBreak, Paragraph, SimpleDocTemplate

HERE = Path(__file__).parent
AUTHOR, DATE = "Ferrum Legal", "2026-06-02T09:30:00Z"
_CHANGE = re.compile(r"\[-(?P<gone>.*?)-\]|\[\+(?P<new>.*?)\+\]")


def make_pdf() -> None:
    """Write the SaaS agreement: text pages, and a schedule that is only a picture."""
    body = ParagraphStyle(
        "body", fontName="Times-Roman", fontSize=10.5, leading=14, spaceAfter=7, alignment=4
    )
    title = ParagraphStyle(
        "title", parent=body, fontName="Times-Bold", fontSize=15, leading=20, alignment=1, spaceAfter=14
    )
    heading = ParagraphStyle(
        "heading", parent=body, fontName="Times-Bold", fontSize=11.5, spaceBefore=8, alignment=0
    )
    story: list[Any] = []
    for block in (HERE / "northwind-saas-agreement.md").read_text("utf-8").split("\n\n"):
        text = block.strip().replace("&", "&amp;")
        if text.startswith("# "):
            story.append(Paragraph(text[2:], title))
        elif text.startswith("## "):
            story.append(Paragraph(text[3:], heading))
        elif text:
            story.append(Paragraph(text, body))
    story += [PageBreak(), Image(io.BytesIO(_scan()), width=170 * mm, height=240 * mm)]
    out = SimpleDocTemplate(
        str(HERE / "northwind-saas-agreement.pdf"), pagesize=A4, invariant=1, title="Master Subscription Agreement",
        leftMargin=25 * mm, rightMargin=25 * mm, topMargin=22 * mm, bottomMargin=22 * mm,
    )  # fmt: skip
    out.build(story, onFirstPage=_footer, onLaterPages=_footer)


def _footer(canvas: Any, document: Any) -> None:
    canvas.setFont("Times-Roman", 8)
    if document.page < 4:
        canvas.drawCentredString(
            A4[0] / 2,
            12 * mm,
            f"Northwind / Harbour Lane - Master Subscription Agreement - Page {document.page}",
        )


def _scan() -> bytes:
    """Draw the schedule as a slightly crooked, slightly noisy scan."""
    noise = random.Random(11)  # noqa: S311  (a picture's noise, the same each time)
    page = PIL.Image.new("L", (1190, 1680), 250)
    draw = PIL.ImageDraw.Draw(page)
    y = 120
    for number, line in enumerate((HERE / "northwind-schedule.md").read_text("utf-8").split("\n\n")):
        font = PIL.ImageFont.load_default(size=40 if number == 0 else 27)
        words, row = line.split(), ""
        for word in words:
            if draw.textlength(f"{row} {word}", font=font) > 960:
                draw.text((110, y), row, fill=30, font=font)
                y, row = y + 40, word
            else:
                row = f"{row} {word}".strip()
        draw.text((110, y), row, fill=30, font=font)
        y += 92
    for _ in range(900):
        page.putpixel((noise.randrange(page.width), noise.randrange(page.height)), noise.randrange(120, 220))
    crooked = page.rotate(0.7, fillcolor=250, resample=PIL.Image.Resampling.BICUBIC).filter(
        PIL.ImageFilter.GaussianBlur(0.6)
    )
    out = io.BytesIO()
    crooked.save(out, "JPEG", quality=72)
    return out.getvalue()


def make_docx() -> None:
    """Write the NDA with the other side's tracked changes and a comment."""
    document = docx.Document()
    number = 0
    for block in (HERE / "helios-mutual-nda.md").read_text("utf-8").split("\n\n"):
        text = block.strip()
        if text.startswith("# "):
            document.add_heading(text[2:], level=0)
            continue
        paragraph = document.add_paragraph()
        at = 0
        for match in _CHANGE.finditer(text):
            paragraph.add_run(text[at : match.start()])
            number += 1
            _track(paragraph, match["gone"], match["new"], number)
            at = match.end()
        run = paragraph.add_run(text[at:])
        if text.startswith("6. Term"):
            document.add_comment(runs=[run], text="One year is our standard.", author=AUTHOR, initials="FL")
    document.save(str(HERE / "helios-mutual-nda-tracked.docx"))


def _track(paragraph: Any, gone: str | None, new: str | None, number: int) -> None:
    change = OxmlElement("w:del" if gone is not None else "w:ins")
    change.set(qn("w:id"), str(number))
    change.set(qn("w:author"), AUTHOR)
    change.set(qn("w:date"), DATE)
    run = OxmlElement("w:r")
    text = OxmlElement("w:delText" if gone is not None else "w:t")
    text.text = gone if gone is not None else new
    text.set(qn("xml:space"), "preserve")
    run.append(text)
    change.append(run)
    paragraph._p.append(change)


if __name__ == "__main__":
    make_pdf()
    make_docx()
