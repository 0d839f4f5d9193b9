"""Ports: what the loop needs from outside, as Protocols of one or two methods."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol, runtime_checkable

from agentkit.protocol.decisions import Decision, Situation
from agentkit.protocol.events import (
    Event,
    ModelRetried,
    ReasoningDelta,
    ReplicaEjected,
    ReplicaRestored,
    SettingAdjusted,
    TextDelta,
)
from agentkit.protocol.reply import ModelReply
from agentkit.protocol.request import ModelRequest
from agentkit.protocol.review import Answer, Review

ModelItem = (
    TextDelta
    | ReasoningDelta
    | ModelRetried
    | ReplicaEjected
    | ReplicaRestored
    | SettingAdjusted
    | ModelReply
)
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


@runtime_checkable
class Reviewer(Protocol):
    """Judges answers that were given at none. A router that also has these methods is asked."""

    @property
    def wants_logprobs(self) -> bool:
        """Whether it looks at log-probabilities, which are then asked of servers that give them."""
        ...

    def review(self, answer: Answer) -> Review:
        """Say whether to take the answer, to ask for a second one, or to try again at high."""
        ...

    def compare(self, first: str, second: str, *, structured: bool) -> bool | None:
        """Return whether two answers to the same request say the same; None where one cannot tell."""
        ...


@runtime_checkable
class Learner(Protocol):
    """Learns from how decisions turned out. A router that also has these methods is told."""

    async def learn(self, decisions: Sequence[Decision]) -> Sequence[Decision]:
        """Take a run's decisions with their costs and outcomes; returns them as they go onto the result."""
        ...

    def take_feedback(self, before: Sequence[Decision], after: Sequence[Decision]) -> None:
        """Replace what was learned from `before` by what `after` says, the same decisions with feedback."""
        ...


class Sink(Protocol):
    """Reads events as they happen; must not block and must not raise."""

    def __call__(self, event: Event) -> None:
        """Take one event."""
        ...
