"""What is asked of a model, independent of any server's dialect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agentkit.protocol.effort import Effort
from agentkit.protocol.history import History

JsonSchema = Mapping[str, Any]
"""A JSON Schema as plain data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolDefinition:
    """A tool as the model sees it.

    Attributes:
        name: `^[a-zA-Z0-9_-]{1,64}$`, which mistral-common demands.
        description: What it does and when to use it.
        parameters: JSON Schema of the arguments; the root is an object.
        strict: Ask the server to hold the model to the schema, where it knows how.
    """

    name: str
    description: str
    parameters: JsonSchema
    strict: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the model samples; what is None is left to the profile (temperature) or the server (the rest).

    Attributes:
        temperature: 0 to 2. Unset: the recommendation for the effort, because vLLM's default is the
            repository's generation config, else 1.0.
        top_p: Nucleus share.
        top_k: Not part of the OpenAI API; vLLM, SGLang and llama.cpp know it.
        min_p: As `top_k`.
        max_tokens: Most tokens of one reply, reasoning included.
        seed: For repeatable sampling where the server honours it.
        stop: Strings that end the reply.
        presence_penalty: -2 to 2.
        frequency_penalty: -2 to 2.
        repetition_penalty: As `top_k`.
        logprobs: Ask for log-probabilities.
        top_logprobs: Alternatives per token, 0 to 20.
        parallel_tool_calls: Whether one reply may hold several calls.
        extra_body: Further fields for the request's JSON, sent as they are. They may not replace a field that
            agentkit sets.
    """

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    repetition_penalty: float | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    parallel_tool_calls: bool | None = None
    extra_body: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFormat:
    """A schema that the reply's text must satisfy; the root is an object."""

    name: str
    schema: JsonSchema


ToolChoice = Literal["auto", "required", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One request to a model.

    Attributes:
        history: The conversation so far. It is shared with the run and only grows.
        effort: Reasoning effort of this request.
        tools: Offered tools, in a stable order (the prompt's prefix depends on it).
        tool_choice: Whether the model may, must or must not call; sent only with tools.
        output: A schema for the reply; never together with tools (ms4 servers differ: unsafe everywhere).
        sampling: How to sample.
        stream: Whether deltas are wanted as they come.
        token_cap: Completion tokens that the run has left for this reply, or None.
        deadline: Absolute `anyio.current_time()` in seconds at which the caller gives up, or None.
    """

    history: History
    effort: Effort
    tools: tuple[ToolDefinition, ...] = ()
    tool_choice: ToolChoice = "auto"
    output: OutputFormat | None = None
    sampling: Sampling = field(default_factory=Sampling)
    stream: bool = False
    token_cap: int | None = None
    deadline: float | None = None
