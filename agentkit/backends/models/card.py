"""What one model can do, as data; joined with the profile of the server that serves it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from agentkit.backends.capability import Evidence
from agentkit.wire.dialect import ControlTokens, Dialect, TokenizerVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One published form of a model's weights.

    Attributes:
        name: Its name, as it is asked for or served.
        weights: Number format.
        use: What it is for.
        memory_gb: Memory that it takes, lowest and highest, in GB.
    """

    name: str
    weights: str
    use: str
    memory_gb: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """A model. Models differ by this data and by nothing else.

    Attributes:
        name: Short name, `mistral-small-4`.
        title: Its name for people.
        pattern: Regular expression that the names it is served under match, whatever their case.
        effort: How it is told to think: `reasoning_effort`, the template's `enable_thinking`, or not at all.
        temperature_none: Recommended temperature without reasoning, or None to leave it to the server.
        temperature_high: Recommended temperature with reasoning, or None.
        images: Whether it sees images.
        tools: Whether it was trained to call tools.
        context_window: Tokens that it can take in and give out together.
        tokenizer: Version of its Mistral tokenizer, or None for another family.
        control_tokens: Which text would become control tokens on a server that renders a template.
        licence: Under which it may be used.
        parameters: Size, in words.
        checkpoints: Published forms of its weights.
        evidence: How each of these is known, by the attribute's name.
    """

    name: str
    title: str
    pattern: str
    effort: Literal["reasoning_effort", "enable_thinking", "none"]
    temperature_none: float | None = None
    temperature_high: float | None = None
    images: bool = True
    tools: bool = True
    context_window: int
    tokenizer: TokenizerVersion | None = None
    control_tokens: ControlTokens = "mistral"
    licence: str = ""
    parameters: str = ""
    checkpoints: tuple[Checkpoint, ...] = ()
    evidence: Mapping[str, Evidence] = field(default_factory=dict[str, Evidence])

    def is_served_as(self, name: str) -> bool:
        """Return whether a served model's name means this model."""
        return re.search(self.pattern, name, re.IGNORECASE) is not None

    def speak(self, dialect: Dialect) -> Dialect:
        """Return a server's dialect as it is for this model.

        Other families than Mistral's always get their prompt from a chat template, also on vLLM.
        """
        spoken = replace(dialect, control_tokens=self.control_tokens)
        if self.tokenizer is None:
            spoken = replace(spoken, template_prompt=True, strict_tools=False)
        elif spoken.tokenizer is None:
            spoken = replace(spoken, tokenizer=self.tokenizer)
        if self.effort == "none" or not spoken.carries_effort:
            return replace(spoken, effort="unsupported")
        if self.effort == "enable_thinking" and dialect.template_arguments:
            return replace(spoken, effort="enable_thinking")
        return spoken
