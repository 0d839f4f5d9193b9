"""Whatever a server answers, the examination ends with a finding for every probe."""

from __future__ import annotations

import collections
import json
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


def test_requests_that_are_never_answered_to_the_end_prove_nothing(servers: Servers, look: Examine) -> None:
    server, seen = servers("vllm"), collections.Counter[str]()

    def cut(passing: Passing) -> None:
        asked = json.dumps([passing.asked.get("messages"), passing.asked.get("response_format")])
        seen[asked] += 1
        if seen[asked] > 1 and "response_format" in passing.asked and is_object(passing.data):
            for choice in passing.data.get("choices", ()):
                choice["finish_reason"] = "length"

    with FaultyProxy(
        server.url, WireFault(name="cut", about="only first answers are whole", reply=cut)
    ) as proxy:
        made = look(proxy.url, model=server.model)
    outcomes = {finding.id: finding.outcome for finding in made.findings}
    assert outcomes["schema.enforced"] == "proved"
    assert outcomes["together.schema_alike"] == "undecided"
