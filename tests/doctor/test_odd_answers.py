"""Whatever a server answers, the examination ends with a finding for every probe."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from agentkit._util.json import is_array, is_object
from agentkit.backends.findings import Capabilities
from agentkit.doctor.probes import PROBES
from agentkit.testing import FaultyProxy, SimulatedServer, WireFault
from agentkit.testing.proxy import Passing

Servers = Callable[[str], SimulatedServer]
Examine = Callable[..., Capabilities]
ODD: tuple[Any, ...] = (
    None,
    0,
    -1,
    1.5,
    True,
    "",
    "x",
    [],
    [None],
    [[]],
    {},
    {"a": None},
    "\ud800",
    "[TOOL_CALLS]",
)


def _mutated(value: Any, odds: random.Random, chance: float) -> Any:
    if odds.random() < chance:
        return odds.choice(ODD)
    if is_object(value):
        return {name: _mutated(item, odds, chance) for name, item in value.items()}
    return [_mutated(item, odds, chance) for item in value] if is_array(value) else value


@pytest.mark.parametrize("seed", range(8))
def test_odd_answers_end_in_findings(seed: int, servers: Servers, look: Examine) -> None:
    odds = random.Random(seed)
    server = servers("vllm")

    def mutate(passing: Passing) -> None:
        if passing.path.endswith("/models"):
            return
        passing.data = _mutated(passing.data, odds, 0.03)
        changed = [_mutated(event, odds, 0.01) for event in passing.events]
        passing.events = [event for event in changed if is_object(event)]

    with FaultyProxy(server.url, WireFault(name="odd", about="answers are odd", reply=mutate)) as proxy:
        made = look(proxy.url, model=server.model)
    assert [finding.id for finding in made.findings] == [probe.id for probe in PROBES]
    assert any(finding.outcome == "refuted" for finding in made.findings)
    assert made.to_json()
