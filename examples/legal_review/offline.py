"""The offline reviewer: rules in place of a model, behind the embedded server, through the very same loop.

It locates clauses, it judges nothing. Every request of every agent goes over the real wire to a simulated server whose
"brain" is this file.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from agentkit.testing import ChatRequest, Rules, SimulatedServer, Turn, call, say, say_json
from examples.legal_review.document.model import Document
from examples.legal_review.playbook import Playbook
from examples.legal_review.quotes.verify import Source
from examples.legal_review.triage.locate import Located, locate

BANNER = "legal_review: OFFLINE. Rules locate clauses; no language model is involved, and nothing is judged."


def offline_server(document: Document, playbook: Playbook) -> SimulatedServer:
    """Return the embedded server for one document."""
    return SimulatedServer(Rules(_Locator(document, playbook).answer), model="rules (no language model)")


class _Locator:
    """Answers each agent's request from the rules of `triage`."""

    def __init__(self, document: Document, playbook: Playbook) -> None:
        self._document = document
        self._playbook = playbook
        self._located: list[Located] = locate(document.text)
        self._tasks: tuple[tuple[str, Callable[[ChatRequest], Turn]], ...] = (
            ("You transcribe", self._transcribe),
            ("You read what a contract is", self._facts),
            ("You find the clauses", self._extract),
            ("A first reading", self._search),
            ("Quotes were given", self._repair),
            ("You judge", self._judge),
            ("You look for clauses", self._cross_check),
        )

    def answer(self, request: ChatRequest) -> Turn:
        """Answer a request by the agent that makes it."""
        instructions = str(request.messages[0].get("content", ""))
        for beginning, task in self._tasks:
            if instructions.startswith(beginning):
                return task(request)
        return say("The offline reviewer has no rule for this request.")

    def _transcribe(self, request: ChatRequest) -> Turn:
        del request
        return say_json({"result": []})  # rules cannot read pictures

    def _facts(self, request: ChatRequest) -> Turn:
        del request
        names = self._quotes("Parties")
        companies = [name for name in names if " " in name and not name.isupper()]
        kind = next(iter(self._quotes("Document Name")), "")
        quotes = [
            self._sentence(place)
            for place in self._located
            if place.category
            in ("Effective Date", "Expiration Date", "Renewal Term", "Notice Period To Terminate Renewal")
        ]
        parties = [{"name": name, "role": ""} for name in companies[:4]]
        return say_json(
            {"contract_type": kind.title(), "parties": parties, "date_quotes": list(dict.fromkeys(quotes))}
        )

    def _extract(self, request: ChatRequest) -> Turn:
        return say_json(
            {"result": [{"rule_id": each, "quotes": self._by_rule(each)} for each in self._asked(request)]}
        )

    def _search(self, request: ChatRequest) -> Turn:
        """Search with the playbook's own words, one rule at a time, by the tool that a model would use."""
        asked = self._asked(request, first_user=True)
        if request.schema is not None:
            found = self._searched(request)
            return say_json({"result": [{"rule_id": each, "quotes": found.get(each, [])} for each in asked]})
        done = sum(len(message.get("tool_calls") or ()) for message in request.messages)
        wanted = [rule for rule in self._playbook.rules if rule.id in asked and rule.search]
        if done < len(wanted):
            return call("search_text", {"words": " ".join(wanted[done].search)})
        return say("I have searched for all of them.")

    def _searched(self, request: ChatRequest) -> dict[str, list[str]]:
        """Take the sentence of each search's first hit that holds the words."""
        found: dict[str, list[str]] = {}
        asked = self._asked(request, first_user=True)
        rules = iter([rule for rule in self._playbook.rules if rule.id in asked and rule.search])
        for message in request.messages:
            if message.get("role") != "tool":
                continue
            rule = next(rules, None)
            passage = str(message.get("content", ""))
            if rule is None or passage.startswith("No passage"):
                continue
            words = [word.lower() for phrase in rule.search for word in phrase.split()]
            for sentence in re.split(r"(?<=[.;])\s+(?=[A-Z(])", passage.split("\n---\n", maxsplit=1)[0]):
                if all(word in sentence.lower() for word in words) and len(sentence.split()) > 5:
                    found.setdefault(rule.id, []).append(sentence.strip())
                    break
        return found

    def _repair(self, request: ChatRequest) -> Turn:
        del request
        return say_json({"result": []})

    def _judge(self, request: ChatRequest) -> Turn:
        if request.schema is None:
            return say("The clause is where the rules found it.")
        rationale = "Located by rules. No language model has read it: compare it with the playbook's position yourself."
        return say_json({"status": "unclear", "risk": "none", "rationale": rationale})

    def _cross_check(self, request: ChatRequest) -> Turn:
        del request
        return say_json({"result": []})

    def _asked(self, request: ChatRequest, *, first_user: bool = False) -> list[str]:
        texts = [str(message.get("content")) for message in request.messages if message.get("role") == "user"]
        text = (texts[0] if first_user or len(texts) == 1 else "\n".join(texts)).rpartition("QUESTIONS")[2]
        known = {rule.id for rule in self._playbook.rules}
        return [each for each in re.findall(r"^([a-z0-9][a-z0-9_-]*):", text, re.MULTILINE) if each in known]

    def _by_rule(self, rule_id: str) -> list[str]:
        category = next(rule.category for rule in self._playbook.rules if rule.id == rule_id)
        return self._quotes(category)[:3]

    def _quotes(self, category: str) -> list[str]:
        text = self._document.text
        found = [text[place.start : place.end] for place in self._located if place.category == category]
        return (
            list(dict.fromkeys(quote for quote in found if Source(text).verify(quote).accepted))
            if found
            else []
        )

    def _sentence(self, place: Located) -> str:
        start, end = self._document.sentence_around(place.start, place.end)
        return self._document.text[start:end]
