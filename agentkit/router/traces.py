"""Traces: what was decided, with which odds, at what cost and with what outcome. One JSON object a line.

Content-free unless `text` is filled in: features are numbers by name, keys are hashes. `docs/explain/traces.md` has
the schema in words. A line of a newer schema version is refused, unknown fields of the same version are ignored.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from agentkit.errors import InputError
from agentkit.protocol.decisions import DecisionSource, StepKind
from agentkit.protocol.effort import Effort

TRACE_VERSION: Final = 2
"""Version of the schema, in the field `v` of every line."""

_READABLE: Final = (1, 2)
"""Versions that are read: 1 had neither `gain` nor `facts`, and `context` only beside a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceCost:
    """What a decision cost: all requests it led to, retries and re-asks included.

    Attributes:
        input_tokens: Prompt tokens.
        output_tokens: Completion tokens, reasoning included.
        reasoning_tokens: Reasoning tokens; None where the server does not count them.
        seconds: From the request to the end of the reply.
        money: In the currency of the configured prices; None where none are configured.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int | None = None
    seconds: float = 0.0
    money: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceOutcome:
    """How it went.

    Attributes:
        quality: 0 to 1, what learning maximises: feedback where there is any, else what validation and tools said;
            None where nothing is known.
        valid: Whether the output passed validation at the first try; None where nothing was validated.
        retries: Re-asks after invalid output.
        tool_errors: Failed or refused calls of this reply.
        truncated: Whether the reply ended at its token limit.
        feedback: What the caller said of the result, 0 to 1, or None.
        escalated: Whether evidence after this reply led to a further try at high.
    """

    quality: float | None = None
    valid: bool | None = None
    retries: int = 0
    tool_errors: int = 0
    truncated: bool = False
    feedback: float | None = None
    escalated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One effort decision and what came of it.

    Attributes:
        id: Unique name of the decision.
        run: Id of the run it was made in.
        request: Number of the request within the run, from 0.
        time: Seconds since 1970 at the decision.
        agent: Name of the agent.
        step: What the reply was for.
        key: Identity of the task, from the most general level to the finest: hashes, never content.
        features: The features that were not zero, by name.
        score: 0 to 1, how far the weights expected reasoning to pay.
        gain: The score corrected by what was learned of tasks of its kind; None in traces of version 1.
        threshold: The gain from which effort was high.
        weights: Version of the weights that gave the score.
        effort: What was done.
        source: What decided it.
        propensity: Probability with which the router did what it did: 1 where nothing was left to chance.
        pair: The `id` of the other effort's trace of the same request where both were run, else None.
        shadow: Whether it ran only to compare: its answer was not used.
        cost: What it cost.
        outcome: How it went.
        text: The task's text; None unless the developer asked for content in traces.
        context: What labelled rows call context: the number of tools as `n_tools`.
        facts: All else that the decision was made from, the policy's knobs among them; empty for traces of version 1 and
            for what was not decided by itself (shadows, second answers). No content.
    """

    id: str
    run: str = ""
    request: int = 0
    time: float = 0.0
    agent: str = ""
    step: StepKind = "planning"
    key: tuple[str, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict[str, float])
    score: float = 0.0
    gain: float | None = None
    threshold: float = 0.5
    weights: str = ""
    effort: Effort
    source: DecisionSource = "score"
    propensity: float = 1.0
    pair: str | None = None
    shadow: bool = False
    cost: TraceCost = field(default_factory=TraceCost)
    outcome: TraceOutcome = field(default_factory=TraceOutcome)
    text: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict[str, Any])
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def to_json(self) -> str:
        """Return the trace as one line of JSON without its line break."""
        data: dict[str, Any] = {"v": TRACE_VERSION}
        for name in self.__slots__:
            value = getattr(self, name)
            if isinstance(value, TraceCost | TraceOutcome):
                data[name] = {part: getattr(value, part) for part in value.__slots__}
            elif name not in ("text", "context", "facts") or value:
                data[name] = dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value
        return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def parse_trace(line: str) -> Trace:
    """Read one line.

    Raises:
        InputError: It is no trace, of a newer version, or holds an impossible value; the message says which.
    """
    try:
        data: Any = json.loads(line)
    except ValueError as error:
        raise InputError(f"A trace is not JSON: {error}.") from error
    if not isinstance(data, dict) or "v" not in data:
        raise InputError("A trace is a JSON object with its schema version in the field v.")
    return _from_data(cast("dict[str, Any]", data))


def read_traces(lines: Iterable[str]) -> Iterator[Trace]:
    """Read traces from lines; empty lines are skipped.

    Raises:
        InputError: A line is no trace; the message names its number.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield parse_trace(line)
            except InputError as error:
                raise InputError(f"Line {number}: {error.message}", hint=error.hint) from error


def latest(traces: Iterable[Trace]) -> list[Trace]:
    """Return the last trace of each id, in the order in which the ids came: feedback writes a decision again."""
    return list({trace.id: trace for trace in traces}.values())


def _from_data(data: dict[str, Any]) -> Trace:
    if data["v"] not in _READABLE:
        raise InputError(
            f"A trace has schema version {data['v']!r}.",
            hint=f"This agentkit reads versions 1 to {TRACE_VERSION}: use the agentkit that wrote it, or a newer one.",
        )
    try:
        given = {name: data[name] for name in Trace.__slots__ if name in data}
        given["cost"] = TraceCost(**_known(TraceCost, data.get("cost", {})))
        given["outcome"] = TraceOutcome(**_known(TraceOutcome, data.get("outcome", {})))
        given["key"] = tuple(map(str, data.get("key", ())))
        given["features"] = {str(name): float(value) for name, value in data.get("features", {}).items()}
        trace = Trace(**given)
        _check(trace)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise InputError(f"A trace holds an impossible value: {error}.") from error
    return trace


def _known(part: type[TraceCost | TraceOutcome], data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in part.__slots__ if name in data}


def _check(trace: Trace) -> None:
    if trace.effort not in ("none", "high"):
        raise ValueError(f"effort is {trace.effort!r}, not none or high")
    if not 0 < trace.propensity <= 1:
        raise ValueError(f"propensity is {trace.propensity!r}, not above 0 and at most 1")
    shares = {
        "quality": trace.outcome.quality,
        "feedback": trace.outcome.feedback,
        "score": trace.score,
        "gain": trace.gain,
    }
    for name, share in shares.items():
        if share is not None and not 0 <= share <= 1:
            raise ValueError(f"{name} is {share!r}, not from 0 to 1")
    for name, part in (("context", trace.context), ("facts", trace.facts)):
        if not isinstance(cast("object", part), Mapping):
            raise ValueError(f"{name} is {part!r}, not an object")
    numbers = [*trace.features.values(), trace.cost.seconds, trace.time]
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError("a number is not finite")
