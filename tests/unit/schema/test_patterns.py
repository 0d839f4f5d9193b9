"""Patterns: matched in bounded time, and judged by what a grammar can read."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.errors import InvalidSchema
from agentkit.schema.patterns import MAX_STEPS, backtracking, is_linear, is_simple, matcher

CASES = settings(max_examples=int(os.environ.get("AGENTKIT_TEST_CASES", "1000")), deadline=None)

# What llguidance 1.7.6 answered to each of these.
TAKEN = [
    "", "^a$", "a|^b$", "(^a$|b)", "(?:a|b)+", "(?P<x>a)", "(?<x>a)", "(?i)abc", "(?i:abc)", "^a*?b$", r"^\d\w\s\D\W\S$",
    r"\Aabc\z", r"^\p{L}+$", r"^\u0041\x41$", r"^a\/b$", r"^a\-b[\-x]$", "^a.b$", "^(a+)+$", "((^a))", "^a{1,500}$",
]  # fmt: skip
REFUSED = [
    "(?=a)a", "^(?!a)b$", "(?<=a)b", r"(a)\1", r"\bfoo\b", r"\Babc", r"\Aabc\Z", r"^\cA$", "^(?>a)b$", "a^b", "^a$b",
    "^a{,3}$", "^[]$", "(a)?(?(1)b|c)", "(?#x)a", "(", "^(a$|b)c$", "(^a|b)^c", "(a$)?b",
]  # fmt: skip


@pytest.mark.parametrize("pattern", TAKEN)
def test_a_pattern_that_the_compiler_takes_is_linear(pattern):
    assert is_linear(pattern)


@pytest.mark.parametrize("pattern", REFUSED)
def test_a_pattern_that_the_compiler_refuses_is_not_linear(pattern):
    assert not is_linear(pattern)


@pytest.mark.parametrize(
    "pattern", ["^a$", "^[a-z]{2,5}$", "^(ab|[cd])+$", r"^a\.b$", "^(?:a|b)$", "^$", "^[A-Z][a-z]*$"]
)
def test_plain_anchored_patterns_are_simple(pattern):
    assert is_simple(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["a", "^a", "a$", r"^a\$", r"^\d$", "^.$", "^[^a]$", '^"$', r"^\\$", "^a|b$", r"^a\.*$", "^a+?$", "^a{1,5000}$", r"^[\d]$", "^()$", "^(?!a)b$"],
)  # fmt: skip
def test_what_llama_cpp_misreads_is_not_simple(pattern):
    assert not is_simple(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["^(a+)+(?=b)", "(?=x)(a*)*", r"(?!x)(\w+\s)*", "(?=x)(a|aa)+b", "(?=a)" + "a?" * 30 + "a" * 30, "(?=x)(a{1,30}){1,30}"],
)  # fmt: skip
def test_a_pattern_that_could_explode_is_refused(pattern):
    with pytest.raises(InvalidSchema, match="exponential"):
        matcher(pattern)


def test_pydantics_pattern_for_decimals_is_matched():
    is_decimal = matcher(r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$")
    assert is_decimal("-12.50")
    assert not is_decimal("-.")
    assert not is_decimal("0" * 100_000)


def test_a_text_beyond_the_bound_of_a_backtracking_search_is_no_match():
    search = backtracking("^(?!b)a*a*$")
    assert search("a" * search.longest)
    assert not search("a" * (search.longest + 1))
    assert search.longest**2 / 2 < MAX_STEPS


ATOMS = st.sampled_from(["a", "b", "[ab]", "[^a]", ".", r"\w", "(a|b)", "(ab)", "(?:a|bc)", "^", "$"])
PIECES = st.tuples(ATOMS, st.sampled_from(["", "", "*", "+", "?", "{1,2}"])).map("".join)


@CASES
@given(pattern=st.lists(PIECES, max_size=4).map("".join), text=st.text("abc\n", max_size=6))
def test_both_engines_agree_where_both_read_a_pattern(pattern, text):
    try:
        found = matcher(pattern)(text)
        expected = re.search(pattern.replace("$", r"\Z"), text)
    except (InvalidSchema, re.error):
        return
    assert found == (expected is not None)
