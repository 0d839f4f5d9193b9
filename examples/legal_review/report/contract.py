"""The contract's text with its marks, and the pages as pictures between."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from examples.legal_review.model import Finding, Review, Span
from examples.legal_review.report.markup import RISK_ORDER, escaped, rated, section
from examples.legal_review.report.pages import Picture

_MID_SENTENCE = re.compile(
    r"(?<=[\w,)”\"'’-])\n(?=[a-z(\d“\"]|[A-Z][a-z]+[ ,.]?[a-z(])(?!\(?[a-z0-9]{1,3}[.)]|\d+\.)"
)


def render_contract(review: Review, pictures: Mapping[int, Picture]) -> str:
    """Return the text, split wherever a mark or a page begins or ends, so that marks may overlap."""
    text = _flowing(review)
    marks = [(span, finding) for finding in review.findings for span in finding.spans]
    cuts = {0, len(text), *review.page_starts, *(cut for span, _ in marks for cut in (span.start, span.end))}
    pages = {start: number for number, start in enumerate(review.page_starts, 1)}
    inserted = _insertions(review)
    cuts |= {cut for start, end, _ in inserted for cut in (start, end)}
    anchors = _anchors(review.findings)
    pieces: list[str] = []
    for begin, end in itertools.pairwise([*sorted(cuts), len(text)]):  # an empty last page begins at the end
        if begin in pages:
            pieces.append(_page_head(review, pages[begin], pictures))
        pieces += [f'<span class="anchor" id="{name}"></span>' for name in anchors.get(begin, ())]
        piece = escaped(text[begin:end])
        author = next((who for start, stop, who in inserted if start <= begin and end <= stop), None)
        if author is not None and piece.strip():
            piece = f'<ins title="inserted by {escaped(author or "unknown")}">{piece}</ins>'
        around = [finding for span, finding in marks if span.start <= begin and end <= span.end]
        pieces.append(_mark(piece, around) if around and piece.strip() else piece)
    body = f'<div class="paper" tabindex="0" aria-label="Text of the contract">{"".join(pieces)}</div>'
    return section("contract", "Contract", body, classes="contract")


def _insertions(review: Review) -> list[tuple[int, int, str]]:
    """Return (start, end, author) of the tracked insertions, so that what the other side added is seen where it stands."""
    placed = (
        (change.start, change.start + len(change.text), change)
        for change in review.document.changes
        if change.kind == "inserted"
    )
    return [
        (start, end, change.author) for start, end, change in placed if review.text[start:end] == change.text
    ]


def _flowing(review: Review) -> str:
    """Return the text with the line breaks of a PDF's lines as spaces, one for one, so that offsets hold."""
    return _MID_SENTENCE.sub(" ", review.text) if review.document.kind == "pdf" else review.text


def anchor(finding: Finding, index: int) -> str:
    """Return the id of the place where a finding's quote begins."""
    return f"mark-{finding.id}-{index + 1}"


def _anchors(findings: Sequence[Finding]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for finding in findings:
        for index, span in enumerate(finding.spans):
            found.setdefault(span.start, []).append(anchor(finding, index))
    return found


def _mark(piece: str, around: Sequence[Finding]) -> str:
    """Return a piece of text that links to its findings, the weightiest first."""
    ordered = sorted(dict.fromkeys(each.id for each in around), key=lambda name: _weight(name, around))
    worst = next(each for each in around if each.id == ordered[0])
    names = ", ".join(f"{each.id} {each.title}" for each in around)
    return (
        f'<a class="mark risk-{rated(worst)}" href="#{worst.id}" data-findings="{" ".join(ordered)}" title="{escaped(names)}">'
        f"{piece}</a>"
    )


def _weight(name: str, around: Sequence[Finding]) -> int:
    return min(RISK_ORDER[each.risk] for each in around if each.id == name)


def _page_head(review: Review, number: int, pictures: Mapping[int, Picture]) -> str:
    head = f'<span class="page" id="page-{number}">Page {number}</span>'
    picture = pictures.get(number)
    if picture is None:
        return head
    spans = [(span, finding) for finding in review.findings for span in finding.spans]
    unread = number in review.document.image_pages
    return (
        f'{head}<details class="facsimile" id="picture-{number}"{" open" if unread else ""}><summary>Page {number} as a picture</summary>'
        f'<div class="picture"><img src="{picture.data_url}" alt="Page {number} of {escaped(review.document.name)}" '
        f'width="{picture.width}" height="{picture.height}" loading="lazy">{_overlay(number, spans)}</div></details>'
    )


def _overlay(number: int, spans: Sequence[tuple[Span, Finding]]) -> str:
    """Return rectangles over a page's picture; each links to its finding."""
    boxes = "".join(
        f'<a href="#{finding.id}" data-findings="{finding.id}"><title>{escaped(finding.id)} {escaped(finding.title)}</title>'
        f'<rect class="risk-{rated(finding)}" x="{place.x0 * 100:.3f}" y="{place.y0 * 100:.3f}" '
        f'width="{(place.x1 - place.x0) * 100:.3f}" height="{(place.y1 - place.y0) * 100:.3f}"/></a>'
        for span, finding in spans
        for place in span.places
        if place.page == number
    )
    return f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="Marked places">{boxes}</svg>'
