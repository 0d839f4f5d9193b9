"""A server that is never the bottleneck: prebuilt bytes behind a raw asyncio protocol, in a process of its own.

`python benchmarks/stub.py` prints its port. The scenario and the delay in milliseconds stand in the address:
`/rounds-10/50/v1/chat/completions`. The server remembers how many requests each run has made (the run's number is
in its prompt), so it knows the turn, and it looks for the previous tool results in each request: a contestant that
does not send them back is refused. `GET /stats` gives what was counted since the last look, and starts again at zero.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections import Counter
from functools import cache, partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from work import MODEL, SCENARIOS, STREAMED, Scenario, compact, expected, operands, stream_pieces

_RUN = "7777777"
"""Stands for the run's number, or for the last sum, in prebuilt bytes; each has as many digits."""

_turns: Counter[bytes] = Counter()
_requests: Counter[str] = Counter()
_wrong: list[str] = []


class Stub(asyncio.Protocol):
    """One connection: requests one after another, kept alive."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._parts: list[bytes] = []
        self._missing = 0  # bytes of the body still to come; 0 where the head is not complete

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        if self._missing:
            self._missing -= len(data)
            if self._missing > 0:
                return
        buffer = b"".join(self._parts)
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            self._parts = [buffer]
            return
        head = buffer[:end]
        at = head.lower().find(b"content-length:")
        length = (
            0 if at < 0 else int(head[at + 15 : (head.find(b"\r\n", at) + len(head) + 1) % (len(head) + 1)])
        )
        self._missing = max(0, length - (len(buffer) - end - 4))
        self._parts = [buffer] if self._missing else []
        if not self._missing:
            self._answer(head[: head.find(b"\r\n")], buffer[end + 4 :])

    def _answer(self, line: bytes, body: bytes) -> None:
        method, target, _ = line.split(b" ", 2)
        path = target.decode()
        if method == b"GET":
            self._transport.write(_stats() if path == "/stats" else _MODELS)
            return
        _, name, delay, _ = path.split("/", 3)
        frames = _reply(name, body)
        if delay != "0":
            asyncio.get_running_loop().call_later(int(delay) / 1000, self._write, frames)
        else:
            self._write(frames)

    def _write(self, frames: list[bytes], at: int = 0) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(frames[at])
        if at + 1 < len(frames):
            asyncio.get_running_loop().call_soon(self._write, frames, at + 1)


def _reply(name: str, body: bytes) -> list[bytes]:
    """Return the writes that answer a request."""
    scenario = SCENARIOS[name]
    at = body.find(b"run-") + 4
    run = body[at : at + 7]
    turn = _turns[run]
    _turns[run] += 1
    _requests[name] += 1
    problem = _problem(scenario, int(run), turn, body)
    if problem:
        _wrong.append(problem)
        return [
            _http(
                compact({"error": {"message": problem, "type": "BadRequest", "code": 400}}).encode(),
                b"400 Bad Request",
            )
        ]
    marker = _RUN.encode()
    if scenario.kind == "tools" and turn < scenario.rounds:
        return [_http(_calls(scenario, int(run), turn))]
    if scenario.kind == "tools":
        run = str(sum(operands(int(run), scenario.rounds - 1, scenario.parallel - 1))).encode()
    return [part.replace(marker, run) for part in _prebuilt(name, turn)]


def _problem(scenario: Scenario, run: int, turn: int, body: bytes) -> str:
    if scenario.kind == "tools" and turn:
        for call in range(scenario.parallel):
            if body.rfind(str(sum(operands(run, turn - 1, call))).encode()) < 0:
                return f"{scenario.name}, run {run}, turn {turn}: the result of call {call} is missing"
    if turn >= scenario.requests:
        return f"{scenario.name}, run {run}: request {turn + 1} of {scenario.requests}"
    if (scenario.kind == "stream") != (b'"stream":true' in body or b'"stream": true' in body):
        return f"{scenario.name}: the request does{' not' if scenario.kind == 'stream' else ''} stream"
    if scenario.kind == "json" and b"json_schema" not in body:
        return f"{scenario.name}: the request has no schema"
    return ""


def _message(message: dict[str, Any], finish: str, **rest: Any) -> bytes:
    return compact(
        {
            "id": "chatcmpl-5f0c2a9d7b1e4c3f8a6d",
            "object": "chat.completion",
            "created": 1_770_000_000,
            "model": MODEL,
            "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}],
            "usage": {"prompt_tokens": 120, "completion_tokens": 24, "total_tokens": 144},
            **rest,
        }
    ).encode()


def _calls(scenario: Scenario, run: int, turn: int) -> bytes:
    listed = ",".join(
        compact(
            {
                "id": f"{chr(97 + call)}{run % 100_000:05}{turn:03}",
                "type": "function",
                "function": {
                    "name": "add",
                    "arguments": compact(dict(zip("ab", operands(run, turn, call), strict=True))),
                },
            }
        )
        for call in range(scenario.parallel)
    ).encode()
    return _CALLS_HEAD + listed + _CALLS_TAIL


_CALLS_HEAD, _CALLS_TAIL = _message({"content": "", "tool_calls": ["@"]}, "tool_calls").split(b'"@"')


@cache
def _prebuilt(name: str, turn: int) -> list[bytes]:
    scenario = SCENARIOS[name]
    if scenario.kind == "stream":
        return _stream(apart=name == "stream-apart")
    wanted = f"The last sum is {_RUN}." if scenario.kind == "tools" else expected(name, int(_RUN))
    text = wanted if isinstance(wanted, str) else compact(wanted)
    if name == "json-repair" and turn == 0:
        text = text.replace("2102650", '"two million"')
    return [_http(_message({"content": text}, "stop"))]


def _stream(*, apart: bool) -> list[bytes]:
    head = {
        "id": "chatcmpl-5f0c2a9d7b1e4c3f8a6d",
        "object": "chat.completion.chunk",
        "created": 1_770_000_000,
        "model": MODEL,
    }

    def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return f"data: {compact({**head, 'choices': [choice]})}\n\n".encode()

    usage = {"prompt_tokens": 120, "completion_tokens": STREAMED, "total_tokens": STREAMED + 120}
    events = [
        event({"role": "assistant", "content": ""}),
        *(event({"content": piece}) for piece in stream_pieces(int(_RUN))),
        event({}, "stop"),
        f"data: {compact({**head, 'choices': [], 'usage': usage})}\n\n".encode(),
        b"data: [DONE]\n\n",
    ]
    start = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
    frames = [start, *(b"%x\r\n%b\r\n" % (len(data), data) for data in events), b"0\r\n\r\n"]
    return frames if apart else [b"".join(frames)]


def _http(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
        status,
        len(body),
        body,
    )


_MODELS = _http(
    compact(
        {"object": "list", "data": [{"id": MODEL, "object": "model", "max_model_len": 1_048_576}]}
    ).encode()
)


def _stats() -> bytes:
    counted = {"requests": dict(_requests), "wrong": _wrong[:5], "cpu": time.process_time()}
    _requests.clear()
    _wrong.clear()
    _turns.clear()
    return _http(json.dumps(counted).encode())


async def main() -> None:
    """Serve until standard input closes."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Stub, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    gc.freeze()
    await loop.run_in_executor(None, partial(sys.stdin.read))


if __name__ == "__main__":
    asyncio.run(main())
