"""What users see of a budget of reasoning tokens, against the simulated server."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from agentkit import Agent, Backend, EffortBudget, Limits, RetryPolicy, Sampling, TextDelta
from agentkit.errors import RequestRefused
from agentkit.protocol.budget import Balance
from agentkit.protocol.events import Event, LimitHit
from agentkit.stores import SqliteLedger
from agentkit.testing import Rules, Script, SimulatedServer, calls, drop, fail, raw, say, stall
from agentkit.testing.dialect import VLLM

COUNTS = replace(VLLM, counts_reasoning=True)
SILENT = replace(VLLM, counts_reasoning=False)
FAST = RetryPolicy(first_delay=0.001, most_delay=0.002)
HTTPCORE_ON_TRIO = "ignore:Exception ignored in. <async_generator object PoolByteStream:pytest.PytestUnraisableExceptionWarning"
"""httpcore2 leaves a generator behind where a response is left early under trio."""
THOUGHT = "a thought " * 40


def spent(budget: EffortBudget, tenant: str = "") -> dict[str, Balance]:
    return anyio.run(budget.spent, tenant)


@pytest.mark.parametrize("dialect", [COUNTS, SILENT])
def test_high_is_charged_its_reasoning_or_all_of_it_where_the_server_does_not_count(dialect: Any) -> None:
    budget = EffortBudget(day=100_000, tenant_day=50_000)
    with SimulatedServer(Script(say("four", think=THOUGHT), say("a")), dialect=dialect) as server:
        agent = Agent(backend=Backend.vllm(server.url), budget=budget)
        result = agent.run_sync("Go", effort="high", tenant="acme")
        agent.run_sync("Go", effort="none", tenant="acme")
        sent = server.chat_requests[0].body["max_tokens"]
    usage = result.usage["high"]
    charged = usage.reasoning_tokens if dialect.counts_reasoning else usage.completion_tokens
    assert 0 < charged == spent(budget, "acme")["tenant_day"].spent == spent(budget)["day"].spent
    assert spent(budget, "globex")["tenant_day"] == Balance()
    assert sent == 16_384


def test_a_used_up_day_lets_every_run_go_on_without_reasoning_and_says_so() -> None:
    seen: list[Event] = []
    budget = EffortBudget(day=300, least=50)
    with SimulatedServer(
        Rules(lambda request: say("ok", think=THOUGHT if request.effort == "high" else "")), dialect=COUNTS
    ) as server:
        agent = Agent(backend=Backend.vllm(server.url), budget=budget, effort="high", sinks=[seen.append])
        results = [agent.run_sync("Go") for _ in range(5)]
        efforts = [request.effort for request in server.chat_requests]
        caps = [
            request.body.get("max_tokens") for request in server.chat_requests if request.effort == "high"
        ]
    assert efforts[0] == "high"
    assert efforts[-1] == "none"
    assert all(result.output == "ok" for result in results)
    assert spent(budget)["day"].spent <= 300
    assert caps[0] == 300
    assert caps == sorted(caps, reverse=True)
    assert any(isinstance(event, LimitHit) and "used up" in event.detail for event in seen)
    assert results[-1].decisions[0].source == "limit"


def test_starved_reasoning_is_rescued_out_of_the_same_budget() -> None:
    budget = EffortBudget(day=100, least=10)
    with SimulatedServer(
        Script(say("never", think="long thought " * 200), say("42")), dialect=COUNTS
    ) as server:
        result = Agent(backend=Backend.vllm(server.url), budget=budget).run_sync("Go", effort="high")
        requests = [(request.effort, request.body.get("max_tokens")) for request in server.chat_requests]
    assert result.output == "42"
    assert requests == [("high", 100), ("none", None)]
    assert spent(budget)["day"] == Balance(spent=result.usage["high"].reasoning_tokens)
    assert 90 < spent(budget)["day"].spent <= 100


def test_an_attempt_that_broke_is_charged_in_full_and_one_that_was_refused_not_at_all() -> None:
    budget = EffortBudget(day=100_000, per_request=1000)
    with SimulatedServer(Script(fail(503), drop(), say("ok", think="hm")), dialect=COUNTS) as server:
        agent = Agent(backend=Backend.vllm(server.url, retry=FAST), budget=budget)
        result = agent.run_sync("Go", effort="high")
    assert spent(budget)["day"] == Balance(spent=1000 + result.usage["high"].reasoning_tokens)
    other = EffortBudget(day=100_000)
    with SimulatedServer(Script(fail(400, "no"))) as server:
        with pytest.raises(RequestRefused):
            Agent(backend=Backend.vllm(server.url), budget=other).run_sync("Go", effort="high")
    assert spent(other)["day"] == Balance()


def test_a_reply_without_any_usage_is_charged_in_full_because_nobody_knows() -> None:
    message = {"role": "assistant", "content": "ok", "reasoning": "a short thought"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    budget = EffortBudget(day=100_000, per_request=1000)
    with SimulatedServer(Script(raw(json.dumps({"id": "x", "model": "m", "choices": [choice]})))) as server:
        Agent(backend=Backend.vllm(server.url), budget=budget).run_sync("Go", effort="high")
    assert spent(budget)["day"] == Balance(spent=1000)


def test_nothing_is_charged_where_nothing_listens() -> None:
    budget = EffortBudget(day=100_000)
    agent = Agent(backend=Backend.vllm("http://127.0.0.1:9/v1", retry=FAST), budget=budget)
    with pytest.raises(Exception, match="refused"):
        agent.run_sync("Go", effort="high")
    assert spent(budget)["day"] == Balance()


@pytest.mark.filterwarnings(HTTPCORE_ON_TRIO)
async def test_a_stream_that_is_left_early_is_charged_in_full() -> None:
    budget = EffortBudget(day=100_000, per_request=1000)
    with SimulatedServer(Script(say("one two three four", think="hm")), dialect=COUNTS) as server:
        async with Agent(backend=Backend.vllm(server.url), budget=budget).stream(
            "Go", effort="high"
        ) as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    break
        assert (await budget.spent())["day"] == Balance(spent=1000)


@pytest.mark.filterwarnings(HTTPCORE_ON_TRIO)
async def test_a_cancelled_run_leaves_nothing_held(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "budget.db")
    budget = EffortBudget(day=100_000, per_request=1000, ledger=ledger)
    with SimulatedServer(Script(stall())) as server:
        agent = Agent(backend=Backend.vllm(server.url), budget=budget)
        async with anyio.create_task_group() as group:
            group.start_soon(partial(agent.run, "Go", effort="high"))
            with anyio.fail_after(20):
                while not server.chat_requests:
                    await anyio.lowlevel.checkpoint()
            assert (await budget.spent())["day"] == Balance(held=1000)
            group.cancel_scope.cancel()
        assert (await budget.spent())["day"] == Balance(spent=1000)
    ledger.close()


def test_where_too_little_is_left_for_another_attempt_the_run_goes_on_without_reasoning() -> None:
    budget = EffortBudget(day=1500, per_request=1000, least=600)
    with SimulatedServer(Script(drop(), say("ok")), dialect=COUNTS) as server:
        result = Agent(backend=Backend.vllm(server.url, retry=FAST), budget=budget).run_sync(
            "Go", effort="high"
        )
        efforts = [request.effort for request in server.chat_requests]
    assert result.output == "ok"
    assert efforts == ["high", "none"]
    assert spent(budget)["day"] == Balance(spent=1000)


def test_a_sub_agent_draws_from_the_purse_of_its_run() -> None:
    def answer(request: Any) -> Any:
        if request.tools:
            return (
                say("done")
                if request.tool_results
                else calls(("scout", {"task": "a"}), ("scout", {"task": "b"}))
            )
        return say("seen", think=THOUGHT if request.effort == "high" else "")

    with SimulatedServer(Rules(answer), dialect=COUNTS) as server:
        backend = Backend.vllm(server.url)
        scout = Agent("Scout.", backend=backend, name="scout", effort="high")
        lead = Agent(
            "Lead.",
            backend=backend,
            tools=[scout.as_tool()],
            effort="none",
            limits=Limits(reasoning_tokens=150),
        )
        result = lead.run_sync("Go")
        caps = [
            request.body.get("max_tokens") for request in server.chat_requests if request.effort == "high"
        ]
    assert result.total_usage.reasoning_tokens <= 150
    assert sum(caps) <= 150


def test_agents_of_several_processes_share_a_file(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "budget.db")
    other = SqliteLedger(tmp_path / "budget.db")
    budgets = [EffortBudget(day=10_000, ledger=one) for one in (ledger, other)]
    with SimulatedServer(Rules(lambda request: say("ok", think=THOUGHT)), dialect=COUNTS) as server:
        for budget in budgets:
            Agent(
                backend=Backend.vllm(server.url), budget=budget, sampling=Sampling(max_tokens=2000)
            ).run_sync("Go", effort="high")
    assert spent(budgets[0]) == spent(budgets[1])
    assert spent(budgets[0])["day"].spent > 150
    ledger.close()
    other.close()
