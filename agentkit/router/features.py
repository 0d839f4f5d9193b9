"""What a situation looks like in numbers: 40 cheap features of the task and of the step, each 0 to 1."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, cast

from agentkit.protocol.decisions import Situation
from agentkit.protocol.request import JsonSchema, ToolDefinition
from agentkit.router.concepts import GROUPS, SYMBOLS, cut, read_concepts
from agentkit.router.lexicon import ASKING, COURTESIES, IRREVERSIBLE, RULES, STEM, fold
from agentkit.router.vocabulary import Vocabulary

HEAD, TAIL = 6000, 2000
"""Characters read at the start and at the end of a text; what lies between is not looked at."""

_EDGE = 30
"""Tokens from either end of a text within which a verb such as "translate" is taken for the request itself."""

_MIDDLE = 0.25
"""What a word further in counts: it is more often matter to work on than a request."""

_PASSAGE = 100
"""Tokens up to which words are counted as they are; in longer texts they count per so many tokens."""

_TEXT_GROUPS = (*SYMBOLS, "options", *GROUPS)
_FIRST_WORDS = len(SYMBOLS) + 1
_REQUESTS = frozenset({"extract", "rewrite", "translate", "classify", "write", "lookup"})

NAMES: tuple[str, ...] = (
    "length",
    "numbers",
    "long_numbers",
    "number_share",
    *_TEXT_GROUPS,
    "tool_result",
    "final_answer",
    "tools",
    "irreversible",
    "plain_call",
    "schema",
    "images",
    "rules",
    "policy_bound",
    "trouble",
    "wording",
)
"""Every feature, in the order in which weights are written."""


def measure(situation: Situation, words: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return the features of a situation that are not zero; each lies in 0..1.

    Args:
        situation: What is known before a request.
        words: What each word adds to the log-odds, where weights were fitted to one's own tasks; their sum is the
            feature `wording`, which alone may lie beyond 0..1.
    """
    task, edges = _measure_task(_excerpt(situation.task))
    found = dict(task)
    if words and (wording := sum(words.get(token, 0.0) for token in frame(edges))):
        found["wording"] = wording
    found.update((name, value) for name, value in _measure_step(situation) if value)
    return found


@functools.lru_cache(maxsize=128)
def _measure_task(excerpt: str) -> tuple[Mapping[str, float], Sequence[str]]:
    """Return the features of a task and the tokens of its frame: a run asks for each of its steps."""
    tokens = _without_courtesies(_TOKEN(fold(excerpt)))
    return _measure_tokens(tokens), _edges(tokens)


def measure_text(text: str) -> dict[str, float]:
    """Return the features of a text alone that are not zero."""
    return _measure_tokens(read(text))


def read(text: str) -> list[str]:
    """Return the tokens of a task without the courtesies around it."""
    return _without_courtesies(tokenize(text))


FRAME = (40, 20)
"""Tokens at the start and at the end of a task in which its template mostly stands."""


def frame(tokens: Sequence[str]) -> list[str]:
    """Return the different word stems of a task's frame, by which tasks of one kind are known; sorted, without numbers."""
    return sorted({token[:STEM] for token in _edges(tokens) if not token.isdecimal()})


def _edges(tokens: Sequence[str]) -> Sequence[str]:
    head, tail = FRAME
    return tokens if len(tokens) <= head + tail else [*tokens[:head], *tokens[-tail:]]


def _measure_tokens(tokens: list[str]) -> dict[str, float]:
    size = len(tokens)
    if not size:
        return {}
    found = {"length": min(1.0, math.log1p(size) * _LENGTH)}
    share = min(1.0, _PASSAGE / size)
    counts = _count(_text_vocabulary().look_up(tokens))
    short, long = counts.pop(_SHORT, 0), counts.pop(_LONG, 0)
    if numbers := short + long:
        found["numbers"] = _saturate(numbers * share, 30)
        found["number_share"] = min(1.0, 2 * numbers / size)
        if long:
            found["long_numbers"] = _saturate(long * share, 10)
    log = math.log1p
    for column, count in counts.items():
        name, scale = _COLUMNS[column]
        value = log(count * share) * scale
        found[name] = min(1.0, value)
    return found


def tokenize(text: str) -> list[str]:
    """Return the folded tokens of the head and tail of a text: words, runs of digits and single symbols."""
    return _TOKEN(fold(_excerpt(text)))


def _excerpt(text: str) -> str:
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]} {text[-TAIL:]}"


def _without_courtesies(tokens: list[str]) -> list[str]:
    size = len(tokens)
    start, end = _polite(tokens, range(size)), size
    if start < size:
        end -= _polite(tokens, range(size - 1, start - 1, -1))
    if start and start < end and tokens[start] in _STOPS:
        start += 1
    if end < size and end > start and tokens[end - 1] == "¡":
        end -= 1
    return tokens[start:end]


def _polite(tokens: list[str], places: range) -> int:
    """Return how many tokens at an end of a text are a courtesy: as far as the clause in which a word of thanks or asking stands."""
    polite, asked = 0, False
    for count, place in enumerate(places, 1):
        token = tokens[place]
        if token in _STOPS:
            # Forwards the clause that ends here, backwards the clause that begins after it.
            if asked:
                polite, asked = count - (places.step < 0), False
        elif token[:STEM] in ASKING:
            asked, polite = True, count
        elif token[:STEM] not in COURTESIES:
            return count - 1 if asked and places.step < 0 else polite
    return polite


_STOPS = frozenset("!?.,;:¡¿-")

# Apostrophes only divide words.
_TOKEN = re.compile(r"[a-z]++|[0-9]++|[^\sa-z0-9']").findall

_SHORT, _LONG = len(_TEXT_GROUPS) + 1, len(_TEXT_GROUPS) + 2
"""Columns of numbers: of one or two digits, and of more. Those of the groups count from 1."""


@functools.cache
def _text_vocabulary() -> Vocabulary:
    """The words of all concepts and the symbols; made at the first score."""
    concepts, others = read_concepts()
    vocabulary = Vocabulary(number=(_SHORT, _LONG), others=others)
    _GROUP_OF[:] = [*range(_LONG + 1)]
    for column, group in enumerate(_TEXT_GROUPS[:_FIRST_WORDS], 1):
        for symbol in SYMBOLS.get(group, ""):
            vocabulary.add(symbol, "", column)
        # An option list has a second entry at least, and "a." may be anything; so counting starts at b.
        for letter in "bcdefgh" if group == "options" else "":
            for mark in ").:":
                vocabulary.add(letter, mark, column)
    columns = {group: column for column, group in enumerate(_TEXT_GROUPS, 1)}
    for concept in concepts:
        for first, second in set(chain.from_iterable(concept.forms)):
            vocabulary.add(first, second, len(_GROUP_OF))
        _GROUP_OF.append(columns[concept.group])
    vocabulary.forgive()
    return vocabulary


_GROUP_OF: list[int] = []
"""Entry of the vocabulary -> column. Symbols and numbers are their own; what follows are concepts."""


@functools.cache
def _rule_vocabulary() -> Vocabulary:
    vocabulary = Vocabulary()
    for entry in re.split(r"[,|]", fold(RULES)):
        vocabulary.add(*cut(entry), 1)
    return vocabulary


_COLUMNS = {
    i: (name, 1 / math.log1p(8 if i <= _FIRST_WORDS else 4)) for i, name in enumerate(_TEXT_GROUPS, 1)
}
"""Column -> its feature, and what saturates it: 8 symbols or 4 concepts."""

_LENGTH = 1 / math.log1p(1500)
_EDGE_COLUMNS = frozenset(i for i, group in enumerate(_TEXT_GROUPS, 1) if group in _REQUESTS)


def _count(hits: list[int]) -> dict[int, float]:
    """Count what is in each column: symbols and numbers as often as they occur, concepts once."""
    size = len(hits)
    # Where a text has no middle, all of it is edge.
    edge = set(hits if size <= 2 * _EDGE else [*hits[:_EDGE], *hits[-_EDGE:]])
    middle = set(hits[_EDGE:-_EDGE]) - edge if size > 2 * _EDGE else ()
    counts: dict[int, float] = {}
    for entry in edge:
        if entry > _LONG:
            column = _GROUP_OF[entry]
            counts[column] = counts.get(column, 0) + 1
        elif entry:
            counts[entry] = hits.count(entry)
    for entry in middle:
        if entry > _LONG:
            if (column := _GROUP_OF[entry]) not in _EDGE_COLUMNS:
                counts[column] = counts.get(column, 0) + _MIDDLE
        elif entry:
            counts[entry] = hits.count(entry)
    return counts


def _saturate(count: float, full: float) -> float:
    return min(1.0, math.log1p(count) / math.log1p(full))


def _measure_step(situation: Situation) -> Iterator[tuple[str, float]]:
    tools = situation.tools
    rules = measure_rules(situation.instructions) if situation.instructions else 0.0
    if situation.step == "tool_result":
        yield "tool_result", 1.0
    # Before any reply there is nothing known yet that only needs its form.
    if situation.step == "final_answer" and situation.current is not None:
        yield "final_answer", 1.0
    if tools:
        # The tools to choose from, and what the most demanding of them wants to know.
        yield "tools", _saturate(len(tools) - 1 + max(map(_required, tools)) / 2, 15)
        yield "irreversible", _saturate(sum(_is_irreversible(tool.name) for tool in tools), 4)
        yield "plain_call", (1 - rules) / max(1.0, len(tools) / 4)
        yield "policy_bound", rules * min(1.0, len(tools) / 2)
    if situation.output is not None:
        yield "schema", _saturate(_complexity(situation.output), 60)
    if situation.images:
        yield "images", _saturate(situation.images, 4)
    yield "rules", rules
    if trouble := situation.tool_errors + situation.repeated_calls + 2 * situation.violations:
        yield "trouble", _saturate(trouble, 6)


def measure_rules(instructions: str) -> float:
    """Return how far instructions bind the work to rules: 0 for none, 1 for a policy of several clauses."""
    return _measure_rules(_excerpt(instructions))


@functools.lru_cache(maxsize=128)
def _measure_rules(excerpt: str) -> float:
    count = sum(_rule_vocabulary().look_up(_TOKEN(fold(excerpt))))
    # "You must answer in JSON" is no policy: the first few words of rules are the manners of every prompt.
    return min(1.0, max(0, count - 2) / 10)


def _required(tool: ToolDefinition) -> int:
    required: Any = tool.parameters.get("required")
    return len(cast("Sequence[object]", required)) if isinstance(required, list | tuple) else 0


@functools.lru_cache(maxsize=4096)
def _is_irreversible(name: str) -> bool:
    parts = re.findall(r"[A-Z]?[a-z]+", name)
    return any(part.lower() in IRREVERSIBLE for part in parts)


_complexities: dict[int, tuple[JsonSchema, int]] = {}


def _complexity(schema: JsonSchema) -> int:
    """Return the fields of a schema, with what is nested or limited to a set of values counted more; counted once."""
    known = _complexities.get(id(schema))
    if known is not None and known[0] is schema:
        return known[1]
    if len(_complexities) >= 256:
        _complexities.clear()
    count = _count_fields(schema)
    _complexities[id(schema)] = (schema, count)  # holding it keeps its id from being reused
    return count


def _count_fields(schema: JsonSchema) -> int:
    total, seen = 0, 0
    waiting: list[tuple[object, int]] = [(schema, 0)]
    while waiting and seen < 1000:
        node, depth = waiting.pop()
        seen += 1
        if isinstance(node, Mapping):
            fields = cast("Mapping[str, object]", node)
            properties = fields.get("properties")
            if isinstance(properties, Mapping):
                total += len(cast("Mapping[str, object]", properties)) + depth
            total += "enum" in fields
            waiting += [(child, depth + (key == "properties")) for key, child in fields.items()]
        elif isinstance(node, list | tuple):
            waiting += [(child, depth) for child in cast("Sequence[object]", node)]
    return total
