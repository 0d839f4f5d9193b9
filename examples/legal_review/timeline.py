"""Dates and obligations. The model only points at sentences; dates are computed from their words by code."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agentkit.errors import InputError
from examples.legal_review import chunks, prompts
from examples.legal_review.amounts import find_amounts
from examples.legal_review.answers import ObligationFact
from examples.legal_review.dates import Offset, Unit, add, find_date, find_offsets
from examples.legal_review.evidence import Evidence, gather
from examples.legal_review.model import KeyDate, Obligation, RejectedClaim, Span
from examples.legal_review.tools import Desk
from examples.legal_review.work import Work

MOST_OBLIGATIONS = 60

_BEGINS = re.compile(
    r"[\"“']effective\s+date|\b(?:dated|made|entered\s+into|effective|executed|commenc\w+|begin\w*|takes?\s+effect)\b",
    re.IGNORECASE,
)
_ENDS_ON = re.compile(
    r"\b(?:until|through|expir\w+|ends?|terminat\w+|to\s+and\s+including)\b[^.;]{0,60}$", re.IGNORECASE
)
_RUNS = re.compile(
    r"\b(?:term|agreement|contract|lease)\b[^.;]{0,160}\b(?:continu\w*|remain\w*|ends?|is|be|of|for|effective|in\s+(?:force|effect))\b",
    re.IGNORECASE,
)
_RENEWS = re.compile(r"\b(?:renew\w*|extend\w*)\b", re.IGNORECASE)
_AN_END = re.compile(
    r"(?!.*\b(?:polic(?:y|ies)|insurance|orders?|warranty|work|project)\b)"
    r".*\b(?:term|agreement|contract|lease|renewal|anniversary|expir\w+\s+date|(?:initial|current|extended)\s+period)\b",
    re.IGNORECASE,
)
_SURVIVES = re.compile(
    r"\b(?:surviv\w+|thereafter|warrant\w*|notice|cure|invoices?|pay\w*|fees|insurance|during\s+the)\b",
    re.IGNORECASE,
)
_PAYS = re.compile(r"\b(?:pay|pays|paid|payment|payable|invoices?|fees)\b", re.IGNORECASE)
_TERM_CATEGORIES = (
    "Effective Date",
    "Agreement Date",
    "Expiration Date",
    "Renewal Term",
    "Notice Period To Terminate Renewal",
)


@dataclass
class Timeline:
    """What is computed so far."""

    dates: list[KeyDate] = field(default_factory=list[KeyDate])
    begins: datetime.date | None = None
    ends: datetime.date | None = None

    def note(self, kind: str, date: datetime.date | None, label: str, rule: str, span: Span) -> None:
        """Add a date, unless the same one is known."""
        entry = KeyDate.model_validate(
            {"kind": kind, "date": date, "label": label, "rule": rule, "span": span}
        )
        same = [each for each in self.dates if (each.kind, each.date) == (kind, date)]
        if not same or (date is None and all(each.rule != rule for each in same)):
            self.dates.append(entry)


async def key_dates(
    work: Work,
    desk: Desk,
    quotes: Sequence[str],
    evidence: dict[str, Evidence],
    obligations: Iterable[Obligation],
) -> tuple[list[KeyDate], list[RejectedClaim]]:
    """Return the dates that follow from the sentences the model named and from the clauses found on term and renewal."""
    found = await gather(work, desk, "dates", quotes)
    categories = {rule.id: rule.category for rule in desk.playbook.rules}
    clauses = [
        span
        for rule_id, each in evidence.items()
        if categories.get(rule_id) in _TERM_CATEGORIES
        for span in each.spans
    ]
    spans = list({span.sentence: span for span in [*found.spans, *clauses]}.values())
    return compute(spans, [obligation.span for obligation in obligations]), found.rejected


def compute(spans: Sequence[Span], payments: Sequence[Span] = ()) -> list[KeyDate]:
    """Compute dates from sentences on term, renewal and notice, and from sentences on payment.

    The end of a term is the day before the same day of a later month: a year from 1 March 2026 ends on 28 February 2027.
    What cannot be computed, because the day that it counts from is not known, stays without a date.
    """
    line = Timeline()
    for span in spans:
        _stated(line, span)
    for span in spans:
        _term(line, span)
    for span in spans:
        _renewal(line, span)
        _notice(line, span)
    for span in payments:
        _payment(line, span)
    return sorted(line.dates, key=lambda each: each.date or datetime.date.max)


def _stated(line: Timeline, span: Span) -> None:
    """Take the date that a sentence states."""
    date = find_date(span.sentence)
    if date is None:
        return
    before = span.sentence[: _year(span.sentence, date)]
    if _ENDS_ON.search(before):
        line.ends = line.ends or date
        line.note("expiry", date, "End of the term", "stated", span)
    elif _BEGINS.search(span.sentence):
        line.begins = line.begins or date
        line.note("effective", date, "Effective date", "stated", span)
    else:
        line.note("other", date, "Date in the contract", "stated", span)


def _year(sentence: str, date: datetime.date) -> int:
    """Return the offset of the date's year: what stands before it says what the date is."""
    return max(0, sentence.find(str(date.year)))


def _term(line: Timeline, span: Span) -> None:
    """Count the end of the term from its beginning: `continues for a period of thirty-six (36) months`."""
    sentence = span.sentence
    if (
        line.begins is None
        or line.ends
        or not _RUNS.search(sentence)
        or _RENEWS.search(sentence)
        or _SURVIVES.search(sentence)
    ):
        return
    period = _period(sentence)
    if period is not None:
        amount, unit = period
        line.ends = _moved(_moved(line.begins, amount, unit), -1, "days")
        if line.ends is not None:
            rule = f"{amount} {unit} from {line.begins.isoformat()}, to the day before"
            line.note("expiry", line.ends, "End of the initial term", rule, span)


def _renewal(line: Timeline, span: Span) -> None:
    """The day after the end, if the contract renews by itself."""
    if not re.search(
        r"\bautomatic\w*\b|\bshall\s+(?:be\s+)?renew|\brenews\b", span.sentence, re.IGNORECASE
    ) or not _RENEWS.search(span.sentence):
        return
    period = _period(span.sentence)
    length = f" for {period[0]} {period[1]}" if period else ""
    if line.ends is not None:
        date = _moved(line.ends, 1, "days")
        line.note(
            "renewal", date, f"Renews by itself{length}", f"the day after {line.ends.isoformat()}", span
        )


def _notice(line: Timeline, span: Span) -> None:
    """The last day for a notice that counts back from the end."""
    for offset in find_offsets(span.sentence):
        if not offset.before or not _AN_END.match(offset.anchor):
            continue
        date = _from(offset, line.ends)
        label = "Last day to give notice" if _RENEWS.search(span.sentence) else "Notice before the end"
        rule = f"{offset.in_words()}, {line.ends.isoformat()}" if line.ends else offset.in_words()
        line.note("notice", date, label, rule, span)


def _payment(line: Timeline, span: Span) -> None:
    """When money is due; without a date where it counts from an invoice or another event."""
    if not _PAYS.search(span.sentence):
        return
    for offset in find_offsets(span.sentence):
        if not offset.before:
            line.note("payment", None, "Payment", offset.in_words(), span)
            return


def _period(sentence: str) -> tuple[int, Unit] | None:
    """Return the first period of whole months or years: terms are not counted in days."""
    whole = (
        each for each in find_amounts(sentence, "months") if each.value == int(each.value) and each.value > 0
    )
    first = next(whole, None)
    return None if first is None else (int(first.value), "months")


def _from(offset: Offset, base: datetime.date | None) -> datetime.date | None:
    try:
        return None if base is None else offset.from_date(base)
    except InputError:
        return None


def _moved(base: datetime.date | None, amount: int, unit: Unit) -> datetime.date | None:
    try:
        return None if base is None else add(base, amount, unit)
    except InputError:
        return None


async def list_obligations(work: Work, desk: Desk) -> tuple[list[Obligation], list[RejectedClaim]]:
    """Return what the parties must do; each with a verified sentence, and details only if that sentence says them."""
    work.say("listing obligations")
    most = chunks.most_chars(work.window)
    found: dict[int, Obligation] = {}
    rejected: list[RejectedClaim] = []
    for text in chunks.parts(desk.document, most):
        prompt = prompts.contract(desk.document, text) + (
            f"List what each party must do and when, the weightiest first, at most {MOST_OBLIGATIONS // 2}."
        )
        answer = await work.attempt(
            ["obligations"], work.run("obligations", work.agents.obligations, prompt, desk)
        )
        for fact in (answer.output if answer else [])[:MOST_OBLIGATIONS]:
            evidence = await gather(work, desk, "obligations", [fact.quote])
            rejected += evidence.rejected
            for span in evidence.spans[:1]:
                found.setdefault(span.start, _obligation(fact, span))
    return [found[start] for start in sorted(found)][:MOST_OBLIGATIONS], rejected


def _obligation(fact: ObligationFact, span: Span) -> Obligation:
    said = span.sentence.lower()

    def copied(words: str) -> str:
        return words if words.strip() and " ".join(words.lower().split()) in said else ""

    return Obligation(
        party=fact.party,
        action=fact.action,
        trigger=copied(fact.trigger),
        due=copied(fact.due) or _due(span.sentence),
        recurrence=copied(fact.recurrence),
        span=span,
    )


def _due(sentence: str) -> str:
    """Return when something is due, as far as code can tell."""
    offsets = find_offsets(sentence)
    date = find_date(sentence)
    return offsets[0].in_words() if offsets else date.isoformat() if date else ""
