"""Which model a server serves: asked once, by whoever comes first, with the retries of any other request."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from agentkit.backends.exchange import MOST_BYTES
from agentkit.backends.gate import Gate
from agentkit.backends.honour import Counterpart
from agentkit.backends.models.card import ModelCard
from agentkit.backends.models.catalog import card_for
from agentkit.backends.options import RetryPolicy
from agentkit.backends.place import Place, Way
from agentkit.backends.profile import Profile
from agentkit.backends.replicas import Replicas
from agentkit.backends.retry import RetryBudget, with_retries
from agentkit.backends.served import Listing, read_listing
from agentkit.errors import BackendError, ModelNotFound, RequestRefused
from agentkit.protocol.ports import ModelItem
from agentkit.wire.dialect import Dialect

if TYPE_CHECKING:
    from agentkit.backends.client import Client  # imports openai, which costs most of a second

_LISTING = 30.0  # seconds that a server has to list its models


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What the server serves.

    Attributes:
        model: The name that requests give.
        window: Context window in tokens, where it is known.
        counterpart: The server with this model.
    """

    model: str
    window: int | None
    counterpart: Counterpart

    @property
    def dialect(self) -> Dialect:
        """How the server is spoken to with this model."""
        return self.counterpart.dialect


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a backend's maker said of it.

    Attributes:
        profile: What the server understands.
        model: The model's name, or None to ask.
        card: What the model can do, or None where its name tells.
        window: Context window in tokens, or None where the server is to say it.
    """

    profile: Profile
    model: str | None
    card: ModelCard | None
    window: int | None


class Lookup:
    """What is known of the served model; shared by all runs of a backend.

    Args:
        wanted: What was said of it.
        replicas: Where to ask.
        retry: When to ask again.
        budget: What asking again is taken from.
    """

    def __init__(
        self, wanted: Wanted, replicas: Replicas[Place], *, retry: RetryPolicy, budget: RetryBudget
    ) -> None:
        self._wanted = wanted
        self._replicas = replicas
        self._retry = retry
        self._budget = budget
        self._listing: Listing | None = None
        self._asking = Gate(1)
        self.served: Served | None = None if wanted.model is None else self._serve(wanted.model, None)

    @property
    def known(self) -> Served:
        """What is served, once it was asked for or said."""
        assert self.served is not None
        return self.served

    async def window(self, deadline: float | None) -> int | None:
        """Return the context window in tokens, or None where nobody says it.

        Raises:
            BackendError: The server cannot be asked.
        """
        if self._wanted.window is None and self._listing is None:
            await self.know(deadline, again=True)
        return None if self.served is None else self.served.window

    async def know(self, deadline: float | None, *, again: bool = False) -> None:
        """Ask, where it is not known yet.

        Raises:
            BackendError: The server cannot be asked.
        """
        if self.served is None or again:
            async with aclosing(self.ask(deadline)) as notes:
                async for _ in notes:
                    pass

    async def ask(self, deadline: float | None) -> AsyncGenerator[ModelItem, None]:
        """Ask once, however many runs begin together, what is served; yields what went wrong on the way."""
        async with self._asking.hold(deadline=deadline):
            if self._listing is not None:
                return
            way = Way(self._replicas, (), deadline=deadline)
            attempts = with_retries(
                partial(self._ask, way, deadline),
                self._retry,
                self._budget,
                deadline=deadline,
                elsewhere=way.elsewhere,
            )
            async with aclosing(attempts) as notes:
                async for note in notes:
                    yield note

    async def _ask(self, way: Way, deadline: float | None) -> AsyncGenerator[ModelItem, None]:
        try:
            async with way as place:
                listing = await self._list(await place.client(), deadline)
                way.succeeded()
        except BackendError:
            while way.events:
                yield way.events.pop(0)
            raise
        while way.events:
            yield way.events.pop(0)
        self.served = self._serve(
            *listing.choose(self._wanted.model, window_field=self._wanted.profile.window_field)
        )
        self._listing = listing

    async def _list(self, client: Client, deadline: float | None) -> Listing:
        try:
            return await client.fetch(
                "models", None, self._read, most=MOST_BYTES, deadline=deadline, within=_LISTING
            )
        except RequestRefused:
            if self._wanted.model is None:
                raise
            return Listing(entries={})  # a server that lists nothing

    def _read(self, body: bytes) -> Listing:
        listing = read_listing(body)
        listing.choose(self._wanted.model, window_field=self._wanted.profile.window_field)  # or raises
        return listing

    async def complete(self, error: ModelNotFound, deadline: float | None) -> None:
        """Complete an error with the names of the models that are served, where the server tells them."""
        if error.served:
            return
        with suppress(BackendError):
            async with Way(self._replicas, (), deadline=deadline) as place:
                listing = self._listing or await self._list(await place.client(), deadline)
            names = tuple(listing.entries)
            if names:
                error.served = names
                error.hint = f"The server serves: {', '.join(names)}."

    def _serve(self, model: str, window: int | None) -> Served:
        card = self._wanted.card or card_for(model)
        dialect = card.speak(self._wanted.profile.dialect)
        counterpart = Counterpart(profile=self._wanted.profile, card=card, dialect=dialect)
        window = self._wanted.window or window or self._wanted.profile.default_window
        return Served(model=model, window=window, counterpart=counterpart)
