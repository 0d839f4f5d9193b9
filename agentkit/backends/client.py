"""The one file that talks to the server: bytes in, bytes out, through openai's AsyncOpenAI.

`post` with ready bytes keeps the SDK's auth, base URL and connection handling and skips its per-message request
transform, which makes every turn pay for all turns before it.
"""

from __future__ import annotations

import contextlib
import email.utils
import math
import re
import ssl
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import metadata
from types import MappingProxyType
from typing import Any, cast

import anyio
import httpx2
from openai import APIStatusError, AsyncOpenAI, DefaultAioHttpClient, DefaultAsyncHttpxClient, Omit
from openai import __version__ as openai_version

from agentkit._util.library import now
from agentkit._util.secret import Secret
from agentkit.backends.options import Timeouts
from agentkit.backends.translate import translate
from agentkit.errors import BackendError, ConnectionFailed, ProtocolError
from agentkit.wire.refuse import failure

_MOST_ERROR_BYTES = 256 * 1024
"""Bytes that are read of an error's body; the SDK would read it to an end that may never come."""


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


class Arriving:
    """A response as it comes.

    It is the server's silence that is bounded, not the reader's: only time spent waiting for bytes counts, and it
    adds up until `heard()` says that they meant something. Comments that keep a connection alive prolong nothing.

    Args:
        response: The response, its body not read yet.
        left: Seconds of silence that are left until the first token.
        timeouts: For the silence between tokens.
        deadline: Absolute `anyio.current_time()` after which nothing is waited for.
    """

    def __init__(
        self, response: httpx2.Response, *, left: float, timeouts: Timeouts, deadline: float | None
    ) -> None:
        self._response = response
        self._left = left
        self._timeouts = timeouts
        self._deadline = deadline
        self._phase = "first_token"

    def heard(self) -> None:
        """Note that something came: the bound on silence starts anew."""
        self._phase = "between_tokens"
        self._left = self._timeouts.between_tokens

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Yield the body's bytes as they come.

        Raises:
            BackendError: Silence, or a connection that broke.
        """
        chunks = self._response.aiter_bytes()
        ended = False
        try:
            while True:
                problem: BackendError
                try:
                    started = now()
                    with anyio.fail_after(_bound(self._left, self._deadline)):
                        chunk = await anext(chunks)
                    self._left -= now() - started
                except StopAsyncIteration:
                    ended = True
                    return
                except Exception as error:
                    problem = translate(error, phase=self._phase, timeouts=self._timeouts)
                else:
                    yield chunk
                    continue
                raise problem  # outside of except, so that no foreign exception hangs on it
        finally:
            if not ended:
                await _unwind(chunks)

    async def whole(self, most: int) -> bytes:
        """Return all of the body.

        Args:
            most: Bytes that a body may have.

        Raises:
            BackendError: Silence, a connection that broke, or a body that is too long.
        """
        parts: list[bytes] = []
        size = 0
        chunks: AsyncGenerator[bytes, None] = self._response.aiter_bytes()
        problem: BackendError
        try:
            # nothing is read before the end, so all waiting counts as silence
            with anyio.fail_after(_bound(self._left, self._deadline)):
                async for chunk in chunks:
                    size += len(chunk)
                    if size > most:
                        break
                    parts.append(chunk)
                else:
                    return b"".join(parts)
        except Exception as error:
            problem = translate(error, phase=self._phase, timeouts=self._timeouts)
        else:
            problem = ProtocolError(
                f"The response is larger than {most} bytes; the request was given up.",
                hint="Set Sampling(max_tokens=...).",
            )
        await _unwind(chunks)
        raise problem  # outside of except, so that no foreign exception hangs on it


class Client:
    """Connections of one event loop to one server."""

    def __init__(self, connection: Connection, *, aiohttp: bool) -> None:
        self._connection = connection
        # Silence is bounded in Arriving, where it is known what the bytes meant; here only the connection is.
        self._timeout = httpx2.Timeout(None, connect=connection.timeouts.connect)
        self._openai = _OpenAI(
            base_url=connection.base_url,
            api_key=connection.api_key.reveal() or "none",
            max_retries=0,  # tenacity, in retry.py, is the only retry layer
            timeout=self._timeout,
            http_client=self._transport(aiohttp=aiohttp),
        )
        self._openai.own_headers = {name: value.reveal() for name, value in connection.headers.items()}
        self._omitted: dict[str, Any] = {"x-stainless-retry-count": Omit()}  # it would always say 0
        if not connection.api_key and not any(name.lower() == "authorization" for name in connection.headers):
            self._omitted["Authorization"] = Omit()

    def _transport(self, *, aiohttp: bool) -> httpx2.AsyncClient:
        connection = self._connection
        verify: ssl.SSLContext | bool = True
        if connection.trusted is not None:
            verify = connection.trusted
        elif connection.base_url.startswith("http:") and connection.proxy is None:
            verify = False  # nothing to verify; loading the system's certificates would cost 30 ms
        options: dict[str, Any] = {
            "verify": verify,
            "timeout": self._timeout,
            "limits": httpx2.Limits(
                # without bound, the backend's gate counts requests; aiohttp takes None for its default of 100
                max_connections=0 if aiohttp else None,
                max_keepalive_connections=None,
                keepalive_expiry=30.0,
            ),
            "follow_redirects": False,  # a redirect would carry the key somewhere else
            "proxy": None if connection.proxy is None else connection.proxy.reveal(),
            "trust_env": False,  # a proxy is a setting of the backend, not of whoever started the process
            "event_hooks": {"response": [_cap_error_body]},
        }
        return (DefaultAioHttpClient if aiohttp else DefaultAsyncHttpxClient)(**options)

    async def close(self) -> None:
        """Close all connections."""
        await self._openai.close()

    @asynccontextmanager
    async def exchange(
        self, path: str, body: bytes | None, *, deadline: float | None = None, within: float | None = None
    ) -> AsyncGenerator[Arriving, None]:
        """Send a body (or fetch, without one) and give the response as it comes.

        What is raised inside the block is named and cleared of secrets, too.

        Args:
            path: Below the base URL.
            body: Ready JSON, or None for GET.
            deadline: Absolute `anyio.current_time()` after which nothing is waited for.
            within: Seconds until something must have come; `Timeouts.first_token` where left out.

        Raises:
            BackendError: Whatever went wrong; no exception of openai, httpx2 or aiohttp gets out.
        """
        timeouts = self._connection.timeouts
        left = timeouts.first_token if within is None else within
        try:
            started = now()
            response = await self._open(path, body, _bound(timeouts.connect + left, deadline))
            left = max(0.0, left - (now() - started))
            try:
                yield Arriving(response, left=left, timeouts=timeouts, deadline=deadline)
            finally:
                if not response.is_closed:
                    # leaving early closes the connection, and the server stops generating
                    with anyio.move_on_after(5, shield=True), contextlib.suppress(Exception):
                        await response.aclose()
        except BackendError as error:
            self._name(error)
            raise

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

    async def _open(self, path: str, body: bytes | None, seconds: float) -> httpx2.Response:
        options: Any = {"headers": self._omitted}
        problem: BackendError
        try:
            with anyio.fail_after(seconds):
                if body is None:
                    response: Any = await self._openai.get(
                        path, cast_to=httpx2.Response, options=options, stream=True, stream_cls=_NO_STREAM
                    )
                else:
                    response = await self._openai.send(path, body, options)
                return cast("httpx2.Response", response)
        except APIStatusError as error:
            problem = _failure(error)
        except Exception as error:
            problem = translate(error, phase="first_token", timeouts=self._connection.timeouts)
        raise problem  # outside of except, so that no foreign exception hangs on it

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
    _last: tuple[Any, httpx2.Request] | None = (
        None  # the SDK's options of a request, and the request made of them
    )

    @property
    def default_headers(self) -> dict[str, str | Omit]:
        """Headers of every request."""
        return {
            "Accept": "application/json, text/event-stream",
            "Content-Type": "application/json",
            "User-Agent": _USER_AGENT,
            **self.own_headers,
        }

    async def send(self, path: str, body: bytes, options: Any) -> httpx2.Response:
        """Post ready bytes; where only they differ from the last ones, the SDK's options are taken again.

        Args:
            path: Below the base URL.
            body: The bytes.
            options: The SDK's further options; the same object each time.
        """
        if (
            self._last is not None
            and self._last[0].url == path
            and self._last[0].headers == options["headers"]
        ):
            again = self._last[0].model_copy(update={"content": body, "idempotency_key": None})
            response: Any = await self.request(httpx2.Response, again, stream=True, stream_cls=_NO_STREAM)
        else:
            response = await self.post(
                path,
                content=body,
                cast_to=httpx2.Response,
                options=options,
                stream=True,
                stream_cls=_NO_STREAM,
            )
        return cast("httpx2.Response", response)

    def _build_request(self, options: Any, *, retries_taken: int = 0) -> httpx2.Request:
        """Build a request like the last one, where only the bytes differ.

        The SDK parses the URL four times and merges the headers anew for each request, which is most of what it
        costs (openai 3.57: 0.25 of 0.6 ms). Should it call this method no more, requests only become slower.
        """
        last, body = self._last, options.content
        if (
            isinstance(body, bytes)
            and last is not None
            and all(getattr(options, name) == getattr(last[0], name) for name in _OPTIONS)
        ):
            return _Again(last[1], body)
        request = super()._build_request(options, retries_taken=retries_taken)
        if isinstance(body, bytes):
            self._last = (options, request)
        return request


_OPTIONS = ("method", "url", "headers", "params", "timeout")


class _Again(httpx2.Request):
    """A request that was made before, with other bytes."""

    def __init__(self, before: httpx2.Request, body: bytes) -> None:
        self.method, self.url, self.extensions = before.method, before.url, dict(before.extensions)
        self.headers = before.headers.copy()
        self.headers["Content-Length"] = str(len(body))
        self.stream = httpx2.ByteStream(body)
        self._content = body


def _version() -> str:
    try:
        return metadata.version("agentkit-ms4")
    except metadata.PackageNotFoundError:  # a checkout that is not installed
        return "dev"


_USER_AGENT = f"agentkit/{_version()} openai/{openai_version}"
_NO_STREAM: Any = None  # the SDK asks for a class that it does not use where the raw response is wanted


class _Capped(httpx2.AsyncByteStream):
    """A body that ends after some bytes."""

    def __init__(self, stream: Any, most: int) -> None:
        self._stream = stream
        self._most = most

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        size = 0
        chunks = aiter(self._stream)
        try:
            async for chunk in chunks:
                yield chunk
                size += len(chunk)
                if size >= self._most:
                    return
        finally:
            await _unwind(chunks)

    async def aclose(self) -> None:
        """Close the body underneath."""
        await self._stream.aclose()


async def _cap_error_body(response: httpx2.Response) -> None:
    """Let the SDK read the body of an error only so far: it may never end."""
    if response.status_code >= 300:
        response.stream = _Capped(response.stream, _MOST_ERROR_BYTES)


async def _unwind(chunks: AsyncGenerator[bytes, None]) -> None:
    """End generators within generators from the inside.

    Closing the outermost alone leaves the inner ones to the garbage collector, which trio complains about.
    """
    with anyio.CancelScope() as scope, contextlib.suppress(Exception):
        scope.cancel()
        async for _ in chunks:
            pass
    await chunks.aclose()


def _bound(seconds: float, deadline: float | None) -> float:
    """Seconds to wait: the bound, but not beyond the deadline."""
    return max(0.0, seconds if deadline is None else min(seconds, deadline - now()))


def _failure(error: APIStatusError) -> BackendError:
    status, response = error.status_code, error.response
    if 300 <= status < 400:
        problem = ConnectionFailed(
            f"The server sent a redirect ({status}), which is not followed.",
            hint="Set base_url to the final address.",
        )
        problem.retryable = False
        return problem
    try:
        body = response.content
    except httpx2.ResponseNotRead:
        body = b""
    return failure(status, body, retry_after=_retry_after(response.headers))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from Retry-After (seconds or a date) or retry-after-ms."""
    try:
        if (milliseconds := headers.get("retry-after-ms")) is not None:
            seconds = float(milliseconds) / 1000
        elif (value := headers.get("retry-after")) is None:
            return None
        elif re.fullmatch(r"\s*\d+(\.\d+)?\s*", value):
            seconds = float(value)
        else:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
