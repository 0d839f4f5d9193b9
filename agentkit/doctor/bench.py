"""Asks the server: each different request is made once and shared by all probes that need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import anyio

from agentkit._util import json
from agentkit.backends.client import Client
from agentkit.backends.findings import Exhibit, Finding
from agentkit.doctor.reply import Reply, read_reply, shorten
from agentkit.errors import BackendError, BackendTimeout, ConnectionFailed, Overloaded, ProtocolError

_TRIES = 3
_LONGEST_PAUSE = 5.0  # seconds that a busy server is given before it is asked again


@dataclass(slots=True, kw_only=True)
class Subject:
    """The server that is examined, and what is known of it so far.

    Attributes:
        url: Its base URL.
        model: The model that is asked.
        kind: What the server is, once that is proved.
        version: What it says of its version.
        window: The context window in tokens that it reports, or None.
        api_key: Whether a key is sent.
        more_headers: Whether further headers are sent, any of which may be a key.
        listed: The models that it lists.
        claimed: The kind that the user named, or an empty string.
        stream_options: Whether `stream_options` is not refused, as far as is known.
    """

    url: str
    model: str = ""
    kind: str = ""
    version: str = ""
    window: int | None = None
    api_key: bool = False
    more_headers: bool = False
    listed: tuple[str, ...] = ()
    claimed: str = ""
    stream_options: bool = True


class Bench:
    """Shared requests to one server.

    Args:
        client: Connections.
        subject: The server.
        concurrency: Requests at the same time.
        seconds: Bound of one request.
    """

    def __init__(
        self, client: Client, subject: Subject, *, concurrency: int = 6, seconds: float = 45.0
    ) -> None:
        self.subject = subject
        self.findings: dict[str, Finding] = {}
        self.requests = 0
        self.slowest = 0.0
        self._client = client
        self._room = anyio.CapacityLimiter(concurrency)
        self._seconds = seconds
        self._locks: dict[bytes, anyio.Lock] = {}
        self._replies: dict[bytes, Reply] = {}

    def asker(self) -> Asker:
        """Return a view of the bench that notes what one probe asked."""
        return Asker(bench=self)

    async def send(
        self, method: str, path: str, body: dict[str, Any] | None, headers: Mapping[str, str], again: int
    ) -> Reply:
        """Return the reply to a request, made now or earlier; `again` makes the same request one more time."""
        key = json.dumps_bytes([method, path, body, dict(headers), again])
        async with self._locks.setdefault(key, anyio.Lock()):
            if key not in self._replies:
                self._replies[key] = await self._send(method, path, body, headers)
            return self._replies[key]

    async def _send(
        self, method: str, path: str, body: dict[str, Any] | None, headers: Mapping[str, str]
    ) -> Reply:
        content = None if body is None else json.dumps_bytes(body)
        streamed = bool(body and body.get("stream"))
        reply = Reply()
        for tried in range(_TRIES):
            async with self._room:
                reply = await self._attempt(method, path, content, headers, streamed)
            if isinstance(reply.error, ConnectionFailed) and tried < _TRIES - 1:
                continue  # perhaps a kept connection that the server had just closed, and the next one too
            if not isinstance(reply.error, Overloaded) or tried == _TRIES - 1:
                break
            await anyio.sleep(min(reply.error.retry_after or 1.0, _LONGEST_PAUSE))
        return reply

    async def _attempt(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str], streamed: bool
    ) -> Reply:
        self.requests += 1
        try:
            with anyio.fail_after(self._seconds + 5):
                raw = await self._client.send(method, path, content, headers=headers, seconds=self._seconds)
        except BackendError as error:
            return Reply(error=error, streamed=streamed, late=isinstance(error, BackendTimeout))
        except TimeoutError:
            late = BackendTimeout("No answer in time.", phase="first_token")
            return Reply(error=late, streamed=streamed, late=True)
        try:
            reply = read_reply(raw, streamed=streamed, chat=path == CHAT)
        except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
            return Reply(
                status=raw.status,
                error=ProtocolError(f"The answer cannot be read: {error!r}."),
                streamed=streamed,
            )
        if not reply.late:
            self.slowest = max(self.slowest, reply.seconds)
        return reply

    @property
    def slow(self) -> bool:
        """Whether the server is so slow that an answer that did not come in time proves nothing."""
        return self.slowest > self._seconds / 5


CHAT = "chat/completions"


@dataclass(slots=True, kw_only=True)
class Asker:
    """The bench as one probe sees it.

    Attributes:
        bench: The bench.
        evidence: What this probe asked so far.
        late: Whether an answer did not come in time.
    """

    bench: Bench
    evidence: list[Exhibit] = field(default_factory=list[Exhibit])
    late: bool = False

    @property
    def subject(self) -> Subject:
        """The server and what is known of it."""
        return self.bench.subject

    def found(self, probe: str) -> Finding | None:
        """Return what another probe found, or None where it has not ended."""
        return self.bench.findings.get(probe)

    def proved(self, probe: str) -> bool:
        """Whether another probe ended proved."""
        found = self.found(probe)
        return found is not None and found.outcome == "proved"

    def refuted(self, probe: str) -> bool:
        """Whether another probe ended refuted."""
        found = self.found(probe)
        return found is not None and found.outcome == "refuted"

    async def chat(
        self,
        messages: str | list[dict[str, Any]],
        *,
        max_tokens: int = 200,
        again: int = 0,
        headers: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> Reply:
        """Ask for a chat completion at temperature 0.

        Args:
            messages: The messages, or the text of one user message.
            max_tokens: Bound on the answer.
            again: Another number makes the same request another time.
            headers: Headers for this request alone.
            fields: Further fields of the body; `None` leaves out a field that is usually sent.
        """
        talk = [{"role": "user", "content": messages}] if isinstance(messages, str) else messages
        body: dict[str, Any] = {"model": self.subject.model, "messages": talk}
        body |= {"max_tokens": max_tokens, "temperature": 0} | fields
        body = {name: value for name, value in body.items() if value is not None}
        if not body.get("stream") or not self.subject.stream_options:
            return await self._chat(body, headers or {}, again)
        reply = await self._chat(body | {"stream_options": {"include_usage": True}}, headers or {}, again)
        if reply.refused and "stream_options" in reply.body:
            self.subject.stream_options = False
            return await self._chat(body, headers or {}, again)
        return reply

    async def _chat(self, body: dict[str, Any], headers: Mapping[str, str], again: int) -> Reply:
        reply = await self.bench.send("POST", CHAT, body, headers, again)
        self._note(_shown(body), reply.short())
        self.late = self.late or reply.late
        return reply

    async def get(self, path: str) -> Reply:
        """Fetch a path below the base URL, or below the server's root where it begins with a slash."""
        reply = await self.bench.send("GET", self._place(path), None, {}, 0)
        self._note(f"GET {path}", _shown_data(reply))
        return reply

    async def post(self, path: str, body: dict[str, Any]) -> Reply:
        """Post JSON to a path as in `get`."""
        reply = await self.bench.send("POST", self._place(path), body, {}, 0)
        self._note(f"POST {path} {shorten(json.dumps(body), 120)}", _shown_data(reply))
        return reply

    def _place(self, path: str) -> str:
        if not path.startswith("/"):
            return path
        parts = urlsplit(self.subject.url)
        prefix = parts.path.rstrip("/").removesuffix("/v1")
        return f"{parts.scheme}://{parts.netloc}{prefix}{path}"

    def _note(self, asked: str, answered: str) -> None:
        made = Exhibit(asked=asked, answered=answered)
        if made not in self.evidence:
            self.evidence.append(made)


def _shown(body: dict[str, Any]) -> str:
    """Return a chat request in short: the messages, and what is special about it."""
    messages = body["messages"]
    talk = " / ".join(f"{message.get('role')}: {_shown_message(message)}" for message in messages[-3:])
    rest: list[str] = []
    for name, value in body.items():
        if name in ("model", "messages", "temperature", "stream_options"):
            continue
        if name == "tools":
            names = [tool.get("function", {}).get("name") for tool in value]
            rest.append(f"tools={names}".replace("'", ""))
        elif name == "response_format":
            rest.append("response_format=json_schema")
        else:
            rest.append(f"{name}={shorten(json.dumps(value), 60)}")
    return f"{shorten(talk, 140)} | {' '.join(rest)}"


def _shown_message(message: dict[str, Any]) -> str:
    content = message.get("content")
    calls = message.get("tool_calls")
    said = shorten(content, 70) if isinstance(content, str) else "(parts)" if content else ""
    return said + (f"[{len(calls)} calls]" if calls else "")


def _shown_data(reply: Reply) -> str:
    shown = shorten(json.dumps(reply.data), 140) if reply.data is not None else shorten(reply.body, 80)
    return f"{reply.status or 'no answer'} {shown or (reply.why if reply.error else '')}".strip()
