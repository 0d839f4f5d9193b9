"""`python -m benchmarks`: measure, print the tables, and write them with a plot."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.collect import Extent, chosen, collect
from benchmarks.fleet import HERE
from benchmarks.report import plot, render, write_into

parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
parser.add_argument("--only", nargs="*", default=[], help="contestants by name; all where left out")
parser.add_argument("--quick", action="store_true", help="few rounds: for a look, not for figures")
parser.add_argument(
    "--write", action="store_true", help="write results.json, results.svg and the table of README.md"
)
parser.add_argument("--again", type=Path, help="take the results from a file instead of measuring")
arguments = parser.parse_args()
if arguments.again:
    results = json.loads(arguments.again.read_text(encoding="utf-8"))
else:
    extent = Extent(rounds=2, long_rounds=1, bursts=1, starts=1) if arguments.quick else Extent()
    results = collect(chosen(arguments.only), extent)
text = render(results)
print(text)
if arguments.write:
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    plot(results, HERE / "results.svg")
    write_into(HERE / "README.md", text)
    print("\nwritten: benchmarks/results.json, benchmarks/results.svg, benchmarks/README.md")
