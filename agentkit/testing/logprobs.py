"""Log-probabilities of a simulated reply: made up, but well-formed and the same every time."""

from __future__ import annotations

import zlib
from typing import Any

from agentkit.testing.request import ChatRequest


def logprobs_of(
    pieces: tuple[str, ...], request: ChatRequest, *, with_ids: bool = False
) -> dict[str, Any] | None:
    """Return the `logprobs` object of some pieces of text, or None where none was asked for.

    Args:
        pieces: The pieces, a token each.
        request: Says whether log-probabilities are wanted, and how many alternatives.
        with_ids: Whether tokens have ids, as on llama.cpp.
    """
    if request.body.get("logprobs") is not True:
        return None
    most = request.body.get("top_logprobs")
    alternatives = most if isinstance(most, int) and most > 0 else 0
    return {"content": [_entry(piece, alternatives, with_ids=with_ids) for piece in pieces]}


def _entry(piece: str, alternatives: int, *, with_ids: bool) -> dict[str, Any]:
    chosen = _token(piece, 0, with_ids=with_ids)
    others = [
        _token(piece if rank == 0 else f"{piece}{rank}", rank, with_ids=with_ids)
        for rank in range(alternatives)
    ]
    return {**chosen, "top_logprobs": others}


def _token(text: str, rank: int, *, with_ids: bool) -> dict[str, Any]:
    data = text.encode("utf-8", "replace")
    number = zlib.crc32(data)
    token = {"token": text, "logprob": -(number % 1000) / 1000 - rank, "bytes": list(data)}
    return {"id": number % 131_072, **token} if with_ids else token
