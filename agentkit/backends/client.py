"""The one file that talks to the server: bytes in, bytes out, through openai's AsyncOpenAI.

`post` with ready bytes keeps the SDK's auth, base URL and connection handling and skips its per-message request
transform, which makes every turn pay for all turns before it.
"""

from __future__ import annotations

import contextlib
import email.utils
import re
import socket
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import anyio
import httpx2
from openai import APIStatusError, AsyncOpenAI, DefaultAioHttpClient, DefaultAsyncHttpxClient, Omit

from agentkit._util.secret import Secret
from agentkit.backends.options import Timeouts
from agentkit.errors import BackendError, BackendTimeout, ConfigurationError, ConnectionFailed, ProtocolError
from agentkit.wire.refuse import failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach a server.

    Attributes:
        base_url: As given; ends where `/chat/completions` begins.
        shown_url: The same without credentials and query, for messages.
        api_key: Sent as a bearer token; empty where the server wants none.
        headers: Further headers.
        ca_bundle: File of trusted certificates, or None for the system's.
        proxy: URL of a proxy, or None.
        timeouts: Bounds on silence.
    """

    base_url: str
    shown_url: str
    api_key: Secret
    headers: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    ca_bundle: str | None = None
    proxy: str | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReply:
    """What a server answered, whatever its status.

    Attributes:
        status: HTTP status.
        headers: Headers by lower-case name.
        pieces: The body as it came: seconds since the request was sent, and bytes.
        problem: What broke the body off, or an empty string.
    """

    status: int
    headers: Mapping[str, str]
    pieces: tuple[tuple[float, bytes], ...]
    problem: str = ""


class Client:
    """Connections of one event loop to one server."""

    def __init__(self, connection: Connection, *, aiohttp: bool) -> None:
        self._connection = connection
        self._timeout = httpx2.Timeout(
            connection.timeouts.first_token,
            connect=connection.timeouts.connect,
            pool=connection.timeouts.first_token,
        )
        headers: dict[str, Any] = {name: value.reveal() for name, value in connection.headers.items()}
        for name in ("OpenAI-Organization", "OpenAI-Project"):
            headers.setdefault(name, Omit())  # the SDK takes these from the environment, for another service
        self._openai = AsyncOpenAI(
            base_url=connection.base_url,
            api_key=connection.api_key.reveal() or "none",
            max_retries=0,  # tenacity, in retry.py, is the only retry layer
            timeout=self._timeout,
            default_headers=headers,
            http_client=self._transport(aiohttp=aiohttp),
        )

    def _transport(self, *, aiohttp: bool) -> httpx2.AsyncClient:
        connection = self._connection
        verify: ssl.SSLContext | bool = True
        if connection.ca_bundle is not None:
            try:
                verify = ssl.create_default_context(cafile=connection.ca_bundle)
            except (OSError, ssl.SSLError) as error:
                raise ConfigurationError(
                    f"The CA bundle {connection.ca_bundle!r} cannot be used: {error}.",
                    hint="Give ca_bundle the path of a PEM file.",
                ) from None
        elif connection.base_url.startswith("http:") and connection.proxy is None:
            verify = False  # nothing to verify; loading the system's certificates would cost 30 ms
        options: dict[str, Any] = {
            "verify": verify,
            "timeout": self._timeout,
            "limits": httpx2.Limits(
                max_connections=None, max_keepalive_connections=None, keepalive_expiry=30.0
            ),
            "follow_redirects": False,  # a redirect would carry the key somewhere else
            "proxy": connection.proxy,
            "trust_env": False,  # a proxy is a setting of the backend, not of whoever started the process
        }
        return (DefaultAioHttpClient if aiohttp else DefaultAsyncHttpxClient)(**options)

    async def close(self) -> None:
        """Close all connections."""
        await self._openai.close()

    @asynccontextmanager
    async def exchange(
        self, path: str, body: bytes | None, *, deadline: float | None = None
    ) -> AsyncGenerator[AsyncIterator[bytes], None]:
        """Send a body (or fetch, without one) and give the response's bytes as they come.

        Args:
            path: Below the base URL.
            body: Ready JSON, or None for GET.
            deadline: Absolute `anyio.current_time()` after which nothing is waited for.

        Raises:
            BackendError: Whatever went wrong; no exception of openai, httpx2 or aiohttp gets out.
        """
        response = await self._open(path, body, deadline)
        try:
            async with aclosing(self._read(response, deadline)) as chunks:
                yield chunks
        finally:
            # leaving early closes the connection, and the server stops generating
            with anyio.CancelScope(shield=True), anyio.move_on_after(5), contextlib.suppress(Exception):
                await response.aclose()

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
        began, options = anyio.current_time(), {"headers": dict(headers or {})}
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
            taken = anyio.current_time() - began
            return RawReply(
                status=error.status_code,
                headers=dict(error.response.headers),
                pieces=((taken, error.response.content),),
            )
        except Exception as error:  # translated, or raised again
            problem = self._translate(error, phase="first_token")
        else:
            return await self._read_all(response, began, seconds, most_bytes)
        raise self._named(problem)

    async def _read_all(
        self, response: httpx2.Response, began: float, seconds: float, most_bytes: int
    ) -> RawReply:
        pieces: list[tuple[float, bytes]] = []
        broke, size = "", 0
        try:
            with anyio.move_on_at(began + seconds) as bound:
                async for chunk in response.aiter_bytes():
                    pieces.append((anyio.current_time() - began, chunk))
                    size += len(chunk)
                    if size > most_bytes:
                        broke = f"the body was still going on after {size} bytes"
                        break
            if bound.cancelled_caught:
                broke = f"the body had not ended after {seconds:g} s"
        except Exception as error:  # translated, or raised again
            broke = self._named(self._translate(error, phase="between_tokens")).message
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(5), contextlib.suppress(Exception):
                await response.aclose()
        return RawReply(
            status=response.status_code, headers=dict(response.headers), pieces=tuple(pieces), problem=broke
        )

    async def _open(self, path: str, body: bytes | None, deadline: float | None) -> httpx2.Response:
        timeouts = self._connection.timeouts
        problem: BackendError
        try:
            with anyio.fail_after(_bound(timeouts.connect + timeouts.first_token, deadline)):
                if body is None:
                    response: Any = await self._openai.get(
                        path, cast_to=httpx2.Response, stream=True, stream_cls=_NO_STREAM
                    )
                else:
                    response = await self._openai.post(
                        path, content=body, cast_to=httpx2.Response, stream=True, stream_cls=_NO_STREAM
                    )
                return cast("httpx2.Response", response)
        except APIStatusError as error:
            problem = failure(
                error.status_code, error.response.content, retry_after=_retry_after(error.response.headers)
            )
            if 300 <= error.status_code < 400:
                problem = ConnectionFailed(
                    f"The server sent a redirect ({error.status_code}), which is not followed.",
                    hint="Set base_url to the final address.",
                )
        except Exception as error:  # translated below, or raised again
            problem = self._translate(error, phase="first_token")
        raise self._named(problem)  # outside of except, so that no foreign exception hangs on it

    async def _read(self, response: httpx2.Response, deadline: float | None) -> AsyncGenerator[bytes, None]:
        bound = self._connection.timeouts.first_token
        async with aclosing(response.aiter_bytes()) as chunks:
            while True:
                problem: BackendError
                try:
                    with anyio.fail_after(_bound(bound, deadline)):
                        chunk = await anext(chunks)
                except StopAsyncIteration:
                    return
                except Exception as error:
                    problem = self._translate(error, phase="between_tokens")
                else:
                    bound = self._connection.timeouts.between_tokens
                    yield chunk
                    continue
                raise self._named(problem)

    def _named(self, problem: BackendError) -> BackendError:
        """Say which server it was, and take secrets out of what it said."""
        secrets = [self._connection.api_key, *self._connection.headers.values()]
        message = f"{self._connection.shown_url}: {problem.message}"
        for secret in secrets:
            message = secret.redact(message)
        problem.message = message
        problem.args = (message,)
        problem.url = self._connection.shown_url
        return problem

    def _translate(self, error: Exception, *, phase: str) -> BackendError:
        """Name what happened, from the whole chain of causes: the SDK's own name for it is often wrong.

        aiohttp's disconnects come as connect timeouts through the SDK's transport (openai 3.57).
        """
        chain = list(_chain(error))
        names = {type(link).__name__ for link in chain}
        if (
            any(isinstance(link, ssl.SSLError) for link in chain)
            or "ClientConnectorCertificateError" in names
        ):
            cause = next((link for link in chain if isinstance(link, ssl.SSLError)), chain[-1])
            return _lasting(
                f"TLS failed: {cause}.",
                "Check the certificate; for a private authority set Backend(ca_bundle=...).",
            )
        if any(isinstance(link, socket.gaierror) for link in chain) or "ClientConnectorDNSError" in names:
            return _lasting("The host name cannot be resolved.", "Check base_url or AGENTKIT_BASE_URL.")
        if names & {"UnsupportedProtocol", "InvalidURL", "LocalProtocolError"}:
            return _lasting(
                f"This is no usable address: {chain[-1]}.", "base_url looks like http://host:8000/v1."
            )
        if names & {"ProxyError", "ClientProxyConnectionError", "ClientHttpProxyError"}:
            return ConnectionFailed(f"The proxy failed: {chain[-1]}.", hint="Check Backend(proxy=...).")
        if any(isinstance(link, ConnectionRefusedError) for link in chain):
            return ConnectionFailed(
                "Nothing listens there (connection refused).",
                hint="Start the server, or correct base_url.",
                costs_nothing=True,
            )
        if names & {"DecodingError", "ContentEncodingError"}:
            return ProtocolError(
                f"The response cannot be decoded: {chain[-1]}.", hint="Look at the proxy in between."
            )
        broke = any(isinstance(link, ConnectionError) for link in chain) or names & {
            "ServerDisconnectedError", "ClientOSError", "ClientPayloadError", "ReadError", "WriteError",
            "RemoteProtocolError", "ConnectError", "ClientConnectorError", "TransferEncodingError",
        }  # fmt: skip
        if broke:
            return ConnectionFailed(
                f"The connection broke ({type(chain[-1]).__name__}: {chain[-1]}).",
                hint="Look at the server's log and at proxies in between.",
            )
        if names & {"ConnectionTimeoutError", "ConnectTimeout", "PoolTimeout"}:
            return BackendTimeout(
                f"No connection within {self._connection.timeouts.connect:g} s.",
                hint="Check base_url and the network, or raise Timeouts(connect=...).",
                phase="connect",
                costs_nothing=True,
            )
        if "APITimeoutError" in names or any(
            isinstance(link, TimeoutError | httpx2.TimeoutException) for link in chain
        ):
            return BackendTimeout(
                "The server was silent for too long.",
                hint=f"Raise Timeouts({phase}=...) or the run's Limits(seconds=...), or look at the server's load.",
                phase=phase,
            )
        if isinstance(error, OSError) or type(error).__module__.split(".")[0] in _FOREIGN:
            return ConnectionFailed(
                f"The connection failed ({type(error).__name__}: {chain[-1]}).",
                hint="Look at the server's log and at proxies in between.",
            )
        raise error


_FOREIGN = frozenset({"openai", "httpx2", "httpcore2", "aiohttp", "h11", "anyio"})
_NO_STREAM: Any = None  # the SDK asks for a class that it does not use where the raw response is wanted


def _lasting(message: str, hint: str) -> ConnectionFailed:
    """A failure that trying again does not cure."""
    problem = ConnectionFailed(message, hint=hint, costs_nothing=True)
    problem.retryable = False
    return problem


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or getattr(error, "os_error", None) or error.__context__


def _bound(seconds: float, deadline: float | None) -> float:
    """Seconds to wait: the bound, but not beyond the deadline."""
    return seconds if deadline is None else max(0.0, min(seconds, deadline - anyio.current_time()))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from Retry-After (seconds or a date) or retry-after-ms."""
    try:
        if (milliseconds := headers.get("retry-after-ms")) is not None:
            return max(0.0, float(milliseconds) / 1000)
        if (value := headers.get("retry-after")) is None:
            return None
        if re.fullmatch(r"\s*\d+(\.\d+)?\s*", value):
            return float(value)
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
