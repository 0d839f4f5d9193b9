"""Dates that follow from the words of a contract."""

from __future__ import annotations

import datetime

import pytest

from examples.legal_review.model import KeyDate, Span
from examples.legal_review.timeline import compute

DATED = 'This Agreement is made as of March 1, 2026 (the "Effective Date").'
TERM = (
    "The initial term commences on the Effective Date and continues for a period of thirty-six (36) months."
)
RENEWAL = (
    "This Agreement shall automatically renew for successive periods of twelve (12) months each, unless either Party gives"
    " notice at least ninety (90) days before the end of the then-current term."
)


def dates(*sentences: str, payments: tuple[str, ...] = ()) -> list[KeyDate]:
    return compute([span(each) for each in sentences], [span(each) for each in payments])


def span(sentence: str) -> Span:
    return Span(
        quote=sentence, start=0, end=len(sentence), match="exact", sentence=sentence, source_sha256="0"
    )


def day(found: list[KeyDate], kind: str) -> datetime.date | None:
    return next(each.date for each in found if each.kind == kind)


def test_term_renewal_and_notice_are_counted_from_the_effective_date() -> None:
    found = dates(RENEWAL, TERM, DATED)
    assert day(found, "effective") == datetime.date(2026, 3, 1)
    assert day(found, "expiry") == datetime.date(2029, 2, 28)
    assert day(found, "renewal") == datetime.date(2029, 3, 1)
    assert day(found, "notice") == datetime.date(2028, 11, 30)


@pytest.mark.parametrize(
    ("sentence", "end"),
    [
        ("This Agreement expires on 31 December 2030.", "2030-12-31"),
        ("This Agreement shall remain in effect until June 30, 2027.", "2027-06-30"),
        ("This Agreement begins on the Effective Date and ends one (1) year later.", "2027-02-28"),
        ("The term of this Agreement is two years.", "2028-02-29"),
    ],
)
def test_the_end_is_read_or_counted(sentence: str, end: str) -> None:
    assert day(dates(DATED, sentence), "expiry") == datetime.date.fromisoformat(end)


@pytest.mark.parametrize(
    "sentence",
    [
        "The duties of confidence survive for a term of five (5) years after the end.",
        "A party in breach must cure within thirty (30) days after notice during the term.",
        "Seller warrants the goods for a period of twelve months.",
    ],
)
def test_other_periods_are_no_term(sentence: str) -> None:
    assert {each.kind for each in dates(DATED, sentence)} == {"effective"}


def test_what_counts_from_an_unknown_day_stays_without_a_date() -> None:
    found = dates(
        RENEWAL,
        payments=("Customer shall pay all Fees within thirty (30) days after receipt of an invoice.",),
    )
    assert [(each.kind, each.date) for each in found] == [("notice", None), ("payment", None)]
    assert found[1].rule == "30 days after receipt of an invoice"


@pytest.mark.parametrize(
    "sentence",
    [
        "Certificates shall be renewed thirty (30) days before the expiration of each such policy.",
        "Orders are placed ninety (90) days before the delivery date.",
    ],
)
def test_notices_that_are_not_about_the_term_are_left_out(sentence: str) -> None:
    assert "notice" not in {each.kind for each in dates(DATED, TERM, sentence)}


def test_an_impossible_period_gives_no_date_and_no_error() -> None:
    assert {each.kind for each in dates(DATED, "The term of this Agreement is 99999 years.")} == {"effective"}
