"""The command line: `agentkit` and `python -m agentkit`. One module a command, loaded when it is asked for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Final, Protocol, cast

from agentkit.errors import AgentKitError, BackendError, ConfigurationError, InputError

COMMANDS: Final = {
    "ask": ("agentkit.cli.ask", "ask the model one question"),
    "doctor": ("agentkit.cli.doctor", "prove what a server can and cannot do"),
    "deploy": ("agentkit.cli.deploy", "does MS4 fit here, and how is it launched"),
    "route": ("agentkit.cli.route", "score tasks, explain a decision, learn from your own runs"),
}
"""Each command: the module that holds it (see `Command`) and its line in the help."""


class Command(Protocol):
    """What a command's module offers."""

    def declare(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's arguments."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it, and return the exit code."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        0 where all went well, 2 for wrong usage or input, 3 where the server failed, 1 for anything else.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="agentkit", description="Agents whose reasoning effort is a decision."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (home, line) in COMMANDS.items():
        wanted = bool(given) and given[0] == name
        module = cast("Command", import_module(home)) if wanted else None
        command = commands.add_parser(
            name, help=line, description=module.__doc__ if module else None, add_help=wanted
        )
        if module is not None:
            module.declare(command)
            command.set_defaults(run=module.run)
    arguments = parser.parse_args(given)
    try:
        code: int = arguments.run(arguments)
    except AgentKitError as error:
        print(f"agentkit: {error}", file=sys.stderr)
        if isinstance(error, ConfigurationError | InputError):
            return 2
        return 3 if isinstance(error, BackendError) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader went away, as `head` does
        _silence_stdout()
        return 0
    return code


def _silence_stdout() -> None:
    """Let what is still buffered go nowhere; Python would try again at its end, and exit with 120."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
