"""How many tokens a prompt has: requests to endpoints that count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from agentkit._util import json
from agentkit.errors import ProtocolError
from agentkit.protocol.history import History
from agentkit.protocol.request import ToolDefinition
from agentkit.wire.dialect import Dialect
from agentkit.wire.encode import encode_history, encode_tools
from agentkit.wire.refuse import excerpt

Counter = Literal["tokenize", "input_tokens", "count_tokens"]

PATHS: dict[Counter, str] = {
    "tokenize": "/tokenize",
    "input_tokens": "chat/completions/input_tokens",
    "count_tokens": "messages/count_tokens",
}
"""Where each kind of endpoint is found; one that begins with a slash is beside `/v1`."""


def encode_count(
    counter: Counter, history: History, tools: tuple[ToolDefinition, ...], dialect: Dialect, *, model: str
) -> bytes:
    """Build the body that asks for a count. Effort makes no difference: none and high are equally long."""
    if counter == "count_tokens":
        return json.dumps_bytes(_anthropic(json.loads(encode_history(history, dialect)), tools, model))
    fields = [b'{"model":', json.dumps_bytes(model), b',"messages":', encode_history(history, dialect)]
    if tools:
        fields += (b',"tools":', encode_tools(tools, dialect))
    return b"".join((*fields, b"}"))


def decode_count(body: bytes) -> int:
    """Read the answer: `count` (vLLM 0.32, SGLang 0.5.23) or `input_tokens` (llama.cpp b11549, NIM).

    Raises:
        ProtocolError: It holds no count.
    """
    try:
        data: Any = json.loads(body)
    except ValueError:
        data = None
    for name in ("count", "input_tokens"):
        count = data.get(name) if json.is_object(data) else None
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
            return count
    raise ProtocolError(
        f"The answer holds no count of tokens: {excerpt(body)}", hint="Look at the server's log."
    )


def _anthropic(messages: Sequence[Any], tools: tuple[ToolDefinition, ...], model: str) -> dict[str, Any]:
    """Return a request in the form of Anthropic's Messages, which `/v1/messages/count_tokens` takes."""
    system = [message["content"] for message in messages if message["role"] == "system"]
    body: dict[str, Any] = {"model": model, "messages": []}
    if system:
        body["system"] = "\n\n".join(system)
    for message in messages:
        if message["role"] == "system":
            continue
        role = "assistant" if message["role"] == "assistant" else "user"
        blocks = _blocks(message)
        if body["messages"] and body["messages"][-1]["role"] == role:
            body["messages"][-1]["content"] += blocks
        else:
            body["messages"].append({"role": role, "content": blocks})
    if tools:
        body["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
            for tool in tools
        ]
    return body


def _blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    if message["role"] == "tool":
        return [{"type": "tool_result", "tool_use_id": message["tool_call_id"], "content": content}]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    blocks = [_block(part) for part in parts if part.get("text") != ""]
    for call in message.get("tool_calls", ()):
        made = {"name": call["function"]["name"], "input": json.loads(call["function"]["arguments"])}
        blocks.append({"type": "tool_use", "id": call["id"], **made})
    return blocks


def _block(part: dict[str, Any]) -> dict[str, Any]:
    if part["type"] != "image_url":
        return part
    head, _, data = part["image_url"]["url"].partition(",")
    kind = head.removeprefix("data:").removesuffix(";base64")
    return {"type": "image", "source": {"type": "base64", "media_type": kind, "data": data}}
