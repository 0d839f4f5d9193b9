"""Requests as bytes: each message is encoded once, a turn costs what it adds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agentkit._util import json
from agentkit.errors import ConfigurationError
from agentkit.protocol.effort import Effort
from agentkit.protocol.history import History
from agentkit.protocol.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolResult,
    UserMessage,
)
from agentkit.protocol.request import UNSET, JsonSchema, ModelRequest, Sampling, ToolDefinition
from agentkit.wire.dialect import ControlTokens, Dialect
from agentkit.wire.history import Normaliser

_CONTROL_TOKEN: Mapping[ControlTokens, re.Pattern[str]] = {
    "mistral": re.compile(
        r"\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|ARGS|CALL_ID|THINK"
        r"|MODEL_SETTINGS|IMG|IMG_BREAK|IMG_END|PREFIX|MIDDLE|SUFFIX|BEGIN_AUDIO|AUDIO)\])"
        r"|<(?=/?s>|unk>|pad>)"
    ),
    "chatml": re.compile(
        r"<(?=\|[a-z_]+\|>|/?(?:think|tool_call|tool_response|tools)>)"
    ),  # Qwen's and OpenAI's family, and Phi-4's
    "gemma": re.compile(r"<(?=(?:start_of_turn|end_of_turn|start_of_image|end_of_image|bos|eos|pad|unk)>)"),
}
_SPLIT_APART = "\\g<0>\u2060"  # a word joiner: invisible, and no control token any more


def encode_body(
    request: ModelRequest,
    dialect: Dialect,
    *,
    model: str,
    temperature: float | None,
    max_tokens: int | None,
    schema: JsonSchema | None,
    stream: bool,
) -> bytes:
    """Build the JSON body of a Chat Completions request.

    Args:
        request: What is asked.
        dialect: How the server wants it.
        model: The model's name.
        temperature: What to send, already chosen for the effort.
        max_tokens: What to send, already capped by the run's limits.
        schema: The output schema as the server's grammar takes it, or None.
        stream: Whether the reply is to be streamed.
    """
    # joined once, at the end: each further copy of a long history costs as much as all else here
    fields: list[bytes] = [
        b'{"model":',
        json.dumps_bytes(model),
        b',"messages":',
        *_history_parts(request.history, dialect),
    ]
    if request.tools:
        fields += (b',"tools":', encode_tools(request.tools, dialect))
    settings = _sampling_fields(request.sampling, dialect)
    if temperature is not None:
        settings["temperature"] = temperature
    if max_tokens is not None:
        settings["max_tokens"] = max_tokens
    if request.tools and request.tool_choice != "auto":
        settings["tool_choice"] = request.tool_choice
    if not request.tools:
        settings.pop("parallel_tool_calls", None)
    settings.update(_effort_fields(request.effort, dialect))
    if request.output is not None and schema is not None:
        settings["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": request.output.name, "schema": schema, "strict": True},
        }
    if stream:
        settings["stream"] = True
        if dialect.stream_usage:
            settings["stream_options"] = {"include_usage": True}
    _add_extra(settings, request.sampling.extra_body)
    if settings:
        fields += (b",", json.dumps_bytes(settings)[1:])
    else:
        fields.append(b"}")
    return b"".join(fields)


def encode_history(history: History, dialect: Dialect) -> bytes:
    """Encode a history as a JSON array, reusing what was encoded for earlier requests."""
    return b"".join(_history_parts(history, dialect))


def _history_parts(history: History, dialect: Dialect) -> list[bytes]:
    key = ("wire", id(dialect))  # the encoder holds the dialect, whose own hash would go over all its fields
    encoder = history.derived.get(key)
    if encoder is None:
        encoder = history.derived[key] = _HistoryEncoder(dialect)
    parts: list[bytes] = encoder.encode(history)
    return parts


class _HistoryEncoder:
    """The encoded form of a history as far as it is settled."""

    __slots__ = ("_dialect", "_encoded", "_normaliser", "_parts", "_read")

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._normaliser = Normaliser(
            reasoning=dialect.carries_reasoning, text_beside_calls=dialect.carries_text_beside_calls
        )
        self._parts: list[bytes] = [b"["]  # of the settled messages, with the commas between them
        self._encoded = 0  # messages in them
        self._read = 0

    def encode(self, history: History) -> list[bytes]:
        new = history.since(self._read)
        self._read += len(new)
        for message in new:
            self._normaliser.feed(message)
        settled = self._normaliser.settled
        for message in settled[self._encoded :]:
            self._add(message, self._parts)
        self._encoded = len(settled)
        parts = self._parts.copy()
        for message in self._normaliser.tail():
            self._add(message, parts)
        parts.append(b"]")
        return parts

    def _add(self, message: Message, parts: list[bytes]) -> None:
        if len(parts) > 1:
            parts.append(b",")
        parts.append(encode_message(message, self._dialect))


def encode_message(message: Message, dialect: Dialect) -> bytes:
    """Encode one normalised message."""
    return json.dumps_bytes(message_fields(message, dialect))


def message_fields(message: Message, dialect: Dialect) -> dict[str, Any]:
    """Return the JSON fields of one normalised message: minimal, content always a string or parts, never null.

    vLLM drops the reasoning of a message that carries nulls (its typed union, measured with openai 3.54).
    """
    match message:
        case SystemMessage():
            return {"role": "system", "content": message.text}
        case UserMessage():
            return {"role": "user", "content": _user_content(message, dialect)}
        case ToolResult():
            text = _data_text(message.text, dialect)
            return {"role": "tool", "tool_call_id": message.call_id, "content": text}
        case AssistantMessage():
            fields: dict[str, Any] = {"role": "assistant", **_said(message, dialect)}
            if message.tool_calls:
                fields["tool_calls"] = [
                    {
                        "id": call.id,
                        "type": "function",
                        "function": {"name": call.name, "arguments": call.arguments},
                    }
                    for call in message.tool_calls
                ]
            return fields


def _said(message: AssistantMessage, dialect: Dialect) -> dict[str, Any]:
    """Return text and reasoning in the form that the server takes back."""
    form = dialect.reasoning_out if message.reasoning and dialect.carries_reasoning else None
    match form:
        case None:
            return {"content": message.text}
        case "reasoning" | "reasoning_content":
            return {"content": message.text, form: message.reasoning}
        case "thinking_text" | "thinking_chunks":
            chunks = form == "thinking_chunks"
            thought: Any = [{"type": "text", "text": message.reasoning}] if chunks else message.reasoning
            parts: list[dict[str, Any]] = [{"type": "thinking", "thinking": thought}]
            if message.text:
                parts.append({"type": "text", "text": message.text})
            return {"content": parts}


def _user_content(message: UserMessage, dialect: Dialect) -> str | list[dict[str, Any]]:
    if len(message.content) == 1 and isinstance(message.content[0], str):
        return _data_text(message.content[0], dialect)
    return [
        {"type": "text", "text": _data_text(part, dialect)}
        if isinstance(part, str)
        else {"type": "image_url", "image_url": {"url": part.data_url}}
        for part in message.content
    ]


def _data_text(text: str, dialect: Dialect) -> str:
    """Split control-token text where the server would make real control tokens of it."""
    if dialect.template_prompt and ("[" in text or "<" in text):
        return _CONTROL_TOKEN[dialect.control_tokens].sub(_SPLIT_APART, text)
    return text


_tools_cache: dict[tuple[int, bool], tuple[tuple[ToolDefinition, ...], bytes]] = {}


def encode_tools(tools: tuple[ToolDefinition, ...], dialect: Dialect) -> bytes:
    """Encode tool definitions; the same tuple gives the same bytes, encoded once."""
    key = (id(tools), dialect.strict_tools)
    known = _tools_cache.get(key)
    if known is not None and known[0] is tools:
        return known[1]
    encoded = json.dumps_bytes([_tool_fields(tool, dialect) for tool in tools])
    if len(_tools_cache) >= 256:
        _tools_cache.clear()
    _tools_cache[key] = (tools, encoded)  # holding the tuple keeps its id from being reused
    return encoded


def _tool_fields(tool: ToolDefinition, dialect: Dialect) -> dict[str, Any]:
    function: dict[str, Any] = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }
    if tool.strict and dialect.strict_tools:
        function["strict"] = True
    return {"type": "function", "function": function}


_STANDARD = (
    "top_p",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logprobs",
    "top_logprobs",
    "parallel_tool_calls",
)
BEYOND_OPENAI = ("top_k", "min_p", "repetition_penalty")
"""Sampling fields that only some servers know; `Dialect.sampling` names those that do."""


def unsupported_sampling(sampling: Sampling, dialect: Dialect) -> list[str]:
    """Return the given sampling fields that the dialect does not know."""
    if sampling is UNSET:
        return []
    return [
        name for name in BEYOND_OPENAI if getattr(sampling, name) is not None and name not in dialect.sampling
    ]


def unhonoured_sampling(sampling: Sampling, dialect: Dialect) -> list[str]:
    """Return the given fields of the OpenAI API that the server ignores or refuses, and that are not sent."""
    if sampling is UNSET:
        return []
    given = [name for name in _STANDARD if getattr(sampling, name) is not None]
    return [name for name in (*given, *(["stop"] if sampling.stop else [])) if name in dialect.unhonoured]


def _sampling_fields(sampling: Sampling, dialect: Dialect) -> dict[str, Any]:
    if sampling is UNSET:
        return {}
    known = (name for name in _STANDARD if name not in dialect.unhonoured)
    names = (*known, *(name for name in BEYOND_OPENAI if name in dialect.sampling))
    fields = {name: value for name in names if (value := getattr(sampling, name)) is not None}
    if sampling.stop and "stop" not in dialect.unhonoured:
        fields["stop"] = list(sampling.stop)
    for ours, theirs in dialect.renamed:
        if ours in fields:
            fields[theirs] = fields.pop(ours)
    return fields


def _effort_fields(effort: Effort, dialect: Dialect) -> dict[str, Any]:
    if not dialect.carries_effort:
        return {}
    match dialect.effort:
        case "top_level":
            return {"reasoning_effort": effort}
        case "chat_template_kwargs":
            return {"chat_template_kwargs": {"reasoning_effort": effort}}
        case "enable_thinking":
            return {"chat_template_kwargs": {"enable_thinking": effort == "high"}}
        case "unsupported":
            return {}


def _add_extra(settings: dict[str, Any], extra: Mapping[str, Any]) -> None:
    """Add the caller's further fields; `Sampling` has refused those that agentkit sets."""
    for name, value in extra.items():
        current = settings.get(name)
        if json.is_object(current) and json.is_object(value):
            _add_extra(current, value)
        elif name in settings and current != value:
            raise ConfigurationError(
                f"extra_body sets {name!r} to {value!r}, but agentkit sends {current!r}.",
                hint=f"Use agentkit's own setting for {name!r}, or leave it out of extra_body.",
            )
        else:
            settings[name] = value
