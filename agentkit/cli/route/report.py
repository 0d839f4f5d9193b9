"""`agentkit route report TRACES...`: what routing saved against always-high, and how good it was.

A table on standard output, and with --picture a drawing of it (SVG). What always-high would have cost is estimated from
the high calls of the same agent and step, or from the shadow run of the same request where there is one.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from html import escape
from pathlib import Path

from agentkit.cli.route.files import read_lines, write_whole
from agentkit.cli.route.fit import show
from agentkit.cli.route.replay import make_policy
from agentkit.errors import InputError
from agentkit.router.account import Account, Figure, by_agent
from agentkit.router.replay import replay
from agentkit.router.rows import Row, read_rows
from agentkit.router.score import load_weights
from agentkit.router.traces import latest, read_traces

_MOST_AGENTS = 12


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the part's arguments."""
    parser.add_argument(
        "traces", nargs="+", type=Path, metavar="TRACES", help="files of traces, or folders of *.jsonl"
    )
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="draw it, too")


def run(arguments: argparse.Namespace) -> int:
    """Report."""
    lines = list(read_lines(arguments.traces))
    traces = latest(read_traces(lines))
    if not traces:
        raise InputError("There are no traces.", hint="See docs/explain/traces.md for how to write some.")
    accounts = by_agent(traces)
    print(render_table(accounts))
    print(_against(list(read_rows(lines))))
    if arguments.picture is not None:
        write_whole(arguments.picture, draw(accounts))
        print(f"\nDrawn: {arguments.picture}")
    return 0


def render_table(accounts: Sequence[Account]) -> str:
    """Return the accounts as a Markdown table."""
    units = [unit for unit in ("tokens", "seconds", "money") if unit in accounts[0].spent]
    head = [
        "agent",
        "decisions",
        "at high",
        *(f"{unit} spent" for unit in units),
        *(f"{unit} saved against always-high" for unit in units),
    ]
    head += ["quality", "quality of what ran at none"]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for one in accounts:
        cells = [one.agent or "all", f"{one.decisions:,}", f"{one.high:.1%}"]
        cells += [_amount(one.spent[unit]) if unit in one.spent else "-" for unit in units]
        cells += [_saved(one, unit) for unit in units]
        cells += [_quality(one.quality), _quality(one.quality_none)]
        lines.append(f"| {' | '.join(cells)} |")
    lines.append(
        f"\n{accounts[0].known:,} of {accounts[0].decisions:,} decisions know their quality. Brackets: 95 % bootstrap intervals."
    )
    if not accounts[0].saved:
        lines.append("No high call is among the traces, so what always-high would have cost is not known.")
    return "\n".join(lines)


def _against(rows: Sequence[Row]) -> str:
    """Say what always-none and always-high would have reached, where the log can tell."""
    told = [row for row in rows if row.gain is not None or row.propensity < 1]
    if not told:
        return (
            "What always-none and always-high would have reached cannot be told: nothing was left to chance and no shadow run is"
            " among the traces. RoutingPolicy(explore=0.05) or `agentkit route shadow` change that."
        )
    found: list[str] = []
    for effort in ("none", "high"):
        policy = make_policy(f"always-{effort}", told, load_weights())
        try:
            best = replay(told, policy)[0]
        except InputError:
            continue
        found.append(f"always-{effort} {show(best.value, best.interval)}")
    logged = [quality for row in told if (quality := _done(row)) is not None]
    if logged:
        found.append(f"as it was decided {sum(logged) / len(logged):.3f}")
    how = "known" if all(row.gain is not None for row in told) else "doubly robust estimates"
    return f"Quality over the {len(told):,} decisions that were left to chance or shadowed ({how}): {', '.join(found)}."


def _done(row: Row) -> float | None:
    return row.direct if row.effort == "none" else row.reasoning if row.effort == "high" else None


def _amount(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def _saved(one: Account, unit: str) -> str:
    figure = one.saved.get(unit)
    if figure is None:
        return "-"
    total = one.spent[unit] + figure.value
    share = f" ({figure.value / total:.0%})" if total > 0 else ""
    spread = f" [{_amount(figure.interval[0])}, {_amount(figure.interval[1])}]" if figure.interval else ""
    return f"{_amount(figure.value)}{share}{spread}"


def _quality(figure: Figure | None) -> str:
    if figure is None:
        return "-"
    return f"{figure.value:.3f}" + (
        f" [{figure.interval[0]:.3f}, {figure.interval[1]:.3f}]" if figure.interval else ""
    )


_ROW, _LEFT, _WIDTH, _TOP = 44, 170, 490, 84
_SPENT, _SAVED, _INK, _SOFT = "#1f5fa8", "#b9d3ee", "#1c1f24", "#5b6470"


def draw(accounts: Sequence[Account]) -> str:
    """Return a picture: for each agent the tokens spent, and what always-high would have spent on top."""
    shown = accounts[: _MOST_AGENTS + 1]
    longest = max((_tokens(one) + max(0.0, _tokens_saved(one)) for one in shown), default=0.0) or 1.0
    height = _TOP + _ROW * len(shown) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="860" height="{height}" viewBox="0 0 860 {height}" font-family="system-ui, sans-serif" font-size="13" fill="{_INK}">',
        '<rect width="100%" height="100%" fill="white"/>',
        '<text x="20" y="32" font-size="17" font-weight="600">Completion tokens, and what always-high would have cost</text>',
        f'<rect x="20" y="48" width="12" height="12" fill="{_SPENT}"/><text x="38" y="59">spent</text>',
        f'<rect x="92" y="48" width="12" height="12" fill="{_SAVED}"/><text x="110" y="59">saved against always-high (estimate)</text>',
    ]
    for place, one in enumerate(shown):
        y = _TOP + place * _ROW
        spent = _tokens(one) / longest * _WIDTH
        saved = max(0.0, _tokens_saved(one)) / longest * _WIDTH
        name = one.agent or "all agents"
        label = f"{one.high:.0%} at high"
        if one.quality is not None:
            label += f", quality {one.quality.value:.2f}"
        parts += [
            f'<text x="{_LEFT - 12}" y="{y + 17}" text-anchor="end" font-weight="{600 if place == 0 else 400}">{escape(name[:24])}</text>',
            f'<rect x="{_LEFT}" y="{y + 4}" width="{spent:.1f}" height="18" fill="{_SPENT}"/>',
            f'<rect x="{_LEFT + spent:.1f}" y="{y + 4}" width="{saved:.1f}" height="18" fill="{_SAVED}"/>',
            f'<text x="{_LEFT + spent + saved + 8:.1f}" y="{y + 17}" fill="{_SOFT}">{_amount(_tokens(one))} of {_amount(_tokens(one) + max(0.0, _tokens_saved(one)))}</text>',
            f'<text x="{_LEFT}" y="{y + 36}" fill="{_SOFT}" font-size="11">{escape(label)}</text>',
        ]
    if len(accounts) > len(shown):
        parts.append(
            f'<text x="20" y="{height - 12}" fill="{_SOFT}">and {len(accounts) - len(shown)} more agents</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _tokens(one: Account) -> float:
    return one.spent.get("tokens", 0.0)


def _tokens_saved(one: Account) -> float:
    figure = one.saved.get("tokens")
    return figure.value if figure is not None else 0.0
