"""What of a history a dialect cannot carry, in words, so that nothing is left out without being said."""

from __future__ import annotations

from collections.abc import Iterator

from agentkit.protocol.history import History
from agentkit.protocol.messages import AssistantMessage
from agentkit.wire.dialect import Dialect

_KEY = "wire.uncarried"


def uncarried(history: History, dialect: Dialect) -> list[tuple[str, str]]:
    """Return what of the history does not go out as it is: (setting, what becomes of it), once for each message."""
    if dialect.carries_reasoning and dialect.carries_text_beside_calls:
        return []
    key = (_KEY, dialect)
    read: int
    found: list[tuple[str, str]]
    read, found = history.derived.get(key, (0, []))
    for number, message in enumerate(history.since(read), read):
        if isinstance(message, AssistantMessage):
            found += _removed(number, message, dialect)
    history.derived[key] = (len(history), found)
    return found


def _removed(number: int, message: AssistantMessage, dialect: Dialect) -> Iterator[tuple[str, str]]:
    why = "the server takes none back" if dialect.reasoning_out is None else f"tokenizer {dialect.tokenizer}"
    if message.reasoning.strip() and not dialect.carries_reasoning:
        yield "reasoning", f"The reasoning of message {number} is not sent back ({why})."
    if message.text.strip() and message.tool_calls and not dialect.carries_text_beside_calls:
        why = (
            f"tokenizer {dialect.tokenizer}"
            if dialect.text_beside_calls
            else "the server reads no text beside calls"
        )
        yield "tool_calls", f"Text and calls of message {number} are sent as two turns ({why})."
