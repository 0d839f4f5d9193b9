"""Error bodies of the servers, read into agentkit's errors.

Shapes: vLLM 0.32 `{"error": {message, type, param, code}}`, SGLang and the Mistral API flat
`{"object": "error", message, type, param, code}`, llama.cpp b11549 `{"error": {code, message, type, ...}}`, transformers serve
`{"detail": ...}`, and whatever a proxy puts in between.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from agentkit._util import json
from agentkit.errors import (
    AuthenticationFailed,
    BackendError,
    ContextOverflow,
    ModelNotFound,
    Overloaded,
    ProtocolError,
    RequestRefused,
    ServerFailed,
)

_GATEWAY = (
    "Something in front of the server answered, for it cannot reach it: see that the server itself runs, and look at the"
    " gateway's log."
)
_NO_ROOM = "The server has no room now; lower max_concurrency or try again later."
_MISTRAL_COMMON = re.compile(r"force_tool_names")
_PAGE = "an HTML page"
_WANTS_TLS = re.compile(r"HTTP request (?:was sent )?to (?:an )?HTTPS", re.IGNORECASE)
"""What nginx, and servers written in Go, say to plain HTTP on a port that speaks TLS."""
_OVERFLOW = re.compile(
    r"maximum context length|exceeds? the available context size|longer than the model's context length"
    r"|context (?:length|window|size) exceeded|exceeds? (?:the )?(?:model'?s )?(?:maximum )?context",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    r"(?:maximum context length (?:is|of)|available context size \(|context length \(|max_model_len=)\s*(\d+)"
    r"|(\d+) maximum context length",
    re.IGNORECASE,
)
_NEEDED = re.compile(
    r"(?:contains(?: at least)?|request \(|input \(|prompt \(|resulted in|total of|requested)\s*(\d+)",
    re.IGNORECASE,
)
_TOO_MANY_OUTPUT = re.compile(r"max_(?:completion_)?tokens=(\d+) cannot be greater than max_model_len=(\d+)")
_MODEL_MISSING = re.compile(
    r"model\b.{0,200}\b(?:does not exist|not found|is not served|unknown)|(?:unknown|no such) model|invalid model|server is pinned to",
    re.IGNORECASE | re.DOTALL,
)
_SERVED = re.compile(r"(?:Valid aliases|available models?|served models?)\s*:\s*([^\n]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """What an error body says, whatever its shape."""

    message: str
    kind: str = ""
    param: str = ""
    fields: Mapping[str, Any]

    @property
    def page(self) -> bool:
        """Whether it is an HTML page, which no model server writes."""
        return self.message.startswith(_PAGE)


def failure(status: int, body: bytes, *, retry_after: float | None = None) -> BackendError:
    """Turn an error response into the error to raise.

    Args:
        status: HTTP status, 400 or more.
        body: The response body.
        retry_after: Seconds, from the response's headers.
    """
    said = _read(body)
    shown = (
        f'The server answered {status}: "{said.message}"'
        if said.message
        else f"The server answered {status}."
    )
    if status in (401, 403):
        return AuthenticationFailed(shown, hint="Check api_key or AGENTKIT_API_KEY.", status=status)
    if status in (429, 503):
        hint = _NO_ROOM
        if "loading" in said.message.lower():
            hint = "The model is still loading; try again in a moment."
        elif status == 503 and said.page:
            hint = _GATEWAY
        return Overloaded(shown, hint=hint, status=status, retry_after=retry_after)
    if _overflows(said):
        return _overflow(shown, said, status)
    if status == 404 or (status < 500 and _MODEL_MISSING.search(said.message)):
        return _missing(shown, said, status)
    if status >= 500 and not _refuses(said):
        hint = _GATEWAY if said.page or status in (502, 504) else "Look at the server's log."
        return ServerFailed(shown, hint=hint, status=status, retry_after=retry_after)
    refused = RequestRefused(shown, hint=_advice(said), status=status)
    refused.retryable = status in (408, 425)  # a proxy that lost patience, or wants the request once more
    return refused


def failure_of_event(data: Mapping[str, Any]) -> BackendError | None:
    """Turn an error that came with HTTP 200 (in a stream, or as a body) into the error to raise, or None.

    A refusal stays a refusal: vLLM 0.32 reports a bad schema like this where the request is streamed. Everything else
    is a `ProtocolError`: an answer was promised and broken off.
    """
    if data.get("object") != "error" and not data.get("error"):
        return None
    said = _interpret(data)
    inner: Any = data.get("error")
    code = inner.get("code") if json.is_object(inner) else data.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    shown = f'The server reported an error within its answer: "{said.message}"'
    if _overflows(said):
        return _overflow(shown, said, status)
    if status in (429, 503):
        return Overloaded(shown, hint=_NO_ROOM, status=status)
    if status < 500:
        return RequestRefused(shown, hint=_advice(said), status=status)
    return ProtocolError(shown, hint="Look at the server's log.", status=status)


def excerpt(body: bytes | str, most: int = 300) -> str:
    """Return the start of a body on one line, for a message."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    if "<html" in text[:2000].lower() or "<!doctype" in text[:2000].lower():
        title = re.search(r"<title[^>]*>(.*?)</title>", text[:20_000], re.IGNORECASE | re.DOTALL)
        text = f"{_PAGE}{f' titled {title[1].strip()!r}' if title else ''}"
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[:most]}…"


def _read(body: bytes) -> _Body:
    try:
        data = from_json(body)
    except ValueError:
        return _Body(message=excerpt(body), fields={})
    return _interpret(data)


def _interpret(data: Any) -> _Body:
    fields = data if json.is_object(data) else {}
    inner: Any = fields.get("error", fields)
    if isinstance(inner, str):
        return _Body(message=excerpt(inner), fields=fields)
    if not json.is_object(inner):
        return _Body(message=excerpt(str(data)), fields={})
    error = inner
    message = error.get("message", error.get("detail", ""))
    return _Body(
        message=excerpt(message if isinstance(message, str) else str(message), 600),
        kind=str(error.get("type") or ""),
        param=str(error.get("param") or ""),
        fields=error,
    )


def _overflows(said: _Body) -> bool:
    return (
        said.kind == "exceed_context_size_error"
        or said.param == "input_tokens"
        or bool(_OVERFLOW.search(said.message))
        or bool(_TOO_MANY_OUTPUT.search(said.message))
    )


def _overflow(shown: str, said: _Body, status: int) -> ContextOverflow:
    too_many = _TOO_MANY_OUTPUT.search(said.message)
    if too_many:
        return ContextOverflow(
            shown,
            hint="Lower Sampling(max_tokens=...).",
            status=status,
            limit=int(too_many[2]),
            needed=int(too_many[1]),
        )
    limit, needed = said.fields.get("n_ctx"), said.fields.get("n_prompt_tokens")
    if not isinstance(limit, int):
        found = _LIMIT.search(said.message)
        limit = int(found[1] or found[2]) if found else None
    if not isinstance(needed, int):
        found = _NEEDED.search(said.message)
        needed = int(found[1]) if found else None
    return ContextOverflow(
        shown,
        hint="Shorten the input or the history, or serve the model with a larger context window.",
        status=status,
        limit=limit,
        needed=needed,
    )


def _missing(shown: str, said: _Body, status: int) -> BackendError:
    if not _MODEL_MISSING.search(said.message):
        return RequestRefused(
            shown,
            hint="Check the URL: the path to an OpenAI-compatible server usually ends in /v1.",
            status=status,
        )
    served = _SERVED.search(said.message)
    names = tuple(name.strip(" .'\"`") for name in served[1].split(",")) if served else ()
    hint = (
        f"The server serves: {', '.join(names)}."
        if names
        else "Leave model out, or take a name from GET /v1/models."
    )
    return ModelNotFound(shown, hint=hint, status=status, served=names)


def _refuses(said: _Body) -> bool:
    """Whether a 5xx really refuses the request: llama.cpp b11549 answers 500 where a template or schema fails."""
    return bool(
        re.search(
            r"Jinja Exception|JSON schema error|failed to parse grammar|is not supported - hint", said.message
        )
    )


def _advice(said: _Body) -> str:
    if _MISTRAL_COMMON.search(said.message):
        return (
            "This vLLM does not work with its mistral-common: run `pip install 'mistral-common<1.13'` beside it"
            " (vLLM 0.32 and 0.33 with mistral-common 1.13)."
        )
    if _WANTS_TLS.search(said.message):
        return "The port speaks TLS: write https:// in base_url."
    if re.search(r"image|multimodal", said.message, re.IGNORECASE):
        return "Serve the model with its vision part (llama.cpp: --mmproj), or send no images."
    if re.search(
        r"TypeError|missing \d+ required|list index out of range|expected str instance", said.message
    ):
        return "This looks like a fault of the server itself: look at its log and its versions."
    return "Look at the server's message; what it refuses is in the request's settings, schema or messages."
