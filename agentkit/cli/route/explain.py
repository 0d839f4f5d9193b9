"""`agentkit route "TASK"`: which effort the router decides for a task, and why."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from agentkit.cli.piped import read_standard_input
from agentkit.errors import InputError
from agentkit.protocol.decisions import Decision
from agentkit.router.reasons import name_feature
from agentkit.router.router import ComplexityRouter
from agentkit.router.rows import situation_of
from agentkit.router.score import Weights, load_weights


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the part's arguments."""
    parser.add_argument("task", nargs="?", help="the task, or - to read it from standard input")
    parser.add_argument(
        "--weights", metavar="W", type=Path, help="a weights file (else the packaged weights)"
    )
    parser.add_argument("--tools", type=int, default=0, metavar="N", help="how many tools are on offer")
    parser.add_argument("--instructions", default="", metavar="TEXT", help="the agent's system text")
    parser.add_argument("--json", action="store_true", help="print the decision card as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Explain."""
    task = read_standard_input() if arguments.task == "-" else arguments.task
    if task is None or not task.strip():
        raise InputError("There is no task.", hint='agentkit route "TASK", or agentkit route --help.')
    weights = load_weights(arguments.weights)
    situation = situation_of(task, {"n_tools": arguments.tools, "instructions": arguments.instructions})
    decision = ComplexityRouter(weights=weights).decide(replace(situation, agent="route"))
    if arguments.json:
        print(json.dumps(decision.to_dict(), ensure_ascii=False, indent=2))
    else:
        print(_card(decision, weights))
    return 0


def _card(decision: Decision, weights: Weights) -> str:
    lines = [
        f"effort {decision.effort}, decided by the {decision.source}",
        f"score {decision.score:.2f}: {_scale(decision.score, decision.threshold)} high from {decision.threshold:.2f}",
        *(f"  because {reason}" for reason in decision.reasons),
    ]
    parts = sorted(
        weights.contributions(decision.features).items(), key=lambda part: (-abs(part[1]), part[0])
    )
    lines.append("")
    lines.append(f"what the score is made of, in log-odds (weights {weights.version}):")
    lines.append(f"  {weights.bias:+.2f}  where nothing is known")
    lines += [f"  {share:+.2f}  {name_feature(name, share)}" for name, share in parts if abs(share) >= 0.005]
    return "\n".join(lines)


def _scale(score: float, threshold: float, width: int = 40) -> str:
    cells = ["#" if place < round(score * width) else "." for place in range(width)]
    cells[min(width - 1, round(threshold * width))] = "|"
    return "".join(cells)
