"""The report as one self-contained HTML page: no network, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from examples.legal_review.model import Review
from examples.legal_review.report.appendix import (
    render_changes,
    render_ledger,
    render_obligations,
    render_rejected,
    render_timeline,
)
from examples.legal_review.report.contract import render_contract
from examples.legal_review.report.findings import render_findings, render_overview
from examples.legal_review.report.markup import escaped, rated
from examples.legal_review.report.pages import Picture

_CSS = Path(__file__).with_name("report.css").read_text("utf-8")
_JS = Path(__file__).with_name("report.js").read_text("utf-8")
_NAV = (
    ("overview", "Overview"), ("findings", "Findings"), ("contract", "Contract"), ("timeline", "Timeline"),
    ("obligations", "Obligations"), ("changes", "Changes"), ("rejected", "Rejected"), ("ledger", "Ledger"),
)  # fmt: skip


def render_html(review: Review, pictures: Mapping[int, Picture]) -> str:
    """Return the whole page."""
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{_digest(_CSS)}'; script-src 'sha256-{_digest(_JS)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    body = "\n".join(
        [
            render_overview(review),
            f'<div class="panes">{render_contract(review, pictures)}{render_findings(review, pictures)}</div>',
            render_timeline(review),
            render_obligations(review),
            render_changes(review),
            render_rejected(review),
            render_ledger(review),
        ]
    )
    links = "".join(f'<a href="#{name}">{title}</a>' for name, title in _NAV if f'id="{name}"' in body)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escaped(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Review of {escaped(review.document.name)}</title>
<style>{_CSS}</style>
</head>
<body data-document="{escaped(review.document.sha256)}">
{_header(review)}
<nav aria-label="Parts of the report">{links}</nav>
<main>
{body}
</main>
<footer><p>Document SHA-256 <code>{escaped(review.document.sha256)}</code></p></footer>
<script>{_JS}</script>
</body>
</html>
"""


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _header(review: Review) -> str:
    banner = (
        '<p class="offline" role="alert">No language model was involved.'
        "<span>Rules located these places, and code compared amounts and words with the playbook. This is where to look, not a"
        " review: no clause has been read and judged.</span></p>"
        if review.offline
        else ""
    )
    parties = " · ".join(
        escaped(party.name) + (f" ({escaped(party.role)})" if party.role else "") for party in review.parties
    )
    facts = "".join(
        f"<div><dt>{name}</dt><dd>{escaped(value)}</dd></div>"
        for name, value in (
            ("We act for", review.side),
            ("Playbook", review.playbook),
            ("Pages", review.document.pages or "–"),
            ("Reviewed", review.created.strftime("%d %B %Y, %H:%M UTC")),
        )
    )
    warnings = [*review.document.warnings, *(f"Not answered: {each}" for each in review.unanswered)]
    told = "".join(f'<p class="warning">{escaped(warning)}</p>' for warning in warnings)
    return f"""<header class="top">
{banner}
<p class="eyebrow">Contract review</p>
<h1>{escaped(review.contract_type or review.document.name)}</h1>
<p class="lead">{parties or "parties not found"}</p>
<p class="file">{escaped(review.document.name)}</p>
<dl class="facts">{facts}</dl>
<ul class="totals" aria-label="Findings by risk">{_totals(review)}</ul>
{told}
<p class="disclaimer">This report supports a lawyer's work and is no legal advice. Every quote was compared with the document by
code; quotes that could not be verified are listed apart.</p>
</header>"""


def _totals(review: Review) -> str:
    counts = Counter(rated(finding) for finding in review.findings)
    labels = {
        "high": "high risk",
        "medium": "medium risk",
        "low": "low risk",
        "none": "no risk",
        "open": "not rated",
    }
    return "".join(
        f'<li class="risk-{risk}"><b>{counts[risk]}</b> {label}</li>'
        for risk, label in labels.items()
        if counts[risk] or risk in ("high", "medium", "low")
    )
