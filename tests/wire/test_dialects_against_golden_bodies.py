"""The dialects, checked where the recordings are not at hand: against bodies of genuine servers, one case a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentkit.testing import Rules, SimulatedServer
from tests.wire.golden import ask, dialect_of, fits, folders, read, seen, turn_of

CASES = [
    pytest.param(dialect_of(folder), path, id=f"{folder.name}: {path.stem}")
    for folder in folders()
    for path in sorted(folder.glob("*.json"))
]


@pytest.mark.parametrize(("dialect", "path"), CASES)
def test_a_dialect_answers_as_its_golden_body(dialect: str, path: Path) -> None:
    case = read(path)
    turn = turn_of(case.get("turn") or {})
    with SimulatedServer(Rules(lambda _: turn), dialect=dialect, model="ms4", context_window=4096) as server:
        told = seen(ask(server.url, case), case)
    assert_same(told, {name: case[name] for name in told})


def assert_same(ours: Any, wanted: Any, at: str = "answer") -> None:
    """Values, keys and their order are the same, a placeholder aside."""
    if isinstance(wanted, dict):
        assert list(ours) == list(wanted), at
        for name, value in wanted.items():
            assert_same(ours[name], value, f"{at}.{name}")
    elif isinstance(wanted, list):
        assert len(ours) == len(wanted), at
        for number, value in enumerate(wanted):
            assert_same(ours[number], value, f"{at}[{number}]")
    else:
        assert fits(ours, wanted), f"{at}: {ours!r} is not {wanted!r}"
