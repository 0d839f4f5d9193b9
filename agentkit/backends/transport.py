"""How bytes go to a server under asyncio: aiohttp below the SDK, and the straight way for requests after the first."""

from __future__ import annotations

import base64
import socket
import ssl
from collections.abc import AsyncGenerator, Mapping
from typing import Any

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
from agentkit.backends.answer import Answer, DecodedAnswer
from agentkit.backends.pattern import Pattern

KEEP_ALIVE: tuple[tuple[int, int, int], ...] = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in (
            ("TCP_KEEPIDLE", 60),
            ("TCP_KEEPALIVE", 60),
            ("TCP_KEEPINTVL", 30),
            ("TCP_KEEPCNT", 6),
        )
        if hasattr(socket, name)  # macOS calls the first one TCP_KEEPALIVE
    ),
)
"""Socket options: after a minute of silence the system asks whether the other end is there (seconds, and how often).

A model may think for minutes without a byte; routers and load balancers forget connections that are silent for four.
"""

_PIECE = 128 * 1024
"""Bytes that are written in one go, so that other runs get their turn between those of a long body."""

_LULL = 1.0
"""Seconds after which servers may have closed connections that are kept here; gunicorn does after 2, uvicorn after 5."""

_TURNS = 4
"""Turns of the event loop in which it sees that a connection was closed; two were enough, over TCP and TLS."""

_MOST_UNASKED = 16
"""Connections that are dropped for one request because an answer is there before it."""


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
                    socket_factory=_kept_alive,
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


def _kept_alive(address: tuple[Any, ...]) -> socket.socket:
    """Make the socket for an address as `getaddrinfo` gives it."""
    made = socket.socket(*address[:3])
    try:
        for option in KEEP_ALIVE:
            made.setsockopt(*option)
    except OSError:
        made.close()
        raise
    return made


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
