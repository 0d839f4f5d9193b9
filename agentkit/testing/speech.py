"""Cuts a turn at the tokens that are allowed, as sampling would."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable

from agentkit._util.json import is_array
from agentkit.testing.exchange import Said, SaidCall
from agentkit.testing.request import ChatRequest
from agentkit.testing.tokens import pieces_of
from agentkit.testing.turns import CallSpec, Turn

_ALPHANUMERICS = string.ascii_letters + string.digits
_FENCE = ("```", "json", "\n")


def say_within(turn: Turn, request: ChatRequest, *, room: int, id_length: int, fenced: bool) -> Said:
    """Return what of a turn comes out.

    Args:
        turn: What the model would say.
        request: For max_tokens and stop strings.
        room: Tokens that the window leaves.
        id_length: Characters of a call's id.
        fenced: Whether the text stands in a code fence that the server takes away.
    """
    most = request.max_tokens
    budget = room if most is None or most < 0 else min(room, most)
    text, stop = _until_stop(turn.text, request)
    left = _Budget(budget)
    reasoning = _think(turn.reasoning, left)
    fence = "".join(left.take(_FENCE)) if fenced else ""
    pieces = left.take(pieces_of(text))
    if stop is not None:
        left.take(pieces_of(stop))
        calls: tuple[SaidCall, ...] = ()
    else:
        if fenced:
            left.take(("\n", "```"))
        calls = _call(turn.calls, left, id_length)
        left.take(("",))  # the end token
    return Said(
        reasoning=reasoning, text=pieces, fence=fence, calls=calls, cut=left.cut,
        stop=None if left.cut else stop, completion_tokens=left.spent,
    )  # fmt: skip


class _Budget:
    """Tokens that are left; once they do not suffice, nothing more comes out."""

    def __init__(self, tokens: int) -> None:
        self._left = max(1, tokens)
        self.spent = 0
        self.cut = False

    def take(self, pieces: tuple[str, ...] | list[str]) -> tuple[str, ...]:
        """Return the pieces that still come out."""
        taken = () if self.cut else tuple(pieces[: self._left])
        self.cut = self.cut or len(taken) < len(pieces)
        self._left -= len(taken)
        self.spent += len(taken)
        return taken

    def open(self) -> bool:
        """Spend one control token; whether it came out."""
        return bool(self.take(("",)))


def _think(text: str, left: _Budget) -> tuple[str, ...]:
    if not text or not left.open():
        return ()
    pieces = left.take(pieces_of(text))
    left.open()
    return pieces


def _call(specs: tuple[CallSpec, ...], left: _Budget, id_length: int) -> tuple[SaidCall, ...]:
    calls: list[SaidCall] = []
    for spec in specs:
        name = left.take(pieces_of(spec.name)) if left.open() else ()
        if not name:
            break
        begun = left.open()
        arguments = left.take(pieces_of(spec.text))
        calls.append(
            SaidCall(
                id=spec.id or "".join(secrets.choice(_ALPHANUMERICS) for _ in range(id_length)),
                name="".join(name), begun=begun, arguments=arguments, whole=not left.cut,
            )
        )  # fmt: skip
    return tuple(calls)


def _until_stop(text: str, request: ChatRequest) -> tuple[str, str | None]:
    wanted = request.body.get("stop")
    stops = wanted if is_array(wanted) else [wanted]
    place: Callable[[str], int] = text.find
    found = [stop for stop in stops if isinstance(stop, str) and stop and place(stop) >= 0]
    if not found:
        return text, None
    first = min(found, key=place)
    return text[: place(first)], first
