"""From quotes to evidence: every quote is verified, placed by code, or rejected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from examples.legal_review import prompts
from examples.legal_review.model import Match, Place, RejectedClaim, Span
from examples.legal_review.quotes.verify import Verdict
from examples.legal_review.tools import Desk
from examples.legal_review.work import Work


@dataclass
class Evidence:
    """What is verified for one rule, what was rejected, and what was searched for it."""

    spans: list[Span] = field(default_factory=list[Span])
    rejected: list[RejectedClaim] = field(default_factory=list[RejectedClaim])
    searched: list[str] = field(default_factory=list[str])

    def add(self, other: Evidence) -> None:
        """Add what was found by another search."""
        self.spans = _distinct([*self.spans, *other.spans])
        self.rejected += other.rejected
        self.searched += other.searched


async def gather(work: Work, desk: Desk, rule_id: str, quotes: Iterable[str]) -> Evidence:
    """Verify quotes; those that fail get one repair call with the passages that come nearest, and else are rejected."""
    evidence = Evidence()
    failed: list[tuple[str, str]] = []
    for quote in dict.fromkeys(quote.strip() for quote in quotes if quote.strip()):
        verdict = desk.source.verify(quote)
        if verdict.accepted:
            evidence.spans += place(desk, verdict)
        else:
            failed.append((quote, verdict.reason))
    for quote, reason in failed:
        near = [desk.quoted(start, end) for start, end in desk.source.nearest(quote)]
        repaired = await _repair(work, desk, rule_id, quote, near)
        evidence.spans += repaired
        if not repaired:
            evidence.rejected.append(
                RejectedClaim(rule_id=rule_id, quote=quote, reason=reason, nearest=tuple(near))
            )
    evidence.spans = _distinct(evidence.spans)
    return evidence


async def _repair(work: Work, desk: Desk, rule_id: str, quote: str, near: list[str]) -> list[Span]:
    """Ask once which of the passages was meant."""
    if not near:
        return []
    run = work.run(f"repair a quote for {rule_id}", work.agents.repairer, prompts.repair(quote, near), desk)
    answer = await work.attempt([], run)
    verdicts = [desk.source.verify(each) for each in (answer.output if answer else [])]
    return [span for verdict in verdicts if verdict.accepted for span in place(desk, verdict)]


def place(desk: Desk, verdict: Verdict) -> list[Span]:
    """Return the spans of an accepted quote, one for each part between ellipses.

    Text, page, section, sentence and rectangles all come from the document.
    """
    return [span_at(desk, start, end, verdict.match or "exact") for start, end in verdict.parts]


def span_at(desk: Desk, start: int, end: int, match: Match) -> Span:
    """Return the span of text[start:end]."""
    document = desk.document
    section = document.section_at(start)
    return Span(
        quote=document.text[start:end],
        start=start,
        end=end,
        match="ocr" if document.is_ocr(start) else match,
        sentence=desk.quoted(*document.sentence_around(start, end)),
        page=document.page_at(start),
        section=f"{section.number} {section.title}".strip() if section else None,
        places=tuple(
            Place(page=rect.page, x0=rect.x0, y0=rect.y0, x1=rect.x1, y1=rect.y1)
            for rect in document.rects(start, end)
        ),
        source_sha256=document.sha256,
    )


def _distinct(spans: list[Span]) -> list[Span]:
    """Keep one of each span, and none that lies within another."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if not any(other.start <= span.start and span.end <= other.end for other in kept):
            kept.append(span)
    return kept
