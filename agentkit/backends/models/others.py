"""Other models that the same agent may run on."""

from __future__ import annotations

from agentkit.backends.capability import documented
from agentkit.backends.models.card import ModelCard

_GUIDE = documented("MS4 launch guide", "its table of models")

QWEN_3_5 = ModelCard(
    name="qwen-3.5-122b",
    title="Qwen 3.5 122B",
    pattern=r"qwen-?_?3\.5",
    effort="enable_thinking",
    temperature_none=0.7,
    temperature_high=0.6,
    context_window=262_144,
    control_tokens="chatml",
    licence="Apache 2.0",
    parameters="122B; the guide says about 22B active, its makers' name A10B says 10B",
    evidence={
        "effort": documented("Qwen", "chat_template_kwargs.enable_thinking; a top-level effort does nothing"),
        "temperature_none": documented("Qwen 3 model cards", "0.7 without thinking"),
        "temperature_high": documented("Qwen 3 model cards", "0.6 with thinking"),
        "images": _GUIDE,
        "tools": _GUIDE,
        "context_window": _GUIDE,
    },
)
"""Qwen 3.5 122B, which has a thinking switch of its own."""

GPT_4O_MINI = ModelCard(
    name="gpt-4o-mini",
    title="GPT-4o mini",
    pattern=r"gpt-4o-mini",
    effort="none",
    context_window=128_000,
    control_tokens="chatml",
    licence="proprietary",
    parameters="not published",
    evidence=dict.fromkeys(("effort", "images", "tools", "context_window"), _GUIDE),
)
"""GPT-4o mini, which has no reasoning to switch."""

GEMMA_3 = ModelCard(
    name="gemma-3-27b",
    title="Gemma 3 27B",
    pattern=r"gemma-?3",
    effort="none",
    temperature_none=1.0,
    temperature_high=1.0,
    context_window=131_072,
    control_tokens="gemma",
    licence="Gemma (the launch guide says Apache 2.0)",
    parameters="27B, dense",
    evidence={
        **dict.fromkeys(("effort", "images", "tools", "context_window"), _GUIDE),
        "temperature_none": documented("Gemma 3 model card", "1.0"),
        "temperature_high": documented("Gemma 3 model card", "1.0"),
    },
)
"""Gemma 3 27B, without reasoning."""

PHI_4 = ModelCard(
    name="phi-4",
    title="Phi-4",
    pattern=r"phi-?4(?!.*(?:mini|multimodal|reasoning|vision))",
    effort="none",
    images=False,
    context_window=16_384,
    control_tokens="chatml",
    licence="MIT",
    parameters="14B, dense",
    evidence=dict.fromkeys(("effort", "images", "tools", "context_window"), _GUIDE),
)
"""Phi-4 14B: no reasoning, no images, 16K of context."""
