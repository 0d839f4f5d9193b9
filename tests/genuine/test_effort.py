"""Effort on the genuine llama.cpp server: log-probabilities are served, and reasoning that is not counted is charged."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import pytest

from agentkit import Agent, Backend, ComplexityRouter, EffortBudget, RoutingPolicy, Sampling
from agentkit.protocol.events import Event, ModelReplied

pytestmark = pytest.mark.genuine
Genuine = Callable[..., str]
STEADY = Sampling(temperature=0.0, seed=7)


def test_log_probabilities_of_an_answer_at_none_are_asked_for_and_served(genuine: Genuine) -> None:
    seen: list[Event] = []
    router = ComplexityRouter(RoutingPolicy(min_logprob=-5.0))
    backend = Backend.llamacpp(genuine("think"))
    agent = Agent(backend=backend, router=router, sampling=STEADY, sinks=[seen.append])
    result = agent.run_sync("Hello there")
    assert [card.effort for card in result.decisions] == ["none"]
    reply = next(event.reply for event in seen if isinstance(event, ModelReplied))
    assert reply.logprob is not None
    assert -1 < reply.logprob <= 0  # what it says is dictated, so it is all but certain


def test_where_reasoning_is_not_counted_the_whole_completion_is_charged(genuine: Genuine) -> None:
    budget = EffortBudget(day=1000)
    agent = Agent(backend=Backend.llamacpp(genuine("think")), budget=budget, effort="high", sampling=STEADY)
    result = agent.run_sync("Hello")
    usage = result.usage["high"]
    assert not usage.reasoning_counted
    assert anyio.run(budget.spent)["day"].spent == usage.completion_tokens > usage.reasoning_tokens
