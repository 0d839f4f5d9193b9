"""The simulated server: aiohttp on a loopback socket, in a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from types import TracebackType
from typing import Any, Self

import jsonschema
from aiohttp import web

from agentkit.errors import ConfigurationError
from agentkit.testing.dialect import (
    DIALECTS,
    FINGERPRINT,
    Dialect,
    Said,
    deltas_of,
    message_of,
    say_within,
    usage_of,
)
from agentkit.testing.refusals import Refusal
from agentkit.testing.request import ChatRequest, RecordedRequest, count_tokens
from agentkit.testing.script import Brain
from agentkit.testing.turns import Fault, Turn

MODEL = "mistralai/Mistral-Small-4-119B-2603"


class SimulatedServer:
    """A server that speaks a genuine dialect and says what its brain says.

    Use it as a context manager; leaving it checks that a `Script` was used up.

    Args:
        brain: A `Script`, `Rules`, or anything with `answer(request)`.
        dialect: `vllm`, `llamacpp`, `openai_compatible`, or a `Dialect`.
        model: Name of the served model.
        context_window: Tokens.
        api_key: Asked for, where given.

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
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
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
        """Start to listen; returns when the port is open."""
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="simulated-ms4", daemon=True
        )
        self._thread.start()
        self._ready.wait(timeout=30)
        return self

    def stop(self) -> None:
        """Stop listening and end every exchange."""
        if self._loop is not None and self._stop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(timeout=30)
            self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        check = getattr(self.brain, "assert_complete", None)
        if kind is None and check is not None:
            check()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=256 * 1024 * 1024)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/health", self._health)
        app.router.add_post("/v1/chat/completions", self._chat)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._port = runner.addresses[0][1]
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    def _record(self, http: web.Request) -> RecordedRequest:
        headers = {name.lower(): value for name, value in http.headers.items()}
        record = RecordedRequest(path=http.path, headers=headers)
        self.requests.append(record)
        return record

    def _unauthorised(self, http: web.Request) -> web.Response | None:
        if self._api_key is None or http.headers.get("Authorization") == f"Bearer {self._api_key}":
            return None
        refusal = Refusal(status=401, message="Invalid API Key", kind="authentication_error")
        return self._refuse(refusal)

    def _refuse(self, refusal: Refusal) -> web.Response:
        return web.json_response(self.dialect.error_body(refusal), status=refusal.status)

    async def _models(self, http: web.Request) -> web.Response:
        record = self._record(http)
        if refused := self._unauthorised(http):
            record.status = refused.status
            return refused
        entry: dict[str, Any] = {"id": self.model, "object": "model", "created": int(time.time())}
        entry["owned_by"] = self.dialect.owned_by
        if self.dialect.name == "llamacpp":
            entry["meta"] = {"n_ctx": self.context_window}
        else:
            entry["max_model_len"] = self.context_window
        record.status = 200
        return web.json_response({"object": "list", "data": [entry]})

    async def _health(self, http: web.Request) -> web.Response:
        self._record(http).status = 200
        return web.Response(text='{"status":"ok"}' if self.dialect.name == "llamacpp" else "")

    async def _chat(self, http: web.Request) -> web.StreamResponse:
        record = self._record(http)
        try:
            response = await self._answer(http, record)
        except (asyncio.CancelledError, ConnectionError):
            record.aborted = True
            raise
        record.status = response.status
        return response

    async def _answer(self, http: web.Request, record: RecordedRequest) -> web.StreamResponse:
        if refused := self._unauthorised(http):
            return refused
        try:
            body = json.loads(await http.read())
            if not isinstance(body, dict):
                raise ValueError("not an object")
        except ValueError:
            kind = "Bad Request" if self.dialect.name == "vllm" else "invalid_request_error"
            return self._refuse(Refusal(status=400, kind=kind, message="JSON decode error", param="body"))
        request = record.chat = ChatRequest(body=body)
        refusal = self.dialect.refuse(
            request, model=self.model, window=self.context_window, images=self.dialect.images
        )
        if refusal is not None and not (refusal.in_stream and request.stream):
            return self._refuse(refusal)
        turn = Turn() if refusal is not None else await self._think(request)
        if turn.fault is not None and turn.fault.kind in ("status", "drop", "raw"):
            return self._fail(http, turn.fault)
        prompt_tokens = count_tokens(request)
        said = say_within(turn, request, self.dialect, max(1, self.context_window - prompt_tokens))
        refusal = refusal or self._against_schema(turn, said, request)
        if request.stream:
            return await self._stream(http, request, said, prompt_tokens, turn.fault, refusal)
        if refusal is not None:
            return self._refuse(refusal)
        return await self._whole(http, said, prompt_tokens, turn.fault)

    async def _think(self, request: ChatRequest) -> Turn:
        turn = self.brain.answer(request)
        return turn if isinstance(turn, Turn) else await turn

    def _against_schema(self, turn: Turn, said: Said, request: ChatRequest) -> Refusal | None:
        """A genuine grammar would never let the model write this; vLLM 0.32 breaks when it is forced to."""
        if not self.dialect.enforces_schema or request.schema is None or said.finish == "length":
            return None
        try:
            jsonschema.validate(json.loads(turn.text), request.schema)
        except (ValueError, jsonschema.ValidationError) as error:
            text = f"the text is against the grammar: {str(error).splitlines()[0]}"
            return Refusal(status=500, kind="InternalServerError", message=text, in_stream=True)
        return None

    def _fail(self, http: web.Request, fault: Fault) -> web.Response:
        if fault.kind == "drop":
            assert http.transport is not None
            http.transport.abort()
            raise ConnectionResetError("dropped on purpose")
        if fault.kind == "raw":
            return web.Response(body=fault.body, status=fault.status, headers=dict(fault.headers))
        kind = "ServiceUnavailable" if fault.status == 503 else "SimulatedError"
        refusal = Refusal(status=fault.status, message=fault.body.decode(), kind=kind)
        return web.json_response(
            self.dialect.error_body(refusal), status=fault.status, headers=dict(fault.headers)
        )

    def _frame(self) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{uuid.uuid4().hex[:16]}",
            "created": int(time.time()),
            "model": self.model,
            "system_fingerprint": FINGERPRINT,
        }

    async def _whole(
        self, http: web.Request, said: Said, prompt_tokens: int, fault: Fault | None
    ) -> web.StreamResponse:
        message, finish = message_of(said, self.dialect)
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        body = {**self._frame(), "object": "chat.completion", "choices": [choice]}
        body["usage"] = usage_of(said, prompt_tokens, self.dialect)
        data = json.dumps(body, ensure_ascii=False).encode()
        if fault is None:
            return web.Response(body=data, content_type="application/json")
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(http)
        await response.write(data[: len(data) // 2])
        await self._break(http, fault)
        return response

    async def _stream(
        self,
        http: web.Request,
        request: ChatRequest,
        said: Said,
        prompt_tokens: int,
        fault: Fault | None,
        refusal: Refusal | None,
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(http)
        frame = {**self._frame(), "object": "chat.completion.chunk"}

        async def send(fields: dict[str, Any]) -> None:
            await response.write(
                b"data: " + json.dumps({**frame, **fields}, ensure_ascii=False).encode() + b"\n\n"
            )

        if refusal is not None:
            await response.write(b"data: " + json.dumps(self.dialect.error_body(refusal)).encode() + b"\n\n")
            await response.write(b"data: [DONE]\n\n")
            return response
        for number, delta in enumerate(deltas_of(said, self.dialect)):
            if fault is not None and number >= fault.after:
                break
            await send({"choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}]})
        if fault is not None:
            if fault.kind == "event":
                error = Refusal(status=fault.status, kind="InternalServerError", message=fault.body.decode())
                await response.write(
                    b"data: " + json.dumps(self.dialect.error_body(error)).encode() + b"\n\n"
                )
                await response.write(b"data: [DONE]\n\n")
            else:
                await self._break(http, fault)
            return response
        await send({"choices": [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": said.finish}]})
        if (request.body.get("stream_options") or {}).get("include_usage"):
            await send({"choices": [], "usage": usage_of(said, prompt_tokens, self.dialect)})
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _break(self, http: web.Request, fault: Fault) -> None:
        if fault.kind == "stall":
            assert self._stop is not None
            await self._stop.wait()
        elif http.transport is not None:
            http.transport.close()
