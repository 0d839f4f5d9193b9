"""Runs one contestant in its own environment: takes commands as JSON lines, answers with measurements as JSON lines.

    {"do": "run", "scenario": "rounds-10", "delay": 0, "first": 1000000, "count": 6, "together": 1}

Every answer is compared with what it must be. CPU is the process's, all threads included.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import itertools

from work import SCENARIOS, Scenario, expected, history, prompt

_ticks: list[float] = []
"""CPU time of the process whenever the tool was called."""


async def add(a: int, b: int) -> int:
    """Add two whole numbers.

    Args:
        a: The first number.
        b: The second number.
    """
    _ticks.append(time.process_time())
    return a + b


class Worker:
    """One contestant, its agents made once for each address and kept."""

    def __init__(self, name: str, url: str) -> None:
        self._module = importlib.import_module(f"contestants.{name}")
        self._url = url
        self._made: dict[str, Any] = {}

    def contestant(self, scenario: str, delay: int) -> Any:
        """Return the contestant for one address of the stub."""
        url = f"{self._url}/{scenario}/{delay}/v1"
        if url not in self._made:
            self._made[url] = self._module.Contestant(url, add)
        return self._made[url]

    async def run(self, command: dict[str, Any]) -> dict[str, Any]:
        """Make a batch of runs, `together` at a time."""
        scenario = SCENARIOS[command["scenario"]]
        contestant = self.contestant(scenario.name, command.get("delay", 0))
        earlier = history(command["history"]) if command.get("history") else []
        given = await contestant.remember(earlier) if earlier else None
        runs = range(command["first"], command["first"] + command["count"])
        gc.collect()
        _ticks.clear()
        latencies: list[float] = []
        before = _peak()
        cpu, wall = time.process_time(), time.perf_counter()
        if command.get("together", 1) == 1:
            for run in runs:
                latencies.append(await _one(contestant, scenario, run, given) - wall - sum(latencies))
        else:
            ends = await asyncio.gather(*(_one(contestant, scenario, run, given) for run in runs))
            latencies = [end - wall for end in ends]
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        return {
            "cpu_ms": cpu * 1000 / len(runs),
            "wall_ms": wall * 1000 / len(runs),
            "latencies_ms": [round(value * 1000, 3) for value in latencies],
            "turns_ms": [round((b - a) * 1000, 4) for a, b in itertools.pairwise(_ticks)],
            "tool_calls": len(_ticks),
            "peak_kb": _peak() - before,
        }


async def _one(contestant: Any, scenario: Scenario, run: int, given: Any) -> float:
    text = prompt(scenario.name, run)
    match scenario.kind:
        case "plain":
            answer = await contestant.plain(text)
        case "tools":
            answer = await (contestant.tools(text) if given is None else contestant.tools(text, given))
        case "json":
            answer = await contestant.extract(text)
        case "stream":
            answer = await contestant.stream(text)
    ended = time.perf_counter()
    wanted = expected(scenario.name, run)
    if answer != wanted:
        raise SystemExit(
            f"{scenario.name}, run {run}: {str(answer)[:300]!r} in place of {str(wanted)[:300]!r}"
        )
    return ended


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def serve(name: str, url: str) -> None:
    """Answer commands until standard input closes."""
    worker = Worker(name, url)
    describe = getattr(worker._module, "describe", dict)
    print(json.dumps({"ready": name, "configuration": describe()}), flush=True)
    for line in sys.stdin:  # nothing else runs between commands, so waiting here may block the loop
        command = json.loads(line)
        print(json.dumps(await worker.run(command)), flush=True)
    for contestant in worker._made.values():
        await contestant.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
