"""Ollama."""

from __future__ import annotations

from agentkit.backends.capability import assumed, documented
from agentkit.backends.profile import KnownIssue, Profile
from agentkit.schema.grammars import LLAMACPP as LLAMACPP_GRAMMAR
from agentkit.wire.dialect import Dialect

_DOCS = "Ollama 0.40"

OLLAMA = Profile(
    name="ollama",
    title="Ollama",
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
    overflow="silent",
    call_ids="call_ and 8 characters",
    evidence={
        "effort": documented(_DOCS, "reasoning_effort or reasoning.effort, with model-defined names"),
        "reasoning_in": documented(_DOCS, "`reasoning` in messages and deltas of thinking models"),
        "reasoning_out": documented(_DOCS, "`reasoning` of an assistant message becomes its thinking"),
        "counts_reasoning": assumed("no count is documented"),
        "tool_choices": documented(_DOCS, "tool_choice is not among the documented fields of older versions"),
        "strict_tools": assumed(),
        "parallel_calls": documented(_DOCS, "several calls in one reply"),
        "stream_with_tools": documented(_DOCS, "a call comes whole in one delta"),
        "cut_calls_look_complete": assumed(),
        "call_ids": documented(_DOCS),
        "schema": documented(_DOCS, "response_format json_schema, by llama.cpp's grammar"),
        "schema_with_tools": assumed(),
        "images": documented(_DOCS, "base64 images, for models with vision"),
        "logprobs": documented(_DOCS),
        "sampling": documented(_DOCS, "top_k and min_p are options of its own API and of the Modelfile, not of /v1"),
        "unhonoured": documented(_DOCS, "parallel_tool_calls is not among the documented fields"),
        "stream_usage": documented(_DOCS, "stream_options.include_usage"),
        "template_prompt": documented(_DOCS, "Go templates, or renderers of its own"),
        "tokenizer": documented("MS4 model card", "Tekken v15"),
        "window_field": assumed("its /v1/models says none; give Backend.ollama(context_window=...)"),
        "counting": assumed("no endpoint is documented"),
        "overflow": documented(_DOCS, "4,096 tokens unless OLLAMA_CONTEXT_LENGTH or num_ctx says otherwise; cut without a word"),
        "checks_model": documented(_DOCS, "404 model not found, try pulling it first"),
        "error_body": documented(_DOCS, '{"error": {message, type, param, code}}'),
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
