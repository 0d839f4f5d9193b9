"""Defined terms: `"X" means ...` and `(the "X")`, with the sentence that defines them."""

from __future__ import annotations

import re

from examples.legal_review.document.parts import DefinedTerm
from examples.legal_review.document.sentences import sentence_around

_TERM = r"[\"“”](?P<term>[A-Z0-9][^\"“”\n]{0,58}?)[,.]?[\"“”]"
_MEANS = re.compile(
    _TERM
    + r"(?:\s+(?:and|or)\s+[\"“][^\"“”\n]{1,60}[\"”])?,?\s+(?:shall\s+|will\s+)?(?:each\s+)?(?:mean|include|refer|be\s+defined|"
    r"ha(?:s|ve)\s+the\s+(?:same\s+)?meaning|is\s+defined)"
)
_NAMED = re.compile(r"\([^()\"“”]{0,80}(?:[\"“][^\"“”()\n]{1,60}[\"”][^()\"“”]{0,30}){1,4}\)")
_QUOTED = re.compile(_TERM)


def defined_terms(text: str) -> list[DefinedTerm]:
    """Return the defined terms in order, each once: the place where it is first defined."""
    found: dict[str, int] = {}
    for match in _MEANS.finditer(text):
        found.setdefault(_one_line(match["term"]), match.start())
    for bracket in _NAMED.finditer(text):
        for match in _QUOTED.finditer(text, bracket.start(), bracket.end()):
            term = _one_line(match["term"])
            found[term] = min(found.get(term, match.start()), match.start())
    terms: list[DefinedTerm] = []
    for term, at in sorted(found.items(), key=lambda item: item[1]):
        start, end = sentence_around(text, at, at + len(term))
        terms.append(DefinedTerm(term=term, start=start, end=end))
    return terms


def _one_line(term: str) -> str:
    return " ".join(term.split()).rstrip(",.")
