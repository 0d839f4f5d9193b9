"""NVIDIA NIM."""

from __future__ import annotations

from dataclasses import replace

from agentkit.backends.capability import assumed, documented
from agentkit.backends.profile import KnownIssue
from agentkit.backends.profiles.vllm import VLLM

_DOCS = "NIM 2.1"
_INSIDE = documented(_DOCS, "vLLM or SGLang behind NIM's routes; held to what both do")

NIM = replace(
    VLLM,
    name="nim",
    title="NVIDIA NIM",
    about=(
        "A container from NVIDIA with vLLM or SGLang inside, for NVFP4 on H100, H200 and B200. Which of the two it is"
        " decides the rest, so this profile is held to what both do; let the doctor find out."
    ),
    dialect=replace(
        VLLM.dialect,
        reasoning_in=("reasoning", "reasoning_content"),
        reasoning_out="reasoning_content",  # vLLM renames it, SGLang knows no other
        tool_choices=frozenset({"auto", "none"}),
        strict_tools=False,
        template_prompt=True,
    ),
    stream_with_tools=False,
    schema_with_tools="unknown",
    counting="count_tokens",
    call_ids="9 alphanumerics, or call_ and 24 hex digits",
    evidence={
        **dict.fromkeys(VLLM.evidence, _INSIDE),
        "effort": documented(_DOCS, "top-level; a public client does so for mistralai/mistral-small-4-119b-2603"),
        "reasoning_out": documented(_DOCS, "reasoning_content, which vLLM renames and SGLang reads"),
        "stream_with_tools": documented(_DOCS, "off, because SGLang may be inside"),
        "strict_tools": assumed(),
        "counting": documented(_DOCS, "POST /v1/messages/count_tokens"),
        "schema_with_tools": assumed(),
        "tokenizer": documented("MS4 model card", "Tekken v15"),
    },
    launch=(
        "# take the image's name from NVIDIA's catalogue",
        "docker run --gpus all -e NGC_API_KEY -p 8000:8000 nvcr.io/nim/mistralai/mistral-small-4-119b-2603:latest",
    ),
    issues=(
        KnownIssue(
            versions="NIM 2.x",
            symptom="/v1/health/live answers while the model still loads",
            cure="wait for /v1/health/ready",
            evidence=documented(_DOCS),
        ),
    ),
)  # fmt: skip
"""NVIDIA NIM 2.x, as documented; nothing of it was seen."""
