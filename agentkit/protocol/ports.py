"""Ports: what the loop needs from outside, as Protocols of one or two methods."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

from agentkit.protocol.decisions import Decision, Situation
from agentkit.protocol.events import Event, ModelRetried, ReasoningDelta, SettingAdjusted, TextDelta
from agentkit.protocol.reply import ModelReply
from agentkit.protocol.request import ModelRequest

ModelItem = TextDelta | ReasoningDelta | ModelRetried | SettingAdjusted | ModelReply
"""What a model yields for a request: deltas and notes, and last of all exactly one reply."""


class Model(Protocol):
    """A model behind a server."""

    def request(self, request: ModelRequest) -> AsyncGenerator[ModelItem, None]:
        """Send one request; the last item is the reply.

        Raises:
            BackendError: Whatever went wrong, after the retries that its policy allows.
        """
        ...


class Router(Protocol):
    """Decides the reasoning effort of a request."""

    def decide(self, situation: Situation) -> Decision:
        """Decide; the same situation gives the same decision."""
        ...


class Sink(Protocol):
    """Reads events as they happen; must not block and must not raise."""

    def __call__(self, event: Event) -> None:
        """Take one event."""
        ...
