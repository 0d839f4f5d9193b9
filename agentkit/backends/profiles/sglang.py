"""SGLang."""

from __future__ import annotations

from agentkit.backends.capability import assumed, documented, read
from agentkit.backends.profile import KnownIssue, Profile
from agentkit.schema.grammars import XGRAMMAR
from agentkit.wire.dialect import Dialect

_READ = "SGLang 0.5.23"

SGLANG = Profile(
    name="sglang",
    title="SGLang",
    address="http://host:30000/v1",
    about=(
        "For high concurrency. Replies with tools are never streamed here: its parser deletes characters and loses calls."
        " The facts are read in its source, not seen: it needs a GPU."
    ),
    dialect=Dialect(
        effort="top_level",
        reasoning_in=("reasoning_content",),
        reasoning_out="reasoning_content",
        tool_choices=frozenset({"auto", "none"}),
        template_prompt=True,
        sampling=frozenset({"top_k", "min_p", "repetition_penalty"}),
    ),
    grammar=XGRAMMAR,
    stream_with_tools=False,
    counts_reasoning=True,
    window_field=("max_model_len",),
    counting="tokenize",
    call_ids="call_ and 24 hex digits",
    checks_model=False,
    error_body="flat",
    evidence={
        "effort": read(_READ, "top-level; chat_template_kwargs.reasoning_effort is lifted to the same field and overrides it"),
        "reasoning_in": read(_READ, "reasoning_content, parsed only where the effort is set and not none"),
        "reasoning_out": read(_READ, "reasoning_content reaches mistral-common and the template; thinking parts are taken and then dropped"),
        "counts_reasoning": read(_READ, "top-level reasoning_tokens in usage, and details"),
        "effort_with_tools": assumed(),
        "tool_choices": read(_READ, "required and named bind to the old array form of calls, which is not MS4's"),
        "strict_tools": assumed("not known to bind MS4's form of calls"),
        "parallel_calls": read(_READ, "whole replies hold all calls"),
        "stream_with_tools": read(_READ, "every ] is deleted from content; a second call in the last chunk is lost (run on the detector class)"),
        "cut_calls_look_complete": read(_READ, "a cut call vanishes from the reply; finish_reason is length"),
        "text_beside_calls": read(_READ),
        "call_ids": read(_READ),
        "schema": read(_READ, "the grammar begins after the reasoning; a high reply that skips thinking may escape it"),
        "schema_with_tools": assumed(),
        "images": read(_READ, "/model_info says has_image_understanding"),
        "logprobs": documented(_READ),
        "sampling": read(_READ),
        "unhonoured": read(_READ, "nothing known; max_tokens beyond the window is refused when total validation is on"),
        "stream_usage": read(_READ),
        "template_prompt": read(_READ, "a template with an HF tokenizer; mistral-common where its tokenizer is that: held to the stricter"),
        "tokenizer": documented("MS4 model card", "Tekken v15"),
        "window_field": read(_READ, "max_model_len"),
        "counting": read(_READ, "POST /tokenize {model, messages, tools}"),
        "overflow": read(_READ, "400, is longer than the model's context length"),
        "checks_model": read(_READ, "any name is answered by the model that is loaded"),
        "error_body": read(_READ, '{"object": "error", message, type, param, code}; wrapped in `error` within a stream'),
    },
    launch=(
        (
            "python -m sglang.launch_server --model-path mistralai/Mistral-Small-4-119B-2603 --tp 2"
            " --reasoning-parser mistral --tool-call-parser mistral"
        ),
    ),
    issues=(
        KnownIssue(
            versions="SGLang up to 0.5.23",
            symptom="streamed with tools, every ] disappears from the text and a second parallel call can be lost",
            cure="none needed: agentkit does not stream replies with tools here, and says so",
            evidence=read(_READ, "sgl-project/sglang issues 32086 and 36692"),
        ),
        KnownIssue(
            versions="SGLang up to 0.5.23 with an HF tokenizer",
            symptom="earlier reasoning is lost without a word where the chat template reads thinking parts only",
            cure="serve the Mistral tokenizer (tekken.json), or a template that reads reasoning_content",
            evidence=read(_READ, "parser/jinja_template_utils.py drops parts of type thinking"),
        ),
        KnownIssue(
            versions="SGLang up to 0.5.23",
            symptom="a trailing assistant message is turned into a user message",
            cure="none needed: agentkit's histories never end with one",
            evidence=read(_READ),
        ),
        KnownIssue(
            versions="SGLang up to 0.5.23",
            symptom="/health generates a token and takes a second or more",
            cure="use /health only for start-up; agentkit judges health by real traffic",
            evidence=read(_READ),
        ),
    ),
)  # fmt: skip
"""SGLang, as read in 0.5.23."""
