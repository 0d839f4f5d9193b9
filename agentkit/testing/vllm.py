"""vLLM 0.32.0 in mistral mode: what it refuses, and how it words its replies.

Seen in recordings of the genuine server; the 401 is read in its source (`entrypoints/openai/server_utils.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from agentkit._util.json import is_array, is_object
from agentkit.testing import llguidance, mistral
from agentkit.testing.exchange import FINGERPRINT, Exchange, Refusal, Said, SaidCall, Served
from agentkit.testing.logprobs import logprobs_of
from agentkit.testing.request import ChatRequest, images_of, text_of
from agentkit.testing.tokens import count_prompt, count_text, image_size

REASONING_FIELDS = ("reasoning", "reasoning_content")
"""Where reasoning in the history is looked for."""
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_FLOATS = ("temperature", "top_p", "min_p", "presence_penalty", "frequency_penalty", "repetition_penalty")
_INTEGERS = ("max_tokens", "max_completion_tokens", "top_k", "seed", "n", "top_logprobs")
_KINDS = {
    400: "BadRequestError", 401: "AuthenticationError", 404: "NotFoundError", 422: "UnprocessableEntityError",
    429: "RateLimitError", 500: "InternalServerError", 503: "ServiceUnavailable",
}  # fmt: skip


# What it refuses


def refuse(request: ChatRequest, served: Served) -> Refusal | None:
    """Return the refusal of a request, or None."""
    return (
        _refuse_types(request.body)
        or _refuse_settings(request, served)
        or _refuse_images(request, served)
        or _refuse_messages(request)
        or _refuse_size(request, served)
        or _refuse_schema(request)
    )


def refuse_json(data: bytes) -> Refusal | None:
    """Return the refusal of a body that is no JSON object, or None."""
    try:
        body = json.loads(data)
    except ValueError as error:
        at, wrong = getattr(error, "pos", 0), getattr(error, "msg", "Expecting value")
        detail = f"'msg': 'JSON decode error', 'input': '<dict of 0 items>', 'ctx': {{'error': '{wrong}'}}"
        return _invalid(str(at), "json_invalid", detail)
    if isinstance(body, dict):
        return None
    return _wrong_type("body", "model_attributes_type", "Input should be a valid dictionary or object", body)


def broken_grammar(reason: str) -> Refusal:
    """Return what becomes of a reply that the grammar would never have let the model write."""
    return Refusal(
        status=500, kind=_KINDS[500], message="Internal server error", in_stream=True, reason=reason
    )


def failure(status: int, message: str) -> Refusal:
    """Return an error response for a scripted failure."""
    return Refusal(status=status, kind=_KINDS.get(status, _KINDS[500]), message=message)


def unauthorised(path: str) -> Any:
    """Return the body of a 401, or None where no key is asked for."""
    return {"error": "Unauthorized"} if path.startswith("/v1") else None


def wanted_schema(request: ChatRequest) -> dict[str, Any] | None:
    """Return the schema that binds; beside tools that may be called, the grammar lets free text pass."""
    if request.tool_choice != "none":
        return None
    return request.schema or request.structured_output


def _refuse_types(body: dict[str, Any]) -> Refusal | None:
    if "messages" not in body:
        return _invalid(
            "messages", "missing", f"'msg': 'Field required', 'input': '<dict of {len(body)} items>'"
        )
    for name in ("messages", "tools"):
        value = body.get(name)
        if value is not None or name == "messages":
            if not is_array(value):
                return _wrong_type(name, "list_type", "Input should be a valid list", value)
            if not all(is_object(item) for item in value):
                return _wrong_type(f"{name}.0", "dict_type", "Input should be a valid dictionary", value[0])
    for names, kind, convert in ((_FLOATS, "number", float), (_INTEGERS, "integer", int)):
        for name in names:
            value = body.get(name)
            try:
                if value is not None:
                    convert(value)
            except (TypeError, ValueError):
                end = f", unable to parse string as {'a number' if kind == 'number' else 'an integer'}"
                said = f"Input should be a valid {kind}{end if isinstance(value, str) else ''}"
                form = f"{'float' if kind == 'number' else 'int'}_{'parsing' if isinstance(value, str) else 'type'}"
                return _wrong_type(name, form, said, value)
    effort = body.get("reasoning_effort")
    if effort is not None and effort not in _EFFORTS:
        known = "'none', 'minimal', 'low', 'medium', 'high', 'xhigh' or 'max'"
        detail = (
            f"'msg': \"Input should be {known}\", 'input': {effort!r}, 'ctx': {{'expected': \"{known}\"}}"
        )
        return _invalid("reasoning_effort", "literal_error", detail)
    return None


def _refuse_settings(request: ChatRequest, served: Served) -> Refusal | None:
    body, choice = request.body, request.body.get("tool_choice")
    if body.get("tools") == []:
        advice = "Either provide at least one tool or omit the field entirely."
        return _bad(f"`tools` must not be an empty array. {advice}", "tools")
    if choice not in (None, "none") and not body.get("tools"):
        return _bad("When using `tool_choice`, `tools` must be set.", "tool_choice")
    if isinstance(choice, dict) and request.tool_choice not in request.tools:
        text = "The tool specified in `tool_choice` does not match any of the specified `tools`"
        return _bad(text, "tool_choice")
    if body.get("stream_options") is not None and not request.stream:
        return _bad("Stream options can only be defined when `stream=True`.", "stream_options")
    if body.get("model") not in (served.model, None, ""):
        return Refusal(
            status=404, kind=_KINDS[404], param="model",
            message=f"The model `{body['model']}` does not exist. Valid aliases: {served.model}.",
        )  # fmt: skip
    if body.get("chat_template_kwargs") is not None or body.get("chat_template") is not None:
        return _bad("chat_template is not supported for Mistral tokenizers.", "chat_template")
    effort = body.get("reasoning_effort")
    if effort not in (None, "none", "high"):
        text = f"reasoning_effort={effort} is not supported by Mistral models. Supported values are: ['none', 'high']."
        return _bad(text, "reasoning_effort")
    return None


def _refuse_images(request: ChatRequest, served: Served) -> Refusal | None:
    images = [url for message in request.messages for url in images_of(message.get("content"))]
    if images and not served.images:
        return _bad(f"{served.model} is not a multimodal model")
    if len(images) > served.image_limit:
        return _bad(f"At most {served.image_limit} image(s) may be provided in one prompt.", "image")
    for url in images:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https"):
            # nothing is ever fetched: every address is one that cannot be reached
            host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
            text = (
                f"Cannot connect to host {host}:{port} ssl:default [Connect call failed ('{host}', {port})]"
            )
            return Refusal(status=500, kind=_KINDS[500], message=text)
        if parts.scheme == "file":
            text = "Cannot load local files without `--allowed-local-media-path`."
            return Refusal(status=500, kind=_KINDS[500], message=text)
        if parts.scheme != "data":
            return _bad("The URL must be either a HTTP, data or file URL.")
        if image_size(url) is None:
            return _bad("Failed to load image: cannot identify image file <_io.BytesIO object>")
    return None


def _refuse_messages(request: ChatRequest) -> Refusal | None:
    problem = mistral.problem_with(request)
    return _bad(problem) if problem else None


def _refuse_size(request: ChatRequest, served: Served) -> Refusal | None:
    most, window = request.max_tokens, served.window
    if most is not None and most > window:
        text = f"max_tokens={most} cannot be greater than max_model_len={window}. Please request fewer output tokens."
        return _bad(text, "max_tokens", most)
    needed = count_prompt(request, REASONING_FIELDS)
    if needed > window:
        text = (
            f"This model's maximum context length is {window} tokens. However, your prompt contains {needed} input "
            "tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input "
            "prompt."
        )
        return _bad(text, "input_tokens", needed)
    if most is not None and most < 1:
        return _bad(f"max_tokens must be at least 1, got {most}.", "max_tokens", most)
    temperature, top_p = request.body.get("temperature"), request.body.get("top_p")
    if temperature is not None and float(temperature) < 0:
        text = f"temperature must be non-negative, got {float(temperature)}."
        return _bad(text, "temperature", float(temperature))
    if top_p is not None and not 0 < float(top_p) <= 1:
        return _bad(f"top_p must be in (0, 1], got {float(top_p)}.", "top_p", float(top_p))
    return None


def _refuse_schema(request: ChatRequest) -> Refusal | None:
    wanted = request.schema or request.structured_output
    strict = [function.get("parameters") for function in request.functions if function.get("strict")]
    found = ((schema, llguidance.problem_with(schema)) for schema in (wanted, *strict))
    schema, problem = next(((schema, problem) for schema, problem in found if problem), (None, ""))
    if not problem:
        return None
    text = (
        f"Grammar error: at 2(15): failed to compile JSON schema: {problem}\n   1 | start: json_grammar\n"
        f"   2 | json_grammar: think? SAFE_WS? %json {json.dumps(schema)[:200]}\n{'^':>22}"
    )
    return Refusal(status=400, kind=_KINDS[400], message=text, in_stream=True)


def _bad(message: str, param: str | None = None, value: float | None = None) -> Refusal:
    if param is not None:
        message += f" (parameter={param}{'' if value is None else f', value={value}'})"
    return Refusal(status=400, kind=_KINDS[400], message=message, param=param)


def _wrong_type(name: str, kind: str, said: str, value: Any) -> Refusal:
    many = is_object(value) or is_array(value)
    shown = f"'<{type(value).__name__} of {len(value)} items>'" if many else repr(value)
    return _invalid(name, kind, f"'msg': '{said}', 'input': {shown}")


def _invalid(name: str, kind: str, detail: str) -> Refusal:
    text = f"1 validation error:\n  {{'type': '{kind}', 'loc': 'body.{name}', {detail}}}"
    return Refusal(status=400, kind="Bad Request", param=f"body.{name}", message=text)


# How it words its replies


def error_body(refusal: Refusal) -> dict[str, Any]:
    """Return the JSON of an error."""
    error = {"message": refusal.message, "type": refusal.kind, "param": refusal.param, "code": refusal.status}
    return {"error": {**error, **refusal.more}}


def reply(exchange: Exchange) -> dict[str, Any]:
    """Return an unstreamed reply."""
    choices = [_choice(exchange, index) for index in range(exchange.request.choices)]
    return {
        "id": exchange.id, "object": "chat.completion", "created": exchange.created, "model": exchange.served.model,
        "choices": choices, "service_tier": None, "system_fingerprint": FINGERPRINT,
        "usage": _usage(exchange, {"prompt_tokens_details": None}), "prompt_logprobs": None, "prompt_token_ids": None,
        "prompt_text": None, "kv_transfer_params": None, "ec_transfer_params": None, "metrics": None,
    }  # fmt: skip


def _choice(exchange: Exchange, index: int) -> dict[str, Any]:
    said, request = exchange.said, exchange.request
    text = "".join(said.text)
    message: dict[str, Any] = {
        "role": "assistant", "content": (text.rstrip() if said.calls else text) or None,
        "refusal": None, "annotations": None, "audio": None, "function_call": None,
    }  # fmt: skip
    finish = "length" if said.cut else "stop"
    if said.calls:
        message["tool_calls"] = [_whole_call(call) for call in said.calls]
        # Even a call that was cut; a call that tool_choice asked for by name ends with "stop".
        finish = "stop" if _named(request) else "tool_calls"
        if request.tool_choice not in ("none", "auto"):
            message["content"] = message["content"] or ""
    message["reasoning"] = "".join(said.reasoning) or None
    return {
        "index": index, "message": message, "logprobs": logprobs_of(said.reasoning + said.text, request),
        "finish_reason": finish, "stop_reason": said.stop,
        "token_ids": None, "routed_experts": None,
    }  # fmt: skip


def _whole_call(call: SaidCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": "".join(call.arguments) or "{}"}
    return {"id": call.id, "type": "function", "function": function}


def chunks(exchange: Exchange) -> Iterator[dict[str, Any]]:
    """Yield the chunks of a streamed reply, one a piece."""
    said, request = exchange.said, exchange.request
    frame = {
        "id": exchange.id, "object": "chat.completion.chunk", "created": exchange.created,
        "model": exchange.served.model,
    }  # fmt: skip
    indexes = range(request.choices)
    # The genuine server marks its last chunk alone; here a stream that breaks off must be marked too.
    mark: dict[str, Any] = {"system_fingerprint": FINGERPRINT}
    for index in indexes:
        opening = {"role": "assistant", "content": ""}
        choice = {"index": index, "delta": opening, "logprobs": None, "finish_reason": None}
        yield {**frame, "choices": [choice], "prompt_token_ids": None, "prompt_text": None, **mark}
        mark = {}
    deltas = _deltas(said)
    finish = "length" if said.cut else "tool_calls" if said.calls and not _named(request) else "stop"
    if not deltas or not (said.cut or said.calls):
        deltas.append({})
    for delta in deltas:
        end: dict[str, Any] = {"finish_reason": None}
        last = delta is deltas[-1]
        if last:
            end = {"finish_reason": finish, "stop_reason": said.stop}
        piece = delta.get("content") or delta.get("reasoning")
        logprobs = logprobs_of((piece,), request) if piece else None
        for index in indexes:
            chunk = {
                **frame,
                "choices": [{"index": index, "delta": delta, "logprobs": logprobs, **end, "token_ids": None}],
            }
            yield {**chunk, "system_fingerprint": FINGERPRINT} if last and not request.wants_usage else chunk
    if request.wants_usage:
        yield {**frame, "choices": [], "usage": _usage(exchange, {}), "system_fingerprint": FINGERPRINT}


def _deltas(said: Said) -> list[dict[str, Any]]:
    deltas: list[dict[str, Any]] = [{"reasoning": piece} for piece in said.reasoning]
    deltas += [{"content": piece} for piece in said.text]
    for index, call in enumerate(said.calls):
        first = {"name": call.name, "arguments": call.arguments[0] if call.arguments else ""}
        deltas.append(
            {"tool_calls": [{"id": call.id, "type": "function", "index": index, "function": first}]}
        )
        deltas += [
            {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
            for piece in call.arguments[1:]
        ]
    return deltas


def _named(request: ChatRequest) -> bool:
    return request.tool_choice not in ("none", "auto", "required")


def _usage(exchange: Exchange, details: dict[str, Any]) -> dict[str, Any]:
    said, times = exchange.said, exchange.request.choices
    completion = said.completion_tokens * times
    usage: dict[str, Any] = {
        "prompt_tokens": exchange.prompt_tokens, "total_tokens": exchange.prompt_tokens + completion,
        "completion_tokens": completion, **details,
    }  # fmt: skip
    if exchange.counts_reasoning:
        usage["completion_tokens_details"] = {"reasoning_tokens": len(said.reasoning) * times}
    return usage


def page(method: str, path: str, body: dict[str, Any], served: Served, created: int) -> Any:
    """Return what another path answers: JSON, text, or None for a 404."""
    if (method, path) == ("GET", "/health"):
        return ""
    if (method, path) == ("GET", "/version"):
        return {"version": "0.32.0"}
    if (method, path) == ("GET", "/v1/models"):
        entry = {
            "id": served.model, "object": "model", "created": created, "owned_by": "vllm", "root": served.model,
            "parent": None, "max_model_len": served.window,
            "permission": [
                {
                    "id": "modelperm-0123456789abcdef", "object": "model_permission", "created": created,
                    "allow_create_engine": False, "allow_sampling": True, "allow_logprobs": True,
                    "allow_search_indices": False, "allow_view": True, "allow_fine_tuning": False, "organization": "*",
                    "group": None, "is_blocking": False,
                }
            ],
        }  # fmt: skip
        return {"object": "list", "data": [entry]}
    if (method, path) == ("POST", "/tokenize"):
        request = ChatRequest(body=body)
        count = (
            count_prompt(request, REASONING_FIELDS)
            if request.messages
            else count_text(text_of(body.get("prompt")))
        )
        return {
            "count": count,
            "max_model_len": served.window,
            "tokens": list(range(count)),
            "token_strs": None,
        }
    return None


def not_found() -> Any:
    """Return the body of a 404."""
    return {"detail": "Not Found"}
