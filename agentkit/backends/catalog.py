"""The profiles that agentkit knows."""

from __future__ import annotations

from agentkit.backends.profile import Profile
from agentkit.schema.restrict import LLAMACPP as LLAMACPP_GRAMMAR
from agentkit.schema.restrict import LLGUIDANCE
from agentkit.wire.dialect import Dialect

VLLM = Profile(
    name="vllm",
    dialect=Dialect(
        effort="top_level",
        reasoning_in=("reasoning", "reasoning_content"),
        reasoning_out="reasoning",
        strict_tools=True,
        template_prompt=False,
        cut_calls_look_complete=True,
        sampling=frozenset({"top_k", "min_p", "repetition_penalty"}),
    ),
    grammar=LLGUIDANCE,
    window_field=("max_model_len",),
    source="seen",
)
"""vLLM in mistral mode, as seen on 0.32.0 and read in 0.33.0."""

LLAMACPP = Profile(
    name="llamacpp",
    dialect=Dialect(
        effort="top_level",
        reasoning_in=("reasoning_content", "reasoning"),
        reasoning_out="reasoning_content",
        template_prompt=True,
        sampling=frozenset({"top_k", "min_p"}),
    ),
    grammar=LLAMACPP_GRAMMAR,
    window_field=("meta", "n_ctx"),
    source="seen",
)
"""llama.cpp's server with `--jinja`, as seen on b11549 (wheel xllamacpp 2026.10.11549)."""

OPENAI_COMPATIBLE = Profile(name="openai_compatible")
"""Any other server that speaks Chat Completions: nothing is taken for granted."""

PROFILES: dict[str, Profile] = {profile.name: profile for profile in (VLLM, LLAMACPP, OPENAI_COMPATIBLE)}
"""The profiles by name."""
