"""Task identity, what outcomes teach, and that a card makes its decision again."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import ConfigurationError, InputError
from agentkit.protocol.decisions import Cost, Decision, Outcome, Situation
from agentkit.protocol.gains import Tally
from agentkit.protocol.request import ToolDefinition
from agentkit.router import ComplexityRouter, MemoryGains, Prices, RoutingPolicy, reproduce
from agentkit.router.decide import Facts, weigh
from agentkit.router.gain import estimate, expected_tokens
from agentkit.router.identity import identify
from agentkit.router.lessons import Lesson, find_lesson, tally_lessons
from agentkit.router.spread import bin_of

TASK = "Say what the invoice is about: 40 crates of pears."
SCHEMA = {"type": "object", "properties": {"topic": {"type": "string"}}}


def situation(task: str = TASK, **facts: object) -> Situation:
    return Situation(task=task, agent="clerk", instructions="You read invoices.", output=SCHEMA, **facts)  # type: ignore[arg-type]


def told(decision: Decision, quality: float | None, **outcome: object) -> Decision:
    return replace(
        decision,
        actual=Cost(output_tokens=2000 if decision.effort == "high" else 50),
        outcome=Outcome(quality=quality, **outcome),  # type: ignore[arg-type]
    )


async def teach(router: ComplexityRouter, quality: float, times: int, **outcome: object) -> None:
    for number in range(times):
        card = router.decide(situation(f"Say what the invoice is about: {number} crates."))
        await router.learn([told(replace(card, effort="none"), quality, **outcome)])


def test_a_task_is_known_again_by_agent_step_template_schema_and_tools() -> None:
    def tool(name: str) -> tuple[ToolDefinition, ...]:
        return (ToolDefinition(name=name, description="", parameters={}),)

    base = identify(situation())
    assert identify(situation("Say what the INVOICE is about: 7 boxes")) == base
    assert identify(situation("Translate it.", template="t")) == identify(
        situation("Anything.", template="t")
    )
    others = [
        situation("Translate the invoice: 40 crates"),
        replace(situation(), agent="other"),
        replace(situation(), step="repair"),
        replace(situation(), output={"type": "object"}),
        replace(situation(), instructions="You judge invoices."),
        replace(situation(), tools=tool("a")),
        replace(situation(), tools=tool("b")),
    ]
    keys = [identify(other) for other in others]
    assert len({key[2] for key in [*keys, base]}) == len(others) + 1
    assert keys[0][:2] == base[:2]
    assert keys[1][0] != base[0]
    assert keys[2][0] == base[0] != keys[2][1]
    assert not any("invoice" in part for part in base)


def test_without_trials_the_text_stands_and_with_many_the_kind_of_task_does() -> None:
    empty = [Tally()] * 3
    assert estimate(0.3, empty) == 0.3
    few = [Tally(2, 2, 0.6)] * 3
    many = [Tally(400, 400, 120.0)] * 3
    assert 0.3 < estimate(0.3, few) < estimate(0.3, many)
    assert estimate(0.3, many) > 0.95
    assert estimate(0.3, [Tally(400, 0, 120.0)] * 3) < 0.05


def test_a_kind_never_seen_borrows_from_its_agent() -> None:
    agent = Tally(100, 90, 30.0)
    unseen = estimate(0.3, [agent, Tally(), Tally()])
    assert 0.6 < unseen < 0.95
    assert estimate(0.1, [agent, Tally(), Tally()]) < unseen  # the text goes on telling tasks apart


counts = st.integers(0, 60)


@given(score=st.floats(0, 1), seen=st.lists(st.tuples(counts, counts), min_size=3, max_size=3))
def test_an_estimate_is_a_probability_and_grows_with_what_paid(
    score: float, seen: list[tuple[int, int]]
) -> None:
    tallies = [Tally(a + b, a, score * (a + b)) for a, b in seen]
    more = [Tally(t.trials + 4, t.paid + 4, t.predicted + 4 * score) for t in tallies]
    low, high = estimate(score, tallies), estimate(score, more)
    assert 0 <= low <= 1
    assert high >= low - 1e-5  # log-odds are cut off near 0 and 1


def test_what_high_costs_is_learned_too() -> None:
    assert expected_tokens(1500, [Tally()] * 3) == 1500
    seen = Tally(none_requests=100, none_tokens=5_000, high_requests=100, high_tokens=305_000)
    assert 2900 < expected_tokens(1500, [seen] * 3) < 3010


GOOD, BAD = Outcome(quality=1.0, valid=True), Outcome(quality=0.0, valid=False)


@pytest.mark.parametrize(
    ("effort", "outcome", "lesson"),
    [
        ("none", GOOD, Lesson(paid=0.0)),
        ("none", BAD, Lesson(paid=1.0)),
        ("none", replace(BAD, escalated=True, mended=True), Lesson(paid=1.0)),
        ("none", replace(BAD, escalated=True, mended=False), Lesson(paid=0.0)),
        ("none", Outcome(quality=0.5, calls=2, tool_errors=1), Lesson(paid=0.5)),
        ("none", Outcome(quality=1.0, feedback=1.0), Lesson(paid=0.0, trusted=True)),
        ("none", Outcome(quality=0.25, feedback=0.25), Lesson(paid=0.75, trusted=True)),
        ("none", Outcome(quality=0.0, evidence=("hedging",), escalated=True, mended=True), None),
        ("none", Outcome(quality=None), None),
        ("none", None, None),
        ("high", GOOD, None),
        ("high", Outcome(quality=1.0, feedback=1.0), None),
        ("high", BAD, Lesson(paid=0.0)),
        ("high", Outcome(quality=0.0, feedback=0.0), Lesson(paid=0.0, trusted=True)),
    ],
)
def test_each_outcome_teaches_what_it_shows_and_no_more(
    effort: str, outcome: Outcome | None, lesson: object
) -> None:
    card = replace(ComplexityRouter().decide(situation()), effort=effort, outcome=outcome)
    assert find_lesson(card) == lesson


def test_a_shadow_is_trusted_like_the_caller() -> None:
    card = replace(ComplexityRouter().decide(situation()), effort="none", pair="other")
    assert find_lesson(replace(card, outcome=Outcome(quality=1.0))) == Lesson(paid=0.0, trusted=True)


async def test_a_thousand_valid_answers_do_not_drown_the_callers_word() -> None:
    router = ComplexityRouter()
    card = replace(router.decide(situation()), effort="none")
    for _ in range(1000):
        await router.learn([told(card, 1.0, valid=True)])
    assert (router.decide(situation()).gain or 0) < card.score
    for _ in range(25):
        await router.learn([told(card, 0.0, valid=True, feedback=0.0)])
    assert router.decide(situation()).effort == "high"


async def test_checks_alone_teach_by_their_share_of_failures() -> None:
    router = ComplexityRouter()
    card = replace(router.decide(situation()), effort="none")
    for number in range(100):
        failed = number % 20 == 0
        await router.learn(
            [told(card, float(not failed), valid=not failed, escalated=failed, mended=failed or None)]
        )
    assert 0.03 < (router.decide(situation()).gain or 0) < 0.12


async def test_none_answers_that_fail_turn_their_kind_to_high_and_no_other() -> None:
    router = ComplexityRouter()
    first = router.decide(situation())
    assert first.effort == "none"
    await teach(router, 0.0, 12, valid=False, escalated=True, mended=True)
    after = router.decide(situation())
    assert (after.effort, after.source) == ("high", "score")
    assert after.score == first.score < after.threshold <= (after.gain or 0)
    assert after.reasons[0].startswith("reasoning paid more often here")
    assert router.decide(replace(situation(), agent="other")).effort == "none"


async def test_good_answers_at_none_and_failed_ones_at_high_turn_a_kind_to_none() -> None:
    task = "Prove that the root of 2 is irrational, then solve x^2 - 5x + 6 = 0 and find the integral."
    router = ComplexityRouter()
    assert router.decide(situation(task)).effort == "high"
    for _ in range(30):
        await router.learn([told(replace(router.decide(situation(task)), effort="none"), 1.0, feedback=1.0)])
    assert router.decide(situation(task)).effort == "none"


async def test_learning_can_be_switched_off() -> None:
    router = ComplexityRouter(RoutingPolicy(learn=False))
    await teach(router, 0.0, 20, escalated=True, mended=True)
    assert router.decide(situation()).gain == router.decide(situation()).score


async def test_feedback_takes_the_place_of_what_the_checks_said() -> None:
    router = ComplexityRouter()
    card = told(router.decide(situation()), 1.0, valid=True)
    await router.learn([card])
    (tally,) = router.store.read(card.key[2:])
    assert (tally.checked, tally.trials, tally.none_requests) == (1.0, 0.0, 1)
    worse = told(card, 0.0, valid=True, feedback=0.0)
    router.take_feedback([card], [worse])
    router.take_feedback([worse], [worse])
    (tally,) = router.store.read(card.key[2:])
    assert (tally.checked, tally.trials, tally.paid, tally.none_requests) == (0.0, 1.0, 1.0, 1)


def test_a_store_in_memory_loses_nothing_under_threads_and_forgets_the_oldest() -> None:
    store = MemoryGains(most=10)
    threads = [
        threading.Thread(target=lambda: [store.add({"k": Tally(1, 1, 0.5)}) for _ in range(500)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.read(["k"])[0].trials == 4000
    store.add({f"n{number}": Tally(1) for number in range(10)})
    assert store.read(["k"])[0].trials == 0


knobs = st.fixed_dictionaries(
    {},
    optional={
        "explore": st.floats(0, 1),
        "shadow": st.floats(0, 1),
        "seed": st.integers(0, 9),
        "calm_after": st.integers(0, 4),
        "user_cues": st.booleans(),
        "switch_margin": st.floats(0, 1),
    },
) | st.sampled_from(
    [
        {"high_share": 0.3},
        {"quality": 0.9},
        {"tokens_per_request": 200.0},
        {"threshold": 0.2},
        {"value": 0.02, "prices": Prices(input=0.5, output=1.5, second=0.001)},
        {"high_share": 0.5, "explore": 0.2},
    ]
)
tasks = st.sampled_from([TASK, "Think hard: why?", "Quick: why?", "Prove that 2 + 2 = 4."]) | st.text(
    max_size=80
)


@given(
    knobs=knobs,
    task=tasks,
    seen=st.lists(st.tuples(st.sampled_from(["none", "high"]), st.floats(0, 1)), max_size=4),
    gains=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 60)), max_size=5),
    current=st.sampled_from([None, "none", "high"]),
    context=st.integers(0, 200_000),
    doubts=st.sampled_from([(), ("hedging",), ("truncation", "hedging")]),
    clean=st.integers(0, 4),
    left=st.none() | st.integers(-1, 10),
    setting=st.sampled_from(["auto", "none", "high"]),
)
def test_a_card_that_went_through_json_makes_its_decision_again(
    knobs: dict[str, object], task: str, seen: list[tuple[str, float]], gains: list[tuple[float, int]], current: str | None, context: int,
    doubts: tuple[str, ...], clean: int, left: int | None, setting: str,
) -> None:  # fmt: skip
    router = ComplexityRouter(RoutingPolicy(**knobs))  # type: ignore[arg-type]
    for effort, quality in seen:
        card = told(replace(router.decide(situation(task)), effort=effort), quality)
        router.store.add(tally_lessons([card], spread=True))
    for gain, count in gains:
        router.store.add({bin_of(gain): Tally(count, 0.0, count * gain)})
    facts = situation(
        task, current=current, context_tokens=context, doubts=doubts, clean_steps=clean, reasoning_left=left,
        setting=setting, id="run:1",
    )  # fmt: skip
    card = router.decide(facts)
    assert router.decide(facts) == card
    stored = Decision.from_dict(json.loads(json.dumps(card.to_dict(), allow_nan=False)))
    assert stored == replace(card, facts=stored.facts)
    assert reproduce(stored) == stored
    assert 0 < card.propensity <= 1
    tampered = replace(stored, effort="high" if card.effort == "none" else "none")
    assert reproduce(tampered).effort == card.effort


def test_what_is_no_card_is_refused() -> None:
    with pytest.raises(InputError, match="no decision card"):
        Decision.from_dict({"effort": "none"})


def spread_share(policy: RoutingPolicy, gains: list[float]) -> tuple[float, float, list[Decision]]:
    """Feed decisions of the given gains and return the share of high ones and of the gain that they keep."""
    router = ComplexityRouter(replace(policy, learn=True))
    cards: list[Decision] = []
    for number, gain in enumerate(gains):
        card = router.decide(situation(f"{number}"))
        facts = replace(Facts.from_dict(card.facts), gain=gain)
        verdict = weigh(policy, facts)
        card = replace(card, gain=gain, effort=verdict.effort, key=(), propensity=verdict.propensity)
        router.store.add(tally_lessons([card], spread=True))
        cards.append(card)
    late = cards[len(cards) // 4 :]
    high = [card for card in late if card.effort == "high"]
    kept = sum(card.gain or 0 for card in high) / sum(card.gain or 0 for card in late)
    return len(high) / len(late), kept, late


GAINS = [((number * 7919) % 1000 / 1000) ** 2 for number in range(1, 1200)]


@pytest.mark.parametrize("share", [0.1, 0.3, 0.7])
def test_a_share_of_high_calls_is_met_with_the_greatest_gains(share: float) -> None:
    found, kept, _ = spread_share(RoutingPolicy(high_share=share), GAINS)
    assert abs(found - share) < 0.04
    assert kept > share + 0.1


def test_a_share_is_met_even_where_all_gains_are_the_same() -> None:
    found, _, cards = spread_share(RoutingPolicy(high_share=0.3), [0.31] * 1200)
    assert abs(found - 0.3) < 0.05
    assert all(abs(card.propensity - (0.3 if card.effort == "high" else 0.7)) < 0.02 for card in cards)


def test_a_quality_target_keeps_that_part_of_the_gain() -> None:
    found, kept, _ = spread_share(RoutingPolicy(quality=0.8), GAINS)
    assert abs(kept - 0.8) < 0.05
    assert found < 0.6


def test_a_mean_cost_of_tokens_becomes_a_share() -> None:
    found, _, _ = spread_share(RoutingPolicy(tokens_per_request=300.0, reasoning_tokens=1500.0), GAINS)
    assert abs(found - 0.2) < 0.04


def test_prices_decide_where_high_begins_and_what_a_change_of_effort_must_gain() -> None:
    prices = Prices(input=1.0, cached_input=0.1, output=4.0)
    dear = ComplexityRouter(RoutingPolicy(value=0.01, prices=prices, reasoning_tokens=1500))
    card = dear.decide(situation())
    assert card.threshold == pytest.approx(1500 * 4 / 1e6 / 0.01)
    assert card.expected is not None
    assert card.expected.money == pytest.approx(0.006)
    cheap = ComplexityRouter(RoutingPolicy(value=1.0, prices=prices))
    assert cheap.decide(situation()).effort == "high"
    assert cheap.decide(situation(current="none", context_tokens=10_000)).effort == "high"
    held = cheap.decide(situation(current="none", context_tokens=250_000))
    assert (held.effort, held.source) == ("none", "phase")


def test_exploring_turns_its_share_of_decisions_round_and_says_so() -> None:
    router = ComplexityRouter(RoutingPolicy(explore=0.25))
    cards = [router.decide(situation(f"Say what it is: {number}")) for number in range(800)]
    explored = [card for card in cards if card.source == "exploration"]
    assert 0.2 < len(explored) / len(cards) < 0.3
    assert {card.propensity for card in explored} == {0.25}
    assert {card.propensity for card in cards if card.source == "score"} == {0.75}
    again = ComplexityRouter(RoutingPolicy(explore=0.25))
    assert [again.decide(situation(f"Say what it is: {number}")) for number in range(800)] == cards
    assert ComplexityRouter().decide(situation()).propensity == 1.0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"threshold": 0.5, "high_share": 0.2}, "threshold and high_share"),
        ({"value": 1.0}, "prices"),
        ({"high_share": 1.5}, "high_share"),
        ({"quality": -0.1}, "quality"),
        ({"explore": 2.0}, "explore"),
        ({"min_logprob": 0.5}, "min_logprob"),
        ({"tokens_per_second": 0.0}, "tokens_per_second"),
    ],
)
def test_a_policy_that_cannot_work_is_refused(options: dict[str, float], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        RoutingPolicy(**options)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"Prices\.output"):
        Prices(output=-1)
