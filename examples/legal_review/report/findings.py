"""The findings: a table of all, and a card for each."""

from __future__ import annotations

from collections.abc import Mapping

from examples.legal_review.model import Finding, Review, Span
from examples.legal_review.report.contract import anchor
from examples.legal_review.report.markup import (
    MATCHES,
    RISK_ORDER,
    by_weight,
    escaped,
    place,
    rated,
    risk_badge,
    section,
    status_badge,
)
from examples.legal_review.report.pages import Picture

_BY = {"code": "decided by code", "rules": "located by rules"}


def render_overview(review: Review) -> str:
    """Return the table of findings, the riskiest first, with its filters."""
    rows = "".join(
        f'<tr data-finding="{each.id}" data-risk="{rated(each)}" data-status="{each.status}">'
        f'<td><a href="#{each.id}">{each.id}</a></td><th scope="row">{escaped(each.title)}</th>'
        f'<td>{status_badge(each)}</td><td data-sort="{rated(each) == "open":d}{RISK_ORDER[each.risk]}">{risk_badge(each)}</td>'
        f'<td class="where">{_places(each)}</td><td class="decided"></td></tr>'
        for each in by_weight(review.findings)
    )
    controls = """<div class="controls" role="search"><label>Risk <select id="by-risk"><option value="">all</option><option>high</option>
<option>medium</option><option>low</option><option value="none">no risk</option><option value="open">not rated</option></select></label>
<label>Status <select id="by-status"><option value="">all</option><option>deviates</option><option>missing</option><option>fallback</option>
<option>conforms</option><option value="unclear">unclear or located</option></select></label>
<label>Text <input id="by-text" type="search" placeholder="filter"></label><output id="shown" aria-live="polite"></output>
<span class="gap"></span><output id="progress"></output><button type="button" id="export">Export decisions</button></div>"""
    head = "".join(
        f'<th aria-sort="none"><button type="button">{name}</button></th>'
        for name in ("No.", "Rule", "Status", "Risk")
    )
    table = (
        f'<div class="scroll"><table id="table"><thead><tr>{head}<th>Where</th><th>Decision</th></tr></thead><tbody>{rows}</tbody></table></div>'
        '<p class="keys">Keys: <kbd>j</kbd> <kbd>k</kbd> next and previous finding, <kbd>a</kbd> accept, <kbd>r</kbd> reject,'
        " <kbd>/</kbd> filter. Click a mark in the contract to see its finding, and a quote to see its place.</p>"
    )
    return section("overview", "Findings at a glance", controls + table, count=len(review.findings))


def render_findings(review: Review, pictures: Mapping[int, Picture]) -> str:
    """Return a card for each finding, in the order of the table."""
    cards = "".join(_card(finding, pictures) for finding in by_weight(review.findings))
    return section("findings", "Findings", cards or "<p>None.</p>", classes="findings")


def _places(finding: Finding) -> str:
    told = dict.fromkeys(place(span) for span in finding.spans)
    return escaped("; ".join(each for each in told if each) or "–")


def _card(finding: Finding, pictures: Mapping[int, Picture]) -> str:
    quotes = "".join(_quote(finding, index, span, pictures) for index, span in enumerate(finding.spans))
    by = _BY.get(finding.decided_by, f"judged by the model at effort {finding.effort}")
    lines = "".join(
        f"<div><dt>{name}</dt><dd>{escaped(text)}</dd></div>"
        for name, text in (
            ("Playbook", finding.position),
            ("Also accepted", "; ".join(finding.fallback)),
            ("Never accepted", "; ".join(finding.walk_away)),
            ("Wording to propose", finding.sample_clause),
            ("Ask", finding.owner),
        )
        if text
    )
    return f"""<article class="card risk-{rated(finding)}" id="{finding.id}" tabindex="-1" aria-labelledby="{finding.id}-title">
<header><h3 id="{finding.id}-title"><span class="number">{finding.id}</span> {escaped(finding.title)}</h3>
<p class="badges">{status_badge(finding)} {risk_badge(finding)}</p></header>
<p class="rationale">{escaped(finding.rationale)}</p>
{quotes}{_searched(finding)}<dl class="rule">{lines}</dl>
<p class="meta"><span>{escaped(finding.category)}</span> <span>rule {escaped(finding.rule_id)}</span> <span>{by}</span></p>
<div class="decide" data-finding="{finding.id}"><button type="button" value="accepted" aria-pressed="false">Accept</button>
<button type="button" value="rejected" aria-pressed="false">Reject</button>
<input type="text" aria-label="Note on {finding.id}" placeholder="note" value="{escaped(finding.note)}"></div>
</article>"""


def _searched(finding: Finding) -> str:
    if not finding.searched:
        return ""
    items = "".join(f"<li>{escaped(each)}</li>" for each in finding.searched)
    return f'<details class="searched"><summary>What was searched ({len(finding.searched)})</summary><ul>{items}</ul></details>'


def _quote(finding: Finding, index: int, span: Span, pictures: Mapping[int, Picture]) -> str:
    """Return a quote within its whole sentence; a click shows its place in the contract."""
    quote = " ".join(span.quote.split())
    before, found, after = span.sentence.partition(quote)
    shown = (
        f"{escaped(before)}<mark>{escaped(quote)}</mark>{escaped(after)}"
        if found
        else f"<mark>{escaped(quote)}</mark>"
    )
    where = f'<a class="to-mark" href="#{anchor(finding, index)}">{escaped(place(span) or "show in the contract")}</a>'
    picture = (
        f' · <a class="to-picture" href="#picture-{span.page}">picture of the page</a>'
        if span.page in pictures
        else ""
    )
    return f"<blockquote>{shown}<footer>{where} · {MATCHES[span.match]}{picture}</footer></blockquote>"
