"""A simulated MS4 server on a loopback socket, for tests, demos and work without a GPU.

It speaks the wire of genuine servers and refuses what they refuse; what it says comes from a script or from rules. It
never answers unasked: an agent without a backend is an error, and a mistyped URL fails.
"""

from __future__ import annotations

from agentkit.testing.request import ChatRequest, RecordedRequest
from agentkit.testing.script import Brain, Rules, Script
from agentkit.testing.server import SimulatedServer
from agentkit.testing.turns import Turn, call, calls, cut, drop, fail, fail_midway, raw, say, say_json, stall

__all__ = [
    "Brain",
    "ChatRequest",
    "RecordedRequest",
    "Rules",
    "Script",
    "SimulatedServer",
    "Turn",
    "call",
    "calls",
    "cut",
    "drop",
    "fail",
    "fail_midway",
    "raw",
    "say",
    "say_json",
    "stall",
]
