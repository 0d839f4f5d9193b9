"""What differs between servers on the wire, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one kind of server writes and reads Chat Completions.

    Attributes:
        effort: Where the effort goes: the top-level field `reasoning_effort`, the template's arguments
            (`chat_template_kwargs`, which vLLM 0.32 in mistral mode refuses with 400), or nowhere.
        reasoning_in: Fields of a reply that may hold the reasoning, in order of preference.
        reasoning_out: Field in which earlier reasoning goes back, or None where the server has none for it.
        strict_tools: Whether `strict: true` on a function means something to the server.
        schema: Whether the server takes `response_format` of type `json_schema`.
        stream_usage: Whether `stream_options.include_usage` is understood.
        template_prompt: Whether the prompt is rendered by a chat template and only then tokenised, so that
            control-token text inside data would become real control tokens (llama.cpp: `parse_special`).
        cut_calls_look_complete: Whether an unstreamed reply that was cut inside a tool call still says
            `tool_calls` (vLLM 0.32: completion_tokens == max_tokens is the only sign).
        sampling: Sampling fields beyond the OpenAI API that the server knows.
    """

    effort: Literal["top_level", "chat_template_kwargs", "unsupported"] = "top_level"
    reasoning_in: tuple[str, ...] = ("reasoning_content", "reasoning")
    reasoning_out: str | None = "reasoning_content"
    strict_tools: bool = False
    schema: bool = True
    stream_usage: bool = True
    template_prompt: bool = True
    cut_calls_look_complete: bool = False
    sampling: frozenset[str] = frozenset()
