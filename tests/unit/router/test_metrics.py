"""Ranking, quality bought, calibration: against cases worked out by hand and against the evaluator where it is there."""

from __future__ import annotations

import importlib.util
import json
import random
from pathlib import Path

import pytest

from agentkit.router import load_weights
from agentkit.router.fit import score_row
from agentkit.router.metrics import auqc, auroc, balance, calibration_error, interval, quality_curve
from agentkit.router.rows import read_rows

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "router"


def test_ranking_is_one_where_all_are_in_order_half_where_tied_and_none_where_nothing_can_be_ranked() -> None:
    assert auroc([0.1, 0.2, 0.8, 0.9], [False, False, True, True]) == 1
    assert auroc([0.9, 0.8, 0.2, 0.1], [False, False, True, True]) == 0
    assert auroc([0.5, 0.5], [False, True]) == 0.5
    assert auroc([0.5, 0.6], [True, True]) is None
    assert auroc([0.1, 0.5, 0.5], [False, True, False], [3, 1, 1]) == pytest.approx((3 + 0.5) / 4)


def test_the_quality_curve_buys_the_best_scores_first() -> None:
    curve = quality_curve([0.9, 0.1], [0.0, 1.0], [1.0, 0.0])
    assert curve == [(0.0, 0.5), (0.5, 1.0), (1.0, 0.5)]
    assert auqc([0.9, 0.1], [0.0, 1.0], [1.0, 0.0]) == 1
    assert auqc([0.1, 0.9], [0.0, 1.0], [1.0, 0.0]) == -1
    assert auqc([0.5, 0.5], [0.0, 1.0], [1.0, 0.0]) == 0
    assert auqc([0.1, 0.9], [0.5, 0.5], [0.7, 0.7]) is None


def test_calibration_error_is_the_distance_between_promise_and_share() -> None:
    assert calibration_error([0.25] * 4, [True, False, False, False]) == 0
    assert calibration_error([1.0, 1.0], [False, False]) == 1


def test_balanced_groups_count_the_same() -> None:
    assert balance(["a", "a", "b"]) == [0.5, 0.5, 1.0]


def test_an_interval_holds_the_mean_and_narrows_with_more_rows() -> None:
    chance = random.Random(1)
    few, many = [chance.random() for _ in range(30)], [chance.random() for _ in range(3000)]

    def spread(values: list[float]) -> tuple[float, float]:
        found = interval(lambda places: sum(values[i] for i in places) / len(places), len(values))
        assert found is not None
        return found

    assert spread(few)[0] < sum(few) / 30 < spread(few)[1]
    assert spread(many)[1] - spread(many)[0] < (spread(few)[1] - spread(few)[0]) / 4
    assert interval(lambda _: None, 10) is None


@pytest.mark.skipif(not (SHARED / "dev.jsonl").exists(), reason="../shared/data/router is not there")
def test_figures_are_those_of_the_evaluator() -> None:
    spec = importlib.util.spec_from_file_location("eval_router", SHARED / "eval_router.py")
    assert spec is not None
    assert spec.loader is not None
    evaluator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(evaluator)
    lines = (SHARED / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    raw = [json.loads(line) for line in lines]
    kept = [i for i, row in enumerate(raw) if row["label_kind"] == "outcome"]
    rows = list(read_rows(lines[i] for i in kept))
    scores = [score_row(load_weights(), row) for row in rows]
    theirs = evaluator.evaluate([raw[i] for i in kept], scores)["outcome"]
    weights = balance([row.group for row in rows])
    labels = [raw[i]["expected_effort"] == "high" for i in kept]
    direct, reasoning = [row.direct or 0.0 for row in rows], [row.reasoning or 0.0 for row in rows]
    assert auroc(scores, labels, weights) == pytest.approx(theirs["auroc_bal"])
    assert auqc(scores, direct, reasoning, weights) == pytest.approx(theirs["quality_bal"]["auqc_norm"])
    assert calibration_error(scores, labels, weights) == pytest.approx(theirs["ece_bal"])
