"""`transformers serve`."""

from __future__ import annotations

from agentkit.backends.capability import assumed, documented, read, seen
from agentkit.backends.profile import KnownIssue, Profile
from agentkit.wire.dialect import Dialect

_SEEN = "transformers 5.23.0"

TRANSFORMERS = Profile(
    name="transformers",
    title="Transformers serve",
    about=(
        "For prototyping only: it ignores effort, schemas, tool choice and, on a text model, images without an error."
        " agentkit says each of these, puts the effort where the template reads it, and checks every output itself."
    ),
    dialect=Dialect(
        effort="chat_template_kwargs",
        reasoning_in=("reasoning_content",),
        reasoning_out=None,
        text_beside_calls=False,
        cut_calls_look_complete=True,
        tool_choices=frozenset({"auto"}),
        schema=False,
        stream_usage=False,
        template_prompt=True,
        unhonoured=frozenset({"parallel_tool_calls", "logprobs", "top_logprobs", "presence_penalty"}),
    ),
    logprobs="no",
    schema_with_tools="ignored",
    overflow="silent",
    call_ids="none seen: the call came back as text",
    error_body="detail",
    evidence={
        "effort": seen(_SEEN, "the top-level field is ignored; chat_template_kwargs changes the prompt"),
        "reasoning_in": seen(_SEEN, "none seen: the thought stood in the content; the source knows reasoning_content"),
        "reasoning_out": read(_SEEN, "only texts and images of a message reach the template; reasoning did not grow the prompt"),
        "counts_reasoning": seen(_SEEN),
        "effort_with_tools": assumed(),
        "tool_choices": seen(_SEEN, "ignored, with a warning in its log"),
        "strict_tools": seen(_SEEN, "ignored"),
        "parallel_calls": assumed(),
        "stream_with_tools": seen(_SEEN, "content deltas only"),
        "cut_calls_look_complete": read(_SEEN, "finish_reason is tool_calls whenever a call was parsed"),
        "text_beside_calls": read(_SEEN, "dropped: text of a message with tool_calls never reaches the template"),
        "call_ids": seen(_SEEN),
        "schema": seen(_SEEN, "response_format is ignored: 0 of 3 answers were JSON"),
        "schema_with_tools": seen(_SEEN),
        "images": seen(_SEEN, "a text-only model drops them without a word; whether one is seen shows in prompt_tokens"),
        "logprobs": read(_SEEN, "not among the fields it knows"),
        "sampling": read(_SEEN, "unknown fields are 422"),
        "unhonoured": read(_SEEN, "cli/serving/chat_completion.py warns and goes on; fields it does not know are 422"),
        "stream_usage": read(_SEEN, "stream_options is ignored; the last chunk has usage anyway"),
        "template_prompt": seen(_SEEN),
        "tokenizer": documented("MS4 model card", "Tekken v15"),
        "window_field": seen(_SEEN, "/v1/models failed with 500"),
        "counting": seen(_SEEN, "no endpoint"),
        "overflow": seen(_SEEN, "12,020 tokens ran on a model of 4,096"),
        "checks_model": seen(_SEEN, "400, the server is pinned to one model"),
        "error_body": seen(_SEEN, '{"detail": ...}, or text'),
    },
    launch=("transformers serve mistralai/Mistral-Small-4-119B-2603",),
    issues=(
        KnownIssue(
            versions="transformers 5.23",
            symptom="/v1/models answers 500",
            cure="name the model: Backend.transformers(url, model=...)",
            evidence=seen(_SEEN),
        ),
        KnownIssue(
            versions="transformers 5.23",
            symptom="tool calls and thoughts can come back as plain text",
            cure="use another server for tools",
            evidence=seen(_SEEN),
        ),
        KnownIssue(
            versions="transformers 5.23",
            symptom="FP8 weights do not load",
            cure="convert to BF16 first",
            evidence=documented("launch guide of MS4"),
        ),
    ),
)  # fmt: skip
"""`transformers serve`, as seen on 5.23.0: the degraded server."""
