"""Small pieces of HTML that every part of the report uses; everything that comes from outside is escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from examples.legal_review.model import Finding, Span

RISK_ORDER = {"high": 0, "medium": 1, "low": 2, "none": 3}
MATCHES = {
    "exact": "word for word",
    "folded": "word for word, but for spaces and quotation marks",
    "loose": "word for word, but for line breaks, capitals or punctuation",
    "ocr": "read from the picture: compare it",
}
_UNSEEN = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]|[\x00-\x08\x0b\x0e-\x1f]"
)


def escaped(value: object) -> str:
    """Escape, and show characters that would turn text around or hide in it."""
    return _UNSEEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", html.escape(str(value), quote=True))


def status_badge(finding: Finding) -> str:
    """Return the finding's status; what only rules have located is called so."""
    label = finding.status
    if finding.status == "unclear" and finding.decided_by == "rules":
        return f'<span class="badge status-unclear">{"located" if finding.spans else "not located"}</span>'
    return f'<span class="badge status-{finding.status}">{label}</span>'


def rated(finding: Finding) -> str:
    """Return the finding's risk class: `open` where nobody has rated it."""
    return "open" if finding.status == "unclear" and finding.risk == "none" else finding.risk


def by_weight(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings, the riskiest first and the unrated last, else in the playbook's order."""
    return sorted(findings, key=lambda each: (rated(each) == "open", RISK_ORDER[each.risk]))


def risk_badge(finding: Finding) -> str:
    """Return the finding's risk."""
    risk = rated(finding)
    label = {"open": "not rated", "none": "no risk"}.get(risk, f"{risk} risk")
    return f'<span class="badge risk-{risk}">{label}</span>'


def place(span: Span) -> str:
    """Return page and section of a quote as plain text."""
    page = f"p. {span.page}" if span.page else ""
    section = f"§ {span.section}" if span.section else ""
    return ", ".join(part for part in (page, section) if part)


def section(name: str, title: str, body: str, *, count: int | None = None, classes: str = "") -> str:
    """Return a section of the report with its heading."""
    number = f' <span class="count">{count}</span>' if count is not None else ""
    kind = f' class="{classes}"' if classes else ""
    return f'<section{kind} id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{escaped(title)}{number}</h2>{body}</section>'
