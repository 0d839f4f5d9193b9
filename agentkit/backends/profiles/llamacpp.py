"""llama.cpp's server."""

from __future__ import annotations

from agentkit.backends.capability import documented, read, seen
from agentkit.backends.profile import KnownIssue, Profile
from agentkit.schema.grammars import LLAMACPP as LLAMACPP_GRAMMAR
from agentkit.wire.dialect import Dialect

_SEEN = "llama.cpp b11549"
_READ = "llama.cpp 0c1e57098"

LLAMACPP = Profile(
    name="llamacpp",
    title="llama.cpp",
    address="http://localhost:8080/v1",
    about=(
        "For workstations and Apple memory. Start it with `--jinja`. The prompt comes from the chat template (engine B):"
        " agentkit splits control-token text in data so that it stays text."
    ),
    dialect=Dialect(
        effort="top_level",
        reasoning_in=("reasoning_content", "reasoning"),
        reasoning_out="reasoning_content",
        template_prompt=True,
        sampling=frozenset({"top_k", "min_p"}),
    ),
    grammar=LLAMACPP_GRAMMAR,
    logprobs="not_streamed_with_tools",
    schema_with_tools="refused",
    window_field=("meta", "n_ctx"),
    counting="input_tokens",
    checks_model=False,
    call_ids="32 alphanumerics",
    evidence={
        "effort": seen(_SEEN, '"none" is dropped before the template is rendered, so that the template\'s default decides; low is 500'),
        "reasoning_in": seen(_SEEN, "reasoning_content in messages and deltas"),
        "reasoning_out": seen(_SEEN, "the prompt grows with reasoning_content only; thinking chunks are 400"),
        "counts_reasoning": seen(_SEEN, "no count; estimated from the share of characters"),
        "effort_with_tools": seen(_SEEN, "reasoning and a call in one reply, at high effort"),
        "tool_choices": seen(_SEEN, "a named choice silently becomes auto; required still lets text run to the limit"),
        "strict_tools": seen(_SEEN, "names and arguments are always held by the grammar, strict or not"),
        "parallel_calls": read(_READ, "several calls when parallel_tool_calls is not false"),
        "stream_with_tools": seen(_SEEN),
        "cut_calls_look_complete": seen(_SEEN, 'finish_reason length, with "[TOOL_CALLS]name" in the content'),
        "text_beside_calls": seen(_SEEN),
        "call_ids": seen(_SEEN),
        "schema": seen(_SEEN, "enforced by its own grammar, which ignores many keywords"),
        "schema_with_tools": seen(_SEEN, "400 failed to parse grammar"),
        "images": seen(_SEEN, "500 without --mmproj; decoded by stb_image, so JPEG or PNG"),
        "logprobs": read(_READ, "400 with tools in a stream"),
        "sampling": seen(_SEEN),
        "unhonoured": seen(_SEEN, "n > 1 is refused; the rest of the API is taken"),
        "stream_usage": seen(_SEEN),
        "template_prompt": read(_READ, "server-common.cpp tokenises the rendered template with parse_special=true"),
        "tokenizer": documented("MS4 model card", "Tekken v15"),
        "window_field": seen(_SEEN, "meta.n_ctx"),
        "counting": seen(_SEEN, "POST /v1/chat/completions/input_tokens"),
        "overflow": seen(_SEEN, "400 exceed_context_size_error with n_prompt_tokens and n_ctx"),
        "checks_model": seen(_SEEN, "any name is answered by the model that is loaded"),
        "error_body": seen(_SEEN, '{"error": {code, message, type}}; refusals by the template or the schema are 500'),
    },
    launch=("llama-server -hf unsloth/Mistral-Small-4-119B-2603-GGUF:UD-Q5_K_XL --jinja --ctx-size 262144 --image-max-tokens 3080",),
    issues=(
        KnownIssue(
            versions="llama.cpp b11549",
            symptom="an image of more than 1,024 tokens is shrunk to that: an A4 page at 150 dpi loses half of its pixels",
            cure="start it with --image-max-tokens 3080",
            evidence=seen(_SEEN, "1088 x 1540 pixels took 1,026 tokens, with the option 2,200, as mistral-common counts"),
        ),
        KnownIssue(
            versions="llama.cpp b11549",
            symptom="tool_choice that names a tool is ignored",
            cure="none needed: agentkit does not send that form",
            evidence=seen(_SEEN, "asked for flag_clause, it called get_weather"),
        ),
        KnownIssue(
            versions="llama.cpp b11549",
            symptom="a GGUF whose template defaults to high thinks even at effort none",
            cure="use a template whose default is none (--chat-template-file)",
            evidence=read(_READ, "server-common.cpp erases the argument for none"),
        ),
        KnownIssue(
            versions="llama.cpp without --jinja",
            symptom="tools are refused and the effort does nothing",
            cure="start it with --jinja",
            evidence=documented("llama.cpp", "README of the server"),
        ),
    ),
)  # fmt: skip
"""llama.cpp's server with `--jinja`, as seen on b11549 (wheel xllamacpp 2026.10.11549)."""
