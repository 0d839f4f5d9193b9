"""What a server says it serves: the list at `/v1/models`, and the context window in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentkit._util import json
from agentkit.errors import ModelNotFound, ProtocolError


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The models that a server lists.

    Attributes:
        entries: What it says of each, by name; empty where it lists nothing.
    """

    entries: Mapping[str, Mapping[str, Any]]

    def choose(self, model: str | None, *, window_field: tuple[str, ...]) -> tuple[str, int | None]:
        """Return the name of the model to ask for, and its context window in tokens where the server says it.

        Args:
            model: The model that was named, or None for the only one that can be meant.
            window_field: Where an entry says the context window: a path of keys.

        Raises:
            ProtocolError: Nothing is listed, and no model was named.
            ModelNotFound: Several models are listed, and none was named.
        """
        entry = self.entries.get(model) if model is not None else _only(self.entries)
        if entry is None:
            return model or "", None
        window: Any = entry
        for key in window_field or ("max_model_len",):
            window = window.get(key) if json.is_object(window) else None
        known = isinstance(window, int) and not isinstance(window, bool) and window > 0
        return entry["id"], window if known else None


def read_listing(body: bytes) -> Listing:
    """Read the answer to `GET /models`; what is no list of models lists nothing."""
    try:
        data: Any = json.loads(body)
    except ValueError:
        return Listing(entries={})
    listed = data.get("data") if json.is_object(data) else None
    entries = [entry for entry in listed if json.is_object(entry)] if json.is_array(listed) else []
    return Listing(entries={entry["id"]: entry for entry in entries if isinstance(entry.get("id"), str)})


def _only(entries: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the one model that can be meant where none was named."""
    if not entries:
        raise ProtocolError(
            "GET /models gave no list of models.",
            hint="Check that the URL leads to an OpenAI-compatible server, or set model=... yourself.",
        )
    if len(entries) == 1:
        return next(iter(entries.values()))
    likely = [entry for name, entry in entries.items() if "mistral-small-4" in name.lower()]
    if len(likely) == 1:
        return likely[0]
    raise ModelNotFound(
        f"The server serves {len(entries)} models and none was named.",
        hint=f"Set model= to one of: {', '.join(entries)}.",
        served=tuple(entries),
    )
