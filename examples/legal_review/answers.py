"""What the reviewing agents answer: small types, so that each answer can be checked."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """No field too many."""

    model_config = ConfigDict(extra="forbid")


class PageText(Answer):
    """The text of one page image."""

    page: int = Field(description="The page's number as given.")
    text: str = Field(
        description="Every word on the page in reading order, nothing added; empty if nothing is legible."
    )


class PartyFact(Answer):
    """A party."""

    name: str = Field(description="The full legal name, exactly as written.")
    role: str = Field(description="What the contract calls it, such as Provider.")


class Facts(Answer):
    """What the contract is."""

    contract_type: str = Field(description="Such as SaaS agreement, NDA, supply agreement.")
    parties: list[PartyFact]
    date_quotes: list[str] = Field(
        description="Sentences, word for word, that state when the contract is dated, begins, ends or renews."
    )
    instructions: list[str] = Field(
        description="Sentences, word for word, that tell whoever or whatever reviews the contract what to do or to report;"
        " usually none."
    )


class ObligationFact(Answer):
    """What one party must do."""

    party: str = Field(description="Who must do it, as the contract calls them, such as Customer.")
    action: str = Field(
        description="What must be done, in a few words of your own, such as: pay undisputed fees."
    )
    trigger: str = Field(description="The words that say upon what, copied; empty if it is owed anyway.")
    due: str = Field(
        description="The words that say when, copied, such as: within thirty (30) days; empty if none."
    )
    recurrence: str = Field(description="The words that say how often, copied; empty if once.")
    quote: str = Field(description="The whole sentence, copied word for word.")


class RuleQuotes(Answer):
    """The clauses that answer one rule's question."""

    rule_id: str
    quotes: list[str] = Field(
        description="Whole sentences copied word for word from the contract; an empty list if it says nothing on this."
    )


class Found(Answer):
    """What a second search found."""

    quotes: list[str] = Field(
        description="Whole sentences copied word for word from the contract; an empty list if it says nothing on this."
    )


class Judgement(Answer):
    """How a clause stands to the playbook's position."""

    status: Literal["conforms", "fallback", "deviates", "unclear"]
    risk: Literal["none", "low", "medium", "high"]
    rationale: str = Field(description="Two or three sentences: what the clause does to our side, and why.")


class Conflict(Answer):
    """Two clauses that contradict or undermine each other."""

    rationale: str = Field(description="What conflicts, and which clause would prevail.")
    risk: Literal["low", "medium", "high"]
    quotes: list[str] = Field(description="One sentence from each of the clauses, word for word.")
