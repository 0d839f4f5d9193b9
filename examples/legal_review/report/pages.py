"""Pictures of pages for the report, drawn for people: smaller than what a model gets."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Final

from examples.legal_review.document.model import Document
from examples.legal_review.model import Review

WIDEST: Final = 1_100
"""Pixels of a page's longest edge: 8-point text can still be read."""

MOST_PAGES: Final = 40
"""Pages that are shown; those without text come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A page as an image that a report can hold."""

    width: int
    height: int
    data_url: str


def page_pictures(document: Document, review: Review) -> dict[int, Picture]:
    """Return pictures of the pages that have findings or no text, by number."""
    cited = {span.page for finding in review.findings for span in finding.spans if span.page is not None}
    wanted = [*document.image_pages, *sorted(cited - set(document.image_pages))]
    if document.source is None:
        return {}
    return {number: _picture(document, number) for number in wanted[:MOST_PAGES]}


def _picture(document: Document, number: int) -> Picture:
    page = document.render_page(number, longest_edge=WIDEST)
    buffer = io.BytesIO()
    page.save(buffer, "JPEG", quality=72)
    data = base64.b64encode(buffer.getvalue()).decode()
    return Picture(width=page.width, height=page.height, data_url=f"data:image/jpeg;base64,{data}")
