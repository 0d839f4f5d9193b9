"""`Backend`: one model server, as a value that agents share."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack
from urllib.parse import urlsplit, urlunsplit

import anyio
from tenacity import RetryCallState

from agentkit._util import json
from agentkit._util.library import runs_trio
from agentkit._util.secret import Secret
from agentkit.backends.catalog import (
    LLAMACPP,
    MISTRAL_API,
    NIM,
    OLLAMA,
    OPENAI_COMPATIBLE,
    PROFILES,
    SGLANG,
    TRANSFORMERS,
    VLLM,
)
from agentkit.backends.gate import Gate
from agentkit.backends.honour import Counterpart, honour
from agentkit.backends.models.card import ModelCard
from agentkit.backends.models.catalog import card_for
from agentkit.backends.options import RetryPolicy, Timeouts
from agentkit.backends.pool import PerLoop
from agentkit.backends.profile import Profile
from agentkit.backends.retry import RetryBudget, retrying
from agentkit.backends.unseen import refuse_unseen_images
from agentkit.errors import (
    BackendError,
    ConfigurationError,
    ContextOverflow,
    MissingBackend,
    ModelNotFound,
    ProtocolError,
    RequestRefused,
)
from agentkit.protocol.events import ModelRetried, SettingAdjusted
from agentkit.protocol.history import History
from agentkit.protocol.messages import Message, user
from agentkit.protocol.ports import ModelItem
from agentkit.protocol.reply import ModelReply
from agentkit.protocol.request import JsonSchema, ModelRequest, ToolDefinition
from agentkit.schema.bind import bind_tools
from agentkit.schema.restrict import restrict
from agentkit.wire.counting import PATHS, decode_count, encode_count, estimate_tokens
from agentkit.wire.decode import StreamDecoder, decode_reply
from agentkit.wire.dialect import Dialect
from agentkit.wire.encode import encode_body
from agentkit.wire.sse import EventReader

if TYPE_CHECKING:
    from agentkit.backends.client import Client  # imports openai, which costs most of a second

_TO_THE_END = 1.0  # seconds that a server has to end the response after [DONE]
_MOST_BYTES = 64 * 1024 * 1024


class BackendOptions(TypedDict, total=False):
    """Options that every kind of backend takes; see `Backend`."""

    model: str | None
    card: ModelCard | None
    context_window: int | None
    api_key: str | None
    headers: Mapping[str, str]
    ca_bundle: str | Path | None
    proxy: str | None
    timeouts: Timeouts
    retry: RetryPolicy
    max_concurrency: int
    stream: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCount:
    """How many tokens a prompt has.

    Attributes:
        tokens: The number.
        exact: Whether the server counted them; else they are estimated, within about a tenth.
    """

    tokens: int
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    """What the server serves.

    Attributes:
        model: The name that requests give.
        window: Context window in tokens, where it is known.
        counterpart: The server with this model.
    """

    model: str
    window: int | None
    counterpart: Counterpart

    @property
    def dialect(self) -> Dialect:
        """How the server is spoken to with this model."""
        return self.counterpart.dialect


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exchange:
    """What was decided for one request and is needed to read its reply."""

    stream: bool
    max_tokens: int | None
    window: int | None
    dialect: Dialect


class Backend:
    """One model server.

    The same backend may be used by many agents, in several threads and in one `asyncio.run` after another:
    connections belong to an event loop and close with it.

    Args:
        base_url: Where `/chat/completions` is found, usually `http://host:8000/v1`.
        profile: What the server understands; `Backend.vllm` and `Backend.llamacpp` set it.
        model: The model's name; None asks the server (`GET /models`) once.
        card: What the model can do; left out, its name tells (see `MODELS`), and Mistral Small 4 is taken where it
            does not.
        context_window: Tokens that the server takes, where it does not say so itself (Ollama).
        api_key: Sent as a bearer token. Never logged.
        headers: Further headers for every request. Their values are never logged.
        ca_bundle: PEM file of trusted certificates.
        proxy: URL of a proxy. Proxies of the environment are not used.
        timeouts: Bounds on silence.
        retry: When failed requests are made again.
        max_concurrency: Requests at the same time, over all threads and event loops.
        stream: True streams every request, False none; None streams where deltas are asked for.

    Raises:
        ConfigurationError: The URL or an option cannot work.
    """

    def __init__(
        self,
        base_url: str,
        *,
        profile: Profile = OPENAI_COMPATIBLE,
        model: str | None = None,
        card: ModelCard | None = None,
        context_window: int | None = None,
        api_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        ca_bundle: str | Path | None = None,
        proxy: str | None = None,
        timeouts: Timeouts | None = None,
        retry: RetryPolicy | None = None,
        max_concurrency: int = 512,
        stream: bool | None = None,
    ) -> None:
        if max_concurrency < 1:
            raise ConfigurationError(f"max_concurrency is {max_concurrency}.", hint="Give 1 or more.")
        self.profile = profile
        self.model = model
        self.url = _shown(base_url)
        self._base_url = base_url.rstrip("/") + "/"
        self._api_key = Secret(api_key or "")
        self._headers = {name: Secret(value) for name, value in (headers or {}).items()}
        self._ca_bundle = None if ca_bundle is None else str(ca_bundle)
        self._proxy = proxy
        self._timeouts = timeouts or Timeouts()
        self._retry = retry or RetryPolicy()
        self._stream = stream
        self._gate = Gate(max_concurrency)
        self._budget = RetryBudget(self._retry.budget)
        self._clients: PerLoop[Client] = PerLoop(_close)
        self._card = card
        self._window = context_window
        self._served: _Served | None = None if model is None else self._serve(model, None)

    @classmethod
    def vllm(cls, base_url: str, **options: Unpack[BackendOptions]) -> Self:
        """Return a vLLM server in mistral mode."""
        return cls(base_url, profile=VLLM, **options)

    @classmethod
    def llamacpp(cls, base_url: str, **options: Unpack[BackendOptions]) -> Self:
        """Return a llama.cpp server that was started with `--jinja`."""
        return cls(base_url, profile=LLAMACPP, **options)

    @classmethod
    def sglang(cls, base_url: str, **options: Unpack[BackendOptions]) -> Self:
        """Return an SGLang server."""
        return cls(base_url, profile=SGLANG, **options)

    @classmethod
    def nim(cls, base_url: str, **options: Unpack[BackendOptions]) -> Self:
        """Return an NVIDIA NIM container."""
        return cls(base_url, profile=NIM, **options)

    @classmethod
    def ollama(cls, base_url: str, **options: Unpack[BackendOptions]) -> Self:
        """Return an Ollama server, usually `http://localhost:11434/v1`."""
        return cls(base_url, profile=OLLAMA, **options)

    @classmethod
    def transformers(cls, base_url: str, **options: Unpack[BackendOptions]) -> Self:
        """Return a server that was started with `transformers serve`."""
        return cls(base_url, profile=TRANSFORMERS, **options)

    @classmethod
    def mistral_api(
        cls, base_url: str = "https://api.mistral.ai/v1", **options: Unpack[BackendOptions]
    ) -> Self:
        """Return the Mistral API; it needs an `api_key`."""
        return cls(base_url, profile=MISTRAL_API, **options)

    @classmethod
    def openai_compatible(cls, base_url: str, **options: Unpack[BackendOptions]) -> Self:
        """Return any other server that speaks Chat Completions."""
        return cls(base_url, profile=OPENAI_COMPATIBLE, **options)

    @classmethod
    def from_env(
        cls, *, base_url: str | None = None, server: str | None = None, **options: Unpack[BackendOptions]
    ) -> Self:
        """Return the server that the environment names.

        Reads AGENTKIT_BASE_URL, AGENTKIT_SERVER (a name of `PROFILES`, such as `vllm`, `sglang` or `mistral_api`),
        AGENTKIT_MODEL and AGENTKIT_API_KEY.

        Args:
            base_url: Goes before AGENTKIT_BASE_URL.
            server: Goes before AGENTKIT_SERVER.
            options: Each goes before its variable.

        Raises:
            MissingBackend: AGENTKIT_BASE_URL is not set.
            ConfigurationError: AGENTKIT_SERVER names no known kind.
        """
        base_url = base_url or os.environ.get("AGENTKIT_BASE_URL", "").strip()
        if not base_url:
            raise MissingBackend(
                "There is no model server to talk to.",
                hint="Set AGENTKIT_BASE_URL, or give the agent backend=Backend.vllm('http://host:8000/v1').",
            )
        source = "server" if server else "AGENTKIT_SERVER"
        server = server or os.environ.get("AGENTKIT_SERVER", "").strip() or OPENAI_COMPATIBLE.name
        if server not in PROFILES:
            raise ConfigurationError(
                f"{source} is {server!r}.", hint=f"Known servers: {', '.join(sorted(PROFILES))}."
            )
        options.setdefault("model", os.environ.get("AGENTKIT_MODEL") or None)
        options.setdefault("api_key", os.environ.get("AGENTKIT_API_KEY") or None)
        return cls(base_url, profile=PROFILES[server], **options)

    def __repr__(self) -> str:
        return f"Backend({self.url!r}, profile={self.profile.name!r}, model={self.model!r})"

    async def request(self, request: ModelRequest) -> AsyncGenerator[ModelItem, None]:
        """Send one request; yields deltas and notes, and last of all the reply.

        Raises:
            BackendError: Whatever went wrong, after the retries that the policy allows.
            UnsupportedSetting: The server cannot honour a setting; found before anything is sent.
        """
        client = await self._client()
        served = self._served or await self._ask_served(client, request.deadline)
        streams = self._streams(request)
        request, notes = honour(request, served.counterpart, streams=streams)
        for note in notes:
            yield note
        self._refuse_overflow(request, served)
        schema: JsonSchema | None = None
        if request.output is not None and served.dialect.schema:
            restricted = restrict(request.output.schema, self.profile.grammar)
            schema = restricted.schema
            if restricted.removed:
                yield SettingAdjusted(
                    setting="output",
                    detail=f"Not enforced by {self.profile.name}, checked here: {', '.join(restricted.removed)}.",
                )
        if served.dialect.strict_tools:
            tools, loose = bind_tools(request.tools, self.profile.grammar)
            request = replace(request, tools=tools)
            if loose:
                yield SettingAdjusted(
                    setting="tools",
                    detail=f"Not enforced by {self.profile.name}, checked here: {', '.join(loose)}.",
                )
        exchange = _Exchange(
            stream=streams,
            max_tokens=_capped(request.sampling.max_tokens, request.token_cap, served.window),
            window=served.window,
            dialect=served.dialect,
        )
        body = encode_body(
            request,
            served.dialect,
            model=served.model,
            temperature=_temperature(request, served.counterpart.card),
            max_tokens=exchange.max_tokens,
            schema=schema,
            stream=exchange.stream,
        )
        async with (
            self._gate.hold(deadline=request.deadline),
            aclosing(self._attempts(client, request, body, exchange)) as items,
        ):
            async for item in items:
                if isinstance(item, ModelReply):
                    refuse_unseen_images(request.history, item, served.counterpart.card)
                yield item

    async def _attempts(
        self, client: Client, request: ModelRequest, body: bytes, exchange: _Exchange
    ) -> AsyncGenerator[ModelItem, None]:
        failed: list[RetryCallState] = []
        handed_over = False
        async for attempt in retrying(
            self._retry, self._budget, deadline=request.deadline, before_sleep=failed
        ):
            if failed:
                yield _retried(failed.pop())
            with attempt:
                try:
                    async with aclosing(self._attempt(client, request, body, exchange)) as items:
                        async for item in items:
                            if request.stream and not isinstance(item, ModelReply):
                                handed_over = True
                                yield item
                            elif isinstance(item, ModelReply):
                                self._budget.give_back()
                                yield item
                except BackendError as error:
                    if handed_over:  # the caller has a part of the answer; a second one must not follow it
                        error.retryable = False
                    raise

    async def _attempt(
        self, client: Client, request: ModelRequest, body: bytes, exchange: _Exchange
    ) -> AsyncGenerator[ModelItem, None]:
        dialect = exchange.dialect
        async with client.exchange("chat/completions", body, deadline=request.deadline) as chunks:
            if not exchange.stream:
                whole = await _whole(chunks)
                yield decode_reply(whole, dialect, max_tokens=exchange.max_tokens, window=exchange.window)
                return
            reader, decoder = EventReader(), StreamDecoder(dialect)
            done = False
            async for chunk in chunks:
                for data in reader.feed(chunk):
                    if data == b"[DONE]":
                        done = True
                        break
                    for delta in decoder.feed(data):
                        yield delta
                if done:
                    with anyio.move_on_after(_TO_THE_END):
                        async for (
                            _
                        ) in chunks:  # a response read to its end leaves the connection open for the next
                            pass
                    break
            if not done:
                for data in reader.close():
                    if data != b"[DONE]":
                        for delta in decoder.feed(data):
                            yield delta
            yield decoder.finish()

    def _streams(self, request: ModelRequest) -> bool:
        wanted = request.stream if self._stream is None else self._stream
        return wanted and (self.profile.stream_with_tools or not request.tools)

    def _refuse_overflow(self, request: ModelRequest, served: _Served) -> None:
        """Count before sending where the server would cut a prompt, or run on, without a word."""
        if self.profile.overflow != "silent":
            return
        window = served.window or served.counterpart.card.context_window
        needed = estimate_tokens(request.history.messages, request.tools)
        if needed > window:
            raise ContextOverflow(
                f"{self.url}: the prompt has about {needed} tokens, and the context window {window};"
                f" {self.profile.title} would not say so.",
                hint="Shorten the input, or serve a larger window and say so with context_window=....",
                limit=window,
                needed=needed,
            )

    async def count_tokens(
        self, messages: str | Iterable[Message], tools: Iterable[ToolDefinition] = ()
    ) -> TokenCount:
        """Count the tokens of a prompt: exactly where the server has an endpoint for it, else by estimate.

        Args:
            messages: A conversation, or the text of one user message.
            tools: Tools on offer, such as `agent.toolset.definitions`.

        Raises:
            BackendError: The server cannot be asked.
        """
        history = History([user(messages)] if isinstance(messages, str) else messages)
        offered = tuple(tools)
        if self.profile.counting != "estimate":
            client = await self._client()
            served = self._served or await self._ask_served(client, None)
            body = encode_count(self.profile.counting, history, offered, served.dialect, model=served.model)
            path = PATHS[self.profile.counting]
            if path.startswith("/"):
                path = self._base_url.removesuffix("/").removesuffix("/v1") + path
            with suppress(
                RequestRefused, ProtocolError
            ):  # an older server, or a proxy that passes on /v1 alone
                async with client.exchange(path, body, deadline=None) as chunks:
                    return TokenCount(tokens=decode_count(await _whole(chunks)), exact=True)
        return TokenCount(tokens=estimate_tokens(history.messages, offered), exact=False)

    async def context_window(self) -> int | None:
        """Return the served context window in tokens, or None where the server does not say it.

        Raises:
            BackendError: The server cannot be asked.
        """
        client = await self._client()
        served = await self._ask_served(client, None)
        return served.window

    async def _ask_served(self, client: Client, deadline: float | None) -> _Served:
        """Ask once which model is served."""
        async with client.exchange("models", None, deadline=deadline) as chunks:
            served = self._serve(*_read_served(await _whole(chunks), self))
        self._served = served
        return served

    def _serve(self, model: str, window: int | None) -> _Served:
        card = self._card or card_for(model)
        dialect = card.speak(self.profile.dialect)
        counterpart = Counterpart(profile=self.profile, card=card, dialect=dialect)
        window = self._window or window or self.profile.default_window
        return _Served(model=model, window=window, counterpart=counterpart)

    async def _client(self) -> Client:
        return await self._clients.get(partial(self._connect, trio=runs_trio()))

    def _connect(self, *, trio: bool) -> Client:
        from agentkit.backends.client import Client, Connection  # openai is loaded at the first call

        return Client(
            Connection(
                base_url=self._base_url,
                shown_url=self.url,
                api_key=self._api_key,
                headers=self._headers,
                ca_bundle=self._ca_bundle,
                proxy=self._proxy,
                timeouts=self._timeouts,
            ),
            aiohttp=not trio,  # aiohttp runs on asyncio only
        )

    async def close(self) -> None:
        """Close the connections of the running event loop; a later request opens new ones."""
        await self._clients.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def _close(client: Client) -> None:
    await client.close()


async def _whole(chunks: AsyncIterator[bytes]) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > _MOST_BYTES:
            raise ProtocolError(
                f"The response is larger than {_MOST_BYTES} bytes; the request was given up.",
                hint="Set Sampling(max_tokens=...).",
            )
        parts.append(chunk)
    return b"".join(parts)


def _retried(state: RetryCallState) -> ModelRetried:
    error = state.outcome.exception() if state.outcome is not None else None
    return ModelRetried(
        attempt=state.attempt_number,
        delay=state.upcoming_sleep,
        error=str(error),
        costs_nothing=isinstance(error, BackendError) and error.costs_nothing,
    )


_UNKNOWN_WINDOW_CAP = (
    32_768  # without a known window only a smaller cap is sent: vLLM refuses one above its window
)


def _capped(max_tokens: int | None, cap: int | None, window: int | None) -> int | None:
    """Return what to send as max_tokens: the caller's setting and what the run has left, where that binds."""
    bounds = [] if max_tokens is None else [max_tokens]
    if cap is not None and cap < (window or _UNKNOWN_WINDOW_CAP):
        bounds.append(cap)
    return min(bounds, default=None)


def _temperature(request: ModelRequest, card: ModelCard) -> float | None:
    """Return the caller's temperature, or the model's recommendation for the effort."""
    if request.sampling.temperature is not None:
        return request.sampling.temperature
    return card.temperature_high if request.effort == "high" else card.temperature_none


def _read_served(body: bytes, backend: Backend) -> tuple[str, int | None]:
    """Return the name of the served model, and its context window where the server tells it."""
    entries = _listed(body)
    if not entries:
        raise ProtocolError(
            f"{backend.url}: GET /models gave no list of models.",
            hint="Check that the URL leads to an OpenAI-compatible server, or set model=... yourself.",
        )
    chosen = entries.get(backend.model) if backend.model is not None else _only(entries, backend)
    if chosen is None:
        return backend.model or "", None
    window: Any = chosen
    for key in backend.profile.window_field or ("max_model_len",):
        window = window.get(key) if json.is_object(window) else None
    return chosen["id"], window if isinstance(window, int) and window > 0 else None


def _only(entries: Mapping[str, dict[str, Any]], backend: Backend) -> dict[str, Any]:
    """Return the one model that can be meant where none was named."""
    if len(entries) == 1:
        return next(iter(entries.values()))
    likely = [entry for name, entry in entries.items() if "mistral-small-4" in name.lower()]
    if len(likely) == 1:
        return likely[0]
    raise ModelNotFound(
        f"{backend.url} serves {len(entries)} models and none was named.",
        hint=f"Set model= to one of: {', '.join(entries)}.",
        served=tuple(entries),
    )


def _listed(body: bytes) -> dict[str, dict[str, Any]]:
    """Return the entries of `/v1/models` by their names; none where the body is no such list."""
    try:
        data: Any = json.loads(body)
    except ValueError:
        return {}
    listed = data.get("data") if json.is_object(data) else None
    entries = [entry for entry in listed if json.is_object(entry)] if json.is_array(listed) else []
    return {entry["id"]: entry for entry in entries if isinstance(entry.get("id"), str)}


def _shown(base_url: str) -> str:
    """Return the URL without credentials, query and fragment.

    Raises:
        ConfigurationError: It is no http(s) URL.
    """
    parts = urlsplit(base_url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("http", "https") or not parts.hostname or port == -1:
        raise ConfigurationError(
            "The backend's base_url is no http(s) address.", hint="It looks like http://host:8000/v1."
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        # other libraries write whole URLs into their logs
        raise ConfigurationError(
            "The backend's base_url holds credentials or a query.",
            hint="Give them as api_key=..., or as headers={'Authorization': ...}.",
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return urlunsplit(
        (parts.scheme, host if port is None else f"{host}:{port}", parts.path.rstrip("/"), "", "")
    )
