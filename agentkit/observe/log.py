"""Boundary events, written to structlog under stable names; no prompt, answer or tool content by default.

An application that has configured structlog gets the events through its own configuration. Elsewhere they go to the
standard logger `agentkit` at level INFO, so nothing is printed unless the application asks for it. structlog is
loaded only when an event is really written.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any

from agentkit.protocol.events import (
    AnswerDoubted,
    Event,
    FeedbackGiven,
    LimitHit,
    ModelReplied,
    ModelRequested,
    ModelRetried,
    ReasoningDelta,
    ReplicaEjected,
    ReplicaRestored,
    RouteDecided,
    RunFailed,
    RunFinished,
    RunStarted,
    SchemaViolated,
    SettingAdjusted,
    ShadowRan,
    Starved,
    TextDelta,
    ToolCalled,
    ToolReturned,
)

_DELTAS = frozenset({TextDelta, ReasoningDelta})
_WARNINGS = frozenset(
    {LimitHit, ModelRetried, ReplicaEjected, SchemaViolated, SettingAdjusted, Starved, RunFailed}
)
_STANDARD = logging.getLogger("agentkit")


class LogSink:
    """Writes the events of one run.

    Args:
        run_id: Written with every event.
        agent: Written with every event.
        content: Whether prompts, answers, arguments and results are written too. Off by default.
    """

    def __init__(self, *, run_id: str, agent: str, content: bool = False) -> None:
        self._bound = {"run_id": run_id, "agent": agent}
        self._content = content

    def __call__(self, event: Event) -> None:
        """Write one event; deltas are not written."""
        kind = type(event)
        if kind in _DELTAS:
            return
        level = logging.WARNING if kind in _WARNINGS else logging.INFO
        if not _wanted(level):
            return
        _logger().log(level, event.name, **self._bound, **fields_of(event, content=self._content))


def _wanted(level: int) -> bool:
    structlog = sys.modules.get("structlog")
    return (structlog is not None and structlog.is_configured()) or (
        _STANDARD.isEnabledFor(level) and _STANDARD.hasHandlers()
    )


def _logger() -> Any:
    import structlog  # loaded only where something is written

    if structlog.is_configured():
        return structlog.get_logger("agentkit")
    return structlog.wrap_logger(
        _STANDARD,
        processors=[structlog.contextvars.merge_contextvars, structlog.stdlib.render_to_log_kwargs],
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def fields_of(event: Event, *, content: bool = False) -> Mapping[str, Any]:
    """Return what is written of an event.

    Args:
        event: The event.
        content: Whether texts, arguments and results are included.
    """
    match event:
        case RouteDecided():
            card = event.decision
            fields: dict[str, Any] = {
                "step": event.step,
                "kind": card.step,
                "effort": card.effort,
                "source": card.source,
                "score": round(card.score, 3),
            }
            return fields
        case ModelRequested():
            return {
                "step": event.step,
                "kind": event.kind,
                "effort": event.effort,
                "messages": event.messages,
                "tools": event.tools,
            }
        case ModelReplied():
            return _replied(event, content=content)
        case ModelRetried():
            # what a server says of a failure may hold pieces of prompts and answers
            retried = {"attempt": event.attempt, "delay": round(event.delay, 3), "error": event.kind}
            return {**retried, "message": event.error} if content else retried
        case ReplicaEjected():
            return {
                "url": event.url,
                "failures": event.failures,
                "seconds": event.seconds,
                "error": event.error,
            }
        case ReplicaRestored():
            return {"url": event.url}
        case SettingAdjusted():
            return {"setting": event.setting, "detail": event.detail}
        case ToolCalled():
            called = {"step": event.step, "tool": event.call.name, "call_id": event.call.id}
            return {**called, "arguments": event.call.arguments} if content else called
        case ToolReturned():
            returned: dict[str, Any] = {
                "step": event.step,
                "tool": event.call.name,
                "call_id": event.call.id,
                "seconds": round(event.seconds, 3),
                "chars": len(event.result.text),
                "images": len(event.result.images),
                "error": event.error,
            }
            return {**returned, "result": event.result.text} if content else returned
        case SchemaViolated():
            violated: dict[str, Any] = {
                "step": event.step,
                "attempt": event.attempt,
                "count": len(event.problems),
            }
            return {**violated, "problems": list(event.problems)} if content else violated
        case Starved():
            return {"step": event.step, "reasoning_tokens": event.reasoning_tokens}
        case AnswerDoubted():
            return {"step": event.step, "verdict": event.verdict, "evidence": list(event.evidence)}
        case ShadowRan():
            return {
                "step": event.step,
                "effort": event.effort,
                "agreed": event.agreed,
                "completion_tokens": event.usage.completion_tokens,
            }
        case FeedbackGiven():
            return {"score": event.score}
        case LimitHit():
            return {"limit": event.limit, "detail": event.detail}
        case RunFailed():
            return {"error": event.error}
        case RunFinished():
            return _finished(event)
        case RunStarted() | TextDelta() | ReasoningDelta():
            return {}


def _replied(event: ModelReplied, *, content: bool) -> dict[str, Any]:
    usage, message = event.reply.usage, event.reply.message
    fields: dict[str, Any] = {
        "step": event.step,
        "effort": event.effort,
        "finish": event.reply.finish,
        "model": event.reply.model,
        "seconds": round(event.seconds, 3),
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "tool_calls": len(message.tool_calls),
    }
    return {**fields, "text": message.text, "reasoning": message.reasoning} if content else fields


def _finished(event: RunFinished) -> dict[str, Any]:
    usage = event.result.total_usage
    return {
        "seconds": round(event.result.seconds, 3),
        "requests": usage.requests,
        "total_tokens": usage.total_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
    }
