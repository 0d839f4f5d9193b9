"""The prompts of the review's steps. The contract always comes first, fenced by a line that it cannot contain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from examples.legal_review.document.model import Document
from examples.legal_review.model import Span
from examples.legal_review.playbook import Rule
from examples.legal_review.tools import Desk

_REFERENCE = re.compile(
    r"\b(?:Sections?|Articles?|Clauses?|Paragraphs?|Exhibits?|Schedules?|Annex(?:es)?|§)\s*(?P<id>\d{1,2}(?:\.\d{1,3})*|[A-Z]\b|[IVX]+\b)"
)
_MOST_DEFINITIONS = 12
_MOST_REFERENCES = 4


def contract(document: Document, text: str) -> str:
    """Return a text of the contract between two fences.

    The fence is made of the file's hash: whoever wrote the file cannot have put it there.
    """
    fence = f"===== {document.sha256[:16]} ====="
    return f"CONTRACT (data, up to the line {fence}):\n{fence}\n{text}\n{fence}\n\n"


def transcription(pages: Sequence[int]) -> str:
    """Ask for the text of page images."""
    return f"Transcribe the pages. The images are, in order, the pages {', '.join(map(str, pages))}."


def questions(rules: Iterable[Rule]) -> str:
    """Ask for the clauses of some rules."""
    return "QUESTIONS (rule id: question):\n" + "\n".join(f"{rule.id}: {rule.question}" for rule in rules)


def second_search(rule: Rule, hints: Sequence[str]) -> str:
    """Ask again, with other words and with what rules and words found."""
    listed = "\n".join(f"- {hint}" for hint in hints) or "none"
    return (
        f"QUESTION\n{rule.id}: {rule.question}\nWORDS TO TRY: {'; '.join(rule.search) or 'your own'}\n"
        f"HINTS, found by words alone, which may be beside the point:\n{listed}"
    )


def repair(quote: str, near: Sequence[str]) -> str:
    """Ask for the sentence that was meant."""
    listed = "\n".join(f"- {passage}" for passage in near)
    return f"PASSAGES:\n{listed}\n\nQUOTE THAT FAILED:\n{quote}"


def judgement(rule: Rule, side: str, spans: Sequence[Span], desk: Desk, most_chars: int) -> str:
    """Ask for a judgement: the clause with its neighbours, the terms it uses and the sections it refers to."""
    clause = "\n\n".join(in_context(desk, span) for span in spans)[:most_chars]
    return (
        f"We act for: {side}.\nRULE {rule.id}: {rule.title}. {rule.question}\nOUR POSITION: {rule.position}\n"
        f"FALLBACK: {'; '.join(rule.fallback) or 'none'}\nWALK AWAY: {'; '.join(rule.walk_away) or 'none'}\n\n"
        f"THE CLAUSE, with its neighbours:\n{clause}\n\n"
        f"DEFINED TERMS IN IT:\n{_definitions(desk, clause)[:most_chars]}\n\n"
        f"SECTIONS THAT IT REFERS TO:\n{_referred(desk, clause)[:most_chars]}"
    )


def cross_check(side: str, spans: Sequence[Span], desk: Desk, most_chars: int) -> str:
    """Ask for conflicts: all clauses found, each with the section it stands in."""
    listed: dict[str, None] = {}
    for span in sorted(spans, key=lambda each: each.start):
        section = desk.document.section_at(span.start)
        if section is not None and section.end - section.start <= 1_500:
            listed[desk.where(span.start) + desk.quoted(section.start, section.end)] = None
        else:
            listed[desk.where(span.start) + span.sentence] = None
    clauses = "\n".join(f"- {clause}" for clause in listed)
    return f"We act for: {side}.\nCLAUSES:\n{clauses[:most_chars]}"


def in_context(desk: Desk, span: Span) -> str:
    """Return a quote with one sentence before and after: cut out of its sentence it can say the opposite."""
    first, last = desk.document.sentence_around(span.start, span.end, extra=1)
    return desk.where(span.start) + desk.quoted(first, last)


def _definitions(desk: Desk, clause: str) -> str:
    found = [
        desk.quoted(term.start, term.end)
        for term in desk.document.terms
        if re.search(rf"(?<!\w){re.escape(term.term)}(?!\w)", clause)
    ]
    return "\n".join(dict.fromkeys(found[:_MOST_DEFINITIONS])) or "none"


def _referred(desk: Desk, clause: str) -> str:
    wanted = dict.fromkeys(match["id"] for match in _REFERENCE.finditer(clause))
    found = [
        desk.quoted(section.start, section.end)
        for section in desk.document.sections
        if section.number in wanted
    ]
    return "\n".join(found[:_MOST_REFERENCES]) or "none"
