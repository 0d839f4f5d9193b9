"""What weights learn from one's own rows, and what estimates from logs are worth."""

from __future__ import annotations

import json
import random

import pytest

from agentkit.errors import InputError
from agentkit.router import load_weights
from agentkit.router.fit import cross_fit, fit, score_row, target_of
from agentkit.router.metrics import auqc, auroc
from agentkit.router.replay import check, replay, simulate_log, threshold_for
from agentkit.router.rows import Row, read_rows, read_task
from agentkit.router.traces import Trace, TraceCost, TraceOutcome

PRIOR = load_weights()
TEMPLATES = [
    ("Handle the zorbel case number {} in the usual way.", 0.2, 0.9),
    ("Handle the quintar case number {} in the usual way.", 0.9, 0.9),
    ("Look at shipment {} and report.", 0.5, 0.95),
    ("Look at parcel {} and report.", 0.95, 0.9),
]


def labelled(count: int, seed: int = 0) -> list[Row]:
    chance = random.Random(seed)
    lines = []
    for _ in range(count):
        text, none, high = chance.choice(TEMPLATES)
        row = {
            "text": text.format(chance.randrange(1000)),
            "direct_score": float(chance.random() < none),
            "reasoning_score": float(chance.random() < high),
            "source": "mine",
        }
        lines.append(json.dumps(row))
    return list(read_rows(lines))


def ranking(scores: list[float], rows: list[Row]) -> tuple[float, float]:
    ranked = auroc(scores, [(row.gain or 0) >= 0.2 for row in rows])
    bought = auqc(scores, [row.direct or 0 for row in rows], [row.reasoning or 0 for row in rows])
    assert ranked is not None
    assert bought is not None
    return ranked, bought


def test_a_fit_learns_templates_that_the_packaged_weights_cannot_tell_apart() -> None:
    train, test = labelled(200), labelled(400, seed=1)
    before = ranking([score_row(PRIOR, row) for row in test], test)
    after = ranking([score_row(fit(train, PRIOR), row) for row in test], test)
    assert before[0] < 0.6
    assert after[0] > 0.8
    assert after[1] > before[1] + 0.3


def test_a_fit_is_the_same_each_time_and_comes_back_from_its_file() -> None:
    rows = labelled(60)
    assert fit(rows, PRIOR).to_json() == fit(rows, PRIOR).to_json()
    assert fit(rows, PRIOR).version == f"{PRIOR.version}+60"


def test_rows_that_say_what_the_prior_says_change_little() -> None:
    row = labelled(1)[0]
    score = score_row(PRIOR, row)
    same = [
        Row(
            features=row.features,
            direct=0.5,
            reasoning=1.0 if i < score * 200 else 0.5,
            seconds={},
            tokens={},
        )
        for i in range(200)
    ]
    assert score_row(fit(same, PRIOR), row) == pytest.approx(score, abs=0.05)


def test_too_few_rows_are_refused_with_the_number_that_is_needed() -> None:
    with pytest.raises(InputError, match="At least 20"):
        fit(labelled(19), PRIOR)


def test_cross_fitted_scores_do_not_know_their_own_row() -> None:
    chance = random.Random(0)
    rows = [
        Row(
            features={},
            words=(f"w{i // 2}",),
            direct=0.0,
            reasoning=float(chance.random() < 0.5),
            seconds={},
            tokens={},
        )
        for i in range(200)
    ]
    ranked = auroc(cross_fit(rows, PRIOR), [(row.gain or 0) >= 0.2 for row in rows])
    assert ranked is not None
    assert ranked < 0.65


def test_a_trace_teaches_what_its_one_effort_can_tell() -> None:
    def one(effort: str, quality: float, propensity: float = 1.0) -> Row:
        direct, reasoning = (quality, None) if effort == "none" else (None, quality)
        return Row(
            features={},
            direct=direct,
            reasoning=reasoning,
            effort=effort,
            propensity=propensity,
            seconds={},
            tokens={},
        )  # type: ignore[arg-type]

    assert target_of(one("none", 1.0), 0.7).pays == 0
    assert 0.5 < target_of(one("none", 0.0), 0.2).pays < 1
    assert target_of(one("high", 0.0), 0.7).pays == 0
    assert target_of(one("high", 1.0), 0.7).pays == 0.7
    assert target_of(one("none", 1.0, 0.1), 0.7).weight > target_of(one("none", 1.0), 0.7).weight


def trace(effort: str, quality: float | None, *, name: str = "a", pair: bool = False) -> str:
    other = "high" if effort == "none" else "none"
    return Trace(
        id=f"{name}:{effort}", pair=f"{name}:{other}" if pair else None, effort=effort, agent="x", features={"maths": 0.5, "gone": 1.0},  # type: ignore[arg-type]
        outcome=TraceOutcome(quality=quality), cost=TraceCost(output_tokens=10, seconds=2.0), propensity=0.5,
    ).to_json()  # fmt: skip


def test_pairs_become_one_row_and_traces_without_quality_none() -> None:
    paired, single = list(
        read_rows(
            [
                trace("none", 0.0, pair=True),
                trace("high", 1.0, pair=True),
                trace("none", None, name="b"),
                trace("high", 0.5, name="c"),
            ]
        )
    )
    assert (paired.direct, paired.reasoning, paired.gain) == (0.0, 1.0, 1.0)
    assert paired.seconds == {"none": 2.0, "high": 2.0}
    assert (single.direct, single.reasoning, single.effort, single.propensity) == (None, 0.5, "high", 0.5)
    assert single.features == {"maths": 0.5}


def test_of_traces_with_one_id_the_last_counts() -> None:
    (row,) = read_rows([trace("none", None), trace("none", 0.0), trace("none", 1.0)])
    assert row.direct == 1.0


def test_half_a_pair_counts_as_what_it_is() -> None:
    (row,) = read_rows([trace("none", 1.0, pair=True)])
    assert (row.direct, row.reasoning) == (1.0, None)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "Line 2: This is not JSON"), ("[]", "no JSON object"), ("{}", "no text"), ('{"text": 3}', "no text"), ('{"text": "x"}', "no label"),
        ('{"text": "x", "direct_score": 2, "reasoning_score": 1}', "direct_score is 2"), ('{"text": "x", "context": [1]}', "context is"),
        ('{"text": "x", "context": {"n_tools": "many"}}', "n_tools is 'many'"), ('{"v": 9}', "schema version 9"), ("[" * 100_000, "not JSON"),
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_with_its_number_and_reason(line: str, complaint: str) -> None:
    good = '{"text": "x", "direct_score": 0, "reasoning_score": 1}'
    with pytest.raises(InputError, match=complaint):
        list(read_rows([good, line]))


def test_a_task_may_name_more_tools_than_anyone_has() -> None:
    assert read_task('{"text": "x", "context": {"n_tools": 100000000000}}').tools


def test_full_information_is_averaged_and_a_log_is_estimated_near_it() -> None:
    rows = labelled(600)
    weights = fit(labelled(200, seed=2), PRIOR)
    limit = threshold_for([score_row(weights, row) for row in rows], 0.5)
    policy = lambda row: "high" if score_row(weights, row) >= limit else "none"  # noqa: E731
    (truth,) = replay(rows, policy)  # type: ignore[arg-type]
    assert truth.method == "truth"
    log = simulate_log(rows, lambda _: 0.4, seed=3)
    assert {row.effort for row in log} == {"none", "high"}
    estimates = {estimate.method: estimate for estimate in replay(log, policy)}  # type: ignore[arg-type]
    assert estimates.keys() == {"dr", "snips", "ips"}
    for estimate in estimates.values():
        assert estimate.value == pytest.approx(truth.value, abs=0.08)
        assert estimate.share == truth.share
        assert 0.3 < estimate.support < 0.7


def test_doubly_robust_estimates_are_unbiased_and_their_intervals_hold_the_truth() -> None:
    rows = labelled(250)
    policy = lambda row: "high" if "zorbel" in row.words else "none"  # noqa: E731
    found = {one.method: one for one in check(rows, policy, lambda _: 0.3, logs=60, draws=100)}  # type: ignore[arg-type]
    assert abs(found["dr"].bias) < 0.015
    assert found["dr"].coverage > 0.85
    assert found["dr"].error < found["ips"].error


def test_a_wrong_propensity_would_be_seen() -> None:
    # The estimate must really use the propensities: told wrong ones, it is off.
    rows = labelled(600)
    log = simulate_log(rows, lambda row: 0.9 if row.reasoning else 0.1, seed=0)
    honest = {e.method: e.value for e in replay(log, lambda _: "high")}
    lied = [
        Row(
            features=r.features,
            direct=r.direct,
            reasoning=r.reasoning,
            effort=r.effort,
            propensity=0.5,
            seconds={},
            tokens={},
        )
        for r in log
    ]
    wrong = {e.method: e.value for e in replay(lied, lambda _: "high")}
    truth = replay(rows, lambda _: "high")[0].value
    assert abs(honest["snips"] - truth) + 0.02 < abs(wrong["snips"] - truth)


def test_a_policy_that_the_log_says_nothing_about_is_refused() -> None:
    log = simulate_log(labelled(30), lambda _: 1e-12, seed=0)
    with pytest.raises(InputError, match="explore"):
        replay(log, lambda _: "high")


def test_thresholds_send_the_share_that_was_asked_for() -> None:
    scores = [i / 100 for i in range(100)]
    for share in (0.0, 0.2, 0.5, 1.0):
        limit = threshold_for(scores, share)
        assert sum(score >= limit for score in scores) == share * 100
