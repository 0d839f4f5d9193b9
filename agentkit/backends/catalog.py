"""The profiles that agentkit knows."""

from __future__ import annotations

from agentkit.backends.profile import Profile
from agentkit.backends.profiles.llamacpp import LLAMACPP
from agentkit.backends.profiles.mistral_api import MISTRAL_API
from agentkit.backends.profiles.nim import NIM
from agentkit.backends.profiles.ollama import OLLAMA
from agentkit.backends.profiles.openai_compatible import OPENAI_COMPATIBLE
from agentkit.backends.profiles.sglang import SGLANG
from agentkit.backends.profiles.transformers import TRANSFORMERS
from agentkit.backends.profiles.vllm import VLLM

__all__ = [
    "LLAMACPP",
    "MISTRAL_API",
    "NIM",
    "OLLAMA",
    "OPENAI_COMPATIBLE",
    "PROFILES",
    "SGLANG",
    "TRANSFORMERS",
    "VLLM",
]

PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        VLLM,
        SGLANG,
        NIM,
        LLAMACPP,
        OLLAMA,
        TRANSFORMERS,
        MISTRAL_API,
        OPENAI_COMPATIBLE,
    )
}
"""The profiles by name."""
