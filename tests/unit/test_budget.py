"""The ledger in memory, and the budget's arithmetic."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit import EffortBudget
from agentkit.errors import ConfigurationError
from agentkit.loop.budget import MemoryLedger
from agentkit.loop.purse import Purse, charge_of
from agentkit.protocol.budget import Account, Balance
from agentkit.protocol.messages import AssistantMessage
from agentkit.protocol.reply import ModelReply
from agentkit.protocol.usage import Usage

DAY = Account(key="day", limit=100)
ACME = Account(key="acme", limit=60)


def ledger_at(times: list[float]) -> MemoryLedger:
    return MemoryLedger(clock=lambda: times[0])


async def test_what_is_set_aside_is_set_aside_in_every_account_or_in_none() -> None:
    ledger = ledger_at([0.0])
    lease = await ledger.reserve([DAY, ACME], 80, least=10, seconds=9)
    assert lease is not None
    assert lease.tokens == 60
    assert await ledger.balances(["day", "acme"]) == [Balance(held=60), Balance(held=60)]
    assert await ledger.reserve([DAY, ACME], 80, least=10, seconds=9) is None
    assert await ledger.balances(["day"]) == [Balance(held=60)]
    other = await ledger.reserve([DAY], 80, least=10, seconds=9)
    assert other is not None
    assert other.tokens == 40


async def test_settling_charges_what_was_used_and_gives_the_rest_back_once() -> None:
    ledger = ledger_at([0.0])
    lease = await ledger.reserve([DAY], 50, least=1, seconds=9)
    assert lease is not None
    await ledger.settle(lease, 70)  # a server that went too far
    await ledger.settle(lease, 70)
    assert await ledger.balances(["day"]) == [Balance(spent=70)]
    await ledger.charge(["day"], 5)
    assert await ledger.balances(["day"]) == [Balance(spent=75)]


async def test_a_lease_that_ends_is_charged_in_full_until_its_holder_tells_otherwise() -> None:
    times = [0.0]
    ledger = ledger_at(times)
    lease = await ledger.reserve([DAY], 80, least=1, seconds=9)
    assert lease is not None
    times[0] = 10.0
    assert await ledger.balances(["day"]) == [Balance(spent=80)]
    assert await ledger.reserve([DAY], 80, least=30, seconds=9) is None
    await ledger.settle(lease, 10)  # it was slow, not dead
    assert await ledger.balances(["day"]) == [Balance(spent=10)]


async def test_a_purse_takes_back_everything_where_one_of_several_budgets_refuses() -> None:
    rich, poor = EffortBudget(day=10_000, least=1), EffortBudget(day=0, least=1)
    parent = Purse(limit=5000, budget=poor)
    child = Purse(budget=rich, parent=parent)
    assert await child.reserve(100, deadline=None) is None
    assert (child.left, parent.left) == (5000, 5000)
    assert (await rich.spent())["day"] == Balance()


async def test_siblings_share_their_parents_purse_and_may_think_at_the_same_time() -> None:
    parent = Purse(limit=50_000)
    one = await Purse(limit=100_000, parent=parent).reserve(None, deadline=None)
    other = await Purse(limit=100_000, parent=parent).reserve(None, deadline=None)
    assert one is not None
    assert other is not None
    assert (one.cap, other.cap, parent.left) == (32_767, 17_233, 0)


async def test_slack_is_set_aside_and_not_told_to_the_server() -> None:
    purse = Purse(budget=EffortBudget(day=1000, per_request=500, least=1, slack=20))
    hold = await purse.reserve(None, deadline=None)
    assert hold is not None
    assert (hold.tokens, hold.cap) == (520, 500)
    second = await purse.reserve(None, deadline=None)
    assert second is not None
    assert (second.tokens, second.cap) == (480, 460)
    assert await purse.reserve(None, deadline=None) is None


@pytest.mark.parametrize(
    ("effort", "usage", "reasoning", "charge"),
    [
        ("high", Usage(completion_tokens=90, reasoning_tokens=70), "hm", 70),
        ("high", Usage(completion_tokens=90, reasoning_tokens=0), "", 0),
        ("high", Usage(completion_tokens=90, reasoning_tokens=0), "hm", 90),  # it says 0 and shows a thought
        ("high", Usage(completion_tokens=90, reasoning_tokens=60, reasoning_counted=False), "hm", 90),
        ("high", Usage(completion_tokens=90, reasoning_counted=False), "", 90),
        ("high", Usage(reasoning_counted=False), "hm", None),
        ("none", Usage(completion_tokens=90, reasoning_counted=False), "", 0),
        ("none", Usage(completion_tokens=90, reasoning_counted=False), "hm", 90),
        ("none", Usage(completion_tokens=90, reasoning_tokens=70), "hm", 70),
        ("none", Usage(reasoning_counted=False), "", 0),
    ],
)
def test_a_reply_is_charged_its_reasoning_or_all_of_it_where_that_is_not_counted(
    effort: Any, usage: Usage, reasoning: str, charge: int | None
) -> None:
    reply = ModelReply(message=AssistantMessage(text="x", reasoning=reasoning), finish="stop", usage=usage)
    assert charge_of(reply, effort) == charge


@pytest.mark.parametrize(
    "options", [{"day": -1}, {"per_request": 0}, {"least": 0}, {"slack": -1}, {"lease_seconds": 0.0}]
)
def test_a_budget_that_cannot_work_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        EffortBudget(**options)


def test_days_and_tenants_have_accounts_of_their_own() -> None:
    budget = EffortBudget(day=5, tenant_day=3, clock=lambda: 86_399.0)
    assert [account.key for account in budget.accounts("acme")] == [
        "day:1970-01-01",
        "tenant:1970-01-01:acme",
    ]
    assert EffortBudget(clock=lambda: 0.0).accounts("acme") == ()
