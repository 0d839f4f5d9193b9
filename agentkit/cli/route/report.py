"""`agentkit route report TRACES...`: what routing saved against always-high, and how good it was against always-none.

Two tables on standard output, and with --picture a drawing of them (SVG). What always-high would have cost is estimated
from the high calls of the same agent and step, or from the shadow run of the same request where there is one. What the
other effort would have reached is told by shadow runs and by decisions that were left to chance. At last each decision is
made again from its trace alone, to see that it comes out the same.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from html import escape
from pathlib import Path

from agentkit.cli.route.files import Lines, write_whole
from agentkit.cli.route.fit import show
from agentkit.errors import InputError
from agentkit.observe.traces import card_of
from agentkit.protocol.decisions import Decision
from agentkit.router.account import Account, Figure, by_agent
from agentkit.router.router import reproduce
from agentkit.router.score import Weights, load_weights
from agentkit.router.traces import Trace, latest, read_traces

_MOST_AGENTS = 12


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the part's arguments."""
    parser.add_argument(
        "traces", nargs="+", type=Path, metavar="TRACES", help="files of traces, or folders of *.jsonl"
    )
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="draw it, too")
    parser.add_argument(
        "--weights", type=Path, metavar="W", help="weights that scored the traces (else the packaged ones)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Report."""
    lines = Lines(arguments.traces)
    with lines.named():
        traces = latest(read_traces(lines))
    if not traces:
        raise InputError("There are no traces.", hint="See docs/explain/traces.md for how to write some.")
    accounts = by_agent(traces)
    print(render_savings(accounts))
    print(render_quality(accounts))
    print(_made_again(traces, load_weights(arguments.weights)))
    if arguments.picture is not None:
        write_whole(arguments.picture, draw(accounts))
        print(f"\nDrawn: {arguments.picture}")
    return 0


def render_savings(accounts: Sequence[Account]) -> str:
    """Return what was spent, and what always-high would have cost, as a Markdown table."""
    units = [unit for unit in ("tokens", "seconds", "money") if unit in accounts[0].spent]
    head = ["agent", "decisions", "at high", *(f"{unit} spent" for unit in units)]
    head += [f"{unit} saved against always-high" for unit in units]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for one in accounts:
        cells = [one.agent or "all", f"{one.decisions:,}", f"{one.high:.1%}"]
        cells += [_amount(one.spent[unit]) if unit in one.spent else "-" for unit in units]
        cells += [_saved(one, unit) for unit in units]
        lines.append(f"| {' | '.join(cells)} |")
    if not accounts[0].saved:
        lines.append("\nNo high call is among the traces, so what always-high would have cost is not known.")
    return "\n".join([*lines, ""])


def render_quality(accounts: Sequence[Account]) -> str:
    """Return how good it was, and how good always-none and always-high would have been, as a Markdown table."""
    everyone = accounts[0]
    known = f"{everyone.known:,} of {everyone.decisions:,} decisions know their quality."
    if not everyone.known:
        return f"{known} Feedback, validation and shadow runs tell it.\n"
    head = ["agent", "quality", "decisions that tell of both", "as decided", "always-none", "always-high"]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for one in accounts:
        cells = [one.agent or "all", _quality(one.quality), f"{one.told:,}"]
        cells += [_quality(one.routed), _quality(one.none), _quality(one.high_only)]
        lines.append(f"| {' | '.join(cells)} |")
    lines.append(f"\n{known} Brackets: 95 % bootstrap intervals.")
    if everyone.told:
        how = "doubly robust estimates" if everyone.estimated else "known"
        lines.append(
            f"The last three columns are over the decisions that were left to chance or shadowed; always-none and always-high are {how}."
        )
    else:
        lines.append(
            "What always-none and always-high would have reached cannot be told: nothing was left to chance and no shadow run is"
            " among the traces. RoutingPolicy(explore=0.05) or `agentkit route shadow` change that."
        )
    return "\n".join([*lines, ""])


def _made_again(traces: Sequence[Trace], weights: Weights) -> str:
    """Say how many of the decisions come out the same from their traces alone."""
    cards = [card_of(trace) for trace in traces if "policy" in trace.facts]
    if not cards:
        return "No decision can be made again: none of the traces holds its facts (those of `agentkit route shadow` and of schema version 1 do not)."
    same = sum(_same(card, reproduce(card, weights=weights)) for card in cards)
    return (
        f"{same:,} of {len(cards):,} decisions come out the same when they are made again from their traces."
    )


def _same(one: Decision, other: Decision) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _DECIDED)


_DECIDED = ("effort", "source", "score", "gain", "threshold", "propensity")


def _amount(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"


def _saved(one: Account, unit: str) -> str:
    figure = one.saved.get(unit)
    if figure is None:
        return "-"
    total = one.spent[unit] + figure.value
    share = (
        f" ({figure.value / total:.0%})" if 0 < figure.value <= total else ""
    )  # what cost more saved no share
    spread = f" [{_amount(figure.interval[0])}, {_amount(figure.interval[1])}]" if figure.interval else ""
    return f"{_amount(figure.value)}{share}{spread}"


def _quality(figure: Figure | None) -> str:
    return "-" if figure is None else show(figure.value, figure.interval)


_ROW, _LEFT, _WIDTH, _TOP, _RIGHT, _SPAN = 44, 170, 400, 96, 740, 240
_SPENT, _SAVED, _INK, _SOFT, _NONE, _HIGH = "#1f5fa8", "#b9d3ee", "#1c1f24", "#5b6470", "#d1741c", "#7a7f87"


def draw(accounts: Sequence[Account]) -> str:
    """Return a picture: for each agent tokens spent and saved against always-high, and quality beside that of always-none."""
    shown = accounts[: _MOST_AGENTS + 1]
    longest = max((_tokens(one) + max(0.0, _tokens_saved(one)) for one in shown), default=0.0) or 1.0
    height = _TOP + _ROW * len(shown) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="1040" height="{height}" viewBox="0 0 1040 {height}" font-family="system-ui, sans-serif" font-size="13" fill="{_INK}">',
        '<rect width="100%" height="100%" fill="white"/>',
        '<text x="20" y="32" font-size="17" font-weight="600">What routing saved, and what it kept</text>',
        f'<rect x="20" y="52" width="12" height="12" fill="{_SPENT}"/><text x="38" y="63">completion tokens spent</text>',
        f'<rect x="216" y="52" width="12" height="12" fill="{_SAVED}"/><text x="234" y="63">saved against always-high (estimate)</text>',
        f'<circle cx="{_RIGHT - 40}" cy="58" r="5" fill="{_NONE}"/><text x="{_RIGHT - 30}" y="63">always-none</text>',
        f'<circle cx="{_RIGHT + 80}" cy="58" r="5" fill="{_SPENT}"/><text x="{_RIGHT + 90}" y="63">as decided</text>',
        f'<circle cx="{_RIGHT + 190}" cy="58" r="5" fill="{_HIGH}"/><text x="{_RIGHT + 200}" y="63">always-high</text>',
        *_scale(height),
    ]
    for place, one in enumerate(shown):
        y = _TOP + place * _ROW
        spent = _tokens(one) / longest * _WIDTH
        saved = max(0.0, _tokens_saved(one)) / longest * _WIDTH
        name = one.agent or "all agents"
        parts += [
            f'<text x="{_LEFT - 12}" y="{y + 17}" text-anchor="end" font-weight="{600 if place == 0 else 400}">{escape(name[:24])}</text>',
            f'<rect x="{_LEFT}" y="{y + 4}" width="{spent:.1f}" height="18" fill="{_SPENT}"/>',
            f'<rect x="{_LEFT + spent:.1f}" y="{y + 4}" width="{saved:.1f}" height="18" fill="{_SAVED}"/>',
            f'<text x="{_LEFT + spent + saved + 8:.1f}" y="{y + 17}" fill="{_SOFT}">{_amount(_tokens(one))} of {_amount(_tokens(one) + max(0.0, _tokens_saved(one)))}</text>',
            f'<text x="{_LEFT}" y="{y + 36}" fill="{_SOFT}" font-size="11">{one.decisions:,} decisions, {one.high:.0%} at high</text>',
            *_dots(one, y),
        ]
    if len(accounts) > len(shown):
        parts.append(
            f'<text x="20" y="{height - 10}" fill="{_SOFT}">and {len(accounts) - len(shown)} more agents</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _scale(height: int) -> list[str]:
    """The axis of quality, 0 to 1."""
    parts = [
        f'<text x="{_RIGHT + _SPAN / 2}" y="{height - 6}" text-anchor="middle" fill="{_SOFT}" font-size="11">quality, 95 % intervals</text>'
    ]
    for share in (0.0, 0.5, 1.0):
        x = _RIGHT + share * _SPAN
        parts += [
            f'<line x1="{x}" y1="{_TOP - 6}" x2="{x}" y2="{height - 34}" stroke="#e3e6ea"/>',
            f'<text x="{x}" y="{height - 20}" text-anchor="middle" fill="{_SOFT}" font-size="11">{share:g}</text>',
        ]
    return parts


def _dots(one: Account, y: int) -> list[str]:
    # Where nothing tells of the other effort, the quality of all that is known stands alone.
    rows = ((one.none, _NONE), (one.routed or one.quality, _SPENT), (one.high_only, _HIGH))
    parts: list[str] = []
    for place, (figure, colour) in enumerate(rows):
        if figure is None:
            continue
        level = y + 4 + 9 * place
        if figure.interval is not None:
            low, high = (_RIGHT + end * _SPAN for end in figure.interval)
            parts.append(
                f'<line x1="{low:.1f}" y1="{level}" x2="{high:.1f}" y2="{level}" stroke="{colour}" stroke-width="2" opacity="0.5"/>'
            )
        parts.append(f'<circle cx="{_RIGHT + figure.value * _SPAN:.1f}" cy="{level}" r="4" fill="{colour}"/>')
    return parts


def _tokens(one: Account) -> float:
    return one.spent.get("tokens", 0.0)


def _tokens_saved(one: Account) -> float:
    figure = one.saved.get("tokens")
    return figure.value if figure is not None else 0.0
