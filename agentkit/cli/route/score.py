"""`agentkit route --score`: JSON lines with `text` and perhaps `context` in, one score from 0 to 1 a line out.

`context` may hold `n_tools`, the number of tools on offer, and `instructions`, the system text. Empty lines are
skipped. A line that is no such object ends it with exit code 2 and its number.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from agentkit.errors import InputError
from agentkit.router.features import measure
from agentkit.router.rows import read_task
from agentkit.router.score import load_weights


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the part's arguments."""
    parser.add_argument(
        "--weights", metavar="W", type=Path, help="a weights file (else the packaged weights)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Score standard input."""
    weights = load_weights(arguments.weights)
    for number, raw in enumerate(sys.stdin.buffer, 1):
        if not raw.strip():
            continue
        try:
            situation = read_task(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
        except UnicodeDecodeError as error:
            raise InputError(f"Line {number}: This is not UTF-8: {error}.") from error
        except InputError as error:
            raise InputError(f"Line {number}: {error.message}", hint=error.hint) from error
        sys.stdout.write(f"{weights.score(measure(situation, weights.words)):.8f}\n")
    return 0
