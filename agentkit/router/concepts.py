"""What words say about a task, as concepts: one meaning with its forms in five languages, read from concepts.txt."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Mapping
from dataclasses import dataclass

from agentkit.router.lexicon import LINKS, STEM, fold

LANGUAGES = ("en", "fr", "de", "es", "it")
"""The languages of a line of concepts.txt, in its order; ISO 639-1."""

SYMBOLS: Mapping[str, str] = {
    "operators": "+*=×÷^%",
    "maths_symbols": "∫∑∏√∂∞≤≥≈∈⊂⊆∪∩∀∃∧∨⊃→⇒⇔¬∼·•π∠°\\$",
    "data": '"[]\t',
}
"""Group -> the characters that count for it."""

GROUPS: tuple[str, ...] = (
    "constraints", "tracking", "relations", "logic", "analysis", "judgement", "law", "planning", "maths", "science", "amounts",
    "manipulation", "code", "answer_only", "extract", "rewrite", "translate", "classify", "write", "humanities", "lookup",
)  # fmt: skip
"""Groups of concepts, in the order in which they stand in concepts.txt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """One meaning.

    Attributes:
        group: What it says about a task; one of `GROUPS`.
        forms: Its forms in each of `LANGUAGES`, folded and cut to stems: a word and an empty string, or two words that
            count only together.
    """

    group: str
    forms: tuple[tuple[tuple[str, str], ...], ...]


def read_concepts() -> tuple[list[Concept], set[str]]:
    """Read what comes with the package: the concepts, and the words that only begin like one of their forms."""
    text = importlib.resources.files("agentkit.router").joinpath("concepts.txt").read_text(encoding="utf-8")
    found, others, group = list[Concept](), set[str](), ""
    for line in fold(text).splitlines():
        if line.startswith("["):
            group = line.strip("[]")
        elif group == "none":
            others.update(map(str.strip, line.split(",")))
        elif line and not line.startswith("#"):
            forms = tuple(tuple(map(cut, column.split(","))) for column in line.split("|"))
            found.append(Concept(group=group, forms=forms))
    return found, others


def cut(form: str) -> tuple[str, str]:
    """Return the stems of the first word of a folded form and of what stands after it, or an empty string."""
    word = form.strip()
    if word.isascii() and word.isalpha():
        return word[:STEM], ""
    parts = _PARTS(word)
    if len(parts) > 2:
        parts = [part for part in parts if part not in LINKS]
    first, second = (*(part[:STEM] for part in parts), "", "")[:2]
    return first, second


_PARTS = re.compile(r"[a-z]+|[0-9]+|[:(]").findall
