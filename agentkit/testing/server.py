"""The simulated server: aiohttp on a loopback socket, in a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
import inspect
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from agentkit.errors import ConfigurationError
from agentkit.testing.dialect import DIALECTS, Dialect
from agentkit.testing.exchange import Exchange, Refusal
from agentkit.testing.request import ChatRequest, RecordedRequest, object_in
from agentkit.testing.running import Running
from agentkit.testing.script import Brain
from agentkit.testing.speech import say_within
from agentkit.testing.turns import Fault, Turn

MODEL = "mistralai/Mistral-Small-4-119B-2603"
"""The model that is served where no other is named."""


class SimulatedServer:
    """A server that speaks a genuine dialect and says what its brain says.

    Use it as a context manager. Leaving it without an exception raises what the brain raised, or else asks the brain's
    `assert_complete()`, so that a `Script` that was not used up fails the test.

    Args:
        brain: A `Script`, `Rules`, or anything with `answer(request)`, plain or async.
        dialect: A name of `DIALECTS`, such as `vllm`, `sglang` or `mistral_api`, or a `Dialect`.
        model: Name of the served model.
        context_window: Tokens.
        api_key: Asked for as a bearer token, where given.

    Attributes:
        requests: Every request, in order of arrival.

    Raises:
        ConfigurationError: There is no such dialect.
    """

    def __init__(
        self,
        brain: Brain,
        *,
        dialect: str | Dialect = "vllm",
        model: str = MODEL,
        context_window: int = 262_144,
        api_key: str | None = None,
    ) -> None:
        if isinstance(dialect, str):
            if dialect not in DIALECTS:
                raise ConfigurationError(
                    f"There is no dialect {dialect!r}.", hint=f"There are: {', '.join(DIALECTS)}."
                )
            dialect = DIALECTS[dialect]
        self.brain = brain
        self.dialect = dialect
        self.model = model
        self.context_window = context_window
        self.requests: list[RecordedRequest] = []
        self._api_key = api_key
        self._failure: BaseException | None = None
        self._running: Running | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Base URL, as a backend wants it."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def chat_requests(self) -> list[RecordedRequest]:
        """The requests for chat completions, in order of arrival."""
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    def start(self) -> Self:
        """Start to listen; returns when the port is open.

        Raises:
            ConfigurationError: It runs already.
            OSError: No port could be opened.
        """
        if self._running is not None:
            raise ConfigurationError("The server runs already.", hint="Call stop() first.")
        running = Running(self._handle)
        self._port = running.start()
        self._running = running
        return self

    def stop(self) -> None:
        """Stop listening and end every exchange; without effect where it does not run."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._failure is not None:
            if error is None:
                raise self._failure
            error.add_note(f"The simulated server's brain had raised {self._failure!r}.")
        check = getattr(self.brain, "assert_complete", None)
        if error is None and check is not None:
            check()

    async def _handle(self, http: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in http.headers.items()}
        record = RecordedRequest(path=http.path, method=http.method, headers=headers)
        self.requests.append(record)
        try:
            return await self._route(http, record)
        except asyncio.CancelledError:
            record.aborted = not self._stopping.is_set()
            raise
        except ConnectionError:  # the client left; raised further, aiohttp would print it with its traceback
            record.aborted = not self._stopping.is_set()
            return web.Response()
        except Exception as error:  # raised again in the test, when the server is left
            self._failure = self._failure or error
            return self._refuse(record, self.dialect.failure(500, f"the simulated server broke: {error!r}"))

    async def _route(self, http: web.Request, record: RecordedRequest) -> web.StreamResponse:
        if self._api_key is not None and record.headers.get("authorization") != f"Bearer {self._api_key}":
            body = self.dialect.unauthorised(http.path)
            if body is not None:
                return self._json(record, body, 401, reason="no key, or a wrong one")
        if (http.method, http.path) == ("POST", "/v1/chat/completions"):
            return await self._chat(http, record)
        data = await http.read()
        with suppress(ValueError):
            record.chat = ChatRequest(body=object_in(json.loads(data or b"{}")))
        served = self.dialect.served(self.model, self.context_window)
        page = self.dialect.page(http.method, http.path, record.body, served, int(time.time()))
        if page is None:
            return self._json(record, self.dialect.not_found(), 404, reason="there is no such path")
        if isinstance(page, Refusal):
            return self._refuse(record, page)
        if page == "":
            record.status = 200
            return web.Response(headers={"Server": self.dialect.server})
        return self._json(record, page, 200)

    async def _chat(self, http: web.Request, record: RecordedRequest) -> web.StreamResponse:
        dialect, data = self.dialect, await http.read()
        if refusal := dialect.refuse_json(data):
            return self._refuse(record, refusal)
        request = record.chat = ChatRequest(body=json.loads(data))
        served = dialect.served(self.model, self.context_window)
        if refusal := dialect.refuse(request, served):
            if refusal.in_stream and request.stream:
                return await self._stream_refusal(http, record, refusal)
            return self._refuse(record, refusal)
        turn = await self._think(request)
        await self._pause(turn.delay)
        if turn.fault is not None and (response := await self._fail(http, record, turn.fault, request)):
            return response
        prompt_tokens = dialect.prompt_tokens(request, self.context_window)
        written = dialect.as_written(turn, request)
        said = say_within(
            written, request, room=dialect.room(prompt_tokens, self.context_window), id_length=dialect.id_length,
            fenced=dialect.fences and request.schema is not None,
        )  # fmt: skip
        exchange = Exchange(
            request=request, said=said, prompt_tokens=prompt_tokens, served=served, created=int(time.time()),
            id=f"chatcmpl-{uuid.uuid4().hex[:16]}", counts_reasoning=dialect.counts_reasoning,
        )  # fmt: skip
        unfinished = said.cut or said.stop is not None or turn.fault is not None
        problem = "" if unfinished else dialect.broken_rule(written, request)
        broken = dialect.broken_grammar(problem) if problem else None
        if request.stream:
            return await self._stream(http, record, exchange, turn, broken)
        if broken is not None:
            return self._refuse(record, broken)
        return await self._whole(http, record, exchange, turn.fault)

    async def _think(self, request: ChatRequest) -> Turn:
        try:
            turn = self.brain.answer(request)
            return await turn if inspect.isawaitable(turn) else turn
        except Exception as error:  # raised again in the test, when the server is left
            self._failure = self._failure or error
            message = f"the simulated server's brain raised {error!r}".encode()
            return Turn(fault=Fault(kind="status", status=500, body=message))

    async def _fail(
        self, http: web.Request, record: RecordedRequest, fault: Fault, request: ChatRequest
    ) -> web.StreamResponse | None:
        """Answer with a failure that needs no text; None for the others."""
        if fault.kind == "status" or (fault.kind == "event" and not request.stream):
            failure = self.dialect.failure(fault.status, fault.body.decode())
            return self._refuse(record, failure, fault.headers)
        if fault.kind == "raw":
            record.status = fault.status
            return web.Response(body=fault.body, status=fault.status, headers=dict(fault.headers))
        if fault.kind == "drop":
            if http.transport is not None:
                http.transport.abort()
            return web.Response()
        if fault.kind in ("stall", "babble") and not request.stream:
            await self._stopping.wait()
            return web.Response(status=500)
        return None

    async def _whole(
        self, http: web.Request, record: RecordedRequest, exchange: Exchange, fault: Fault | None
    ) -> web.StreamResponse:
        body = self.dialect.reply(exchange)
        if fault is None:
            return self._json(record, body, 200)
        response = self._streamed(record, self.dialect.json_type)
        await response.prepare(http)
        data = _encode(body)
        await response.write(data[: len(data) // 2])
        if fault.kind == "cut":
            _break(http)
        return response

    async def _stream_refusal(
        self, http: web.Request, record: RecordedRequest, refusal: Refusal
    ) -> web.StreamResponse:
        record.reason = refusal.reason or refusal.message
        response = self._streamed(record, self.dialect.sse_type)
        await response.prepare(http)
        await self._send_error(response, refusal)
        return response

    async def _stream(
        self,
        http: web.Request,
        record: RecordedRequest,
        exchange: Exchange,
        turn: Turn,
        broken: Refusal | None,
    ) -> web.StreamResponse:
        response, fault = self._streamed(record, self.dialect.sse_type), turn.fault
        await response.prepare(http)
        chunks = self.dialect.chunks(exchange)
        if broken is not None:
            record.reason = broken.reason
            await response.write(_event(next(chunks)))
            await self._send_error(response, broken)
        elif fault is None:
            for chunk in chunks:
                await response.write(_event(chunk))
                await self._pause(turn.gap)
            await self._end(response)
        else:
            await self._stream_fault(http, response, chunks, turn, fault)
        return response

    async def _stream_fault(
        self, http: web.Request, response: web.StreamResponse, chunks: Iterator[dict[str, Any]], turn: Turn,
        fault: Fault,
    ) -> None:  # fmt: skip
        """Send the first pieces and then fail; the chunk that opens a stream counts as one."""
        if fault.kind == "babble":
            spoken = [_event(chunk) for chunk in chunks if _is_piece(chunk)]
            while spoken and not self._stopping.is_set():
                await response.write(b"".join(spoken))
                await asyncio.sleep(0)
            return
        for number, chunk in enumerate(chunks):
            if number >= fault.after or not _is_piece(chunk):
                break
            await response.write(_event(chunk))
            await self._pause(turn.gap)
        if fault.kind == "event":
            await self._send_error(response, self.dialect.failure(fault.status, fault.body.decode()))
        elif fault.kind == "cut":
            _break(http)
        elif fault.kind == "stall":
            while fault.comments and not self._stopping.is_set():
                await response.write(b": keep-alive\n\n")
                await self._pause(0.01)
            await self._stopping.wait()

    async def _send_error(self, response: web.StreamResponse, refusal: Refusal) -> None:
        error = (self.dialect.error_event or self.dialect.error_body)(refusal)
        await response.write(b"data: " + json.dumps(error).encode() + b"\n\n")
        await self._end(response)

    async def _end(self, response: web.StreamResponse) -> None:
        if self.dialect.done:
            await response.write(b"data: [DONE]\n\n")

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)

    @property
    def _stopping(self) -> asyncio.Event:
        assert self._running is not None
        return self._running.stopping

    def _refuse(
        self, record: RecordedRequest, refusal: Refusal, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        reason = refusal.reason or refusal.message
        return self._json(
            record, self.dialect.error_body(refusal), refusal.status, reason=reason, headers=headers
        )

    def _json(
        self,
        record: RecordedRequest,
        body: Any,
        status: int,
        *,
        reason: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> web.Response:
        record.status, record.reason = status, reason
        text = isinstance(body, str)
        kind = "text/plain; charset=utf-8" if text else self.dialect.json_type
        named = {"Content-Type": kind, "Server": self.dialect.server} | dict(headers or {})
        return web.Response(body=body.encode() if text else _encode(body), status=status, headers=named)

    def _streamed(self, record: RecordedRequest, content_type: str) -> web.StreamResponse:
        record.status = 200
        return web.StreamResponse(headers={"Content-Type": content_type, "Server": self.dialect.server})


def _encode(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + _encode(chunk) + b"\n\n"


def _is_piece(chunk: dict[str, Any]) -> bool:
    """Whether a chunk is not yet the end."""
    return bool(chunk["choices"]) and chunk["choices"][0].get("finish_reason") is None


def _break(http: web.Request) -> None:
    if http.transport is not None:
        http.transport.close()
