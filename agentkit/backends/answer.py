"""A response whose body is being read: as httpx2 reads it, or as the straight way does."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Mapping
from typing import Protocol

import anyio
import httpx2


class Answer(Protocol):
    """A response whose body is being read."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers, by whatever case."""
        ...

    @property
    def ended(self) -> bool:
        """Whether the body was read to its end."""
        ...

    def ready(self) -> bytes:
        """Return what has come and can be had without waiting; nothing where one must wait, or at the end."""
        ...

    async def more(self) -> bytes:
        """Wait for more; nothing at the end."""
        ...

    async def aclose(self) -> None:
        """Have done with it; what is left of the body is not waited for: the connection closes, and the server stops."""
        ...


class DecodedAnswer:
    """The answer as httpx2 reads it: with its decoding, and under every event loop."""

    def __init__(self, response: httpx2.Response) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.ended = False
        self._response = response
        self._chunks: AsyncGenerator[bytes, None] = response.aiter_bytes()

    def ready(self) -> bytes:
        """Nothing: httpx2 does not tell."""
        return b""

    async def more(self) -> bytes:
        """Wait for more; nothing at the end."""
        while not self.ended:
            chunk = await anext(self._chunks, None)
            if chunk:
                return chunk
            self.ended = chunk is None
        return b""

    async def aclose(self) -> None:
        """Close the response."""
        if not self.ended:
            await unwind(self._chunks)
        if not self._response.is_closed:
            with anyio.move_on_after(5, shield=True), contextlib.suppress(Exception):
                await self._response.aclose()


async def unwind(chunks: AsyncGenerator[bytes, None]) -> None:
    """End generators within generators from the inside.

    Closing the outermost alone leaves the inner ones to the garbage collector, which trio complains about.
    """
    with anyio.CancelScope() as scope, contextlib.suppress(Exception):
        scope.cancel()
        async for _ in chunks:
            pass
    await chunks.aclose()
