"""A response as it comes, and how long its next bytes are waited for."""

from __future__ import annotations

import anyio

from agentkit._util.library import now
from agentkit.backends.answer import Answer
from agentkit.backends.options import Timeouts
from agentkit.backends.translate import translate
from agentkit.errors import BackendError


class Arriving:
    """A response as it comes.

    It is the server's silence that is bounded, not the reader's: only time spent waiting for bytes counts, and it
    adds up until `heard()` says that they meant something. Comments that keep a connection alive prolong nothing.

    Args:
        answer: The response, its body not read yet.
        left: Seconds of silence that are left until the first token.
        timeouts: For the silence between tokens.
        deadline: Absolute `anyio.current_time()` after which nothing is waited for.
    """

    def __init__(self, answer: Answer, *, left: float, timeouts: Timeouts, deadline: float | None) -> None:
        self._answer = answer
        self._left = left
        self._timeouts = timeouts
        self._deadline = deadline
        self._phase = "first_token"

    def heard(self) -> None:
        """Note that something came: the bound on silence starts anew."""
        self._phase = "between_tokens"
        self._left = self._timeouts.between_tokens

    async def chunk(self) -> bytes:
        """Return the next bytes of the body; nothing at its end.

        Raises:
            BackendError: Silence, or a connection that broke.
        """
        problem: BackendError
        try:
            if chunk := self._answer.ready():
                return chunk  # nobody had to wait for it
            started = now()
            with anyio.move_on_at(earlier(started + self._left, self._deadline)):
                chunk = await self._answer.more()
                self._left -= now() - started
                return chunk
            raise TimeoutError
        except Exception as error:
            problem = translate(error, phase=self._phase, timeouts=self._timeouts)
        raise problem  # outside of except, so that no foreign exception hangs on it


def earlier(last: float, deadline: float | None) -> float:
    """When to stop waiting: at the bound, but not beyond the deadline."""
    return last if deadline is None or last < deadline else deadline
