"""Playbooks: what one side wants of a contract, rule by rule, in TOML."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agentkit.errors import InputError

BUNDLED = Path(__file__).with_name("playbooks")


class Bounds(BaseModel):
    """Bounds on an amount in a clause, such as days of notice."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    min: float | None = None
    max: float | None = None
    unit: Literal["days", "months", "years", "percent"]


class Rule(BaseModel):
    """One question to the contract, and which answers are good."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=40)]
    category: str
    title: str
    question: str
    position: str
    required: bool = False
    applies_to: tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()
    walk_away: tuple[str, ...] = ()
    must_have: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    bounds: Bounds | None = None
    severity: Literal["low", "medium", "high"] = "medium"
    effort: Literal["auto", "none", "high"] = "auto"
    search: tuple[str, ...] = ()
    sample_clause: str = ""
    owner: str = ""


class Playbook(BaseModel):
    """Rules for one side."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    side: str
    description: str = ""
    contract_types: tuple[str, ...] = ()
    rule: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, in order."""
        return self.rule


def load_playbook(path: Path) -> Playbook:
    """Read a playbook; a bare name takes a bundled one.

    Raises:
        InputError: The file is missing, no TOML, or a field is wrong; the message names rule and field.
    """
    if not path.exists() and not path.suffix and (BUNDLED / f"{path}.toml").exists():
        path = BUNDLED / f"{path}.toml"
    try:
        fields = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        bundled = ", ".join(sorted(each.stem for each in BUNDLED.glob("*.toml")))
        raise InputError(f"There is no playbook {path}.", hint=f"Bundled ones: {bundled}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise InputError(
            f"The playbook {path.name} cannot be read: {error}.", hint="It is a TOML file."
        ) from None
    rules = fields.get("rule")
    try:
        playbook = Playbook.model_validate({**fields.get("playbook", {}), "rule": rules or []}, strict=False)
    except ValidationError as error:
        raise InputError(
            f"The playbook {path.name} is wrong: {_where(error, rules)}.",
            hint="See playbooks/saas-customer.toml.",
        ) from None
    ids = [rule.id for rule in playbook.rules]
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise InputError(
            f"The playbook {path.name} has two rules {twice[0]!r}.", hint="Give each rule its own id."
        )
    return playbook


def _where(error: ValidationError, rules: object) -> str:
    first = error.errors(include_url=False)[0]
    place = [str(part) for part in first["loc"]]
    if len(place) > 1 and place[0] == "rule" and isinstance(rules, list) and place[1].isdigit():
        given = rules[int(place[1])]
        place[:2] = [f"rule {given.get('id', place[1]) if isinstance(given, dict) else place[1]}"]
    return f"{', '.join(place) or 'the file'}: {first['msg']}"


_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "fifteen": 15, "eighteen": 18, "twenty": 20, "twenty-four": 24, "thirty": 30, "thirty-six": 36,
    "forty-five": 45, "sixty": 60, "ninety": 90, "one hundred twenty": 120, "one hundred eighty": 180,
}  # fmt: skip
_AMOUNT = re.compile(
    r"(?:(?P<word>one hundred (?:twenty|eighty)|[a-z]+(?:-[a-z]+)?)\s+)?(?:\((?P<paren>\d[\d,.]*)\)\s*%?|(?P<plain>\d[\d,.]*))?"
    r"\s*(?:(?:calendar|business|working|consecutive|full)[\s-]+)?(?P<unit>days?|months?|years?|percent|%)",
    re.IGNORECASE,
)


def amounts(text: str, unit: str) -> list[float]:
    """Return the amounts of a unit in a text: `thirty (30) days`, `90 days`, `5%`, `twelve months`."""
    found: list[float] = []
    for match in _AMOUNT.finditer(text):
        named = "percent" if match["unit"] == "%" else match["unit"].lower().rstrip("s") + "s"
        if named.replace("percents", "percent") != unit:
            continue
        digits = match["paren"] or match["plain"]
        word = (match["word"] or "").lower()
        if digits:
            found.append(float(digits.rstrip(".,").replace(",", "")))
        elif word in _NUMBERS:
            found.append(float(_NUMBERS[word]))
    return found


class Check(BaseModel):
    """What code alone can say of a clause."""

    model_config = ConfigDict(frozen=True)
    status: Literal["deviates", "open"]
    reasons: tuple[str, ...] = ()


def check_clause(rule: Rule, clause: str) -> Check:
    """Compare a clause with what of a rule code can decide: bounds, words that must and must not be there.

    Words are compared as words, whatever their case; a playbook holds no patterns.
    """
    flat = " ".join(clause.lower().split())
    reasons = [
        f"it says “{phrase}”, which the playbook rules out" for phrase in rule.must_not if _has(flat, phrase)
    ]
    if rule.must_have and not any(_has(flat, phrase) for phrase in rule.must_have):
        reasons.append(f"it has none of: {', '.join(rule.must_have)}")
    if rule.bounds is not None:
        for amount in amounts(clause, rule.bounds.unit):
            if rule.bounds.min is not None and amount < rule.bounds.min:
                reasons.append(
                    f"{amount:g} {rule.bounds.unit} is less than the playbook's {rule.bounds.min:g}"
                )
            elif rule.bounds.max is not None and amount > rule.bounds.max:
                reasons.append(
                    f"{amount:g} {rule.bounds.unit} is more than the playbook's {rule.bounds.max:g}"
                )
    return Check(status="deviates" if reasons else "open", reasons=tuple(reasons))


def _has(flat: str, phrase: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(' '.join(phrase.lower().split()))}(?!\w)", flat) is not None
