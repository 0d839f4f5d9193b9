"""Where a server is and what opens its door: checked when a backend is made, before any request."""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from agentkit._util.secret import Secret
from agentkit.errors import ConfigurationError

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_IN_A_HEADER = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f\\<>\"^`{|}]")
_SET_BY_THE_CLIENT = frozenset({"content-length", "content-type", "host", "transfer-encoding", "connection"})


def shown_url(base_url: str) -> str:
    """Return a base URL as it may be shown: without a trailing slash, and known to hold no secret.

    Raises:
        ConfigurationError: It is no http(s) URL, holds credentials or a query, or names an endpoint.
    """
    parts = _http_parts(base_url, "The backend's base_url", "It looks like http://host:8000/v1.")
    if parts.username or parts.password or parts.query or parts.fragment:
        # other libraries write whole URLs into their logs
        raise ConfigurationError(
            "The backend's base_url holds credentials or a query.",
            hint="Give them as api_key=..., or as headers={'Authorization': ...}.",
        )
    path = parts.path.rstrip("/")
    for endpoint in ("/chat/completions", "/completions", "/models"):
        if path.endswith(endpoint):
            raise ConfigurationError(
                f"The backend's base_url ends in {endpoint}, which is added for each request.",
                hint=f"Leave it out: {_rebuilt(parts, path.removesuffix(endpoint))}",
            )
    return _rebuilt(parts, path)


def checked_proxy(proxy: str | None) -> Secret | None:
    """Return a proxy's URL, which may hold a password.

    Raises:
        ConfigurationError: It is no http(s) URL.
    """
    if proxy is None:
        return None
    _http_parts(
        proxy, "The backend's proxy", "It looks like http://proxy:3128 or http://user:password@proxy:3128."
    )
    return Secret(proxy)


def checked_key(api_key: str | None) -> Secret:
    """Return the key to send as a bearer token; empty where there is none.

    Raises:
        ConfigurationError: It holds something that no header can carry.
    """
    if api_key is None:
        return Secret("")
    if not isinstance(api_key, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (untyped callers)
        raise ConfigurationError(f"api_key is a {type(api_key).__name__}.", hint="Give text.")
    if _NOT_IN_A_HEADER.search(api_key) or not api_key.isascii() or api_key != api_key.strip():
        raise ConfigurationError(
            "api_key holds a line break, white space at an end, or another character that no header can carry.",
            hint="If it was read from a file, strip() it.",
        )
    return Secret(api_key)


def checked_headers(headers: Mapping[str, str] | None, *, with_key: bool) -> dict[str, Secret]:
    """Return further headers of every request.

    Raises:
        ConfigurationError: A name or value is none, or belongs to the client.
    """
    checked: dict[str, Secret] = {}
    names: set[str] = set()
    given: Mapping[Any, Any] = headers or {}  # callers without a type checker
    for name, value in given.items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise ConfigurationError(
                f"{name!r} is no name of a header.", hint="Use letters, digits and hyphens."
            )
        if not isinstance(value, str):
            raise ConfigurationError(
                f"The value of the header {name} is a {type(value).__name__}.", hint="Give text."
            )
        if (
            _NOT_IN_A_HEADER.search(value) or not value.isascii()
        ):  # the value may be a secret: it is not shown
            raise ConfigurationError(
                f"The value of the header {name} holds a line break or another character that no header can carry.",
                hint="Use printable ASCII.",
            )
        if name.lower() in _SET_BY_THE_CLIENT:
            raise ConfigurationError(f"The header {name} is set by the client.", hint="Leave it out.")
        if name.lower() in names or (with_key and name.lower() == "authorization"):
            raise ConfigurationError(
                f"The header {name} is given twice.",
                hint="Give api_key or headers={'Authorization': ...}, not both.",
            )
        names.add(name.lower())
        checked[name] = Secret(value)
    return checked


def trusted(ca_bundle: str | None) -> ssl.SSLContext | None:
    """Return a TLS context that trusts the certificates of a PEM file, or None where none is named.

    Raises:
        ConfigurationError: The file cannot be read or holds no certificate.
    """
    if ca_bundle is None:
        return None
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except (OSError, ssl.SSLError) as error:
        problem = ConfigurationError(
            f"The CA bundle {ca_bundle!r} cannot be used: {error}.",
            hint="Give ca_bundle the path of a PEM file.",
        )
    raise problem


def secrets_in(api_key: Secret, headers: Iterable[Secret], proxy: Secret | None) -> tuple[Secret, ...]:
    """Return every text that must not be shown: whole values, and the secret parts of them, longest first."""
    texts = {api_key.reveal()}
    for header in headers:
        value = header.reveal()
        texts |= {value, value.split(" ")[-1]}  # `Bearer KEY` is a secret as a whole and in its last word
        if value[:6].lower() == "basic ":
            try:
                user_and_password = base64.b64decode(value[6:]).decode()
            except ValueError:
                continue
            texts |= {user_and_password, user_and_password.partition(":")[2]}
    if proxy is not None:
        parts = urlsplit(proxy.reveal())
        texts |= {parts.password or "", unquote(parts.password or "")}
    return tuple(map(Secret, sorted(texts - {""}, key=len, reverse=True)))


def _http_parts(url: str, what: str, hint: str) -> SplitResult:
    if not isinstance(url, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (untyped callers)
        raise ConfigurationError(f"{what} is a {type(url).__name__}.", hint=hint)
    problem = ConfigurationError(
        f"{what} is no http(s) address.", hint=hint
    )  # it may hold a secret: not shown
    if _NOT_IN_A_URL.search(url):
        raise problem
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        usable = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:  # a broken IPv6 address, a port that is none, a label that is empty or too long
        host, usable, parts = "", False, urlsplit("")
    if not (host and usable and _HOST.fullmatch(host)):
        raise problem
    return parts


_HOST = re.compile(r"[A-Za-z0-9._-]*[A-Za-z0-9][A-Za-z0-9._-]*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.%A-Za-z]*")
"""A name, an IPv4 address, or an IPv6 address."""


def _rebuilt(parts: SplitResult, path: str) -> str:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, host if parts.port is None else f"{host}:{parts.port}", path, "", ""))
