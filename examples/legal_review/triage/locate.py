"""Locating the 41 CUAD categories in a contract's text by rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from examples.legal_review.triage.limits import MOST_SPANS, USUAL
from examples.legal_review.triage.rules import RULES
from examples.legal_review.triage.segment import sentences
from examples.legal_review.triage.title import locate_title


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A place where a category is talked about; text[start:end] is the quote."""

    category: str
    start: int
    end: int
    score: float
    rule: str


def locate(text: str) -> list[Located]:
    """Return the places of all categories, sorted by their start; of each category the first few."""
    told: Counter[str] = Counter()
    kept: list[Located] = []
    for place in locate_all(text):
        told[place.category] += 1
        if place.category == "Parties" or told[place.category] <= MOST_SPANS.get(place.category, USUAL):
            kept.append(place)
    return kept


@lru_cache(maxsize=4)
def locate_all(text: str) -> tuple[Located, ...]:
    """Return every place that a rule finds, sorted by its start; of the last few texts it is known."""
    found: list[Located] = [
        Located(category=category, start=start, end=end, score=0.8, rule="title page")
        for category, start, end in locate_title(text)
    ]
    seen: set[tuple[str, int]] = set()
    for start, end in sentences(text):
        sentence = text[start:end]
        for number, rule in enumerate(RULES):
            if all(need.search(sentence) for need in rule.needs) and not any(
                bar.search(sentence) for bar in rule.bars
            ):
                place = Located(
                    category=rule.category,
                    start=start,
                    end=end,
                    score=rule.weight,
                    rule=f"{rule.category} {number}",
                )
                if (rule.category, start) not in seen:
                    seen.add((rule.category, start))
                    found.append(place)
    return tuple(sorted(found, key=lambda place: (place.start, place.category)))
