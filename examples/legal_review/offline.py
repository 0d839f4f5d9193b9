"""The offline reviewer: rules in place of a model, behind the embedded server, through the very same loop.

It locates clauses, it judges nothing. Every request of every agent goes over the real wire to a simulated server whose
"brain" is this file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property

from agentkit.testing import ChatRequest, Rules, SimulatedServer, Turn, calls, say, say_json
from examples.legal_review.document.model import Document
from examples.legal_review.document.sentences import sentences
from examples.legal_review.playbook import Playbook, Rule
from examples.legal_review.triage.locate import Located, locate
from examples.legal_review.triage.title import SUFFIX

BANNER = "legal_review: OFFLINE. Rules locate clauses; no language model is involved, and nothing is judged."

_MOST_QUOTES = 3
_FEWEST_WORDS = 6
_MOST_OBLIGATIONS = 15
_DATED = (
    "Effective Date",
    "Agreement Date",
    "Expiration Date",
    "Renewal Term",
    "Notice Period To Terminate Renewal",
)
_DUTY = re.compile(
    r"^(?:\(?\w{1,4}[.)]\s+|[\d.]+\s+|[A-Z][\w ’'&-]{2,40}\.\s+)*(?:(?:Upon|Within|During|After|Before|On)\b[^,]{3,80},\s+)?"
    r"(?P<party>(?:The |the |Each |each |Either |either )?[A-Z][\w&-]*(?: [A-Z][\w&-]*){0,2})\s+(?:shall|must|agrees to|will)\s+(?!not\b|be\b|have\b|mean\b)"
    r"(?P<action>[a-z][^;]{3,200}?)(?=[.;](?:\s|$)|,\s(?:and|but|provided|unless|which|except)\b|$)"
)
_TIMED = re.compile(
    r"\b(?:within|at least|no later than|not later than|annual\w*|monthly|quarterly|each (?:year|month|quarter)|days?|months?)\b"
)


_COMPANY = re.compile(rf"[A-Z][^\d;:()]{{2,80}} {SUFFIX}\.?")
_NO_NAME = re.compile(
    r"AGREEMENT|BETWEEN|^OF |^[A-Z][a-z]+ (?:Corporation|Company)$"
)  # `a Delaware Corporation`


def offline_server(document: Document, playbook: Playbook) -> SimulatedServer:
    """Return the embedded server for one document."""
    return SimulatedServer(Rules(_Locator(document, playbook).answer), model="rules (no language model)")


class _Locator:
    """Answers each agent's request from the rules of `triage`."""

    def __init__(self, document: Document, playbook: Playbook) -> None:
        self._text = document.text
        self._document = document
        self._rules = {rule.id: rule for rule in playbook.rules}
        self._tasks: tuple[tuple[str, Callable[[ChatRequest], Turn]], ...] = (
            ("You read what a contract is", self._facts),
            ("You find the clauses", self._extract),
            ("A first reading", self._search),
            ("You list what each party", self._obligations),
            ("You judge", self._judge),
        )

    def answer(self, request: ChatRequest) -> Turn:
        """Answer a request by the agent that makes it; rules neither read pictures nor repair quotes nor see conflicts."""
        instructions = str(request.messages[0].get("content", ""))
        for beginning, task in self._tasks:
            if instructions.startswith(beginning):
                return task(request)
        return say_json({"result": []})

    def _facts(self, request: ChatRequest) -> Turn:
        del request
        names = [
            " ".join(name.split()).removeprefix("And ").removeprefix("and ")
            for name in self._quotes("Parties")
        ]
        companies = _once([name for name in names if _COMPANY.fullmatch(name) and not _NO_NAME.search(name)])
        kind = next(iter(self._quotes("Document Name")), "")
        dated = [self._sentence(place) for place in self._located if place.category in _DATED]
        parties = [{"name": name, "role": ""} for name in companies[:4]]
        facts = {
            "contract_type": " ".join(kind.split()).title(),
            "parties": parties,
            "date_quotes": _once(dated),
        }
        return say_json({**facts, "instructions": []})

    def _extract(self, request: ChatRequest) -> Turn:
        asked = [rule for rule in self._asked(request.last_user_text) if rule.category]
        found = [{"rule_id": rule.id, "quotes": self._quotes(rule.category)[:_MOST_QUOTES]} for rule in asked]
        return say_json({"result": found})

    def _search(self, request: ChatRequest) -> Turn:
        """Search with the playbook's own words by the tool that a model would use; take the first sentence found."""
        asked = self._asked(_first_user_text(request))
        searches = asked[0].search if asked else ()
        results = [
            str(message.get("content")) for message in request.messages if message.get("role") == "tool"
        ]
        if request.schema is None:
            if searches and not results:
                return calls(*(("search_text", {"words": words}) for words in searches))
            return say("I have searched for all of the words.")
        return say_json(
            {"quotes": _once([_first_hit(result) for result in results if _first_hit(result)])[:1]}
        )

    def _obligations(self, request: ChatRequest) -> Turn:
        """Sentences in which somebody shall do something by some time."""
        del request
        found: list[dict[str, str]] = []
        for start, end in sentences(self._text):
            sentence = " ".join(self._text[start:end].split())
            duty = _DUTY.match(sentence) if len(sentence) < 600 else None
            if duty and _TIMED.search(sentence):
                party, action = duty["party"].removeprefix("The "), duty["action"].strip()
                found.append(
                    {
                        "party": party,
                        "action": action,
                        "trigger": "",
                        "due": "",
                        "recurrence": "",
                        "quote": sentence,
                    }
                )
        return say_json({"result": found[:_MOST_OBLIGATIONS]})

    def _judge(self, request: ChatRequest) -> Turn:
        if request.schema is None:
            return say("The clause is where the rules found it.")
        return say_json({"status": "unclear", "risk": "none", "rationale": "Located by rules."})

    def _asked(self, text: str) -> list[Rule]:
        """Return the rules that a prompt asks for."""
        names = re.findall(r"^([a-z0-9][a-z0-9_-]*):", text.rpartition("QUESTION")[2], re.MULTILINE)
        return [self._rules[name] for name in names if name in self._rules]

    @cached_property
    def _located(self) -> list[Located]:
        return locate(self._text)

    def _quotes(self, category: str) -> list[str]:
        return _once(
            [self._text[place.start : place.end] for place in self._located if place.category == category]
        )

    def _sentence(self, place: Located) -> str:
        return self._text[slice(*self._document.sentence_around(place.start, place.end))]


def _first_user_text(request: ChatRequest) -> str:
    return next((str(each.get("content")) for each in request.messages if each.get("role") == "user"), "")


def _first_hit(result: str) -> str:
    """Return the first sentence of a search's result that is no heading, without the place in brackets before it."""
    if result.startswith("No sentence"):
        return ""
    hits = (re.sub(r"^\[[^\]]*\]\s*", "", line) for line in result.split("\n---\n"))
    return next((hit for hit in hits if len(hit.split()) >= _FEWEST_WORDS), "")


def _once(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))
