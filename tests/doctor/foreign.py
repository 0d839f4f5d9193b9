"""A server that shares no code with the simulated one: other words, ids, counts, chunks and errors, and a chatty model."""

from __future__ import annotations

import json
import re
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "house/small-4-awq"
WINDOW = 6000


class ForeignServer:
    """Serves on a loopback port; use it as a context manager.

    Args:
        faults: Names of what is wrong; see where `has` is asked.
        tells_window: Whether the list of models tells the context window.
        counts_images: Whether images count as tokens.
        habit: How the model talks: `chatty` adds words around everything, `curt` says "Ok." to everything.
    """

    def __init__(
        self, *faults: str, tells_window: bool = True, counts_images: bool = True, habit: str = "chatty"
    ) -> None:
        self.faults = set(faults)
        self.tells_window = tells_window
        self.counts_images = counts_images
        self.habit = habit
        self._turns = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = (
                -1
            )  # head and body in one packet: in two, the second waits for the first to be acknowledged

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

            def do_GET(self) -> None:
                if self.path != "/v1/models":
                    self.send_json(404, {"error": "route unknown"})
                    return
                entry: dict[str, Any] = {"id": MODEL, "object": "model", "owned_by": "house"}
                if outer.tells_window:
                    entry["context_window"] = WINDOW
                self.send_json(200, {"object": "list", "data": [entry]})

            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path != "/v1/chat/completions":
                    self.send_json(404, {"error": "route unknown"})
                    return
                body = json.loads(data)
                problem = outer.problem(body)
                if problem:
                    self.send_json(*problem)
                    return
                reply = outer.reply(body)
                if body.get("stream"):
                    self.send_stream(outer.events(reply, body))
                else:
                    self.send_json(200, reply)

            def send_json(self, status: int, data: Any) -> None:
                content = json.dumps(data, indent=1).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def send_stream(self, events: list[dict[str, Any]]) -> None:
                lines = [": welcome\r\n\r\n"]
                lines += [f"event: message\r\ndata: {json.dumps(event)}\r\n\r\n" for event in events]
                lines += ["data: [DONE]\r\n\r\n"] * (not outer.has("no_done"))
                content = "".join(lines).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> ForeignServer:
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def has(self, fault: str) -> bool:
        return fault in self.faults

    # What it refuses

    def problem(self, body: dict[str, Any]) -> tuple[int, Any] | None:
        if body.get("model") != MODEL and not self.has("any_model"):
            return 404, {"error": f"never heard of {body.get('model')}"}
        if body.get("reasoning_effort") not in (None, "none", "high") and not self.has("any_effort"):
            return 422, {"detail": [{"loc": ["reasoning_effort"], "msg": "pick none or high"}]}
        if isinstance(body.get("temperature"), str):
            return 422, {"detail": [{"loc": ["temperature"], "msg": "not a number"}]}
        for message in body["messages"]:
            for part in message["content"] if isinstance(message.get("content"), list) else []:
                if "QUJDREVG" in str(part) and not self.has("images_dropped"):
                    return 400, {"error": "that is not a picture"}
        schema = self.schema(body)
        if schema is not None and schema.get("type") not in ("object", "array", "string"):
            return 400, {"error": "cannot compile this schema"}
        if self.count(body) > WINDOW and not self.has("overflow_cut"):
            return 413, {"error": f"{self.count(body)} tokens is more than I can read ({WINDOW})"}
        return None

    # What it says

    def reply(self, body: dict[str, Any]) -> dict[str, Any]:
        self._turns += 1
        high = body.get("reasoning_effort") == "high" and not self.has("effort_ignored")
        text, calls = self.words(body), self.calls(body)
        thought = "Hmm, let me look at this from both sides before I say anything." if high else ""
        if calls:
            text = "" if self.habit == "curt" else "Let me call that for you."
        schema = self.schema(body)
        if schema is not None and not calls and not self.ignores_schema(body):
            text = json.dumps(_filled(schema), indent=1)
        for stop in body.get("stop") or [] if not self.has("stop_ignored") else []:
            text = text.split(stop)[0]
        finish = "tool_calls" if calls else "stop"
        written = len(f"{thought}{text}".split()) + 12 * len(calls)
        most = body.get("max_tokens") or 10_000
        if written > most and not self.has("max_tokens_ignored"):
            thought = " ".join(thought.split()[:most])
            text = " ".join(text.split()[: max(0, most - len(thought.split()))])
            calls, written = [], most
            finish = "stop" if self.has("cut_says_stop") else "length"
        if self.has("leaks") and thought:
            text, thought = f"<think>{thought}</think>{text}", ""
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if thought:
            message["reasoning_content"] = thought
        if calls:
            message["tool_calls"] = calls
        choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": finish}
        if body.get("logprobs") and not self.has("no_logprobs"):
            tokens = [{"token": word, "logprob": -0.25, "top_logprobs": []} for word in text.split()]
            choice["logprobs"] = {"content": tokens}
        prompt = self.count(body)
        usage = {
            "prompt_tokens": prompt,
            "completion_tokens": max(1, written),
            "total_tokens": prompt + max(1, written),
        }
        return {
            "id": uuid.uuid4().hex,
            "object": "chat.completion",
            "created": 1,
            "model": MODEL,
            "choices": [choice],
            "usage": usage,
        }

    def words(self, body: dict[str, Any]) -> str:
        if self.habit == "curt":
            return "Ok."
        said = _text(body["messages"][-1].get("content"))
        if found := re.search(r"nothing else: (.*?)(?: Do not call any tool\.)?$", said, re.DOTALL):
            return found[1]
        if "one to twenty" in said:
            return "Certainly! one, two, three, four, five, six, seven, eight, nine, ten. I hope that this helps you."
        if "6 times 7" in said:
            return "That would be 42."
        if self.has("restless"):
            return f"Certainly, for the {self._turns}th time."
        return "Certainly! What a lovely question; I would say that it depends on [many] things."

    def calls(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        tools = [tool["function"] for tool in body.get("tools") or []]
        choice = body.get("tool_choice") or "auto"
        if self.has("choice_ignored"):
            choice = "auto"
        said = _text(body["messages"][-1].get("content"))
        if not tools or choice == "none" or body["messages"][-1]["role"] == "tool":
            return []
        if isinstance(choice, dict):
            wanted = [tool for tool in tools if tool["name"] == choice["function"]["name"]]
        else:
            wanted = [tool for tool in tools if tool["name"] in said]
            if choice == "required" and not wanted:
                wanted = tools[-1:]
        if body.get("parallel_tool_calls") is False:
            wanted = wanted[:1]
        return [
            {
                "id": "tool-0" if self.has("same_ids") else f"tool-{uuid.uuid4()}",
                "type": "function",
                "function": {"name": tool["name"], "arguments": json.dumps(_filled(tool["parameters"]))},
            }
            for tool in wanted
        ]

    def schema(self, body: dict[str, Any]) -> dict[str, Any] | None:
        wanted = body.get("response_format") or {}
        return wanted["json_schema"]["schema"] if wanted.get("type") == "json_schema" else None

    def ignores_schema(self, body: dict[str, Any]) -> bool:
        return self.has("schema_ignored") or (
            self.has("schema_ignored_with_tools") and bool(body.get("tools"))
        )

    # How it counts and streams

    def count(self, body: dict[str, Any]) -> int:
        tokens = 5
        for message in body["messages"]:
            if message["role"] == "system" and self.has("system_dropped"):
                continue
            tokens += 4 + len(_text(message.get("content"))) // 3
            tokens += (
                len(str(message.get("reasoning_content") or "")) // 3 * (not self.has("reasoning_forgotten"))
            )
            tokens += len(json.dumps(message.get("tool_calls") or "")) // 3
            pictures = str(message.get("content")).count("data:image/") if self.counts_images else 0
            tokens += sum(len(str(message["content"])) // 90 for _ in range(pictures)) * (
                not self.has("images_dropped")
            )
        return tokens + len(json.dumps(body.get("tools") or "")) // 3

    def events(self, reply: dict[str, Any], body: dict[str, Any]) -> list[dict[str, Any]]:
        choice = reply["choices"][0]
        message = choice["message"]
        frame = {"id": reply["id"], "object": "chat.completion.chunk", "created": 1, "model": MODEL}
        deltas: list[dict[str, Any]] = [{"role": "assistant"}]
        deltas += [{"reasoning_content": piece} for piece in _pieces(message.get("reasoning_content") or "")]
        text = message["content"]
        if self.has("brackets_lost") and body.get("tools"):
            text = text.replace("]", "")
        deltas += [{"content": piece} for piece in _pieces(text)]
        calls = message.get("tool_calls") or []
        for index, call in enumerate(calls[:1] if self.has("second_call_lost") else calls):
            deltas.append({"tool_calls": [{"index": index, **call}]})
        finish = None if self.has("no_finish") else choice["finish_reason"]
        ends = [({}, finish)]
        entries = choice.get("logprobs")
        events = [
            {**frame, "choices": [{"index": 0, "delta": d, "finish_reason": f}]}
            for d, f in [*((d, None) for d in deltas), *ends]
        ]
        if entries:
            events[1]["choices"][0]["logprobs"] = entries
        if not self.has("no_stream_usage") and "usage" in reply:
            events[-1]["usage"] = reply["usage"]
        return events


def _pieces(text: str) -> list[str]:
    return [text[start : start + 7] for start in range(0, len(text), 7)]


def _text(content: Any) -> str:
    if isinstance(content, list):
        return " ".join(part.get("text", "") for part in content)
    return content or ""


def _filled(schema: dict[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][-1]
    match schema.get("type"):
        case "object":
            return {name: _filled(node) for name, node in schema.get("properties", {}).items()}
        case "array":
            count, items = schema.get("minItems", 0), schema["items"]
            return list(range(4, 4 + count)) if items.get("type") == "integer" else [_filled(items)] * count
        case "integer":
            return 2
        case _:
            return "somewhere"
