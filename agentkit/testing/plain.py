"""A lenient OpenAI-compatible server: it refuses what cannot be served at all, and enforces nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from agentkit.testing.exchange import FINGERPRINT, Exchange, Refusal, Served
from agentkit.testing.logprobs import logprobs_of
from agentkit.testing.request import ChatRequest, images_of
from agentkit.testing.tokens import count_prompt, image_size

REASONING_FIELDS = ("reasoning_content",)
"""Where reasoning in the history is looked for."""


def refuse(request: ChatRequest, served: Served) -> Refusal | None:
    """Return the refusal of a request that cannot be served, or None: no messages, another model, no such effort."""
    if not request.messages:
        return failure(400, "'messages' is a required property")
    wanted = request.body.get("model")
    if wanted not in (served.model, None, ""):
        text = f"The model `{wanted}` does not exist or you do not have access to it."
        return Refusal(
            status=404, kind="invalid_request_error", message=text, more={"code": "model_not_found"}
        )
    if request.effort not in (None, "none", "high"):
        return failure(400, f"Invalid value: '{request.effort}'. Supported values are: 'none' and 'high'.")
    if isinstance(request.body.get("temperature"), str):
        return failure(400, "Invalid type for 'temperature': expected a decimal, but got a string instead.")
    if any(
        url.startswith("data:") and image_size(url) is None
        for message in request.messages
        for url in images_of(message.get("content"))
    ):
        return failure(400, "You uploaded an unsupported image.")
    needed = count_prompt(request, REASONING_FIELDS)
    if needed > served.window:
        text = f"This model's maximum context length is {served.window} tokens, your messages have {needed}."
        return Refusal(
            status=400, kind="invalid_request_error", message=text, param="messages",
            more={"code": "context_length_exceeded"},
        )  # fmt: skip
    return None


def refuse_json(data: bytes) -> Refusal | None:
    """Return the refusal of a body that is no JSON object, or None."""
    try:
        return None if isinstance(json.loads(data), dict) else failure(400, "the body is no JSON object")
    except ValueError as error:
        return failure(400, f"the body is no JSON: {error}")


def broken_grammar(reason: str) -> Refusal:
    """Return a failure that says what the model could not have written."""
    return Refusal(status=500, kind="server_error", message=reason, reason=reason)


def failure(status: int, message: str) -> Refusal:
    """Return an error response."""
    kind = "invalid_request_error" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"
    return Refusal(status=status, kind=kind, message=message)


def unauthorised(path: str) -> Any:
    """Return the body of a 401."""
    del path
    return {
        "error": {
            "message": "Incorrect API key provided",
            "type": "invalid_request_error",
            "code": "invalid_api_key",
        }
    }


def error_body(refusal: Refusal) -> dict[str, Any]:
    """Return the JSON of an error."""
    error = {"message": refusal.message, "type": refusal.kind, "param": refusal.param, "code": None}
    return {"error": {**error, **refusal.more}}


def reply(exchange: Exchange) -> dict[str, Any]:
    """Return an unstreamed reply."""
    said = exchange.said
    message: dict[str, Any] = {"role": "assistant", "content": "".join(said.text) or None}
    if said.reasoning:
        message["reasoning_content"] = "".join(said.reasoning)
    if said.calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": "".join(call.arguments)},
            }
            for call in said.calls
        ]
    choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": _finish(exchange)}
    choice["logprobs"] = logprobs_of(said.reasoning + said.text, exchange.request)
    return {**_frame(exchange, "chat.completion"), "choices": [choice], "usage": _usage(exchange)}


def chunks(exchange: Exchange) -> Iterator[dict[str, Any]]:
    """Yield the chunks of a streamed reply."""
    said, frame = exchange.said, _frame(exchange, "chat.completion.chunk")
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": piece} for piece in said.reasoning]
    deltas += [{"content": piece} for piece in said.text]
    for index, call in enumerate(said.calls):
        first = {"name": call.name, "arguments": ""}
        deltas.append(
            {"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": first}]}
        )
        deltas += [
            {"tool_calls": [{"index": index, "function": {"arguments": piece}}]} for piece in call.arguments
        ]
    for delta in deltas:
        piece = delta.get("content") or delta.get("reasoning_content")
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        if (logprobs := logprobs_of((piece,), exchange.request) if piece else None) is not None:
            choice["logprobs"] = logprobs
        yield {**frame, "choices": [choice]}
    yield {**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": _finish(exchange)}]}
    if exchange.request.wants_usage:
        yield {**frame, "choices": [], "usage": _usage(exchange)}


def _finish(exchange: Exchange) -> str:
    return "length" if exchange.said.cut else "tool_calls" if exchange.said.calls else "stop"


def _frame(exchange: Exchange, kind: str) -> dict[str, Any]:
    return {
        "id": exchange.id, "object": kind, "created": exchange.created, "model": exchange.served.model,
        "system_fingerprint": FINGERPRINT,
    }  # fmt: skip


def _usage(exchange: Exchange) -> dict[str, Any]:
    prompt, completion = exchange.prompt_tokens, exchange.said.completion_tokens
    usage: dict[str, Any] = {
        "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
    }  # fmt: skip
    if exchange.counts_reasoning:
        usage["completion_tokens_details"] = {"reasoning_tokens": len(exchange.said.reasoning)}
    return usage


def page(method: str, path: str, body: dict[str, Any], served: Served, created: int) -> Any:
    """Return what another path answers: JSON, or None for a 404."""
    del body
    if (method, path) != ("GET", "/v1/models"):
        return None
    entry = {
        "id": served.model, "object": "model", "created": created, "owned_by": "simulated",
        "max_model_len": served.window,
    }  # fmt: skip
    return {"object": "list", "data": [entry]}


def not_found() -> Any:
    """Return the body of a 404."""
    return {"error": {"message": "Not found", "type": "invalid_request_error", "code": None}}
