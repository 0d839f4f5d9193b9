"""What is asked of a model, independent of any server's dialect."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from agentkit.errors import ConfigurationError
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
        stop: Strings that end the reply; one string is taken as such.
        presence_penalty: -2 to 2.
        frequency_penalty: -2 to 2.
        repetition_penalty: As `top_k`.
        logprobs: Ask for log-probabilities.
        top_logprobs: Alternatives per token, 0 to 20.
        parallel_tool_calls: Whether one reply may hold several calls.
        extra_body: Further fields for the request's JSON, sent as they are. They may not replace a field that
            agentkit sets.

    Raises:
        ConfigurationError: A value is out of its range, or `extra_body` holds a field that agentkit sets.
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

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not (_is_number(value, whole=name in _WHOLE) and least <= value <= most):
                kind = "a whole number" if name in _WHOLE else "a number"
                bounds = f"at least {least:g}" if most == _ANY else f"from {least:g} to {most:g}"
                raise ConfigurationError(f"Sampling.{name} is {value!r}.", hint=f"Give {kind} {bounds}.")
        given = cast("object", self.stop)  # callers without a type checker
        stop: tuple[object, ...] = ()
        if isinstance(given, list | tuple):
            stop = tuple(cast("Iterable[object]", given))
        elif given:
            stop = (given,)
        if not all(isinstance(text, str) and text for text in stop):
            raise ConfigurationError(
                f"Sampling.stop is {given!r}.", hint="Give strings that are not empty, as a tuple."
            )
        object.__setattr__(self, "stop", stop)
        _check_extra(self.extra_body)


_ANY = float("inf")
_RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0, 2), "top_p": (0, 1), "top_k": (-1, _ANY), "min_p": (0, 1), "max_tokens": (1, _ANY),
    "seed": (-(2**63), 2**63 - 1), "presence_penalty": (-2, 2), "frequency_penalty": (-2, 2),
    "repetition_penalty": (0, _ANY), "top_logprobs": (0, 20),
}  # fmt: skip
_WHOLE = frozenset({"top_k", "max_tokens", "seed", "top_logprobs"})
_OWN_FIELDS = {
    "model": "Set Backend(model=...).",
    "messages": "Give the conversation as history=[...].",
    "tools": "Give tools to the agent.",
    "functions": "Give tools to the agent.",
    "tool_choice": "Leave it out: the loop decides when tools are offered.",
    "function_call": "Leave it out: the loop decides when tools are offered.",
    "response_format": "Give the agent output=...; a schema beside tools is safe on no server.",
    "stream": "Use agent.stream(), or Backend(stream=...).",
    "stream_options": "Leave it out: usage is asked for where the server knows it.",
    "n": "Leave it out: one answer is read.",
    "reasoning_effort": 'Use effort="none" or "high".',
    "max_completion_tokens": "Use Sampling(max_tokens=...).",
}
"""Fields of a request that agentkit sets, and what to use in place of them."""
_BEYOND_OPENAI = frozenset({"top_k", "min_p", "repetition_penalty"})


def _is_number(value: object, *, whole: bool) -> bool:
    return isinstance(value, int if whole else int | float) and not isinstance(value, bool)


def _check_extra(extra: object) -> None:
    if not isinstance(extra, Mapping):
        raise ConfigurationError(f"extra_body is a {type(extra).__name__}.", hint="Give a dict.")
    fields = cast("Mapping[str, Any]", extra)
    for name in fields:
        # fields that only some servers know may go this way to a server whose profile does not know them
        own = name in Sampling.__dataclass_fields__ and name not in _BEYOND_OPENAI
        if own or name in _OWN_FIELDS:
            raise ConfigurationError(
                f"extra_body would replace {name!r}, which agentkit sets.",
                hint=_OWN_FIELDS.get(name, f"Use Sampling({name}=...)."),
            )
    problem = ""
    try:
        json.dumps(dict(fields), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        problem = str(error)
    if problem:
        raise ConfigurationError(f"extra_body cannot be written as JSON: {problem}.", hint="Give plain data.")


UNSET = Sampling()
"""What most requests are sampled with: known by itself, without a look at its fields."""


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
    sampling: Sampling = UNSET
    stream: bool = False
    token_cap: int | None = None
    deadline: float | None = None
