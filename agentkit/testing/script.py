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
    """Decides what a simulated server says."""

    def answer(self, request: ChatRequest) -> Turn | Awaitable[Turn]:
        """Return the reply to a request."""
        ...


class Script:
    """Replies in order; one that is not used up fails the test.

    Args:
        turns: Replies, or functions of the request that give them.
    """

    def __init__(self, *turns: Answer) -> None:
        self._lock = threading.Lock()
        self._turns = turns
        self._next = 0
        self._beyond = 0

    def answer(self, request: ChatRequest) -> Turn:
        """Return the next reply; beyond the end an HTTP 500 that says so."""
        with self._lock:
            if self._next >= len(self._turns):
                self._beyond += 1
                return fail(501, f"the script has only {len(self._turns)} turns")
            turn = self._turns[self._next]
            self._next += 1
        return turn if isinstance(turn, Turn) else turn(request)

    def assert_complete(self) -> None:
        """Check that every reply was used and none was missing.

        Raises:
            UnfinishedScript: The run made fewer or more requests than the script has turns.
        """
        made = self._next + self._beyond
        if made != len(self._turns):
            raise UnfinishedScript(
                f"The script has {len(self._turns)} turns, but {made} requests were made.",
                hint="Compare server.requests with the script.",
            )


class Rules:
    """Replies by a function of the request, any number of times."""

    def __init__(self, function: Callable[[ChatRequest], Turn]) -> None:
        self._function = function

    def answer(self, request: ChatRequest) -> Turn:
        """Return what the function gives."""
        return self._function(request)
