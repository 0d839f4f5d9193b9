"""A simulated MS4 server on a loopback socket, for tests, demos and work without a GPU.

It speaks the wire of genuine servers and refuses what they refuse; what it says comes from a script or from rules. It
never answers unasked: an agent without a backend is an error, and a mistyped URL fails.
"""

from __future__ import annotations

from agentkit.testing.dialect import (
    DIALECTS,
    LLAMACPP,
    LLAMACPP_STRICT,
    MISTRAL_API,
    NIM,
    OLLAMA,
    OPENAI_COMPATIBLE,
    SGLANG,
    TRANSFORMERS,
    TRANSFORMERS_BARE,
    VLLM,
    Dialect,
)
from agentkit.testing.obliging import Obliging
from agentkit.testing.proxy import FaultyProxy, WireFault
from agentkit.testing.request import ChatRequest, RecordedRequest
from agentkit.testing.script import Brain, Rules, Script
from agentkit.testing.server import SimulatedServer
from agentkit.testing.turns import (
    CallSpec,
    Fault,
    Turn,
    babble,
    call,
    calls,
    cut,
    drop,
    fail,
    fail_midway,
    raw,
    raw_events,
    say,
    say_json,
    slowly,
    stall,
)

__all__ = [
    "DIALECTS",
    "LLAMACPP",
    "LLAMACPP_STRICT",
    "MISTRAL_API",
    "NIM",
    "OLLAMA",
    "OPENAI_COMPATIBLE",
    "SGLANG",
    "TRANSFORMERS",
    "TRANSFORMERS_BARE",
    "VLLM",
    "Brain",
    "CallSpec",
    "ChatRequest",
    "Dialect",
    "Fault",
    "FaultyProxy",
    "Obliging",
    "RecordedRequest",
    "Rules",
    "Script",
    "SimulatedServer",
    "Turn",
    "WireFault",
    "babble",
    "call",
    "calls",
    "cut",
    "drop",
    "fail",
    "fail_midway",
    "raw",
    "raw_events",
    "say",
    "say_json",
    "slowly",
    "stall",
]
