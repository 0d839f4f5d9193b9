"""What a trace holds, and which lines are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentkit.errors import InputError
from agentkit.router.traces import Trace, TraceCost, TraceOutcome, parse_trace, read_traces

TRACE = Trace(
    id="r1:0", run="r1", agent="billing", step="tool_result", key=("a1", "b2"), features={"maths": 0.5}, score=0.7, weights="2",
    effort="high", propensity=0.9, pair="r1:0s", cost=TraceCost(input_tokens=100, output_tokens=20, seconds=1.5), outcome=TraceOutcome(quality=1.0, valid=True),
)  # fmt: skip


def test_a_trace_comes_back_from_its_line_as_it_was() -> None:
    assert parse_trace(TRACE.to_json()) == TRACE
    assert "\n" not in TRACE.to_json()


def test_content_is_absent_unless_it_is_given() -> None:
    assert {"text", "context"}.isdisjoint(json.loads(TRACE.to_json()))
    told = Trace(id="x", effort="none", text="Ménage\nà trois", context={"n_tools": 2})
    assert parse_trace(told.to_json()) == told


def test_a_trace_needs_only_its_id_and_effort_and_ignores_unknown_fields() -> None:
    line = json.dumps({"v": 1, "id": "x", "effort": "none", "colour": "red", "cost": {"joules": 3}})
    assert parse_trace(line) == Trace(id="x", effort="none")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"v": 3}, "schema version 3"), ({"effort": "low"}, "effort is 'low'"), ({"propensity": 0}, "propensity is 0"), ({"propensity": 1.5}, "propensity is 1.5"),
        ({"outcome": {"quality": 2}}, "quality is 2"), ({"features": {"maths": "much"}}, "could not convert"), ({"features": {"maths": float("nan")}}, "not finite"),
        ({"features": [1]}, "impossible value"), ({"cost": 3}, "impossible value"), ({"gain": 2}, "gain is 2"), ({"facts": []}, "facts is"), ({"context": 3}, "context is"), ({"score": "x"}, "impossible value"),
    ],
)  # fmt: skip
def test_an_impossible_trace_is_refused_and_says_why(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        parse_trace(json.dumps({**json.loads(TRACE.to_json()), **change}))


@pytest.mark.parametrize("line", ["{", "[]", "{}", '"x"', '{"v": 1}'])
def test_what_is_no_trace_is_refused_with_its_line_number(line: str) -> None:
    with pytest.raises(InputError, match="Line 3"):
        list(read_traces([TRACE.to_json(), "", line]))
