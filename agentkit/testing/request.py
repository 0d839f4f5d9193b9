"""A request as the simulated server sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """A Chat Completions request.

    Attributes:
        body: The parsed JSON.
    """

    body: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages as sent."""
        messages: list[dict[str, Any]] = self.body.get("messages", [])
        return messages

    @property
    def effort(self) -> str | None:
        """The top-level `reasoning_effort`, else the one in `chat_template_kwargs`."""
        kwargs: Any = self.body.get("chat_template_kwargs")
        nested = kwargs.get("reasoning_effort") if isinstance(kwargs, dict) else None
        effort: str | None = self.body.get("reasoning_effort") or nested
        return effort

    @property
    def tools(self) -> list[str]:
        """Names of the offered tools."""
        return [tool["function"]["name"] for tool in self.body.get("tools") or ()]

    @property
    def schema(self) -> dict[str, Any] | None:
        """The wanted JSON Schema, if any."""
        wanted: Any = self.body.get("response_format") or {}
        if wanted.get("type") != "json_schema":
            return None
        schema: dict[str, Any] | None = (wanted.get("json_schema") or {}).get("schema")
        return schema

    @property
    def stream(self) -> bool:
        """Whether the reply is to be streamed."""
        return bool(self.body.get("stream"))

    @property
    def max_tokens(self) -> int | None:
        """The wanted bound on completion tokens."""
        most: int | None = self.body.get("max_completion_tokens") or self.body.get("max_tokens")
        return most

    @property
    def last_user_text(self) -> str:
        """Text of the latest user message."""
        for message in reversed(self.messages):
            if message.get("role") == "user":
                return text_of(message.get("content"))
        return ""

    @property
    def tool_results(self) -> list[str]:
        """Texts of the tool results after the latest call, in order."""
        results: list[str] = []
        for message in reversed(self.messages):
            if message.get("role") != "tool":
                break
            results.insert(0, text_of(message.get("content")))
        return results


@dataclass(slots=True, kw_only=True)
class RecordedRequest:
    """A request that a server got, for assertions.

    Attributes:
        path: The path.
        headers: Headers by lower-case name.
        chat: The request, where it was a chat request with valid JSON.
        status: What was answered, 0 before that.
        aborted: Whether the client left before the reply was complete.
    """

    path: str
    headers: dict[str, str] = field(default_factory=dict[str, str])
    chat: ChatRequest = field(default_factory=lambda: ChatRequest(body={}))
    status: int = 0
    aborted: bool = False

    @property
    def body(self) -> dict[str, Any]:
        """The parsed JSON."""
        return self.chat.body

    @property
    def effort(self) -> str | None:
        """The effort that was asked for."""
        return self.chat.effort


def text_of(content: Any) -> str:
    """Return the text of a message's content, parts joined."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n\n".join(
        part.get("text", "") for part in parts if isinstance(part, dict) and part.get("type") == "text"
    )


def count_tokens(request: ChatRequest) -> int:
    """Estimate a prompt's tokens: four characters each, images by the formula's upper half."""
    tokens = 12
    for message in request.messages:
        tokens += 4 + len(text_of(message.get("content"))) // 4
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            tokens += 1000 * (part.get("type") == "image_url")
        for call in message.get("tool_calls") or ():
            tokens += 8 + len(str(call.get("function", {}).get("arguments", ""))) // 4
    return tokens + len(str(request.body.get("tools") or "")) // 4
