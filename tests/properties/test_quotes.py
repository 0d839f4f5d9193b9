"""Quotes: what re-typing changes is forgiven, what changes a meaning never is."""

from __future__ import annotations

import collections
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from examples.legal_review.document.read import read
from examples.legal_review.quotes.verify import Source

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "contracts"

CLAUSES = (
    "The Supplier shall deliver 510 units within 30 days after the Effective Date.",
    "The total liability of either party shall not exceed $1.5 million or 12.5% of the Fees, whichever is less.",
    "The Customer may resign the account by notice in writing - at any time - without cause.",
    "Neither party may assign this Agreement without the prior written consent of the other party.",
    "Interest accrues at 8% per year on amounts ≥ £500 and is waived below that amount.",
    "The ratio of Debt to Equity must be at least 112 to 100 at the end of each quarter.",
    "The temperature of the goods must not fall below 5 degrees during transport.",
    "LIMITATION OF LIABILITY",
    "IN NO EVENT SHALL THE PROVIDER BE LIABLE FOR LOST PROFITS OF ANY KIND.",
    "The “Initial Term” runs for thirty-six (36) months and renews for successive periods of one year each.",
    "The Licensee's non-exclusive right covers re-exports, sub-licences and e-mail support for up to 40 users.",
    "Either party may terminate this Agreement upon ninety (90) days prior written notice to the other party.",
    "The area of the premises is 250 m² and the rent is €2,500 per month, payable in advance.",
    "Therein the parties agree that the goods remain in tact and that title passes on delivery.",
)


@st.composite
def contracts(draw: st.DrawFn) -> tuple[str, str]:
    """A contract, wrapped as extraction wraps it, and one of its clauses as it was written."""
    chosen = draw(st.lists(st.sampled_from(CLAUSES), min_size=3, max_size=8, unique=True))
    clause = draw(st.sampled_from(chosen))
    assume(len(clause.split()) >= 8)
    wrapped: list[str] = []
    for number, each in enumerate(chosen, 1):
        words, line = each.split(" "), ""
        lines: list[str] = []
        for word in words:
            if line and len(line) + len(word) > draw(st.sampled_from([38, 60, 90])):
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}".strip()
        wrapped.append(f"{number}. " + draw(st.sampled_from(["\n", "\r\n", " \n"])).join([*lines, line]))
    return draw(st.sampled_from(["\n\n", "\n", "\n   \n"])).join(wrapped), clause


def _typographic(quote: str) -> str:
    return quote.replace("'", "’").replace("“", '"').replace("”", '"')


FORGIVEN: dict[str, Callable[[str], str]] = {
    "as written": lambda quote: quote,
    "quotation marks": _typographic,
    "no final stop": lambda quote: quote.removesuffix("."),
    "doubled spaces": lambda quote: quote.replace(" ", "  "),
    "non-breaking spaces": lambda quote: quote.replace(" ", "\u00a0"),
    "line breaks elsewhere": lambda quote: quote.replace(" ", "\n", 3),
    "dashes": lambda quote: quote.replace(" - ", " – "),
    "soft hyphens": lambda quote: quote.replace("par", "p\u00adar"),
    "ligatures": lambda quote: quote.replace("fi", "ﬁ"),
    "a part": lambda quote: " ".join(quote.split(" ")[1:-1]) if not _touchy_edges(quote) else quote,
    "case of a heading": lambda quote: quote.capitalize() if quote.isupper() else quote,
}


def _touchy_edges(quote: str) -> bool:
    words = quote.split(" ")
    return (
        any(re.search(r"[\d$€£%≥-]", word) for word in (words[0], words[1], words[-2], words[-1]))
        or words[1] == "-"
    )


def _swap(old: str, new: str) -> Callable[[str], str]:
    return lambda quote: quote.replace(old, new, 1)


def _sub(pattern: str, new: str) -> Callable[[str], str]:
    return lambda quote: re.sub(pattern, new, quote, count=1)


ALTERED: dict[str, Callable[[str], str]] = {
    "510 as 5-10": _swap("510", "5-10"), "510 as 5,10": _swap("510", "5,10"), "510 as 5 10": _swap("510", "5 10"),
    "112 as 1/2": _swap("112", "1/2"), "112 as 1½": _swap("112", "1½"), "12.5 as 125": _swap("12.5", "125"),
    "1.5 as 15": _swap("1.5", "15"), "currency": _swap("£500", "€500"), "dollar as euro": _swap("$1.5", "€1.5"),
    "currency dropped": _swap("€2,500", "2,500"), "minus": _swap(" 5 ", " -5 "), "comparison": _swap("≥", "≤"),
    "comparison dropped": _swap("≥ ", ""), "percent dropped": _sub(r"(\d)%", r"\1"), "percent as per mille": _swap("%", "‰"),
    "superscript": _swap("m²", "m2"), "resign as re-sign": _swap("resign", "re-sign"), "hyphen dropped": _swap("re-exports", "reexports"),
    "non- dropped": _swap("non-exclusive", "exclusive"), "therein as there in": _swap("Therein", "There in"),
    "in tact as intact": _swap("in tact", "intact"), "words joined": _swap("shall deliver", "shalldeliver"),
    "may as shall": _swap(" may ", " shall "), "not dropped": _swap(" not ", " "), "shall as may": _swap(" shall ", " may "),
    "neither as either": _swap("Neither", "Either"), "number changed": _sub(r"\b(\d)", lambda m: str((int(m[1]) + 1) % 10)),  # type: ignore[arg-type]
    "digit appended": _sub(r"(\d)\b", r"\g<1>0"), "digit dropped": _sub(r"(\d)(\d)", r"\1"), "fullwidth digit": _sub("5", "５"),
    "cyrillic a": _swap("a", "а"), "accent": _swap("e", "é"), "case of a word": _swap("party", "Party"),
    "word order": lambda quote: " ".join([*quote.split(" ")[1::-1], *quote.split(" ")[2:]]),
    "word dropped": lambda quote: " ".join(word for place, word in enumerate(quote.split(" ")) if place != 4),
    "word inserted": lambda quote: " ".join([*quote.split(" ")[:4], "mutually", *quote.split(" ")[4:]]),
    "start in a word": lambda quote: quote[1:], "comma moved": _swap(",", ""), "apostrophe dropped": _swap("'s", "s"),
    "parenthesis dropped": _sub(r"\((\d+)\)", r"\1"), "days as months": _swap("days", "months"), "space in a number": _sub(r"(\d)(\d)", r"\1 \2"),
    "joined over a gap": lambda quote: " ".join([*quote.split(" ")[:4], *quote.split(" ")[-4:]]),
    "parts out of order": lambda quote: " ... ".join([" ".join(quote.split(" ")[-4:]), " ".join(quote.split(" ")[:4])]),
}  # fmt: skip


@given(contracts(), st.sampled_from(sorted(FORGIVEN)))
def test_what_retyping_changes_is_forgiven(made: tuple[str, str], kind: str) -> None:
    text, clause = made
    quote = FORGIVEN[kind](clause)
    verdict = Source(text).verify(quote)
    assert verdict.accepted, (kind, quote, verdict.reason, text)
    assert verdict.start is not None
    assert verdict.end is not None
    solid = re.sub(r"[\W_]+", "", clause).lower()
    assert re.sub(r"[\W_]+", "", text[verdict.start : verdict.end]).lower() in solid


@given(contracts(), st.sampled_from(sorted(ALTERED)))
def test_what_changes_a_meaning_is_rejected(made: tuple[str, str], kind: str) -> None:
    text, clause = made
    quote = ALTERED[kind](clause)
    assume(quote != clause)
    verdict = Source(text).verify(quote)
    assert not verdict.accepted, (kind, quote, text)


@pytest.mark.parametrize("kind", sorted(ALTERED))
def test_each_kind_of_alteration_is_rejected_wherever_it_applies(kind: str) -> None:
    source = Source("\n\n".join(CLAUSES))
    altered = [(clause, ALTERED[kind](clause)) for clause in CLAUSES if len(clause.split()) >= 8]
    changed = [quote for clause, quote in altered if quote != clause]
    assert changed
    assert [quote for quote in changed if source.verify(quote).accepted] == []


@pytest.mark.parametrize(
    "text", ["paid in 30\ndays", "paid in 130 days", "paid in 30 days-worth", "paid in 2.30 days"]
)
def test_a_short_quote_must_be_exact_and_whole(text: str) -> None:
    assert Source("paid in 30 days from then").verify("30 days").match == "exact"
    assert not Source(text).verify("30 days").accepted


def test_an_ellipsis_is_checked_part_by_part_in_order() -> None:
    text = "The Supplier shall deliver the goods in good order and shall insure them against loss until they arrive."
    source = Source(text)
    assert source.verify("The Supplier shall deliver ... insure them against loss").accepted
    assert not source.verify("insure them against loss ... The Supplier shall deliver").accepted
    assert not source.verify("The Supplier shall ... insure them against loss").accepted
    dotted = Source("Name: ...... (the Buyer), and the price is [***] per unit sold.")
    assert dotted.verify("the price is [***] per unit sold").accepted


@pytest.mark.parametrize("kind", ["txt", "pdf"])
def test_the_development_contracts_meet_the_bars(kind: str) -> None:
    if not SHARED.is_dir():
        pytest.skip("the development contracts are not here")
    rows = [json.loads(line) for line in (SHARED / "quote_faults.jsonl").read_text("utf-8").splitlines()]
    sources: dict[str, Source] = {}
    right: collections.Counter[bool] = collections.Counter()
    total: collections.Counter[bool] = collections.Counter()
    for row in rows:
        name = row["contract_id"]
        if name not in sources:
            sources[name] = Source(read(SHARED / kind / f"{name}.{kind}").text)
        total[row["label"]] += 1
        right[row["label"]] += sources[name].verify(row["quote"]).accepted
    assert right[False] == 0
    assert right[True] / total[True] >= (0.995 if kind == "txt" else 0.985)
