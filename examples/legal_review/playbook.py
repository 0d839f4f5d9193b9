"""Playbooks: what one side wants of a contract, rule by rule, in TOML."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agentkit.errors import InputError
from examples.legal_review.amounts import Unit, amounts

BUNDLED = Path(__file__).with_name("playbooks")


class Bounds(BaseModel):
    """Bounds on an amount in a clause, such as days of notice; at least one of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    min: float | None = None
    max: float | None = None
    unit: Unit

    @model_validator(mode="after")
    def _bounds_something(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is more than max {self.max:g}")
        return self

    def broken_by(self, amount: float) -> str:
        """Say how an amount breaks the bounds; empty where it keeps them."""
        if self.min is not None and amount < self.min:
            return f"{_in_words(amount, self.unit)} is less than the playbook's {self.min:g}"
        if self.max is not None and amount > self.max:
            return f"{_in_words(amount, self.unit)} is more than the playbook's {self.max:g}"
        return ""


def _in_words(amount: float, unit: Unit) -> str:
    """Return `1 year`, `3 months of fees`, `EUR 50,000`, `12 percent`."""
    if unit in ("EUR", "USD", "GBP", "CHF"):
        return f"{unit} {amount:,.2f}".removesuffix(".00")
    if unit == "fee months":
        return f"{amount:g} month{'s' if amount != 1 else ''} of fees"
    return f"{amount:g} {unit if amount != 1 else unit.removesuffix('s')}"


class Rule(BaseModel):
    """One question to the contract, and which answers are good.

    Attributes:
        id: Stable name; findings and decisions refer to it.
        category: Group of rules; a CUAD category where one fits, so that the offline rules can locate it.
        title: Heading in the report.
        question: What the model looks for.
        position: What we want.
        required: Whether silence of the contract is a risk.
        applies_to: Kinds of contract (words of the type) to which the rule applies; all where empty.
        fallback: What we also accept.
        walk_away: What we never accept.
        must_have: Phrases of which the clause needs at least one; code decides.
        must_not: Phrases that the clause must not hold; code decides.
        bounds: Bounds on every amount of a unit in the clause; code decides.
        severity: Risk of a deviation.
        effort: How hard to think about it; `auto` leaves it to the router.
        search: Words for the second reading; each entry is one search.
        sample_clause: Wording to propose.
        owner: Whom to ask.
    """

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

    def applies(self, contract_type: str) -> bool:
        """Whether the rule is for this kind of contract; rules apply where the kind is not known."""
        return not self.applies_to or not contract_type or _names(contract_type, self.applies_to)


class Playbook(BaseModel):
    """Rules for one side.

    Attributes:
        name: What the report calls it.
        side: Whose side it takes.
        description: When to use it.
        contract_types: Words of the contract types that it is made for; any where empty.
        rule: The rules, in order.
    """

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

    def suits(self, contract_type: str) -> bool:
        """Whether the playbook is made for this kind of contract, as far as it says."""
        return not self.contract_types or not contract_type or _names(contract_type, self.contract_types)


def _names(contract_type: str, words: tuple[str, ...]) -> bool:
    return any(word.lower() in contract_type.lower() for word in words)


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
        broken = (rule.bounds.broken_by(amount) for amount in amounts(clause, rule.bounds.unit))
        reasons += [reason for reason in dict.fromkeys(broken) if reason]
    return Check(status="deviates" if reasons else "open", reasons=tuple(reasons))


def _has(flat: str, phrase: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(' '.join(phrase.lower().split()))}(?!\w)", flat) is not None
