"""`transformers serve` 5.23.0: what it refuses, what it ignores without a word, and how it words its replies.

Seen on the genuine server, and read in its source (`cli/serving/chat_completion.py`, `cli/serving/utils.py`) where the
tiny model of that run could not show it. This is the server with a response template, which tells reasoning and calls apart;
`bare` is one without, as it was recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from agentkit._util.json import is_array, is_object
from agentkit.testing import openai_shape
from agentkit.testing.alternation import problem_with_turns
from agentkit.testing.exchange import Exchange, Refusal, Served
from agentkit.testing.request import ChatRequest, object_in
from agentkit.testing.turns import Turn

REASONING_FIELDS: tuple[str, ...] = ()
"""Reasoning in the history is never read: only texts and images of a message reach the template."""
_KNOWN = frozenset(
    {
        "audio", "chat_template_kwargs", "frequency_penalty", "function_call", "functions", "generation_config",
        "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "messages", "metadata", "modalities", "model",
        "n", "parallel_tool_calls", "prediction", "presence_penalty", "reasoning_effort", "response_format", "seed",
        "service_tier", "stop", "store", "stream", "stream_options", "temperature", "tool_choice", "tools",
        "top_logprobs", "top_p", "user", "web_search_options",
    }
)  # fmt: skip
"""Fields of the openai package's type; any other is 422. Most of them are ignored."""
_FAILED = "Internal Server Error"
"""All that a 500 says, as plain text; what was wrong is in the server's log alone."""


def refuse(request: ChatRequest, served: Served) -> Refusal | None:
    """Return the refusal of a request, or None; nothing is refused for its length."""
    unexpected = request.body.keys() - _KNOWN
    if unexpected:
        return failure(422, f"Unexpected fields in the request: {unexpected}")
    wanted = request.body.get("model")
    if wanted is not None and wanted != served.model:
        return failure(400, f"Server is pinned to '{served.model}'; requested '{wanted}'.")
    if not request.messages or _mistyped(request.body):
        return failure(500, _FAILED)
    effort = object_in(request.body.get("chat_template_kwargs")).get("reasoning_effort")
    if effort not in (None, "none", "high") or problem_with_turns(request.messages):
        return failure(500, _FAILED)  # the template's exception is in its log alone
    return None


def _mistyped(body: dict[str, Any]) -> bool:
    """Whether a setting has a type that the server trips over; `stream` and `n` may be anything."""
    numbers = (
        body.get(name) for name in ("temperature", "top_p", "max_tokens", "max_completion_tokens", "seed")
    )
    stop, tools = body.get("stop"), body.get("tools")
    return (
        any(isinstance(value, str) for value in numbers)
        or not (stop is None or isinstance(stop, str) or is_array(stop))
        or not (tools is None or is_array(tools))
    )


def refuse_json(data: bytes) -> Refusal | None:
    """Return the refusal of a body that is no JSON object, or None."""
    try:
        body = json.loads(data)
    except ValueError:
        return failure(500, _FAILED)
    return None if is_object(body) else failure(500, _FAILED)


def failure(status: int, message: str) -> Refusal:
    """Return an error response."""
    return Refusal(status=status, kind="", message=message)


def broken_grammar(reason: str) -> Refusal:
    """Return a failure that cannot happen here: no grammar binds anything."""
    return replace(failure(500, f"simulated: {reason}"), reason=reason)


def unauthorised(path: str) -> Any:
    """Return the body of a 401 by whatever guards it: the server itself asks for no key."""
    del path
    return {"detail": "Unauthorized"}


def error_body(refusal: Refusal) -> Any:
    """Return the JSON of an error; a plain text where the server itself failed."""
    return refusal.message if refusal.status >= 500 else {"detail": refusal.message}


def error_event(refusal: Refusal) -> dict[str, Any]:
    """Return the JSON of an error in a stream: a plain text."""
    return {"error": refusal.message}


def effort_of(request: ChatRequest) -> str | None:
    """Return the effort that reaches the template: the top-level field does not."""
    effort = object_in(request.body.get("chat_template_kwargs")).get("reasoning_effort")
    return effort if isinstance(effort, str) else None


def bare(turn: Turn, request: ChatRequest) -> Turn:
    """Return a turn as a server without a response template hands it out: all of it text."""
    del request
    written = "".join(f"{spec.name}{spec.text}" for spec in turn.calls)
    return replace(turn, text=turn.reasoning + turn.text + written, reasoning="", calls=())


def _call_id(made: str) -> str:
    return f"{made}_tool_call_0"


_SHAPE = openai_shape.Shape(
    whole_calls=True, finish_cut="tool_calls", cut_calls="vanish", usage_in_last_chunk=True, call_id=_call_id
)


def reply(exchange: Exchange) -> dict[str, Any]:
    """Return an unstreamed reply."""
    return _named(openai_shape.reply(exchange, _SHAPE))


def chunks(exchange: Exchange) -> Iterator[dict[str, Any]]:
    """Yield the chunks of a streamed reply, each with nothing but what is new; no [DONE] follows them."""
    for chunk in openai_shape.chunks(exchange, _SHAPE):
        choice = {name: value for name, value in chunk["choices"][0].items() if value is not None}
        choice["delta"] = {name: value for name, value in choice["delta"].items() if value != ""}
        yield _named({**chunk, "choices": [choice]})


def _named(body: dict[str, Any]) -> dict[str, Any]:
    """Name the revision of the model, as the server does."""
    return {**body, "model": f"{body['model']}@main"}


def page(method: str, path: str, body: dict[str, Any], served: Served, created: int) -> Any:
    """Return what another path answers: JSON, text, or None for a 404."""
    del body, served, created
    if (method, path) == ("GET", "/health"):
        return {"status": "ok"}
    if (method, path) == ("GET", "/v1/models"):
        return failure(500, _FAILED)
    return None


def not_found() -> Any:
    """Return the body of a 404."""
    return {"detail": "Not Found"}
