"""What a router may look at once there is an answer, and what it says to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agentkit.protocol.decisions import Decision, EvidenceKind
from agentkit.protocol.reply import ModelReply


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer at none that might be the last word.

    Attributes:
        decision: What led to it.
        reply: The answer.
        structured: Whether it is JSON that was asked for by a schema (and satisfies it).
        final: Whether it would end the run; False where a schema-only step follows.
        sample: The text of an earlier answer to the same request, or None.
        escalations: Further tries that doubt has led to in this run.
        room: Completion tokens that a further try may have, or None where nothing bounds them.
    """

    decision: Decision
    reply: ModelReply
    structured: bool = False
    final: bool = True
    sample: str | None = None
    escalations: int = 0
    room: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What to do with an answer.

    Attributes:
        verdict: `accept` it, ask for a second `sample` at none, or `escalate` to high.
        evidence: What was seen, the strongest first.
        note: What the model is told of it where it is asked again.
    """

    verdict: Literal["accept", "sample", "escalate"]
    evidence: tuple[EvidenceKind, ...] = ()
    note: str = ""


ACCEPTED = Review(verdict="accept")
