"""The Mistral API: what it refuses, and how it words its replies.

Documented by its makers, and in reports of its users (the bodies of 422s and 400s); never seen from here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from agentkit._util.json import is_array, is_object
from agentkit.testing import mistral, openai_shape
from agentkit.testing.exchange import Exchange, Refusal, Served
from agentkit.testing.request import ChatRequest, images_of, object_in, objects_in, text_of
from agentkit.testing.tokens import count_prompt, count_text, image_size

_KNOWN = frozenset(
    {
        "frequency_penalty", "max_tokens", "messages", "metadata", "model", "n", "parallel_tool_calls", "prediction",
        "presence_penalty", "prompt_mode", "random_seed", "reasoning_effort", "response_format", "safe_prompt", "stop",
        "stream", "temperature", "tool_choice", "tools", "top_p",
    }
)  # fmt: skip
_OF_MESSAGE = {
    "system": {"role", "content"},
    "user": {"role", "content"},
    "assistant": {"role", "content", "tool_calls", "prefix"},
    "tool": {"role", "content", "tool_call_id", "name"},
}
_CHOICES = ("auto", "none", "any", "required")


def refuse(request: ChatRequest, served: Served) -> Refusal | None:
    """Return the refusal of a request, or None."""
    return _refuse_fields(request) or _refuse_values(request, served) or _refuse_size(request, served)


def refuse_json(data: bytes) -> Refusal | None:
    """Return the refusal of a body that is no JSON object, or None."""
    try:
        body = json.loads(data)
    except ValueError:
        return _invalid("json_invalid", ["body"], "JSON decode error", "")
    return (
        None
        if is_object(body)
        else _invalid("model_attributes_type", ["body"], "Input should be an object", body)
    )


def _refuse_fields(request: ChatRequest) -> Refusal | None:
    for name, value in request.body.items():
        if name not in _KNOWN:
            return _invalid("extra_forbidden", ["body", name], "Extra inputs are not permitted", value)
    for number, message in enumerate(request.messages):
        role = str(message.get("role"))
        if role not in _OF_MESSAGE:
            return _invalid(
                "union_tag_invalid", ["body", "messages", number], f"Input tag '{role}' is unknown", role
            )
        for name in message.keys() - _OF_MESSAGE[role]:
            where = ["body", "messages", number, role, name]
            return _invalid("extra_forbidden", where, "Extra inputs are not permitted", message[name])
        for part in objects_in(message.get("content")):
            if refusal := _refuse_part(number, role, part):
                return refusal
    return None


def _refuse_part(number: int, role: str, part: dict[str, Any]) -> Refusal | None:
    where = ["body", "messages", number, role, "content"]
    known = {"assistant": ("text", "thinking"), "user": ("text", "image_url")}.get(role, ("text",))
    if part.get("type") not in known:
        return _invalid("union_tag_invalid", where, f"Input tag '{part.get('type')}' is unknown", part)
    if part.get("type") == "thinking" and not is_array(part.get("thinking")):
        return _invalid(
            "list_type", [*where, "thinking"], "Input should be a valid list", part.get("thinking")
        )
    return None


def _refuse_values(request: ChatRequest, served: Served) -> Refusal | None:
    body, choice = request.body, request.body.get("tool_choice")
    if body.get("model") != served.model:
        return replace(
            failure(400, f"Invalid model: {body.get('model')}"), kind="invalid_model", more={"code": "1500"}
        )
    if body.get("prompt_mode") is not None:
        return replace(failure(400, "prompt_mode is not supported for this model"), more={"code": "3051"})
    if body.get("reasoning_effort") not in (None, "none", "high"):
        return failure(400, f"reasoning_effort={body['reasoning_effort']!r} is not supported by this model")
    if isinstance(body.get("temperature"), str):
        said = "Input should be a valid number, unable to parse string as a number"
        return _invalid("float_parsing", ["body", "temperature"], said, body["temperature"])
    if isinstance(choice, str) and choice not in _CHOICES:
        return _invalid(
            "enum", ["body", "tool_choice"], f"Input should be one of {', '.join(_CHOICES)}", choice
        )
    if body.get("tools") == []:
        return _invalid("extra_forbidden", ["body", "tools"], "Extra inputs are not permitted", [])
    for message in request.messages:
        ids = [call.get("id") for call in objects_in(message.get("tool_calls"))]
        ids += [message.get("tool_call_id")] * (message["role"] == "tool")
        for call_id in ids:
            if not re.fullmatch(r"[a-zA-Z0-9]{9}", str(call_id)):
                return failure(
                    400, f"Tool call id was {call_id} but must be a-z, A-Z, 0-9, with a length of 9."
                )
        if images_of(message.get("content")) and not served.images:
            return failure(400, "Image input is not supported by this model")
        if any(image_size(url) is None for url in images_of(message.get("content"))):
            return failure(400, "Image could not be loaded")
    problem = mistral.problem_with(_for_rules(request))
    return failure(400, problem) if problem else None


def _for_rules(request: ChatRequest) -> ChatRequest:
    """Return the request as mistral-common knows it: a thought is a string there."""
    messages = [
        {**message, "content": [_flat(part) for part in message["content"]]}
        if is_array(message.get("content"))
        else message
        for message in request.messages
    ]
    return ChatRequest(body={**request.body, "messages": messages})


def _flat(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "thinking": text_of(part["thinking"])} if part.get("type") == "thinking" else part


def _refuse_size(request: ChatRequest, served: Served) -> Refusal | None:
    needed = tokens_of(request)
    if needed + (request.max_tokens or 0) <= served.window:
        return None
    text = f"Prompt contains {needed} tokens and 0 draft tokens, too large for model with {served.window} maximum context length"
    return replace(failure(400, text), kind="invalid_request_prompt", more={"code": "3051"})


def tokens_of(request: ChatRequest) -> int:
    """Return about how many tokens a prompt has, thoughts included."""
    thoughts = [
        text_of(part.get("thinking"))
        for message in request.messages
        for part in objects_in(message.get("content"))
        if part.get("type") == "thinking"
    ]
    return count_prompt(request, ()) + sum(map(count_text, thoughts))


def failure(status: int, message: str) -> Refusal:
    """Return an error response."""
    kind = {400: "invalid_request_error", 429: "rate_limited"}.get(status, "internal_server_error")
    return Refusal(
        status=status, kind=kind, message=message, more={"code": "3000" if status < 429 else "1300"}
    )


def _invalid(kind: str, where: list[Any], message: str, value: Any) -> Refusal:
    detail = {"type": kind, "loc": where, "msg": message, "input": value}
    return Refusal(
        status=422, kind="invalid_request_error", message=message,
        more={"message": {"detail": [detail]}, "code": None},
    )  # fmt: skip


def broken_grammar(reason: str) -> Refusal:
    """Return what becomes of a reply that the grammar would have prevented; nothing shows it."""
    return replace(failure(500, f"simulated: {reason}"), in_stream=True, reason=reason)


def unauthorised(path: str) -> Any:
    """Return the body of a 401."""
    del path
    return {"detail": "Unauthorized"}


def error_body(refusal: Refusal) -> dict[str, Any]:
    """Return the JSON of an error: flat, with a code that is a string."""
    return {
        "object": "error", "message": refusal.message, "type": refusal.kind, "param": refusal.param, **refusal.more,
    }  # fmt: skip


def _chunks_of(text: str, reasoning: str) -> Any:
    if not reasoning:
        return text
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": reasoning}]}
    return [thought, *([{"type": "text", "text": text}] if text else [])]


_SHAPE = openai_shape.Shape(whole_calls=True, cut_calls="vanish", usage_in_last_chunk=True, split=_chunks_of)


def reply(exchange: Exchange) -> dict[str, Any]:
    """Return an unstreamed reply; `tool_calls` is null where there are none."""
    body = openai_shape.reply(exchange, _SHAPE)
    object_in(body["choices"][0]["message"]).setdefault("tool_calls", None)
    return body


def chunks(exchange: Exchange) -> Iterator[dict[str, Any]]:
    """Yield the chunks of a streamed reply."""
    return openai_shape.chunks(exchange, _SHAPE)


def page(method: str, path: str, body: dict[str, Any], served: Served, created: int) -> Any:
    """Return what another path answers: JSON, or None for a 404."""
    del body
    if (method, path) != ("GET", "/v1/models"):
        return None
    capabilities = {
        "completion_chat": True, "function_calling": True, "vision": served.images, "reasoning": True,
    }  # fmt: skip
    entry = {
        "id": served.model, "object": "model", "created": created, "owned_by": "mistralai",
        "capabilities": capabilities, "name": served.model, "max_context_length": served.window,
    }  # fmt: skip
    return {"object": "list", "data": [entry]}


def not_found() -> Any:
    """Return the body of a 404."""
    return {"detail": "Not Found"}
