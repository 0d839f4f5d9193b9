"""What the reviewing agents can do with a document: tools over its text, sections, terms and pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from agentkit import Image, RetryTool, RunContext, Toolset, tool
from examples.legal_review.document.model import Document
from examples.legal_review.playbook import Playbook, Rule
from examples.legal_review.quotes.verify import Source

_MOST_HITS = 8
_MOST_CHARS = 12_000


@dataclass(frozen=True)
class Desk:
    """What lies on the reviewer's desk: the run's dependencies."""

    document: Document
    source: Source
    playbook: Playbook


@tool
def get_outline(context: RunContext[Desk]) -> str:
    """List the contract's sections with their ids."""
    sections = context.deps.document.sections
    if not sections:
        return "The contract has no numbered sections. Use search_text."
    return "\n".join(f"{section.id}: {section.number} {section.title}".rstrip() for section in sections[:200])


@tool
def read_section(context: RunContext[Desk], section_id: str) -> str:
    """Read one section in full.

    Args:
        section_id: An id from get_outline, such as s4.
    """
    document = context.deps.document
    for section in document.sections:
        if section_id in (section.id, section.number):
            return document.text[section.start : section.end][:_MOST_CHARS]
    raise RetryTool(f"There is no section {section_id!r}. Call get_outline for the ids.")


@tool
def search_text(context: RunContext[Desk], words: str) -> str:
    """Find passages that hold all of the given words.

    Args:
        words: One to five words, in any order; the case does not matter.
    """
    document = context.deps.document
    wanted = [word.lower() for word in re.findall(r"\w+", words)]
    if not wanted:
        raise RetryTool("Give at least one word.")
    hits: list[str] = []
    for paragraph in re.finditer(r"[^\n]+(?:\n(?!\s*\n)[^\n]+)*", document.text):
        low = paragraph[0].lower()
        if all(word in low for word in wanted):
            hits.append(" ".join(paragraph[0].split())[:1200])
            if len(hits) == _MOST_HITS:
                break
    return "\n---\n".join(hits) or f"No passage holds all of: {', '.join(wanted)}."


@tool
def get_definition(context: RunContext[Desk], term: str) -> str:
    """Return the sentence that defines a term.

    Args:
        term: The term as the contract capitalises it.
    """
    document = context.deps.document
    for defined in document.terms:
        if defined.term.lower() == term.lower():
            return " ".join(document.text[defined.start : defined.end].split())
    known = ", ".join(defined.term for defined in document.terms[:60])
    return f"The contract does not define {term!r}. Defined: {known or 'nothing'}."


@tool
def find_quote(context: RunContext[Desk], quote: str) -> str:
    """Check that a quote stands in the contract word for word, before you cite it.

    Args:
        quote: The words, exactly as they stand.
    """
    desk = context.deps
    verdict = desk.source.verify(quote)
    if verdict.accepted and verdict.start is not None and verdict.end is not None:
        section = desk.document.section_at(verdict.start)
        return f"It stands there{f', in section {section.number} {section.title}' if section else ''}."
    near = [" ".join(desk.document.text[start:end].split()) for start, end in desk.source.nearest(quote, 2)]
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
def view_page(context: RunContext[Desk], page: int) -> list[str | Image]:
    """Look at a page as a picture: for stamps, tables, signatures and pages without text.

    Args:
        page: The page's number, from 1.
    """
    document = context.deps.document
    if not any(each.number == page for each in document.pages):
        raise RetryTool(f"There is no page {page} to look at; the document has {len(document.pages)} pages.")
    return [f"Page {page}:", Image(document.render_page(page), name=f"page {page}")]


def rule_of(playbook: Playbook, rule_id: str) -> Rule:
    """Return a rule by its id."""
    for rule in playbook.rules:
        if rule.id == rule_id:
            return rule
    raise RetryTool(f"There is no rule {rule_id!r}. Call list_rules.")


TOOLS = Toolset(
    [get_outline, read_section, search_text, get_definition, find_quote, list_rules, get_rule, view_page]
)
"""All tools of the reviewer."""
