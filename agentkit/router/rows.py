"""Rows to learn from: labelled tasks and traces, one JSON object a line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from agentkit.errors import InputError
from agentkit.protocol.decisions import Situation
from agentkit.protocol.effort import Effort
from agentkit.protocol.request import ToolDefinition
from agentkit.router.features import NAMES, frame, measure, read
from agentkit.router.traces import Trace, latest, parse_trace

MOST_TOOLS = 128
"""Tools a context is believed to name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A task of which is known how it went.

    Attributes:
        features: Its features by name.
        words: The words of its frame; empty for traces without text.
        direct: Quality without reasoning, 0 to 1, or None where that was not run.
        reasoning: Quality with reasoning, or None.
        effort: What was done; None where both were: labelled rows and pairs.
        propensity: Probability with which that was done.
        decided: What was decided, of pairs too; None for labelled rows and where somebody ran both on purpose.
        fixed: Whether something other than the gain decided (the developer, a limit, the user's words, trouble), so that
            another threshold would have changed nothing.
        learned: Log-odds that what was learned of the task's kind added to the score.
        facts: What the decision was made from, as on its card; empty where that is not known.
        group: What rows of one kind share: a source, or an agent.
        seconds: What it took, by effort.
        tokens: Completion tokens, by effort.
    """

    features: Mapping[str, float]
    words: tuple[str, ...] = ()
    direct: float | None = None
    reasoning: float | None = None
    effort: Effort | None = None
    propensity: float = 1.0
    decided: Effort | None = None
    fixed: bool = False
    learned: float = 0.0
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    group: str = ""
    seconds: Mapping[Effort, float]
    tokens: Mapping[Effort, float]

    @property
    def gain(self) -> float | None:
        """Quality that reasoning adds, or None where one of the two is not known."""
        return None if self.direct is None or self.reasoning is None else self.reasoning - self.direct


def situation_of(text: str, context: Mapping[str, Any]) -> Situation:
    """Return the situation that a text and its context describe.

    Args:
        text: The task.
        context: `n_tools`, how many tools are on offer, and `instructions`, the system text; others are ignored.

    Raises:
        InputError: One of them has the wrong type.
    """
    count, instructions = context.get("n_tools") or 0, context.get("instructions") or ""
    if not isinstance(count, int | float) or not 0 <= count < math.inf:
        raise InputError(f"n_tools is {count!r}, not a number of tools.")
    if not isinstance(instructions, str):
        raise InputError(f"instructions is {instructions!r}, not text.")
    return Situation(task=text, instructions=instructions, tools=_TOOLS[: int(min(count, MOST_TOOLS))])


_TOOLS = tuple(
    ToolDefinition(name=f"tool_{i}", description="", parameters={"type": "object", "properties": {}})
    for i in range(MOST_TOOLS)
)


def read_task(line: str) -> Situation:
    """Read a line with `text` and, perhaps, `context`.

    Raises:
        InputError: It is not such a line.
    """
    return _situation(_load(line))


def read_rows(lines: Iterable[str]) -> Iterator[Row]:
    """Read labelled rows and traces, in any order; pairs of traces (shadow runs) become one row.

    A line with `v` is a trace; of traces with one id the last counts. Any other must have `text`, `direct_score` and `reasoning_score`, or `text` and
    `expected_effort`; a line with neither label is an error.

    Raises:
        InputError: A line is neither; the message names its number.
    """
    traces: list[Trace] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            data = _load(line)
            if "v" in data:
                traces.append(parse_trace(line))
            else:
                yield _labelled(data)
        except InputError as error:
            raise InputError(f"Line {number}: {error.message}", hint=error.hint) from error
    yield from rows_of(latest(traces))


def rows_of(traces: Iterable[Trace]) -> Iterator[Row]:
    """Return what traces with a known quality teach, pairs as one row."""
    waiting: dict[str, Trace] = {}
    for trace in traces:
        if trace.outcome.quality is None:
            continue
        other = waiting.pop(trace.pair, None) if trace.pair else None
        if other is None and trace.pair:
            waiting[trace.id] = trace
        elif other is None or other.effort == trace.effort:
            yield _traced(trace)
        else:
            yield _paired(trace, other)
    for trace in waiting.values():
        yield _traced(trace)


def _load(line: str) -> dict[str, Any]:
    try:
        data: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"This is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise InputError("This is no JSON object.", hint='A line is an object such as {"text": "..."}.')
    return cast("dict[str, Any]", data)


def _situation(data: Mapping[str, Any]) -> Situation:
    text, context = data.get("text"), cast("object", data.get("context") or {})
    if not isinstance(text, str):
        raise InputError(
            "There is no text.", hint='A line is an object such as {"text": "...", "context": {}}.'
        )
    if not isinstance(context, Mapping):
        raise InputError(f"context is {context!r}, not an object.")
    return situation_of(text, cast("Mapping[str, Any]", context))


def _labelled(data: Mapping[str, Any]) -> Row:
    situation = _situation(data)
    direct, reasoning = _share(data, "direct_score"), _share(data, "reasoning_score")
    if direct is None or reasoning is None:
        expected = data.get("expected_effort")
        if expected not in ("none", "high"):
            raise InputError(
                "There is no label.", hint="A labelled row has direct_score and reasoning_score, each 0 to 1."
            )
        direct, reasoning = 0.5, 1.0 if expected == "high" else 0.5
    return Row(
        features=measure(situation), words=tuple(frame(read(situation.task))), direct=direct, reasoning=reasoning,
        group=str(data.get("source", "")), seconds={}, tokens={},
    )  # fmt: skip


def _share(data: Mapping[str, Any], name: str) -> float | None:
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InputError(f"{name} is {value!r}, not a number from 0 to 1.")
    return float(value)


def _traced(trace: Trace) -> Row:
    quality = trace.outcome.quality
    return Row(
        features=_features(trace),
        words=_words(trace),
        direct=quality if trace.effort == "none" else None,
        reasoning=quality if trace.effort == "high" else None,
        effort=trace.effort,
        propensity=trace.propensity,
        decided=trace.effort,
        fixed=trace.source in _FIXED,
        learned=_learned(trace),
        facts=trace.facts,
        group=trace.agent,
        seconds=dict[Effort, float]({trace.effort: trace.cost.seconds}),
        tokens=dict[Effort, float]({trace.effort: float(trace.cost.output_tokens)}),
    )


def _paired(trace: Trace, other: Trace) -> Row:
    by_effort: dict[Effort, Trace] = {trace.effort: trace, other.effort: other}
    none, high = by_effort["none"], by_effort["high"]
    made = high if none.shadow else none
    return Row(
        features=_features(none),
        words=_words(none) or _words(high),
        direct=none.outcome.quality,
        reasoning=high.outcome.quality,
        decided=None if made.source == "override" else made.effort,
        learned=_learned(made),
        facts=made.facts,
        group=none.agent,
        seconds=dict[Effort, float]((effort, one.cost.seconds) for effort, one in by_effort.items()),
        tokens=dict[Effort, float](
            (effort, float(one.cost.output_tokens)) for effort, one in by_effort.items()
        ),
    )


_FIXED = frozenset({"override", "limit", "cue", "evidence"})


def _learned(trace: Trace) -> float:
    if trace.gain is None or trace.gain == trace.score:
        return 0.0
    return _logit(trace.gain) - _logit(trace.score)


def _logit(share: float) -> float:
    share = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))


def _features(trace: Trace) -> dict[str, float]:
    if trace.text is not None and not trace.features:
        return measure(situation_of(trace.text, trace.context))
    # Traces of other versions may hold features that are no more, and `wording` belongs to their own weights.
    known = set(NAMES) - {"wording"}
    return {name: value for name, value in trace.features.items() if name in known and math.isfinite(value)}


def _words(trace: Trace) -> tuple[str, ...]:
    return tuple(frame(read(trace.text))) if trace.text is not None else ()
