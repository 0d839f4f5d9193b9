"""Any other server that speaks Chat Completions."""

from __future__ import annotations

from agentkit.backends.capability import CAPABILITIES, assumed
from agentkit.backends.profile import Profile
from agentkit.wire.dialect import Dialect

OPENAI_COMPATIBLE = Profile(
    name="openai_compatible",
    title="Any OpenAI-compatible server",
    about="Nothing is taken for granted: what the API allows is sent in its strictest form, and every output is checked.",
    dialect=Dialect(
        cut_calls_look_complete=True
    ),  # vLLM may be behind it: a call at max_tokens is not trusted
    evidence=dict.fromkeys(CAPABILITIES, assumed("what most servers do; run the doctor")),
)
"""Any other server that speaks Chat Completions: nothing is taken for granted."""
