"""From quotes to evidence: every quote is verified, placed by code, or rejected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agentkit import Agent
from examples.legal_review.model import Place, RejectedClaim, Span
from examples.legal_review.quotes.verify import Source, Verdict
from examples.legal_review.tools import Desk


@dataclass
class Evidence:
    """What is verified for one rule, and what was rejected."""

    spans: list[Span] = field(default_factory=list)
    rejected: list[RejectedClaim] = field(default_factory=list)


def place(desk: Desk, verdict: Verdict) -> Span:
    """Build the span of an accepted quote: text, page, section, sentence and rectangles all come from the document."""
    document = desk.document
    start, end = verdict.start or 0, verdict.end or 0
    first, last = document.sentence_around(start, end)
    section = document.section_at(start)
    rects = [rect for part in verdict.parts for rect in document.rects(*part)]
    return Span(
        quote=document.text[start:end],
        start=start,
        end=end,
        match="ocr" if document.is_ocr(start) else verdict.match or "exact",
        sentence=" ".join(document.text[first:last].split()),
        page=document.page_at(start),
        section=f"{section.number} {section.title}".strip() if section else None,
        places=tuple(Place(page=rect.page, x0=rect.x0, y0=rect.y0, x1=rect.x1, y1=rect.y1) for rect in rects),
        source_sha256=document.sha256,
    )


async def gather(desk: Desk, rule_id: str, quotes: Iterable[str], repairer: Agent[list[str]]) -> Evidence:
    """Verify quotes; those that fail get one repair call with the passages that come nearest, and else are rejected."""
    evidence = Evidence()
    failed: list[tuple[str, str]] = []
    for quote in dict.fromkeys(quote.strip() for quote in quotes if quote.strip()):
        verdict = desk.source.verify(quote)
        if verdict.accepted:
            evidence.spans.append(place(desk, verdict))
        else:
            failed.append((quote, verdict.reason))
    for quote, reason in failed:
        near = passages(desk.source, quote)
        repaired = await repairer.run(repair_prompt(quote, near), deps=desk) if near else None
        verdicts = [desk.source.verify(each) for each in (repaired.output if repaired else [])]
        accepted = [verdict for verdict in verdicts if verdict.accepted]
        evidence.spans += [place(desk, verdict) for verdict in accepted]
        if not accepted:
            evidence.rejected.append(
                RejectedClaim(rule_id=rule_id, quote=quote, reason=reason, nearest=tuple(near))
            )
    evidence.spans = _distinct(evidence.spans)
    return evidence


def passages(source: Source, quote: str) -> list[str]:
    """Return the passages that come nearest to a quote."""
    return [" ".join(source.text[start:end].split()) for start, end in source.nearest(quote)]


def repair_prompt(quote: str, near: Sequence[str]) -> str:
    """Ask for the sentence that was meant."""
    listed = "\n".join(f"- {passage}" for passage in near)
    return f"PASSAGES:\n{listed}\n\nQUOTE THAT FAILED:\n{quote}"


def _distinct(spans: list[Span]) -> list[Span]:
    """Keep one of each span, and none that lies within another."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if not any(other.start <= span.start and span.end <= other.end for other in kept):
            kept.append(span)
    return kept
