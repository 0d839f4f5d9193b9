"""The command line: `agentkit` and `python -m agentkit`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from agentkit.cli.ask import add_ask
from agentkit.errors import AgentKitError, BackendError, ConfigurationError, InputError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        0 where all went well, 2 for wrong usage or input, 3 where the server failed, 1 for anything else.
    """
    parser = argparse.ArgumentParser(
        prog="agentkit", description="Agents whose reasoning effort is a decision."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_ask(commands)
    arguments = parser.parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except AgentKitError as error:
        print(f"agentkit: {error}", file=sys.stderr)
        if isinstance(error, ConfigurationError | InputError):
            return 2
        return 3 if isinstance(error, BackendError) else 1
    except KeyboardInterrupt:
        return 130
    return code
