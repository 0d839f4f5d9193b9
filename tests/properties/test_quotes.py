"""Quotes: every true retyping is accepted, every alteration is refused."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from random import Random

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from examples.legal_review.document.read import read
from examples.legal_review.quotes.verify import Source
from tests.properties.quote_kinds import (
    ALTERATIONS,
    RETYPINGS,
    clauses,
    hyphenated,
    places_to_cut,
    plain,
    wrapped,
)

CASES = int(os.environ.get("AGENTKIT_TEST_CASES", "1000"))
DATA = Path(__file__).parents[2] / ".." / "shared" / "data" / "contracts"
BARS = {"txt": 0.995, "pdf": 0.985}


def quote_from(sentences: list[str], random: Random) -> str:
    """Return one sentence, or a run of them, or some of its words."""
    first = random.randrange(len(sentences))
    quote = " ".join(sentences[first : first + random.randint(1, 2)])
    words = quote.split(" ")
    cuts = [0, *places_to_cut(words), len(words)]
    spans = [(start, end) for start in cuts for end in cuts if end - start >= 8]
    if spans and random.random() < 0.5:
        start, end = random.choice(spans)
        words = words[start:end]
    return " ".join(words)


def stands(quote: str, text: str) -> bool:
    """Whether a quote, however it was made, still is a run of whole words of the text."""
    wanted = re.escape(plain(quote).rstrip("."))
    return re.search(rf"(?:^|(?<=[ ('])){wanted}(?=$|[ ;)']|[.,](?!\d))", plain(text)) is not None


def all_parts_once(quote: str, text: str) -> bool:
    """Whether each part of a shortened quote stands in one place only; short parts must."""
    parts = [plain(part) for part in re.split(r"\.\.\.|…|\[|\]", quote) if part.strip()]
    return all(plain(text).count(part) == 1 for part in parts)


def test_true_retypings_are_accepted_and_alterations_are_refused() -> None:
    """One test, so that the kinds can be counted at its end."""
    retyped: Counter[str] = Counter()
    altered: Counter[str] = Counter()

    @settings(max_examples=CASES, deadline=None)
    @given(st.integers(min_value=0, max_value=2**64 - 1))
    def check(seed: int) -> None:
        random = Random(seed)  # faster than hypothesis' own, and spread evenly over the kinds
        sentences = clauses(random)
        logical = " ".join(sentences)
        rendered = wrapped(logical, random)
        source, broken = Source(rendered), Source(hyphenated(rendered, random))
        quote = quote_from(sentences, random)
        for kind in random.sample(sorted(RETYPINGS), 8):
            made = RETYPINGS[kind](quote, random)
            if made is None or (kind == "an ellipsis" and not all_parts_once(made, logical)):
                continue
            retyped[kind] += 1
            verdict = source.verify(made)
            assert verdict.accepted, (kind, made, verdict.reason, rendered)
            assert verdict.start is not None
            assert verdict.end is not None
            found = rendered[verdict.start : verdict.end]
            assert _letters(found)[:9] == _letters(made)[:9], (kind, found, made)
            event(f"retyped: {kind}: {verdict.match}")
        assert broken.verify(quote).accepted, ("hyphenation at a line's end", quote, broken.text)
        for kind in random.sample(sorted(ALTERATIONS), 24):
            made = ALTERATIONS[kind](quote, random)
            if made is None or stands(made, logical):
                continue
            altered[kind] += 1
            event(f"altered: {kind}")
            verdict = source.verify(made)
            assert not verdict.accepted, (kind, made, verdict.match, rendered)

    check()
    if CASES >= 1000:
        assert set(retyped) == set(RETYPINGS)
        assert set(altered) == set(ALTERATIONS)


TEXT = (
    "17. FORCE MAJEURE. XIMAGE shall not be liable for delay beyond its control.\n\n18. LIMITATION OF LIABILITY\n\n"
    "The Seller shall deliver the goods in good order. The goods are insured by the Buyer. The Buyer shall pay the price"
    " within thirty (30) days after the 17t h day of each month, and shall not under any circumstances set it off."
)


@pytest.mark.parametrize(
    ("quote", "accepted"),
    [
        ("17. Force Majeure. XIMAGE shall not be liable for delay", True),
        ("17. FORCE MAJEURE. Ximage shall not be liable for delay", False),
        ("18. limitation of liability The Seller shall deliver", True),
        ("shall deliver the goods in good order. ... The Buyer shall pay the price", True),
        ("The Seller shall deliver the goods ... The Buyer shall pay the price", True),
        ("The Seller shall deliver the goods ... shall pay the price within", False),
        ("thirty (30) days after the 17th day of each month", True),
        ("thirty (30) days after the 17 th day of each month", False),
        ("of each month, and shall ... under any circumstances set it off", False),
        ("of each month, and shall ... any circumstances set it off", False),
    ],
)
def test_capitals_ellipses_and_ordinals(quote: str, accepted: bool) -> None:
    verdict = Source(TEXT).verify(quote)
    assert verdict.accepted is accepted, verdict.reason


def test_a_patchwork_is_refused_before_it_costs_anything() -> None:
    text = "alpha beta gamma delta epsilon zeta eta theta. " * 4_000
    verdict = Source(text).verify(" ... ".join(["alpha beta gamma delta epsilon zeta eta theta"] * 400))
    assert not verdict.accepted
    assert "at most 12" in verdict.reason
    assert not Source("short text").verify("long " * 5_000).accepted


def _letters(text: str) -> str:
    text = unicodedata.normalize("NFC", text).replace("ﬁ", "fi").replace("ﬃ", "ffi")
    return re.sub(r"[\W_]", "", text).lower()


@pytest.mark.parametrize("kind", ["txt", "pdf"])
def test_quotes_of_real_contracts_meet_the_bars(kind: str) -> None:
    if not DATA.exists():
        pytest.skip("the sample contracts (../shared/data/contracts) are not here")
    rows = defaultdict(list)
    for line in (DATA / "quote_faults.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        rows[row["contract_id"]].append(row)
    accepted: Counter[bool] = Counter()
    total: Counter[bool] = Counter()
    for name, quotes in rows.items():
        source = Source(read(DATA / kind / f"{name}.{kind}").text)
        for row in quotes:
            total[row["label"]] += 1
            accepted[row["label"]] += source.verify(row["quote"]).accepted
    assert accepted[False] == 0
    assert accepted[True] / total[True] >= BARS[kind]
