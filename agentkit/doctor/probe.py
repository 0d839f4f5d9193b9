"""What a probe is: a question, what it needs, and a function that answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agentkit.backends.findings import Outcome
from agentkit.doctor.bench import Asker


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a probe's function says; the runner adds the evidence.

    Attributes:
        outcome: How it ended.
        said: What was seen.
        value: What was measured or found.
        advice: What to do about it.
    """

    outcome: Outcome
    said: str
    value: str | int | float | bool | None = None
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One question about a server.

    Attributes:
        id: Its name: the group, a dot, and what it is about.
        question: The question; "yes" is the good answer.
        needs: Probes that must end proved first; else this one ends undecided.
        after: Probes that must have ended, however.
        run: Finds the answer.
    """

    id: str
    question: str
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    run: Callable[[Asker], Awaitable[Verdict]]


def proved(said: str, value: str | int | float | bool | None = None) -> Verdict:
    """The good answer was seen."""
    return Verdict(outcome="proved", said=said, value=value)


def refuted(said: str, advice: str = "", value: str | int | float | bool | None = None) -> Verdict:
    """The contrary of the good answer was seen."""
    return Verdict(outcome="refuted", said=said, advice=advice, value=value)


def undecided(said: str, advice: str = "", value: str | int | float | bool | None = None) -> Verdict:
    """What was seen decides nothing."""
    return Verdict(outcome="undecided", said=said, advice=advice, value=value)
