"""What the parts of a dialect hand to one another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agentkit.testing.request import ChatRequest

FINGERPRINT = "agentkit-simulated"
"""`system_fingerprint` of every reply, by which a client can tell that no model answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a server serves.

    Attributes:
        model: Name of the model.
        window: Context window in tokens.
        images: Whether images are taken.
        image_limit: Images that one prompt may hold.
        alternates: Whether the chat template demands that user and assistant take turns.
    """

    model: str
    window: int
    images: bool = True
    image_limit: int = 999
    alternates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error response.

    Attributes:
        status: HTTP status.
        message: What the server says.
        kind: The body's `type`.
        param: The body's `param` (vLLM).
        more: Further fields of the body.
        in_stream: Whether a streamed request gets it as an event after HTTP 200.
        reason: What was wrong, for people, where `message` does not say it.
    """

    status: int
    message: str
    kind: str
    param: str | None = None
    more: dict[str, Any] = field(default_factory=dict[str, Any])
    in_stream: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidCall:
    """A tool call as far as it came out.

    Attributes:
        id: Its id.
        name: Its name, perhaps cut.
        begun: Whether its arguments had begun.
        arguments: Pieces of its arguments.
        whole: Whether it was not cut.
    """

    id: str
    name: str
    begun: bool
    arguments: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What of a turn came out within max_tokens, in pieces of about four characters.

    Attributes:
        reasoning: Pieces of reasoning.
        text: Pieces of text.
        fence: What of a schema answer's opening code fence came out (llama.cpp).
        calls: The calls that began.
        cut: Whether max_tokens or the window ended it.
        stop: The stop string that ended it.
        completion_tokens: Tokens in all, control tokens included.
    """

    reasoning: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    fence: str = ""
    calls: tuple[SaidCall, ...] = ()
    cut: bool = False
    stop: str | None = None
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """All that a reply is made of.

    Attributes:
        request: What was asked.
        said: What is answered.
        prompt_tokens: Tokens of the prompt.
        served: What the server serves.
        id: Id of the reply.
        created: Seconds since the epoch.
        counts_reasoning: Whether usage tells the reasoning tokens.
    """

    request: ChatRequest
    said: Said
    prompt_tokens: int
    served: Served
    id: str
    created: int
    counts_reasoning: bool
