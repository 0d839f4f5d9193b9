"""SGLang 0.5.23 with an HF tokenizer: what it refuses, and how it words its replies.

Read in its source (`entrypoints/openai/serving_chat.py`, `protocol.py`, `managers/tokenizer_manager.py`), never seen: it
needs a GPU. The chat template's own rules are those of MS4's published one, as documented.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from agentkit._util.json import is_object
from agentkit.testing import llguidance, openai_shape
from agentkit.testing.alternation import problem_with_turns
from agentkit.testing.exchange import Exchange, Refusal, Served
from agentkit.testing.request import ChatRequest, images_of, object_in, objects_in
from agentkit.testing.tokens import count_prompt, image_size
from agentkit.testing.turns import Turn

REASONING_FIELDS = ("reasoning_content",)
"""Where reasoning in the history is looked for; thinking parts are taken and then dropped before the template."""
_ROLES = ("system", "user", "assistant", "tool", "function", "developer")


def refuse(request: ChatRequest, served: Served) -> Refusal | None:
    """Return the refusal of a request, or None. Any model name is taken."""
    problem = (
        _problem_with_types(request)
        or _problem_with_results(request.messages)
        or _problem_with_images(request, served)
        or _problem_with_template(request)
        or _problem_with_schema(request)
        or _problem_with_size(request, served)
    )
    return failure(400, problem) if problem else None


def refuse_json(data: bytes) -> Refusal | None:
    """Return the refusal of a body that is no JSON object, or None."""
    try:
        body = json.loads(data)
    except ValueError as error:
        return failure(400, f"JSON decode error: {error}")
    return None if is_object(body) else failure(400, "Input should be a valid dictionary")


def failure(status: int, message: str) -> Refusal:
    """Return an error response."""
    kind = {400: "BadRequestError", 503: "ServiceUnavailable"}.get(status, "InternalServerError")
    return Refusal(status=status, kind=kind, message=message)


def broken_grammar(reason: str) -> Refusal:
    """Return what becomes of a reply that the grammar would have prevented; nothing shows it."""
    return replace(failure(500, f"simulated: {reason}"), in_stream=True, reason=reason)


def unauthorised(path: str) -> Any:
    """Return the body of a 401, or None where no key is asked for."""
    return None if path == "/health" else {"error": "Unauthorized"}


def error_body(refusal: Refusal) -> dict[str, Any]:
    """Return the JSON of an error: flat."""
    return {
        "object": "error", "message": refusal.message, "type": refusal.kind, "param": refusal.param,
        "code": refusal.status,
    }  # fmt: skip


def error_event(refusal: Refusal) -> dict[str, Any]:
    """Return the JSON of an error in a stream: wrapped."""
    return {"error": error_body(refusal)}


def _problem_with_types(request: ChatRequest) -> str:
    body = request.body
    if not request.messages:
        return "Messages cannot be empty." if "messages" in body else "messages: Field required"
    for message in request.messages:
        if str(message.get("role")).lower() not in _ROLES:
            return f"'role' must be one of {', '.join(map(repr, _ROLES))} (case-insensitive)."
        for part in objects_in(message.get("content")):
            if part.get("type") == "thinking" and message["role"] != "assistant":
                return "thinking content parts are only valid in assistant messages"
            if part.get("type") == "thinking" and not isinstance(part.get("thinking"), str):
                return "thinking parts require exactly one of 'thinking' or 'text'"
    if isinstance(body.get("temperature"), str):
        return "temperature: Input should be a valid number, unable to parse string as a number"
    choice = body.get("tool_choice")
    if choice == "required" and not request.tools:
        return "Tools cannot be empty if tool choice is set to required."
    if is_object(choice) and request.tool_choice not in request.tools:
        return f"Tool '{object_in(choice.get('function')).get('name')}' not found in tools list."
    return ""


def _problem_with_results(messages: list[dict[str, Any]]) -> str:
    """Every call has exactly one result, which follows it, unless the calls come last."""
    pending: set[str] | None = None
    for message in messages:
        if message["role"] == "tool":
            if pending is None:
                return "A tool message must follow an assistant message with tool_calls."
            if message.get("tool_call_id") not in pending:
                return f"tool_call_id {message.get('tool_call_id')!r} does not match an unanswered tool call."
            pending.discard(str(message["tool_call_id"]))
            continue
        if pending:
            return f"Tool calls {sorted(pending)} have no tool message answering them."
        calls = objects_in(message.get("tool_calls")) if message["role"] == "assistant" else []
        pending = {str(call.get("id")) for call in calls} if calls else None
    if pending and messages[-1]["role"] == "tool":
        return f"Tool calls {sorted(pending)} have no tool message answering them."
    return ""


def _problem_with_images(request: ChatRequest, served: Served) -> str:
    images = [url for message in request.messages for url in images_of(message.get("content"))]
    if images and not served.images:
        return "The model does not support image input."
    if any(image_size(url) is None for url in images):
        return "cannot identify image file"
    return ""


def effort_of(request: ChatRequest) -> str | None:
    """Return the effort; the one among the template's arguments overrides the top-level field."""
    nested = object_in(request.body.get("chat_template_kwargs")).get("reasoning_effort")
    effort = nested or request.body.get("reasoning_effort")
    return effort if isinstance(effort, str) else None


def _problem_with_template(request: ChatRequest) -> str:
    if effort_of(request) not in (None, "none", "high"):
        return 'reasoning_effort must be either "none" or "high"'
    if any(message["role"] == "developer" for message in request.messages):
        return "Only user, assistant, system and tool roles are supported, got developer."
    return problem_with_turns(request.messages)


def _problem_with_schema(request: ChatRequest) -> str:
    problem = llguidance.problem_with(request.schema) if request.schema else ""
    return f"Failed to compile json schema: {problem}" if problem else ""


def _problem_with_size(request: ChatRequest, served: Served) -> str:
    needed, most, window = count_prompt(request, REASONING_FIELDS), request.max_tokens, served.window
    if needed >= window:
        return f"The input ({needed} tokens) is longer than the model's context length ({window} tokens)."
    if most is not None and needed + most > window:
        return (
            f"Requested token count exceeds the model's maximum context length of {window} tokens. You requested a total of "
            f"{needed + most} tokens: {needed} tokens from the input messages and {most} tokens for the completion. Please "
            "reduce the number of tokens in the input messages or the completion to fit within the limit."
        )
    return ""


def as_written(turn: Turn, request: ChatRequest) -> Turn:
    """Return a turn as the server reads it.

    Reasoning is told apart only where an effort other than none is set. Streamed with tools, every `]` is lost from the
    text, and of several calls in one go only the first is handed out.
    """
    if turn.reasoning and effort_of(request) in (None, "none"):
        turn = replace(turn, text=turn.reasoning + turn.text, reasoning="")
    if request.stream and request.tools and request.tool_choice != "none":
        turn = replace(turn, text=turn.text.replace("]", ""), calls=turn.calls[:1])
    if turn.calls and request.tool_choice == "none":
        written = "".join(f"[TOOL_CALLS]{spec.name}[ARGS]{spec.text}" for spec in turn.calls)
        turn = replace(turn, text=turn.text + written, calls=())
    return turn


def _call_id(made: str) -> str:
    return made if made.startswith("call_") else f"call_{made}"


def _shape(exchange: Exchange) -> openai_shape.Shape:
    usage = {"reasoning_tokens": len(exchange.said.reasoning)}
    return openai_shape.Shape(
        logprobs=True,
        reasoning="reasoning_content",
        whole_calls=True,
        cut_calls="vanish",
        more_usage=usage,
        call_id=_call_id,
    )


def reply(exchange: Exchange) -> dict[str, Any]:
    """Return an unstreamed reply."""
    return openai_shape.reply(exchange, _shape(exchange))


def chunks(exchange: Exchange) -> Iterator[dict[str, Any]]:
    """Yield the chunks of a streamed reply."""
    return openai_shape.chunks(exchange, _shape(exchange))


def page(method: str, path: str, body: dict[str, Any], served: Served, created: int) -> Any:
    """Return what another path answers: JSON, text, or None for a 404."""
    match method, path:
        case "GET", "/health":
            return ""
        case "GET", "/v1/models":
            entry = {
                "id": served.model, "object": "model", "created": created, "owned_by": "sglang", "root": served.model,
                "parent": None, "max_model_len": served.window,
            }  # fmt: skip
            return {"object": "list", "data": [entry]}
        case "GET", ("/model_info" | "/get_model_info"):
            return {
                "model_path": served.model, "tokenizer_path": served.model, "is_generation": True,
                "has_image_understanding": served.images, "reasoning_parser": "mistral", "tool_call_parser": "mistral",
            }  # fmt: skip
        case "GET", ("/server_info" | "/get_server_info"):
            return {"version": "0.5.23", "context_length": served.window}
        case "GET", "/api/tags":  # it answers Ollama's routes too, which therefore prove nothing
            return {"models": [{"name": served.model, "model": served.model}]}
        case "POST", ("/tokenize" | "/v1/tokenize"):
            count = count_prompt(ChatRequest(body=body), REASONING_FIELDS)
            return {"tokens": list(range(count)), "count": count, "max_model_len": served.window}
        case _:
            return None


def not_found() -> Any:
    """Return the body of a 404."""
    return {"detail": "Not Found"}
