"""Locating clauses by rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.legal_review.cli import main
from examples.legal_review.triage.evaluate import evaluate, read_contracts
from examples.legal_review.triage.limits import MOST_SPANS
from examples.legal_review.triage.locate import locate

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "contracts"

CONTRACT = """DISTRIBUTION AGREEMENT

This Distribution Agreement is made as of April 2, 2025 by and between Blue Heron Tools, Inc. ("Heron") and Marsh Supply Ltd ("Marsh").

1. Grant. Heron hereby grants to Marsh a non-transferable license to use the Heron marks in the Territory.

2. Term. The term of this Agreement shall commence on the Effective Date and continue for a period of five (5) years.

3. Renewal. This Agreement shall automatically renew for successive terms of one year unless either party gives notice at least sixty (60) days prior to the end of the term.

4. Assignment. Neither party may assign this Agreement without the prior written consent of the other party.

5. Liability. In no event shall either party be liable for consequential damages or lost profits.

6. Law. This Agreement shall be governed by the laws of the State of Ohio.

7. Third parties. Nothing in this Agreement makes any person a third party beneficiary.
"""


def quotes(category: str, text: str = CONTRACT) -> list[str]:
    return [text[place.start : place.end] for place in locate(text) if place.category == category]


@pytest.mark.parametrize(
    ("category", "beginning"),
    [
        ("Document Name", "DISTRIBUTION AGREEMENT"),
        ("Agreement Date", "April 2, 2025"),
        ("License Grant", "Heron hereby grants"),
        ("Non-Transferable License", "Heron hereby grants"),
        ("Expiration Date", "The term of this Agreement shall commence"),
        ("Renewal Term", "This Agreement shall automatically renew"),
        ("Notice Period To Terminate Renewal", "This Agreement shall automatically renew"),
        ("Anti-Assignment", "Neither party may assign"),
        ("Cap On Liability", "In no event shall either party"),
        ("Governing Law", "This Agreement shall be governed"),
    ],
)
def test_each_clause_is_found_as_its_whole_sentence(category: str, beginning: str) -> None:
    found = quotes(category)
    assert any(quote.startswith(beginning) for quote in found), found
    if "." in found[0] and category not in ("Document Name", "Agreement Date"):
        assert found[0].endswith(".")


def test_the_parties_are_found_by_name_and_by_short_name() -> None:
    assert {"Blue Heron Tools, Inc.", "Heron", "Marsh Supply Ltd", "Marsh"} <= set(quotes("Parties"))


@pytest.mark.parametrize(
    "category", ["Third Party Beneficiary", "Exclusivity", "Insurance", "Source Code Escrow", "Non-Compete"]
)
def test_what_is_denied_or_absent_is_not_found(category: str) -> None:
    assert quotes(category) == []


@given(st.text(max_size=400) | st.lists(st.sampled_from(CONTRACT.split(" ")), max_size=120).map(" ".join))
def test_any_text_gives_places_within_it(text: str) -> None:
    for place in locate(text):
        assert 0 <= place.start < place.end <= len(text)
        assert text[place.start : place.end].strip()


def test_the_command_writes_findings_whose_offsets_give_the_quotes(tmp_path: Path) -> None:
    folder = tmp_path / "txt"
    folder.mkdir()
    (folder / "one.txt").write_bytes(CONTRACT.replace("\n", "\r\n").encode())
    out = tmp_path / "out" / "findings.jsonl"
    assert main(["triage", "--dir", str(folder), "--out", str(out)]) == 0
    text = (folder / "one.txt").read_bytes().decode()
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert len(rows) > 8
    assert all(
        text[row["start"] : row["end"]] == row["quote"] and row["contract_id"] == "one" for row in rows
    )
    assert [path.name for path in out.parent.iterdir()] == ["findings.jsonl"]


@pytest.mark.parametrize("made", [False, True])
def test_a_folder_without_contracts_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], made: bool
) -> None:
    folder = tmp_path / "none"
    if made:
        folder.mkdir()
    assert main(["triage", "--dir", str(folder), "--out", str(tmp_path / "f")]) == 2
    assert str(folder) in capsys.readouterr().err
    assert not (tmp_path / "f").exists()


def test_the_development_contracts_meet_the_bars() -> None:
    if not SHARED.is_dir():
        pytest.skip("the development contracts are not here")
    contracts, categories = read_contracts(SHARED)
    cuad, strict, presence = (
        float(cell) for cell in evaluate(contracts, categories, MOST_SPANS).row().split(" | ")
    )
    assert cuad >= 0.45
    assert strict >= 0.40
    assert presence >= 0.85
