"""The one file that talks to the server: bytes in, bytes out, through openai's AsyncOpenAI.

`post` with ready bytes keeps the SDK's auth, base URL and connection handling and skips its per-message request
transform, which makes every turn pay for all turns before it. What it makes of the first request for a chat completion
is the pattern of those that follow: they differ in their bytes alone.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import metadata
from types import MappingProxyType
from typing import Any, TypeVar

import anyio
import httpx2
from openai import APIStatusError, AsyncOpenAI, DefaultAsyncHttpxClient, Omit
from openai import __version__ as openai_version

from agentkit._util.library import now
from agentkit._util.secret import Secret
from agentkit.backends.answer import Answer, DecodedAnswer
from agentkit.backends.arriving import Arriving, earlier
from agentkit.backends.options import CHAT, Timeouts
from agentkit.backends.pattern import Pattern
from agentkit.backends.refusal import read_refusal, refusal
from agentkit.backends.translate import translate
from agentkit.backends.transport import KEEP_ALIVE, AioTransport
from agentkit.errors import BackendError, ProtocolError

T = TypeVar("T")

_IDLE = 30.0
"""Seconds for which a connection is kept that nobody uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach a server.

    Attributes:
        base_url: As given; ends where `/chat/completions` begins.
        shown_url: The same, for messages.
        api_key: Sent as a bearer token; empty where the server wants none.
        headers: Further headers.
        secrets: Texts that no message may hold, longest first.
        trusted: The certificates to trust, or None for the system's.
        proxy: URL of a proxy, or None.
        timeouts: Bounds on silence.
    """

    base_url: str
    shown_url: str
    api_key: Secret
    headers: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    secrets: tuple[Secret, ...] = ()
    trusted: ssl.SSLContext | None = None
    proxy: Secret | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReply:
    """What a server answered, whatever its status.

    Attributes:
        status: HTTP status.
        headers: Headers by lower-case name.
        pieces: The body as it came: seconds since the request was sent, and bytes.
        problem: What broke the body off, or an empty string.
        late: Whether it was the bound on the whole answer.
    """

    status: int
    headers: Mapping[str, str]
    pieces: tuple[tuple[float, bytes], ...]
    problem: str = ""
    late: bool = False


class Client:
    """Connections of one event loop to one server."""

    def __init__(self, connection: Connection, *, aiohttp: bool) -> None:
        self._connection = connection
        # Silence is bounded in Arriving, where it is known what the bytes meant; here only the connection is.
        self._timeout = httpx2.Timeout(None, connect=connection.timeouts.connect)
        self._straight: AioTransport | None = None
        self._http = self._http_client(aiohttp=aiohttp)
        self._openai = _OpenAI(
            base_url=connection.base_url,
            api_key=connection.api_key.reveal() or "none",
            max_retries=0,  # tenacity, in retry.py, is the only retry layer
            timeout=self._timeout,
            http_client=self._http,
        )
        self._openai.own_headers = {name: value.reveal() for name, value in connection.headers.items()}
        self._omitted: dict[str, Any] = {"x-stainless-retry-count": Omit()}  # it would always say 0
        if not connection.api_key and not any(name.lower() == "authorization" for name in connection.headers):
            self._omitted["Authorization"] = Omit()
        self._openai.usual_headers = self._omitted

    def _http_client(self, *, aiohttp: bool) -> httpx2.AsyncClient:
        """Return what the SDK sends with."""
        connection = self._connection
        verify: ssl.SSLContext | bool = True
        if connection.trusted is not None:
            verify = connection.trusted
        elif connection.base_url.startswith("http:") and connection.proxy is None:
            verify = False  # nothing to verify; loading the system's certificates would cost 30 ms
        options: dict[str, Any] = {
            "timeout": self._timeout,
            "follow_redirects": False,  # a redirect would carry the key somewhere else
            "trust_env": False,  # a proxy is a setting of the backend, not of whoever started the process
            "event_hooks": {"response": [_read_error_body]},
        }
        if aiohttp:
            self._straight = AioTransport(
                trusted=httpx2.create_ssl_context(trust_env=False) if verify is True else verify,
                connect=connection.timeouts.connect,
                idle=_IDLE,
                proxy=connection.proxy,
            )
            return DefaultAsyncHttpxClient(transport=self._straight, **options)
        transport = httpx2.AsyncHTTPTransport(
            verify=verify,
            trust_env=False,
            # without bound, the backend's gate counts requests
            limits=httpx2.Limits(
                max_connections=None, max_keepalive_connections=None, keepalive_expiry=_IDLE
            ),
            proxy=None if connection.proxy is None else connection.proxy.reveal(),
            socket_options=KEEP_ALIVE,
        )
        return DefaultAsyncHttpxClient(transport=transport, **options)

    async def close(self) -> None:
        """Close all connections."""
        await self._openai.close()

    async def fetch(
        self,
        path: str,
        body: bytes | None,
        read: Callable[[bytes], T],
        *,
        most: int,
        deadline: float | None = None,
        within: float | None = None,
    ) -> T:
        """Send a body (or fetch, without one), wait for all of the response, and return what `read` makes of it.

        What `read` raises is named and cleared of secrets, too.

        Args:
            path: Below the base URL.
            body: Ready JSON, or None for GET.
            read: Makes something of the response's body.
            most: Bytes that it may have.
            deadline: Absolute `anyio.current_time()` after which nothing is waited for.
            within: Seconds until it must have come, the connecting not counted; `Timeouts.first_token` where left out.

        Raises:
            BackendError: Whatever went wrong; no exception of openai, httpx2 or aiohttp gets out.
        """
        try:
            return read(await self._whole(path, body, most, deadline, within))
        except BackendError as error:
            self._name(error)
            raise

    async def _whole(
        self, path: str, body: bytes | None, most: int, deadline: float | None, within: float | None
    ) -> bytes:
        timeouts = self._connection.timeouts
        last = now() + (timeouts.first_token if within is None else within)
        answer: Answer | None = None
        parts: list[bytes] = []
        size = 0
        problem: BackendError
        try:
            # one scope for opening and reading: nothing is read before the end, so all waiting counts as silence
            with anyio.move_on_at(earlier(last + timeouts.connect, deadline)) as scope:
                answer = await self._open(path, body)
                while size <= most:
                    chunk = answer.ready()
                    if not chunk:
                        if answer.ended:
                            return b"".join(parts)
                        scope.deadline = min(scope.deadline, last)  # it is connected
                        chunk = await answer.more()
                        if not chunk:
                            return b"".join(parts)
                    size += len(chunk)
                    parts.append(chunk)
                raise ProtocolError(
                    f"The response is larger than {most} bytes; the request was given up.",
                    hint="Set Sampling(max_tokens=...).",
                )
            raise TimeoutError
        except BackendError as error:
            problem = error
        except Exception as error:
            problem = translate(error, phase="first_token", timeouts=timeouts)
        finally:
            if answer is not None:
                await answer.aclose()
        raise problem  # outside of except, so that no foreign exception hangs on it

    @asynccontextmanager
    async def exchange(
        self, path: str, body: bytes | None, *, deadline: float | None = None
    ) -> AsyncGenerator[Arriving, None]:
        """Send a body (or fetch, without one) and give the response as it comes.

        What is raised inside the block is named and cleared of secrets, too.

        Args:
            path: Below the base URL.
            body: Ready JSON, or None for GET.
            deadline: Absolute `anyio.current_time()` after which nothing is waited for.

        Raises:
            BackendError: Whatever went wrong; no exception of openai, httpx2 or aiohttp gets out.
        """
        timeouts = self._connection.timeouts
        left = timeouts.first_token
        try:
            started = now()
            answer = await self._opened(path, body, earlier(started + timeouts.connect + left, deadline))
            left = max(0.0, left - (now() - started))
            try:
                yield Arriving(answer, left=left, timeouts=timeouts, deadline=deadline)
            finally:
                await answer.aclose()
        except BackendError as error:
            self._name(error)
            raise

    async def _opened(self, path: str, body: bytes | None, last: float) -> Answer:
        problem: BackendError
        try:
            with anyio.move_on_at(last):
                return await self._open(path, body)
            raise TimeoutError
        except BackendError as error:
            problem = error
        except Exception as error:
            problem = translate(error, phase="first_token", timeouts=self._connection.timeouts)
        raise problem  # outside of except, so that no foreign exception hangs on it

    async def _open(self, path: str, body: bytes | None) -> Answer:
        """Send, and return the response once its head is there.

        Raises:
            BackendError: The server refused.
            Exception: Whatever openai, httpx2 and aiohttp raise.
        """
        if body is not None and path == CHAT and self._openai.pattern is not None:
            return await self._again(self._openai.pattern, body)
        options: Any = {"headers": self._omitted}
        refused: APIStatusError
        try:
            if body is None:
                response: Any = await self._openai.get(
                    path, cast_to=httpx2.Response, options=options, stream=True, stream_cls=_NO_STREAM
                )
            else:
                response = await self._openai.post(
                    path,
                    content=body,
                    cast_to=httpx2.Response,
                    options=options,
                    stream=True,
                    stream_cls=_NO_STREAM,
                )
            return DecodedAnswer(response)
        except APIStatusError as error:
            refused = error
        raise refusal(refused.status_code, refused.response.headers, _content_of(refused.response))

    async def _again(self, pattern: Pattern, body: bytes) -> Answer:
        """Send what the SDK made of an earlier request, with other bytes."""
        answer: Answer
        if self._straight is not None:
            answer = await self._straight.again(pattern, body, self._http.cookies)
        else:
            request = pattern.filled(body, self._http.cookies)
            answer = DecodedAnswer(await self._http.send(request, stream=True))
        if 200 <= answer.status < 300:
            return answer
        raise refusal(answer.status, answer.headers, await read_refusal(answer))

    async def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        seconds: float = 60.0,
        most_bytes: int = 16 * 1024 * 1024,
    ) -> RawReply:
        """Send one request as it is and read all of the answer; an error status is an answer too.

        Args:
            method: GET or POST.
            path: Below the base URL, or a whole URL.
            body: Ready JSON.
            headers: Headers for this request alone.
            seconds: When to stop waiting; what came of the body until then is returned.
            most_bytes: Bytes after which the body counts as endless.

        Raises:
            BackendError: There was no answer.
        """
        began, options = now(), {"headers": {**self._omitted, **(headers or {})}}
        ask: Any = self._openai.get if method == "GET" else self._openai.post
        if body is not None:
            ask = partial(ask, content=body)
        problem: BackendError
        try:
            with anyio.fail_after(seconds):
                response: Any = await ask(
                    path, cast_to=httpx2.Response, stream=True, stream_cls=_NO_STREAM, options=options
                )
        except APIStatusError as error:
            taken = now() - began
            return RawReply(
                status=error.status_code,
                headers=dict(error.response.headers),
                pieces=((taken, error.response.content),),
            )
        except Exception as error:  # translated, or raised again
            problem = translate(error, phase="first_token", timeouts=self._connection.timeouts)
        else:
            return await self._read_all(response, began, seconds, most_bytes)
        self._name(problem)
        raise problem

    async def _read_all(
        self, response: httpx2.Response, began: float, seconds: float, most_bytes: int
    ) -> RawReply:
        pieces: list[tuple[float, bytes]] = []
        broke, size, late = "", 0, False
        try:
            with anyio.move_on_at(began + seconds) as bound:
                async for chunk in response.aiter_bytes():
                    pieces.append((now() - began, chunk))
                    size += len(chunk)
                    if size > most_bytes:
                        broke = f"the body was still going on after {size} bytes"
                        break
            if bound.cancelled_caught:
                late = True
                broke = f"the body had not ended after {seconds:g} s"
        except Exception as error:  # translated, or raised again
            broken = translate(error, phase="between_tokens", timeouts=self._connection.timeouts)
            self._name(broken)
            broke = broken.message
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(5), contextlib.suppress(Exception):
                await response.aclose()
        return RawReply(
            status=response.status_code,
            headers=dict(response.headers),
            pieces=tuple(pieces),
            problem=broke,
            late=late,
        )

    def _name(self, problem: BackendError) -> None:
        """Say which server it was, and take secrets out of what it said."""
        if problem.url:
            return
        message = problem.message
        for secret in self._connection.secrets:
            message = secret.redact(message)
        problem.message = f"{self._connection.shown_url}: {message}"
        problem.args = (problem.message,)
        problem.url = self._connection.shown_url


class _OpenAI(AsyncOpenAI):
    """The SDK's client, with headers of ours alone.

    The SDK would add what OPENAI_CUSTOM_HEADERS, OPENAI_ORG_ID and OPENAI_PROJECT_ID hold, which are meant for another
    service, and what it knows of this machine.
    """

    own_headers: Mapping[str, str] = MappingProxyType({})
    usual_headers: Mapping[str, Any] = MappingProxyType(
        {}
    )  # the SDK's options of requests that are all alike
    pattern: Pattern | None = None  # what it made of the first request for a chat completion

    @property
    def default_headers(self) -> dict[str, str | Omit]:
        """Headers of every request."""
        return {
            "Accept": "application/json, text/event-stream",
            "Content-Type": "application/json",
            "User-Agent": _USER_AGENT,
            **self.own_headers,
        }

    def _build_request(self, options: Any, *, retries_taken: int = 0) -> httpx2.Request:
        """Build a request, and remember the first for a chat completion as the pattern of those that follow.

        Should the SDK call this method no more, requests only become slower.
        """
        request = super()._build_request(options, retries_taken=retries_taken)
        if self.pattern is None and options.url == CHAT and options.headers == self.usual_headers:
            own_cookie = any(name.lower() == "cookie" for name in self.own_headers)
            self.pattern = Pattern.of(request, own_cookie=own_cookie)
        return request


def _version() -> str:
    try:
        return metadata.version("agentkit-ms4")
    except metadata.PackageNotFoundError:  # a checkout that is not installed
        return "dev"


_USER_AGENT = f"agentkit/{_version()} openai/{openai_version}"
_NO_STREAM: Any = None  # the SDK asks for a class that it does not use where the raw response is wanted


async def _read_error_body(response: httpx2.Response) -> None:
    """Read the body of an error for the SDK, which would wait for an end that may never come."""
    if response.status_code >= 300:
        read = httpx2.Response(response.status_code, headers=response.headers, stream=response.stream)
        response.stream = httpx2.ByteStream(await read_refusal(DecodedAnswer(read)))
        response.headers.pop("Content-Encoding", None)


def _content_of(response: httpx2.Response) -> bytes:
    try:
        return response.content
    except httpx2.ResponseNotRead:
        return b""
