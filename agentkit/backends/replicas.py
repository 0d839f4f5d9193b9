"""Several servers of one model behind one backend: which of them gets a request, and which are left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from agentkit.backends.affinity import PrefixCache, Segment
from agentkit.errors import (
    BackendError,
    BackendTimeout,
    ConfigurationError,
    ConnectionFailed,
    Overloaded,
    ProtocolError,
    ServerFailed,
)
from agentkit.protocol.events import ReplicaEjected, ReplicaRestored

T = TypeVar("T")

_TURN = 256
"""Tokens of prefill to which a request under way is taken to slow others down by its decoding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaPolicy:
    """How replicas are chosen and judged.

    Attributes:
        failures: Failures in a row after which a replica is left alone. At least one always stays.
        ejection: Seconds for which it is left alone, times how often it has been.
        most_ejection: Seconds; no replica is left alone for longer.
        probe: Seconds that a replica has to answer before it gets requests again.
        cache_tokens: Tokens that the prefix cache of one replica is taken to hold.
        prefill: Tokens of a prompt that one replica is taken to compute in a second.
    """

    failures: int = 5
    ejection: float = 30.0
    most_ejection: float = 300.0
    probe: float = 5.0
    cache_tokens: int = 2_000_000
    prefill: float = 10_000.0

    def __post_init__(self) -> None:
        lowest = {
            "failures": 1,
            "ejection": 0,
            "most_ejection": 0,
            "probe": 1e-9,
            "cache_tokens": 0,
            "prefill": 1e-9,
        }
        for name, least in lowest.items():
            if not getattr(self, name) >= least:
                raise ConfigurationError(
                    f"ReplicaPolicy.{name} is {getattr(self, name)!r}.",
                    hint=f"Give {max(least, 0):g} or more.",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaState:
    """What is known of one replica.

    Attributes:
        url: Its base URL.
        ejected: Whether it is left alone now.
        failures: Failures in a row.
        ejections: How often it has been left alone.
        requests: Requests under way.
        sent: Requests sent to it so far.
    """

    url: str
    ejected: bool
    failures: int
    ejections: int
    requests: int
    sent: int


class Replica(Generic[T]):
    """One server; everything in it is guarded by the lock of its `Replicas`."""

    __slots__ = (
        "busy_until", "cache", "ejected_until", "ejections", "failures", "place", "probing", "requests", "restored", "sent",
        "url",
    )  # fmt: skip

    def __init__(self, url: str, place: T, *, cache_tokens: int) -> None:
        self.url = url
        self.place = place
        self.cache = PrefixCache(cache_tokens)
        self.busy_until = 0.0
        self.requests = 0
        self.sent = 0
        self.failures = 0
        self.ejections = 0
        self.ejected_until: float | None = None
        self.probing = False
        self.restored = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken(Generic[T]):
    """A replica that was chosen for a request.

    Attributes:
        replica: Which.
        probe: Whether it was left alone before, and must show that it answers.
    """

    replica: Replica[T]
    probe: bool


class Replicas(Generic[T]):
    """The replicas of a backend.

    Args:
        places: Each replica's URL for people, and what its owner needs to reach it.
        policy: How they are chosen and judged.
        clock: Seconds that never go back, the same in all threads.
    """

    def __init__(
        self,
        places: Sequence[tuple[str, T]],
        policy: ReplicaPolicy | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.policy = policy or ReplicaPolicy()
        self._all = [Replica(url, place, cache_tokens=self.policy.cache_tokens) for url, place in places]
        self._clock = clock
        self._lock = threading.Lock()
        self._turn = 0

    def __len__(self) -> int:
        return len(self._all)

    @property
    def places(self) -> list[T]:
        """What it takes to reach each replica."""
        return [replica.place for replica in self._all]

    @property
    def states(self) -> tuple[ReplicaState, ...]:
        """What is known of each replica now."""
        with self._lock:
            return tuple(
                ReplicaState(
                    url=replica.url,
                    ejected=replica.ejected_until is not None,
                    failures=replica.failures,
                    ejections=replica.ejections,
                    requests=replica.requests,
                    sent=replica.sent,
                )
                for replica in self._all
            )

    def take(self, segments: tuple[Segment, ...] = (), tried: Collection[Replica[T]] = ()) -> Taken[T]:
        """Choose a replica: where the least work is to be done before the answer begins.

        The work is what of the prompt is not in its cache, what must go from a full cache for it, and what the
        requests under way there have still to compute, at `ReplicaPolicy.prefill` tokens a second. A conversation so stays where its cache is, unless that
        replica is so busy that computing the prompt again elsewhere is quicker.

        Args:
            segments: The prompt.
            tried: Replicas on which this request has failed; taken again only where there is no other.
        """
        with self._lock:
            replica, probe = self._choose(segments, tried)
            seconds = replica.cache.missing(segments) / self.policy.prefill
            replica.busy_until = max(replica.busy_until, self._clock()) + seconds
            replica.cache.add(segments)
            replica.requests += 1
            replica.sent += 1
            replica.probing = replica.probing or probe
            return Taken(replica=replica, probe=probe)

    def others(self, tried: Collection[Replica[T]]) -> bool:
        """Return whether there is a healthy replica that was not tried."""
        with self._lock:
            return any(replica.ejected_until is None and replica not in tried for replica in self._all)

    def succeeded(self, taken: Taken[T]) -> ReplicaRestored | None:
        """Note that a replica answered."""
        with self._lock:
            replica = self._release(taken)
            replica.failures = 0
            if replica.ejected_until is None:
                return None
            replica.ejected_until, replica.restored = None, self._clock()
            return ReplicaRestored(url=replica.url)

    def failed(self, taken: Taken[T], error: BackendError) -> ReplicaEjected | None:
        """Note that a replica failed, where that was its own fault (`is_the_servers`)."""
        with self._lock:
            replica = self._release(taken)
            replica.failures += 1
            healthy = [other for other in self._all if other.ejected_until is None and other is not replica]
            again = replica.ejected_until is not None
            if not again and (replica.failures < self.policy.failures or not healthy):
                return None
            if again and not taken.probe:
                return None  # it was under way when the replica was ejected
            return self._eject(replica, error)

    def released(self, taken: Taken[T]) -> None:
        """Note that a request ended without saying anything about its replica: cancelled, or refused for its own sake."""
        with self._lock:
            self._release(taken)

    def _choose(
        self, segments: tuple[Segment, ...], tried: Collection[Replica[T]]
    ) -> tuple[Replica[T], bool]:
        if len(self._all) == 1:
            return self._all[0], False  # which is never left alone
        now = self._clock()
        for replica in self._all:
            due = replica.ejected_until is not None and now >= replica.ejected_until
            if due and not replica.probing and replica not in tried:
                return replica, True
        healthy = [replica for replica in self._all if replica.ejected_until is None]
        candidates = [replica for replica in healthy if replica not in tried] or healthy or self._all
        turn = self._turn
        self._turn += 1

        def work(at: int) -> tuple[float, int, int]:
            replica = candidates[at]
            missing = replica.cache.missing(segments)
            queue = max(0.0, replica.busy_until - now) * self.policy.prefill + _TURN * replica.requests
            total = missing + replica.cache.crowding(missing) + queue
            return total, replica.requests, (at - turn) % len(candidates)

        return candidates[min(range(len(candidates)), key=work)], False

    def _release(self, taken: Taken[T]) -> Replica[T]:
        replica = taken.replica
        replica.requests -= 1
        if taken.probe:
            replica.probing = False
        return replica

    def _eject(self, replica: Replica[T], error: BackendError) -> ReplicaEjected:
        now = self._clock()
        good = (
            int((now - replica.restored) / max(self.policy.ejection, 1e-9))
            if replica.ejected_until is None
            else 0
        )
        replica.ejections = max(0, replica.ejections - good) + 1
        seconds = min(self.policy.most_ejection, self.policy.ejection * replica.ejections)
        replica.ejected_until = now + seconds
        replica.cache.clear()  # what comes back is most likely a server that was started again
        return ReplicaEjected(
            url=replica.url, failures=replica.failures, seconds=seconds, error=type(error).__name__
        )


def is_the_servers(error: BackendError) -> bool:
    """Return whether an error speaks against the server, and not against the request or against its rate."""
    if isinstance(error, Overloaded) and error.status == 429:
        return False
    if isinstance(error, BackendTimeout) and error.phase == "queue":
        return False
    return isinstance(error, ConnectionFailed | BackendTimeout | ServerFailed | ProtocolError)
