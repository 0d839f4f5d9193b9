"""A request as the simulated server sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agentkit._util.json import is_array, is_object


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """A Chat Completions request, whatever it holds.

    Attributes:
        body: The parsed JSON.
    """

    body: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages as sent."""
        return objects_in(self.body.get("messages"))

    @property
    def effort(self) -> str | None:
        """The top-level `reasoning_effort`, else the one in `chat_template_kwargs`."""
        nested = object_in(self.body.get("chat_template_kwargs")).get("reasoning_effort")
        effort = self.body.get("reasoning_effort") or nested
        return effort if isinstance(effort, str) else None

    @property
    def tools(self) -> list[str]:
        """Names of the offered tools."""
        return [str(function.get("name")) for function in self.functions]

    @property
    def functions(self) -> list[dict[str, Any]]:
        """The `function` object of each offered tool."""
        return [object_in(tool.get("function")) for tool in objects_in(self.body.get("tools"))]

    @property
    def tool_choice(self) -> str:
        """`none`, `auto`, `required`, or the name of the tool that must be called; `none` without tools."""
        if not self.tools:
            return "none"
        choice = self.body.get("tool_choice")
        if is_object(choice):
            return str(object_in(choice.get("function")).get("name"))
        return choice if isinstance(choice, str) else "auto"

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON Schema wanted by `response_format`, if any."""
        wanted = object_in(self.body.get("response_format"))
        if wanted.get("type") == "json_object":
            return {"type": "object"}
        schema = object_in(wanted.get("json_schema")).get("schema")
        return schema if is_object(schema) else None

    @property
    def structured_output(self) -> dict[str, Any] | None:
        """The JSON Schema wanted by `structured_outputs`, which vLLM alone knows."""
        schema = object_in(self.body.get("structured_outputs")).get("json")
        return schema if is_object(schema) else None

    @property
    def stream(self) -> bool:
        """Whether the reply is to be streamed."""
        return self.body.get("stream") is True

    @property
    def wants_usage(self) -> bool:
        """Whether a stream is to end with a chunk of usage."""
        return object_in(self.body.get("stream_options")).get("include_usage") is True

    @property
    def max_tokens(self) -> int | None:
        """The wanted bound on completion tokens."""
        for name in ("max_completion_tokens", "max_tokens"):
            most = self.body.get(name)
            if isinstance(most, int):
                return most
        return None

    @property
    def choices(self) -> int:
        """How many replies are wanted (`n`)."""
        wanted = self.body.get("n")
        return wanted if isinstance(wanted, int) and wanted > 0 else 1

    @property
    def last_user_text(self) -> str:
        """Text of the latest user message."""
        for message in reversed(self.messages):
            if message.get("role") == "user":
                return text_of(message.get("content"))
        return ""

    @property
    def tool_results(self) -> list[str]:
        """Texts of the tool results after the latest call, in order; images may stand in user messages after them."""
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
        method: The HTTP method.
        headers: Headers by lower-case name.
        chat: The request, where it was a chat request with valid JSON; else empty.
        status: The HTTP status of the reply, 0 before it was decided.
        reason: Why the request was refused or the reply failed, in words for people; empty where all was well.
        aborted: Whether the client left before the reply was complete.
    """

    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    chat: ChatRequest = field(default_factory=lambda: ChatRequest(body={}))
    status: int = 0
    reason: str = ""
    aborted: bool = False

    @property
    def body(self) -> dict[str, Any]:
        """The parsed JSON."""
        return self.chat.body

    @property
    def effort(self) -> str | None:
        """The effort that was asked for."""
        return self.chat.effort


def object_in(value: Any) -> dict[str, Any]:
    """Return an object, or an empty one for anything else."""
    return value if is_object(value) else {}


def objects_in(value: Any) -> list[dict[str, Any]]:
    """Return the objects of an array; nothing for anything else."""
    return [item for item in value if is_object(item)] if is_array(value) else []


def text_of(content: Any) -> str:
    """Return the text of a message's content, parts joined."""
    if isinstance(content, str):
        return content
    return "\n\n".join(
        str(part.get("text", "")) for part in objects_in(content) if part.get("type") == "text"
    )


def images_of(content: Any) -> list[str]:
    """Return the URLs of the images in a message's content."""
    parts = [part for part in objects_in(content) if part.get("type") == "image_url"]
    return [str(object_in(part.get("image_url")).get("url", "")) for part in parts]
