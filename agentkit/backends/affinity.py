"""Which part of a prompt a replica's prefix cache already holds, as far as can be told from outside.

MS4's prompt is laid out as system text, tools, effort, messages (mistral-common 1.13 and the chat template agree), so a
switch of effort leaves only system text and tools shared. Prefix caches of vLLM and SGLang hold what came first and evict
what was used longest ago.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from agentkit.protocol.messages import AssistantMessage, Message, SystemMessage, ToolResult, UserMessage
from agentkit.protocol.request import ModelRequest
from agentkit.wire.dialect import Dialect
from agentkit.wire.encode import encode_tools

_CHARS_PER_TOKEN = 4
_FRAME = 4  # tokens around a message
_KEY = "backends.affinity"


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a prompt.

    Attributes:
        key: Stands for this piece and all before it.
        tokens: About how many tokens the piece has.
    """

    key: bytes
    tokens: int


def segments_of(request: ModelRequest, dialect: Dialect) -> tuple[Segment, ...]:
    """Cut a prompt where a cache can part from it: system text and tools, effort, and each message.

    What was cut once is kept with the history, so that a turn costs what it adds.
    """
    history = request.history
    system = history[0].text if len(history) and isinstance(history[0], SystemMessage) else ""
    tools = encode_tools(request.tools, dialect) if request.tools else b""
    root = _hash(b"", system.encode("utf-8", "surrogatepass") + b"\0" + tools)
    start = [Segment(root, (len(system) + len(tools)) // _CHARS_PER_TOKEN + _FRAME)]
    if dialect.effort in (
        "top_level",
        "chat_template_kwargs",
    ):  # a template's own switch stands at the prompt's end
        start.append(Segment(_hash(root, request.effort.encode()), 2 * _FRAME))
    known: dict[bytes, list[Segment]] = history.derived.setdefault(_KEY, {})
    chain = known.setdefault(start[-1].key, [])
    key = chain[-1].key if chain else start[-1].key
    first = 1 if system or (len(history) and isinstance(history[0], SystemMessage)) else 0
    for message in history.since(first + len(chain)):
        content, tokens = _content(message)
        key = _hash(key, content)
        chain.append(Segment(key, tokens))
    return (*start, *chain)


def _hash(before: bytes, content: bytes) -> bytes:
    return hashlib.blake2b(before + content, digest_size=16).digest()


def _content(message: Message) -> tuple[bytes, int]:
    texts: list[str] = [type(message).__name__]
    tokens = _FRAME
    match message:
        case UserMessage():
            for part in message.content:
                if isinstance(part, str):
                    texts.append(part)
                else:
                    texts.append(part.sha256)
                    tokens += part.tokens
        case AssistantMessage():
            texts += (message.reasoning, message.text)
            texts += (f"{call.name}{call.arguments}" for call in message.tool_calls)
        case ToolResult():
            texts.append(message.text)
            for image in message.images:
                texts.append(image.sha256)
                tokens += image.tokens
        case SystemMessage():
            texts.append(message.text)
    joined = "\0".join(texts).encode("utf-8", "surrogatepass")
    return joined, tokens + len(joined) // _CHARS_PER_TOKEN


class PrefixCache:
    """What one server's prefix cache is taken to hold: what was sent there, the longest unused going first.

    Args:
        capacity: Tokens.
    """

    __slots__ = ("_capacity", "_held", "tokens")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._held: OrderedDict[bytes, int] = OrderedDict()
        self.tokens = 0

    def missing(self, segments: tuple[Segment, ...]) -> int:
        """Return how many tokens of a prompt would have to be computed."""
        tokens = 0
        for segment in reversed(segments):
            if segment.key in self._held:
                break
            tokens += segment.tokens
        return tokens

    def crowding(self, more: int) -> int:
        """Return how many tokens of other prompts would have to go for so many more."""
        return max(0, self.tokens + more - self._capacity)

    def add(self, segments: tuple[Segment, ...]) -> None:
        """Note that a prompt is computed there; its beginning is kept longest."""
        for segment in reversed(segments):
            if segment.key in self._held:
                self._held.move_to_end(segment.key)
            else:
                self._held[segment.key] = segment.tokens
                self.tokens += segment.tokens
        while self.tokens > self._capacity and len(self._held) > len(segments):
            self.tokens -= self._held.popitem(last=False)[1]

    def clear(self) -> None:
        """Forget everything, as a server that was started again has."""
        self._held.clear()
        self.tokens = 0
