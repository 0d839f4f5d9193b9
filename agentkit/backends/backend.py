"""`Backend`: one model server, as a value that agents share."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypedDict, Unpack

from agentkit.backends.address import checked_headers, checked_key, checked_proxy, shown_url, trusted
from agentkit.backends.affinity import segments_of
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
from agentkit.backends.exchange import MOST_BYTES, Exchange, streamed, whole
from agentkit.backends.gate import Gate
from agentkit.backends.honour import honour, refuse_sampling
from agentkit.backends.lookup import Lookup, Served, Wanted
from agentkit.backends.models.card import ModelCard
from agentkit.backends.models.catalog import named_card
from agentkit.backends.options import RetryPolicy, Timeouts
from agentkit.backends.place import Place, Reach, Way
from agentkit.backends.profile import Profile
from agentkit.backends.replicas import ReplicaPolicy, Replicas, ReplicaState
from agentkit.backends.retry import RetryBudget, retried
from agentkit.backends.unseen import refuse_unseen_images
from agentkit.errors import (
    AgentKitError,
    BackendError,
    ConfigurationError,
    ContextOverflow,
    MissingBackend,
    ModelNotFound,
    ProtocolError,
    RequestRefused,
)
from agentkit.protocol.estimate import estimate_tokens, prompt_tokens
from agentkit.protocol.events import SettingAdjusted
from agentkit.protocol.history import History
from agentkit.protocol.messages import Message, user
from agentkit.protocol.ports import ModelItem
from agentkit.protocol.reply import ModelReply
from agentkit.protocol.request import JsonSchema, ModelRequest, Sampling, ToolDefinition
from agentkit.schema.bind import bind_tools
from agentkit.schema.restrict import restrict
from agentkit.wire.counting import PATHS, decode_count, encode_count
from agentkit.wire.decode import cut_call
from agentkit.wire.encode import encode_body


class BackendOptions(TypedDict, total=False):
    """Options that every kind of backend takes; see `Backend`."""

    model: str | None
    card: ModelCard | str | None
    context_window: int | None
    api_key: str | None
    headers: Mapping[str, str]
    ca_bundle: str | Path | None
    proxy: str | None
    timeouts: Timeouts
    retry: RetryPolicy
    max_concurrency: int
    stream: bool | None
    capabilities: str | Path | None
    replicas: ReplicaPolicy | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCount:
    """How many tokens a prompt has.

    Attributes:
        tokens: The number.
        exact: Whether the server counted them; else they are estimated, within about a tenth.
    """

    tokens: int
    exact: bool


class Backend:
    """One model server, or several replicas of one.

    The same backend may be used by many agents, in several threads and in one `asyncio.run` after another:
    connections belong to an event loop and close with it.

    Args:
        base_url: Where `/chat/completions` is found, usually `http://host:8000/v1`; several of them are replicas that
            serve the same model (docs/guides/replicas.md).
        profile: What the server understands; `Backend.vllm` and `Backend.llamacpp` set it.
        model: The model's name; None asks the server (`GET /models`) once.
        card: What the model can do, as a card or by its short name (`phi-4`); left out, the served name tells, and
            Mistral Small 4 is taken where it does not.
        context_window: Tokens that the server takes, where it does not say so itself (Ollama).
        api_key: Sent as a bearer token. Never logged.
        headers: Further headers for every request. Their values are never logged.
        ca_bundle: PEM file of trusted certificates.
        proxy: URL of a proxy. Proxies of the environment are not used.
        timeouts: Bounds on silence.
        retry: When failed requests are made again.
        max_concurrency: Requests at the same time, over all threads and event loops.
        stream: True streams every request, False none; None streams where deltas are asked for.
        capabilities: A file that `agentkit doctor --out` wrote; what it found of this server replaces what the profile
            says. Without a profile it also says which kind of server this is.
        replicas: How one of several replicas is chosen, and when one is left alone.

    Raises:
        ConfigurationError: The URL or an option cannot work.
    """

    def __init__(
        self,
        base_url: str | Iterable[str],
        *,
        profile: Profile = OPENAI_COMPATIBLE,
        model: str | None = None,
        card: ModelCard | str | None = None,
        context_window: int | None = None,
        api_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        ca_bundle: str | Path | None = None,
        proxy: str | None = None,
        timeouts: Timeouts | None = None,
        retry: RetryPolicy | None = None,
        max_concurrency: int = 512,
        stream: bool | None = None,
        capabilities: str | Path | None = None,
        replicas: ReplicaPolicy | None = None,
    ) -> None:
        if capabilities is not None:
            from agentkit.backends.proved import proved  # reads files with pydantic, which costs time to load

            found = proved(capabilities, profile, model)
            profile, model = found.profile, found.model
            context_window = context_window or found.window
            stream = found.stream if stream is None else stream
        if max_concurrency < 1:
            raise ConfigurationError(f"max_concurrency is {max_concurrency}.", hint="Give 1 or more.")
        if not isinstance(profile, Profile):  # pyright: ignore[reportUnnecessaryIsInstance]  (untyped callers)
            raise ConfigurationError(
                f"profile is a {type(profile).__name__}.",
                hint=f"Give a Profile, or use {', '.join(f'Backend.{name}' for name in PROFILES)}.",
            )
        self.profile = profile
        self.model = model
        addresses = _addresses(base_url)
        self.url = ", ".join(addresses)
        reach = Reach(
            api_key=checked_key(api_key),
            headers=checked_headers(headers, with_key=bool(api_key)),
            proxy=checked_proxy(proxy),
            trusted=trusted(None if ca_bundle is None else str(ca_bundle)),
            timeouts=timeouts or Timeouts(),
        )
        places = [(shown, Place(f"{given.rstrip('/')}/", shown, reach)) for shown, given in addresses.items()]
        self._replicas: Replicas[Place] = Replicas(places, replicas)
        self._retry = retry or RetryPolicy()
        self._stream = stream
        self._gate = Gate(max_concurrency)
        self._budget = RetryBudget(self._retry.budget)
        self._lookup = Lookup(
            Wanted(profile=profile, model=model, card=named_card(card), window=context_window),
            self._replicas,
            retry=self._retry,
            budget=self._budget,
        )

    @classmethod
    def vllm(cls, base_url: str | Iterable[str], **options: Unpack[BackendOptions]) -> Self:
        """Return a vLLM server in mistral mode."""
        return cls(base_url, profile=VLLM, **options)

    @classmethod
    def llamacpp(cls, base_url: str | Iterable[str], **options: Unpack[BackendOptions]) -> Self:
        """Return a llama.cpp server that was started with `--jinja`."""
        return cls(base_url, profile=LLAMACPP, **options)

    @classmethod
    def sglang(cls, base_url: str | Iterable[str], **options: Unpack[BackendOptions]) -> Self:
        """Return an SGLang server."""
        return cls(base_url, profile=SGLANG, **options)

    @classmethod
    def nim(cls, base_url: str | Iterable[str], **options: Unpack[BackendOptions]) -> Self:
        """Return an NVIDIA NIM container."""
        return cls(base_url, profile=NIM, **options)

    @classmethod
    def ollama(cls, base_url: str | Iterable[str], **options: Unpack[BackendOptions]) -> Self:
        """Return an Ollama server, usually `http://localhost:11434/v1`."""
        return cls(base_url, profile=OLLAMA, **options)

    @classmethod
    def transformers(cls, base_url: str | Iterable[str], **options: Unpack[BackendOptions]) -> Self:
        """Return a server that was started with `transformers serve`."""
        return cls(base_url, profile=TRANSFORMERS, **options)

    @classmethod
    def mistral_api(
        cls, base_url: str | Iterable[str] = "https://api.mistral.ai/v1", **options: Unpack[BackendOptions]
    ) -> Self:
        """Return the Mistral API; it needs an `api_key`."""
        return cls(base_url, profile=MISTRAL_API, **options)

    @classmethod
    def openai_compatible(cls, base_url: str | Iterable[str], **options: Unpack[BackendOptions]) -> Self:
        """Return any other server that speaks Chat Completions."""
        return cls(base_url, profile=OPENAI_COMPATIBLE, **options)

    @classmethod
    def from_capabilities(cls, path: str | Path, **options: Unpack[BackendOptions]) -> Self:
        """Return the server that a capability file is about, as `agentkit doctor --out` found it to be.

        What was refuted is not relied on: a reply is not streamed, a schema is checked here alone, an image is
        refused before the request, an effort that does nothing is said. The key is not in the file.

        Args:
            path: The file.
            options: As for every backend.

        Raises:
            ConfigurationError: The file cannot be read, or is none.
        """
        from agentkit.backends.findings import read_capabilities

        options["capabilities"] = path
        return cls(read_capabilities(path).url, **options)

    @classmethod
    def from_env(
        cls, *, base_url: str | None = None, server: str | None = None, **options: Unpack[BackendOptions]
    ) -> Self:
        """Return the server that the environment names.

        Reads AGENTKIT_BASE_URL (replicas with commas between them), AGENTKIT_SERVER (a name of `PROFILES`, such as `vllm`, `sglang` or `mistral_api`),
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
        options.setdefault("model", os.environ.get("AGENTKIT_MODEL", "").strip() or None)
        options.setdefault("api_key", os.environ.get("AGENTKIT_API_KEY", "").strip() or None)
        several = [each.strip() for each in base_url.split(",") if each.strip()]
        return cls(several, profile=PROFILES[server], **options)

    def __repr__(self) -> str:
        return f"Backend({self.url!r}, profile={self.profile.name!r}, model={self.model!r})"

    async def request(self, request: ModelRequest) -> AsyncGenerator[ModelItem, None]:
        """Send one request; yields deltas and notes, and last of all the reply.

        Raises:
            BackendError: Whatever went wrong, after the retries that the policy allows.
            UnsupportedSetting: The server cannot honour a setting; found before anything is sent.
        """
        if self._lookup.served is None:
            # the first request of all asks which model is served, and meets the same troubles as any other
            async with aclosing(self._lookup.ask(request.deadline)) as retries:
                async for retry in retries:
                    yield retry
        served = self._lookup.known
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
            if tools is not request.tools:
                request = replace(request, tools=tools)
            if loose:
                yield SettingAdjusted(
                    setting="tools",
                    detail=f"Not enforced by {self.profile.name}, checked here: {', '.join(loose)}.",
                )
        exchange = Exchange(
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
        segments = segments_of(request, served.dialect) if len(self._replicas) > 1 else ()
        way = Way(self._replicas, segments, deadline=request.deadline)
        attempt = partial(self._attempt, way, request, body, exchange)
        failed: AgentKitError | None = None
        try:
            async with self._gate.hold(deadline=request.deadline):
                # as with_retries does, without one more generator around each item of each request
                try:
                    async with aclosing(attempt()) as items:
                        async for item in items:
                            yield item
                except AgentKitError as error:
                    if not error.retryable:
                        raise
                    failed = error
                if failed is None:
                    return
                again = retried(
                    attempt,
                    failed,
                    self._retry,
                    self._budget,
                    deadline=request.deadline,
                    elsewhere=way.elsewhere,
                )
                async with aclosing(again) as items:
                    async for item in items:
                        yield item
        except ModelNotFound as error:
            await self._lookup.complete(error, request.deadline)
            raise

    async def _attempt(
        self, way: Way, request: ModelRequest, body: bytes, exchange: Exchange
    ) -> AsyncGenerator[ModelItem, None]:
        """Make one attempt; what fails after a part of the answer was handed over is not tried again."""
        handed_over = False
        try:
            async with way as place:
                client = await place.client()
                reply: ModelReply | None = None
                if exchange.stream:
                    async with aclosing(streamed(client, body, exchange, deadline=request.deadline)) as items:
                        async for item in items:
                            if isinstance(item, ModelReply):
                                reply = item
                            elif request.stream:
                                handed_over = True
                                yield item
                else:
                    reply = await whole(client, body, exchange, deadline=request.deadline)
                assert reply is not None  # a stream without one has raised
                if exchange.may_have_cut(reply):
                    reply = await self._checked_for_cuts(reply, request.deadline)
                self._budget.give_back()
                way.succeeded()
                while way.events:
                    yield way.events.pop(0)
                refuse_unseen_images(request.history, reply, self._lookup.known.counterpart.card)
                yield reply
        except BackendError as error:
            if handed_over:  # the caller has a part of the answer; a second one must not follow it
                error.retryable = False
            while way.events:
                yield way.events.pop(0)
            raise

    async def _checked_for_cuts(self, reply: ModelReply, deadline: float | None) -> ModelReply:
        """Look whether the context window cut a call, which is not executed before that is known."""
        with suppress(BackendError):
            return cut_call(reply, window=await self.context_window(deadline=deadline))
        return reply

    def _streams(self, request: ModelRequest) -> bool:
        wanted = request.stream if self._stream is None else self._stream
        return wanted and (self.profile.stream_with_tools or not request.tools)

    def _refuse_overflow(self, request: ModelRequest, served: Served) -> None:
        """Count before sending where the server would cut a prompt, or run on, without a word."""
        if self.profile.overflow != "silent":
            return
        window = served.window or served.counterpart.card.context_window
        needed = prompt_tokens(request.history, request.tools)
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
            await self._lookup.know(None)
            served = self._lookup.known
            body = encode_count(self.profile.counting, history, offered, served.dialect, model=served.model)
            path = PATHS[self.profile.counting]
            with suppress(RequestRefused, ProtocolError):  # an older server, or a proxy for /v1 alone
                async with Way(self._replicas, (), deadline=None) as place:
                    address = place.root + path if path.startswith("/") else path
                    client = await place.client()
                    tokens = await client.fetch(address, body, decode_count, most=MOST_BYTES)
                    return TokenCount(tokens=tokens, exact=True)
        return TokenCount(tokens=estimate_tokens(history.messages, offered), exact=False)

    async def context_window(self, *, deadline: float | None = None) -> int | None:
        """Return the served context window in tokens, or None where the server does not say it.

        The server is asked once; only where it could not be reached is it asked again.

        Args:
            deadline: Absolute `anyio.current_time()` after which nothing is waited for.

        Raises:
            BackendError: The server cannot be asked.
        """
        return await self._lookup.window(deadline)

    def check(self, sampling: Sampling) -> None:
        """Refuse sampling settings that the server does not know; agents ask for it when they are made.

        Raises:
            UnsupportedSetting: There is one.
        """
        refuse_sampling(sampling, self.profile)

    @property
    def replicas(self) -> tuple[ReplicaState, ...]:
        """What is known of each replica now; of the one server, where there is one."""
        return self._replicas.states

    async def close(self) -> None:
        """Close the connections of the running event loop; a later request opens new ones."""
        for place in self._replicas.places:
            await place.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _addresses(base_url: str | Iterable[str]) -> dict[str, str]:
    """Return each address as it was given, by how it is shown.

    Raises:
        ConfigurationError: There is none, one is none, or one is there twice.
    """
    given = [base_url] if isinstance(base_url, str) else list(base_url)
    addresses = {shown_url(each): each for each in given}
    if not addresses:
        raise ConfigurationError("The backend has no address.", hint="Give one, or several of replicas.")
    if len(addresses) < len(given):
        raise ConfigurationError(
            "The backend's addresses hold one twice.",
            hint="Name each replica once: a second name is no second server.",
        )
    return addresses


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
