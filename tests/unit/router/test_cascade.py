"""When a stored answer is kept, when another is asked for, and when it goes to high."""

from __future__ import annotations

import random

import pytest

from agentkit.errors import ConfigurationError
from agentkit.router import Cascade, cascade
from agentkit.router.cascade import score_task

HARD = "Solve the equation, prove the theorem and compute the integral of x^2 + 5x. Reverse the letters."
EASY = "What is the capital of France?"


def said(*answers: str) -> list[str]:
    return [f"<answer>{answer}</answer>" for answer in answers]


def decide(policy: Cascade, answers: list[str], *, score: float = 0.5, stored: int = 3) -> str:
    return policy.decide(score, answers, stored - len(answers))


def test_without_an_answer_one_is_sampled() -> None:
    assert decide(Cascade(), []) == "sample"
    assert decide(Cascade(), [], stored=0) == "escalate"


def test_an_answer_that_is_missing_escalates_at_once() -> None:
    prose = (
        "There are many ways to look at this question and none of them is better than the others, I believe."
    )
    assert decide(Cascade(), [prose]) == "escalate"


def test_three_different_answers_escalate_and_three_equal_ones_are_kept() -> None:
    for score in (0.1, 0.9):
        assert decide(Cascade(), said("1", "2", "3"), score=score) == "escalate"
        assert decide(Cascade(), said("1", "1", "1"), score=score) == "accept:0"


def test_two_against_the_first_are_believed_where_the_task_is_easy_and_escalate_where_it_is_hard() -> None:
    assert decide(Cascade(min_gain=0.4), said("1", "2", "2"), score=0.1) == "accept:1"
    assert decide(Cascade(min_gain=0.4), said("1", "2", "2"), score=0.9) == "escalate"


def test_a_further_sample_is_drawn_only_where_it_can_change_the_decision() -> None:
    assert decide(Cascade(), said("1")) == "sample"
    assert decide(Cascade(), said("1", "1"), score=0.9) == "sample"
    assert decide(Cascade(), said("1", "1"), score=0.05) == "accept:0"
    assert decide(Cascade(), said("1", "2"), stored=2) == "escalate"
    assert decide(Cascade(max_samples=2), said("1", "1"), score=0.9) == "accept:0"


def test_a_higher_price_of_high_calls_never_escalates_more() -> None:
    patterns = [said(*answers) for answers in ("123", "122", "121", "112", "111")]
    for score in (0.05, 0.3, 0.6, 0.95):
        counts = [
            sum(decide(Cascade(min_gain=gain), answers, score=score) == "escalate" for answers in patterns)
            for gain in (0.05, 0.15, 0.25, 0.35, 0.55, 0.95)
        ]
        assert counts == sorted(counts, reverse=True)


def test_the_share_of_escalated_rows_stays_within_its_limit_and_goes_to_those_that_gain_most() -> None:
    policy = Cascade(share=0.2)
    kinds = [said("1", "2", "3"), said("1", "1", "1"), said("1", "1", "2"), said("1", "2", "1")] * 250
    decisions = [decide(policy, answers, score=0.5) for answers in kinds]
    escalated = [kind for kind, decision in enumerate(decisions) if decision == "escalate"]
    assert 0.17 < len(escalated) / len(kinds) <= 0.201
    assert sum(kind % 4 == 0 for kind in escalated) > 0.95 * len(escalated)


def test_where_high_calls_are_scarce_a_row_shows_first_that_its_answers_differ() -> None:
    policy = Cascade(share=0.2)
    for _ in range(60):
        decide(policy, said("1", "1", "1"), score=0.1)
    assert decide(policy, said("1"), score=0.95) == "sample"
    assert decide(policy, said("1", "1"), score=0.95) == "sample"
    assert decide(policy, said("1", "2", "3"), score=0.1) == "escalate"


def test_what_easy_rows_leave_unspent_goes_to_the_hard_rows_that_follow() -> None:
    policy = Cascade(share=0.2)
    for _ in range(200):
        decide(policy, said("1", "1", "1"), score=0.1)
    followed = [decide(policy, said("1", "2", "3"), score=0.2 + i % 7 / 10) for i in range(100)]
    assert followed.count("escalate") > 55


def test_a_hard_stretch_does_not_hold_up_the_doubtful_rows_after_it() -> None:
    policy = Cascade(share=0.2)
    for _ in range(100):
        decide(policy, said("1", "2", "3"), score=0.6)
    kinds = [said("1", "1", "2") if i % 6 == 0 else said("1", "1", "1") for i in range(300)]
    decisions = [decide(policy, answers, score=0.3) for answers in kinds]
    assert decisions.count("escalate") > 30


def test_an_answer_that_doubts_itself_counts_as_none() -> None:
    doubtful = "I'm not sure, but the answer is 5."
    assert decide(Cascade(), [doubtful]) == "escalate"


def test_a_fifth_of_high_calls_keeps_what_disagreement_keeps_where_errors_are_few() -> None:
    # A world of our own: most tasks are easy, some are a matter of luck at none, some need thought.
    chance = random.Random(5)
    none = high = kept = told = escalated = 0.0
    policy, size = Cascade(share=0.2), 1500
    for _ in range(size):
        right = chance.choices([0.985, chance.uniform(0.3, 0.9), 0.05], [0.77, 0.14, 0.09])[0]
        answers = said(*("R" if chance.random() < right else f"W{chance.randrange(40)}" for _ in range(3)))
        correct = [answer == said("R")[0] for answer in answers]
        thought = 0.95 if right > 0.9 else 0.85
        none, high = none + correct[0], high + thought
        told += thought if answers[0] != answers[1] else correct[0]
        seen, score = 1, chance.uniform(0.1, 0.6)
        while (decision := decide(policy, answers[:seen], score=score)) == "sample":
            seen += 1
        escalated += decision == "escalate"
        kept += thought if decision == "escalate" else correct[int(decision.partition(":")[2])]
    assert escalated / size <= 0.201
    assert (kept - none) / (high - none) > 0.95 * (told - none) / (high - none)
    assert (kept - none) / (high - none) > 0.88


def test_without_a_share_the_same_row_gives_the_same_decision() -> None:
    policy = Cascade()
    row = {"text": HARD, "none_answers": said("1", "2", "3"), "samples_left": 0}
    assert {policy(row) for _ in range(50)} == {"escalate"}


def test_the_offered_policy_reads_a_row_of_stored_answers() -> None:
    assert cascade({"text": EASY, "none_answers": [], "samples_left": 3}) == "sample"
    row = {"text": EASY, "none_answers": said("Paris", "Paris"), "samples_left": 1}
    assert cascade(row) == "accept:0"


def test_a_task_is_scored_as_text_or_as_row_with_its_context() -> None:
    assert (
        score_task(HARD) == score_task({"text": HARD}) > score_task({"text": HARD, "context": {"n_tools": 1}})
    )
    assert score_task(EASY) < 0.4 < score_task(HARD)


@pytest.mark.parametrize("options", [{"min_gain": 0}, {"min_gain": 1}, {"share": 1.5}, {"max_samples": 0}])
def test_a_cascade_out_of_range_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError):
        Cascade(**options)  # type: ignore[arg-type]
