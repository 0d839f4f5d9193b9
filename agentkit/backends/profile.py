"""What one kind of server understands, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from agentkit.schema.restrict import PLAIN, Grammar
from agentkit.wire.dialect import Dialect


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A kind of server. Servers differ by this data and by nothing else.

    Attributes:
        name: `vllm`, `llamacpp`, ...
        dialect: How it writes and reads.
        grammar: What its structured-output engine takes; the rest is enforced by agentkit alone.
        temperature_none: Recommended temperature without reasoning (model card: 0.0 to 0.7 by task).
        temperature_high: Recommended temperature with reasoning (model card: 0.7).
        images: Whether images may be sent.
        stream_with_tools: Whether a streamed reply with tools can be trusted.
        window_field: Where an entry of `/v1/models` says the context window: a path of keys.
        source: Where the facts come from.
    """

    name: str
    dialect: Dialect = field(default_factory=Dialect)
    grammar: Grammar = PLAIN
    temperature_none: float | None = 0.15
    temperature_high: float | None = 0.7
    images: bool = True
    stream_with_tools: bool = True
    window_field: tuple[str, ...] = ()
    source: Literal["seen", "read", "documented", "assumed"] = "assumed"
