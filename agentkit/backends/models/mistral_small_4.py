"""Mistral Small 4, in all its checkpoints."""

from __future__ import annotations

from agentkit.backends.capability import documented
from agentkit.backends.models.card import Checkpoint, ModelCard

_GUIDE = documented("MS4 launch guide")

MISTRAL_SMALL_4 = ModelCard(
    name="mistral-small-4",
    title="Mistral Small 4",
    pattern=r"mistral-?small-?4|mistral-small-(?:2603|latest)",
    effort="reasoning_effort",
    temperature_none=0.15,
    temperature_high=0.7,
    context_window=262_144,
    tokenizer=15,
    licence="Apache 2.0",
    parameters="119B, about 6.5B active",
    checkpoints=(
        Checkpoint(
            name="mistralai/Mistral-Small-4-119B-2603",
            weights="BF16 and F8_E4M3",
            use="reference, for production",
            memory_gb=(120, 240),
        ),
        Checkpoint(
            name="mistralai/Mistral-Small-4-119B-2603-eagle",
            weights="BF16",
            use="head for speculative decoding, beside the reference; never served alone",
            memory_gb=(240, 240),
        ),
        Checkpoint(
            name="mistralai/Mistral-Small-4-119B-2603-NVFP4",
            weights="4 bits (NVFP4)",
            use="production on NVIDIA H100, H200 and B200",
            memory_gb=(60, 75),
        ),
        Checkpoint(
            name="unsloth/Mistral-Small-4-119B-2603-GGUF",
            weights="Q4_K_M and others, made by the community",
            use="llama.cpp and Ollama, Apple memory included",
            memory_gb=(60, 75),
        ),
    ),
    evidence={
        "effort": documented("MS4 model card", "none and high; anything else is an error"),
        "temperature_none": documented("MS4 model card", "0.0 to 0.7 by the task"),
        "temperature_high": documented("MS4 model card", "0.7"),
        "images": _GUIDE,
        "tools": _GUIDE,
        "context_window": documented("MS4 launch guide", "256K; the configuration has 1,048,576 positions"),
        "tokenizer": documented("MS4 model card", "Tekken v15"),
    },
)
"""Mistral Small 4 119B (2603): the model that agentkit is made for."""
