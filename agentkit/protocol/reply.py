"""What a model answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from agentkit.protocol.messages import AssistantMessage
from agentkit.protocol.usage import Usage

FinishReason = Literal["stop", "tool_calls", "length", "content_filter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReply:
    """One whole reply.

    Attributes:
        message: Text, reasoning and calls.
        finish: Why it ended. `length` also where a server called a cut tool call complete (vLLM 0.32 not
            streamed: finish `tool_calls`, arguments `{}`, completion_tokens == max_tokens).
        usage: Tokens of this request.
        model: The model's name as the server gave it.
        simulated: Whether the answer came from the embedded server and not from a model.
        request_id: The server's id of the reply.
        logprob: Mean log-probability of the answer's tokens, where it was asked for and served.
    """

    message: AssistantMessage
    finish: FinishReason
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    simulated: bool = False
    request_id: str = ""
    logprob: float | None = None
