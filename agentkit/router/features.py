"""What a situation looks like in numbers: 40 cheap features of the task and of the step, each 0 to 1."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from agentkit.protocol.decisions import Situation
from agentkit.protocol.request import JsonSchema, ToolDefinition
from agentkit.router.lexicon import COURTESIES, GROUPS, IRREVERSIBLE, RULES, STEM, SYMBOLS, entries, fold

HEAD, TAIL = 6000, 2000
"""Characters read at the start and at the end of a text; what lies between is not looked at."""

_EDGE = 30
"""Tokens from either end of a text within which a verb such as "translate" is taken for the request itself."""

_MIDDLE = 0.5
"""What a word further in counts: it is more often matter to work on than a request."""

_PASSAGE = 200
"""Tokens up to which words are counted as they are; in longer texts they count per so many tokens."""

_TEXT_GROUPS = (*SYMBOLS, "options", *GROUPS)
_FIRST_WORDS = len(SYMBOLS) + 1
_REQUESTS = frozenset({"extract", "rewrite", "translate", "summarise", "classify", "write", "lookup"})

NAMES: tuple[str, ...] = (
    "length",
    "numbers",
    "long_numbers",
    *_TEXT_GROUPS,
    "tool_result",
    "final_answer",
    "tools",
    "arguments",
    "irreversible",
    "plain_call",
    "schema",
    "images",
    "context",
    "rules",
    "policy_bound",
    "trouble",
)
"""Every feature, in the order in which weights are written."""


def measure(situation: Situation) -> dict[str, float]:
    """Return the features of a situation that are not zero; each lies in 0..1."""
    found = measure_text(situation.task)
    found.update((name, value) for name, value in _measure_step(situation) if value)
    return found


def measure_text(text: str) -> dict[str, float]:
    """Return the features of a text alone that are not zero."""
    tokens = _without_courtesies(tokenize(text))
    size = len(tokens)
    if not size:
        return {}
    found = {"length": _saturate(size, 1500)}
    share = min(1.0, _PASSAGE / size)
    numbers = list(filter(str.isdecimal, tokens))
    if numbers:
        found["numbers"] = _saturate(len(numbers) * share, 30)
        if long := sum(len(number) > 2 for number in numbers):
            found["long_numbers"] = _saturate(long * share, 10)
    for column, count in enumerate(_count(tokens, _WORDS, edge=_EDGE)):
        if count:
            found[_TEXT_GROUPS[column]] = _saturate(count * share, 8 if column < _FIRST_WORDS else 4)
    return found


def tokenize(text: str) -> list[str]:
    """Return the folded tokens of the head and tail of a text: word stems, runs of digits and single symbols."""
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]} {text[-TAIL:]}"
    return _TOKEN.findall(fold(text))


def _without_courtesies(tokens: list[str]) -> list[str]:
    start, end = 0, len(tokens)
    for place, token in enumerate(tokens):
        if token in COURTESIES:
            start = place + 1
        elif token not in _STOPS:
            break
    if start and start < end and tokens[start] in _STOPS:
        start += 1
    for place in range(end - 1, start - 1, -1):
        if tokens[place] in COURTESIES:
            end = place
        elif tokens[place] not in _STOPS:
            break
    if end < len(tokens) and end > start and tokens[end - 1] == "¡":
        end -= 1
    return tokens[start:end]


_STOPS = frozenset("!?.,;:¡¿-")

# The group is what is kept of a token: of a word its stem. Apostrophes only divide words.
_TOKEN = re.compile(rf"([a-z]{{1,{STEM}}}|\d+|[^\sa-z\d'])(?:(?<=[a-z])[a-z]+)?")

_Table = Mapping[str, "int | Mapping[str, int]"]
"""Token -> column, or -> next token -> column, where the empty next token stands for any."""


def _compile(groups: Mapping[str, str], columns: tuple[str, ...]) -> dict[str, int | dict[str, int]]:
    column = {name: i for i, name in enumerate(columns)}
    table: dict[str, int | dict[str, int]] = {}
    for first, seconds in entries(groups).items():
        numbered = {second: column[group] for second, group in seconds.items()}
        table[first] = numbered[""] if numbered.keys() == {""} else numbered
    return table


def _compile_text() -> dict[str, int | dict[str, int]]:
    table = _compile(GROUPS, _TEXT_GROUPS)
    column = {name: i for i, name in enumerate(_TEXT_GROUPS)}
    for group, symbols in SYMBOLS.items():
        table.update(dict.fromkeys(fold(symbols), column[group]))
    # An option list has a second entry at least, and "a." may be anything; so counting starts at b.
    for letter in "bcdefgh":
        table[letter] = dict.fromkeys((")", ".", ":"), column["options"])
    return table


_WORDS = _compile_text()
_RULE_WORDS = _compile(RULES, ("rules",))
_EDGE_COLUMNS = frozenset(i for i, group in enumerate(_TEXT_GROUPS) if group in _REQUESTS)


def _count(tokens: list[str], table: _Table, *, edge: int | None = None) -> list[float]:
    counts = [0.0] * len(_TEXT_GROUPS)
    last = len(tokens) - 1
    for place, hit in enumerate(map(table.get, tokens)):
        if hit is None:
            continue
        if isinstance(hit, int):
            column = hit
        else:
            following = tokens[place + 1] if place < last else ""
            column = hit.get(following, hit.get("", -1))
            if column < 0:
                continue
        if edge is None or column < _FIRST_WORDS or place < edge or place > last - edge:
            counts[column] += 1
        elif column not in _EDGE_COLUMNS:
            counts[column] += _MIDDLE
    return counts


def _saturate(count: float, full: float) -> float:
    return min(1.0, math.log1p(count) / math.log1p(full))


def _measure_step(situation: Situation) -> Iterator[tuple[str, float]]:
    tools = situation.tools
    rules = measure_rules(situation.instructions)
    yield "tool_result", float(situation.step == "tool_result")
    # Before any reply there is nothing known yet that only needs its form.
    yield "final_answer", float(situation.step == "final_answer" and situation.current is not None)
    yield "tools", _saturate(max(0, len(tools) - 1), 15)
    yield "arguments", _saturate(max((_required(tool) for tool in tools), default=0), 8)
    yield "irreversible", _saturate(sum(map(_is_irreversible, tools)), 4)
    yield "plain_call", (1 - rules) / max(1.0, len(tools) / 4) if tools else 0.0
    yield "schema", _saturate(_complexity(situation.output), 60) if situation.output is not None else 0.0
    yield "images", _saturate(situation.images, 4)
    yield "context", _saturate(situation.context_tokens / 1000, 100)
    yield "rules", rules
    yield "policy_bound", rules * min(1.0, len(tools) / 2)
    trouble = situation.tool_errors + situation.repeated_calls + 2 * situation.violations
    yield "trouble", _saturate(trouble, 6)


@functools.lru_cache(maxsize=128)
def measure_rules(instructions: str) -> float:
    """Return how far instructions bind the work to rules: 0 for none, 1 for a policy of several clauses."""
    count = _count(tokenize(instructions), _RULE_WORDS)[0]
    # "You must answer in JSON" is no policy: the first few words of rules are the manners of every prompt.
    return min(1.0, max(0, count - 2) / 10)


def _required(tool: ToolDefinition) -> int:
    required: Any = tool.parameters.get("required")
    return len(cast("Sequence[object]", required)) if isinstance(required, list | tuple) else 0


def _is_irreversible(tool: ToolDefinition) -> bool:
    parts = re.findall(r"[A-Z]?[a-z]+", tool.name)
    return any(part.lower() in IRREVERSIBLE for part in parts)


def _complexity(schema: JsonSchema) -> int:
    """Return the fields of a schema, with what is nested or limited to a set of values counted more."""
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
