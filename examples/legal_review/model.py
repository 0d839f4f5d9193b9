"""The result of a review, as a versioned, strict model.

What a report shows is checked here once more, whoever made it: a quote that does not stand in the text at its offsets, or
a finding without evidence, cannot be put into a `Review`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Status = Literal["conforms", "fallback", "deviates", "missing", "unclear"]
Risk = Literal["none", "low", "medium", "high"]
Match = Literal["exact", "folded", "loose", "ocr"]
Effort = Literal["none", "high"]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
"""An id that is safe in a link, a file name and a table."""

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class Strict(BaseModel):
    """No field too many, and nothing changes once it is made."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(Strict):
    """A rectangle on a page, as shares of its width and height from the top left."""

    page: Annotated[int, Field(ge=1)]
    x0: Share
    y0: Share
    x1: Share
    y1: Share


class Span(Strict):
    """A verified quote and where it stands. Everything but the quote's choice comes from code.

    Attributes:
        quote: The words as the document has them, `Review.text[start:end]`.
        sentence: The whole sentence: a quote cut out of "neither party may" says the opposite.
        places: Rectangles that cover it, one a line; empty where there is no page to look at.
        source_sha256: Of the file that was read.
    """

    quote: Annotated[str, Field(min_length=1)]
    start: Count
    end: Count
    match: Match
    sentence: str
    page: int | None = None
    section: str | None = None
    places: tuple[Place, ...] = ()
    source_sha256: str


class Finding(Strict):
    """What was found on one rule of the playbook.

    Attributes:
        searched: For `missing` and `unclear`: where and for what was looked.
        position: What the playbook wants; `fallback` and `walk_away` likewise.
        sample_clause: Wording to propose, from the playbook.
        owner: Whom the playbook says to ask.
        effort: How hard the model thought about it.
        decided_by: `code` for bounds and words, `rules` for the offline locator.
        decision: What the person who reads the review decides; the report exports it.
        note: A remark of that person.
    """

    id: Name
    rule_id: str
    category: str
    title: str
    status: Status
    risk: Risk
    rationale: str
    spans: tuple[Span, ...] = ()
    searched: tuple[str, ...] = ()
    position: str = ""
    fallback: tuple[str, ...] = ()
    walk_away: tuple[str, ...] = ()
    sample_clause: str = ""
    owner: str = ""
    effort: Effort = "none"
    decided_by: Literal["code", "model", "rules"] = "model"
    decision: Literal["open", "accepted", "rejected"] = "open"
    note: str = ""

    @model_validator(mode="after")
    def _has_evidence(self) -> Self:
        if self.status in ("conforms", "fallback", "deviates") and not self.spans:
            raise ValueError(f"finding {self.id} says {self.status!r} without a verified quote")
        if self.status == "missing" and not self.searched:
            raise ValueError(f"finding {self.id} says 'missing' without saying what was searched")
        return self


class RejectedClaim(Strict):
    """A quote that could not be verified, with what comes nearest. It is in no finding."""

    rule_id: str
    quote: str
    reason: str
    claim: str = ""
    nearest: tuple[str, ...] = ()


class Party(Strict):
    """A party and what the contract calls it."""

    name: str
    role: str = ""


class KeyDate(Strict):
    """A date of the contract, computed by code from verified text.

    Attributes:
        rule: How it was computed, such as `90 days before 2029-02-28`.
    """

    kind: Literal["effective", "signed", "expiry", "renewal", "notice", "payment", "other"]
    date: datetime.date | None
    label: str
    rule: str
    span: Span | None = None


class Obligation(Strict):
    """What a party must do, and when."""

    party: str
    action: str
    trigger: str = ""
    due: str = ""
    recurrence: str = ""
    span: Span


class Change(Strict):
    """A tracked change of a DOCX file; `start` is its offset in the text, which holds insertions and no deletions."""

    kind: Literal["inserted", "deleted"]
    author: str
    date: str
    text: str
    start: Count


class DocInfo(Strict):
    """The reviewed file."""

    name: str
    kind: str
    sha256: str
    characters: int
    pages: int
    image_pages: tuple[int, ...] = ()
    transcribed: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()
    comments: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class EffortTokens(Strict):
    """Requests and tokens at one effort; `completion` includes `reasoning`."""

    requests: Count = 0
    prompt: Count = 0
    completion: Count = 0
    reasoning: Count = 0


class StepEffort(Strict):
    """How hard the model thought in one step, and why.

    Attributes:
        prompt_sha256: Of the agent's prompt, so that a result can be told from one of another prompt.
    """

    step: str
    effort: Effort
    source: str
    reasons: tuple[str, ...]
    requests: Count = 0
    tokens: Count
    seconds: float = 0.0
    prompt_sha256: str = ""


class Ledger(Strict):
    """What the review cost."""

    seconds: float = 0.0
    model: str = ""
    server: str = ""
    simulated: bool = False
    by_effort: dict[Effort, EffortTokens] = Field(default_factory=dict[Effort, EffortTokens])
    steps: tuple[StepEffort, ...] = ()


class Review(Strict):
    """A whole review.

    Attributes:
        offline: No language model was involved; the report says so in large letters.
        unanswered: Rules that got no answer, as `rule-id: reason`.
        text: The contract's text, so that the report can show every quote in its place.
        page_starts: Offset of each page's first character.
    """

    schema_version: Literal["1.0"] = "1.0"
    created: datetime.datetime
    offline: bool
    document: DocInfo
    playbook: str
    side: str
    contract_type: str = ""
    parties: tuple[Party, ...] = ()
    findings: tuple[Finding, ...] = ()
    dates: tuple[KeyDate, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    rejected: tuple[RejectedClaim, ...] = ()
    unanswered: tuple[str, ...] = ()
    ledger: Ledger = Ledger()
    text: str
    page_starts: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _stands_in_the_text(self) -> Self:
        for where, span in self._spans():
            if self.text[span.start : span.end] != span.quote:
                raise ValueError(f"{where} quotes what does not stand at {span.start}-{span.end} of the text")
        ids = [finding.id for finding in self.findings]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"two findings are called {twice[0]}")
        return self

    def _spans(self) -> Iterator[tuple[str, Span]]:
        for finding in self.findings:
            yield from ((f"finding {finding.id}", span) for span in finding.spans)
        for obligation in self.obligations:
            yield f"the obligation of {obligation.party}", obligation.span
        for each in self.dates:
            if each.span is not None:
                yield f"the date {each.label!r}", each.span
