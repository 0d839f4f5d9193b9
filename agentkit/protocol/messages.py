"""The messages of a conversation: what agentkit keeps, whatever a server's dialect looks like."""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.protocol.images import ImageData

Part = str | ImageData
"""One part of a user message: text, or an image that is ready to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemMessage:
    """Instructions from the developer."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMessage:
    """What the user said, in order: texts and images."""

    content: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The text parts, joined by blank lines."""
        return "\n\n".join(part for part in self.content if isinstance(part, str))


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call that the model asks for.

    Attributes:
        id: The call's id within the conversation. On the wire it is always 9 alphanumerics.
        name: Name of the tool, as the model wrote it.
        arguments: The arguments as the model wrote them; valid JSON only after it was checked.
    """

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantMessage:
    """What the model said: its reasoning, its text and the calls it asks for; any of them may be empty."""

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """The result of one call.

    Attributes:
        call_id: The `ToolCall.id` that it answers.
        name: Name of the tool.
        text: What the model reads.
        images: Images that the tool returned. They travel in a user message after the results, because
            template servers accept only text in a result.
        is_error: Whether the call failed.
    """

    call_id: str
    name: str
    text: str
    images: tuple[ImageData, ...] = ()
    is_error: bool = False


Message = SystemMessage | UserMessage | AssistantMessage | ToolResult


def user(*content: Part) -> UserMessage:
    """Build a user message from texts and images."""
    return UserMessage(content=content)


def images_in(message: Message) -> int:
    """Return how many images a message holds."""
    match message:
        case UserMessage():
            return sum(not isinstance(part, str) for part in message.content)
        case ToolResult():
            return len(message.images)
        case _:
            return 0
