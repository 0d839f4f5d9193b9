"""What is known of each kind of server: a refuted probe that is explained here is no surprise, and agentkit lives with it.

Most of it follows from the profile, which says for every capability how it is known; the rest stands in `SEEN`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from agentkit.backends.catalog import PROFILES
from agentkit.backends.models.card import ModelCard
from agentkit.backends.models.catalog import card_for
from agentkit.backends.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One known limit of one kind of server.

    Attributes:
        text: What is known.
        source: How: seen on which version, read where, or documented.
        value: The finding's value that it holds for; None: any.
    """

    text: str
    source: str
    value: str | None = None

    def __str__(self) -> str:
        return f"{self.text} ({self.source})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the value of a capability explains.

    Attributes:
        capability: Its name in the profile.
        explains: Whether the profile's value is such a limit.
        probes: The probes that it explains.
    """

    capability: str
    explains: Callable[[Profile], bool]
    probes: tuple[str, ...]


def _lacks(choice: str) -> Callable[[Profile], bool]:
    return lambda profile: choice not in profile.dialect.tool_choices


RULES: Final = (
    Rule(
        capability="effort",
        explains=lambda profile: profile.dialect.effort != "top_level",
        probes=("effort.accepted", "effort.thinks", "effort.unknown", "effort.quiet"),
    ),
    Rule(
        capability="template_prompt",
        explains=lambda profile: profile.dialect.template_prompt,
        probes=("chat.forged",),
    ),
    Rule(
        capability="reasoning_out",
        explains=lambda profile: profile.dialect.reasoning_out is None,
        probes=("effort.back", "effort.back_null"),
    ),
    Rule(capability="tool_choices", explains=_lacks("required"), probes=("tools.required",)),
    Rule(capability="tool_choices", explains=_lacks("none"), probes=("tools.none",)),
    Rule(capability="tool_choices", explains=_lacks("named"), probes=("tools.named",)),
    Rule(
        capability="strict_tools",
        explains=lambda profile: not profile.dialect.strict_tools,
        probes=("tools.strict",),
    ),
    Rule(
        capability="parallel_calls",
        explains=lambda profile: not profile.parallel_calls,
        probes=("tools.parallel",),
    ),
    Rule(
        capability="unhonoured",
        explains=lambda profile: "parallel_tool_calls" in profile.dialect.unhonoured,
        probes=("tools.one_at_a_time",),
    ),
    Rule(
        capability="stream_with_tools",
        explains=lambda profile: not profile.stream_with_tools,
        probes=("stream.with_tools", "stream.calls"),
    ),
    Rule(
        capability="cut_calls_look_complete",
        explains=lambda profile: profile.dialect.cut_calls_look_complete,
        probes=("tools.truncated",),
    ),
    Rule(
        capability="schema",
        explains=lambda profile: not profile.dialect.schema,
        probes=(
            "schema.enforced",
            "schema.with_reasoning",
            "schema.with_tools",
            "schema.streamed",
            "schema.broken",
        ),
    ),
    Rule(
        capability="schema_with_tools",
        explains=lambda profile: profile.schema_with_tools in ("not enforced", "ignored"),
        probes=("schema.with_tools",),
    ),
    Rule(capability="images", explains=lambda profile: not profile.images, probes=("images.seen",)),
    Rule(capability="logprobs", explains=lambda profile: profile.logprobs == "no", probes=("chat.logprobs",)),
    Rule(
        capability="overflow",
        explains=lambda profile: profile.overflow == "silent",
        probes=("context.long", "context.overflow"),
    ),
    Rule(
        capability="checks_model",
        explains=lambda profile: not profile.checks_model,
        probes=("server.wrong_model",),
    ),
)
"""What follows from the profile of a kind of server. agentkit's client already works around all of these."""

_LLAMACPP = "seen on llama.cpp b11549"
_TRANSFORMERS = "seen on transformers serve 5.23"
_BARE = Limit(
    text="without a response template all of a reply is text: thoughts, calls and answer",
    source=_TRANSFORMERS,
)

SEEN: Final[dict[str, dict[str, Limit]]] = {
    "vllm": {
        "effort.back_null": Limit(
            text="reasoning beside content null is dropped",
            source="measured with vLLM's own request types, 0.33",
        ),
        "images.seen": Limit(
            text="refused where the model is served without its vision part",
            source="seen on vLLM 0.32",
            value="refused",
        ),
    },
    "llamacpp": {
        "schema.keywords": Limit(
            text="keywords that the grammar does not know are ignored", source=_LLAMACPP
        ),
        "images.seen": Limit(
            text="refused where the model is served without --mmproj", source=_LLAMACPP, value="refused"
        ),
    },
    "sglang": {
        "images.seen": Limit(
            text="refused where the model has no vision", source="read in SGLang 0.5.23", value="refused"
        ),
    },
    "ollama": {
        "effort.unknown": Limit(
            text="low and medium are taken for every thinking model",
            source="read in Ollama's openai/openai.go",
        ),
        "schema.keywords": Limit(
            text="keywords that llama.cpp's grammar does not know are ignored", source="documented of Ollama"
        ),
        "images.seen": Limit(
            text="refused where the model has no vision",
            source="read in Ollama's openai/openai.go",
            value="refused",
        ),
    },
    "transformers": {
        "server.models": Limit(text="GET /v1/models fails", source=_TRANSFORMERS),
        "order.wrong_types": Limit(text="a setting of the wrong type is 500", source=_TRANSFORMERS),
        "stream.done": Limit(text="streams end without [DONE]", source=_TRANSFORMERS),
        "effort.split": _BARE,
        "stream.reasoning": _BARE,
        "schema.with_reasoning": _BARE,
        "tools.called": _BARE,
        "images.seen": Limit(text="dropped where the model has no vision", source=_TRANSFORMERS),
        "images.bad": Limit(text="dropped where the model has no vision", source=_TRANSFORMERS),
        "schema.keywords": Limit(text="response_format is ignored", source=_TRANSFORMERS),
    },
}
"""What was seen, read or documented beyond the profiles, by kind of server and probe."""


def known_limit(kind: str, model: str, probe: str, value: object) -> str:
    """Return what is known of a kind of server and a model as to a refuted probe and its value, or an empty string."""
    if known := _of_model(card_for(model), probe):
        return known
    seen = SEEN.get(kind, {}).get(probe)
    if seen is not None and seen.value in (None, value):
        return str(seen)
    profile = PROFILES.get(kind)
    if profile is None or profile.name == "openai_compatible":
        return ""
    for rule in RULES:
        if probe in rule.probes and rule.explains(profile):
            evidence = profile.evidence_for(rule.capability)
            return f"{evidence.note or rule.capability.replace('_', ' ')} ({evidence})"
    return ""


def _of_model(card: ModelCard, probe: str) -> str:
    if card.effort != "reasoning_effort" and probe in _EFFORT:
        switch = "no reasoning effort" if card.effort == "none" else f"{card.effort} in place of an effort"
        return f"{card.title} has {switch} (model card)"
    if not card.images and probe == "images.seen":
        return f"{card.title} sees no images (model card)"
    return ""


_EFFORT = frozenset({"effort.accepted", "effort.thinks", "effort.quiet"})
