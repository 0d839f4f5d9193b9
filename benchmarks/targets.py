"""What agentkit has to reach, computed from the results of one run of the suite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.fleet import FRAMEWORKS

OURS, HAND, POST, FLOOR = "agentkit", "AsyncOpenAI create()", "AsyncOpenAI.post", "raw aiohttp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target: what was measured and the most that it may be."""

    what: str
    value: float
    most: float
    unit: str = ""

    @property
    def reached(self) -> bool:
        """Whether the target is reached."""
        return self.value <= self.most

    def __str__(self) -> str:
        shown = f"{self.value:.3g}{self.unit} (at most {self.most:.3g}{self.unit})"
        return f"| {self.what} | {shown} | {'yes' if self.reached else '**no**'} |"


def targets(results: dict[str, Any]) -> Iterator[Target]:
    """Yield every target whose contestants were measured."""
    scenarios, turns = results["scenarios"], results["turns"]

    def cpu(scenario: str, entry: str) -> float:
        return float(scenarios[scenario][entry]["cpu_ms"]["median"])

    if HAND in turns:
        for scenario, most in (("plain", 0.5), ("rounds-10", 0.15)):
            value = cpu(scenario, OURS) / cpu(scenario, HAND)
            yield Target(
                what=f"{scenario}: share of the hand-written create() loop", value=value, most=most, unit="x"
            )
    peers = [name for name in FRAMEWORKS if name in turns]
    if peers:
        best = min(cpu("stream", name) for name in peers)
        yield Target(
            what="1,000 chunks: share of the best framework",
            value=cpu("stream", OURS) / best,
            most=0.1,
            unit="x",
        )
        best = min(turns[name]["total_ms"]["median"] for name in peers)
        yield Target(
            what="200 rounds: share of the best framework",
            value=turns[OURS]["total_ms"]["median"] / best,
            most=0.1,
            unit="x",
        )
    if FLOOR in turns:
        growth = {name: turns[name]["last_ms"] - turns[name]["first_ms"] for name in (OURS, FLOOR)}
        yield Target(
            what="200 rounds: growth of a turn, first to last 15",
            value=growth[OURS],
            most=max(0, growth[FLOOR]) + 0.2,
            unit=" ms",
        )
    burst = results["bursts"].get("512 at once, 50 ms", {})
    if POST in burst:
        ratio = burst[OURS]["p99_ms"] / burst[POST]["p99_ms"]
        yield Target(what="512 runs at once, 50 ms: p99 against a bare post", value=ratio, most=1.5, unit="x")
    if burst:
        yield Target(
            what="512 runs at once: peak memory of each", value=burst[OURS]["kb"], most=100, unit=" KB"
        )
    yield Target(
        what="256K tokens of history: added to a turn",
        value=results["history"][OURS]["added_in_all_ms"],
        most=3,
        unit=" ms",
    )
    starts, parts = results["starts"], results["parts"]
    yield Target(what="import agentkit", value=starts["import_ms"][OURS]["median"], most=60, unit=" ms")
    yield Target(what="100 tools registered", value=starts["hundred_tools_ms"][OURS], most=20, unit=" ms")
    asked = starts["ask_ms"]
    ratio = asked["agentkit ask, to its first request"]["median"] / asked["import openai"]["median"]
    yield Target(
        what="agentkit ask to its first request, against import openai", value=ratio, most=1.4, unit="x"
    )
    ratio = parts["router: decide on 2,000 characters"] / parts["one findall over 2,000 characters"]
    yield Target(what="router score against one findall, 2,000 characters", value=ratio, most=3, unit="x")
    if results.get("document"):
        yield Target(
            what="54-page PDF reviewed without model time",
            value=results["document"]["cpu_ms"] / 1000,
            most=3,
            unit=" s",
        )
        yield Target(what="the same, peak memory", value=results["document"]["peak_mb"], most=300, unit=" MB")
