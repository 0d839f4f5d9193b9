"""What a review does when something goes wrong: a full window, a dying server, Ctrl-C, a model that answers badly."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from agentkit import Backend, Limits
from agentkit.testing import (
    LLAMACPP,
    ChatRequest,
    Rules,
    SimulatedServer,
    Turn,
    drop,
    fail,
    say,
    say_json,
    stall,
)
from examples.legal_review.agents import hire
from examples.legal_review.cli import main
from examples.legal_review.document.read import read
from examples.legal_review.evidence import Evidence
from examples.legal_review.judging import judge
from examples.legal_review.model import RejectedClaim, Review
from examples.legal_review.playbook import load_playbook
from examples.legal_review.review import Reviewer
from examples.legal_review.tools import desk_for
from examples.legal_review.work import Work

HERE = Path(__file__).resolve().parents[2]
PDF = HERE / "examples" / "legal_review" / "contracts" / "northwind-saas-agreement.pdf"
NDA = HERE / "examples" / "legal_review" / "contracts" / "helios-mutual-nda.md"
Brain = Callable[[ChatRequest], Turn]


def task(request: ChatRequest) -> str:
    """The beginning of the agent's instructions, which says what is asked for."""
    return str(request.messages[0]["content"])


def asked(request: ChatRequest) -> list[str]:
    return re.findall(r"^([a-z-]+):", request.last_user_text.rpartition("QUESTION")[2], re.MULTILINE)


def silent(request: ChatRequest) -> Turn:
    """A model that finds nothing."""
    if task(request).startswith("You read what"):
        return say_json({"contract_type": "NDA", "parties": [], "date_quotes": [], "instructions": []})
    if task(request).startswith("You find"):
        return say_json({"result": [{"rule_id": each, "quotes": []} for each in asked(request)]})
    if task(request).startswith("A first reading"):
        return say_json({"quotes": []}) if request.schema is not None else say("I have looked.")
    if task(request).startswith("You judge"):
        judged = {"status": "deviates", "risk": "high", "rationale": "It harms us."}
        return say_json(judged) if request.schema is not None else say("Judged.")
    return say_json({"result": []})


def reviewed(brain: Brain, path: Path = NDA, playbook: str = "mutual-nda", **server: Any) -> Review:
    with SimulatedServer(Rules(brain), **server) as running:
        backend = (
            Backend.llamacpp(running.url) if server.get("dialect") is LLAMACPP else Backend.vllm(running.url)
        )
        reviewer = Reviewer(backend, read(path), load_playbook(Path(playbook)))

        async def closing() -> Review:
            async with backend:
                return await reviewer.review()

        return anyio.run(closing)


def test_what_nothing_was_found_on_says_what_was_searched_in_both_readings() -> None:
    review = reviewed(silent)
    absent = [finding for finding in review.findings if not finding.spans]
    assert len(absent) == 10
    for finding in absent:
        assert finding.searched[0].startswith("first reading, the whole text")
        assert any(each.startswith("by code, the words") for each in finding.searched)


@pytest.mark.parametrize(
    ("rejected", "unread", "status", "risk"),
    [(False, False, "missing", "low"), (True, False, "unclear", "low"), (False, True, "unclear", "low")],
)
def test_a_clause_is_called_missing_only_if_two_readings_of_all_pages_found_nothing(
    rejected: bool, unread: bool, status: str, risk: str
) -> None:
    """Judged without any server: what a simulated one answers is never called missing."""
    document = read(PDF if unread else NDA)
    book = load_playbook(Path("mutual-nda"))
    rule = next(each for each in book.rules if each.id == "governing-law")
    work = Work(
        agents=hire(Backend.vllm("http://127.0.0.1:9/v1"), Limits()),
        side="us",
        effort="auto",
        say=lambda line: None,
    )
    claim = RejectedClaim(rule_id=rule.id, quote="The law of the sea governs.", reason="not there")
    found = Evidence(rejected=[claim] if rejected else [], searched=["first reading", "second reading"])
    finding = anyio.run(judge, work, desk_for(document, book), [rule], {rule.id: found})[0]
    assert (finding.status, finding.risk) == (status, risk)
    assert finding.searched == ("first reading", "second reading")
    assert finding.position == rule.position


def test_a_contract_longer_than_the_window_is_read_in_parts_and_each_clause_is_found_once(
    tmp_path: Path,
) -> None:
    filler = "\n\n".join(
        f"{n}. Delivery. The goods of lot {n} shall be delivered with care to the place named."
        for n in range(1, 400)
    )
    path = tmp_path / "long.txt"
    law = "400. Governing Law. This Agreement is governed by the laws of the State of Ohio."
    path.write_text(f"NON-DISCLOSURE AGREEMENT\n\n{filler}\n\n{law}\n\nSigned by both parties, who agree.")
    seen: list[str] = []

    def brain(request: ChatRequest) -> Turn:
        if task(request).startswith("You find"):
            seen.append(request.last_user_text)
            found = [law.partition(". ")[2]] if law in request.last_user_text else []
            return say_json({"result": [{"rule_id": "governing-law", "quotes": found}]})
        return silent(request)

    review = reviewed(brain, path, context_window=8192)
    parts = [text for text in seen if "governing-law:" in text]
    assert len(parts) > 1
    assert all("[Part " in text and "[Sections: " in text for text in parts)
    assert sum(len(text) for text in parts) < 2 * len(path.read_text())
    found = next(finding for finding in review.findings if finding.rule_id == "governing-law")
    assert len(found.spans) == 1
    assert not review.unanswered


def test_a_window_that_is_smaller_than_it_was_taken_for_makes_the_parts_smaller(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text(
        "NON-DISCLOSURE AGREEMENT between two parties.\n\n"
        + "The parties agree that they shall keep it. " * 900
    )
    lengths: list[int] = []

    def brain(request: ChatRequest) -> Turn:
        if task(request).startswith("You find"):
            lengths.append(len(request.last_user_text))
            if lengths[-1] > 12_000:
                return fail(
                    400,
                    "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens in the messages.",
                )
        return silent(request)

    review = reviewed(brain, path)
    assert max(lengths) > 12_000 >= lengths[-1]
    assert not [each for each in review.unanswered if not each.startswith(("obligations", "type"))]


def test_a_model_that_answers_one_rule_badly_leaves_that_rule_unanswered_and_the_rest_answered() -> None:
    def brain(request: ChatRequest) -> Turn:
        if task(request).startswith("You find"):
            quote = (
                "The Recipient shall return or destroy all Confidential Information within thirty (30) days."
            )
            law = "This Agreement shall be governed by and construed in accordance with the laws of the State of New York"
            quotes = {"return": [f"Upon request the Recipient{quote[13:]}"], "governing-law": [law]}
            return say_json(
                {"result": [{"rule_id": each, "quotes": quotes.get(each, [])} for each in asked(request)]}
            )
        if task(request).startswith("You judge") and "RULE return" in request.last_user_text + str(
            request.messages[1]
        ):
            return fail(400, "the grammar cannot be compiled")
        return silent(request)

    review = reviewed(brain)
    assert [each.partition(":")[0] for each in review.unanswered] == ["return"]
    assert "return" not in {finding.rule_id for finding in review.findings}
    assert "governing-law" in {finding.rule_id for finding in review.findings}


def test_a_claim_that_cannot_be_verified_makes_the_rule_unclear_and_not_missing() -> None:
    def brain(request: ChatRequest) -> Turn:
        if task(request).startswith("You find"):
            made_up = ["The Recipient shall pay a penalty of one million dollars for each breach whatsoever."]
            return say_json(
                {
                    "result": [
                        {"rule_id": each, "quotes": made_up if each == "liability" else []}
                        for each in asked(request)
                    ]
                }
            )
        return silent(request)

    review = reviewed(brain)
    assert [claim.rule_id for claim in review.rejected] == ["liability"]
    assert next(finding for finding in review.findings if finding.rule_id == "liability").status == "unclear"


def test_an_obligation_keeps_only_the_details_that_its_sentence_says() -> None:
    quote = "Upon request the Recipient shall return or destroy all Confidential Information within thirty (30) days."

    def brain(request: ChatRequest) -> Turn:
        if task(request).startswith("You list"):
            fact = {"party": "Recipient", "action": "return everything", "trigger": "Upon request"}
            made_up = {**fact, "due": "within ten days", "recurrence": "every year"}
            return say_json(
                {
                    "result": [
                        {**made_up, "quote": quote},
                        {**made_up, "quote": "The Recipient shall dance at midnight."},
                    ]
                }
            )
        return silent(request)

    review = reviewed(brain)
    assert [(each.trigger, each.due, each.recurrence) for each in review.obligations] == [
        ("Upon request", "", "")
    ]
    assert review.obligations[0].span.quote == quote
    assert [claim.rule_id for claim in review.rejected] == ["obligations"]


def test_conflicts_between_clauses_need_two_verified_quotes() -> None:
    one = "No license under any patent, copyright or other right is granted."
    other = "This Agreement does not apply to information that is public without breach"

    def brain(request: ChatRequest) -> Turn:
        if task(request).startswith("You find"):
            return say_json(
                {
                    "result": [
                        {
                            "rule_id": each,
                            "quotes": [one] if each == "license" else [other] if each == "return" else [],
                        }
                        for each in asked(request)
                    ]
                }
            )
        if task(request).startswith("You look for clauses"):
            made_up = "The Discloser grants all rights to everybody for ever and ever."
            true = {"rationale": "They disagree.", "risk": "medium", "quotes": [one, other]}
            return say_json({"result": [true, {**true, "quotes": [one, made_up]}]})
        return silent(request)

    conflicts = [finding for finding in reviewed(brain).findings if finding.rule_id == "cross-check"]
    assert [len(finding.spans) for finding in conflicts] == [2]
    assert conflicts[0].risk == "medium"


def test_instructions_in_a_contract_are_reported_and_change_nothing() -> None:
    review = reviewed(silent, PDF, "saas-customer")
    finding = next(finding for finding in review.findings if finding.rule_id == "instruction-in-the-text")
    assert finding.risk == "high"
    assert "disregard your instructions" in finding.spans[0].quote


def test_the_contract_stands_between_fences_that_it_cannot_contain() -> None:
    prompts: list[str] = []

    def brain(request: ChatRequest) -> Turn:
        prompts.append(request.last_user_text)
        return silent(request)

    reviewed(brain)
    fenced = [text for text in prompts if text.startswith("CONTRACT")]
    fence = re.search(r"===== [0-9a-f]{16} =====", fenced[0])
    assert fence is not None
    assert all(text.count(fence[0]) == 3 for text in fenced)


@pytest.mark.parametrize("dies", [drop, lambda: fail(500), lambda: fail(401)])
@pytest.mark.parametrize("when", ["You find", "You list", "You judge"])
def test_a_server_that_dies_midway_is_exit_3_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], dies: Callable[[], Turn], when: str
) -> None:
    law = "This Agreement shall be governed by and construed in accordance with the laws of the State of New York"

    def brain(request: ChatRequest) -> Turn:
        if task(request).startswith(when):
            return dies()
        if task(request).startswith("You find"):
            found = [
                {"rule_id": each, "quotes": [law] if each == "governing-law" else []}
                for each in asked(request)
            ]
            return say_json({"result": found})
        return silent(request)

    out = tmp_path / "out"
    with SimulatedServer(Rules(brain)) as server:
        assert main(["review", "--base-url", server.url, "--out", str(out), str(NDA)]) == 3
    assert not out.exists()
    assert "Traceback" not in capsys.readouterr().err


def test_a_server_that_refuses_every_request_is_exit_3_and_not_an_empty_report(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with SimulatedServer(Rules(lambda request: fail(400, "no"))) as server:
        assert main(["review", "--base-url", server.url, "--out", str(out), str(NDA)]) == 3
    assert not out.exists()


def test_a_budget_of_tokens_that_does_not_suffice_is_exit_4_and_said_in_the_report(tmp_path: Path) -> None:
    with SimulatedServer(Rules(silent)) as server:
        code = main(
            ["review", "--base-url", server.url, "--out", str(tmp_path), "--max-tokens", "4000", str(NDA)]
        )
    assert code == 4
    review = Review.model_validate_json((tmp_path / "review.json").read_bytes())
    assert any("4,000 are allowed" in each for each in review.unanswered)
    assert "Not answered" in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_ends_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with SimulatedServer(Rules(lambda request: stall())) as server:
        command = [
            sys.executable,
            "-m",
            "examples.legal_review",
            "review",
            "--base-url",
            server.url,
            "--out",
            str(out),
            str(NDA),
        ]
        with subprocess.Popen(command, cwd=HERE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            for line in process.stderr:
                if "reading type" in line:
                    break
            process.send_signal(signal.SIGINT)
            _, rest = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "stopped" in rest
    assert "Traceback" not in rest
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "pdf"], "no format pdf"),
        (["--out", str(NDA)], "no folder that can be written"),
        (["--playbook", "nobody-wrote-this"], "no playbook"),
    ],
)
def test_wrong_usage_is_found_before_any_request(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], said: str
) -> None:
    with SimulatedServer(Rules(silent)) as server:
        out = [] if "--out" in arguments else ["--out", str(tmp_path / "out")]
        assert main(["review", "--base-url", server.url, *out, *arguments, str(NDA)]) == 2
        assert not server.chat_requests
    assert said in capsys.readouterr().err


def test_the_review_runs_on_another_server_too() -> None:
    assert len(reviewed(silent, dialect=LLAMACPP).findings) == 10
