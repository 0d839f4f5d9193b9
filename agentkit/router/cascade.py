"""From cheap answers to an expensive one: accept, sample again, or escalate to high. Works on stored answers too.

What reasoning is expected to add depends on which answers agree and on what the text promised. A further sample is drawn
only where it can change the decision, and where two of three agree against the first, theirs is taken.
"""

from __future__ import annotations

import math
import threading
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, cast

from agentkit.errors import ConfigurationError
from agentkit.router.answers import final_answer
from agentkit.router.evidence import find_hedge
from agentkit.router.features import measure, measure_text
from agentkit.router.rows import situation_of
from agentkit.router.score import Weights, load_weights


class Cascade:
    """A policy over answers that were given at none.

    With `share` it remembers how the rows before went and spends that share of high calls, never more, on the rows that
    gain most: then the order of the rows matters, and `min_gain` counts for the first rows only. What easy rows leave
    unspent is there for hard ones that follow; hard rows that come first find nothing saved. Without, the same row gives
    the same decision.

    Args:
        min_gain: Quality that reasoning must be expected to add, 0 to 1: what a high call is worth to you.
        share: Largest share of rows to escalate, or None for no limit.
        max_samples: Answers at none drawn at most, the first included.

    Raises:
        ConfigurationError: A value is out of its range.
    """

    def __init__(self, *, min_gain: float = 0.2, share: float | None = None, max_samples: int = 3) -> None:
        for name, value in (("min_gain", min_gain), ("share", share)):
            if value is not None and not 0 < value < 1:
                raise ConfigurationError(f"Cascade.{name} is {value!r}.", hint="It must lie between 0 and 1.")
        if not 1 <= max_samples <= 3:
            raise ConfigurationError(f"Cascade.max_samples is {max_samples!r}.", hint="It must be 1, 2 or 3.")
        self.min_gain, self.share, self.max_samples = min_gain, share, max_samples
        self._lock = threading.Lock()
        self._gains: list[float] = []
        self._order: deque[float] = deque()
        self._rows = self._escalated = 0

    def __call__(self, row: Mapping[str, Any]) -> str:
        """Decide for a row with `text`, `none_answers`, `samples_left` and perhaps `context`."""
        answers = cast("Sequence[str]", row["none_answers"])
        return self.decide(score_task(row), answers, int(row.get("samples_left", 0)))

    def decide(self, score: float, answers: Sequence[str], samples_left: int) -> str:
        """Return `accept:K` (keep the K-th answer, from 0), `sample` or `escalate`.

        Args:
            score: What the text promised, 0 to 1.
            answers: The answers at none so far.
            samples_left: How many more may be drawn.
        """
        left = min(samples_left, self.max_samples - len(answers))
        if not answers:
            return "sample" if left > 0 else "escalate"
        # An answer that doubts itself is as good as none.
        finals = [
            None if find_hedge(answer) else final_answer(answer) for answer in answers[: self.max_samples]
        ]
        low, high = _expected_gain(score, len(answers[0].split()), finals, left)
        with self._lock:
            threshold = self._threshold()
            pattern = _pattern(finals)
            # Where high calls are scarce, a row has to show first that its answers differ.
            unshown = self.share is not None and pattern in ("one", "pair") and left > 0
            if low < threshold <= high or (low >= threshold and unshown):
                return "sample"
            escalate = low >= threshold and self._can_spend(pattern)
            self._remember(low, escalate)
        return "escalate" if escalate else f"accept:{_majority(finals)}"

    def _threshold(self) -> float:
        if self.share is None or len(self._gains) < _WARM:
            return self.min_gain
        # What is saved is spent over the next rows: otherwise a stretch of easy rows would be saved for nothing.
        aim = self.share + max(0.0, self._saved() - 1) / _HORIZON
        place = len(self._gains) - max(1, round(min(1.0, aim) * len(self._gains)))
        return max(self._gains[place], min(_LEAST, self.min_gain))

    def _saved(self) -> float:
        return (self.share or 0.0) * (self._rows + 1) - self._escalated

    def _can_spend(self, pattern: str) -> bool:
        # One call may run ahead, so that a first row can escalate at all. Rows whose answers agree leave a reserve to
        # those that will come and differ.
        return self.share is None or self._saved() >= _RESERVES.get(pattern, 0)

    def _remember(self, gain: float, escalated: bool) -> None:
        if self.share is None:
            return
        self._rows += 1
        self._escalated += escalated
        insort(self._gains, gain)
        self._order.append(gain)
        if len(self._order) > _REMEMBERED:
            del self._gains[bisect_left(self._gains, self._order.popleft())]


_WARM, _REMEMBERED = 20, 2000
"""Rows after which their expected gains say where the limit lies, and how many are remembered."""

_HORIZON = 50
"""Rows over which saved high calls are spent."""

_LEAST = 0.1
"""Expected gain below which a high call is not spent, however many are saved."""

_RESERVES = {"two": 2, "one": 15, "pair": 15, "all": 15}
"""Saved high calls that rows of a pattern must leave to rows whose answers all differ."""

cascade = Cascade(share=0.2)
"""The policy of `eval_cascade.py`: at most a fifth of the rows escalates. One for the process, safe across threads."""


def score_task(row: Mapping[str, Any] | str, weights: Weights | None = None) -> float:
    """Return the score of a task: a text, or a row with `text` and perhaps `context`."""
    weights = weights if weights is not None else load_weights()
    text, context = (row, None) if isinstance(row, str) else (row["text"], row.get("context"))
    if not context and not weights.words:
        return weights.score(measure_text(text))
    return weights.score(measure(situation_of(text, context or {}), weights.words))


# What reasoning added on 479 tasks of reasoning-gym with stored answers, by how many of three answers agree. The samples
# are drawn alike, so which two of the three agree can say nothing. Where all agree, what the text promised counts (per
# unit of log-odds), and answers with little working gained more. That stays below the default `min_gain`: whole kinds of
# task would go for a tenth of their rows.
_GAINS = {"absent": 0.5, "differ": 0.33, "two": 0.3, "all": 0.14, "one": 0.26, "pair": 0.18, "split": 0.33}
_PROMISE, _WORKING, _MOST_AGREED = 0.1, -0.03, 0.19
_PROMISE_APART = {"two": 0.06, "differ": 0.03, "split": 0.03, "absent": 0.03}
_USUAL_WORDS, _FEWEST_WORDS = 90, 20


def _expected_gain(score: float, words: int, finals: Sequence[str | None], left: int) -> tuple[float, float]:
    """The least and the most that may be expected once all samples are drawn."""
    if len(finals) < 3 and left > 0 and finals[0] is not None:
        # The next answer may repeat the first, repeat the second, or be new.
        news: list[str | None] = [finals[0], *finals[1:], None]
        spans = [_expected_gain(score, words, [*finals, new], left - 1) for new in news]
        return min(low for low, _ in spans), max(high for _, high in spans)
    pattern = _pattern(finals)
    gain = _GAINS[pattern]
    score = min(0.99, max(0.01, score))
    promise = math.log(score / (1 - score))
    if pattern in _PROMISE_APART:
        gain += _PROMISE_APART[pattern] * promise
    else:
        gain += _PROMISE * promise + _WORKING * math.log((1 + max(_FEWEST_WORDS, words)) / _USUAL_WORDS)
    if pattern in ("all", "pair"):
        gain = min(gain, _MOST_AGREED)
    return gain, gain


def _pattern(finals: Sequence[str | None]) -> str:
    first, *others = finals
    if first is None:
        return "absent"
    if not others:
        return "one"
    if len(others) == 1:
        return "pair" if others[0] == first else "split"
    different = len({first, *others} - {None}) + others.count(None)
    return ("all", "two", "differ")[different - 1]


def _majority(finals: Sequence[str | None]) -> int:
    """The first answer that most others repeat."""
    counts = [sum(other == final for other in finals) if final is not None else 0 for final in finals]
    return counts.index(max(counts))
