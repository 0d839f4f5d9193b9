"""`agentkit route`: score tasks, explain a decision, learn from your own runs, and check what a policy would bring.

agentkit route "TASK"                       explain the decision for one task (--tools N, --instructions TEXT, --json)
agentkit route --score [--weights W]        JSON lines with text and context in, one score a line out
agentkit route fit ROWS... --out W          weights from traces or labelled rows, with a table before and after
agentkit route replay ROWS... --policy P    what another policy would have brought, with intervals
agentkit route report TRACES...             tokens, seconds, money and quality against always-high and always-none
agentkit route shadow TASKS --out TRACES    run tasks at none and at high on your own server

A task named like a command is explained by `agentkit route -- "fit"`. Each command has its own --help.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import Final, Protocol, cast

PARTS: Final = {
    "fit": "agentkit.cli.route.fit",
    "replay": "agentkit.cli.route.replay",
    "report": "agentkit.cli.route.report",
    "shadow": "agentkit.cli.route.shadow",
    "explain": "agentkit.cli.route.explain",
    "score": "agentkit.cli.route.score",
}
"""Each part and the module that holds it, loaded when it is asked for."""


class Part(Protocol):
    """What the module of a part offers."""

    def declare(self, parser: argparse.ArgumentParser) -> None:
        """Add the part's arguments."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it, and return the exit code."""
        ...


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments; those of a part are read by the part."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.usage = 'agentkit route ["TASK" | --score | fit | replay | report | shadow] ...'
    parser.add_argument("--score", action="store_true", help="score JSON lines from standard input")
    parser.add_argument("--weights", metavar="W", help="a weights file (else the packaged weights)")
    parser.add_argument("--tools", metavar="N", help="of a task: how many tools are on offer")
    parser.add_argument("--instructions", metavar="TEXT", help="of a task: the agent's system text")
    parser.add_argument("--json", action="store_true", help="of a task: print the decision card as JSON")
    parser.add_argument(
        "given", nargs=argparse.REMAINDER, metavar="...", help="a task, or a part and its arguments"
    )


def run(arguments: argparse.Namespace) -> int:
    """Hand over to a part."""
    given = list(cast("Sequence[str]", arguments.given))
    name = "score" if arguments.score else "explain"
    if not arguments.score and given and given[0] in PARTS:
        name = given.pop(0)
    elif given and given[0] == "--":
        given.pop(0)
        given.insert(0, "--") if given else None
    # Options may stand before the task or part, too: that which takes them reads them.
    values = {name: getattr(arguments, name) for name in ("weights", "tools", "instructions")}
    before = [f"--{name}={value}" for name, value in values.items() if value is not None]
    given = [*before, *(["--json"] if arguments.json else []), *given]
    part = cast("Part", import_module(PARTS[name]))
    parser = argparse.ArgumentParser(
        prog=f"agentkit route {name}" if name not in ("explain", "score") else "agentkit route",
        description=part.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    part.declare(parser)
    return part.run(parser.parse_args(given))
