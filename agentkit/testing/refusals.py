"""What genuine servers refuse, and the words they refuse it with.

Seen on vLLM 0.32.0 (mistral mode, mistral-common 1.12.0) and llama.cpp b11549. An independent second reading of the
wire: nothing here is shared with the client.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from agentkit.testing.request import ChatRequest, count_tokens, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error response.

    Attributes:
        status: HTTP status.
        message: What the server says.
        kind: The body's `type`.
        param: The body's `param` (vLLM).
        more: Further fields of the body.
        in_stream: Whether a streamed request gets it as an event after HTTP 200.
    """

    status: int
    message: str
    kind: str = "BadRequestError"
    param: str | None = None
    more: dict[str, Any] = field(default_factory=dict[str, Any])
    in_stream: bool = False


_UNKNOWN_TO_LLGUIDANCE = (
    "uniqueItems", "contains", "minContains", "maxContains", "not", "if", "then", "else", "dependentRequired",
    "dependentSchemas", "dependencies", "propertyNames", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef",
)  # fmt: skip
_FORMATS = {
    "date", "date-time", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri", "unknown",
}  # fmt: skip
_TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}
_EFFORTS = ("none", "high")


def refuse_vllm(request: ChatRequest, *, model: str, window: int, images: bool) -> Refusal | None:
    """Return vLLM's refusal of a request, or None."""
    body = request.body
    if not isinstance(body.get("messages"), list):
        return _invalid("messages", "{'type': 'missing', 'loc': 'body.messages', 'msg': 'Field required'}")
    for name in ("temperature", "top_p", "max_tokens"):
        value = body.get(name)
        if isinstance(value, str):
            return _invalid(
                name,
                f"{{'type': 'float_parsing', 'loc': 'body.{name}', 'msg': 'Input should be a valid number'}}",
            )
    if body.get("model") not in (model, None, ""):
        return Refusal(
            status=404, kind="NotFoundError", param="model",
            message=f"The model `{body['model']}` does not exist. Valid aliases: {model}.",
        )  # fmt: skip
    if body.get("tools") == []:
        return Refusal(status=400, message="`tools` must not be an empty list.")
    if body.get("tool_choice") not in (None, "none") and not body.get("tools"):
        return Refusal(status=400, message="When using `tool_choice`, `tools` must be set.")
    if body.get("chat_template_kwargs") is not None:
        return Refusal(status=400, message="chat_template is not supported for Mistral tokenizers.")
    effort = body.get("reasoning_effort")
    if effort is not None and effort not in _EFFORTS:
        return Refusal(
            status=400, param="reasoning_effort",
            message=f"reasoning_effort={effort} is not supported by Mistral models. Supported values are: "
            "['none', 'high']. (parameter=reasoning_effort)",
        )  # fmt: skip
    if isinstance(body.get("temperature"), int | float) and body["temperature"] < 0:
        return Refusal(status=400, param="temperature", message="temperature must be non-negative.")
    refusal = _refuse_order(request.messages) or _refuse_images(request, allowed=images)
    if refusal:
        return refusal
    most = request.max_tokens
    if most is not None and most > window:
        return Refusal(
            status=400, param="max_tokens",
            message=f"max_tokens={most} cannot be greater than max_model_len={window}. Please request fewer output "
            f"tokens. (parameter=max_tokens, value={most})",
        )  # fmt: skip
    needed = count_tokens(request)
    if needed > window:
        return Refusal(
            status=400, param="input_tokens",
            message=f"This model's maximum context length is {window} tokens. However, your prompt contains {needed} "
            "input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the "
            f"input prompt. (parameter=input_tokens, value={needed})",
        )  # fmt: skip
    problem = schema_problem(request.schema)
    if problem:
        return Refusal(status=400, message=f"Grammar error: {problem}", in_stream=True)
    return None


def _invalid(name: str, detail: str) -> Refusal:
    return Refusal(
        status=400, kind="Bad Request", param=f"body.{name}", message=f"1 validation error:\n  {detail}"
    )


def _refuse_order(messages: list[Any]) -> Refusal | None:
    """mistral-common's rules, as vLLM applies them."""
    if not messages:
        return Refusal(status=400, message="list index out of range")
    calls: list[str] = []
    previous = ""
    for message in messages:
        role = message.get("role")
        if role not in ("system", "developer", "user", "assistant", "tool"):
            return Refusal(status=400, message=f"Unknown message role: {role}")
        content = message.get("content")
        if isinstance(content, list) and any(
            isinstance(part, dict)
            and part.get("type") == "thinking"
            and not isinstance(part.get("thinking"), str)
            for part in content
        ):
            return Refusal(status=400, message="sequence item 0: expected str instance, list found")
        if role in ("system", "developer") and previous in ("assistant", "tool"):
            return Refusal(status=400, message=f"Unexpected role 'system' after role '{previous}'")
        if role == "assistant":
            refusal, calls = _refuse_assistant(message)
            if refusal:
                return refusal
        elif role == "tool":
            if message.get("tool_call_id") not in calls:
                return Refusal(
                    status=400,
                    message=f"Unexpected tool call id {message.get('tool_call_id')} in tool results",
                )
            calls.remove(message["tool_call_id"])
        previous = "system" if role == "developer" else role
    if previous == "assistant":
        return Refusal(
            status=400,
            message="Cannot set `add_generation_prompt` to True when the last message is from the assistant. Consider "
            "using `continue_final_message` instead.",
        )
    return None


def _refuse_assistant(message: dict[str, Any]) -> tuple[Refusal | None, list[str]]:
    ids = [str(call.get("id"))[-9:] for call in message.get("tool_calls") or ()]
    said = text_of(message.get("content")) or message.get("reasoning") or message.get("reasoning_content")
    if not said and not ids and not isinstance(message.get("content"), list):
        text = f"Invalid assistant message: role='assistant' content={message.get('content')!r} tool_calls=None prefix=False"
        return Refusal(status=400, message=text), ids
    if len(set(ids)) < len(ids):
        twice = next(call_id for call_id in ids if ids.count(call_id) > 1)
        return Refusal(status=400, message=f"Duplicate tool call id {twice} in assistant message"), ids
    return None, [str(call.get("id")) for call in message.get("tool_calls") or ()]


def _refuse_images(request: ChatRequest, *, allowed: bool) -> Refusal | None:
    for message in request.messages:
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            if part.get("type") != "image_url":
                continue
            if not allowed:
                return Refusal(status=400, message=f"{request.body.get('model')} is not a multimodal model")
            if message["role"] in ("system", "assistant"):
                return Refusal(status=400, message=f"Unexpected image in a {message['role']} message")
            url = str((part.get("image_url") or {}).get("url", ""))
            if not re.match(r"data:image/(png|jpeg|webp|gif);base64,[A-Za-z0-9+/]{24,}", url):
                return Refusal(status=400, message="cannot identify image file")
    return None


def schema_problem(schema: Any, depth: int = 0) -> str:
    """Return what llguidance 1.7.6 would say against a schema, or an empty string."""
    if depth > 64:
        return "schema is nested too deeply"
    if isinstance(schema, list):
        return next((problem for item in schema if (problem := schema_problem(item, depth + 1))), "")
    if not isinstance(schema, dict):
        return ""
    for keyword in _UNKNOWN_TO_LLGUIDANCE:
        if keyword in schema:
            return f'Unimplemented keys: ["{keyword}"]'
    kinds = schema.get("type", [])
    for kind in [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else ():
        if isinstance(kind, str) and kind not in _TYPES:
            return f"Invalid type: {kind}"
    if isinstance(schema.get("format"), str) and schema["format"] not in _FORMATS:
        return f"Unknown format: {schema['format']}"
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and re.search(r"\(\?[=!<]|\\b|\\[1-9]", pattern):
        return f"Regex error: {pattern}"
    if isinstance(schema.get("$ref"), str) and not schema["$ref"].startswith("#"):
        return f"External references are not supported: {schema['$ref']}"
    for name in ("properties", "$defs", "definitions", "patternProperties"):
        for value in (schema.get(name) or {}).values() if isinstance(schema.get(name), dict) else ():
            if problem := schema_problem(value, depth + 1):
                return problem
    for name in ("items", "prefixItems", "anyOf", "oneOf", "allOf", "additionalProperties"):
        if problem := schema_problem(schema.get(name), depth + 1):
            return problem
    return ""


def refuse_llamacpp(request: ChatRequest, *, model: str, window: int, images: bool) -> Refusal | None:
    """Return llama.cpp's refusal of a request, or None. It takes any model name."""
    del model
    body = request.body
    if not isinstance(body.get("messages"), list):
        return _bad("'messages' is required")
    for name in ("temperature", "top_p"):
        if isinstance(body.get(name), str):
            return _bad(f"Field '{name}': [json.exception.type_error.302] type must be number, but is string")
    for message in request.messages:
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            if part.get("type") not in ("text", "image_url"):
                return _bad("unsupported content[].type")
            if part.get("type") == "image_url" and not images:
                text = "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"
                return Refusal(status=500, kind="server_error", message=text)
    effort = request.effort
    if effort is not None and effort not in _EFFORTS:
        return _jinja('reasoning_effort must be either "none" or "high"')
    for message in request.messages:
        if message.get("role") not in ("system", "developer", "user", "assistant", "tool"):
            return _jinja(f"Unexpected role '{message.get('role')}'")
    if request.schema is not None and body.get("tools"):
        return _bad("failed to parse grammar")
    if request.schema is not None and (kind := _unknown_type(request.schema)):
        return Refusal(
            status=500, kind="server_error", message=f"JSON schema error at #: unrecognized type {kind}"
        )
    needed = count_tokens(request)
    if needed > window:
        text = f"request ({needed} tokens) exceeds the available context size ({window} tokens), try increasing it"
        more = {"n_prompt_tokens": needed, "n_ctx": window}
        return Refusal(status=400, kind="exceed_context_size_error", message=text, more=more)
    return None


def _unknown_type(schema: dict[str, Any]) -> str:
    kind = schema.get("type")
    return kind if isinstance(kind, str) and kind not in _TYPES else ""


def _bad(message: str) -> Refusal:
    return Refusal(status=400, kind="invalid_request_error", message=message)


def _jinja(message: str) -> Refusal:
    return Refusal(
        status=500,
        kind="server_error",
        message=f"\n------------\nWhile executing CallExpression at line 26, column 24 in source:\nError: Jinja Exception: {message}",
    )


def refuse_nothing(request: ChatRequest, *, model: str, window: int, images: bool) -> Refusal | None:
    """A lenient server."""
    del request, model, window, images
    return None
