"""Foreign exceptions on the way to a server, told in agentkit's own."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx2

from agentkit.backends.options import Timeouts
from agentkit.errors import BackendError, BackendTimeout, ConnectionFailed, ProtocolError


def translate(error: Exception, *, phase: str, timeouts: Timeouts) -> BackendError:
    """Name what happened, from the whole chain of causes: the SDK's own name for it is often wrong.

    aiohttp's disconnects come as connect timeouts through the SDK's transport (openai 3.57).

    Args:
        error: What openai, httpx2 or aiohttp raised; anything else is raised again.
        phase: What was waited for: first_token or between_tokens.
        timeouts: The bounds, for the hints.
    """
    chain = list(_chain(error))
    names = {type(link).__name__ for link in chain}
    if any(isinstance(link, ssl.SSLError) for link in chain) or "ClientConnectorCertificateError" in names:
        cause = next((link for link in chain if isinstance(link, ssl.SSLError)), chain[-1])
        if any("WRONG_VERSION_NUMBER" in str(link) or "RECORD_LAYER_FAILURE" in str(link) for link in chain):
            return _lasting(
                f"TLS failed: {_line(cause)}.",
                "The server seems to speak plain HTTP: write http:// in base_url.",
            )
        return _lasting(
            f"TLS failed: {_line(cause)}.",
            "Check the certificate; for a private authority set Backend(ca_bundle=...).",
        )
    if any(isinstance(link, socket.gaierror) for link in chain) or "ClientConnectorDNSError" in names:
        return _lasting("The host name cannot be resolved.", "Check base_url or AGENTKIT_BASE_URL.")
    if names & {"UnsupportedProtocol", "InvalidURL", "LocalProtocolError"}:
        return _lasting(
            f"This is no usable address: {_line(chain[-1])}.", "base_url looks like http://host:8000/v1."
        )
    if names & {"ProxyError", "ClientProxyConnectionError", "ClientHttpProxyError"}:
        if any(str(link).startswith("407") for link in chain):  # both libraries say it so
            return _lasting(
                "The proxy refuses the credentials, or wants some (407).",
                "Give them in Backend(proxy='http://user:password@host:port').",
            )
        return ConnectionFailed(f"The proxy failed: {_line(chain[-1])}.", hint="Check Backend(proxy=...).")
    if any(isinstance(link, ConnectionRefusedError) for link in chain):
        return ConnectionFailed(
            "Nothing listens there (connection refused).",
            hint="Start the server, or correct base_url.",
            costs_nothing=True,
        )
    if names & {"DecodingError", "ContentEncodingError"}:
        return ProtocolError(
            f"The response cannot be decoded: {_line(chain[-1])}.", hint="Look at the proxy in between."
        )
    broke = any(isinstance(link, ConnectionError) for link in chain) or names & {
        "ServerDisconnectedError", "ClientOSError", "ClientPayloadError", "ReadError", "WriteError",
        "RemoteProtocolError", "ConnectError", "ClientConnectorError", "TransferEncodingError",
    }  # fmt: skip
    if broke:
        return ConnectionFailed(
            f"The connection broke ({type(chain[-1]).__name__}: {_line(chain[-1])}).",
            hint="Look at the server's log and at proxies in between.",
        )
    if names & {"ConnectionTimeoutError", "ConnectTimeout", "PoolTimeout"}:
        return BackendTimeout(
            f"No connection within {timeouts.connect:g} s.",
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
            f"The connection failed ({type(error).__name__}: {_line(chain[-1])}).",
            hint="Look at the server's log and at proxies in between.",
        )
    raise error


_FOREIGN = frozenset({"openai", "httpx2", "httpcore2", "aiohttp", "h11", "anyio"})


def _line(error: BaseException) -> str:
    """What an exception says, on one line."""
    return " ".join(str(error).split())


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
