"""How weights are read, checked and summed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from agentkit.errors import ConfigurationError
from agentkit.router import Weights, load_weights


def weights(**changes: object) -> Weights:
    return Weights(**{"version": "t", "bias": 0.0, "threshold": 0.5, "features": {"maths": 2.0}, **changes})  # type: ignore[arg-type]


def test_the_score_is_the_logistic_of_the_weighted_sum() -> None:
    assert weights().score({}) == 0.5
    assert weights(bias=-1.0).score({"maths": 0.5, "code": 1.0}) == 0.5
    assert weights().score({"maths": 1.0}) == pytest.approx(1 / (1 + math.exp(-2)))


def test_extreme_sums_do_not_overflow() -> None:
    extreme = weights(features={"maths": 100.0, "code": 100.0, "logic": -100.0})
    assert extreme.score({"maths": 1e6}) == 1
    assert extreme.score({"logic": 1e6}) == 0


def test_the_packaged_weights_say_what_they_are_and_carry_the_signs_of_the_evidence() -> None:
    packaged = load_weights()
    assert packaged.version
    assert "left-out sources" in packaged.provenance
    assert all(
        packaged.features[name] > 0
        for name in ("maths", "logic", "code", "judgement", "planning", "policy_bound", "trouble")
    )
    assert all(
        packaged.features[name] < 0
        for name in ("extract", "rewrite", "translate", "classify", "lookup", "plain_call")
    )


def test_weights_come_back_from_their_own_text(tmp_path: Path) -> None:
    path = tmp_path / "w.json"
    mine = weights(words={"zebra": 0.25}, provenance="mine")
    path.write_text(mine.to_json(), encoding="utf-8")
    assert load_weights(path) == mine
    assert mine.score({"wording": 1.0}) == weights().score({"maths": 0.5})


def test_weights_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "w.json"
    path.write_text(json.dumps({"version": 7, "bias": 1, "threshold": 0.3, "features": {"code": -1}}))
    assert load_weights(path) == Weights(version="7", bias=1.0, threshold=0.3, features={"code": -1.0})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": "1", "bias": "x", "threshold": 0.5, "features": {}}',
        '{"version": "1", "bias": 0, "threshold": 0.5, "features": []}',
    ],
)
def test_a_file_that_holds_no_weights_is_refused_with_a_hint(tmp_path: Path, text: str) -> None:
    path = tmp_path / "w.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"w\.json") as caught:
        load_weights(path)
    assert caught.value.hint


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.json"):
        load_weights(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"features": {"luck": 1.0}}, "luck"),
        ({"bias": math.nan}, "bias"),
        ({"features": {"maths": math.inf}}, "maths"),
        ({"threshold": 1.0}, "threshold"),
        ({"threshold": math.nan}, "threshold"),
    ],
)
def test_weights_that_cannot_work_are_refused_and_named(changes: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        weights(**changes)
