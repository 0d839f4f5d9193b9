"""The Mistral API."""

from __future__ import annotations

from agentkit.backends.capability import assumed, documented
from agentkit.backends.profile import KnownIssue, Profile
from agentkit.wire.dialect import Dialect

_DOCS = "Mistral API, November 2026"
_REPORTS = "Mistral API, reports of its users"

MISTRAL_API = Profile(
    name="mistral_api",
    title="Mistral API",
    address="https://api.mistral.ai/v1",
    about="Mistral's own service, https://api.mistral.ai/v1. It refuses every field that it does not know.",
    dialect=Dialect(
        effort="top_level",
        reasoning_in=("content",),
        reasoning_out="thinking_chunks",
        tool_choices=frozenset({"auto", "required", "none", "named"}),
        strict_tools=True,
        stream_usage=False,
        template_arguments=False,
        template_prompt=False,
        unhonoured=frozenset({"logprobs", "top_logprobs"}),
        renamed=(("seed", "random_seed"),),
    ),
    logprobs="no",
    window_field=("max_context_length",),
    call_ids="9 alphanumerics",
    error_body="flat",
    evidence={
        "effort": documented(_DOCS, "none and high for mistral-small-2603; prompt_mode is 400 code 3051"),
        "reasoning_in": documented(_DOCS, "content becomes a list of thinking and text chunks; a string at effort none"),
        "reasoning_out": documented(_REPORTS, "the same list; a field reasoning_content is 422 (charmbracelet/crush issue 1590)"),
        "counts_reasoning": assumed("no count is documented"),
        "effort_with_tools": documented(_DOCS, "reasoning goes along between tool calls"),
        "tool_choices": documented(_DOCS, "auto, none, any, required, or a named function"),
        "strict_tools": documented(_DOCS, "functions have a field strict"),
        "parallel_calls": documented(_DOCS, "parallel_tool_calls, true unless set"),
        "stream_with_tools": documented(_DOCS, "a call comes whole in one delta"),
        "cut_calls_look_complete": assumed(),
        "text_beside_calls": documented(_DOCS),
        "call_ids": documented(_DOCS, "9 alphanumerics, and nothing else is taken"),
        "schema": documented(_DOCS, "response_format json_schema"),
        "schema_with_tools": assumed(),
        "images": documented(_DOCS, "8 images at most, 10 MB each"),
        "logprobs": documented(_DOCS, "not among its fields"),
        "sampling": documented(_DOCS, "no top_k, min_p or repetition_penalty"),
        "unhonoured": documented(_REPORTS, "unknown fields are 422 extra_forbidden"),
        "stream_usage": documented(_REPORTS, "stream_options is 422; the last chunk has usage anyway (dnakov/anon-kode issue 53)"),
        "template_prompt": documented(_DOCS, "mistral-common builds the prompt (engine A)"),
        "tokenizer": documented("MS4 model card", "Tekken v15"),
        "window_field": documented(_DOCS, "max_context_length of a model card in /v1/models"),
        "counting": assumed("no endpoint is documented"),
        "overflow": documented(_REPORTS, "400, prompt contains N tokens, too large for a model of M maximum context length"),
        "checks_model": documented(_DOCS, "400 invalid model, code 1500"),
        "error_body": documented(_REPORTS, '{"object": "error", message, type, param, code}; message of a 422 is {"detail": [...]}'),
    },
    issues=(
        KnownIssue(
            versions="Mistral API",
            symptom="a rate limit is 429, per second and per month",
            cure="set Backend(max_concurrency=...); agentkit honours Retry-After",
            evidence=documented(_DOCS),
        ),
    ),
)  # fmt: skip
"""The Mistral API, as documented; nothing of it was seen."""
