"""Ollama."""

from __future__ import annotations

from agentkit.backends.capability import assumed, documented, read
from agentkit.backends.profile import KnownIssue, Profile
from agentkit.schema.grammars import LLAMACPP as LLAMACPP_GRAMMAR
from agentkit.wire.dialect import Dialect

_DOCS = "Ollama 0.40"
_READ = "Ollama, openai/openai.go"

OLLAMA = Profile(
    name="ollama",
    title="Ollama",
    address="http://localhost:11434/v1",
    about=(
        "For a laptop or a first try. It cuts a prompt beyond its context without a word, and its default context is"
        " small: agentkit counts first. All facts are documented ones; none was seen."
    ),
    dialect=Dialect(
        effort="top_level",
        reasoning_in=("reasoning", "reasoning_content"),
        reasoning_out="reasoning",
        tool_choices=frozenset({"auto"}),
        template_arguments=False,
        template_prompt=True,
        unhonoured=frozenset({"parallel_tool_calls"}),
    ),
    grammar=LLAMACPP_GRAMMAR,
    window_field=("context_length",),
    default_window=4_096,
    overflow="silent",
    call_ids="call_ and 8 characters",
    evidence={
        "effort": read(_READ, "reasoning_effort or reasoning.effort: none switches thinking off, high is handed on"),
        "reasoning_in": read(_READ, "`reasoning` in messages and deltas of thinking models"),
        "reasoning_out": read(_READ, "`reasoning` of an assistant message with string content becomes its thinking"),
        "counts_reasoning": read(_READ, "usage has three counts only"),
        "effort_with_tools": assumed(),
        "tool_choices": read(_READ, "not among the fields it reads: always auto; newer versions document it"),
        "strict_tools": read(_READ, "not among the fields it reads"),
        "parallel_calls": documented(_DOCS, "several calls in one reply"),
        "stream_with_tools": documented(_DOCS, "a call comes whole in one delta"),
        "cut_calls_look_complete": assumed(),
        "text_beside_calls": read(_READ),
        "call_ids": documented(_DOCS),
        "schema": read(_READ, "response_format json_schema becomes its format, by llama.cpp's grammar"),
        "schema_with_tools": assumed(),
        "images": read(_READ, "base64 data URLs of jpeg, png or webp, for models with vision; each becomes a message of its own"),
        "logprobs": documented(_DOCS),
        "sampling": documented(_DOCS, "top_k and min_p are options of its own API and of the Modelfile, not of /v1"),
        "unhonoured": read(_READ, "parallel_tool_calls is not among the fields it reads; unknown fields are ignored"),
        "stream_usage": documented(_DOCS, "stream_options.include_usage"),
        "template_prompt": documented(_DOCS, "Go templates, or renderers of its own"),
        "tokenizer": documented("MS4 model card", "Tekken v15"),
        "window_field": assumed("its /v1/models says none; give Backend.ollama(context_window=...)"),
        "counting": assumed("no endpoint is documented"),
        "overflow": documented(_DOCS, "4,096 tokens unless OLLAMA_CONTEXT_LENGTH or num_ctx says otherwise; cut without a word"),
        "checks_model": documented(_DOCS, "404 model not found, try pulling it first"),
        "error_body": read(_READ, '{"error": {message, type, param, code}}'),
    },
    launch=("OLLAMA_CONTEXT_LENGTH=65536 ollama serve", "ollama run hf.co/unsloth/Mistral-Small-4-119B-2603-GGUF:Q4_K_M"),
    issues=(
        KnownIssue(
            versions="Ollama, all versions known",
            symptom="the beginning of a long prompt is lost without a word: the default context is 4,096 tokens",
            cure="start it with OLLAMA_CONTEXT_LENGTH=65536 or more, and give Backend.ollama(..., context_window=65536)",
            evidence=documented(_DOCS, "docs.openclaw.ai and Ollama's own FAQ"),
        ),
        KnownIssue(
            versions="Ollama at the launch of MS4",
            symptom="`mistral-small` is still version 3",
            cure="take a GGUF of MS4 by its full name, hf.co/...",
            evidence=documented("launch guide of MS4"),
        ),
    ),
)  # fmt: skip
"""Ollama's /v1, as documented; nothing of it was seen."""
