"""What the reviewing agents can do with a document: tools over its text, sections, terms and pages."""

from __future__ import annotations

import datetime
import itertools
import re
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from agentkit import Image, RetryTool, RunContext, Toolset, tool
from examples.legal_review.dates import add
from examples.legal_review.document.model import Document
from examples.legal_review.document.sentences import sentences
from examples.legal_review.playbook import Playbook, Rule
from examples.legal_review.quotes.verify import Source

_MOST_HITS = 8
_MOST_SECTIONS = 200
_MOST_TERMS = 60
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What lies on the reviewer's desk: the dependencies of every run.

    Attributes:
        document: The contract.
        source: Its text, ready to verify quotes.
        playbook: The rules.
        sentences: (start, end) of each sentence of the text.
        lowered: The same sentences in lower case, to search in.
        most_chars: Characters that one tool result may have, so that small context windows hold several.
        searched: What was looked for in this run, and how much was found; the tools write it down.
    """

    document: Document
    source: Source
    playbook: Playbook
    sentences: tuple[tuple[int, int], ...]
    lowered: tuple[str, ...] = field(repr=False)
    most_chars: int = 12_000
    searched: list[str] = field(default_factory=list[str])

    def fresh(self) -> Desk:
        """Return the same desk for another run, with nothing searched yet."""
        return replace(self, searched=[])

    def passages(self, words: str) -> list[tuple[int, int]]:
        """Return the sentences that hold all of the words, whatever their case; else pairs of sentences that do."""
        wanted = [word.lower() for word in _WORD.findall(words)]
        if not wanted:
            return []
        found = [
            span
            for span, low in zip(self.sentences, self.lowered, strict=True)
            if all(word in low for word in wanted)
        ]
        if not found and len(wanted) > 1:
            pairs = itertools.pairwise(zip(self.sentences, self.lowered, strict=True))
            found = [
                (one[0], other[1])
                for (one, low), (other, next_low) in pairs
                if all(word in low or word in next_low for word in wanted)
            ]
        return found

    def where(self, offset: int) -> str:
        """Return the section and page of an offset, in brackets; empty where neither is known."""
        section, page = self.document.section_at(offset), self.document.page_at(offset)
        parts = [
            f"section {section.number} {section.title}".strip() if section else "",
            f"page {page}" if page else "",
        ]
        told = ", ".join(part for part in parts if part)
        return f"[{told}] " if told else ""

    def quoted(self, start: int, end: int) -> str:
        """Return text[start:end] on one line."""
        return " ".join(self.document.text[start:end].split())


def desk_for(document: Document, playbook: Playbook, *, most_chars: int = 12_000) -> Desk:
    """Return the desk for a document."""
    spans = tuple(sentences(document.text))
    return Desk(
        document=document,
        source=Source(document.text),
        playbook=playbook,
        sentences=spans,
        lowered=tuple(document.text[start:end].lower() for start, end in spans),
        most_chars=most_chars,
    )


@tool
def get_outline(context: RunContext[Desk]) -> str:
    """List the contract's sections with their ids."""
    found = context.deps.document.sections
    if not found:
        return "The contract has no numbered sections. Use search_text."
    lines = [f"{section.id}: {section.title}" for section in found[:_MOST_SECTIONS]]
    if len(found) > _MOST_SECTIONS:
        lines.append(f"... and {len(found) - _MOST_SECTIONS} more; read_section knows them too.")
    return "\n".join(lines)


@tool
def read_section(context: RunContext[Desk], section_id: str) -> str:
    """Read one section in full.

    Args:
        section_id: An id from get_outline, such as 9.2.
    """
    desk = context.deps
    for section in desk.document.sections:
        if section_id.strip() in (section.id, section.number):
            desk.searched.append(f"section {section.id} read")
            text = desk.document.text[section.start : section.end]
            rest = len(text) - desk.most_chars
            return text[: desk.most_chars] + (
                f"\n[{rest:,} more characters: read its subsections one by one]" if rest > 0 else ""
            )
    raise RetryTool(f"There is no section {section_id!r}. Call get_outline for the ids.")


@tool
def search_text(context: RunContext[Desk], words: str) -> str:
    """Find the sentences that hold all of the given words.

    Args:
        words: One to five words, in any order; the case does not matter.
    """
    desk = context.deps
    if not _WORD.search(words):
        raise RetryTool("Give at least one word.")
    found = desk.passages(words)
    desk.searched.append(f"the words “{words}”: {_places(len(found))}")
    lines: list[str] = []
    for start, end in found[:_MOST_HITS]:
        lines.append(desk.where(start) + desk.quoted(start, end)[: desk.most_chars // _MOST_HITS])
    if len(found) > _MOST_HITS:
        lines.append(f"... and {len(found) - _MOST_HITS} more; add a word to narrow it down.")
    return "\n---\n".join(lines) or f"No sentence holds all of: {words}."


@tool
def get_definition(context: RunContext[Desk], term: str) -> str:
    """Return the sentence that defines a term.

    Args:
        term: The term as the contract capitalises it.
    """
    desk = context.deps
    for defined in desk.document.terms:
        if defined.term.lower() == term.strip().lower():
            return desk.quoted(defined.start, defined.end)[: desk.most_chars]
    known = ", ".join(defined.term for defined in desk.document.terms[:_MOST_TERMS])
    return f"The contract does not define {term!r}. Defined: {known or 'nothing'}."


@tool
def find_quote(context: RunContext[Desk], quote: str) -> str:
    """Check that a quote stands in the contract word for word, before you cite it.

    Args:
        quote: The words, exactly as they stand.
    """
    desk = context.deps
    verdict = desk.source.verify(quote)
    if verdict.accepted and verdict.start is not None:
        return f"{desk.where(verdict.start)}It stands there."
    near = [desk.quoted(start, end) for start, end in desk.source.nearest(quote, 2)]
    raise RetryTool(f"Not in the contract: {verdict.reason}. Nearest: {' | '.join(near) or 'nothing'}")


@tool
def list_rules(context: RunContext[Desk]) -> list[dict[str, str]]:
    """List the playbook's rules."""
    return [
        {"id": rule.id, "title": rule.title, "question": rule.question}
        for rule in context.deps.playbook.rules
    ]


@tool
def get_rule(context: RunContext[Desk], rule_id: str) -> dict[str, Any]:
    """Return one rule of the playbook in full.

    Args:
        rule_id: An id from list_rules.
    """
    return rule_of(context.deps.playbook, rule_id).model_dump(exclude_defaults=True)


@tool
def date_add(
    base: datetime.date,
    amount: int,
    unit: Literal["days", "weeks", "months", "years"],
    business_days: bool = False,
) -> str:
    """Add a period to a date, or subtract it. Never reckon dates yourself.

    Args:
        base: The date to count from, such as 2026-03-01.
        amount: How many; negative to count back.
        unit: Days, weeks, months or years.
        business_days: Whether to count Monday to Friday only.
    """
    return add(base, amount, unit, business_days=business_days).isoformat()


@tool
def view_page(context: RunContext[Desk], page: int) -> list[str | Image]:
    """Look at a page as a picture: for stamps, tables, signatures and pages without text.

    Args:
        page: The page's number, from 1.
    """
    desk = context.deps
    document = desk.document
    if not any(each.number == page for each in document.pages):
        have = (
            f"has {len(document.pages)} pages" if document.pages else "has no pages to look at; read its text"
        )
        raise RetryTool(f"There is no page {page}: the document {have}.")
    desk.searched.append(f"page {page} looked at")
    return [f"Page {page}:", Image(document.render_page(page), name=f"page {page}")]


def rule_of(playbook: Playbook, rule_id: str) -> Rule:
    """Return a rule by its id."""
    for rule in playbook.rules:
        if rule.id == rule_id:
            return rule
    raise RetryTool(f"There is no rule {rule_id!r}. Call list_rules.")


def _places(count: int) -> str:
    return "nothing" if not count else f"{count} sentence{'s' if count != 1 else ''}"


TOOLS = Toolset(
    [
        get_outline,
        read_section,
        search_text,
        get_definition,
        find_quote,
        list_rules,
        get_rule,
        date_add,
        view_page,
    ]
)
"""All tools of the reviewer."""
