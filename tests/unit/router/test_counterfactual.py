"""What other policies would have brought, from traces that know what was learned and what decided."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from agentkit.errors import InputError
from agentkit.observe.traces import trace_of
from agentkit.protocol.decisions import Decision, Outcome, Situation
from agentkit.protocol.gains import Tally
from agentkit.router import ComplexityRouter, MemoryGains, RoutingPolicy, load_weights
from agentkit.router.counterfactual import at_random, at_share, at_threshold, gain_of, under
from agentkit.router.replay import replay, replay_logged
from agentkit.router.rows import Row, read_rows
from agentkit.router.traces import parse_trace

WEIGHTS = load_weights()
PLAIN = Situation(task="What is the capital of Peru?", agent="desk")


def rows_of(cards: Sequence[Decision], quality: float = 1.0) -> list[Row]:
    lines = [
        trace_of(
            dataclasses.replace(card, id=str(place), outcome=Outcome(quality=quality)), agent="desk"
        ).to_json()
        for place, card in enumerate(cards)
    ]
    return list(read_rows(lines))


def taught() -> ComplexityRouter:
    """A router that has seen reasoning pay on a task whose text promises nothing."""
    store = MemoryGains()
    router = ComplexityRouter(store=store)
    store.add({key: Tally(trials=30, paid=29, predicted=4) for key in router.decide(PLAIN).key})
    return router


def test_a_decision_by_what_was_learned_is_seen_as_such() -> None:
    card = taught().decide(PLAIN)
    assert card.effort == "high"
    assert card.score < card.threshold
    (row,) = rows_of([card])
    assert gain_of(row, WEIGHTS) == pytest.approx(card.gain)
    assert at_threshold(WEIGHTS, card.threshold)(row) == "high"
    assert at_threshold(WEIGHTS, 0.99)(row) == "none"


def test_what_the_gain_did_not_decide_stays_at_another_threshold() -> None:
    router = ComplexityRouter()
    fixed = [
        router.decide(dataclasses.replace(PLAIN, setting="high")),
        router.decide(dataclasses.replace(PLAIN, task="Think hard: what is the capital of Peru?")),
        router.decide(dataclasses.replace(PLAIN, reasoning_left=0)),
        router.decide(dataclasses.replace(PLAIN, violations=2, current="none")),
    ]
    rows = rows_of(fixed)
    assert [at_threshold(WEIGHTS, 0.0)(row) for row in rows] == ["high", "high", "none", "high"]
    assert [at_threshold(WEIGHTS, 1.0)(row) for row in rows] == ["high", "high", "none", "high"]


@pytest.mark.parametrize(
    "knobs",
    [
        RoutingPolicy(), RoutingPolicy(threshold=0.1), RoutingPolicy(user_cues=False), RoutingPolicy(escalate_after_violations=None),
    ],
)  # fmt: skip
def test_knobs_decide_from_the_facts_as_a_router_that_has_them_would(knobs: RoutingPolicy) -> None:
    situations = [
        PLAIN,
        dataclasses.replace(PLAIN, task="Prove that there are infinitely many primes."),
        dataclasses.replace(PLAIN, task="Think hard: what is the capital of Peru?"),
        dataclasses.replace(PLAIN, violations=2, current="none"),
        dataclasses.replace(PLAIN, setting="high"),
        dataclasses.replace(PLAIN, current="high", context_tokens=30_000),
    ]
    rows = rows_of([ComplexityRouter().decide(one) for one in situations])
    wanted = [ComplexityRouter(knobs).decide(one).effort for one in situations]
    policy = under(knobs, WEIGHTS, rows)
    assert [policy(row) for row in rows] == wanted


def test_shares_are_taken_over_the_rows_themselves() -> None:
    tasks = [
        "Prove that {} is irrational.",
        "Translate {} into French.",
        "Who wrote {}?",
        "Compute {} * 7731 mod 13.",
    ]
    router = ComplexityRouter()
    rows = rows_of([router.decide(Situation(task=task.format(n))) for n in range(25) for task in tasks])
    for policy in (
        at_share(WEIGHTS, 0.5, rows), under(RoutingPolicy(high_share=0.5), WEIGHTS, rows),
        under(RoutingPolicy(tokens_per_request=750), WEIGHTS, rows), at_random(0.5, rows),
    ):  # fmt: skip
        assert sum(policy(row) == "high" for row in rows) / len(rows) == pytest.approx(0.5, abs=0.13)
    most = under(RoutingPolicy(quality=1.0), WEIGHTS, rows)
    assert all(most(row) == "high" for row in rows)


def test_what_was_decided_is_counted_as_it_was_pairs_included() -> None:
    one = (
        '{{"v":2,"id":"{}","effort":"{}","pair":{},"shadow":{},"propensity":0.5,"outcome":{{"quality":{}}}}}'
    )
    rows = list(
        read_rows(
            [
                one.format("a", "high", '"b"', "false", 1.0), one.format("b", "none", '"a"', "true", 0.0),
                one.format("c", "none", "null", "false", 0.5),
            ]
        )
    )  # fmt: skip
    (found,) = replay_logged(rows)
    assert (found.value, found.share, found.method) == (0.75, 0.5, "seen")
    with pytest.raises(InputError, match="on purpose"):
        replay_logged(list(read_rows(['{"text": "x", "direct_score": 0, "reasoning_score": 1}'])))


def test_rows_that_left_nothing_to_chance_are_called_guessed() -> None:
    rows = rows_of([ComplexityRouter().decide(PLAIN)] * 3) + rows_of(
        [ComplexityRouter(RoutingPolicy(threshold=0.01)).decide(PLAIN)]
    )
    assert {found.guessed for found in replay(rows, lambda _: "high")} == {0.75}


def test_rows_that_all_say_the_same_are_not_certain() -> None:
    card = dataclasses.replace(ComplexityRouter().decide(PLAIN), propensity=0.5)
    found = replay(rows_of([card] * 10), lambda _: "none")[0]
    assert found.value == 1.0
    assert found.interval is not None
    assert found.interval[0] < 0.75


def test_a_trace_of_version_1_is_read_and_goes_by_its_score() -> None:
    line = '{"v":1,"id":"x","effort":"none","features":{"maths":0.5},"score":0.4,"outcome":{"quality":1}}'
    assert parse_trace(line).gain is None
    (row,) = read_rows([line])
    assert gain_of(row, WEIGHTS) == WEIGHTS.score({"maths": 0.5})
    assert under(RoutingPolicy(threshold=0.01), WEIGHTS, [row])(row) == "high"
