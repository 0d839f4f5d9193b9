"""The dialects, checked where the recordings are not at hand: against bodies that were reduced from them by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentkit.testing import CallSpec, Rules, SimulatedServer, Turn
from tests.wire.replies import Answer, send

FOLDER = Path(__file__).parent / "golden"
CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}")
    for path in sorted(FOLDER.glob("*.json"))
    for case in json.loads(path.read_text("utf-8"))["cases"]
]


@pytest.mark.parametrize(("dialect", "case"), CASES)
def test_a_dialect_answers_as_its_golden_body(dialect: str, case: dict[str, Any]) -> None:
    turn = turn_of(case.get("turn", {}))
    with SimulatedServer(Rules(lambda _: turn), dialect=dialect, model="ms4", context_window=4096) as server:
        method = case.get("method", "POST")
        path = case.get("path", "/v1/chat/completions")
        answer = send(server.url, method, path, request_of(case["request"]) if "request" in case else None)
    assert answer.status == case["status"]
    if "json" in case:
        assert_same(answer.json, case["json"])
    if "choice" in case:
        assert_same(answer.json["choices"], [case["choice"]])
    if "deltas" in case:
        assert_stream(answer, case)


def turn_of(told: dict[str, Any]) -> Turn:
    calls = tuple(CallSpec(name=name, arguments=arguments) for name, arguments in told.get("calls", ()))
    return Turn(text=told.get("text", ""), reasoning=told.get("reasoning", ""), calls=calls)


def request_of(told: dict[str, Any]) -> dict[str, Any]:
    body = {"model": "ms4", "messages": [{"role": "user", "content": "Well?"}], **told}
    if "tools" in told:
        body["tools"] = [
            {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
            for name in told["tools"]
        ]
    first = body["messages"][0]
    if first["content"].endswith("<repeat:5000>"):
        body["messages"] = [{**first, "content": first["content"].removesuffix("<repeat:5000>") * 5000}]
    return body


def assert_stream(answer: Answer, case: dict[str, Any]) -> None:
    *chunks, done = answer.events
    assert done == "[DONE]"
    usage = [chunk for chunk in chunks if not chunk["choices"]]
    choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
    assert_same([[choice["delta"], choice["finish_reason"]] for choice in choices], case["deltas"])
    assert_same([chunk["usage"] for chunk in usage], [case["usage"]] if "usage" in case else [])


def assert_same(ours: Any, wanted: Any, at: str = "body") -> None:
    """Values, keys and their order are the same, a placeholder aside."""
    if isinstance(wanted, dict):
        assert list(ours) == list(wanted), at
        for name, value in wanted.items():
            assert_same(ours[name], value, f"{at}.{name}")
    elif isinstance(wanted, list):
        assert len(ours) == len(wanted), at
        for number, value in enumerate(wanted):
            assert_same(ours[number], value, f"{at}[{number}]")
    elif isinstance(wanted, str) and wanted.startswith("<"):
        assert_placeholder(ours, wanted.strip("<>"), at)
    else:
        assert ours == wanted, at


def assert_placeholder(ours: Any, wanted: str, at: str) -> None:
    kind, _, rest = wanted.partition(":")
    if kind == "has":
        assert rest in ours, at
    elif kind == "id":
        assert ours.isalnum(), at
        assert len(ours) == int(rest), at
    else:
        assert type(ours).__name__ == kind, at
