"""Where a server is, and the way of one request over the replicas of a backend."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

import anyio

from agentkit._util.library import runs_trio
from agentkit._util.secret import Secret
from agentkit.backends.address import secrets_in
from agentkit.backends.affinity import Segment
from agentkit.backends.options import Timeouts
from agentkit.backends.pool import PerLoop
from agentkit.backends.replicas import Replica, Replicas, Taken, is_the_servers
from agentkit.errors import BackendError, BackendTimeout, ConnectionFailed, Overloaded
from agentkit.protocol.events import ReplicaEjected, ReplicaRestored

if TYPE_CHECKING:
    from agentkit.backends.client import Client  # imports openai, which costs most of a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How all replicas of a backend are reached.

    Attributes:
        api_key: Sent as a bearer token; empty where the servers want none.
        headers: Further headers.
        trusted: The certificates to trust, or None for the system's.
        proxy: URL of a proxy, or None.
        timeouts: Bounds on silence.
    """

    api_key: Secret
    headers: Mapping[str, Secret]
    trusted: ssl.SSLContext | None
    proxy: Secret | None
    timeouts: Timeouts


class Place:
    """One server: its address, and its connections for each event loop.

    It knows nothing of the backend: a circle of references would leave the closing of connections to the garbage collector.

    Args:
        base_url: Ends in a slash where `chat/completions` begins.
        shown: The same for people.
        reach: How it is reached.
    """

    __slots__ = ("_clients", "_reach", "base_url", "url")

    def __init__(self, base_url: str, shown: str, reach: Reach) -> None:
        self.base_url = base_url
        self.url = shown
        self._reach = reach
        self._clients: PerLoop[Client] = PerLoop(_close)

    @property
    def root(self) -> str:
        """The address beside which `/v1` stands."""
        return self.base_url.removesuffix("/").removesuffix("/v1")

    async def client(self) -> Client:
        """Return the client of the running event loop."""
        return await self._clients.get(partial(self._connect, trio=runs_trio()))

    def _connect(self, *, trio: bool) -> Client:
        from agentkit.backends.client import Client, Connection  # openai is loaded at the first call

        reach = self._reach
        return Client(
            Connection(
                base_url=self.base_url,
                shown_url=self.url,
                api_key=reach.api_key,
                headers=reach.headers,
                secrets=secrets_in(reach.api_key, reach.headers.values(), reach.proxy),
                trusted=reach.trusted,
                proxy=reach.proxy,
                timeouts=reach.timeouts,
            ),
            aiohttp=not trio,  # aiohttp runs on asyncio only
        )

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        await self._clients.close()

    async def answers(self, seconds: float) -> BackendError | None:
        """Ask for the models; returns the error of a server that is not there, or not yet. Any other answer will do."""
        try:
            client = await self.client()
            deadline = anyio.current_time() + seconds
            async with client.exchange("models", None, deadline=deadline) as arriving:
                del arriving
        except (ConnectionFailed, BackendTimeout, Overloaded) as error:
            return error
        except BackendError:
            return None
        return None


async def _close(client: Client) -> None:
    await client.close()


class Way:
    """One request's way over the replicas: which is next, and what became of each.

    Each step is a block: `async with way as place`.

    Args:
        replicas: All of them.
        segments: The request's prompt, for the prefix caches.
        deadline: Absolute `anyio.current_time()`; what it cuts short speaks against no server.

    Attributes:
        events: What happened to replicas on the way, oldest first.
    """

    def __init__(
        self, replicas: Replicas[Place], segments: tuple[Segment, ...], *, deadline: float | None
    ) -> None:
        self.events: list[ReplicaEjected | ReplicaRestored] = []
        self._replicas = replicas
        self._segments = segments
        self._deadline = deadline
        self._tried: list[Replica[Place]] = []
        self._taken: Taken[Place] | None = None

    def elsewhere(self) -> bool:
        """Return whether a healthy replica is left that was not tried."""
        return self._replicas.others(self._tried)

    async def __aenter__(self) -> Place:
        """Go to the next replica; how the block ends tells how it is."""
        self._taken = taken = await self._take()
        self._tried.append(taken.replica)
        return taken.replica.place

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, BackendError):
            self._failed(error)
        self._released()

    def succeeded(self) -> None:
        """Note that the replica of this step answered."""
        if self._taken is not None:
            restored = self._replicas.succeeded(self._taken)
            self._taken = None
            if restored is not None:
                self.events.append(restored)

    def _failed(self, error: BackendError) -> None:
        late = self._deadline is not None and anyio.current_time() >= self._deadline
        if self._taken is None or late:
            return
        if not is_the_servers(error):
            self.succeeded()  # it refused the request, and so it is there
            return
        ejected = self._replicas.failed(self._taken, error)
        self._taken = None
        if isinstance(error, ConnectionFailed) and self.elsewhere():
            error.retryable = True  # a name or a certificate that is wrong here need not be wrong there
        if ejected is not None:
            self.events.append(ejected)

    def _released(self) -> None:
        """The step ended without saying anything about its replica: it was cancelled, say."""
        if self._taken is not None:
            self._replicas.released(self._taken)
            self._taken = None

    async def _take(self) -> Taken[Place]:
        """Choose a replica; one that was left alone must show first that it is there."""
        while True:
            taken = self._replicas.take(self._segments, self._tried)
            if not taken.probe:
                return taken
            error: BackendError | None = None
            try:
                error = await taken.replica.place.answers(self._replicas.policy.probe)
            except BaseException:
                self._replicas.released(taken)
                raise
            if error is None:
                return taken
            self._tried.append(taken.replica)
            ejected = self._replicas.failed(taken, error)
            if ejected is not None:
                self.events.append(ejected)
