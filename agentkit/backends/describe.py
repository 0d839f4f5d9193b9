"""Profiles and model cards as pages for people, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from agentkit.backends.capability import CAPABILITIES, Evidence
from agentkit.backends.models.card import ModelCard
from agentkit.backends.profile import Profile

_MADE = "<!-- Made by `make docs-backends` from agentkit/backends. Change it there. -->"


def server_page(profile: Profile) -> str:
    """Return the page of one kind of server."""
    lines = [_MADE, f"# {profile.title}", "", profile.about, ""]
    if profile.launch:
        lines += ["## Start it", "", "```sh", *profile.launch, "```", ""]
    lines += ["## Use it", "", "```python", *_usage(profile), "```", ""]
    lines += [f"Or set `AGENTKIT_SERVER={profile.name}` beside `AGENTKIT_BASE_URL`.", ""]
    lines += ["## What it can do", "", *_capabilities(profile), ""]
    if profile.issues:
        lines += ["## Known to break", ""]
        lines += _table(
            ("Versions", "What is seen", "What to do", "Known by"),
            (
                (issue.versions, issue.symptom, _cure(issue.cure), _known(issue.evidence))
                for issue in profile.issues
            ),
        )
        lines.append("")
    return "\n".join(lines)


def index_page(profiles: Mapping[str, Profile]) -> str:
    """Return the overview of all servers."""
    shown = ("effort", "reasoning_out", "strict_tools", "stream_with_tools", "schema", "counting", "overflow")
    rows = (
        (
            f"[{profile.title}]({name}.md)",
            *(_value(profile.value(each)) for each in shown),
            _sureness(profile),
        )
        for name, profile in profiles.items()
    )
    head = ("Server", *(CAPABILITIES[name].title for name in shown), "Facts")
    lines = [
        _MADE, "# Servers", "",
        "What each kind of server can do, and how that is known: *seen* on the wire of a running server, *read* in its source,",
        "*documented*, or *assumed*. Models are on [a page of their own](models.md).", "",
        *_table(head, rows), "",
    ]  # fmt: skip
    return "\n".join(lines)


def models_page(cards: Mapping[str, ModelCard]) -> str:
    """Return the page of all models."""
    lines = [_MADE, "# Models", "", "The same agent runs on any of these. What a model cannot honour is said in `result.adjustments`,",
             "or refused before anything is sent.", ""]  # fmt: skip
    head = ("Model", "Effort", "Temperature (none / high)", "Images", "Context", "Licence", "Parameters")
    rows = (
        (
            card.title, _EFFORTS[card.effort], f"{_value(card.temperature_none)} / {_value(card.temperature_high)}",
            _value(card.images), f"{card.context_window:,}", card.licence, card.parameters,
        )
        for card in cards.values()
    )  # fmt: skip
    lines += [*_table(head, rows), ""]
    for card in cards.values():
        lines += [f"## {card.title}", "", "```python", *_with_card(card), "```", ""]
        lines += [f"Known by its name wherever that matches `{card.pattern}`.", ""]
        if card.checkpoints:
            lines += _table(
                ("Checkpoint", "Weights", "For", "Memory"),
                (
                    (f"`{each.name}`", each.weights, each.use, _memory(each.memory_gb))
                    for each in card.checkpoints
                ),
            )
            lines.append("")
        facts = ((name.replace("_", " "), _known(known), known.note) for name, known in card.evidence.items())
        lines += [*_table(("Fact", "Known by", "Note"), facts), ""]
    return "\n".join(lines)


_EFFORTS = {
    "reasoning_effort": "none and high",
    "enable_thinking": "its own switch, `enable_thinking`",
    "none": "no",
}


def _with_card(card: ModelCard) -> list[str]:
    # What nobody but its makers can serve is reached through whatever speaks the API in front of it.
    server = "openai_compatible" if card.licence == "proprietary" else "vllm"
    return [f'backend = Backend.{server}("http://host:8000/v1", card="{card.name}")']


def _usage(profile: Profile) -> list[str]:
    return [f'backend = Backend.{profile.name}("{profile.address}")']


def _capabilities(profile: Profile) -> list[str]:
    rows = (
        (
            capability.title,
            _value(profile.value(name)),
            capability.meaning,
            _known(profile.evidence_for(name)),
            profile.evidence_for(name).note,
        )
        for name, capability in CAPABILITIES.items()
    )
    return _table(("Capability", "Here", "That is", "Known by", "Note"), rows)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return f"`{value}`" if "_" in value else value
    if value is None:
        return "-"
    if isinstance(value, tuple | frozenset):
        names = [str(each) for each in cast("Iterable[object]", value)]
        return (
            ", ".join(f"`{name}`" for name in (names if isinstance(value, tuple) else sorted(names))) or "-"
        )
    return str(value)


def _sureness(profile: Profile) -> str:
    kinds = [evidence.provenance for evidence in profile.evidence.values()]
    counts = ((kinds.count(kind), kind) for kind in ("seen", "read", "documented", "assumed"))
    return ", ".join(f"{count} {kind}" for count, kind in counts if count)


def _known(evidence: Evidence) -> str:
    return str(evidence)


def _cure(cure: str) -> str:
    return f"`{cure}`" if cure.startswith("pip ") else cure


def _memory(amount: tuple[float, float]) -> str:
    low, high = amount
    return f"{low:g} GB" if low == high else f"{low:g} to {high:g} GB"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    titles = list(head)
    return [_row(titles), _row(["---"] * len(titles)), *(_row(row) for row in rows)]


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
