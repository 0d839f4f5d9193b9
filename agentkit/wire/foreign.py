"""Conversations that were kept as Chat Completions JSON, read into agentkit's messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agentkit._util import json
from agentkit.errors import InvalidHistory
from agentkit.protocol.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolCall,
    ToolResult,
    UserMessage,
)


def messages_from_openai(messages: Iterable[Mapping[str, Any]]) -> tuple[Message, ...]:
    """Read Chat Completions messages, for an agent's `history`.

    Takes what other frameworks leave behind: `developer` roles, null content, lists of text parts, reasoning as
    `reasoning`, `reasoning_content` or thinking parts, arguments as objects, results without an open call. The order
    need not be one that a server would accept; it is put right when the history is sent.

    Raises:
        InvalidHistory: A message has no known role, or holds something that would be lost (an image, say).
    """
    return tuple(_message(number, message) for number, message in enumerate(messages))


def _message(number: int, fields: Mapping[str, Any]) -> Message:
    role = fields.get("role")
    text, thoughts = _texts(number, fields.get("content"))
    match role:
        case "system" | "developer":
            return SystemMessage(text=text)
        case "user":
            return UserMessage(content=(text,))
        case "assistant":
            given = fields.get("reasoning") or fields.get("reasoning_content") or ""
            calls = tuple(_call(number, call) for call in fields.get("tool_calls") or ())
            return AssistantMessage(text=text, reasoning=str(given) or thoughts, tool_calls=calls)
        case "tool" | "function":
            call_id = fields.get("tool_call_id", "")
            return ToolResult(call_id=str(call_id or ""), name=str(fields.get("name") or "tool"), text=text)
        case _:
            raise InvalidHistory(
                f"Message {number} has the role {role!r}.",
                hint="Known roles: system, developer, user, assistant, tool.",
            )


def _texts(number: int, content: Any) -> tuple[str, str]:
    if content is None or isinstance(content, str):
        return content or "", ""
    texts: list[str] = []
    thoughts: list[str] = []
    for part in content if json.is_array(content) else [content]:
        fields = part if json.is_object(part) else {}
        kind = fields.get("type")
        if kind == "text" and isinstance(fields.get("text"), str):
            texts.append(fields["text"])
        elif kind == "thinking":
            thoughts.append(_texts(number, fields.get("thinking"))[0])
        else:
            raise InvalidHistory(
                f"Message {number} holds a part of type {kind!r}, which would be lost.",
                hint="Only text is read from foreign histories; give images to the run as images=[...].",
            )
    return "\n\n".join(texts), "\n\n".join(thoughts)


def _call(number: int, call: Any) -> ToolCall:
    function = call.get("function") if json.is_object(call) else None
    if not json.is_object(function):
        raise InvalidHistory(
            f"Message {number} has a tool call without a function.", hint="See Chat Completions."
        )
    arguments = function.get("arguments", "")
    return ToolCall(
        id=str(call.get("id") or ""),
        name=str(function.get("name") or ""),
        arguments=arguments if isinstance(arguments, str) else json.dumps(arguments),
    )
