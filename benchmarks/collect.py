"""All measurements of one run of the suite, interleaved."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.fleet import ENTRIES, HERE, Entry, Runner, Stub, python_of, stub_server
from benchmarks.startup import measure_ask, measure_document, measure_hundred, measure_import
from benchmarks.work import SCENARIOS

TOGETHER = (64, 512)
DELAYS = (0, 50)
HISTORY_CHARS = 1_000_000
"""About 256K tokens of a legal text."""

REMEMBERING = ("raw aiohttp", "AsyncOpenAI.post", "agentkit", "AsyncOpenAI create()")
"""Contestants that take an earlier conversation here."""

LONG_PDF = HERE.parent / "../shared/data/contracts/pdf"

Results = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is measured: rounds of the scenarios, of the long loop, and of bursts."""

    rounds: int = 5
    long_rounds: int = 2
    bursts: int = 3
    starts: int = 3


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the median and the quartiles of what was measured."""
    ordered = sorted(values)
    low, _, high = statistics.quantiles(ordered, n=4) if len(ordered) > 1 else (ordered[0],) * 3
    return {"median": statistics.median(ordered), "low": low, "high": high, "rounds": len(ordered)}


def collect(entries: Sequence[Entry], extent: Extent) -> Results:
    """Measure everything."""
    with stub_server() as stub:
        runners = [Runner(entry=entry, stub=stub) for entry in entries]
        try:
            results: Results = {
                "date": time.strftime("%Y-%m-%d %H:%M"),
                "machine": machine(),
                "ceiling": ceiling(stub),
                "scenarios": scenarios(runners, extent),
                "turns": turns(runners, extent),
                "history": long_history(runners, extent),
                "configuration": {runner.entry.name: runner.configuration for runner in runners},
            }
        finally:
            for runner in runners:
                runner.close()
        results["bursts"] = bursts(list(entries), stub, extent)
    results["starts"] = starts(entries, extent)
    results["parts"] = json.loads(
        subprocess.run(
            [python_of("agentkit"), str(HERE / "parts.py")],
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        ).stdout
    )
    results["document"] = document()
    return results


def machine() -> str:
    """Say what this was measured on."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(
            (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model
        )
    except OSError:
        pass
    return f"{os.cpu_count()} cores of {model}, {platform.system()}, Python {platform.python_version()}"


def ceiling(stub: Stub) -> dict[str, float]:
    """Measure what the stub can answer: requests a second, and its own CPU for each, with raw sockets asking."""
    code = f"import sys; sys.path.insert(0, {str(HERE)!r}); from load import load; print(load({stub.port}, 64, 20000))"
    before = stub.stats()["cpu"]
    seconds = float(
        subprocess.run(
            [python_of("agentkit"), "-c", code], capture_output=True, text=True, check=True, timeout=300
        ).stdout
    )
    return {"per_second": 20_000 / seconds, "cpu_ms": (stub.stats()["cpu"] - before) * 1000 / 20_000}


def scenarios(runners: Sequence[Runner], extent: Extent) -> Results:
    """Run every short scenario with every contestant in turn, round after round."""
    taken: dict[str, dict[str, dict[str, list[float]]]] = {}
    for number in range(extent.rounds + 1):
        for name, scenario in SCENARIOS.items():
            if name == "rounds-200":
                continue
            for runner in runners:
                count = scenario.batch if number else 2  # the first round warms up
                measured = runner.measure(name, count=count)
                if number:
                    mine = taken.setdefault(name, {}).setdefault(
                        runner.entry.name, {"cpu_ms": [], "wall_ms": []}
                    )
                    mine["cpu_ms"].append(measured["cpu_ms"])
                    mine["wall_ms"].append(measured["wall_ms"])
        say(f"scenarios, round {number} of {extent.rounds}")
    return {
        name: {
            entry: {kind: spread(values) for kind, values in mine.items()} for entry, mine in by_entry.items()
        }
        for name, by_entry in taken.items()
    }


def turns(runners: Sequence[Runner], extent: Extent) -> Results:
    """Run the loop of 200 rounds; CPU of each turn is taken whenever the tool is called."""
    totals: dict[str, list[float]] = {}
    each: dict[str, list[list[float]]] = {}
    for number in range(extent.long_rounds):
        for runner in runners:
            measured = runner.measure("rounds-200", count=1)
            totals.setdefault(runner.entry.name, []).append(measured["cpu_ms"])
            each.setdefault(runner.entry.name, []).append(measured["turns_ms"])
        say(f"200 rounds, {number + 1} of {extent.long_rounds}")
    results: Results = {}
    for name, runs in each.items():
        per_turn = [statistics.median(values) for values in zip(*runs, strict=True)]
        results[name] = {
            "total_ms": spread(totals[name]),
            "per_turn_ms": per_turn,
            # the difference before the n-th call is the cost of turn n; the first has none before it
            "first_ms": statistics.median([statistics.mean(run[:15]) for run in runs]),
            "last_ms": statistics.median([statistics.mean(run[-15:]) for run in runs]),
        }
    return results


def long_history(runners: Sequence[Runner], extent: Extent) -> Results:
    """Compare ten tool rounds with and without an earlier conversation of a million characters."""
    taken: dict[str, dict[str, list[float]]] = {}
    for number in range(extent.rounds + 1):
        for runner in runners:
            if runner.entry.name not in REMEMBERING:
                continue
            for kind, chars in (("without", 0), ("with", HISTORY_CHARS)):
                measured = runner.measure("rounds-10", count=2, history=chars)
                if number:
                    mine = taken.setdefault(
                        runner.entry.name, {"without": [], "with": [], "turn without": [], "turn with": []}
                    )
                    mine[kind].append(measured["cpu_ms"])
                    mine[f"turn {kind}"].append(statistics.median(measured["turns_ms"]))
        say(f"256K tokens of history, round {number} of {extent.rounds}")
    return {
        name: {
            "without_ms": spread(mine["without"]),
            "with_ms": spread(mine["with"]),
            "added_per_turn_ms": statistics.median(mine["turn with"])
            - statistics.median(mine["turn without"]),
            "added_in_all_ms": (statistics.median(mine["with"]) - statistics.median(mine["without"])) / 11,
        }
        for name, mine in taken.items()
    }


def bursts(entries: Sequence[Entry], stub: Stub, extent: Extent) -> Results:
    """Start many runs at once: latencies from the burst's begin to each answer's end, and peak memory."""
    taken: dict[str, dict[str, dict[str, list[float]]]] = {}
    for number in range(extent.bursts):
        for together in TOGETHER:
            for delay in DELAYS:
                for entry in entries:
                    runner = Runner(
                        entry=entry, stub=stub
                    )  # a fresh process, so that peak memory means something
                    try:
                        runner.measure("plain", count=20, delay=delay)
                        measured = runner.measure("plain", count=together, delay=delay, together=together)
                    finally:
                        runner.close()
                    latencies = sorted(measured["latencies_ms"])
                    mine = taken.setdefault(f"{together} at once, {delay} ms", {}).setdefault(
                        entry.name, {"p50_ms": [], "p99_ms": [], "cpu_ms": [], "kb": []}
                    )
                    mine["p50_ms"].append(latencies[len(latencies) // 2])
                    mine["p99_ms"].append(latencies[int(len(latencies) * 0.99)])
                    mine["cpu_ms"].append(measured["cpu_ms"])
                    mine["kb"].append(measured["peak_kb"] / together)
        say(f"bursts, round {number + 1} of {extent.bursts}")
    return {
        name: {
            entry: {kind: statistics.median(values) for kind, values in mine.items()}
            for entry, mine in rows.items()
        }
        for name, rows in taken.items()
    }


def starts(entries: Sequence[Entry], extent: Extent) -> Results:
    """Measure imports, agents with 100 tools, and the command line, in fresh processes in turn."""
    imports: dict[str, list[float]] = {}
    hundred: dict[str, list[tuple[float, float]]] = {}
    asks: dict[str, list[float]] = {}
    for number in range(extent.starts + 1):
        for entry in entries:
            value, pair = measure_import(entry), measure_hundred(entry)
            if number:
                imports.setdefault(entry.name, []).append(value)
                if pair:
                    hundred.setdefault(entry.name, []).append(pair)
        for name, value in measure_ask().items():
            if number:
                asks.setdefault(name, []).append(value)
        say(f"starts, round {number} of {extent.starts}")
    return {
        "import_ms": {name: spread(values) for name, values in imports.items()},
        "hundred_tools_ms": {
            name: statistics.median(made for made, _ in pairs) for name, pairs in hundred.items()
        },
        "hundred_schemas_ms": {
            name: statistics.median(ready for _, ready in pairs) for name, pairs in hundred.items()
        },
        "ask_ms": {name: spread(values) for name, values in asks.items()},
    }


def document() -> Results | None:
    """Review the longest contract that is there, without model time."""
    import pypdfium2  # only here, and it is in agentkit's environment

    sizes: dict[Path, int] = {}
    for path in sorted(LONG_PDF.glob("*.pdf")):
        sizes[path] = len(pypdfium2.PdfDocument(path))
    if not sizes:
        say("no long PDF here: the contract review is not measured")
        return None
    longest = max(sizes, key=lambda path: sizes[path])
    with tempfile.TemporaryDirectory() as out:
        runs = [measure_document(longest, Path(out)) for _ in range(3)]
    return {"pages": sizes[longest], **{key: statistics.median(run[key] for run in runs) for key in runs[0]}}


def say(what: str) -> None:
    """Tell how far the suite has come."""
    print(f"  {time.strftime('%H:%M:%S')} {what}", flush=True)


def chosen(names: Sequence[str]) -> tuple[Entry, ...]:
    """Return the entries of these names, or all."""
    unknown = set(names) - {entry.name for entry in ENTRIES}
    if unknown:
        raise SystemExit(f"No contestant is called {', '.join(sorted(unknown))}.")
    return tuple(entry for entry in ENTRIES if not names or entry.name in names)
