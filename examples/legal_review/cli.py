"""The example's command line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from agentkit.errors import AgentKitError, BackendError, ConfigurationError, InputError, MissingExtra

COMMANDS = {
    "review": ("examples.legal_review.command", "run_review", "review a contract against a playbook"),
    "verify": ("examples.legal_review.quotes.command", "run_verify", "check quotes against a document"),
    "triage": (
        "examples.legal_review.triage.command",
        "run_triage",
        "locate clauses by rules, without a model",
    ),
    "playbook": ("examples.legal_review.command", "run_playbook", "check a playbook file"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        0 where all went well, 1 where `--fail-on` asks for it, 2 for wrong usage or input, 3 where the server failed, 4
        where some rules could not be answered.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help") or arguments[0] not in COMMANDS:
        listed = "\n".join(f"  {name:10} {text}" for name, (_, _, text) in COMMANDS.items())
        print(f"usage: python -m examples.legal_review COMMAND ...\n\n{listed}", file=sys.stderr)
        return 0 if arguments and arguments[0] in ("-h", "--help") else 2
    module, function, _ = COMMANDS[arguments[0]]
    run: Callable[[list[str]], int] = getattr(import_module(module), function)
    try:
        return run(arguments[1:])
    except AgentKitError as error:
        print(f"legal_review: {error}", file=sys.stderr)
        if isinstance(error, ConfigurationError | InputError | MissingExtra):
            return 2
        return 3 if isinstance(error, BackendError) else 4
    except KeyboardInterrupt:
        print("legal_review: stopped.", file=sys.stderr)
        return 130
