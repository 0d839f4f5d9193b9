"""agentkit: agents whose reasoning effort is a decision, not a constant.

The names below are loaded when they are first used, so that `import agentkit` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentkit.agent import Agent as Agent
    from agentkit.agent import RunStream as RunStream
    from agentkit.backends.backend import Backend as Backend
    from agentkit.backends.models.card import ModelCard as ModelCard
    from agentkit.backends.options import RetryPolicy as RetryPolicy
    from agentkit.backends.options import Timeouts as Timeouts
    from agentkit.backends.profile import Profile as Profile
    from agentkit.backends.replicas import ReplicaPolicy as ReplicaPolicy
    from agentkit.errors import AgentKitError as AgentKitError
    from agentkit.errors import RetryTool as RetryTool
    from agentkit.loop.budget import EffortBudget as EffortBudget
    from agentkit.protocol.decisions import Decision as Decision
    from agentkit.protocol.effort import Effort as Effort
    from agentkit.protocol.events import Event as Event
    from agentkit.protocol.events import ReasoningDelta as ReasoningDelta
    from agentkit.protocol.events import RunFinished as RunFinished
    from agentkit.protocol.events import TextDelta as TextDelta
    from agentkit.protocol.events import ToolCalled as ToolCalled
    from agentkit.protocol.events import ToolReturned as ToolReturned
    from agentkit.protocol.limits import Limits as Limits
    from agentkit.protocol.messages import Message as Message
    from agentkit.protocol.request import Sampling as Sampling
    from agentkit.protocol.result import RunResult as RunResult
    from agentkit.protocol.stored import dump_messages as dump_messages
    from agentkit.protocol.stored import load_messages as load_messages
    from agentkit.protocol.usage import Usage as Usage
    from agentkit.router.policy import Prices as Prices
    from agentkit.router.policy import RoutingPolicy as RoutingPolicy
    from agentkit.router.router import ComplexityRouter as ComplexityRouter
    from agentkit.tools.context import RunContext as RunContext
    from agentkit.tools.function import Tool as Tool
    from agentkit.tools.function import tool as tool
    from agentkit.tools.toolset import Toolset as Toolset
    from agentkit.vision.image import Image as Image

_HOME = {
    "Agent": "agentkit.agent",
    "AgentKitError": "agentkit.errors",
    "Backend": "agentkit.backends.backend",
    "ComplexityRouter": "agentkit.router.router",
    "Decision": "agentkit.protocol.decisions",
    "Effort": "agentkit.protocol.effort",
    "EffortBudget": "agentkit.loop.budget",
    "Event": "agentkit.protocol.events",
    "Image": "agentkit.vision.image",
    "Limits": "agentkit.protocol.limits",
    "Message": "agentkit.protocol.messages",
    "ModelCard": "agentkit.backends.models.card",
    "Prices": "agentkit.router.policy",
    "Profile": "agentkit.backends.profile",
    "ReasoningDelta": "agentkit.protocol.events",
    "ReplicaPolicy": "agentkit.backends.replicas",
    "RetryPolicy": "agentkit.backends.options",
    "RetryTool": "agentkit.errors",
    "RoutingPolicy": "agentkit.router.policy",
    "RunContext": "agentkit.tools.context",
    "RunFinished": "agentkit.protocol.events",
    "RunResult": "agentkit.protocol.result",
    "RunStream": "agentkit.agent",
    "Sampling": "agentkit.protocol.request",
    "TextDelta": "agentkit.protocol.events",
    "Timeouts": "agentkit.backends.options",
    "Tool": "agentkit.tools.function",
    "ToolCalled": "agentkit.protocol.events",
    "ToolReturned": "agentkit.protocol.events",
    "Toolset": "agentkit.tools.toolset",
    "Usage": "agentkit.protocol.usage",
    "dump_messages": "agentkit.protocol.stored",
    "load_messages": "agentkit.protocol.stored",
    "tool": "agentkit.tools.function",
}

__all__ = [
    "Agent",
    "AgentKitError",
    "Backend",
    "ComplexityRouter",
    "Decision",
    "Effort",
    "EffortBudget",
    "Event",
    "Image",
    "Limits",
    "Message",
    "ModelCard",
    "Prices",
    "Profile",
    "ReasoningDelta",
    "ReplicaPolicy",
    "RetryPolicy",
    "RetryTool",
    "RoutingPolicy",
    "RunContext",
    "RunFinished",
    "RunResult",
    "RunStream",
    "Sampling",
    "TextDelta",
    "Timeouts",
    "Tool",
    "ToolCalled",
    "ToolReturned",
    "Toolset",
    "Usage",
    "dump_messages",
    "load_messages",
    "tool",
]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'agentkit' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
