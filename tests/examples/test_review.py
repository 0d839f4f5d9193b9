"""The review as its users run it: on the bundled contracts, offline, and against a model that lies."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from agentkit import Backend
from agentkit.errors import InvalidDocument
from agentkit.testing import ChatRequest, Rules, SimulatedServer, Turn, call, say, say_json
from examples.legal_review.cli import main
from examples.legal_review.document.read import read
from examples.legal_review.model import Review
from examples.legal_review.playbook import load_playbook
from examples.legal_review.review import Reviewer

HERE = Path(__file__).resolve().parents[2]
BUNDLED = HERE / "examples" / "legal_review" / "contracts"
PDF, DOCX = BUNDLED / "northwind-saas-agreement.pdf", BUNDLED / "helios-mutual-nda-tracked.docx"


ENCRYPTED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>endobj\n4 0 obj<</Filter/Standard/V 1/R 2/O<"
    + b"0" * 64
    + b">/U<"
    + b"0" * 64
    + b">/P -4>>endobj\ntrailer<</Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]>>\n%%EOF"
)


def review(*arguments: str) -> int:
    return main(["review", *arguments])


def test_the_offline_review_writes_every_file_and_says_that_no_model_was_involved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert review("--offline", "--out", str(tmp_path)) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["findings.csv", "report.html", "review.json"]
    result = Review.model_validate_json((tmp_path / "review.json").read_bytes())
    assert result.offline
    assert result.ledger.simulated
    assert {each.kind for each in result.dates} >= {"effective", "expiry", "renewal", "notice", "payment"}
    assert "Customer" in {each.party for each in result.obligations}
    assert [each.rule_id for each in result.findings if each.id.startswith("I")] == [
        "instruction-in-the-text"
    ]
    assert {finding.rule_id: finding.status for finding in result.findings}["renewal-notice"] == "deviates"
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "No language model was involved" in page
    assert not re.search(r"(?:src|href)=\"https?:", page)
    printed = capsys.readouterr()
    assert "no language model" in printed.err.lower()
    assert "report.html" in printed.out


def test_every_quote_of_a_finding_stands_in_the_document_at_its_offsets(tmp_path: Path) -> None:
    review("--offline", "--out", str(tmp_path), str(PDF))
    result = Review.model_validate_json((tmp_path / "review.json").read_bytes())
    spans = [span for finding in result.findings for span in finding.spans]
    assert len(spans) > 10
    for span in spans:
        assert result.text[span.start : span.end] == span.quote
        assert span.page is not None
        assert span.places


def test_tracked_changes_of_a_docx_are_in_the_report(tmp_path: Path) -> None:
    assert review("--offline", "--out", str(tmp_path), str(DOCX)) == 0
    result = Review.model_validate_json((tmp_path / "review.json").read_bytes())
    assert {change.author for change in result.document.changes} == {"Ferrum Legal"}
    assert any(
        change.kind == "inserted" and "USD 10,000" in change.text for change in result.document.changes
    )
    assert any(change.kind == "deleted" and change.text == "three (3)" for change in result.document.changes)
    assert "three (3)" not in result.text
    assert '<ins title="inserted by Ferrum Legal">' in (tmp_path / "report.html").read_text("utf-8")
    assert "One year is our standard" in (tmp_path / "report.html").read_text("utf-8")


def _answer(request: ChatRequest) -> Turn:
    """A model that finds three clauses: one it quotes truly, one altered, one it made up; and reads the scanned page."""
    instructions = str(request.messages[0]["content"])
    if instructions.startswith("You transcribe"):
        return say_json(
            {
                "result": [
                    {
                        "page": 4,
                        "text": "SCHEDULE A\nPrecedence: the liability cap of Section 9.2 is replaced by EUR 50,000.",
                    }
                ]
            }
        )
    if instructions.startswith("You read what"):
        return say_json(
            {
                "contract_type": "SaaS agreement",
                "parties": [
                    {"name": "Northwind Analytics GmbH", "role": "Provider"},
                    {"name": "Nobody Inc.", "role": "Ghost"},
                ],
                "date_quotes": [],
                "instructions": [],
            }
        )
    if instructions.startswith("You find"):
        quotes = {
            "governing-law": [
                "This Agreement is governed by and construed in accordance with the laws of Germany"
            ],
            "liability-cap": [
                "Provider's aggregate liability arising out of or relating to this Agreement shall not exceed the Fees paid by Customer in the thirteen (13) months preceding the event"
            ],
            "publicity": [
                "Provider shall obtain Customer's prior written consent before any publicity whatsoever is made"
            ],
            "exclusivity": ["the liability cap of Section 9.2 is replaced by EUR 50,000"],
        }
        asked = re.findall(r"^([a-z-]+):", request.last_user_text.rpartition("QUESTIONS")[2], re.MULTILINE)
        return say_json({"result": [{"rule_id": each, "quotes": quotes.get(each, [])} for each in asked]})
    if instructions.startswith("Quotes were given"):
        true = "shall not exceed the Fees paid by Customer in the three (3) months preceding the event that gave rise to the liability"
        return say_json({"result": [true] if "thirteen" in request.last_user_text else []})
    if instructions.startswith("You judge"):
        if request.schema is None and not request.tool_results:
            return call("get_outline")
        if request.schema is None:
            return say("Read.")
        return say_json({"status": "conforms", "risk": "none", "rationale": "As wanted."}, think="weighing")
    if instructions.startswith("A first reading"):
        if request.schema is not None:
            return say_json({"quotes": []})
        return (
            call("search_text", {"words": "escrow deposit"})
            if not request.tool_results
            else say("Nothing more.")
        )
    return say_json({"result": []})


@pytest.fixture(scope="module")
def lied() -> tuple[Review, list[Any]]:
    with SimulatedServer(Rules(_answer)) as server:
        backend = Backend.vllm(server.url)
        reviewer = Reviewer(backend, read(PDF), load_playbook(Path("saas-customer")))

        async def closing() -> Review:
            async with backend:
                return await reviewer.review()

        return anyio.run(closing), list(server.chat_requests)


def test_a_made_up_quote_is_rejected_and_in_no_finding(lied: tuple[Review, list[Any]]) -> None:
    result, _ = lied
    assert [claim.rule_id for claim in result.rejected] == ["publicity"]
    assert result.rejected[0].nearest
    assert "whatsoever" not in json.dumps([finding.model_dump(mode="json") for finding in result.findings])


def test_an_altered_quote_is_repaired_once_from_the_nearest_passages(lied: tuple[Review, list[Any]]) -> None:
    result, _ = lied
    cap = next(finding for finding in result.findings if finding.rule_id == "liability-cap")
    assert "three (3) months" in cap.spans[0].quote
    assert cap.status == "deviates"
    assert cap.decided_by == "code"


def test_a_quote_from_a_transcribed_page_is_marked_as_read_from_the_picture(
    lied: tuple[Review, list[Any]],
) -> None:
    result, requests = lied
    found = next(finding for finding in result.findings if finding.rule_id == "exclusivity")
    assert found.spans[0].match == "ocr"
    assert found.spans[0].page == 4
    assert result.document.transcribed == (4,)
    content = (
        requests[0].body["messages"][-2]["content"]
        if len(requests[0].body["messages"]) > 2
        else requests[0].body["messages"][-1]["content"]
    )
    assert any(part["type"] == "image_url" for part in content)


def test_extraction_runs_without_reasoning_and_judgement_with_it(lied: tuple[Review, list[Any]]) -> None:
    _, requests = lied
    by_task: dict[str, set[str | None]] = {}
    for request in requests:
        by_task.setdefault(str(request.body["messages"][0]["content"])[:12], set()).add(request.effort)
    assert by_task["You find the"] == {"none"}
    assert "high" in by_task["You judge cl"]


def test_extraction_requests_share_the_contract_as_their_prefix(lied: tuple[Review, list[Any]]) -> None:
    _, requests = lied
    prompts = [
        request.body["messages"][1]["content"]
        for request in requests
        if str(request.body["messages"][0]["content"]).startswith("You find")
    ]
    assert len(prompts) == 4
    assert len({prompt.split("QUESTIONS")[0] for prompt in prompts}) == 1


def test_a_party_that_the_contract_does_not_name_is_left_out(lied: tuple[Review, list[Any]]) -> None:
    result, _ = lied
    assert [party.name for party in result.parties] == ["Northwind Analytics GmbH"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("missing.pdf", None, "no file|does not exist|not found"),
        ("empty.pdf", b"", "empty"),
        ("broken.pdf", b"%PDF-1.7 nothing", "PDF"),
        ("locked.pdf", ENCRYPTED, "encrypted"),
        ("broken.docx", b"PK\x03\x04 nothing", "DOCX|Word|zip"),
        ("locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "password|encrypted"),
        ("contract.xyz", b"text", "xyz|kind|read"),
        ("binary.txt", b"\x00\x01\x02" * 100, "text"),
        (
            "recipe.txt",
            b"Take two eggs and a cup of flour. Stir well. Bake for half an hour and serve warm with butter and jam.",
            "contract",
        ),
    ],
)
def test_a_file_that_is_no_contract_ends_in_one_clear_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, data: bytes | None, said: str
) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    out = tmp_path / "out"
    assert review("--offline", "--out", str(out), str(path)) == 2
    error = capsys.readouterr().err
    assert re.search(said, error, re.IGNORECASE)
    assert "Traceback" not in error
    assert not out.exists()


@pytest.mark.parametrize(
    ("bounds", "said"), [({"max_bytes": 1_000}, "too large"), ({"max_pages": 3}, "4 pages; at most 3")]
)
def test_a_huge_file_is_refused_before_it_is_read_through(bounds: dict[str, int], said: str) -> None:
    with pytest.raises(InvalidDocument, match=said) as caught:
        read(PDF, **bounds)
    assert caught.value.hint


def test_a_wrong_playbook_names_the_rule_and_the_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.toml"
    path.write_text(
        '[playbook]\nname = "x"\nside = "y"\n[[rule]]\nid = "a"\ncategory = "c"\ntitle = "t"\nquestion = "q"\nposition = "p"\nseverity = "awful"\n'
    )
    assert review("--offline", "--out", str(tmp_path / "out"), "--playbook", str(path)) == 2
    error = capsys.readouterr().err
    assert "rule a" in error
    assert "severity" in error


def test_without_a_server_the_review_says_what_to_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AGENTKIT_BASE_URL", raising=False)
    assert review("--out", "nowhere") == 2
    assert "AGENTKIT_BASE_URL" in capsys.readouterr().err
    assert not Path("nowhere").exists()


def test_a_server_that_is_not_there_is_told_apart_from_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert review("--base-url", "http://127.0.0.1:9/v1", "--out", str(tmp_path / "out")) == 3
    assert "Nothing listens" in capsys.readouterr().err


def test_fail_on_high_risk_is_an_exit_code(tmp_path: Path) -> None:
    assert review("--offline", "--out", str(tmp_path), "--fail-on", "high") == 1


def test_the_command_runs_as_a_module(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examples.legal_review", "review", "--offline", "--out", str(tmp_path), "--format", "csv"],
        cwd=HERE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["findings.csv"]
