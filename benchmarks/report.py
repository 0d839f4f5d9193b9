"""Tables and plots of the results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.fleet import ENTRIES
from benchmarks.targets import targets
from benchmarks.work import SCENARIOS

BEGIN, END = "<!-- results: written by `make bench` -->", "<!-- end of results -->"


def render(results: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    names = [entry.name for entry in ENTRIES if entry.name in results["turns"]]
    config = "\n".join(
        f"- {key}: {value}" for key, value in results["configuration"].get("agentkit", {}).items()
    )
    return "\n\n".join(
        [
            (
                f"Measured {results['date']} on {results['machine']}. The stub answers {results['ceiling']['per_second']:,.0f} requests"
                f" a second and spends {results['ceiling']['cpu_ms'] * 1000:.0f} us of CPU on each, in its own process."
            ),
            f"agentkit's configuration:\n\n{config}",
            "CPU milliseconds per run, median of the rounds (half the distance between the quartiles):",
            _table(["CPU ms", *names], _scenario_rows(results, names, "cpu_ms")),
            "Wall milliseconds per run:",
            _table(["wall ms", *names], _scenario_rows(results, names, "wall_ms")),
            "The loop of 200 rounds, CPU:",
            _table(["200 rounds", *names], _turn_rows(results, names)),
            (
                "Bursts: all runs start at once; p50 / p99 in ms from the begin to each answer, none lost; CPU ms and KB of peak memory"
                " per run, over a process that has made 20 runs:"
            ),
            _table(["burst", *names], _burst_rows(results, names)),
            "Starting, CPU ms (an agent's 100 tools: made / with the schemas ready):",
            _table(["start", *names], _start_rows(results, names)),
            _table(["command line, CPU ms", "median", "quartiles"], _ask_rows(results)),
            _table(
                ["agentkit's parts", "CPU ms"],
                [[name, f"{value:.3g}"] for name, value in results["parts"].items()],
            ),
            _table(
                ["256K tokens of history", *_row_names(results["history"], names)],
                _history_rows(results, names),
            ),
            "Targets:",
            "\n".join(["| target | measured | reached |", "|---|---|---|", *map(str, targets(results))]),
        ]
    )


def write_into(readme: Path, text: str) -> None:
    """Put the results between their marks."""
    before, rest = readme.read_text(encoding="utf-8").split(BEGIN, 1)
    _, after = rest.split(END, 1)
    readme.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def plot(results: dict[str, Any], path: Path) -> None:
    """Draw the cost of each turn of the long loop, and the cost of each scenario, into one SVG."""
    import matplotlib as mpl  # only where the plot is drawn

    mpl.use("svg")
    mpl.rcParams.update(
        {"svg.hashsalt": "agentkit", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    )
    from matplotlib import pyplot

    names = [entry.name for entry in ENTRIES if entry.name in results["turns"]]
    colours = dict(
        zip(
            names, ("#888888", "#4c9be8", "#d62728", "#e8a33d", "#7b5ea7", "#3a9d6e", "#b07a5a"), strict=False
        )
    )
    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(11.5, 4.6), width_ratios=(1, 1.25), layout="constrained"
    )
    for name in names:
        values = results["turns"][name]["per_turn_ms"]
        ours = name == "agentkit"
        left.plot(
            range(2, len(values) + 2),
            values,
            label=name,
            color=colours[name],
            linewidth=2.4 if ours else 1.2,
            zorder=3 if ours else 2,
        )
    left.set(
        xlabel="turn of one run",
        ylabel="CPU ms for the turn",
        yscale="log",
        title="A turn's cost as the conversation grows",
    )
    left.legend(frameon=False, fontsize=8)
    shown = [name for name in SCENARIOS if name != "rounds-200"]
    width = 0.8 / len(names)
    for place, name in enumerate(names):
        values = [results["scenarios"][scenario][name]["cpu_ms"]["median"] for scenario in shown]
        right.bar([x + width * place for x in range(len(shown))], values, width, color=colours[name])
    right.set_xticks(
        [x + 0.4 for x in range(len(shown))],
        [SCENARIOS[name].title for name in shown],
        rotation=25,
        ha="right",
    )
    right.set(ylabel="CPU ms per run", yscale="log", title="CPU per run; the server answers at once")
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row_names(found: dict[str, Any], names: Sequence[str]) -> list[str]:
    return [name for name in names if name in found]


def _scenario_rows(results: dict[str, Any], names: Sequence[str], kind: str) -> list[list[str]]:
    return [
        [SCENARIOS[scenario].title, *(_spread(by_entry[name][kind]) for name in names)]
        for scenario, by_entry in results["scenarios"].items()
    ]


def _spread(found: dict[str, float]) -> str:
    return f"{_short(found['median'])} ({_short((found['high'] - found['low']) / 2)})"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _turn_rows(results: dict[str, Any], names: Sequence[str]) -> list[list[str]]:
    turns = results["turns"]
    return [
        ["whole run, ms", *(_spread(turns[name]["total_ms"]) for name in names)],
        ["a turn, 2 to 16, ms", *(_short(turns[name]["first_ms"]) for name in names)],
        ["a turn, the last 15, ms", *(_short(turns[name]["last_ms"]) for name in names)],
    ]


def _burst_rows(results: dict[str, Any], names: Sequence[str]) -> list[list[str]]:
    rows: list[list[str]] = []
    for burst, by_entry in results["bursts"].items():
        found = [by_entry[name] for name in names]
        rows.append(
            [f"{burst}: p50 / p99", *(f"{one['p50_ms']:,.0f} / {one['p99_ms']:,.0f}" for one in found)]
        )
        rows.append([f"{burst}: CPU, KB", *(f"{one['cpu_ms']:.2f}, {one['kb']:.0f}" for one in found)])
    return rows


def _start_rows(results: dict[str, Any], names: Sequence[str]) -> list[list[str]]:
    starts = results["starts"]
    made, ready = starts["hundred_tools_ms"], starts["hundred_schemas_ms"]
    return [
        ["import", *(_spread(starts["import_ms"][name]) for name in names)],
        ["100 tools", *(f"{made[name]:.1f} / {ready[name]:.1f}" if name in made else "-" for name in names)],
    ]


def _ask_rows(results: dict[str, Any]) -> list[list[str]]:
    return [
        [name, f"{found['median']:.0f}", f"{found['low']:.0f} to {found['high']:.0f}"]
        for name, found in results["starts"]["ask_ms"].items()
    ]


def _history_rows(results: dict[str, Any], names: Sequence[str]) -> list[list[str]]:
    history = results["history"]
    there = _row_names(history, names)
    return [
        ["10 rounds without it, ms", *(_spread(history[name]["without_ms"]) for name in there)],
        ["10 rounds with it, ms", *(_spread(history[name]["with_ms"]) for name in there)],
        [
            "added to a turn, the history's first encoding shared out, ms",
            *(f"{history[name]['added_in_all_ms']:.2f}" for name in there),
        ],
        [
            "added to each turn after the first, ms",
            *(f"{history[name]['added_per_turn_ms']:.2f}" for name in there),
        ],
    ]
