"""What differs between servers on the wire, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EffortField = Literal["top_level", "chat_template_kwargs", "enable_thinking", "unsupported"]
"""Where the effort goes: the top-level field `reasoning_effort`; the same name among the template's arguments
(`chat_template_kwargs`); `chat_template_kwargs.enable_thinking`, the switch of Qwen's template; or nowhere."""

ReasoningForm = Literal["reasoning", "reasoning_content", "thinking_text", "thinking_chunks"]
"""How earlier reasoning goes back: in a field of that name, or as a part of `content`: `{"type": "thinking", "thinking":
"..."}` as chat templates and mistral-common read it, or with a list of text chunks inside, as the Mistral API has it."""

TokenizerVersion = Literal[3, 7, 11, 13, 15]
"""Versions of Mistral's tokenizers that differ in what a conversation may hold (mistral-common checks 7 with its V5 rules):
before 15 no effort, before 11 no reasoning, before 7 no text beside tool calls."""

ControlTokens = Literal["mistral", "chatml", "gemma"]
"""Families of text that become control tokens where a rendered template is tokenised: `[INST]`, `<|im_start|>`,
`<start_of_turn>` and their like."""

TOOL_CHOICES = frozenset({"auto", "required", "none"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one kind of server writes and reads Chat Completions.

    Attributes:
        effort: Where the effort goes. vLLM 0.32 in mistral mode refuses `chat_template_kwargs` with 400.
        reasoning_in: Fields of a reply that may hold the reasoning, in order of preference; `content` where it is a
            list of parts.
        reasoning_out: Form in which earlier reasoning goes back, or None where the server has none for it.
        tool_choices: Forms of `tool_choice` that the server honours; others are not sent.
        text_beside_calls: Whether the text of a message with tool calls is read; else the two become two turns.
        strict_tools: Whether `strict: true` on a function means something to the server.
        schema: Whether the server takes `response_format` of type `json_schema`.
        stream_usage: Whether `stream_options.include_usage` is understood.
        template_prompt: Whether the prompt is rendered by a chat template and only then tokenised, so that
            control-token text inside data would become real control tokens (llama.cpp: `parse_special`).
        cut_calls_look_complete: Whether an unstreamed reply that was cut inside a tool call still says
            `tool_calls` (vLLM 0.32: completion_tokens == max_tokens is the only sign).
        sampling: Sampling fields beyond the OpenAI API that the server knows.
        unhonoured: Sampling fields of the OpenAI API that the server ignores or refuses; they are not sent.
        renamed: Fields that the server knows by another name, as (ours, the server's).
        template_arguments: Whether `chat_template_kwargs` are taken where the model's prompt comes from a template.
        control_tokens: Which text is split apart where `template_prompt` is set.
        tokenizer: Version of the Mistral tokenizer that the history must be kept within. None: whatever MS4 takes (15).
    """

    effort: EffortField = "top_level"
    reasoning_in: tuple[str, ...] = ("reasoning_content", "reasoning")
    reasoning_out: ReasoningForm | None = "reasoning_content"
    tool_choices: frozenset[str] = TOOL_CHOICES
    text_beside_calls: bool = True
    strict_tools: bool = False
    schema: bool = True
    stream_usage: bool = True
    template_prompt: bool = True
    cut_calls_look_complete: bool = False
    sampling: frozenset[str] = frozenset()
    unhonoured: frozenset[str] = frozenset()
    renamed: tuple[tuple[str, str], ...] = ()
    template_arguments: bool = True
    control_tokens: ControlTokens = "mistral"
    tokenizer: TokenizerVersion | None = None

    @property
    def carries_effort(self) -> bool:
        """Whether an effort can be sent at all."""
        return self.effort != "unsupported" and (self.tokenizer or 15) >= 15

    @property
    def carries_reasoning(self) -> bool:
        """Whether earlier reasoning can be sent back."""
        return self.reasoning_out is not None and (self.tokenizer or 15) >= 11

    @property
    def carries_text_beside_calls(self) -> bool:
        """Whether one assistant message may hold both text and tool calls."""
        return self.text_beside_calls and (self.tokenizer or 15) >= 7
