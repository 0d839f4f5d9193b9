"""What is piped into a command."""

from __future__ import annotations

import sys

from agentkit.errors import InputError


def read_standard_input() -> str:
    """Return the text that is piped in.

    Raises:
        InputError: It is not UTF-8.
    """
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"Standard input is not UTF-8: {error}.", hint="Convert it, with iconv.") from error
