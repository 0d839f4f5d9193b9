"""One request and its answer, whole or streamed, as the items that a model yields."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio

from agentkit.backends.options import CHAT
from agentkit.errors import BackendError, ConnectionFailed
from agentkit.protocol.ports import ModelItem
from agentkit.protocol.reply import ModelReply
from agentkit.wire.decode import decode_reply, may_be_cut
from agentkit.wire.dialect import Dialect
from agentkit.wire.sse import EventReader
from agentkit.wire.stream import StreamDecoder

if TYPE_CHECKING:
    from agentkit.backends.client import Client  # imports openai, which costs most of a second

MOST_BYTES: Final = 64 * 1024 * 1024
"""Of a response that is read whole."""

_TO_THE_END = 1.0  # seconds that a server has to end the response after [DONE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What was decided for one request and is needed to read its answer.

    Attributes:
        stream: Whether the answer is streamed.
        max_tokens: Bound of the answer's tokens, where one was sent.
        window: Context window in tokens, where it is known.
        dialect: How the server is spoken to.
    """

    stream: bool
    max_tokens: int | None
    window: int | None
    dialect: Dialect

    def may_have_cut(self, reply: ModelReply) -> bool:
        """Whether a whole reply's call may have been cut by a context window that is not known yet."""
        unbounded = not self.stream and self.max_tokens is None and self.window is None
        return unbounded and may_be_cut(reply, self.dialect)


async def whole(client: Client, body: bytes, exchange: Exchange, *, deadline: float | None) -> ModelReply:
    """Send a body and return the reply, which comes whole.

    Args:
        client: Of the server that gets it.
        body: Ready JSON.
        exchange: How to read the answer.
        deadline: Absolute `anyio.current_time()` after which nothing is waited for.

    Raises:
        BackendError: Whatever went wrong.
    """
    read = partial(
        decode_reply, dialect=exchange.dialect, max_tokens=exchange.max_tokens, window=exchange.window
    )
    return await client.fetch(CHAT, body, read, most=MOST_BYTES, deadline=deadline)


async def streamed(
    client: Client, body: bytes, exchange: Exchange, *, deadline: float | None
) -> AsyncGenerator[ModelItem, None]:
    """Send a body; yields deltas as they come, and last of all the reply. Arguments and errors as for `whole`."""
    async with client.exchange(CHAT, body, deadline=deadline) as arriving:
        reader, decoder = EventReader(), StreamDecoder(exchange.dialect)
        pieces = 0
        broken: BackendError | None = None
        try:
            while chunk := await arriving.chunk():
                for data in reader.feed(chunk):
                    for item in decoder.feed(data):
                        yield item
                if decoder.pieces > pieces:
                    pieces = decoder.pieces
                    arriving.heard()
                if decoder.done:
                    with anyio.move_on_after(_TO_THE_END):
                        # a response read to its end leaves the connection open for the next request
                        while await arriving.chunk():
                            pass
                    break
            else:
                for data in reader.close():
                    for item in decoder.feed(data):
                        yield item
        except ConnectionFailed as error:
            broken = error
        yield decoder.finish(broken)
