"""Images that a server dropped without a word, noticed by its own count of the prompt's tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agentkit.backends.models.card import ModelCard
from agentkit.errors import UnsupportedSetting
from agentkit.protocol.history import History
from agentkit.protocol.images import ImageData
from agentkit.protocol.messages import Message, ToolResult, UserMessage
from agentkit.protocol.reply import ModelReply

_SHARE = 0.5
"""Of the tokens that the images must take: servers round rows and columns differently, but never by half."""

_SHRUNK = 1_024
"""Tokens to which llama.cpp b11549 shrinks a larger image unless it is started with `--image-max-tokens` (seen)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """How many images a history holds, the tokens that they take, and what they take on a server that shrinks them."""

    count: int = 0
    tokens: int = 0
    shrunk: int = 0


_NONE = Images()


def images_of(history: History) -> Images:
    """Return what images a history holds; reads only the messages that are new since it was last asked."""
    read: int
    known: Images
    read, known = history.derived.get("images", (0, _NONE))
    if read == len(history):
        return known
    found = [image.tokens for message in history.since(read) for image in _images(message)]
    if found:
        known = Images(
            count=known.count + len(found),
            tokens=known.tokens + sum(found),
            shrunk=known.shrunk + sum(min(tokens, _SHRUNK) for tokens in found),
        )
    history.derived["images"] = len(history), known
    return known


def _images(message: Message) -> Iterable[ImageData]:
    match message:
        case UserMessage():
            return (part for part in message.content if isinstance(part, ImageData))
        case ToolResult():
            return message.images
        case _:
            return ()


def refuse_unseen_images(history: History, reply: ModelReply, card: ModelCard) -> None:
    """Refuse an answer to images that the model cannot have seen.

    `transformers serve` 5.23 drops the images of a text-only model without an error (seen), and a template that knows no
    images does the same. Mistral's image tokens are known before sending, so a prompt that is shorter than they are gives
    it away. Servers that report no usage are not judged.

    Raises:
        UnsupportedSetting: The server counted fewer tokens than the images take.
    """
    counted = reply.usage.prompt_tokens
    if not counted or card.tokenizer is None:
        return
    images = images_of(history)
    if counted < images.shrunk * _SHARE:
        raise UnsupportedSetting(
            f"The server answered without looking at the images: it counted {counted:,} prompt tokens, and the images"
            f" alone take {images.tokens:,}.",
            hint="Serve the model with its vision part (llama.cpp: --mmproj), or send no images.",
            setting="images",
        )
