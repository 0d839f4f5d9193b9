"""Sentences of a contract that address whoever reviews it, or the model that does: reported, never followed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from examples.legal_review.evidence import span_at
from examples.legal_review.model import Finding, Span
from examples.legal_review.tools import Desk

RULE = "instruction-in-the-text"

_MACHINE = (
    r"(?:AI|A\.I\.|LLMs?|chat\s?bots?|chatgpt|(?:large\s+)?language\s+models?|artificial\s+intelligence|"
    r"(?:AI|virtual|automated|automatic|machine)\s+(?:\w+\s+)?(?:assistant|review\w*|reader|agent)s?|reviewing\s+(?:model|software|system))"
)
_ORDER = r"(?:ignore|disregard|forget|override|bypass|report|respond|answer|reply|state|say|output|treat|mark|rate|classify|conclude|do\s+not)"
_WHOSE = r"(?:all\s+|any\s+|your\s+|the\s+|these\s+|those\s+|previous\s+|prior\s+|above\s+|earlier\s+|other\s+){1,4}"
_HARMLESS = r"(?:(?:holds|has|contains|poses|presents|carries)\s+no|is\s+(?:low|without|free))"
_SIGNS = tuple(
    re.compile(sign, re.IGNORECASE)
    for sign in (
        rf"\b(?:ignore|disregard|forget|override)\s+{_WHOSE}(?:instructions?|prompts?|playbooks?|guidelines|system\s+messages?)\b",
        rf"\b{_MACHINE}\b[^.]{{0,80}}[:,;–—-]\s*(?:please\s+|you\s+(?:must|should|shall)\s+)?{_ORDER}\b",
        rf"\b{_MACHINE}\b[^.;]{{0,80}}\b(?:must|should|shall)\s+{_ORDER}\b[^.;]{{0,60}}\b(?:clauses?|contract|agreement|document|provisions?)\b",
        rf"\b(?:note|notice|message|instructions?)\s+(?:to|for)\s+(?:the\s+|any\s+|all\s+)?{_MACHINE}\b",
        r"\b(?:system|developer)\s+prompt\b",
        r"\byou\s+are\s+(?:now\s+)?(?:an?\s+)?(?:AI|assistant|chatgpt|language\s+model|helpful)\b",
        rf"\b(?:report|conclude|state|say|answer)\s+that\s+(?:this|the)\s+(?:contract|agreement|document)\s+{_HARMLESS}\b",
        r"\[/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS|THINK)\]|<\|(?:im_start|im_end|system|assistant)\|>|</?s>",
    )
)


def find_instructions(desk: Desk) -> list[tuple[int, int]]:
    """Return (start, end) of the sentences that read like instructions to a reviewing machine."""
    text = desk.document.text
    return [
        (start, end) for start, end in desk.sentences if any(sign.search(text, start, end) for sign in _SIGNS)
    ]


def report(desk: Desk, claimed: Iterable[Span]) -> list[Finding]:
    """Return a finding if the text holds instructions, found by patterns or by the model.

    Args:
        desk: The contract.
        claimed: What the model took for instructions, verified.
    """
    spans = {(span.start, span.end): span for span in claimed}
    for start, end in find_instructions(desk):
        if not any(low <= start < high or start <= low < end for low, high in spans):
            spans[start, end] = span_at(desk, start, end, "exact")
    if not spans:
        return []
    return [
        Finding(
            id="I1",
            rule_id=RULE,
            category="Instruction in the text",
            title="The text gives instructions to its reviewer",
            status="deviates",
            risk="high",
            rationale="The text addresses whoever or whatever reviews it. It was read as text and not followed. Ask the other"
            " side what it is for, and have it taken out.",
            spans=tuple(spans[each] for each in sorted(spans)),
            decided_by="code",
        )
    ]
