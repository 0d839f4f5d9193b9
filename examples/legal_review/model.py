"""The result of a review, as a versioned, strict model."""

from __future__ import annotations

import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Status = Literal["conforms", "fallback", "deviates", "missing", "unclear"]
Risk = Literal["none", "low", "medium", "high"]
Match = Literal["exact", "folded", "loose", "ocr"]


class Strict(BaseModel):
    """No field too many, and nothing changes once it is made."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(Strict):
    """A rectangle on a page, as shares of its width and height from the top left."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


class Span(Strict):
    """A verified quote and where it stands. Everything but the quote's choice comes from code."""

    quote: str
    start: int
    end: int
    match: Match
    sentence: str
    page: int | None = None
    section: str | None = None
    places: tuple[Place, ...] = ()
    source_sha256: str


class Finding(Strict):
    """What was found on one rule of the playbook."""

    id: str
    rule_id: str
    category: str
    title: str
    status: Status
    risk: Risk
    rationale: str
    spans: tuple[Span, ...] = ()
    searched: tuple[str, ...] = ()
    position: str = ""
    sample_clause: str = ""
    effort: Literal["none", "high"] = "none"
    decided_by: Literal["code", "model", "rules"] = "model"

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
    nearest: tuple[str, ...] = ()


class Party(Strict):
    """A party and what the contract calls it."""

    name: str
    role: str = ""


class KeyDate(Strict):
    """A date of the contract, computed by code from verified text."""

    kind: Literal["effective", "signed", "expiry", "renewal", "notice", "other"]
    date: datetime.date | None
    label: str
    rule: str
    span: Span | None = None


class Change(Strict):
    """A tracked change of a DOCX file."""

    kind: Literal["inserted", "deleted"]
    author: str
    date: str
    text: str


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
    """Tokens at one effort."""

    requests: int = 0
    prompt: int = 0
    completion: int = 0
    reasoning: int = 0


class StepEffort(Strict):
    """How hard the model thought in one step, and why."""

    step: str
    effort: Literal["none", "high"]
    source: str
    reasons: tuple[str, ...]
    tokens: int


class Ledger(Strict):
    """What the review cost."""

    seconds: float = 0.0
    model: str = ""
    server: str = ""
    simulated: bool = False
    by_effort: dict[Literal["none", "high"], EffortTokens] = Field(default_factory=dict)
    steps: tuple[StepEffort, ...] = ()


class Review(Strict):
    """A whole review."""

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
    rejected: tuple[RejectedClaim, ...] = ()
    unanswered: tuple[str, ...] = ()
    ledger: Ledger = Ledger()
    text: str
    page_starts: tuple[int, ...] = ()
