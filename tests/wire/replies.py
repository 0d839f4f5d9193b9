"""Raw HTTP for the tests of dialects, and what two answers have in common."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer as received."""

    status: int
    content_type: str | None
    server: str | None
    body: str

    @property
    def streamed(self) -> bool:
        return (self.content_type or "").startswith("text/event-stream")

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @property
    def events(self) -> list[Any]:
        """The data of each event of a stream; [DONE] as text."""
        datas = [event.removeprefix("data: ") for event in self.body.split("\n\n") if event]
        return [data if data == "[DONE]" else json.loads(data) for data in datas]


def send(
    url: str, method: str, path: str, body: Any, headers: dict[str, str] | None = None, *, timeout: float = 30
) -> Answer:
    """Send one request; a body that is text goes as it is."""
    parts = urlsplit(url)
    data = body if body is None or isinstance(body, str) else json.dumps(body)
    link = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        link.request(
            method, path, data and data.encode(), {"Content-Type": "application/json", **(headers or {})}
        )
        reply = link.getresponse()
        text = reply.read().decode()
        return Answer(
            status=reply.status,
            content_type=reply.getheader("content-type"),
            server=reply.getheader("server"),
            body=text,
        )
    finally:
        link.close()


def shape(value: Any) -> Any:
    """Keys in order and types of values; of a list the different shapes in it."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return list(dict.fromkeys(written(item) for item in value))
    return type(value).__name__


def written(value: Any) -> str:
    """A shape as text, in which the order of keys counts."""
    return json.dumps(shape(value))


def masked(message: str) -> str:
    """A message without its numbers."""
    return re.sub(r"\d+(\.\d+)?", "#", message)


@dataclass(slots=True, kw_only=True)
class Sum:
    """What a reply adds up to."""

    text: str | None
    reasoning: str
    calls: list[tuple[str, str]]
    ids: list[str]
    finish: str | None
    stop: str | None


def sum_of(answer: Answer) -> Sum:
    """The sum of a reply, streamed or not (the choice with index 0)."""
    if not answer.streamed:
        choice = answer.json["choices"][0]
        message = choice["message"]
        calls = message.get("tool_calls") or []
        return Sum(
            text=message["content"],
            reasoning=message.get("reasoning") or message.get("reasoning_content") or "",
            calls=[(call["function"]["name"], call["function"]["arguments"]) for call in calls],
            ids=[call["id"] for call in calls],
            finish=choice["finish_reason"],
            stop=choice.get("stop_reason"),
        )
    total = Sum(text="", reasoning="", calls=[], ids=[], finish=None, stop=None)
    for chunk in answer.events:
        for choice in [] if chunk == "[DONE]" else chunk.get("choices", []):
            if choice["index"] == 0:
                _add(total, choice)
    return total


def _add(total: Sum, choice: dict[str, Any]) -> None:
    delta = choice["delta"]
    total.text = (total.text or "") + (delta.get("content") or "")
    total.reasoning += delta.get("reasoning") or delta.get("reasoning_content") or ""
    for call in delta.get("tool_calls") or []:
        function = call["function"]
        if "id" in call:
            total.ids.append(call["id"])
            total.calls.append((function["name"], ""))
        name, arguments = total.calls[call["index"]]
        total.calls[call["index"]] = (name, arguments + function["arguments"])
    total.finish = choice["finish_reason"] or total.finish
    total.stop = choice.get("stop_reason") or total.stop
