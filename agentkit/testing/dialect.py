"""The kinds of server that can be simulated, as data and small functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from agentkit.testing import llamacpp, mistral_api, nim, ollama, plain, sglang, transformers, vllm
from agentkit.testing.exchange import FINGERPRINT, Exchange, Refusal, Served
from agentkit.testing.request import ChatRequest, images_of
from agentkit.testing.rules import against_schema, against_tools_of_llamacpp, against_tools_of_vllm
from agentkit.testing.tokens import count_image, count_prompt
from agentkit.testing.turns import Turn

__all__ = [
    "DIALECTS", "FINGERPRINT", "LLAMACPP", "LLAMACPP_STRICT", "MISTRAL_API", "NIM", "OLLAMA", "OPENAI_COMPATIBLE", "SGLANG",
    "TRANSFORMERS", "TRANSFORMERS_BARE", "VLLM", "Dialect",
]  # fmt: skip


_RUNS_ON = 1_024  # `transformers serve` sets max_new_tokens to at least this


def _as_said(turn: Turn, request: ChatRequest) -> Turn:
    del request
    return turn


def _of_response_format(request: ChatRequest) -> dict[str, Any] | None:
    return request.schema


def _anything(turn: Turn, request: ChatRequest) -> str:
    del turn, request
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One kind of server. `dataclasses.replace` makes a variant of it.

    Attributes:
        name: Its name.
        id_length: Characters of a tool call's id.
        counts_reasoning: Whether usage has `completion_tokens_details.reasoning_tokens`.
        enforces_schema: Whether a text against the wanted schema becomes a server error, as where a grammar makes it
            impossible; off, it passes, so that a test can ask again.
        enforces_grammar: The same for calls: names, arguments, `tool_choice`, answers that hold nothing.
        images: Whether the model takes images.
        image_limit: Images that one prompt may hold.
        alternates: Whether the chat template demands that user and assistant take turns.
        fences: Whether a schema answer stands in a code fence that the server takes away.
        overflow: What becomes of a prompt beyond the window: it is `refused`, `cut` without a word, or the model `runs_on`.
        reasoning_fields: Where reasoning in the history is looked for.
        server: The `Server` header.
        json_type: Content type of JSON.
        sse_type: Content type of a stream.
        done: Whether [DONE] ends a stream.
        refuse: The refusal of a request, or None.
        refuse_json: The refusal of a body that is no JSON object, or None.
        wanted_schema: The schema that binds the text of a reply, or None.
        as_written: A turn as the server reads it.
        against_grammar: Which rule of its grammar a turn breaks, or an empty string.
        broken_grammar: What becomes of such a turn.
        failure: The error response of a scripted failure, from status and message.
        unauthorised: The body of a 401 for a path, or None where no key is asked for.
        error_body: The JSON of an error, or a plain text.
        error_event: The JSON of an error in a stream, where it is another.
        count: Tokens of a prompt, where it is not enough to look into `reasoning_fields`.
        reply: An unstreamed reply.
        chunks: The chunks of a streamed reply.
        page: What another path answers: JSON, an empty text, a refusal, or None.
        not_found: The body of a 404.
    """

    name: str
    id_length: int
    counts_reasoning: bool = False
    enforces_schema: bool = True
    enforces_grammar: bool = True
    images: bool = True
    image_limit: int = 999
    alternates: bool = False
    fences: bool = False
    overflow: Literal["refused", "cut", "runs_on"] = "refused"
    reasoning_fields: tuple[str, ...] = ("reasoning_content",)
    server: str = FINGERPRINT
    json_type: str = "application/json"
    sse_type: str = "text/event-stream"
    done: bool = True
    refuse: Callable[[ChatRequest, Served], Refusal | None]
    refuse_json: Callable[[bytes], Refusal | None]
    wanted_schema: Callable[[ChatRequest], dict[str, Any] | None] = _of_response_format
    as_written: Callable[[Turn, ChatRequest], Turn] = _as_said
    against_grammar: Callable[[Turn, ChatRequest], str] = _anything
    broken_grammar: Callable[[str], Refusal]
    failure: Callable[[int, str], Refusal]
    unauthorised: Callable[[str], Any]
    error_body: Callable[[Refusal], Any]
    error_event: Callable[[Refusal], dict[str, Any]] | None = None
    count: Callable[[ChatRequest], int] | None = None
    reply: Callable[[Exchange], dict[str, Any]]
    chunks: Callable[[Exchange], Iterator[dict[str, Any]]]
    page: Callable[[str, str, dict[str, Any], Served, int], Any]
    not_found: Callable[[], Any]

    def served(self, model: str, window: int) -> Served:
        """Return what a server of this kind serves."""
        return Served(
            model=model,
            window=window,
            images=self.images,
            image_limit=self.image_limit,
            alternates=self.alternates,
        )

    def prompt_tokens(self, request: ChatRequest, window: int) -> int:
        """Return about how many tokens of a prompt the model gets to see."""
        count = self.count(request) if self.count else count_prompt(request, self.reasoning_fields)
        if not self.images:  # dropped without a word, where they were not refused
            urls = (url for message in request.messages for url in images_of(message.get("content")))
            count -= sum(map(count_image, urls))
        return min(count, window - window // 4) if self.overflow == "cut" else count

    def room(self, prompt_tokens: int, window: int) -> int:
        """Return how many tokens a reply may have."""
        return _RUNS_ON if self.overflow == "runs_on" else window - prompt_tokens

    def broken_rule(self, turn: Turn, request: ChatRequest) -> str:
        """Return why the genuine server's grammar would never let the model write a turn, or an empty string."""
        problem = self.against_grammar(turn, request) if self.enforces_grammar else ""
        schema = self.wanted_schema(request) if self.enforces_schema else None
        return problem or (against_schema(turn, schema) if schema is not None else "")


VLLM = Dialect(
    name="vllm",
    id_length=9,
    counts_reasoning=True,
    wanted_schema=vllm.wanted_schema,
    reasoning_fields=vllm.REASONING_FIELDS,
    server="uvicorn",
    sse_type="text/event-stream; charset=utf-8",
    refuse=vllm.refuse,
    refuse_json=vllm.refuse_json,
    against_grammar=against_tools_of_vllm,
    broken_grammar=vllm.broken_grammar,
    failure=vllm.failure,
    unauthorised=vllm.unauthorised,
    error_body=vllm.error_body,
    reply=vllm.reply,
    chunks=vllm.chunks,
    page=vllm.page,
    not_found=vllm.not_found,
)
"""vLLM 0.32.0 in mistral mode, with the mistral tool and reasoning parsers."""

LLAMACPP = Dialect(
    name="llamacpp",
    id_length=32,
    fences=True,
    reasoning_fields=llamacpp.REASONING_FIELDS,
    server="llama.cpp",
    json_type="application/json; charset=utf-8",
    refuse=llamacpp.refuse,
    refuse_json=llamacpp.refuse_json,
    as_written=llamacpp.as_written,
    against_grammar=against_tools_of_llamacpp,
    broken_grammar=llamacpp.broken_grammar,
    failure=llamacpp.failure,
    unauthorised=llamacpp.unauthorised,
    error_body=llamacpp.error_body,
    reply=llamacpp.reply,
    chunks=llamacpp.chunks,
    page=llamacpp.page,
    not_found=llamacpp.not_found,
)
"""llama.cpp b11549 with `--jinja` and the chat template that mistral-common generates."""

LLAMACPP_STRICT = replace(LLAMACPP, name="llamacpp_strict", alternates=True)
"""llama.cpp with a template that demands alternation, as MS4's published one is documented to do; not recorded."""

SGLANG = Dialect(
    name="sglang",
    id_length=24,
    reasoning_fields=sglang.REASONING_FIELDS,
    server="uvicorn",
    refuse=sglang.refuse,
    refuse_json=sglang.refuse_json,
    as_written=sglang.as_written,
    broken_grammar=sglang.broken_grammar,
    failure=sglang.failure,
    unauthorised=sglang.unauthorised,
    error_body=sglang.error_body,
    error_event=sglang.error_event,
    reply=sglang.reply,
    chunks=sglang.chunks,
    page=sglang.page,
    not_found=sglang.not_found,
)
"""SGLang 0.5.23 with an HF tokenizer and the mistral parsers, as read in its source."""

NIM = replace(VLLM, name="nim", page=nim.page)
"""NVIDIA NIM 2.1 with vLLM inside, as documented."""

OLLAMA = Dialect(
    name="ollama",
    id_length=8,
    overflow="cut",
    reasoning_fields=ollama.REASONING_FIELDS,
    json_type="application/json",
    refuse=ollama.refuse,
    refuse_json=ollama.refuse_json,
    as_written=ollama.as_written,
    broken_grammar=ollama.broken_grammar,
    failure=ollama.failure,
    unauthorised=ollama.unauthorised,
    error_body=ollama.error_body,
    reply=ollama.reply,
    chunks=ollama.chunks,
    page=ollama.page,
    not_found=ollama.not_found,
)
"""Ollama's `/v1`, as read in its source."""

TRANSFORMERS = Dialect(
    name="transformers",
    id_length=12,
    enforces_schema=False,
    enforces_grammar=False,
    overflow="runs_on",
    done=False,
    reasoning_fields=transformers.REASONING_FIELDS,
    server="uvicorn",
    refuse=transformers.refuse,
    refuse_json=transformers.refuse_json,
    broken_grammar=transformers.broken_grammar,
    failure=transformers.failure,
    unauthorised=transformers.unauthorised,
    error_body=transformers.error_body,
    error_event=transformers.error_event,
    reply=transformers.reply,
    chunks=transformers.chunks,
    page=transformers.page,
    not_found=transformers.not_found,
)
"""`transformers serve` 5.23.0 with a response template, as seen and as read in its source."""

TRANSFORMERS_BARE = replace(TRANSFORMERS, name="transformers_bare", as_written=transformers.bare)
"""The same without a response template, as it was recorded: thoughts and calls come as text."""

MISTRAL_API = Dialect(
    name="mistral_api",
    id_length=9,
    reasoning_fields=(),
    refuse=mistral_api.refuse,
    refuse_json=mistral_api.refuse_json,
    count=mistral_api.tokens_of,
    broken_grammar=mistral_api.broken_grammar,
    failure=mistral_api.failure,
    unauthorised=mistral_api.unauthorised,
    error_body=mistral_api.error_body,
    reply=mistral_api.reply,
    chunks=mistral_api.chunks,
    page=mistral_api.page,
    not_found=mistral_api.not_found,
)
"""The Mistral API, as documented and as its users report it."""

OPENAI_COMPATIBLE = Dialect(
    name="openai_compatible",
    id_length=24,
    enforces_schema=False,
    enforces_grammar=False,
    refuse=plain.refuse,
    refuse_json=plain.refuse_json,
    broken_grammar=plain.broken_grammar,
    failure=plain.failure,
    unauthorised=plain.unauthorised,
    error_body=plain.error_body,
    reply=plain.reply,
    chunks=plain.chunks,
    page=plain.page,
    not_found=plain.not_found,
)
"""A lenient server: what cannot be served at all is refused, nothing is enforced."""

DIALECTS = {
    dialect.name: dialect
    for dialect in (
        VLLM, SGLANG, NIM, LLAMACPP, LLAMACPP_STRICT, OLLAMA, TRANSFORMERS, TRANSFORMERS_BARE, MISTRAL_API,
        OPENAI_COMPATIBLE,
    )
}  # fmt: skip
"""The dialects by name."""
