"""Small pictures for the report, as inline SVG."""

from __future__ import annotations

import html
from collections.abc import Sequence

from examples.legal_review.model import KeyDate, Ledger


def timeline(dates: Sequence[KeyDate]) -> str:
    """Draw dated events on a line, from the first to the last."""
    dated = sorted((each.date, each.label) for each in dates if each.date is not None)
    if len(dated) < 2:
        return ""
    first, last = dated[0][0], dated[-1][0]
    span = max(1, (last - first).days)
    parts = ['<line x1="60" y1="60" x2="940" y2="60"/>']
    for number, (date, label) in enumerate(dated):
        x = 60 + 880 * (date - first).days / span
        anchor = "start" if x < 200 else "end" if x > 800 else "middle"
        up = number % 2 == 0
        y = 32 if up else 88
        parts.append(
            f'<circle cx="{x:.1f}" cy="60" r="6"/><text x="{x:.1f}" y="{y}" text-anchor="{anchor}">{html.escape(label)}</text>'
            f'<text class="when" x="{x:.1f}" y="{y + 14}" text-anchor="{anchor}">{date.isoformat()}</text>'
        )
    return f'<svg class="timeline" viewBox="0 0 1000 115" role="img" aria-label="Timeline of dates">{"".join(parts)}</svg>'


def effort_bars(ledger: Ledger) -> str:
    """Draw tokens by effort: read, reasoned, answered."""
    rows: list[str] = []
    most = max((each.prompt + each.completion for each in ledger.by_effort.values()), default=0) or 1
    for number, (effort, each) in enumerate(sorted(ledger.by_effort.items(), reverse=True)):
        y = 8 + number * 44
        x = 90.0
        answer = max(0, each.completion - each.reasoning)
        for kind, tokens in (("read", each.prompt), ("thought", each.reasoning), ("wrote", answer)):
            width = 880 * tokens / most
            rows.append(f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="18"/>')
            x += width
        rows.append(f'<text x="80" y="{y + 14}" text-anchor="end">{effort}</text>')
        told = f"{each.requests} requests: {each.prompt:,} read, {each.reasoning:,} reasoned, {answer:,} answered"
        rows.append(f'<text class="when" x="90" y="{y + 33}">{told}</text>')
    height = 8 + 44 * max(1, len(ledger.by_effort))
    return f'<svg class="bars" viewBox="0 0 1000 {height}" role="img" aria-label="Tokens by effort">{"".join(rows)}</svg>'
