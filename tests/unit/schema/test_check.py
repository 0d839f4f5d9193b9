"""Checking data against schemas: precise problems, bounded work, nothing fetched."""

from __future__ import annotations

import os
import socket
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.errors import InvalidSchema
from agentkit.schema.check import MAX_INSTANCE_DEPTH, MAX_SCHEMA_DEPTH, compile_check

CASES = settings(max_examples=int(os.environ.get("AGENTKIT_TEST_CASES", "1000")), deadline=None)

REVIEW = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "severity": {"enum": ["low", "medium", "high"]},
                    "page": {"type": "integer", "minimum": 1},
                    "quote": {"type": "string", "minLength": 3, "maxLength": 20, "pattern": "^[A-Z]"},
                },
                "required": ["severity", "page"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["items"],
}


@pytest.mark.parametrize(
    ("instance", "problem"),
    [
        (
            {"items": [{"severity": "low", "page": 1}] * 2 + [{"severity": "huge", "page": 1}]},
            '$.items[2].severity: "huge" is not one of ["low","medium","high"]',
        ),
        ({"items": [{"severity": "low", "page": 0}]}, "$.items[0].page: 0 is less than the minimum of 1"),
        ({"items": [{"severity": "low", "page": "1"}]}, '$.items[0].page: "1" is not of type integer'),
        ({"items": [{"severity": "low"}]}, '$.items[0]: required properties are missing: "page"'),
        ({"items": []}, "$.items: has 0 items, at least 1 are allowed"),
        (
            {"items": [{"severity": "low", "page": 1, "quote": "Al"}]},
            '$.items[0].quote: "Al" has 2 characters, at least 3 are allowed',
        ),
        (
            {"items": [{"severity": "low", "page": 1, "quote": "all"}]},
            '$.items[0].quote: "all" does not match the pattern "^[A-Z]"',
        ),
        ([], "$: [] is not of type object"),
    ],
)
def test_a_problem_names_the_place_what_is_there_and_what_is_wanted(instance, problem):
    assert compile_check(REVIEW).problems(instance) == (problem,)


def test_unknown_properties_are_named():
    (problem,) = compile_check(REVIEW).problems({"items": [{"severity": "low", "page": 1, "zzz": 2}]})
    assert problem.startswith("$.items[0]: ")
    assert "zzz" in problem


def test_valid_data_has_no_problems():
    assert (
        compile_check(REVIEW).problems({"items": [{"severity": "low", "page": 3, "quote": "The fee"}]}) == ()
    )


def test_problems_are_bounded_in_number_and_length():
    check = compile_check({"type": "array", "items": {"enum": ["y" * 500] * 3}})
    problems = check.problems(["x" * 10_000 + str(index) for index in range(100)])
    assert len(problems) == 8
    assert max(map(len, problems)) < 700
    assert len(check.problems(["x", "y", "z"], most=2)) == 2


def test_odd_property_names_are_quoted_in_the_path():
    check = compile_check({"additionalProperties": {"type": "integer"}})
    assert check.problems({"a b": "x"}) == ('$["a b"]: "x" is not of type integer',)


UNION = {
    "anyOf": [
        {"type": "null"},
        {
            "type": "object",
            "properties": {"kind": {"const": "a"}, "value": {"type": "integer"}},
            "required": ["kind"],
        },
        {
            "type": "object",
            "properties": {"kind": {"const": "b"}, "value": {"type": "string"}},
            "required": ["kind"],
        },
    ]
}


def test_of_a_union_the_closest_alternative_is_described():
    assert compile_check(UNION).problems({"kind": "b", "value": 3}) == ("$.value: 3 is not of type string",)


def test_of_a_union_where_no_type_fits_the_types_are_listed():
    assert compile_check(UNION).problems(3) == ("$: 3 is not of type null or object",)


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"format": "date"}, ["2026-11-24", 3], ["2026-02-30", "24.11.2026", "2026-11-24T00:00:00"]),
        ({"format": "date-time"}, ["2026-11-24T12:30:00Z", "2026-11-24T12:30:00.5+01:00", "2026-11-24T12:30:00"], ["x", "2026-11-24"]),
        ({"format": "time"}, ["12:30:00Z", "12:30", "23:59:60Z"], ["24:00:00", "noon"]),
        ({"format": "duration"}, ["P1D", "PT90S", "P2W", "P1Y2M3DT4H5M6.7S"], ["P", "1D", "PT"]),
        ({"format": "email"}, ["a@b.example", "a.b+c@d"], ["a", "@b", "a@", "a b@c"]),
        ({"format": "uuid"}, ["12345678-1234-5678-1234-567812345678"], ["123", "{12345678-1234-5678-1234-567812345678}"]),
        ({"format": "uri"}, ["https://a.example/b?c#d", "urn:x:y", "mailto:a@b"], ["a.example", "http://a b", "//x"]),
        ({"format": "ipv4"}, ["10.0.0.1"], ["10.0.0", "10.0.0.256", "::1"]),
        ({"format": "ipv6"}, ["::1"], ["10.0.0.1", ":::"]),
        ({"format": "ipv4network"}, ["10.0.0.0/8"], ["10.0.0.1/8", "x"]),
        ({"format": "hostname"}, ["a.example", "x"], ["-a", "a..b", ""]),
        ({"format": "unheard-of"}, ["anything"], []),
        ({"uniqueItems": True}, [[1, True, "1", None], [[1], [True]], [{"a": 1}, {"a": 2}]], [[1, 1.0], [{"a": 1, "b": 2}, {"b": 2, "a": 1}]]),
        ({"multipleOf": 0.1}, [0.3, 1, 1.1], [0.35]),
        ({"multipleOf": 3}, [3.0, 9, 3 * 10**400], [10, 10**400]),
        ({"enum": [1, "a"]}, [1, 1.0, "a"], [True, "1"]),
        ({"pattern": r"^(?!b)"}, ["a"], ["b"]),
        ({"pattern": r"\bfee\b"}, ["the fee is"], ["coffee"]),
        ({"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False}, [{"x-a": "b"}], [{"x-a": 1}, {"y": "b"}]),
        ({"if": {"type": "string"}, "then": {"minLength": 2}}, [1, "ab"], ["a"]),
        ({"contains": {"const": 1}, "maxContains": 1}, [[1, 2]], [[2], [1, 1]]),
        ({"unevaluatedProperties": False, "properties": {"a": True}}, [{"a": 1}], [{"b": 1}]),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "maximum": 3, "exclusiveMaximum": True}, [2], [3]),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}]}, [["a", 1]], [[1]]),
        ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "string"}}}, ["x"], [1]),
        ({"$ref": "#there", "$defs": {"a": {"$anchor": "there", "type": "string"}}}, ["x"], [1]),
    ],
)  # fmt: skip
def test_keywords_and_formats_are_asserted(schema, good, bad):
    check = compile_check(schema)
    assert [value for value in good if check.problems(value)] == []
    assert [value for value in bad if not check.problems(value)] == []


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "strin"}, "$.type"),
        ({"properties": {"a": {"minLength": -1}}}, "$.properties.a.minLength"),
        ({"required": ["a", "a"]}, "unique"),
        ({"$schema": "https://example.com/mine"}, "no known draft"),
        ({"$ref": "https://example.com/schema"}, "points out of the schema"),
        ({"$ref": "file:///etc/passwd"}, "points out of the schema"),
        ({"properties": {"a": {"$dynamicRef": "http://localhost/x"}}}, "points out of the schema"),
        ({"$ref": "#/$defs/missing"}, "to nothing"),
        ({"$ref": "#/$defs"}, "is no known"),
        ({"$ref": "#"}, "refers to itself"),
        ({"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"not": {"$ref": "#/$defs/a"}}}}, "refers to itself"),
        ({"pattern": "("}, "no regular expression"),
        ({"pattern": "^(a+)+(?=b)$"}, "exponential"),
        ({"pattern": "(a|a)*(?=b)"}, "exponential"),
        ({"pattern": r"(\w+\s?)*(?!x)"}, "exponential"),
        ({"pattern": r".*.*.*.*.*.*(?=x)"}, "exponential"),
        ({"pattern": "a" * 10_000}, "beyond the cap"),
        ({"patternProperties": {"^(a+)+$": True}}, "exponential"),
        ({"anyOf": [{"pattern": f"a{index}"} for index in range(500)]}, "patterns"),
        ({"enum": ["x" * 1000] * 500}, "bytes"),
        ({"default": float("nan")}, "not plain JSON"),
        ({"default": object()}, "not plain JSON"),
    ],
)  # fmt: skip
def test_a_schema_that_is_broken_hostile_or_leads_outside_is_refused(schema, says, monkeypatch):
    def no_network(*_: object) -> None:
        raise AssertionError("a schema was fetched")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    with pytest.raises(InvalidSchema) as caught:
        compile_check(schema)
    assert says in caught.value.message or says == "is no known"
    assert caught.value.hint


def test_a_schema_nested_too_deeply_or_circular_in_memory_is_refused():
    schema: dict[str, object] = {"type": "string"}
    for _ in range(MAX_SCHEMA_DEPTH):
        schema = {"not": schema}
    with pytest.raises(InvalidSchema):
        compile_check(schema)
    schema = {}
    schema["not"] = schema
    with pytest.raises(InvalidSchema):
        compile_check(schema)


def test_a_small_schema_that_multiplies_itself_ends_in_a_typed_error():
    definitions: dict[str, object] = {"a0": {"type": "integer"}}
    for index in range(1, 20):
        definitions[f"a{index}"] = {"allOf": [{"$ref": f"#/$defs/a{index - 1}"}] * 4}
    check = compile_check({"$ref": "#/$defs/a19", "$defs": definitions})
    with pytest.raises(InvalidSchema, match="too many steps"):
        check.problems(1)


def test_a_schema_that_multiplies_with_the_depth_of_the_data_ends_in_a_typed_error():
    twice = [{"properties": {"c": {"$ref": "#"}}}, {"properties": {"c": {"$ref": "#"}}}]
    data: dict[str, object] = {}
    for _ in range(50):
        data = {"c": data}
    with pytest.raises(InvalidSchema, match="too many steps"):
        compile_check({"allOf": twice}).problems(data)


def test_a_hostile_pattern_is_matched_in_linear_time_on_long_texts():
    check = compile_check({"pattern": "^(a+)+$"})
    assert check.problems("a" * 100_000) == ()
    assert check.problems("a" * 100_000 + "!")


def test_unique_items_of_many_objects_are_compared_in_linear_time():
    check = compile_check({"uniqueItems": True})
    rows = [{"id": index, "tags": [index, str(index)]} for index in range(20_000)]
    assert check.problems(rows) == ()
    assert check.problems([*rows, {"tags": [7, "7"], "id": 7}]) == (
        "$: items 7 and 20000 are equal, but the items must be unique",
    )


def test_data_beyond_the_caps_is_a_problem_and_never_an_exception():
    check = compile_check({"properties": {"c": {"$ref": "#"}}})
    data: dict[str, object] = {}
    for _ in range(3_000):
        data = {"c": data}
    assert "nested too deeply" in check.problems(data)[0]
    assert "too many values" in check.problems([0] * 300_000)[0]
    fits: dict[str, object] = {}
    for _ in range(MAX_INSTANCE_DEPTH - 1):
        fits = {"c": fits}
    assert check.problems(fits) == ()


def test_a_long_property_name_is_not_tried_on_a_backtracking_pattern():
    check = compile_check({"patternProperties": {"^a*b?a*$": True}})
    assert "property name" in check.problems({"a" * 100_000: 1})[0]


def test_ten_thousand_rows_fit_the_allowance():
    rows = {"items": [{"severity": "low", "page": index + 1, "quote": "The fee"} for index in range(10_000)]}
    assert compile_check(REVIEW).problems(rows) == ()


def test_the_same_content_is_compiled_once_and_a_later_change_of_it_is_seen():
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    check = compile_check(schema)
    assert compile_check({"type": "object", "properties": {"a": {"type": "string"}}}) is check
    schema["properties"]["a"]["type"] = "integer"  # type: ignore[index]
    assert check.problems({"a": "x"}) == ()
    assert compile_check(schema).problems({"a": "x"})


def test_one_check_serves_many_threads():
    check = compile_check(REVIEW)
    bad = {"items": [{"severity": "low", "page": 0}] * 50}
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(check.problems(bad)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [8] * 8


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=10,
)
KEYWORDS = st.sampled_from(
    ["type", "properties", "items", "allOf", "anyOf", "not", "enum", "const", "$ref", "$defs", "pattern", "required",
     "minimum", "maxItems", "$schema", "patternProperties", "if", "uniqueItems", "format", "dependentRequired", "$id"]
)  # fmt: skip
RUBBISH = st.dictionaries(
    KEYWORDS,
    st.recursive(
        ANY_JSON, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS, inner, max_size=3)
    ),
    max_size=4,
)


@CASES
@given(schema=RUBBISH, instance=ANY_JSON)
def test_any_rubbish_as_a_schema_gives_an_answer_or_invalid_schema(schema, instance):
    try:
        problems = compile_check(schema).problems(instance)
    except InvalidSchema:
        return
    assert all(isinstance(problem, str) for problem in problems)
