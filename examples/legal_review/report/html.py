"""The report as one self-contained HTML page: no network, everything escaped."""

from __future__ import annotations

import base64
import hashlib
import html
import itertools
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from agentkit.protocol.images import ImageData
from examples.legal_review.model import Finding, Review, Span
from examples.legal_review.report.pictures import effort_bars, timeline

_CSS = Path(__file__).with_name("report.css").read_text("utf-8")
_JS = Path(__file__).with_name("report.js").read_text("utf-8")
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ORDER = {"high": 0, "medium": 1, "low": 2, "none": 3}


def render_html(review: Review, page_images: Mapping[int, ImageData]) -> str:
    """Return the whole page."""
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{_digest(_CSS)}'; script-src 'sha256-{_digest(_JS)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    body = "\n".join(
        [
            _header(review),
            _overview(review),
            '<div class="panes">',
            _contract(review),
            _findings(review, page_images),
            "</div>",
            _dates(review),
            _changes(review),
            _rejected(review),
            _ledger(review),
        ]
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_text(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Review of {_text(review.document.name)}</title>
<style>{_CSS}</style>
</head>
<body>
{body}
<script>{_JS}</script>
</body>
</html>
"""


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _text(value: object) -> str:
    """Escape, and make characters visible that would turn text around."""
    return _BIDI.sub(lambda found: f"[U+{ord(found[0]):04X}]", html.escape(str(value), quote=True))


def _header(review: Review) -> str:
    risks = Counter(finding.risk for finding in review.findings)
    totals = "".join(
        f'<li class="risk-{risk}"><b>{risks[risk]}</b> {risk if risk != "none" else "no"} risk</li>'
        for risk in ("high", "medium", "low", "none")
    )
    parties = " · ".join(_text(party.name) for party in review.parties) or "parties not found"
    banner = (
        '<p class="offline" role="alert">No language model was involved.'
        "<span>Rules located these places, and code compared amounts and words with the playbook. This is where to look, not a"
        " review: no clause has been read and judged.</span></p>"
        if review.offline
        else ""
    )
    warnings = "".join(f'<p class="warning">{_text(warning)}</p>' for warning in review.document.warnings)
    unanswered = (
        f'<p class="warning">Not answered: {_text(", ".join(review.unanswered))}</p>'
        if review.unanswered
        else ""
    )
    return f"""<header>
{banner}
<p class="eyebrow">Contract review</p>
<h1>{_text(review.document.name)}</h1>
<p class="lead">{_text(review.contract_type or "Contract")} — {parties}</p>
<dl class="facts"><div><dt>Side</dt><dd>{_text(review.side)}</dd></div><div><dt>Playbook</dt><dd>{_text(review.playbook)}</dd></div>
<div><dt>Pages</dt><dd>{review.document.pages or "–"}</dd></div><div><dt>Reviewed</dt><dd>{_text(review.created.strftime("%d %B %Y, %H:%M UTC"))}</dd></div></dl>
<ul class="totals" aria-label="Findings by risk">{totals}</ul>
{warnings}{unanswered}
<p class="disclaimer">This report supports a lawyer's work and is no legal advice. Every quote was compared with the document by
code; quotes that could not be verified are listed apart.</p>
</header>"""


def _overview(review: Review) -> str:
    rows = "".join(
        f'<tr data-risk="{finding.risk}" data-status="{finding.status}"><td><a href="#{finding.id}">{finding.id}</a></td>'
        f"<td>{_text(finding.title)}</td><td>{_badge(finding.status)}</td>"
        f'<td data-sort="{_ORDER[finding.risk]}">{_risk(finding.risk)}</td><td>{_where(finding)}</td></tr>'
        for finding in sorted(review.findings, key=lambda each: _ORDER[each.risk])
    )
    return f"""<main>
<section aria-labelledby="overview"><h2 id="overview">Findings at a glance</h2>
<div class="controls"><label>Risk <select id="by-risk"><option value="">all</option><option>high</option><option>medium</option><option>low</option>
<option>none</option></select></label><label>Status <select id="by-status"><option value="">all</option><option>deviates</option><option>missing</option>
<option>fallback</option><option>conforms</option><option>unclear</option></select></label>
<label>Text <input id="by-text" type="search" placeholder="filter"></label><button type="button" id="export">Export decisions</button></div>
<div class="scroll"><table id="table"><thead><tr><th><button type="button">No.</button></th><th><button type="button">Rule</button></th>
<th><button type="button">Status</button></th><th><button type="button">Risk</button></th><th>Where</th></tr></thead><tbody>{rows}</tbody></table></div>
</section>"""


def _where(finding: Finding) -> str:
    places = [_place(span) for span in finding.spans]
    return _text(
        "; ".join(dict.fromkeys(place for place in places if place)) or ("–" if finding.spans else "nowhere")
    )


def _place(span: Span) -> str:
    page = f"p. {span.page}" if span.page else ""
    section = f"§ {span.section}" if span.section else ""
    return ", ".join(part for part in (page, section) if part)


def _badge(status: str) -> str:
    return f'<span class="badge status-{status}">{status}</span>'


def _risk(risk: str) -> str:
    return f'<span class="badge risk-{risk}">{risk}</span>'


def _contract(review: Review) -> str:
    """The text, split wherever a mark or a page begins or ends, so that marks may overlap."""
    text = review.text
    marks = [(span.start, span.end, finding) for finding in review.findings for span in finding.spans]
    cuts = sorted(
        {0, len(text), *review.page_starts, *(cut for start, end, _ in marks for cut in (start, end))}
    )
    pages = {start: number for number, start in enumerate(review.page_starts, 1)}
    pieces: list[str] = []
    seen: set[str] = set()
    for begin, end in itertools.pairwise(cuts):
        if begin in pages:
            pieces.append(f'<span class="page" id="page-{pages[begin]}">page {pages[begin]}</span>')
        around = [finding for start, stop, finding in marks if start <= begin and end <= stop]
        piece = _text(text[begin:end])
        if around:
            worst = min(around, key=lambda each: _ORDER[each.risk])
            anchor = "" if worst.id in seen else f' id="mark-{worst.id}"'
            seen.add(worst.id)
            names = ", ".join(f"{each.id} {each.title}" for each in around)
            piece = f'<a class="mark risk-{worst.risk}" href="#{worst.id}" data-finding="{worst.id}"{anchor} title="{_text(names)}">{piece}</a>'
        pieces.append(piece)
    return (
        '<section class="contract" aria-labelledby="contract-title"><h2 id="contract-title">Contract</h2>'
        f'<div class="paper">{"".join(pieces)}</div></section>'
    )


def _findings(review: Review, page_images: Mapping[int, ImageData]) -> str:
    cards = "".join(_card(finding, page_images) for finding in review.findings)
    return f'<section class="findings" aria-labelledby="findings-title"><h2 id="findings-title">Findings</h2>{cards}</section>'


def _card(finding: Finding, page_images: Mapping[int, ImageData]) -> str:
    quotes = "".join(_quote(span) for span in finding.spans)
    searched = (
        f'<p class="searched"><b>Searched:</b> {_text("; ".join(finding.searched))}</p>'
        if finding.searched
        else ""
    )
    sample = (
        f'<p class="sample"><b>Wording to propose:</b> {_text(finding.sample_clause)}</p>'
        if finding.sample_clause
        else ""
    )
    show = f'<a class="to-mark" href="#mark-{finding.id}">show in contract</a>' if finding.spans else ""
    by = {
        "code": "decided by code",
        "model": f"judged at effort {finding.effort}",
        "rules": "located by rules",
    }[finding.decided_by]
    return f"""<article class="card risk-{finding.risk}" id="{finding.id}" tabindex="-1">
<h3><span class="number">{finding.id}</span> {_text(finding.title)} {_badge(finding.status)} {_risk(finding.risk)}</h3>
<p>{_text(finding.rationale)}</p>
{quotes}{_pictures(finding, page_images)}{searched}
<p class="position"><b>Playbook:</b> {_text(finding.position or "–")}</p>{sample}
<p class="meta">{show} <span>{_text(finding.category)}</span> <span>{_text(by)}</span>
<span class="decide" data-finding="{finding.id}"><button type="button" value="accepted">Accept</button><button type="button" value="rejected">Reject</button></span></p>
</article>"""


def _quote(span: Span) -> str:
    quote = " ".join(span.quote.split())
    before, found, after = span.sentence.partition(quote)
    shown = (
        f"{_text(before)}<strong>{_text(quote)}</strong>{_text(after)}"
        if found
        else f"<strong>{_text(quote)}</strong>"
    )
    match = {
        "exact": "word for word",
        "folded": "but for spaces and quotation marks",
        "loose": "but for line breaks and capitals",
        "ocr": "read from the picture",
    }
    where = " · ".join(part for part in (_place(span), match[span.match]) if part)
    return f"<blockquote>{shown}<footer>{_text(where)}</footer></blockquote>"


def _pictures(finding: Finding, page_images: Mapping[int, ImageData]) -> str:
    """The pages of a finding, with its rectangles on them."""
    shown: list[str] = []
    for page in dict.fromkeys(span.page for span in finding.spans if span.page in page_images):
        if page is None:
            continue
        image = page_images[page]
        boxes = "".join(
            f'<rect x="{place.x0 * 100:.3f}" y="{place.y0 * 100:.3f}" width="{(place.x1 - place.x0) * 100:.3f}" '
            f'height="{(place.y1 - place.y0) * 100:.3f}"/>'
            for span in finding.spans
            for place in span.places
            if place.page == page
        )
        overlay = f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{boxes}</svg>'
        shown.append(
            f'<details><summary>Page {page} as a picture</summary><div class="picture"><img src="{image.data_url}" '
            f'alt="Page {page}" width="{image.width}" height="{image.height}" loading="lazy">{overlay}</div></details>'
        )
    return "".join(shown)


def _dates(review: Review) -> str:
    if not review.dates:
        return ""
    rows = "".join(
        f"<li><b>{_text(each.date or 'undated')}</b> {_text(each.label)} <small>{_text(each.rule)}</small></li>"
        for each in review.dates
    )
    return f'<section aria-labelledby="dates"><h2 id="dates">Timeline</h2>{timeline(review.dates)}<ul class="dates">{rows}</ul></section>'


def _changes(review: Review) -> str:
    document = review.document
    if not (document.changes or document.comments):
        return ""
    tags = {"inserted": "ins", "deleted": "del"}
    rows = "".join(
        f"<li><small>{_text(each.author)}, {_text(each.date[:10])}</small> <{tags[each.kind]}>{_text(each.text)}</{tags[each.kind]}></li>"
        for each in document.changes
    )
    comments = "".join(f"<li>{_text(comment)}</li>" for comment in document.comments)
    return (
        f'<section aria-labelledby="changes"><h2 id="changes">Tracked changes</h2><ul class="changes">{rows}</ul>'
        + (f"<h3>Comments</h3><ul>{comments}</ul>" if comments else "")
        + "</section>"
    )


def _rejected(review: Review) -> str:
    if not review.rejected:
        return ""
    rows = "".join(
        f"<li><q>{_text(claim.quote)}</q><br><small>{_text(claim.rule_id)}: {_text(claim.reason)}."
        f"{' Nearest: ' + _text(claim.nearest[0]) if claim.nearest else ''}</small></li>"
        for claim in review.rejected
    )
    return (
        '<section aria-labelledby="rejected"><h2 id="rejected">Rejected quotes</h2>'
        f"<p>These were given as quotes, but do not stand in the document. They are in no finding.</p><ul>{rows}</ul></section>"
    )


def _ledger(review: Review) -> str:
    ledger = review.ledger
    steps = "".join(
        f"<tr><td>{_text(step.step)}</td><td>{step.effort}</td><td>{step.tokens:,}</td><td>{_text('; '.join(step.reasons))}</td></tr>"
        for step in ledger.steps
    )
    server = "embedded server, rules" if ledger.simulated else ledger.server
    return f"""<section aria-labelledby="ledger"><h2 id="ledger">Effort and tokens</h2>
<p>{_text(ledger.model)} on {_text(server)}, {ledger.seconds:.1f} s, {sum(each.requests for each in ledger.by_effort.values())} requests.</p>
{effort_bars(ledger)}
<details><summary>Every step, with the reasons for its effort</summary><div class="scroll"><table><thead><tr><th>Step</th><th>Effort</th><th>Tokens</th>
<th>Why</th></tr></thead><tbody>{steps}</tbody></table></div></details></section></main>
<footer><p>Document SHA-256 <code>{_text(review.document.sha256)}</code></p></footer>"""
