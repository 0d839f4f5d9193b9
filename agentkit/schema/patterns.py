"""Regular expressions of schemas: matched in bounded time, and judged by what a server's grammar can read."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pydantic_core import SchemaError, SchemaValidator, core_schema

from agentkit.errors import InvalidSchema

MAX_PATTERN = 2_000
"""Characters of one pattern."""

MAX_STEPS = 20_000_000
"""Estimated steps of one backtracking search, about a fifth of a second."""

_TOKEN = re.compile(
    r"""
    (?P<escape>\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[pP](?:\{[^}]*\}|.)|.))
  | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
  | (?P<open>\((?:\?(?:P?<[A-Za-z_]\w*>|<?[=!]|[a-zA-Z-]*:|P=\w+|>|\#|\())?)
  | (?P<flags>\(\?[a-zA-Z-]+\))
  | (?P<close>\))
  | (?P<quantifier>(?:[*+?]|\{\d*,?\d*\})[+?]?)
  | (?P<alternative>\|)
  | (?P<anchor>[\^$])
  | (?P<character>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtracking:
    """A pattern for Python's `re`, and the longest text that it may be tried on."""

    search: Callable[[str], object]
    longest: int

    def __call__(self, text: str) -> bool:
        """Whether the text holds a match; False where it is too long."""
        return len(text) <= self.longest and self.search(text) is not None


@functools.lru_cache(maxsize=2_048)
def matcher(pattern: str) -> Callable[[str], bool]:
    """Compile a pattern into a search that ends in bounded time.

    What the linear engine of pydantic_core (the Rust crate `regex`) reads is matched by it, the rest (look-around,
    back-references) by Python's `re`, which answers False to texts that are too long for it.

    Raises:
        InvalidSchema: The pattern is no regular expression, is too long, or could take exponential time.
    """
    return _linear(pattern) or backtracking(pattern)


@functools.lru_cache(maxsize=2_048)
def backtracking(pattern: str) -> Backtracking:
    """Compile a pattern for Python's `re`.

    Raises:
        InvalidSchema: It is no regular expression, or repeats, branches or nests so that it could explode.
    """
    if len(pattern) > MAX_PATTERN:
        raise InvalidSchema(
            f"A pattern of {len(pattern)} characters is beyond the cap of {MAX_PATTERN}.",
            hint="Shorten it, or check the value in an output validator.",
        )
    try:
        search = re.compile(pattern).search
    except (re.error, RecursionError, OverflowError, FutureWarning) as error:
        raise InvalidSchema(
            f"The pattern {pattern[:80]!r} is no regular expression: {error}.", hint="Correct the pattern."
        ) from error
    longest = _longest(pattern)
    if not longest:
        raise InvalidSchema(
            f"The pattern {pattern[:80]!r} could take exponential time.",
            hint="Do not repeat a group that itself repeats or branches, and avoid look-around and back-references.",
        )
    return Backtracking(search=search, longest=longest)


@functools.lru_cache(maxsize=2_048)
def is_linear(pattern: str) -> bool:
    r"""Whether a grammar compiler on top of Rust's `regex` takes the pattern (llguidance 1.7.6, run).

    It reads what that crate reads, without `\b`, and with anchors only where a text begins or ends.
    """
    return len(pattern) <= MAX_PATTERN and _linear(pattern) is not None and _anchors_at_the_ends(pattern)


@functools.lru_cache(maxsize=2_048)
def is_simple(pattern: str) -> bool:
    """Whether llama.cpp's own grammar reads the pattern and means the same by it (json-schema-to-grammar.cpp).

    It demands `^...$`, copies the rest into its grammar with few changes, and does not escape what a class or
    a dot may match for JSON. So only letters, digits, punctuation, positive classes, groups and repetitions pass.
    """
    if (
        not is_linear(pattern)
        or not (pattern.startswith("^") and pattern.endswith("$"))
        or pattern.endswith("\\$")
    ):
        return False
    depth, previous = 0, ""
    for kind, text in _tokens(pattern[1:-1]):
        match kind:
            case "open" if text in ("(", "(?:"):
                depth += 1
            case "close" if previous != "open":
                depth -= 1
            case "alternative" if depth and previous not in ("open", "alternative"):
                pass
            case "quantifier" if previous not in ("", "escape", "open", "alternative"):
                if len(text) > 1 and (text[-1] in "+?" or text.startswith("{,") or _highest(text) > 1_000):
                    return False
            case "set" if not re.search(r'[\\"^]', text):
                pass
            case "escape" if text[1] in "^$.[]()|{}*+?":
                pass
            case "character" if text.isprintable() and text not in '".\\{}]' and text != ".":
                pass
            case _:
                return False
        previous = kind
    return depth == 0


def _linear(pattern: str) -> Callable[[str], bool] | None:
    if len(pattern) > MAX_PATTERN:
        return None
    try:
        return SchemaValidator(
            core_schema.str_schema(pattern=pattern, regex_engine="rust-regex")
        ).isinstance_python
    except (SchemaError, ValueError):
        return None


def _tokens(pattern: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(pattern):
        found = _TOKEN.match(pattern, position)
        if found is None:
            return
        yield found.lastgroup or "", found.group()
        position = found.end()


def _highest(quantifier: str) -> int:
    return max((int(number) for number in re.findall(r"\d+", quantifier)), default=0)


def _most(quantifier: str) -> int:
    """The most repetitions that a quantifier allows; 1 million where it sets no bound."""
    bare = quantifier.rstrip("?+") if len(quantifier) > 1 else quantifier
    if bare == "?":
        return 1
    if not bare.startswith("{"):
        return 1_000_000
    last = bare.strip("{}").rpartition(",")[2]
    return int(last) if last else 1_000_000


def _longest(pattern: str) -> int:
    """The longest text that a backtracking search should be tried on, 0 where none should.

    Each repetition can end at any place, each branch be taken or not; the product bounds the steps. A group that
    repeats or branches inside and is itself repeated is exponential in the text.
    """
    repetitions = 0 if pattern.startswith(("^", "(?!", "\\A")) else 1
    branches = 0
    stack: list[bool] = []
    flexible = last = False
    for kind, text in _tokens(pattern):
        match kind:
            case "open":
                stack.append(flexible)
                flexible = last = False
            case "close":
                last = flexible
                flexible = flexible or (stack.pop() if stack else False)
            case "alternative":
                branches += 1
                flexible = True
            case "quantifier":
                if last and _most(text) > 1:
                    return 0
                if _most(text) > 30:
                    repetitions += 1
                else:
                    branches += 1
                flexible, last = True, False
            case _:
                last = False
    for longest in (4_000, 1_000, 500, 200, 100, 50):
        if math.comb(longest + repetitions, repetitions) * 2**branches <= MAX_STEPS:
            return longest
    return 0


def _anchors_at_the_ends(pattern: str) -> bool:
    """Whether `^` only stands where nothing was matched yet, and nothing follows a `$`."""
    fresh, ended = True, False
    groups: list[tuple[bool, bool]] = []
    for kind, text in _tokens(pattern):
        match kind:
            case "open":
                if ended or re.fullmatch(r"\((?:\?(?:P?<\w+>|[is]*:))?", text) is None:
                    return False
                groups.append((fresh, False))
            case "close" if groups:
                _, seen = groups.pop()
                fresh, ended = False, ended or seen
            case "alternative":
                if groups:
                    start, seen = groups[-1]
                    groups[-1] = start, seen or ended
                    fresh = start
                else:
                    fresh = True
                ended = False
            case "flags":
                if re.fullmatch(r"\(\?[is]+\)", text) is None:
                    return False
            case "anchor" if text == "^":
                if not fresh:
                    return False
            case "anchor":
                ended = True
            case "escape" if text in ("\\A", "\\z"):
                if text == "\\A" and not fresh:
                    return False
                ended = ended or text == "\\z"
            case "escape" if text[1] in "bBGZ<>":
                return False
            case _:
                if ended:
                    return False
                fresh = False
    return True
