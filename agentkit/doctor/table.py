"""Findings for people: plain text that fits the terminal, in colour where it is one."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO

from agentkit.backends.findings import Capabilities, Finding
from agentkit.doctor.diff import Change
from agentkit.doctor.probe import Probe

_INDENT = 2
_COLOURS = {"good": "32", "bad": "31;1", "known": "33", "open": "2", "title": "1", "quiet": "2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How the text is laid out.

    Attributes:
        width: Columns.
        colour: Whether ANSI colours are used.
        signs: Whether signs beyond ASCII may be used.
    """

    width: int = 100
    colour: bool = False
    signs: bool = True

    @classmethod
    def for_stream(cls, stream: IO[str]) -> Style:
        """Return what suits a stream: colour on a terminal alone, and not where NO_COLOR is set."""
        terminal = stream.isatty()
        columns = shutil.get_terminal_size((100, 24)).columns if terminal else 100
        signs = "utf" in (getattr(stream, "encoding", "") or "").lower()
        colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return cls(width=max(60, min(columns, 120)), colour=colour, signs=signs)

    def paint(self, text: str, colour: str) -> str:
        """Return a text in a colour, where colours are used."""
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.colour else text

    def sign(self, name: str) -> str:
        """Return the sign of an outcome."""
        signs = {"good": "✓", "bad": "✗", "known": "≈", "open": "?"}
        plain = {"good": "ok", "bad": "NO", "known": "~ ", "open": "? "}
        return signs[name] if self.signs else plain[name]


def state(finding: Finding) -> str:
    """Return `good`, `bad`, `known` (refuted, but a known limit) or `open`."""
    if finding.outcome == "proved":
        return "good"
    if finding.outcome == "undecided":
        return "open"
    return "known" if finding.limit else "bad"


def table(made: Capabilities, style: Style, *, verbose: bool = False) -> str:
    """Lay out all findings: groups, one line and more for each, and the sum."""
    window = f" · {made.window:,} tokens" if made.window else ""
    server = f"{made.server} {made.version}".strip()
    lines = [style.paint(made.url, "title"), f"{server} · {made.model}{window}"]
    room = max((len(_name(finding.id)) for finding in made.findings), default=0) + 2
    group = ""
    for finding in made.findings:
        if finding.id.split(".")[0] != group:
            group = finding.id.split(".")[0]
            lines += ["", style.paint(group, "title")]
        lines += _lines(finding, room, style, verbose=verbose)
    lines += ["", *_needs_doing(made, style), summary(made, style)]
    return "\n".join(lines if style.signs else (line.replace("·", "-") for line in lines))


def _name(probe: str) -> str:
    return probe.split(".", 1)[1].replace("_", " ")


def _lines(finding: Finding, room: int, style: Style, *, verbose: bool) -> list[str]:
    look = state(finding)
    sign = style.sign(look)
    start = _INDENT + len(sign) + 1
    text = _wrapped(finding.said, style.width - start - room)
    name = f"{_name(finding.id):<{room}}"
    said = text if look != "open" else [style.paint(line, "quiet") for line in text]
    lines = [
        f"{' ' * _INDENT}{style.paint(sign, look)} {style.paint(name, 'quiet') if look == 'open' else name}{said[0]}"
    ]
    margin = " " * (start + room)
    lines += [margin + line for line in said[1:]]
    if look == "known":
        lines += [
            margin + style.paint(line, "known")
            for line in _wrapped(f"Known: {finding.limit}.", style.width - len(margin))
        ]
    if look == "bad" and finding.advice:
        arrow = "→ " if style.signs else "> "
        lines += [margin + line for line in _wrapped(arrow + finding.advice, style.width - len(margin))]
    if verbose:
        for exhibit in finding.evidence:
            shown = (f"asked     {exhibit.asked}", f"answered  {exhibit.answered}")
            for entry in shown:
                wrapped = textwrap.wrap(entry, style.width - len(margin), subsequent_indent=" " * 10) or [""]
                lines += [margin + style.paint(line, "quiet") for line in wrapped]
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(20, width), break_on_hyphens=False) or [""]


def _needs_doing(made: Capabilities, style: Style) -> list[str]:
    """Return what to do first, where something is refuted that is not known."""
    advice = list(dict.fromkeys(finding.advice for finding in made.surprises if finding.advice))
    if not advice:
        return []
    lines = [style.paint("What to do", "title")]
    for number, text in enumerate(advice[:5], 1):
        wrapped = _wrapped(text, style.width - 5)
        lines += [f"  {number}. {wrapped[0]}", *(f"     {line}" for line in wrapped[1:])]
    if len(advice) > 5:
        lines.append(f"     and {len(advice) - 5} more, beside the lines above.")
    return [*lines, ""]


def summary(made: Capabilities, style: Style) -> str:
    """Return the sum in one line."""
    states = [state(finding) for finding in made.findings]
    bad, known = states.count("bad"), states.count("known")
    parts = [
        style.paint(f"{states.count('good')} proved", "good"),
        style.paint(f"{bad} refuted", "bad") if bad else "0 refuted",
        *([style.paint(f"{known} known limit{'s' * (known != 1)}", "known")] if known else []),
        f"{states.count('open')} undecided",
    ]
    return f"{', '.join(parts)}: {len(states)} probes, {made.requests} requests, {made.seconds:g} s."


def list_table(probes: Sequence[Probe], style: Style) -> str:
    """Lay out the probes and their questions."""
    room = max(len(probe.id) for probe in probes) + 2
    return "\n".join(f"{style.paint(f'{probe.id:<{room}}', 'title')}{probe.question}" for probe in probes)


def diff_table(old: Capabilities, new: Capabilities, changes: Iterable[Change], style: Style) -> str:
    """Lay out what changed between two capability files."""
    arrow = "→" if style.signs else "->"
    lines = [
        f"old  {old.made}  {old.server} {old.version}  {old.model}  {old.url}",
        f"new  {new.made}  {new.server} {new.version}  {new.model}  {new.url}",
        "",
    ]
    found = list(changes)
    for change in found:
        look = "bad" if change.worse else "good" if change.better else "open"
        lines.append(
            f"{style.paint(style.sign(look), look)} {change.probe}: {change.before} {arrow} {change.after}"
        )
        lines += [f"    {line}" for line in _wrapped(change.said, style.width - 4)]
    if not found:
        lines.append("Nothing changed.")
    else:
        worse = sum(change.worse for change in found)
        lines += ["", f"{len(found)} changed, {worse} for the worse."]
    return "\n".join(lines)
