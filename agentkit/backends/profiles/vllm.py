"""vLLM in mistral mode."""

from __future__ import annotations

from agentkit.backends.capability import assumed, documented, read, seen
from agentkit.backends.profile import KnownIssue, Profile
from agentkit.schema.grammars import LLGUIDANCE
from agentkit.wire.dialect import Dialect

_SEEN = "vLLM 0.32.0"
_READ = "vLLM 0.33.0"

VLLM = Profile(
    name="vllm",
    title="vLLM",
    about=(
        "Recommended for production. The prompt is built by mistral-common (engine A), so text in documents can never"
        " become control tokens."
    ),
    dialect=Dialect(
        effort="top_level",
        reasoning_in=("reasoning", "reasoning_content"),
        reasoning_out="reasoning",
        tool_choices=frozenset({"auto", "required", "none", "named"}),
        strict_tools=True,
        template_prompt=False,
        cut_calls_look_complete=True,
        sampling=frozenset({"top_k", "min_p", "repetition_penalty"}),
    ),
    grammar=LLGUIDANCE,
    counts_reasoning=True,
    schema_with_tools="not enforced",
    window_field=("max_model_len",),
    counting="tokenize",
    call_ids="9 alphanumerics",
    evidence={
        "effort": seen(_SEEN, "top-level reasoning_effort none and high; low is 400; chat_template_kwargs is 400"),
        "reasoning_in": seen(_SEEN, "`reasoning` in messages and deltas, no reasoning_content"),
        "reasoning_out": seen(_SEEN, "the prompt grows with both names; thinking chunks are 400; nulls in the message drop it"),
        "counts_reasoning": seen(_SEEN, "completion_tokens_details.reasoning_tokens, with --reasoning-parser"),
        "effort_with_tools": seen(_SEEN, "reasoning and a call in one reply, at high effort"),
        "tool_choices": seen(_SEEN, "a named choice ends with finish_reason stop; text before a required call stays possible"),
        "strict_tools": seen(_SEEN, "without it unknown names and bad arguments pass, with it they are blocked"),
        "parallel_calls": seen(_SEEN, "two calls in one reply"),
        "stream_with_tools": seen(_SEEN, "name first, then deltas of arguments"),
        "cut_calls_look_complete": seen(_SEEN, 'finish_reason tool_calls with arguments "{}"; streamed it is length'),
        "text_beside_calls": seen(_SEEN),
        "call_ids": seen(_SEEN, "incoming ids are cut to their last 9 characters, so longer ones can collide"),
        "schema": seen(_SEEN, "enforced by llguidance, after reasoning too; guided_json is ignored without a word"),
        "schema_with_tools": seen(_SEEN, "accepted, but with tool_choice auto the grammar lets free text pass (mistral-common up to 1.12)"),
        "images": seen(_SEEN, "seen with a vision encoder; 400 from a text-only model"),
        "logprobs": seen(_SEEN, "logprobs.content with every token"),
        "sampling": seen(_SEEN, "top_k, min_p and repetition_penalty are validated and used"),
        "unhonoured": read(_READ, "max_tokens beyond what is left of the window is clamped, not refused"),
        "stream_usage": seen(_SEEN, "a last chunk without choices"),
        "template_prompt": read(_READ, "mistral-common when the repository has consolidated*.safetensors and tekken.json"),
        "tokenizer": documented("MS4 model card", "Tekken v15; other Mistral models have older versions"),
        "window_field": seen(_SEEN, "max_model_len"),
        "counting": seen(_SEEN, "POST /tokenize {model, messages, tools} gives count and max_model_len"),
        "overflow": seen(_SEEN, "400, param input_tokens"),
        "checks_model": seen(_SEEN, "404, with the valid aliases"),
        "error_body": seen(_SEEN, '{"error": {message, type, param, code}}; in a stream an event after HTTP 200'),
    },
    launch=(
        (
            "vllm serve mistralai/Mistral-Small-4-119B-2603 --max-model-len 262144 --tensor-parallel-size 2"
            " --attention-backend FLASH_ATTN_MLA --tool-call-parser mistral --enable-auto-tool-choice"
            " --reasoning-parser mistral --max_num_batched_tokens 16384 --max_num_seqs 128 --gpu_memory_utilization 0.8"
        ),
        (
            "# with speculative decoding, add:\n"
            """ --speculative-config '{"model":"mistralai/Mistral-Small-4-119B-2603-eagle","num_speculative_tokens":3,"""
            """"method":"eagle","max_model_len":"65536"}'"""
        ),
    ),
    issues=(
        KnownIssue(
            versions="vLLM 0.32 and 0.33 with mistral-common 1.13",
            symptom="nearly every chat request fails with 400 `... missing 1 required positional argument: 'force_tool_names'`",
            cure='pip install "mistral-common<1.13"',
            evidence=seen(_SEEN, "1.11.7 and 1.12.0 work"),
        ),
        KnownIssue(
            versions="vLLM 0.32",
            symptom="a tool call that was cut by max_tokens comes as complete, with arguments {}",
            cure="none needed: agentkit compares completion_tokens with max_tokens and never executes it",
            evidence=seen(_SEEN),
        ),
        KnownIssue(
            versions="vLLM 0.32",
            symptom="a schema that its grammar refuses is 400, but HTTP 200 and an error event when streamed",
            cure="none needed: agentkit reads both, and restricts the schema before it is sent",
            evidence=seen(_SEEN),
        ),
        KnownIssue(
            versions="vLLM 0.32",
            symptom="a dead or file:// image URL is 500",
            cure="none needed: agentkit sends images as data, never as URLs",
            evidence=seen(_SEEN),
        ),
        KnownIssue(
            versions="vLLM before 0.20",
            symptom="tool and reasoning grammars of Mistral models are incomplete",
            cure="use vLLM 0.32 or newer",
            evidence=documented("vLLM", "pull requests 37081 and 39217"),
        ),
        KnownIssue(
            versions="vLLM with an HF tokenizer in place of the Mistral one",
            symptom="the prompt comes from the chat template: two user messages in a row are refused",
            cure="start it with --tokenizer-mode mistral --config-format mistral --load-format mistral, or probe it",
            evidence=assumed("inferred from the source, not run"),
        ),
    ),
)  # fmt: skip
"""vLLM in mistral mode, as seen on 0.32.0 and read in 0.33.0."""
