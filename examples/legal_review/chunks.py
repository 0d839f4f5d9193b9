"""Contracts that are longer than the served context window: parts that overlap, each with outline and defined terms."""

from __future__ import annotations

from typing import Final

from examples.legal_review.document.model import Document

CHARS_PER_TOKEN: Final = 4.0
"""Of English contracts with MS4's tokenizer, on the safe side."""

SHARE_OF_WINDOW: Final = 0.6
"""What of the window the contract may take; the rest is for questions, schema and answer."""

FEWEST_CHARS: Final = 2_000
"""A part that is shorter tells nothing."""

_OVERLAP: Final = 0.1
_HEAD: Final = 0.15
_ANY_CONTRACT: Final = 1_000_000


def most_chars(window: int | None) -> int:
    """Return how many characters of a contract fit in a request; as good as all where the window is not known."""
    return (
        _ANY_CONTRACT
        if window is None
        else max(FEWEST_CHARS, int(window * SHARE_OF_WINDOW * CHARS_PER_TOKEN))
    )


def parts(document: Document, most: int) -> list[str]:
    """Return the whole text, or parts of at most so many characters that begin at sections where they can.

    Neighbouring parts share a tenth, so that a clause at a border is whole in one of them.
    """
    text = document.text
    if len(text) <= most:
        return [text]
    head = _head(document, int(most * _HEAD))
    room = most - len(head) - 100
    starts = [section.start for section in document.sections]
    bounds: list[tuple[int, int]] = []
    at = 0
    while True:
        end = min(len(text), at + room)
        if end < len(text):
            end = max((start for start in starts if at + room // 2 < start <= end), default=end)
        bounds.append((at, end))
        if end == len(text):
            break
        at = end - int(room * _OVERLAP)
    return [
        f"[Part {number} of {len(bounds)} of the contract.]\n{head}\n{text[start:end]}"
        for number, (start, end) in enumerate(bounds, 1)
    ]


def ends(document: Document, most: int) -> str:
    """Return the first and the last pages of a text, where it says what it is and who signed it."""
    text = document.text
    most = min(most, 16_000)
    if len(text) <= most:
        return text
    return f"{text[: most * 5 // 8]}\n[...]\n{text[len(text) - most * 3 // 8 :]}"


def _head(document: Document, most: int) -> str:
    """Return the outline and the defined terms, as far as they fit."""
    outline = "; ".join(f"{section.id} {section.title}".strip() for section in document.sections)
    terms = "; ".join(" ".join(document.text[term.start : term.end].split()) for term in document.terms)
    return f"[Sections: {outline[: most // 2]}]\n[Defined terms: {terms[: most // 2]}]"
