"""Locating the 41 CUAD categories in a contract's text by rules."""

from __future__ import annotations

from dataclasses import dataclass

from examples.legal_review.triage.limits import MOST_SPANS
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
    """Return the places of all categories, sorted by their start."""
    found: list[Located] = [
        Located(category=category, start=start, end=end, score=0.8, rule="title page")
        for category, start, end in locate_title(text)
    ]
    by_category: dict[str, list[Located]] = {}
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
                by_category.setdefault(rule.category, []).append(place)
    for category, places in by_category.items():
        most = MOST_SPANS.get(category, 3)
        distinct = list({(place.start, place.end): place for place in places}.values())
        found += distinct[:most]
    return sorted(found, key=lambda place: (place.start, place.category))
