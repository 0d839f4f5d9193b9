"""Strict JSON in, compact JSON out."""

from __future__ import annotations

import json as standard
import os
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from agentkit._util import json

CASES = settings(max_examples=int(os.environ.get("AGENTKIT_TEST_CASES", "1000")), deadline=None)

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@CASES
@given(PLAIN)
def test_what_is_written_is_read_back_and_standard_json_agrees(value):
    text = json.dumps(value)
    assert json.loads(text) == value
    assert json.loads(text.encode()) == value
    assert standard.loads(text) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("NaN", "line 1 column 1"),
        ('{"a": Infinity}', "line 1 column 7"),
        ('{"a": -Infinity}', "line 1 column"),
        ("1e999", "beyond the range"),
        ("[1, -1e400]", "beyond the range"),
        ("9" * 5000, "number out of range"),
        ("[" * 100_000, "recursion limit"),
        ('{"a":' * 100_000, "recursion limit"),
        ('{"a": 1, "b": 2, "a": 3}', "'a' occurs twice"),
        ('[{"x": {"deep": 1, "deep": 1}}]', "'deep' occurs twice"),
        ('{"a": 1} and more', "trailing characters at line 1 column 10"),
        ('{"a": 1', "EOF"),
        ("[1,]", "trailing comma"),
        ("{'a': 1}", "line 1 column 2"),
        ("", "EOF"),
        ("\ufeff{}", "line 1 column 1"),
        ('"\\ud800"', "hex escape"),
        ('"\ud800"', "surrogate"),
        (b"\xff", "line 1 column 1"),
        (b'"\xff"', "line 1 column"),
        ('"a\nb"', "control character"),
        ("01", "invalid number"),
    ],
)
def test_what_is_not_strict_json_is_refused_with_its_place_or_its_name(text, problem):
    with pytest.raises(ValueError) as caught:
        json.loads(text)
    assert problem in str(caught.value)


def test_nesting_up_to_the_bound_is_read_and_beyond_it_refused():
    assert json.loads("[" * json.MAX_DEPTH + "]" * json.MAX_DEPTH)
    with pytest.raises(ValueError, match="recursion limit"):
        json.loads("[" * (json.MAX_DEPTH + 2) + "]" * (json.MAX_DEPTH + 2))


def test_a_frame_of_a_server_is_read_without_the_look_for_duplicates():
    assert json.loads(b'{"a": 1, "a": 2}', unique_keys=False) == {"a": 2}


def test_keys_keep_their_order_and_nothing_is_padded():
    assert (
        json.dumps_bytes({"b": [1, 2.5, None, True], "a": "é"}) == '{"b":[1,2.5,null,true],"a":"é"}'.encode()
    )


def test_a_lone_surrogate_is_replaced_and_a_pair_becomes_its_character():
    assert json.dumps({"\ud800": ["x\udc00", "\ud83d\ude00"]}) == '{"\ufffd":["x\ufffd","😀"]}'


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {"a": float("-inf")}, object(), b"\xff"])
def test_what_has_no_json_form_is_refused(value):
    with pytest.raises(ValueError):
        json.dumps_bytes(value)


def test_a_circular_value_is_refused():
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(ValueError, match="ircular"):
        json.dumps_bytes(circle)


def test_the_words_nan_and_infinity_may_stand_in_text():
    assert json.dumps("NaN and Infinity") == '"NaN and Infinity"'


def test_models_and_dataclasses_are_written_as_objects():
    class Point(BaseModel):
        x: int

    @dataclass
    class Line:
        start: Point

    assert json.dumps([Point(x=1), Line(Point(x=2))]) == '[{"x":1},{"start":{"x":2}}]'
