"""Dates of a contract, computed from its words by code, never by a model."""

from __future__ import annotations

import calendar
import datetime
import re
from typing import Literal

Unit = Literal["days", "weeks", "months", "years"]

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_FORMS = (
    re.compile(
        rf"\b(?P<month>{_NAME})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:day\s+of\s+)?(?P<month>{_NAME})\.?,?\s+(?P<year>\d{{4}})\b",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b"),
    re.compile(r"\b(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})\b"),
)


def find_date(text: str) -> datetime.date | None:
    """Return the first date in a text: `January 5, 2024`, `5th day of January, 2024`, `2024-01-05`, `1/5/2024` (US)."""
    found = [match for form in _FORMS if (match := form.search(text))]
    for match in sorted(found, key=lambda each: each.start()):
        month = match["month"]
        number = int(month) if month.isdigit() else _MONTHS[month.lower()]
        try:
            return datetime.date(int(match["year"]), number, int(match["day"]))
        except ValueError:
            continue
    return None


def add(base: datetime.date, amount: int, unit: Unit, *, business_days: bool = False) -> datetime.date:
    """Return a date so much later (or earlier, for a negative amount).

    A month later is the same day, or the month's last where there is none. Business days are Monday to Friday.
    """
    if unit == "weeks":
        return base + datetime.timedelta(weeks=amount)
    if unit == "days" and business_days:
        step = 1 if amount > 0 else -1
        left = abs(amount)
        while left:
            base += datetime.timedelta(days=step)
            left -= base.weekday() < 5
        return base
    if unit == "days":
        return base + datetime.timedelta(days=amount)
    months = base.month - 1 + amount * (12 if unit == "years" else 1)
    year, month = base.year + months // 12, months % 12 + 1
    return datetime.date(year, month, min(base.day, calendar.monthrange(year, month)[1]))
