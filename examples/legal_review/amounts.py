"""Amounts in a clause: periods, percentages, money and multiples of the fees, in figures and in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Unit = Literal["days", "weeks", "months", "years", "percent", "fee months", "EUR", "USD", "GBP", "CHF"]
"""`fee months` are months of fees: `twelve (12) months' fees`, `two times the annual fees`."""

_ONES = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: number for number, word in enumerate(_ONES)} | {
    word: 10 * number for number, word in enumerate(_TENS, 2)
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_WORD = "|".join(sorted((*_WORDS, *_SCALES), key=len, reverse=True))
_SPELLED = rf"(?:{_WORD}|a(?=\s+(?:hundred|thousand|million)))(?:(?:[\s-]+|\s+and\s+)(?:{_WORD}))*"
_HALF = r"(?:\s+and\s+(?:one[\s-]half|a\s+half))?"
_FIGURE = r"\d[\d,]*(?:\.\d+)?(?:\s?(?:million|billion|thousand))?"
NUMBER = rf"(?:{_SPELLED}{_HALF}(?:\s+percent)?\s*\(\s*(?:{_FIGURE})\s*%?\s*\)|{_SPELLED}{_HALF}|{_FIGURE})"
"""A pattern for a number as contracts write it: `30`, `thirty`, `thirty (30)`, `1,000.50`."""

_CURRENCY = {"€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "us$": "USD", "usd": "USD", "dollars": "USD"} | {
    "u.s. dollars": "USD", "us dollars": "USD", "£": "GBP", "gbp": "GBP", "pounds": "GBP", "pounds sterling": "GBP", "chf": "CHF",
}  # fmt: skip
_CURRENCY_NAME = "|".join(re.escape(name) for name in sorted(_CURRENCY, key=len, reverse=True))
_PERIOD = re.compile(
    rf"(?<![\w.,$€£-])(?P<number>{NUMBER})[\s-]*(?:(?:calendar|business|working|consecutive|full|successive)[\s-]+)?"
    r"(?P<unit>days?|weeks?|months?|years?)\b",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    rf"(?<![\w.,$€£-])(?P<number>{NUMBER})\s*(?:%|per\s?cent\b|percentage\s+points?\b|(?<=%\)))",
    re.IGNORECASE,
)
_MONEY = re.compile(
    rf"(?<!\w)(?:(?P<before>{_CURRENCY_NAME})\s?(?P<a>{_FIGURE})|(?P<b>{NUMBER})\s?(?P<after>{_CURRENCY_NAME})(?!\w))",
    re.IGNORECASE,
)
_FEES = r"(?:[a-z]+\s+){0,2}(?:fees|charges)\b"
_FEE_MONTHS = (
    # twelve (12) months' fees; 12 months of subscription fees
    re.compile(
        rf"(?<![\w.,-])(?P<number>{NUMBER})\s+(?P<unit>month|year)s?['’]?\s+(?:of\s+)?{_FEES}", re.IGNORECASE
    ),
    # the fees paid in the three (3) months preceding; charges payable during the previous year
    re.compile(
        rf"\b(?:fees|charges|amounts|sums)\b[^.;]{{0,100}}?\b(?:in|during|for|over|within)\s+(?:the\s+|any\s+|a\s+)?(?:period\s+of\s+)?"
        rf"(?:preceding\s+|prior\s+|previous\s+|last\s+)?(?:(?P<number>{NUMBER})[\s-]*)?(?P<unit>month|year)s?\b",
        re.IGNORECASE,
    ),
    # two times the annual fees; 150% of the fees of one year
    re.compile(
        rf"(?<![\w.,-])(?P<times>{NUMBER})\s*(?P<per>%|percent|times|x)\s+(?:of\s+)?(?:the\s+)?(?:total\s+|aggregate\s+)?"
        r"(?P<unit>annual|yearly|monthly)\s+(?:[a-z]+\s+)?(?:fees|charges)\b",
        re.IGNORECASE,
    ),
)
_LIKE: dict[str, dict[str, float]] = {
    "days": {"days": 1, "weeks": 7},
    "weeks": {"weeks": 1, "days": 1 / 7},
    "months": {"months": 1, "years": 12},
    "years": {"years": 1, "months": 1 / 12},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number with its unit, and where it stands."""

    value: float
    unit: Unit
    start: int
    end: int


def amounts(text: str, unit: Unit) -> list[float]:
    """Return the amounts of a unit in a text, in order: `thirty (30) days`, `90 days`, `5%`, `EUR 50,000`.

    Days count as weeks and months as years, and the other way round. Days never count as months: a month has no fixed
    number of days.
    """
    return [each.value for each in find_amounts(text, unit)]


def find_amounts(text: str, unit: Unit) -> list[Amount]:
    """Return the amounts of a unit in a text, in order, with their places."""
    if unit == "percent":
        found = _percentages(text)
    elif unit == "fee months":
        found = _fee_months(text)
    elif unit in _LIKE:
        found = _periods(text, unit)
    else:
        found = (each for each in _money(text) if each.unit == unit)
    return sorted(found, key=lambda each: each.start)


def number_of(text: str) -> float | None:
    """Return the number that a text writes: `thirty (30)` is 30, `one and one-half` is 1.5; None where it is none."""
    low = " ".join(text.lower().replace("-", " ").split())
    figure = re.search(r"\d[\d,]*(?:\.\d+)?", low)
    if figure:
        scale = re.match(r"\s?(thousand|million|billion)", low[figure.end() :])
        return float(figure[0].replace(",", "")) * (_SCALES[scale[1]] if scale else 1)
    words, half, _ = low.replace("a half", "one half").partition(" and one half")
    number = _spelled(words.split())
    return None if number is None else number + (0.5 if half else 0)


def _spelled(words: list[str]) -> float | None:
    total, part, seen = 0, 0, False
    for word in words:
        if word in _WORDS:
            part += _WORDS[word]
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word in _SCALES:
            total, part = total + max(part, 1) * _SCALES[word], 0
        elif word not in ("and", "a", "percent"):
            return None
        seen = seen or word not in ("and", "a")
    return float(total + part) if seen else None


def _periods(text: str, unit: Unit) -> Iterator[Amount]:
    for match in _PERIOD.finditer(text):
        factor = _LIKE[unit].get(match["unit"].lower().rstrip("s") + "s")
        number = number_of(match["number"])
        if factor is not None and number is not None:
            yield Amount(value=number * factor, unit=unit, start=match.start(), end=match.end())


def _percentages(text: str) -> Iterator[Amount]:
    for match in _PERCENT.finditer(text):
        number = number_of(match["number"])
        if number is not None:
            yield Amount(value=number, unit="percent", start=match.start(), end=match.end())


def _money(text: str) -> Iterator[Amount]:
    for match in _MONEY.finditer(text):
        number = number_of(match["a"] or match["b"])
        currency: Unit = _CURRENCY[" ".join((match["before"] or match["after"]).lower().split())]  # type: ignore[assignment]
        if number is not None:
            yield Amount(value=number, unit=currency, start=match.start(), end=match.end())


def _fee_months(text: str) -> Iterator[Amount]:
    seen: set[int] = set()
    for form in _FEE_MONTHS:
        for match in form.finditer(text):
            parts = match.groupdict()
            number = number_of(parts.get("number") or parts.get("times") or "one")
            if number is None or match.end() in seen:
                continue
            seen.add(match.end())
            months = number * (1 if parts["unit"].lower() in ("month", "monthly") else 12)
            if parts.get("per") in ("%", "percent"):
                months /= 100
            yield Amount(value=months, unit="fee months", start=match.start(), end=match.end())
