"""The ledger in a SQLite file keeps its promises over threads, processes and the death of one."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import stat
import time
from pathlib import Path
from typing import Any

import anyio
import pytest

from agentkit.errors import StoreFailed
from agentkit.loop.budget import MemoryLedger
from agentkit.protocol.budget import Account, Balance, Lease
from agentkit.stores import SqliteLedger

DAY, ACME = Account(key="day", limit=1000), Account(key="acme", limit=600)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_it_does_what_the_ledger_in_memory_does(tmp_path: Path) -> None:
    now = [1000.0]
    memory = MemoryLedger(clock=lambda: now[0])
    file = SqliteLedger(tmp_path / "budget.db", clock=lambda: now[0])
    chance = random.Random(4)
    held: list[tuple[Lease, Lease]] = []
    for _ in range(400):
        match chance.randrange(5):
            case 0 | 1:
                accounts = chance.choice([[DAY], [ACME], [DAY, ACME], []])
                tokens, least = chance.randint(1, 300), chance.randint(1, 100)
                one = await memory.reserve(accounts, tokens, least=least, seconds=30)
                other = await file.reserve(accounts, tokens, least=least, seconds=30)
                assert (one is None) == (other is None)
                if one is not None and other is not None:
                    assert (one.tokens, one.accounts) == (other.tokens, other.accounts)
                    held.append((one, other))
            case 2 if held:
                one, other = held.pop(chance.randrange(len(held)))
                used = chance.randint(0, one.tokens + 5)
                for _ in range(chance.randint(1, 2)):
                    await memory.settle(one, used)
                    await file.settle(other, used)
            case 3:
                await memory.charge(["day"], 1)
                await file.charge(["day"], 1)
            case _:
                now[0] += chance.choice([0, 1, 40])
        assert await memory.balances(["day", "acme"]) == await file.balances(["day", "acme"])
    file.close()


def drain(path: Path, seed: int, results: Any) -> None:
    """Reserve and settle until nothing is left; report what this process spent."""
    chance = random.Random(seed)

    async def run() -> int:
        ledger, spent = SqliteLedger(path), 0
        while True:
            lease = await ledger.reserve([DAY, ACME], chance.randint(1, 9), least=1, seconds=60)
            if lease is None:
                balance = (await ledger.balances(["acme"]))[0]
                if balance.spent >= ACME.limit:
                    return spent
                continue
            used = chance.randint(0, lease.tokens)
            await ledger.settle(lease, used)
            spent += used

    results.put(anyio.run(run))


def test_processes_that_drain_one_account_together_spend_it_to_the_last_token_and_no_further(
    tmp_path: Path,
) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    path = tmp_path / "budget.db"
    processes = [context.Process(target=drain, args=(path, seed, results)) for seed in range(3)]
    for process in processes:
        process.start()
    spent = [results.get(timeout=100) for _ in processes]
    for process in processes:
        process.join(60)
    assert sum(spent) == ACME.limit
    ledger = SqliteLedger(path)
    assert anyio.run(ledger.balances, ["acme", "day"]) == [Balance(spent=600), Balance(spent=600)]
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}
    ledger.close()


def hold_and_wait(path: Path, ready: Any) -> None:
    async def run() -> None:
        lease = await SqliteLedger(path).reserve([DAY], 700, least=1, seconds=0.5)
        assert lease is not None
        ready.set()
        await anyio.sleep(600)

    anyio.run(run)


def test_what_a_killed_process_held_is_charged_when_its_lease_ends(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    path = tmp_path / "budget.db"
    process = context.Process(target=hold_and_wait, args=(path, ready))
    process.start()
    assert ready.wait(60)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(60)
    now = [time.time() - 60]
    ledger = SqliteLedger(path, clock=lambda: now[0])
    assert anyio.run(ledger.balances, ["day"]) == [Balance(held=700)]
    now[0] += 120
    assert anyio.run(ledger.balances, ["day"]) == [Balance(spent=700)]
    ledger.close()


def test_a_file_that_cannot_be_used_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="folder"):
        SqliteLedger(tmp_path / "no" / "budget.db")
