"""How bytes go to a server and come back: aiohttp under the SDK, and the body of an answer as it arrives."""

from __future__ import annotations

import base64
import contextlib
import ssl
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp
import anyio
import anyio.lowlevel
import httpx2
from aiohttp.abc import AbstractStreamWriter
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from multidict import CIMultiDict
from yarl import URL

from agentkit._util.library import now
from agentkit._util.secret import Secret

_PIECE = 128 * 1024
"""Bytes that are written in one go, so that other runs get their turn between those of a long body."""

_LULL = 1.0
"""Seconds after which servers may have closed connections that are kept here; gunicorn does after 2, uvicorn after 5."""

_TURNS = 4
"""Turns of the event loop in which it sees that a connection was closed; two were enough, over TCP and TLS."""


_MOST_UNASKED = 16
"""Connections that are dropped for one request because an answer is there before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A request that the SDK made, to be sent again with other bytes.

    The SDK parses the URL four times, copies its options three times and merges the headers anew for each request,
    and httpx2 asks for auth, redirects and cookies: together more than the sending itself.

    Attributes:
        request: It, without its body and without the cookies that servers have set: those may change.
        url: Its URL, parsed.
        headers: Its headers, but the body's length.
    """

    request: httpx2.Request
    url: URL = field(init=False)
    headers: CIMultiDict[str] = field(init=False)

    def __post_init__(self) -> None:
        headers = [pair for pair in self.request.headers.multi_items() if pair[0].lower() != "content-length"]
        object.__setattr__(self, "url", URL(str(self.request.url)))
        object.__setattr__(self, "headers", CIMultiDict(headers))

    @classmethod
    def of(cls, request: httpx2.Request, *, own_cookie: bool) -> Pattern:
        """Take a request as the pattern of further ones; its bytes are not kept.

        Args:
            request: It.
            own_cookie: Whether its cookie is a header of the backend's, and stays.
        """
        pattern = _Again(request, b"")
        if not own_cookie:
            pattern.headers.pop("Cookie", None)
        return cls(request=pattern)

    def filled(self, body: bytes, cookies: httpx2.Cookies) -> httpx2.Request:
        """Return the request with other bytes, and with the cookies of now."""
        request = _Again(self.request, body)
        if cookies:
            cookies.set_cookie_header(request)
        return request

    def headers_with(self, cookies: httpx2.Cookies) -> CIMultiDict[str]:
        """Return the headers, and with them the cookies of now."""
        if not cookies or "Cookie" in self.headers:
            return self.headers
        headers = self.headers.copy()
        if (cookie := self.filled(b"", cookies).headers.get("Cookie")) is not None:
            headers["Cookie"] = cookie
        return headers


class _Again(httpx2.Request):
    """A request that was made before, with other bytes."""

    def __init__(self, before: httpx2.Request, body: bytes) -> None:
        self.method, self.url, self.extensions = before.method, before.url, dict(before.extensions)
        self.headers = before.headers.copy()
        self.headers["Content-Length"] = str(len(body))
        self.stream = httpx2.ByteStream(body)
        self._content = body


class Answer(Protocol):
    """A response whose body is being read."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers, by whatever case."""
        ...

    @property
    def ended(self) -> bool:
        """Whether the body was read to its end."""
        ...

    def ready(self) -> bytes:
        """Return what has come and can be had without waiting; nothing where one must wait, or at the end."""
        ...

    async def more(self) -> bytes:
        """Wait for more; nothing at the end."""
        ...

    async def aclose(self) -> None:
        """Have done with it; what is left of the body is not waited for: the connection closes, and the server stops."""
        ...


class DecodedAnswer:
    """The answer as httpx2 reads it: with its decoding, and under every event loop."""

    def __init__(self, response: httpx2.Response) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.ended = False
        self._response = response
        self._chunks: AsyncGenerator[bytes, None] = response.aiter_bytes()

    def ready(self) -> bytes:
        """Nothing: httpx2 does not tell."""
        return b""

    async def more(self) -> bytes:
        """Wait for more; nothing at the end."""
        while not self.ended:
            chunk = await anext(self._chunks, None)
            if chunk:
                return chunk
            self.ended = chunk is None
        return b""

    async def aclose(self) -> None:
        """Close the response."""
        if not self.ended:
            await unwind(self._chunks)
        if not self._response.is_closed:
            with anyio.move_on_after(5, shield=True), contextlib.suppress(Exception):
                await self._response.aclose()


class _StraightAnswer:
    """The answer as aiohttp reads it, its body not encoded."""

    __slots__ = ("_content", "_response", "headers", "status")

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._content = response.content

    @property
    def ended(self) -> bool:
        return self._content.at_eof()

    def ready(self) -> bytes:
        return self._content.read_nowait()

    async def more(self) -> bytes:
        return await self._content.readany()

    async def aclose(self) -> None:
        if not self._response.closed:
            self._response.close()


class AioTransport(httpx2.AsyncBaseTransport):
    """httpx2's transport over aiohttp, which can also send a known request again on the straight way.

    Its session belongs to the event loop of its first request.

    Args:
        trusted: What certificates are checked against; False where there is nothing to check.
        connect: Seconds until a connection must be there.
        idle: Seconds for which a connection that is not used is kept.
        proxy: URL of a proxy, or None.
    """

    def __init__(
        self, *, trusted: ssl.SSLContext | bool, connect: float, idle: float, proxy: Secret | None
    ) -> None:
        self._trusted = trusted
        url = None if proxy is None else URL(proxy.reveal())
        self._proxy = url and url.with_user(None)  # what aiohttp says of it in errors holds no password
        self._proxy_headers: dict[str, str] | None = None
        if url is not None and url.user is not None:
            credentials = base64.b64encode(f"{url.user}:{url.password or ''}".encode()).decode()
            # aiohttp makes it Proxy-Authorization, of requests or of CONNECT, and sends it to the proxy alone
            self._proxy_headers = {"Authorization": f"Basic {credentials}"}
        self._idle = idle
        self._timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=connect
        )  # silence is bounded in Client
        self._session: aiohttp.ClientSession | None = None
        self._asked = 0.0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send what the SDK made."""
        body = await request.aread()
        headers = CIMultiDict(request.headers.multi_items())
        headers.pop("Transfer-Encoding", None)  # aiohttp's own affair
        return _as_httpx2(
            await self._send(request.method, URL(str(request.url)), headers, body or None), request
        )

    async def again(self, pattern: Pattern, body: bytes, cookies: httpx2.Cookies) -> Answer:
        """Send a known request with other bytes.

        Args:
            pattern: The request.
            body: The bytes.
            cookies: Those of httpx2's client, which are sent and kept as it does; a load balancer tells its
                sessions apart by them.
        """
        headers = pattern.headers_with(cookies)
        response = await self._send(pattern.request.method, pattern.url, headers, body)
        if "Set-Cookie" in response.headers:
            cookies.extract_cookies(_as_httpx2(response, pattern.request))
        if "Content-Encoding" in response.headers:
            return DecodedAnswer(_as_httpx2(response, pattern.request))
        return _StraightAnswer(response)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def _send(
        self, method: str, url: URL, headers: CIMultiDict[str], body: bytes | None
    ) -> aiohttp.ClientResponse:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=_Connector(
                    limit=0,  # no bound: the backend's gate counts requests
                    keepalive_timeout=self._idle,
                    ssl=self._trusted,
                ),
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),  # httpx2's client keeps them
                auto_decompress=False,  # httpx2 decodes what it has said it can
            )
        elif now() - self._asked > _LULL:
            # A program that kept the loop busy meanwhile has not seen which connections are closed.
            for _ in range(_TURNS):
                await anyio.lowlevel.checkpoint()
        data = _LongBody(body) if body is not None and len(body) > _PIECE else body
        response = await self._session.request(
            method,
            url,
            headers=headers,
            data=data,
            allow_redirects=False,
            proxy=self._proxy,
            proxy_headers=self._proxy_headers,
        )
        self._asked = now()
        return response


class _Connector(aiohttp.TCPConnector):
    """Connections of which none is used that holds bytes already: aiohttp would take them for the next answer."""

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """Return a kept connection, or a new one."""
        for _ in range(_MOST_UNASKED):
            connection = await super().connect(req, traces, timeout)
            if connection.protocol is None or not connection.protocol.should_close:
                return connection
            connection.close()
        raise aiohttp.ClientConnectionError("the server sent answers that nobody had asked for")


class _LongBody(aiohttp.Payload):
    """Bytes that are written piece by piece, without a copy of them (io.BytesIO makes one of each piece)."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body, content_type="application/json")
        self._size = len(body)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return bytes(self._value).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        view = memoryview(self._value)
        for start in range(0, len(view), _PIECE):
            await writer.write(view[start : start + _PIECE])


class _Body(httpx2.AsyncByteStream):
    """What httpx2 reads a response of aiohttp from."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        while chunk := await self._response.content.readany():
            yield chunk

    async def aclose(self) -> None:
        if not self._response.closed:
            self._response.close()


def _as_httpx2(response: aiohttp.ClientResponse, request: httpx2.Request) -> httpx2.Response:
    extensions: dict[str, Any] = {"http_version": b"HTTP/1.1"}
    if response.reason:
        extensions["reason_phrase"] = response.reason.encode()
    return httpx2.Response(
        status_code=response.status,
        headers=list(response.raw_headers),
        stream=_Body(response),
        request=request,
        extensions=extensions,
    )


async def unwind(chunks: AsyncGenerator[bytes, None]) -> None:
    """End generators within generators from the inside.

    Closing the outermost alone leaves the inner ones to the garbage collector, which trio complains about.
    """
    with anyio.CancelScope() as scope, contextlib.suppress(Exception):
        scope.cancel()
        async for _ in chunks:
            pass
    await chunks.aclose()
