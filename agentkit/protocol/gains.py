"""What is counted of tasks that are alike, so that a router learns from how they turned out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over requests of one kind. Sums of two stores can be added up, whatever their order.

    Attributes:
        trials: Requests of which the caller's feedback or a shadow tells whether reasoning would have paid, by weight.
        paid: The part of them where it would have paid.
        predicted: The sum of the scores at them.
        none_requests: Requests made at none.
        none_tokens: Completion tokens of them.
        high_requests: Requests made at high.
        high_tokens: Completion tokens of them.
        checked: As `trials`, but told by validation and tool errors alone: a valid answer need not be a right one.
        checked_paid: As `paid`.
        checked_predicted: As `predicted`.
    """

    trials: float = 0.0
    paid: float = 0.0
    predicted: float = 0.0
    none_requests: int = 0
    none_tokens: int = 0
    high_requests: int = 0
    high_tokens: int = 0
    checked: float = 0.0
    checked_paid: float = 0.0
    checked_predicted: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            trials=self.trials + other.trials,
            paid=self.paid + other.paid,
            predicted=self.predicted + other.predicted,
            none_requests=self.none_requests + other.none_requests,
            none_tokens=self.none_tokens + other.none_tokens,
            high_requests=self.high_requests + other.high_requests,
            high_tokens=self.high_tokens + other.high_tokens,
            checked=self.checked + other.checked,
            checked_paid=self.checked_paid + other.checked_paid,
            checked_predicted=self.checked_predicted + other.checked_predicted,
        )

    def without_lessons(self) -> Tally:
        """Return the negative of what was learned, the costs left out: added, it takes the lessons back."""
        return Tally(
            trials=-self.trials,
            paid=-self.paid,
            predicted=-self.predicted,
            checked=-self.checked,
            checked_paid=-self.checked_paid,
            checked_predicted=-self.checked_predicted,
        )

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Tally:
        """Read what `numbers` gave."""
        trials, paid, predicted, none, none_tokens, high, high_tokens, *checked = numbers
        return cls(
            trials, paid, predicted, int(none), int(none_tokens), int(high), int(high_tokens), *checked
        )

    @property
    def numbers(self) -> tuple[float, ...]:
        """The sums in the order in which they are declared."""
        return (
            self.trials, self.paid, self.predicted, self.none_requests, self.none_tokens, self.high_requests,
            self.high_tokens, self.checked, self.checked_paid, self.checked_predicted,
        )  # fmt: skip


class GainStore(Protocol):
    """Keeps tallies by key; used by several threads at once."""

    @property
    def blocking(self) -> bool:
        """Whether `add` may wait for a disk or a lock, so that an event loop calls it in a thread."""
        ...

    def read(self, keys: Sequence[str]) -> Sequence[Tally]:
        """Return the tally of each key, empty where nothing was counted; quick enough for an event loop."""
        ...

    def add(self, changes: Mapping[str, Tally]) -> None:
        """Add to the tallies, all or nothing."""
        ...
