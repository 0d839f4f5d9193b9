"""Messages as JSON, to store and to load again."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from typing import Any, cast

from agentkit._util import json
from agentkit.errors import InvalidHistory
from agentkit.protocol.images import ImageData
from agentkit.protocol.messages import (
    AssistantMessage,
    Message,
    Part,
    SystemMessage,
    ToolCall,
    ToolResult,
    UserMessage,
)

FORMAT = "agentkit.messages/1"
"""Name and version of the stored form."""


def dump_messages(messages: Iterable[Message]) -> str:
    """Return messages as a JSON document that `load_messages` reads."""
    return json.dumps({"format": FORMAT, "messages": [_fields(message) for message in messages]})


def load_messages(document: str | bytes) -> tuple[Message, ...]:
    """Read what `dump_messages` wrote.

    Raises:
        InvalidHistory: The document is no such thing; the message names the place.
    """
    try:
        stored = json.loads(document)
    except ValueError as error:
        raise InvalidHistory(f"The stored messages are no JSON: {error}.", hint=_HINT) from None
    if (
        not json.is_object(stored)
        or stored.get("format") != FORMAT
        or not isinstance(stored.get("messages"), list)
    ):
        raise InvalidHistory(f"The document is not of the format {FORMAT}.", hint=_HINT)
    messages: list[Message] = []
    for number, entry in enumerate(cast("list[Any]", stored["messages"])):
        try:
            messages.append(_message(entry))
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise InvalidHistory(
                f"Stored message {number} cannot be read ({type(error).__name__}: {error}).", hint=_HINT
            ) from None
    return tuple(messages)


_HINT = "Load what dump_messages wrote, unchanged."


def _fields(message: Message) -> dict[str, Any]:
    match message:
        case SystemMessage():
            return {"role": "system", "text": message.text}
        case UserMessage():
            return {"role": "user", "content": [_part(part) for part in message.content]}
        case AssistantMessage():
            calls = [
                {"id": call.id, "name": call.name, "arguments": call.arguments} for call in message.tool_calls
            ]
            return {
                "role": "assistant",
                "text": message.text,
                "reasoning": message.reasoning,
                "tool_calls": calls,
            }
        case ToolResult():
            return {
                "role": "tool",
                "call_id": message.call_id,
                "name": message.name,
                "text": message.text,
                "images": [_part(image) for image in message.images],
                "is_error": message.is_error,
            }


def _part(part: Part) -> str | dict[str, Any]:
    if isinstance(part, str):
        return part
    return {
        "media_type": part.media_type,
        "data": base64.b64encode(part.data).decode("ascii"),
        "width": part.width,
        "height": part.height,
        "tokens": part.tokens,
    }


def _message(entry: dict[str, Any]) -> Message:
    match entry["role"]:
        case "system":
            return SystemMessage(text=_text(entry["text"]))
        case "user":
            return UserMessage(content=tuple(_load_part(part) for part in entry["content"]))
        case "assistant":
            calls = tuple(
                ToolCall(id=_text(call["id"]), name=_text(call["name"]), arguments=_text(call["arguments"]))
                for call in entry["tool_calls"]
            )
            return AssistantMessage(
                text=_text(entry["text"]), reasoning=_text(entry["reasoning"]), tool_calls=calls
            )
        case "tool":
            return ToolResult(
                call_id=_text(entry["call_id"]),
                name=_text(entry["name"]),
                text=_text(entry["text"]),
                images=tuple(_load_image(image) for image in entry["images"]),
                is_error=bool(entry["is_error"]),
            )
        case role:
            raise ValueError(f"unknown role {role!r}")


def _load_part(part: Any) -> Part:
    return part if isinstance(part, str) else _load_image(part)


def _load_image(fields: dict[str, Any]) -> ImageData:
    media_type = fields["media_type"]
    if media_type not in ("image/png", "image/jpeg"):
        raise ValueError(f"unknown media type {media_type!r}")
    data = base64.b64decode(fields["data"], validate=True)
    return ImageData(
        media_type=media_type,
        data=data,
        width=int(fields["width"]),
        height=int(fields["height"]),
        sha256=hashlib.sha256(data).hexdigest(),
        tokens=int(fields["tokens"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {type(value).__name__}")
    return value
