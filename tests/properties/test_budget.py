"""No run, tenant or day ever spends more reasoning tokens than it may, whatever server, stream, crash or crowd does.

What an overrun is: the tokens that a server really wrote for the requests charged to an account (its reasoning where it
counts that, else all of the completion), those of attempts included that failed, were stopped or died with their
process, come to more than the account's limit. A server may go beyond `max_tokens` by `EffortBudget.slack`. One that
goes further, or thinks when told not to, can overrun, by no more than what it wrote unbidden: that is charged too, and
nothing further is reserved until there is room. A server that lies about its use is beyond anyone's help.
"""

from __future__ import annotations

import os
import random
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel

from agentkit import Agent, ComplexityRouter, EffortBudget, Limits, RoutingPolicy, Sampling
from agentkit.errors import AgentKitError, ConnectionFailed, IncompleteStream, Overloaded
from agentkit.loop.budget import MemoryLedger
from agentkit.protocol.budget import Account, Balance, Lease, Ledger
from agentkit.protocol.events import (
    LimitHit,
    ModelReplied,
    ModelRequested,
    ModelRetried,
    ReasoningDelta,
    Starved,
    TextDelta,
)
from agentkit.protocol.messages import AssistantMessage, ToolCall
from agentkit.protocol.ports import ModelItem
from agentkit.protocol.reply import ModelReply
from agentkit.protocol.request import ModelRequest
from agentkit.protocol.usage import Usage
from agentkit.stores import SqliteLedger

CASES = int(os.environ.get("AGENTKIT_TEST_CASES", "1000"))

KEYS: ContextVar[tuple[str, ...]] = ContextVar("KEYS", default=())
"""Accounts of the reservation that the running task made last."""

RUN: ContextVar[str] = ContextVar("RUN", default="")


SEEN: Counter[str] = Counter()
"""What happened, so that a test which no longer tries something is noticed."""


class Died(BaseException):
    """The process is gone: nothing that it would still have done happens."""


@dataclass
class Clock:
    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Process:
    """One process's way to the shared ledger; a dead one reaches it no more."""

    shared: Ledger
    dead: bool = False

    async def reserve(
        self, accounts: Sequence[Account], tokens: int, *, least: int, seconds: float
    ) -> Lease | None:
        await anyio.lowlevel.checkpoint()
        lease = await self.shared.reserve(accounts, tokens, least=least, seconds=seconds)
        KEYS.set(lease.accounts if lease is not None else ())
        return lease

    async def settle(self, lease: Lease, used: int) -> None:
        if not self.dead:
            await self.shared.settle(lease, used)

    async def charge(self, keys: Sequence[str], tokens: int) -> None:
        if not self.dead:
            await self.shared.charge(keys, tokens)

    async def balances(self, keys: Sequence[str]) -> Sequence[Balance]:
        return await self.shared.balances(keys)


@dataclass
class Server:
    """A model server that counts, in truth, what it writes for whom."""

    chance: random.Random
    clock: Clock
    process: Process
    truth: dict[str, int]
    limits: dict[str, int]
    slack: int
    counts: bool
    outstanding: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def request(self, request: ModelRequest) -> AsyncGenerator[ModelItem, None]:
        high = request.effort == "high"
        keys = self._keys(high)
        most = min(
            bound for bound in (request.sampling.max_tokens, request.token_cap, 300_000) if bound is not None
        )
        allowed = most + self.slack
        for key in keys:
            if key in self.limits:
                assert self.truth[key] + self.outstanding[key] + allowed <= self.limits[key], key
            self.outstanding[key] += allowed
        try:
            for attempt in range(1, 4):
                thought, text, cut = self._write(most, high=high)
                fault = self.chance.random()
                if fault < 0.06:
                    yield ModelRetried(attempt=attempt, delay=0.0, error="busy", costs_nothing=True)
                    continue
                shown = self.chance.random()
                if fault < 0.14:  # it breaks off somewhere, and is tried again or not
                    keys = self._book(keys, int(thought * shown), int(text * shown), allowed)
                    await self._wait()
                    SEEN["broke"] += high
                    if self.chance.random() < 0.7:
                        SEEN["tried again"] += high
                        yield ModelRetried(attempt=attempt, delay=0.0, error="broke")
                        keys = self._keys(high)
                        for key in keys:
                            self.outstanding[key] += allowed
                        continue
                    raise IncompleteStream("It broke off.") if shown < 0.5 else ConnectionFailed("It broke.")
                if fault < 0.16:
                    raise Overloaded("Busy.")
                keys = self._book(keys, thought, text, allowed)
                if request.stream:
                    for piece in range(self.chance.randrange(3)):
                        yield ReasoningDelta("hm") if high and piece else TextDelta("so")
                        await self._wait()
                if fault < 0.20:
                    self.process.dead = True
                    SEEN["died"] += high
                    raise Died
                yield self._reply(request, thought, text, cut, high=high)
                return
            raise ConnectionFailed("It never worked.")
        finally:
            self._let_go(keys, allowed)

    def _write(self, most: int, *, high: bool) -> tuple[int, int, bool]:
        """Tokens of thought and of text, and whether they were cut."""
        excess = self.chance.randint(0, self.slack)
        thought = int(self.chance.paretovariate(0.7) * 20) if high else 0
        text = self.chance.randint(1, 60)
        if thought + text <= most:
            return thought, text, False
        thought = min(thought, most + excess)
        return thought, most + excess - thought, True

    def _keys(self, high: bool) -> tuple[str, ...]:
        return (*KEYS.get(), RUN.get()) if high else ()

    def _book(self, keys: Sequence[str], thought: int, text: int, allowed: int) -> tuple[str, ...]:
        """The tokens are written: they are spent in truth, and the attempt can write no more."""
        for key in keys:
            self.truth[key] += thought if self.counts else thought + text
        self._let_go(keys, allowed)
        return ()

    def _let_go(self, keys: Sequence[str], allowed: int) -> None:
        for key in keys:
            self.outstanding[key] -= allowed

    async def _wait(self) -> None:
        for _ in range(self.chance.randrange(3)):
            await anyio.lowlevel.checkpoint()
        if self.chance.random() < 0.05:
            SEEN["time passed"] += 1
            self.clock.now += self.chance.choice([10, 4000, 90_000])

    def _reply(self, request: ModelRequest, thought: int, text: int, cut: bool, *, high: bool) -> ModelReply:
        calls: tuple[ToolCall, ...] = ()
        if request.tools and text and not cut and self.chance.random() < 0.5:
            SEEN["asked scouts"] += 1
            calls = tuple(
                ToolCall(id=f"call{number:05d}", name="scout", arguments='{"task": "think hard: look"}')
                for number in range(self.chance.randint(1, 3))
            )
        said = "words " * text if not calls else ""
        visible = self.counts or self.chance.random() < 0.8
        usage = Usage(
            requests=1,
            prompt_tokens=10,
            completion_tokens=thought + text if self.counts or self.chance.random() < 0.9 else 0,
            reasoning_tokens=thought if self.counts else 0,
            reasoning_counted=self.counts,
        )
        return ModelReply(
            message=AssistantMessage(
                text=said, reasoning="hm" if thought and visible else "", tool_calls=calls
            ),
            finish="length" if cut else "tool_calls" if calls else "stop",
            usage=usage,
        )


ROUTER = ComplexityRouter(RoutingPolicy(learn=False))


async def one_world(seed: int, ledger: Ledger, clock: Clock) -> int:
    """Let a crowd of runs loose on one ledger and check every account; returns how many runs there were."""
    chance = random.Random(seed)
    truth: dict[str, int] = defaultdict(int)
    limits: dict[str, int] = {}
    slack = chance.choice([0, 0, 1, 16])
    run_limit = chance.choice([None, 40, 500, 5000, 100_000])
    day = chance.choice([None, 300, 3000, 60_000])
    tenant_day = chance.choice([None, 150, 2000, 30_000])
    runs = chance.randint(1, 8)
    options: dict[str, Any] = {
        "day": day,
        "tenant_day": tenant_day,
        "per_request": chance.choice([64, 1000, 16_384]),
        "least": chance.choice([1, 50]),
        "slack": slack,
        "lease_seconds": 3600.0,
        "clock": clock,
    }
    outstanding: dict[str, int] = defaultdict(int)

    async def run(number: int) -> None:
        process = Process(ledger)
        budget = EffortBudget(ledger=process, **options)
        tenant = chance.choice(["acme", "globex"])
        for account in budget.accounts(tenant):
            limits[account.key] = account.limit
        server = Server(
            chance, clock, process, truth, limits, slack, chance.random() < 0.5, outstanding=outstanding
        )
        name = f"run:{seed}:{number}"
        RUN.set(name)
        if run_limit is not None:
            limits[name] = run_limit
        common: dict[str, Any] = {
            "backend": server, "router": ROUTER, "budget": budget, "limits": Limits(reasoning_tokens=run_limit, steps=8),
            "sampling": Sampling(max_tokens=chance.choice([None, 5, 400, 8000])),
        }  # fmt: skip
        SEEN["runs"] += 1
        scout = Agent("Scout.", name="scout", **common)
        tools = [scout.as_tool()] if chance.random() < 0.3 else []
        agent = Agent("Lead.", tools=tools, **common)
        efforts: list[str] = []
        starved: list[int] = []
        try:
            effort: Any = chance.choice(["auto", "high"])
            prompt = "think hard: go" if effort == "auto" else "go"
            stop_after = chance.choice([None, None, 2, 5])
            events = agent._events(
                prompt, stream=chance.random() < 0.5, options={"effort": effort, "tenant": tenant}
            )
            async with aclosing(events):
                count = 0
                async for event in events:
                    count += 1
                    if isinstance(event, ModelRequested):
                        efforts.append(event.effort)
                    elif isinstance(event, LimitHit):
                        SEEN["went on without"] += 1
                    elif isinstance(event, Starved):
                        SEEN["starved"] += 1
                        starved.append(len(efforts))
                    elif isinstance(event, ModelReplied) and starved:
                        assert len(efforts) - starved[0] <= 1 or event.effort == "none"
                    if count == stop_after:
                        SEEN["stopped"] += 1
                        break
        except (AgentKitError, Died):
            pass
        except BaseExceptionGroup as group_:
            if group_.split(Died)[1] is not None:
                raise
        assert len(starved) <= 1
        assert all(effort == "none" for effort in efforts[starved[0] :]) if starved else True

    async with anyio.create_task_group() as group:
        for number in range(runs):
            group.start_soon(run, number)
    for key, limit in limits.items():
        assert truth[key] <= limit, f"seed {seed}: {key} has {truth[key]} of {limit}"
    SEEN["used up"] += sum(truth[key] > 0.9 * limit for key, limit in limits.items())
    keys = [key for key in limits if not key.startswith("run:")]
    for key, balance in zip(keys, await ledger.balances(keys), strict=True):
        assert balance.spent + balance.held <= limits[key], (seed, key, balance)
        assert balance.spent + balance.held >= truth[key], (seed, key, balance)
    return runs


async def many_worlds(cases: int) -> None:
    done, seed = 0, 0
    while done < cases:
        clock = Clock()
        done += await one_world(seed, MemoryLedger(clock=clock), clock)
        seed += 1


def test_no_account_in_a_file_is_ever_overrun(tmp_path: Path) -> None:
    async def worlds() -> None:
        done, seed, clock = 0, 10_000_000, Clock()
        ledger = SqliteLedger(tmp_path / "budget.db", clock=clock)
        while done < CASES // 10:
            done += await one_world(seed, ledger, clock)
            seed += 1
            clock.now += 2 * 86_400  # each world has days of its own
        ledger.close()

    anyio.run(worlds)


def test_no_account_is_ever_overrun() -> None:
    SEEN.clear()
    anyio.run(many_worlds, CASES)
    print(dict(SEEN))
    tried = (
        "broke", "tried again", "died", "time passed", "went on without", "starved", "stopped", "asked scouts", "used up",
    )  # fmt: skip
    assert min(SEEN[what] for what in tried) >= CASES // 200, SEEN
