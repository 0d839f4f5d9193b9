"""What follows the findings: timeline, obligations, tracked changes, rejected quotes and the ledger."""

from __future__ import annotations

from examples.legal_review.model import KeyDate, Ledger, Obligation, RejectedClaim, Review, Span
from examples.legal_review.report.markup import escaped, place, section

_TAGS = {"inserted": "ins", "deleted": "del"}


def render_timeline(review: Review) -> str:
    """Return the dates in order; what counts from an unknown day comes last."""
    if not review.dates:
        return ""
    rows = "".join(_date(each) for each in review.dates)
    note = "<p>Computed by code from the quoted sentences; the model only pointed at them.</p>"
    return section("timeline", "Timeline", f'{note}<ol class="timeline">{rows}</ol>', count=len(review.dates))


def _date(each: KeyDate) -> str:
    when = f"<time>{each.date.isoformat()}</time>" if each.date else "<span>no fixed date</span>"
    return (
        f'<li class="kind-{each.kind}{"" if each.date else " undated"}">{when} <b>{escaped(each.label)}</b>'
        f"<small>{escaped(each.rule)}</small>{_cited(each.span) if each.span else ''}</li>"
    )


def render_obligations(review: Review) -> str:
    """Return who must do what by when."""
    if not review.obligations:
        return ""
    rows = "".join(_obligation(each) for each in review.obligations)
    table = (
        '<div class="scroll"><table><thead><tr><th>Party</th><th>Must</th><th>When</th><th>How often</th><th>Where</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
    return section("obligations", "Obligations", table, count=len(review.obligations))


def _obligation(each: Obligation) -> str:
    when = "; ".join(part for part in (each.trigger, each.due) if part)
    return (
        f'<tr><th scope="row">{escaped(each.party)}</th><td>{escaped(each.action)}</td><td>{escaped(when or "–")}</td>'
        f"<td>{escaped(each.recurrence or '–')}</td><td>{_cited(each.span)}</td></tr>"
    )


def _cited(span: Span) -> str:
    return f"<details><summary>{escaped(place(span) or 'quote')}</summary><q>{escaped(span.sentence)}</q></details>"


def render_changes(review: Review) -> str:
    """Return the tracked changes and comments of a DOCX file."""
    document = review.document
    if not (document.changes or document.comments):
        return ""
    rows = "".join(
        f"<li><{_TAGS[each.kind]}>{escaped(each.text)}</{_TAGS[each.kind]}>"
        f"<small>{each.kind} by {escaped(each.author or 'unknown')}{escaped(', ' + each.date[:10]) if each.date else ''}</small></li>"
        for each in document.changes
    )
    comments = "".join(f"<li>{escaped(comment)}</li>" for comment in document.comments)
    body = (
        "<p>The text above is the accepted view: insertions are in it, with a dotted line; deletions are not.</p>"
        f'<ul class="changes">{rows}</ul>'
        + (f'<h3>Comments</h3><ul class="comments">{comments}</ul>' if comments else "")
    )
    return section("changes", "Tracked changes", body, count=len(document.changes))


def render_rejected(review: Review) -> str:
    """Return the quotes that do not stand in the document."""
    note = (
        "<p>Given as quotes, but not in the document. No finding rests on them.</p>"
        if review.rejected
        else "<p>None: every quote that was given stands in the document.</p>"
    )
    rows = "".join(_claim(claim) for claim in review.rejected)
    body = note + (f'<ul class="rejected">{rows}</ul>' if rows else "")
    return section("rejected", "Rejected quotes", body, count=len(review.rejected))


def _claim(claim: RejectedClaim) -> str:
    near = f"<small>What comes nearest: <q>{escaped(claim.nearest[0])}</q></small>" if claim.nearest else ""
    return f"<li><q>{escaped(claim.quote)}</q><small>for {escaped(claim.rule_id)}: {escaped(claim.reason)}.</small>{near}</li>"


def render_ledger(review: Review) -> str:
    """Return what the review cost, by effort and step."""
    ledger = review.ledger
    steps = "".join(
        f'<tr><th scope="row">{escaped(step.step)}</th><td>{step.effort}</td><td class="figure">{step.requests}</td>'
        f'<td class="figure">{step.tokens:,}</td><td>{escaped("; ".join(step.reasons))}</td></tr>'
        for step in ledger.steps
    )
    server = "the embedded server (rules, no language model)" if ledger.simulated else ledger.server
    requests = sum(each.requests for each in ledger.by_effort.values())
    body = f"""<p>{escaped(ledger.model or "model")} on {escaped(server)}: {requests} requests in {ledger.seconds:.1f} s.</p>
{_bars(ledger)}
<details><summary>Every step, with the reasons for its effort</summary><div class="scroll"><table><thead><tr><th>Step</th><th>Effort</th>
<th>Requests</th><th>Tokens</th><th>Why</th></tr></thead><tbody>{steps}</tbody></table></div></details>"""
    return section("ledger", "Effort and tokens", body)


def _bars(ledger: Ledger) -> str:
    """Draw tokens by effort: read, reasoned, answered."""
    rows: list[str] = []
    most = max((each.prompt + each.completion for each in ledger.by_effort.values()), default=0) or 1
    for number, (effort, each) in enumerate(sorted(ledger.by_effort.items(), reverse=True)):
        y, x = 6 + number * 46, 90.0
        answer = max(0, each.completion - each.reasoning)
        for kind, tokens in (("read", each.prompt), ("thought", each.reasoning), ("wrote", answer)):
            width = 900 * tokens / most
            rows.append(f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="18"/>')
            x += width
        rows.append(f'<text x="80" y="{y + 14}" text-anchor="end">{effort}</text>')
        told = f"{each.requests} requests: {each.prompt:,} tokens read, {each.reasoning:,} reasoned, {answer:,} answered"
        rows.append(f'<text class="when" x="90" y="{y + 34}">{told}</text>')
    height = 8 + 46 * max(1, len(ledger.by_effort))
    legend = '<p class="legend"><span class="read"></span>read <span class="thought"></span>reasoned <span class="wrote"></span>answered</p>'
    return f'{legend}<svg class="bars" viewBox="0 0 1000 {height}" role="img" aria-label="Tokens by effort">{"".join(rows)}</svg>'
