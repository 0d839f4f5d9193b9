"""The conversation of a run: a list of messages that only grows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from agentkit.protocol.messages import Message


class History:
    """Messages in order, append-only, with room for what was derived from them.

    Because nothing already there ever changes, whoever derives something from the messages (the encoded form
    for a dialect, say) can keep it in `derived` under a key of its own and only add what is new: the cost of a
    turn then does not grow with the turns before it.
    """

    __slots__ = ("_messages", "derived")

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self._messages: list[Message] = list(messages)
        self.derived: dict[Hashable, Any] = {}

    def append(self, message: Message) -> None:
        """Add a message at the end."""
        self._messages.append(message)

    def extend(self, messages: Iterable[Message]) -> None:
        """Add messages at the end, in order."""
        self._messages.extend(messages)

    def since(self, index: int) -> list[Message]:
        """Return the messages from `index` on."""
        return self._messages[index:]

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages so far."""
        return tuple(self._messages)

    def __len__(self) -> int:
        return len(self._messages)

    def __getitem__(self, index: int) -> Message:
        return self._messages[index]
