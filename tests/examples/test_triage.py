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


TYPICAL = (
    (
        "Governing Law",
        "The validity, interpretation and performance of this Agreement shall be controlled by and construed under the laws of the State of Delaware.",
    ),
    ("Governing Law", "This Agreement and any dispute arising out of it shall be governed by English law."),
    (
        "Expiration Date",
        "This Agreement shall commence on the Effective Date and shall continue for an initial term of three (3) years, unless terminated earlier.",
    ),
    ("Expiration Date", "The term of this franchise shall expire on December 31, 2030."),
    (
        "Expiration Date",
        "Unless sooner terminated, this Agreement will remain in full force and effect until the fifth anniversary of the Effective Date.",
    ),
    (
        "Renewal Term",
        "Franchisee may, at its option, renew the franchise for two additional terms of five years each.",
    ),
    ("Renewal Term", "Thereafter, this Agreement shall renew automatically for successive one-year periods."),
    (
        "Notice Period To Terminate Renewal",
        "This Agreement renews automatically for one-year terms unless either party notifies the other of its intention not to renew at least 60 days prior to expiration of the then current term.",
    ),
    (
        "Termination For Convenience",
        "Customer may terminate this Agreement for its convenience upon thirty (30) days' prior written notice.",
    ),
    (
        "Termination For Convenience",
        "Either party may terminate this Agreement, with or without cause, by giving ninety (90) days written notice to the other party.",
    ),
    ("Termination For Convenience", "The Client may cancel the services at any time upon 10 days' notice."),
    (
        "Anti-Assignment",
        "Neither this Agreement nor any rights hereunder may be assigned by Distributor without the prior written consent of Manufacturer.",
    ),
    ("Anti-Assignment", "Any purported assignment in violation of this Section is void."),
    (
        "Change Of Control",
        "Licensor may terminate this Agreement upon notice if Licensee undergoes a change of control.",
    ),
    (
        "Change Of Control",
        "A merger, consolidation or sale of substantially all of the assets of Franchisee shall be deemed an assignment requiring the consent of Franchisor.",
    ),
    (
        "Cap On Liability",
        "In no event shall Vendor's total liability exceed the fees paid in the twelve months preceding the claim.",
    ),
    ("Cap On Liability", "NEITHER PARTY SHALL BE LIABLE FOR ANY INDIRECT, SPECIAL OR CONSEQUENTIAL DAMAGES."),
    (
        "Uncapped Liability",
        "The limitations in this Section shall not apply to a party's indemnification obligations or breach of confidentiality.",
    ),
    (
        "Uncapped Liability",
        "Except for gross negligence or willful misconduct, neither party's aggregate liability shall exceed the fees paid.",
    ),
    (
        "Liquidated Damages",
        "If the Contractor fails to complete the works in time, it shall pay $500 per day as liquidated damages.",
    ),
    (
        "Liquidated Damages",
        "Upon early termination, Customer shall pay an early termination fee equal to fifty percent of the remaining fees.",
    ),
    (
        "License Grant",
        "Subject to the terms herein, Licensor hereby grants Licensee a limited license to use the Software.",
    ),
    (
        "License Grant",
        "Franchisor grants to Franchisee the right to use the Marks and the System at the Location.",
    ),
    (
        "Non-Transferable License",
        "Company grants Customer a non-exclusive, non-transferable license to access the Platform.",
    ),
    (
        "Irrevocable Or Perpetual License",
        "Consultant grants Client a perpetual, irrevocable, royalty-free license to use the Deliverables.",
    ),
    (
        "Affiliate License-Licensee",
        "Licensor grants to Licensee and its Affiliates a license to use the Technology.",
    ),
    (
        "Affiliate License-Licensor",
        "Licensor, on behalf of itself and its Affiliates, hereby grants to Licensee a license under the Licensed Patents.",
    ),
    (
        "Unlimited/All-You-Can-Eat-License",
        "Vendor grants Customer an enterprise-wide license for an unlimited number of users.",
    ),
    (
        "Ip Ownership Assignment",
        "All Work Product shall be works made for hire, and Consultant hereby assigns to Client all right, title and interest therein.",
    ),
    (
        "Ip Ownership Assignment",
        "Developer shall assign to Company all inventions and intellectual property rights developed under this Agreement.",
    ),
    (
        "Joint Ip Ownership",
        "Any inventions made jointly by the parties shall be jointly owned by the parties.",
    ),
    ("Source Code Escrow", "Vendor shall deposit the source code of the Software with an escrow agent."),
    (
        "Audit Rights",
        "Licensor may, upon reasonable notice, audit the books and records of Licensee relating to royalties.",
    ),
    (
        "Audit Rights",
        "Manufacturer shall have the right to inspect Distributor's premises and records during business hours.",
    ),
    (
        "Insurance",
        "Contractor shall maintain commercial general liability insurance with limits of not less than $1,000,000 per occurrence.",
    ),
    ("Minimum Commitment", "Distributor shall purchase a minimum of 10,000 units in each Contract Year."),
    ("Minimum Commitment", "Licensee shall pay Licensor a guaranteed minimum annual royalty of $50,000."),
    (
        "Volume Restriction",
        "If usage exceeds 1,000 users, Customer shall pay an additional fee for each additional user.",
    ),
    (
        "Volume Restriction",
        "Supplier shall not be obligated to supply quantities in excess of 120% of the forecast.",
    ),
    ("Price Restrictions", "Supplier may not increase the prices by more than 3% in any calendar year."),
    ("Price Restrictions", "The fees shall not be increased during the initial term."),
    ("Revenue/Profit Sharing", "Licensee shall pay Licensor a royalty of five percent (5%) of Net Sales."),
    (
        "Revenue/Profit Sharing",
        "Affiliate will receive a commission equal to 20% of the revenue generated from referrals.",
    ),
    ("Exclusivity", "Manufacturer appoints Distributor as its exclusive distributor in the Territory."),
    ("Exclusivity", "Buyer shall purchase all of its requirements of the Product from Seller."),
    (
        "Non-Compete",
        "During the Term and for two years thereafter, Franchisee shall not engage in any business that competes with the System.",
    ),
    (
        "Competitive Restriction Exception",
        "Notwithstanding the foregoing, nothing in this Section shall prohibit Company from selling competing products outside the Territory.",
    ),
    (
        "No-Solicit Of Employees",
        "Neither party shall solicit for employment any employee of the other during the term.",
    ),
    (
        "No-Solicit Of Customers",
        "Agent agrees not to solicit or divert any customers of the Company for one year after termination.",
    ),
    ("Non-Disparagement", "The parties agree not to disparage each other or make derogatory statements."),
    (
        "Most Favored Nation",
        "Supplier warrants that the prices charged are no less favorable than those offered to any other customer.",
    ),
    ("Rofr/Rofo/Rofn", "Company grants Investor a right of first refusal to purchase the shares."),
    (
        "Rofr/Rofo/Rofn",
        "Before selling the premises, Landlord shall first offer them to Tenant on the same terms.",
    ),
    (
        "Warranty Duration",
        "Seller warrants the Products against defects in material and workmanship for a period of twelve months from delivery.",
    ),
    (
        "Post-Termination Services",
        "Upon termination, Vendor shall provide transition assistance for up to ninety days.",
    ),
    (
        "Post-Termination Services",
        "Following expiration, Distributor may sell off its remaining inventory for six months.",
    ),
    (
        "Covenant Not To Sue",
        "Licensee shall not contest the validity of the Licensed Patents or Licensor's ownership of the Marks.",
    ),
    (
        "Third Party Beneficiary",
        "The affiliates of Licensor are intended third party beneficiaries of this Agreement.",
    ),
)


@pytest.mark.parametrize(("category", "sentence"), TYPICAL)
def test_typical_wordings_of_many_kinds_of_contract_are_found(category: str, sentence: str) -> None:
    assert sentence in quotes(category, f"SERVICES AGREEMENT\n\n{sentence}\n")


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
