"""Dates of a contract, computed from its words by code, never by a model."""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass
from typing import Literal

from agentkit.errors import InputError
from examples.legal_review.amounts import NUMBER, number_of

Unit = Literal["days", "weeks", "months", "years"]

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY = r"(?P<day>\d{1,2})(?:\s?(?:st|nd|rd|th))?"
_FORMS = tuple(
    re.compile(rf"(?<![\w/.-]){form}(?![\w/-])", re.IGNORECASE)
    for form in (
        rf"(?P<month>{_NAME})\.?\s+{_DAY}\s*,?\s+(?P<year>\d{{4}})",
        rf"{_DAY}\s+(?:(?:day\s+)?of\s+)?(?P<month>{_NAME})\.?\s*,?\s+(?P<year>\d{{4}})",
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",
        r"(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d{4})",
    )
)
_OFFSET = re.compile(
    rf"(?<![\w.,-])(?P<number>{NUMBER})\s+(?P<business>(?:business|working)\s+)?(?:(?:calendar|consecutive|full)\s+)?"
    r"(?P<unit>day|week|month|year)s?['’]?\s+(?:(?:written|prior|advance)\s+){0,2}(?:notice\s+)?"
    r"(?P<way>before|prior\s+to|preceding|after|following|from|of)\s+(?P<anchor>[^.;:,()]{3,80})",
    re.IGNORECASE,
)


def find_date(text: str, *, day_first: bool | None = None) -> datetime.date | None:
    """Return the first date in a text.

    Read are `January 5, 2024`, `5 January 2024`, `5th day of January, 2024`, `2024-01-05`, `05.01.2024` and `13/1/2024`.

    Args:
        text: Any text.
        day_first: How to read `1/5/2024`. Where it is left out, such a date counts only if one reading is possible: no
            date is better than the wrong one.
    """
    found = sorted((match for form in _FORMS for match in form.finditer(text)), key=lambda each: each.start())
    return next((date for match in found if (date := _date(match, day_first)) is not None), None)


def _date(match: re.Match[str], day_first: bool | None) -> datetime.date | None:
    parts = match.groupdict()
    if "first" in parts:
        first, second = int(parts["first"]), int(parts["second"])
        european, american = _make(match["year"], second, first), _make(match["year"], first, second)
        if day_first is not None:
            return european if day_first else american
        possible = {each for each in (european, american) if each is not None}
        return possible.pop() if len(possible) == 1 else None
    month = parts["month"]
    return _make(match["year"], int(month) if month.isdigit() else _MONTHS[month.lower()], int(parts["day"]))


def _make(year: str, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(int(year), month, day)
    except ValueError:
        return None


def add(base: datetime.date, amount: int, unit: Unit, *, business_days: bool = False) -> datetime.date:
    """Return a date so much later (or earlier, for a negative amount).

    A month later is the same day, or the month's last where there is none. Business days are Monday to Friday; holidays
    are not known.

    Raises:
        InputError: The date would lie outside the years 1 to 9999.
    """
    try:
        if unit == "weeks":
            return base + datetime.timedelta(weeks=amount)
        if unit == "days":
            return _business(base, amount) if business_days else base + datetime.timedelta(days=amount)
        months = base.month - 1 + amount * (12 if unit == "years" else 1)
        year, month = base.year + months // 12, months % 12 + 1
        return datetime.date(year, month, min(base.day, calendar.monthrange(year, month)[1]))
    except (OverflowError, ValueError):
        raise InputError(
            f"{amount} {unit} from {base} is no date.", hint="Look at the clause: the number may be misread."
        ) from None


def _business(base: datetime.date, amount: int) -> datetime.date:
    """Whole weeks at once, so that an absurd number costs nothing."""
    sign = 1 if amount > 0 else -1
    weeks, left = divmod(abs(amount), 5)
    date = base + datetime.timedelta(weeks=sign * weeks)
    while left or (amount and date.weekday() > 4):
        date += datetime.timedelta(days=sign if left else -sign)
        left -= bool(left) and date.weekday() < 5
    return date


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """A distance from something that the text names: `60 days before the expiry of the Initial Term`."""

    amount: int
    unit: Unit
    business_days: bool
    before: bool
    anchor: str

    def from_date(self, base: datetime.date) -> datetime.date:
        """Return the date that lies this far from a date."""
        return add(
            base, -self.amount if self.before else self.amount, self.unit, business_days=self.business_days
        )

    def in_words(self) -> str:
        """Return it as a short phrase."""
        unit = f"business {self.unit}" if self.business_days else self.unit
        return f"{self.amount} {unit} {'before' if self.before else 'after'} {self.anchor}"


_UNITS: dict[str, Unit] = {"day": "days", "week": "weeks", "month": "months", "year": "years"}


def find_offsets(text: str) -> list[Offset]:
    """Return the distances that a text names, in order."""
    found: list[Offset] = []
    for match in _OFFSET.finditer(" ".join(text.split())):
        number = number_of(match["number"])
        if number is None or number != int(number):
            continue
        way = match["way"].lower()
        found.append(
            Offset(
                amount=int(number),
                unit=_UNITS[match["unit"].lower()],
                business_days=match["business"] is not None,
                before=way.startswith(("before", "prior", "preceding")),
                anchor=match["anchor"].strip(),
            )
        )
    return found
