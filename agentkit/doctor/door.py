"""The way in: the first requests, and one clear sentence where they lead nowhere."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import anyio

from agentkit._util import json
from agentkit._util.library import runs_trio
from agentkit._util.secret import Secret
from agentkit.backends.address import secrets_in, trusted
from agentkit.backends.client import Client, Connection
from agentkit.backends.options import Timeouts
from agentkit.doctor.bench import Bench, Subject
from agentkit.doctor.reply import Reply, read_reply
from agentkit.errors import (
    AuthenticationFailed,
    BackendError,
    ConnectionFailed,
    ModelNotFound,
    Overloaded,
    ProtocolError,
    ServerFailed,
)
from agentkit.wire.refuse import excerpt


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """What opens the server's door, checked."""

    api_key: Secret
    headers: Mapping[str, Secret]
    proxy: Secret | None
    ca_bundle: str | None

    @property
    def has_key(self) -> bool:
        """Whether a key is sent, however."""
        return bool(self.api_key) or any(name.lower() == "authorization" for name in self.headers)


class Door(Client):
    """A client that knows where it leads."""

    url: str = ""


async def connect(base: str, opener: Opener) -> tuple[Door, Reply]:
    """Return a client and the list of models, with `/v1` added to the URL where that is where the models are.

    Raises:
        BackendError: There is no server, or it is still loading.
    """
    last: tuple[Door, Reply] | None = None
    for url in (base, f"{base}/v1") if not base.endswith("/v1") else (base,):
        client = Door(
            Connection(
                base_url=f"{url}/",
                shown_url=url,
                api_key=opener.api_key,
                headers=opener.headers,
                secrets=secrets_in(opener.api_key, opener.headers.values(), opener.proxy),
                trusted=trusted(opener.ca_bundle),
                proxy=opener.proxy,
                timeouts=Timeouts(connect=10.0, first_token=30.0),
            ),
            aiohttp=not runs_trio(),
        )
        client.url = url
        try:
            reply = read_reply(await client.send("GET", "models", seconds=30.0), streamed=False, chat=False)
        except BaseException as error:
            await client.close()
            if isinstance(error, ConnectionFailed) and opener.proxy is None and await _speaks_tls(url):
                tls = ConnectionFailed(
                    f"{url}: The port speaks TLS, and plain HTTP was sent.", hint="Write https:// in the URL."
                )
                raise tls from None
            raise
        if last is not None:
            await last[0].close()
        last = (client, reply)
        if names_of(reply):
            return last
    assert last is not None
    client, reply = last
    if isinstance(reply.error, AuthenticationFailed | Overloaded) or (
        isinstance(reply.error, ServerFailed) and reply.status in (502, 504)
    ):
        await client.close()
        raise _named_error(reply.error, client.url)
    return last


async def _speaks_tls(url: str) -> bool:
    """Whether a port that broke off plain HTTP takes a TLS handshake."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        return False
    anyone = ssl.create_default_context()
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE  # nothing is sent
    try:
        with anyio.fail_after(5):
            stream = await anyio.connect_tcp(
                parts.hostname, parts.port or 80, ssl_context=anyone, tls_standard_compatible=False
            )
            await stream.aclose()
    except (OSError, TimeoutError, anyio.BrokenResourceError, anyio.EndOfStream):
        return False
    return True


def names_of(listing: Reply) -> list[str]:
    """Return the ids in a list of models; nothing where it is no such list."""
    entries: Any = listing.data.get("data") if json.is_object(listing.data) else None
    named = [entry for entry in entries if json.is_object(entry)] if json.is_array(entries) else []
    return [entry["id"] for entry in named if isinstance(entry.get("id"), str)]


def served_model(subject: Subject, listing: Reply) -> str:
    """Return the one model that can be meant where none was named.

    Raises:
        ModelNotFound: There are several, or none is listed.
        ProtocolError: It is no list of models.
    """
    names = subject.listed
    likely = [name for name in names if "mistral-small-4" in name.lower()]
    if len(names) == 1 or len(likely) == 1:
        return likely[0] if likely else names[0]
    if names:
        raise ModelNotFound(
            f"{subject.url} serves {len(names)} models and none was named.",
            hint=f"Set --model to one of: {', '.join(names)}.",
            served=names,
        )
    if json.is_object(listing.data) and listing.data.get("data") == []:
        raise ModelNotFound(
            f"{subject.url} lists no model.", hint="Load one, or name one that it loads on demand: --model."
        )
    raise ProtocolError(
        f"{subject.url}: GET /models gave no list of models, but {_what_came(listing)}.",
        hint=_no_list(listing),
    )


def _what_came(listing: Reply) -> str:
    place = listing.headers.get("location")
    if 300 <= listing.status < 400 and place:
        return f"a redirect ({listing.status}) to {place.partition('?')[0]}"
    return f"{listing.status}{f': {excerpt(listing.body, 100)}' if listing.body.strip() else ' and nothing else'}"


def _no_list(listing: Reply) -> str:
    if 300 <= listing.status < 400:
        return "Redirects are not followed, for they would take the key along: give the address that it leads to."
    if listing.error is not None and "TLS" in listing.error.hint:
        return "The port speaks TLS: write https:// in the URL."
    return "Check that the URL leads to an OpenAI-compatible server (it usually ends in /v1), or set --model."


async def check_door(bench: Bench) -> None:
    """Ask once, so that a server that cannot be asked at all is one clear sentence.

    Raises:
        BackendError: The key is refused, the model is not served, the server is loading, or nothing is there.
    """
    reply = await bench.asker().chat("Hi", max_tokens=4)
    error = reply.error
    if isinstance(error, AuthenticationFailed | ModelNotFound | Overloaded) or (error and not reply.status):
        raise _named_error(error, bench.subject.url)


def _named_error(error: BackendError, url: str) -> BackendError:
    if url not in error.message:
        error.message = f"{url}: {error.message}"
        error.args = (error.message,)
    error.url = url
    return error
