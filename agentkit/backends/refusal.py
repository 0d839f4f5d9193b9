"""What a server says where it refuses: its status, as much of the body as comes, and how long it asks to wait."""

from __future__ import annotations

import contextlib
import email.utils
import math
import re
import time
from collections.abc import Mapping

import anyio

from agentkit.backends.answer import Answer
from agentkit.errors import BackendError, ConnectionFailed
from agentkit.wire.refuse import failure

_MOST_BYTES = 256 * 1024
"""Bytes that are read of an error's body; the SDK would read it to an end that may never come."""

_MOST_SECONDS = 10.0
"""Seconds for which an error's body is waited for: its status is known, and says more than a timeout."""

_SECONDS = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:,.*)?")
"""A wait in seconds; httpx2 joins two headers with a comma, and the first counts."""


async def read_refusal(answer: Answer) -> bytes:
    """Return what an error's body says, as far as it comes: one that is late or broken does not hide the status."""
    said = bytearray()
    try:
        with anyio.move_on_after(_MOST_SECONDS), contextlib.suppress(Exception):
            while len(said) < _MOST_BYTES and (chunk := await answer.more()):
                said += chunk
    finally:
        await answer.aclose()
    return bytes(said)


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> BackendError:
    """Return the error to raise for a response whose status says that the server refused, or sent a redirect."""
    if 300 <= status < 400:
        problem = ConnectionFailed(
            f"The server sent a redirect ({status}), which is not followed.",
            hint="Set base_url to the final address.",
        )
        problem.retryable = False
        return problem
    return failure(status, body, retry_after=_retry_after(headers))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from Retry-After (seconds or a date) or retry-after-ms."""
    try:
        if (milliseconds := headers.get("retry-after-ms")) is not None:
            seconds = float(milliseconds) / 1000
        elif (value := headers.get("retry-after")) is None:
            return None
        elif number := _SECONDS.fullmatch(value):
            seconds = float(number[1])
        else:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
