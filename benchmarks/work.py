"""The work every contestant does, and what must come of it. Standard library only: it runs in every environment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

MODEL = "stub"
FIRST_RUN = 1_000_000
"""Runs are numbered with seven digits; the number stands in the prompt and has to come back in the answer."""

STREAMED = 1000
"""Pieces of text in a streamed answer."""

SYSTEM = "You are a careful assistant. Use the tools for sums."

Kind = Literal["plain", "tools", "json", "stream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One kind of run.

    Attributes:
        name: As in the stub's address.
        title: For the table.
        kind: Which method of a contestant does it.
        requests: How many requests one run must make.
        rounds: Turns in which tools are called.
        parallel: Calls in each such turn.
        batch: Runs measured together.
    """

    name: str
    title: str
    kind: Kind
    requests: int
    rounds: int = 0
    parallel: int = 1
    batch: int = 20


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario(name="plain", title="plain", kind="plain", requests=1, batch=40),
        Scenario(name="rounds-1", title="1 tool round", kind="tools", requests=2, rounds=1),
        Scenario(name="rounds-10", title="10 tool rounds", kind="tools", requests=11, rounds=10, batch=6),
        Scenario(name="parallel-8", title="8 parallel calls", kind="tools", requests=2, rounds=1, parallel=8),
        Scenario(name="json", title="JSON", kind="json", requests=1),
        Scenario(name="json-repair", title="bad JSON, then good", kind="json", requests=2),
        Scenario(name="stream", title="1,000 streamed chunks", kind="stream", requests=1, batch=4),
        Scenario(name="stream-apart", title="the same, each in a packet", kind="stream", requests=1, batch=4),
        Scenario(name="rounds-200", title="200 tool rounds", kind="tools", requests=201, rounds=200, batch=1),
    )
}


def prompt(scenario: str, run: int) -> str:
    """Return the user's text for a run."""
    what = {
        "plain": "How many moons has Jupiter?",
        "json": "Which city is the capital of France, and how many people live there?",
        "stream": "Tell me a long story about a lighthouse.",
        "tools": "Add the two numbers on the sheet, sheet after sheet, and tell me the last sum.",
    }[SCENARIOS[scenario].kind]
    return f"This is run-{run}. {what}"


def operands(run: int, turn: int, call: int) -> tuple[int, int]:
    """Return what the model asks the tool to add; no two calls of a run are the same."""
    return 5_000_000 + 10 * turn + call, run


def expected(scenario: str, run: int) -> Any:
    """Return what the run must give: text, the JSON object, or (pieces, text)."""
    wanted = SCENARIOS[scenario]
    match wanted.kind:
        case "plain":
            return f"Jupiter has 97 known moons (asked in run-{run})."
        case "tools":
            return f"The last sum is {sum(operands(run, wanted.rounds - 1, wanted.parallel - 1))}."
        case "json":
            return {"city": "Paris", "population": 2_102_650, "run": run}
        case "stream":
            return STREAMED, "".join(stream_pieces(run))


def stream_pieces(run: int) -> list[str]:
    """Return the pieces of a streamed answer; the last one holds the run's number."""
    return [*(f"w{number:03d} " for number in range(STREAMED - 1)), f"run-{run}"]


def history(chars: int) -> list[tuple[str, str]]:
    """Return an earlier conversation of so many characters as (role, text), user and assistant in turn."""
    sentence = "The tenant shall keep the premises in good repair and yield them up at the end of the term. "
    each = (sentence * 45)[:4000]
    return [
        ("user" if index % 2 == 0 else "assistant", f"{index}: {each}")
        for index in range(chars // 4000 // 2 * 2)
    ]


CITY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "population": {"type": "integer", "minimum": 0},
        "run": {"type": "integer"},
    },
    "required": ["city", "population", "run"],
    "additionalProperties": False,
}

ADD_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "a": {"type": "integer", "description": "The first number."},
        "b": {"type": "integer", "description": "The second number."},
    },
    "required": ["a", "b"],
    "additionalProperties": False,
}


def compact(value: Any) -> str:
    """Write JSON without white space."""
    return json.dumps(value, separators=(",", ":"))
