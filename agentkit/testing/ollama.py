"""Ollama's `/v1`: what it refuses, and how it words its replies.

Read in its source (`openai/openai.go`, `middleware/openai.go`), never seen. A prompt beyond the context is cut from its
beginning without a word: the model still answers, and `prompt_tokens` stays below the context.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from agentkit._util.json import is_array, is_object
from agentkit.testing import openai_shape
from agentkit.testing.exchange import Exchange, Refusal, Served
from agentkit.testing.request import ChatRequest, images_of, object_in, objects_in
from agentkit.testing.tokens import image_size
from agentkit.testing.turns import Turn

REASONING_FIELDS = ("reasoning",)
"""Where reasoning in the history is looked for."""
_EFFORTS = ("high", "medium", "low", "none")
_PICTURES = tuple(f"data:image/{kind};base64," for kind in ("jpeg", "jpg", "png", "webp"))


def refuse(request: ChatRequest, served: Served) -> Refusal | None:
    """Return the refusal of a request, or None; nothing is refused for its length."""
    body = request.body
    if not request.messages:
        return failure(400, "[] is too short - 'messages'")
    if isinstance(body.get("temperature"), str):
        return failure(400, "json: cannot unmarshal string into Go struct field .temperature of type float64")
    if body.get("model") != served.model:
        return failure(404, f"model {json.dumps(str(body.get('model')))} not found, try pulling it first")
    effort = object_in(body.get("reasoning")).get("effort") or body.get("reasoning_effort")
    if effort and effort not in _EFFORTS:
        return failure(
            400, f'invalid reasoning value: \'{effort}\' (must be "high", "medium", "low", or "none")'
        )
    for message in request.messages:
        if refusal := _refuse_message(message, served):
            return refusal
    return None


def _refuse_message(message: dict[str, Any], served: Served) -> Refusal | None:
    content = message.get("content")
    if not isinstance(content, str) and not is_array(content) and not message.get("tool_calls"):
        return failure(400, "invalid message content type: <nil>")
    for part in objects_in(content):
        if part.get("type") not in ("text", "image_url"):
            return failure(400, "invalid message format")
    for url in images_of(content):
        if not url.startswith(_PICTURES):
            return failure(400, "invalid image input")
        if not served.images:
            return failure(400, f"{served.model} does not support images")
        if image_size(url) is None:
            return failure(500, "image: unknown format")
    for call in objects_in(message.get("tool_calls")):
        try:
            arguments = json.loads(str(object_in(call.get("function")).get("arguments")))
        except ValueError:
            arguments = None
        if not is_object(arguments):
            return failure(400, "invalid tool call arguments")
    return None


def refuse_json(data: bytes) -> Refusal | None:
    """Return the refusal of a body that is no JSON object, or None."""
    try:
        body = json.loads(data)
    except ValueError:
        return failure(400, "invalid character in JSON")
    return None if is_object(body) else failure(400, "json: cannot unmarshal into Go value")


def failure(status: int, message: str) -> Refusal:
    """Return an error response."""
    kind = {400: "invalid_request_error", 404: "not_found_error"}.get(status, "api_error")
    return Refusal(status=status, kind=kind, message=message)


def broken_grammar(reason: str) -> Refusal:
    """Return what becomes of a reply that the grammar would have prevented; nothing shows it."""
    return replace(failure(500, f"simulated: {reason}"), in_stream=True, reason=reason)


def unauthorised(path: str) -> Any:
    """Return the body of a 401 by whatever guards it: Ollama itself asks for no key."""
    del path
    return {"error": {"message": "unauthorized", "type": "api_error", "param": None, "code": None}}


def error_body(refusal: Refusal) -> dict[str, Any]:
    """Return the JSON of an error."""
    return {"error": {"message": refusal.message, "type": refusal.kind, "param": refusal.param, "code": None}}


def as_written(turn: Turn, request: ChatRequest) -> Turn:
    """Return a turn as the server reads it: without tools a call is plain text; tool_choice is not read at all."""
    if turn.calls and not request.tools:
        written = "".join(f"[TOOL_CALLS]{spec.name}[ARGS]{spec.text}" for spec in turn.calls)
        return replace(turn, text=turn.text + written, calls=())
    return turn


def _call_id(made: str) -> str:
    return made if made.startswith("call_") else f"call_{made}"


_SHAPE = openai_shape.Shape(
    logprobs=True, reasoning="reasoning", whole_calls=True, cut_calls="vanish", call_id=_call_id
)


def reply(exchange: Exchange) -> dict[str, Any]:
    """Return an unstreamed reply."""
    return openai_shape.reply(exchange, _SHAPE)


def chunks(exchange: Exchange) -> Iterator[dict[str, Any]]:
    """Yield the chunks of a streamed reply."""
    return openai_shape.chunks(exchange, _SHAPE)


def page(method: str, path: str, body: dict[str, Any], served: Served, created: int) -> Any:
    """Return what another path answers: JSON, text, or None for a 404."""
    match method, path:
        case "GET", "/":
            return "Ollama is running"
        case "GET", "/api/version":
            return {"version": "0.40.12"}
        case "GET", "/api/tags":
            return {"models": [{"name": served.model, "model": served.model, "size": 1}]}
        case "GET", "/api/ps":
            entry = {"name": served.model, "model": served.model, "context_length": served.window}
            return {"models": [entry]}
        case "POST", "/api/show":
            capabilities = ["completion", "tools", "thinking", *["vision"] * served.images]
            return {"model_info": {"mistral4.context_length": 262_144}, "capabilities": capabilities}
        case "GET", "/v1/models":
            entry = {"id": served.model, "object": "model", "created": created, "owned_by": "library"}
            return {"object": "list", "data": [entry]}
        case _:
            return None


def not_found() -> Any:
    """Return the body of a 404."""
    return "404 page not found"
