"""The `route` command as a user types it."""

from __future__ import annotations

import io
import json
import random
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from agentkit.cli import main
from agentkit.router import load_weights, score_task
from agentkit.router.traces import Trace, TraceCost, TraceOutcome, read_traces
from agentkit.testing import ChatRequest, Rules, SimulatedServer, Turn, say

PROOF = "Prove that the sum of two odd numbers is even."


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


def test_one_task_is_explained_with_what_its_score_is_made_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["route", PROOF]) == 0
    out = capsys.readouterr().out
    assert out.startswith("effort high, decided by the score\n")
    assert "because there is mathematics to work out" in out
    assert "maths: there is mathematics to work out" in out


def test_the_explanation_knows_tools_instructions_and_cues_and_comes_as_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["route", PROOF, "--tools", "1", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["effort"] == "none"
    assert "plain_call" in card["features"]
    assert main(["route", "Quick: what is 2 + 2?"]) == 0
    assert "decided by the cue" in capsys.readouterr().out


def test_a_task_named_like_a_part_is_explained_after_two_dashes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["route", "--", "fit"]) == 0
    assert capsys.readouterr().out.startswith("effort none")


def test_without_a_task_the_way_out_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["route"]) == 2
    assert 'agentkit route "TASK"' in capsys.readouterr().err


def test_lines_are_scored_one_float_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"text": PROOF},
        {"text": PROOF, "context": {"n_tools": 3}},
        {"text": "Übersetze das. \u2028 \x85", "context": None},
    ]
    feed(
        monkeypatch,
        "\ufeff".encode() + "\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode(),
    )
    assert main(["route", "--score"]) == 0
    scores = [float(line) for line in capsys.readouterr().out.split()]
    assert scores == [pytest.approx(score_task(row), abs=1e-7) for row in rows]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"{oops", "not JSON"),
        (b'{"txt": 1}', "no text"),
        (b'"x"', "no JSON object"),
        (b'{"text": "\xff"}', "not UTF-8"),
    ],
)
def test_a_bad_line_ends_scoring_with_its_number(
    line: bytes, complaint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed(monkeypatch, b'{"text": "a"}\n' + line + b'\n{"text": "b"}\n')
    assert main(["route", "--score"]) == 2
    out, err = capsys.readouterr()
    assert len(out.split()) == 1
    assert "Line 2: " in err
    assert complaint in err


def labelled(path: Path, count: int) -> Path:
    chance = random.Random(0)
    kinds = [("Handle the zorbels of box {}.", 0.1, 0.9), ("Handle the quintars of box {}.", 0.9, 0.9)]
    with path.open("w", encoding="utf-8") as file:
        for _ in range(count):
            text, none, high = chance.choice(kinds)
            row = {
                "text": text.format(chance.randrange(99)),
                "direct_score": float(chance.random() < none),
                "reasoning_score": float(chance.random() < high),
            }
            file.write(json.dumps(row) + "\n")
    return path


def test_fitted_weights_are_written_compared_and_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, out = labelled(tmp_path / "rows.jsonl", 120), tmp_path / "w.json"
    assert main(["route", "fit", str(rows), "--out", str(out), "--threshold", "0.35"]) == 0
    table = capsys.readouterr().out
    before, after = (float(cell.split()[0]) for cell in table.split("AUROC")[1].split("|")[1:3])
    assert after > max(0.75, before)
    assert load_weights(out).threshold == 0.35
    feed(
        monkeypatch, b'{"text": "Handle the zorbels of box 7."}\n{"text": "Handle the quintars of box 7."}\n'
    )
    assert main(["route", "--score", "--weights", str(out)]) == 0
    zorbel, quintar = map(float, capsys.readouterr().out.split())
    assert zorbel > 0.6
    assert quintar < 0.3
    assert main(["route", "Handle the zorbels of box 7.", "--weights", str(out)]) == 0
    assert "because reasoning paid on tasks worded like this" in capsys.readouterr().out


def test_what_cannot_be_fitted_leaves_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "w.json"
    assert main(["route", "fit", str(labelled(tmp_path / "few.jsonl", 5)), "--out", str(out)]) == 2
    assert "too few" in capsys.readouterr().err
    assert main(["route", "fit", str(tmp_path / "absent.jsonl"), "--out", str(out)]) == 2
    assert "absent.jsonl cannot be read" in capsys.readouterr().err
    assert list(tmp_path.glob("w.json*")) == []


def traces(path: Path) -> Path:
    chance = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        for i in range(200):
            high = chance.random() < 0.3
            trace = Trace(
                id=f"t{i}", agent="billing" if i % 3 else "legal & co", effort="high" if high else "none", propensity=0.3 if high else 0.7,
                features={"maths": 0.5} if i % 2 else {}, cost=TraceCost(output_tokens=900 if high else 100, seconds=9.0 if high else 1.0),
                outcome=TraceOutcome(quality=float(chance.random() < (0.9 if high else 0.5))),
            )  # fmt: skip
            file.write(trace.to_json() + "\n")
    return path


def test_policies_are_estimated_from_traces_and_held_against_the_truth_of_labelled_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = str(traces(tmp_path / "t.jsonl"))
    assert (
        main(
            ["route", "replay", log, "--policy", "always-high", "--policy", "share=0.5", "--policy", "logged"]
        )
        == 0
    )
    rows = [
        line.split("|")[1:-1]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("| always-high")
    ]
    by_method = {row[2].strip(): float(row[3].split()[0]) for row in rows}
    assert by_method.keys() == {"dr", "snips", "ips"}
    assert abs(by_method["dr"] - 0.9) < 0.1
    labels = str(labelled(tmp_path / "rows.jsonl", 60))
    assert main(["route", "replay", labels, "--policy", "share=0.5", "--check"]) == 0
    assert "| share=0.5 |" in capsys.readouterr().out
    assert main(["route", "replay", labels, "--policy", "best"]) == 2
    assert "There is no policy 'best'" in capsys.readouterr().err
    assert main(["route", "replay", labels, "--policy", '{"qualty": 0.9}']) == 2
    assert "RoutingPolicy has no 'qualty'. It has: threshold, quality" in capsys.readouterr().err


def test_the_report_says_what_was_spent_and_saved_and_draws_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, picture = traces(tmp_path / "t.jsonl"), tmp_path / "p.svg"
    assert main(["route", "report", str(tmp_path), "--picture", str(picture)]) == 0
    table = capsys.readouterr().out
    kept = list(read_traces(log.read_text(encoding="utf-8").splitlines()))
    none = sum(trace.effort == "none" for trace in kept)
    # Every high call takes 900 tokens, so each none call saved exactly 800.
    assert f"| {none * 800:,} (" in table
    assert "| legal & co | 67 |" in table
    assert "| all | " in table
    assert "| always-none | always-high |" in table
    assert "No decision can be made again" in table
    assert "doubly robust" in table
    drawn = "".join(ET.fromstring(picture.read_text(encoding="utf-8")).itertext())
    assert "legal & co" in drawn


def solve(request: ChatRequest) -> Turn:
    if "kaputt" in request.last_user_text:
        return say("", finish="length")
    right = request.effort == "high" or "easy" in request.last_user_text
    return say(
        f"<answer>{7 if right else 8}</answer>", think="Let me see." if request.effort == "high" else ""
    )


def test_a_shadow_run_pairs_both_efforts_on_a_server_grades_them_and_goes_on_where_it_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks, out = tmp_path / "tasks.jsonl", tmp_path / "traces.jsonl"
    rows = [{"text": f"{kind} sum {i}", "answer": "7.0"} for i in range(15) for kind in ("easy", "hard")]
    tasks.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with SimulatedServer(Rules(solve)) as server:
        command = ["route", "shadow", str(tasks), "--out", str(out), "--base-url", server.url, "--keep-text"]
        assert main([*command, "--limit", "10"]) == 0
        assert main(command) == 0
        assert main(command) == 0
    assert "nothing left to run" in capsys.readouterr().err
    kept = list(read_traces(out.read_text(encoding="utf-8").splitlines()))
    assert len(kept) == 60
    assert {(t.effort, "easy" in (t.text or ""), t.outcome.quality) for t in kept} == {
        ("none", True, 1.0), ("high", True, 1.0), ("none", False, 0.0), ("high", False, 1.0),
    }  # fmt: skip
    assert all(t.cost.output_tokens > 0 and t.cost.seconds > 0 for t in kept)
    weights = tmp_path / "w.json"
    assert main(["route", "fit", str(out), "--out", str(weights), "--no-table"]) == 0
    fitted = load_weights(weights)
    assert score_task("hard sum 99", fitted) > 0.7 > 0.3 > score_task("easy sum 99", fitted)
    assert main(["route", "replay", str(out), "--weights", str(weights), "--policy", "threshold=0.5"]) == 0
    assert "| truth | 1.000" in capsys.readouterr().out
    # Nobody decided these pairs: the report says what each effort reached, and nothing of a decision.
    assert main(["route", "report", str(out)]) == 0
    assert "| 30 | - | 0.500 " in capsys.readouterr().out


def test_shadow_lets_either_effort_go_first_so_that_cold_caches_burden_both(
    tmp_path: Path,
) -> None:
    tasks, out = tmp_path / "tasks.jsonl", tmp_path / "traces.jsonl"
    tasks.write_text("\n".join(json.dumps({"text": f"sum {i}"}) for i in range(20)), encoding="utf-8")
    with SimulatedServer(Rules(solve)) as server:
        command = ["route", "shadow", str(tasks), "--out", str(out), "--base-url", server.url]
        assert main([*command, "--concurrency", "1"]) == 0
        sent = [request.body["reasoning_effort"] for request in server.chat_requests]
    assert all(
        {first, second} == {"none", "high"} for first, second in zip(sent[::2], sent[1::2], strict=True)
    )
    assert set(sent[::2]) == {"none", "high"}


def test_a_server_that_is_not_there_fails_the_shadow_run_and_leaves_nothing_half_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks, out = tmp_path / "tasks.jsonl", tmp_path / "traces.jsonl"
    tasks.write_text('{"text": "x", "answer": "1"}', encoding="utf-8")
    with SimulatedServer(Rules(solve)) as server:
        url = server.url
    assert main(["route", "shadow", str(tasks), "--out", str(out), "--base-url", url, "--model", "m"]) == 3
    assert not out.exists() or out.read_text() == ""
    assert "1 failed" in capsys.readouterr().out


def test_a_grade_that_is_not_there_is_refused_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text('{"text": "x"}', encoding="utf-8")
    assert main(["route", "shadow", str(tasks), "--out", str(tmp_path / "o"), "--grade", "nowhere:none"]) == 2
    assert "There is no nowhere:none" in capsys.readouterr().err


def test_without_chance_or_shadow_runs_the_report_says_what_it_cannot_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(
        Trace(id="a", effort="none", outcome=TraceOutcome(quality=1.0)).to_json(), encoding="utf-8"
    )
    assert main(["route", "report", str(path)]) == 0
    out = capsys.readouterr().out
    assert "cannot be told" in out
    assert "No high call is among the traces" in out


def test_the_options_of_a_task_may_stand_before_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["route", PROOF, "--tools", "1", "--instructions", "Be brief.", "--json"]) == 0
    after = json.loads(capsys.readouterr().out)
    assert main(["route", "--json", "--tools", "1", "--instructions", "Be brief.", PROOF]) == 0
    assert json.loads(capsys.readouterr().out)["features"] == after["features"]
    assert "plain_call" in after["features"]


def test_a_task_that_is_no_text_or_blank_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed(monkeypatch, b"\xff\xfe")
    assert main(["route", "-"]) == 2
    assert "Standard input is not UTF-8" in capsys.readouterr().err
    assert main(["route", " "]) == 2
    assert "There is no task" in capsys.readouterr().err


def test_a_short_task_is_not_called_long_nor_one_number_many(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["route", "is 17 prime?"]) == 0
    out = capsys.readouterr().out
    assert "length: how long the task is" in out
    assert "is long" not in out
    assert "many numbers" not in out


def test_a_bad_line_is_named_by_its_file_and_its_number_in_that_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = labelled(tmp_path / "a.jsonl", 3), tmp_path / "b.jsonl"
    bad.write_text('{"text": "x", "expected_effort": "none"}\n{oops', encoding="utf-8")
    for command in (
        ["fit", str(good), str(bad), "--out", str(tmp_path / "w")],
        ["replay", str(good), str(bad), "--policy", "always-none"],
        ["shadow", str(good), str(bad), "--out", str(tmp_path / "t")],
    ):
        assert main(["route", *command]) == 2
        assert f"{bad}, line 2: This is not JSON" in capsys.readouterr().err
    assert main(["route", "report", str(bad)]) == 2
    assert f"{bad}, line 1: " in capsys.readouterr().err


def test_shadow_finds_out_before_the_first_request_that_it_cannot_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text('{"text": "x", "answer": "1"}', encoding="utf-8")
    out = tmp_path / "absent" / "traces.jsonl"
    with SimulatedServer(Rules(solve)) as server:
        assert main(["route", "shadow", str(tasks), "--out", str(out), "--base-url", server.url]) == 2
        assert server.requests == []
    assert f"{out} cannot be written: No such file or directory. " in capsys.readouterr().err


def test_shadow_takes_the_kind_of_server_and_the_key_from_the_environment_beside_a_base_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks, out = tmp_path / "tasks.jsonl", tmp_path / "traces.jsonl"
    tasks.write_text('{"text": "x", "answer": "1"}', encoding="utf-8")
    monkeypatch.setenv("AGENTKIT_API_KEY", "key-1")
    monkeypatch.setenv("AGENTKIT_SERVER", "vlllm")
    with SimulatedServer(Rules(solve), api_key="key-1") as server:
        command = ["route", "shadow", str(tasks), "--out", str(out), "--base-url", server.url]
        assert main(command) == 2
        assert "AGENTKIT_SERVER is 'vlllm'" in capsys.readouterr().err
        monkeypatch.setenv("AGENTKIT_SERVER", "vllm")
        assert main(command) == 0
