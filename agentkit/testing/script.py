"""What a simulated model "thinks": a script for tests, rules for demos."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import Protocol

from agentkit.errors import UnfinishedScript
from agentkit.testing.request import ChatRequest
from agentkit.testing.turns import Turn, fail

Answer = Turn | Callable[[ChatRequest], Turn]
"""A reply, or a function of the request that gives it."""


class Brain(Protocol):
    """Decides what a simulated server says. One that also has `assert_complete()` is asked at the server's end."""

    def answer(self, request: ChatRequest) -> Turn | Awaitable[Turn]:
        """Return the reply to a request; called on the server's own event loop."""
        ...


class Script:
    """Replies in order of arrival; one that is not used up fails the test.

    Args:
        turns: Replies, or functions of the request that give them and may assert what it holds.
    """

    def __init__(self, *turns: Answer) -> None:
        self._lock = threading.Lock()
        self._turns = turns
        self._asked = 0

    def answer(self, request: ChatRequest) -> Turn:
        """Return the next reply; beyond the end an HTTP 500 that says so."""
        with self._lock:
            number = self._asked
            self._asked += 1
        if number >= len(self._turns):
            text = f"The script has {_turns(len(self._turns))}, and this is request {number + 1}."
            return fail(500, text)
        turn = self._turns[number]
        return turn if isinstance(turn, Turn) else turn(request)

    def assert_complete(self) -> None:
        """Check that every reply was used and none was missing.

        Raises:
            UnfinishedScript: The run made fewer or more requests than the script has turns.
        """
        if self._asked != len(self._turns):
            raise UnfinishedScript(
                f"The script has {_turns(len(self._turns))}, but {self._asked} chat requests reached it.",
                hint="Compare server.chat_requests with the script; refused requests do not reach it.",
            )


class Rules:
    """Replies by a function of the request, any number of times."""

    def __init__(self, function: Callable[[ChatRequest], Turn]) -> None:
        self._function = function

    def answer(self, request: ChatRequest) -> Turn:
        """Return what the function gives."""
        return self._function(request)


def _turns(count: int) -> str:
    return "1 turn" if count == 1 else f"{count} turns"
