"""llama.cpp b11549 with `--jinja`: what it refuses, and how it words its replies.

Seen in recordings of the genuine server with the chat template that mistral-common generates. MS4's published template
is stricter: `Served.alternates`. The 401 is read in its source (`tools/server/server-http.cpp`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from agentkit._util.json import is_array, is_object
from agentkit.testing import gbnf
from agentkit.testing.alternation import problem_with_turns
from agentkit.testing.exchange import FINGERPRINT, Exchange, Refusal, SaidCall, Served
from agentkit.testing.logprobs import logprobs_of
from agentkit.testing.request import ChatRequest, images_of, objects_in, text_of
from agentkit.testing.tokens import count_prompt, count_text, image_size
from agentkit.testing.turns import Turn

REASONING_FIELDS = ("reasoning_content",)
"""Where reasoning in the history is looked for."""
_FLOATS = (
    "temperature",
    "top_p",
    "min_p",
    "presence_penalty",
    "frequency_penalty",
    "max_tokens",
    "top_k",
    "n",
)
_JSON_NAMES = {"str": "string", "bool": "boolean", "list": "array", "dict": "object"}
_KINDS = {
    400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error", 500: "server_error",
    501: "not_supported_error", 503: "unavailable_error",
}  # fmt: skip


# What it refuses


def refuse(request: ChatRequest, served: Served) -> Refusal | None:
    """Return the refusal of a request, or None. Any model name is taken."""
    return (
        _refuse_types(request)
        or _refuse_parts(request, served)
        or _refuse_template(request, served)
        or _refuse_schema(request)
        or _refuse_size(request, served)
    )


def refuse_json(data: bytes) -> Refusal | None:
    """Return the refusal of a body that is no JSON, or None."""
    try:
        body = json.loads(data)
    except ValueError as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        at = f"parse error at line {line}, column {column}: syntax error while parsing value"
        return _bad(f"[json.exception.parse_error.101] {at}")
    return None if isinstance(body, dict) else _bad("'messages' is required")


def broken_grammar(reason: str) -> Refusal:
    """Return what becomes of a reply that the grammar would have prevented; no recording can show it."""
    return Refusal(
        status=500, kind=_KINDS[500], message=f"simulated: {reason}", in_stream=True, reason=reason
    )


def failure(status: int, message: str) -> Refusal:
    """Return an error response for a scripted failure."""
    return Refusal(status=status, kind=_KINDS.get(status, _KINDS[500]), message=message)


def unauthorised(path: str) -> Any:
    """Return the body of a 401, or None where no key is asked for."""
    if path in ("/health", "/v1/health", "/models", "/v1/models"):
        return None
    return {"error": {"message": "Invalid API Key", "type": _KINDS[401], "code": 401}}


def _refuse_types(request: ChatRequest) -> Refusal | None:
    body = request.body
    if "messages" not in body:
        return _bad("'messages' is required")
    messages = body["messages"]
    if not is_array(messages) or not all(is_object(item) for item in messages):
        return _bad("Expected 'messages' to be an array of objects")
    for name in _FLOATS:
        value = body.get(name)
        kind = _JSON_NAMES.get(type(value).__name__)
        if kind is not None:
            return _bad(f"Field '{name}': [json.exception.type_error.302] type must be number, but is {kind}")
    if request.choices != 1:
        return _bad(f"Field 'n': Value must be between 1 <= value <= 1, but got {request.choices}")
    if body.get("logprobs") and request.tools and request.stream:
        return _bad("logprobs is not supported with tools + stream")
    return None


def _refuse_parts(request: ChatRequest, served: Served) -> Refusal | None:
    for message in request.messages:
        content = message.get("content")
        kinds = {str(part.get("type")) for part in objects_in(content)}
        if kinds - {"text", "image_url"}:
            return _bad("unsupported content[].type")
        if "image_url" in kinds and not served.images:
            text = "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"
            return Refusal(status=500, kind=_KINDS[500], message=text)
        if any(image_size(url) is None for url in images_of(content)):
            return _bad("Failed to load image or audio file")
    return None


def _refuse_template(request: ChatRequest, served: Served) -> Refusal | None:
    effort = request.effort
    if effort not in (None, "none", "high"):
        return _template('reasoning_effort must be either "none" or "high"')
    known = ("system", "user", "assistant", "tool", *(() if served.alternates else ("developer",)))
    before = ""
    for message in request.messages:
        role = str(message.get("role"))
        if role not in known:
            return _template(f"Unexpected role '{role}' after role '{before}'")
        before = role
    return _refuse_alternation(request.messages) if served.alternates else None


def _refuse_alternation(messages: list[dict[str, Any]]) -> Refusal | None:
    problem = problem_with_turns(messages)
    return _template(problem) if problem else None


def _refuse_schema(request: ChatRequest) -> Refusal | None:
    if request.schema is None:
        return None
    if request.tools:
        return _bad("Failed to initialize samplers: failed to parse grammar")
    if problem := gbnf.problem_with(request.schema):
        return Refusal(status=500, kind=_KINDS[500], message=f"JSON schema error at {problem}")
    return None


def _refuse_size(request: ChatRequest, served: Served) -> Refusal | None:
    needed = count_prompt(request, REASONING_FIELDS)
    if needed <= served.window:
        return None
    text = f"request ({needed} tokens) exceeds the available context size ({served.window} tokens), try increasing it"
    more = {"n_prompt_tokens": needed, "n_ctx": served.window}
    return Refusal(status=400, kind="exceed_context_size_error", message=text, more=more)


def _bad(message: str) -> Refusal:
    return Refusal(status=400, kind=_KINDS[400], message=message)


def _template(message: str) -> Refusal:
    where = "\n------------\nWhile executing CallExpression at line 26, column 24 in source:\n"
    return Refusal(status=500, kind=_KINDS[500], message=f"{where}Error: Jinja Exception: {message}")


# How it words its replies


def as_written(turn: Turn, request: ChatRequest) -> Turn:
    """Return a turn as the server reads it: without tools a call is plain text."""
    if not turn.calls or request.tool_choice != "none":
        return turn
    written = "".join(f"[TOOL_CALLS]{spec.name}[ARGS]{spec.text}" for spec in turn.calls)
    return replace(turn, text=turn.text + written, calls=())


def error_body(refusal: Refusal) -> dict[str, Any]:
    """Return the JSON of an error."""
    error = {"code": refusal.status, "message": refusal.message, "type": refusal.kind}
    return {"error": {**error, **refusal.more}}


def reply(exchange: Exchange) -> dict[str, Any]:
    """Return an unstreamed reply."""
    said = exchange.said
    calls, text = list(said.calls), _begun_by_client(exchange.request) + "".join(said.text)
    if said.cut and not said.reasoning:
        text = said.fence + text  # the parser gives up, and the fence leaks
    if calls and not calls[-1].whole:
        text += _as_text(calls.pop())
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if said.reasoning:
        message["reasoning_content"] = "".join(said.reasoning)
    if calls:
        message["tool_calls"] = [_whole_call(call) for call in calls]
    choice: dict[str, Any] = {"finish_reason": _finish(exchange), "index": 0, "message": message}
    if (logprobs := logprobs_of(said.reasoning + said.text, exchange.request, with_ids=True)) is not None:
        choice["logprobs"] = logprobs
    return {
        "choices": [choice],
        "created": exchange.created, **_frame(exchange, "chat.completion"),
        "usage": _usage(exchange), "id": exchange.id, "timings": _timings(exchange),
    }  # fmt: skip


def chunks(exchange: Exchange) -> Iterator[dict[str, Any]]:
    """Yield the chunks of a streamed reply, one a piece; nothing of a call whose arguments had not begun."""
    said = exchange.said
    frame = {"created": exchange.created, "id": exchange.id, **_frame(exchange, "chat.completion.chunk")}
    begun = _begun_by_client(exchange.request)
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": None}]
    deltas += [{"reasoning_content": piece} for piece in said.reasoning]
    deltas += [{"content": piece} for piece in ([begun] if begun else []) + list(said.text)]
    for index, call in enumerate(said.calls):
        if call.arguments:
            first = {"name": call.name, "arguments": call.arguments[0]}
            deltas.append(
                {"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": first}]}
            )
        deltas += [
            {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
            for piece in call.arguments[1:]
        ]
    for delta in deltas:
        choice: dict[str, Any] = {"finish_reason": None, "index": 0, "delta": delta}
        piece = delta.get("content") or delta.get("reasoning_content")
        logprobs = logprobs_of((piece,), exchange.request, with_ids=True) if piece else None
        if logprobs is not None:
            choice["logprobs"] = logprobs
        yield {"choices": [choice], **frame}
    last: dict[str, Any] = {
        "choices": [{"finish_reason": _finish(exchange), "index": 0, "delta": {}}],
        **frame,
    }
    if not exchange.request.wants_usage:
        yield {**last, "timings": _timings(exchange)}
        return
    yield last
    yield {"choices": [], **frame, "usage": _usage(exchange), "timings": _timings(exchange)}


def _begun_by_client(request: ChatRequest) -> str:
    messages = request.messages
    return (
        text_of(messages[-1].get("content")) if messages and messages[-1].get("role") == "assistant" else ""
    )


def _finish(exchange: Exchange) -> str:
    return "length" if exchange.said.cut else "tool_calls" if exchange.said.calls else "stop"


def _as_text(call: SaidCall) -> str:
    return f"[TOOL_CALLS]{call.name}{'[ARGS]' if call.begun else ''}{''.join(call.arguments)}"


def _whole_call(call: SaidCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": "".join(call.arguments)}
    return {"type": "function", "function": function, "id": call.id}


def _frame(exchange: Exchange, kind: str) -> dict[str, Any]:
    return {"model": exchange.served.model, "system_fingerprint": FINGERPRINT, "object": kind}


def _usage(exchange: Exchange) -> dict[str, Any]:
    prompt, completion = exchange.prompt_tokens, exchange.said.completion_tokens
    return {
        "completion_tokens": completion, "prompt_tokens": prompt, "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0},
    }  # fmt: skip


def _timings(exchange: Exchange) -> dict[str, Any]:
    """A millisecond a token: numbers that are plainly made up."""
    prompt, completion = exchange.prompt_tokens, exchange.said.completion_tokens
    return {
        "cache_n": 0, "prompt_n": prompt, "prompt_ms": float(prompt), "prompt_per_token_ms": 1.0,
        "prompt_per_second": 1000.0, "predicted_n": completion, "predicted_ms": float(completion),
        "predicted_per_token_ms": 1.0, "predicted_per_second": 1000.0,
    }  # fmt: skip


def page(method: str, path: str, body: dict[str, Any], served: Served, created: int) -> Any:
    """Return what another path answers: JSON, text, or None for a 404."""
    if (method, path) in (("GET", "/health"), ("GET", "/v1/health")):
        return {"status": "ok"}
    if (method, path) in (("GET", "/models"), ("GET", "/v1/models")):
        modalities = ["text", *["image"] * served.images]
        entry = {
            "id": served.model, "aliases": [served.model], "tags": list[str](), "object": "model",
            "architecture": {"input_modalities": modalities, "output_modalities": ["text"]}, "created": created,
            "owned_by": "llamacpp", "meta": {"vocab_type": 2, "n_vocab": 131_072, "n_ctx": served.window},
        }  # fmt: skip
        return {"object": "list", "data": [entry]}
    if (method, path) == ("GET", "/props"):
        return {
            "default_generation_settings": {"n_ctx": served.window}, "total_slots": 1, "model_alias": served.model,
            "modalities": {"vision": served.images, "video": False, "audio": False}, "build_info": FINGERPRINT,
        }  # fmt: skip
    if (method, path) == ("POST", "/tokenize"):
        return {"tokens": list(range(count_text(text_of(body.get("content")))))}
    if (method, path) == ("POST", "/v1/chat/completions/input_tokens"):
        count = count_prompt(ChatRequest(body=body), REASONING_FIELDS)
        return {"input_tokens": count, "object": "response.input_tokens"}
    return None


def not_found() -> Any:
    """Return the body of a 404."""
    return {"error": {"message": "File Not Found", "type": "not_found_error", "code": 404}}
