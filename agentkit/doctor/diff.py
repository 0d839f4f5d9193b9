"""What changed between two examinations."""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.backends.findings import Capabilities, Finding

_RANK = {"refuted": 0, "undecided": 1, "proved": 2}
_MEASURED = frozenset({"chat.speed", "chat.usage", "context.counted", "context.long"})
"""Probes whose value is a measurement and differs from run to run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One probe that ended otherwise.

    Attributes:
        probe: Its id; `server`, `version`, `model` and `window` stand for the server itself.
        before: How it ended before, with its value.
        after: How it ended now.
        said: What was seen now.
        worse: Whether something that was not refuted is refuted now, and no known limit.
        better: Whether something that was refuted is so no more.
    """

    probe: str
    before: str
    after: str
    said: str = ""
    worse: bool = False
    better: bool = False


def differences(old: Capabilities, new: Capabilities) -> tuple[Change, ...]:
    """Return what changed, in the order of the probes."""
    changes: list[Change] = []
    for name in ("server", "version", "model", "window"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            changes.append(Change(probe=name, before=str(before or "unknown"), after=str(after or "unknown")))
    ids = list(
        dict.fromkeys([*(finding.id for finding in old.findings), *(finding.id for finding in new.findings)])
    )
    ended = (_change(probe, old.finding(probe), new.finding(probe)) for probe in ids)
    return (*changes, *(change for change in ended if change is not None))


def _change(probe: str, old: Finding | None, new: Finding | None) -> Change | None:
    if old is None or new is None:
        present = new or old
        assert present is not None
        return Change(
            probe=probe, before=_shown(old), after=_shown(new), said=present.said,
            worse=new is not None and new.outcome == "refuted" and not new.limit,
        )  # fmt: skip
    same_value = old.value == new.value or probe in _MEASURED or isinstance(new.value, float)
    if old.outcome == new.outcome and same_value:
        return None
    return Change(
        probe=probe,
        before=_shown(old),
        after=_shown(new),
        said=new.said,
        worse=new.outcome == "refuted" and old.outcome != "refuted" and not new.limit,
        better=old.outcome == "refuted" and _RANK[new.outcome] > 0,
    )


def _shown(finding: Finding | None) -> str:
    if finding is None:
        return "not run"
    return finding.outcome if finding.value is None else f"{finding.outcome} ({finding.value})"
