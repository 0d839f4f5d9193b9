"""Restricting a schema for a server's grammar: always a relaxation, and exactly what is refused."""

from __future__ import annotations

import enum
import os
from decimal import Decimal
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr

from agentkit._util import json
from agentkit.errors import InvalidSchema
from agentkit.schema.check import compile_check
from agentkit.schema.generate import schema_of
from agentkit.schema.restrict import LLAMACPP, LLGUIDANCE, PLAIN, restrict
from agentkit.schema.walk import subschemas

CASES = settings(max_examples=int(os.environ.get("AGENTKIT_TEST_CASES", "1000")), deadline=None)

NAMES = st.sampled_from(["a", "b", "ab", "kind"])
SCALARS = st.sampled_from([None, True, False, 0, 1, 2, 1.0, 2.5, "", "a", "ab", "b", "2026-01-01", "aa"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
PATTERNS = st.sampled_from(["^a", "^(?!b)", r"\ba", "^[ab]{1,3}$", "^a$|^b$", "", "a|b", r"^\w+$"])


def _with(**keywords: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keywords)


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3)
    small = st.integers(0, 3)
    objects = _with(
        type=st.just("object"),
        properties=st.dictionaries(NAMES, inner, max_size=2),
        required=st.lists(NAMES, unique=True, max_size=2),
        additionalProperties=inner,
        patternProperties=st.dictionaries(
            st.sampled_from(["^a", "b$", "^(?!a)", "^k.*"]), inner, min_size=1, max_size=2
        ),
        propertyNames=inner,
        minProperties=small,
        maxProperties=small,
        dependentRequired=st.dictionaries(NAMES, st.lists(NAMES, unique=True, max_size=2), max_size=1),
        dependentSchemas=st.dictionaries(NAMES, inner, max_size=1),
        unevaluatedProperties=inner,
    )
    arrays = _with(
        type=st.just("array"),
        items=inner,
        prefixItems=several,
        minItems=small,
        maxItems=small | st.just(5000),
        uniqueItems=st.booleans(),
        contains=inner,
        minContains=small,
        maxContains=small,
        unevaluatedItems=inner,
    )
    combined = _with(
        allOf=several,
        anyOf=several,
        oneOf=several,
        **{"not": inner, "if": inner, "then": inner, "else": inner},
    )
    merged = st.tuples(st.one_of(objects, arrays), combined).map(lambda pair: {**pair[0], **pair[1]})
    refs = st.sampled_from([{"$ref": "#/$defs/x"}, {"$ref": "#/$defs/y", "minLength": 1}])
    return st.one_of(objects, arrays, combined, merged, refs, several.map(lambda items: {"anyOf": items}))


LEAVES = st.one_of(
    st.booleans(),
    st.just({}),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["string", "integer", "number", "null", "object", "array"])}
    ),
    _with(
        type=st.sampled_from(["string", ["string", "null"]]),
        pattern=PATTERNS,
        format=st.sampled_from(["date", "email", "password", "uuid"]),
        minLength=st.integers(0, 3),
        maxLength=st.integers(0, 3) | st.just(9000),
    ),
    _with(
        type=st.sampled_from(["integer", "number"]),
        minimum=st.sampled_from([0, 1, -1e300, 2**60]),
        exclusiveMaximum=st.sampled_from([2, 2.5, 1e300]),
        multipleOf=st.sampled_from([1, 0.5, 1e-300]),
    ),
    st.fixed_dictionaries({"const": SCALARS}),
    st.fixed_dictionaries({"enum": st.lists(SCALARS, min_size=1, max_size=3)}),
)
SCHEMAS = st.recursive(LEAVES, _schemas, max_leaves=6).filter(lambda schema: isinstance(schema, dict))
WHOLE = st.builds(
    lambda schema, x, y: {**schema, "$defs": {"x": x, "y": y}},
    SCHEMAS,
    LEAVES,
    st.recursive(LEAVES, _schemas, max_leaves=2),
)


@pytest.mark.parametrize("grammar", [LLGUIDANCE, LLAMACPP], ids=["llguidance", "llamacpp"])
@CASES
@given(schema=WHOLE, values=st.lists(VALUES, min_size=6, max_size=6))
def test_whatever_satisfies_the_original_satisfies_the_restricted_schema(grammar, schema, values):
    try:
        check = compile_check(schema)
    except InvalidSchema:
        assume(False)
    before = json.dumps(schema)
    restricted = restrict(schema, grammar)
    assert json.dumps(schema) == before
    relaxed = compile_check(restricted.schema)
    for value in values:
        if not check.problems(value):
            assert not relaxed.problems(value)


ARRAY = {"type": "array", "items": {"type": "string"}}
OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}
TEXT = {"type": "string"}


@pytest.mark.parametrize("grammar", [LLGUIDANCE, LLAMACPP], ids=["llguidance", "llamacpp"])
@pytest.mark.parametrize(
    ("base", "keyword", "value"),
    [
        (ARRAY, "uniqueItems", True),
        (ARRAY, "contains", {"const": "a"}),
        (ARRAY, "unevaluatedItems", False),
        (TEXT, "not", {"const": "a"}),
        (OBJECT, "dependentRequired", {"a": ["b"]}),
        (OBJECT, "dependentSchemas", {"a": {"required": ["b"]}}),
        (OBJECT, "dependencies", {"a": ["b"]}),
        (OBJECT, "propertyNames", {"maxLength": 3}),
        (OBJECT, "unevaluatedProperties", False),
        (OBJECT, "minProperties", 1),
        (OBJECT, "maxProperties", 1),
        (TEXT, "format", "regex"),
        (TEXT, "format", "decimal"),
        (TEXT, "format", "binary"),
        (TEXT, "format", "path"),
        (TEXT, "format", "password"),
        (TEXT, "format", "ipv4network"),
        (TEXT, "format", "iri"),
        (TEXT, "pattern", "^(?=a)"),
        (TEXT, "pattern", "^(?!a)"),
        (TEXT, "pattern", "(?<=a)b"),
        (TEXT, "pattern", r"(a)\1"),
        (TEXT, "pattern", r"\bfee\b"),
        (TEXT, "pattern", r"\Bfee"),
        (TEXT, "pattern", "a^b"),
        (TEXT, "pattern", r"\Aa\Z"),
        ({"type": "number"}, "minimum", 1e300),
        ({"type": "number"}, "multipleOf", 0.123456),
    ],
)
def test_a_keyword_that_the_grammar_refuses_is_removed_named_and_still_checked(grammar, base, keyword, value):
    schema = {"type": "object", "properties": {"x": {**base, keyword: value}}}
    restricted = restrict(schema, grammar)
    assert restricted.schema == {"type": "object", "properties": {"x": base}}
    assert restricted.removed == (f"{keyword} at #/properties/x",)


@pytest.mark.parametrize("grammar", [LLGUIDANCE, LLAMACPP], ids=["llguidance", "llamacpp"])
def test_a_condition_goes_as_a_whole_and_is_named_once(grammar):
    schema = {**OBJECT, "if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}
    restricted = restrict(schema, grammar)
    assert restricted.schema == OBJECT
    assert restricted.removed == ("if at #",)


@pytest.mark.parametrize("grammar", [LLGUIDANCE, LLAMACPP], ids=["llguidance", "llamacpp"])
def test_what_says_nothing_goes_without_a_word(grammar):
    assert restrict({**ARRAY, "uniqueItems": False}, grammar).removed == ()


@pytest.mark.parametrize(
    "schema",
    [
        {**TEXT, "pattern": "^[a-z]{2}$", "minLength": 2, "maxLength": 20_000},
        {**TEXT, "pattern": r"\d{4}-\w+"},
        {**TEXT, "format": "email"},
        {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "multipleOf": 0.01},
        {"type": "array", "prefixItems": [TEXT], "items": False, "minItems": 1, "maxItems": 1},
        {"type": "object", "patternProperties": {"^x-": TEXT}, "additionalProperties": False},
        {"type": "object", "additionalProperties": TEXT, "minProperties": 1},
        {"allOf": [TEXT, {"minLength": 3}]},
        {"anyOf": [TEXT, {"type": "null"}]},
        {"type": "array", "items": {"$ref": "#"}},
        {
            "$ref": "#/$defs/n",
            "$defs": {"n": {"properties": {"c": {"$ref": "#/$defs/n", "description": "child"}}}},
        },
        {"enum": ["a", 1, None]},
    ],
)
def test_what_llguidance_takes_is_left_as_it_is(schema):
    restricted = restrict(schema, LLGUIDANCE)
    assert restricted.schema == schema
    assert restricted.removed == ()


def test_alternatives_that_exclude_each_other_lose_nothing_and_others_are_named():
    def tagged(tag: str) -> dict[str, Any]:
        return {"type": "object", "properties": {"kind": {"const": tag}}, "required": ["kind"]}

    apart = {"oneOf": [tagged("a"), tagged("b"), TEXT]}
    assert restrict(apart, LLGUIDANCE).schema == {"anyOf": apart["oneOf"]}
    assert restrict(apart, LLGUIDANCE).removed == ()
    overlapping = {"oneOf": [{"type": "number"}, {"type": "integer"}]}
    assert restrict(overlapping, LLGUIDANCE).schema == {"anyOf": overlapping["oneOf"]}
    assert restrict(overlapping, LLGUIDANCE).removed == ("oneOf at #",)


def test_one_of_beside_any_of_keeps_both():
    schema = {"anyOf": [TEXT, {"type": "null"}], "oneOf": [TEXT, {"type": "null"}]}
    assert restrict(schema, LLGUIDANCE).schema == {
        "anyOf": schema["anyOf"],
        "allOf": [{"anyOf": schema["oneOf"]}],
    }


def test_names_that_the_grammar_cannot_tell_apart_fall_under_all_they_could_be():
    schema = {
        "type": "object",
        "patternProperties": {"^a": TEXT, "b$": {"type": "integer"}},
        "additionalProperties": False,
    }
    restricted = restrict(schema, LLGUIDANCE)
    assert restricted.schema == {
        "type": "object",
        "additionalProperties": {"anyOf": [TEXT, {"type": "integer"}]},
    }
    assert restricted.removed == ("patternProperties at #",)


def test_a_reference_that_leads_back_to_itself_stands_alone():
    node = {
        "type": "object",
        "properties": {"c": {"$ref": "#/$defs/n", "minProperties": 1, "deprecated": True}},
    }
    restricted = restrict({"$ref": "#/$defs/n", "$defs": {"n": node}}, LLGUIDANCE)
    assert restricted.schema["$defs"]["n"]["properties"]["c"] == {"$ref": "#/$defs/n"}


@pytest.mark.parametrize("grammar", [LLGUIDANCE, LLAMACPP], ids=["llguidance", "llamacpp"])
def test_nesting_beyond_what_the_server_reads_becomes_any_value(grammar):
    schema: dict[str, Any] = {"type": "string"}
    value: Any = 5
    for _ in range(70):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
        value = {"a": value}
    restricted = restrict(schema, grammar)
    text = json.dumps(restricted.schema)
    depth = highest = 0
    for character in text:
        depth += (character in "{[") - (character in "}]")
        highest = max(highest, depth)
    assert 100 <= highest <= 115
    assert "everything below" in restricted.removed[0]
    innermost = restricted.schema
    while "properties" in innermost:
        innermost = innermost["properties"]["a"]
    assert innermost in ({}, {"description": "any value"})


@pytest.mark.parametrize("grammar", [LLGUIDANCE, LLAMACPP], ids=["llguidance", "llamacpp"])
@pytest.mark.parametrize("ref", ["https://example.com/x", "other.json#/a", "#/$defs/missing"])
def test_a_reference_that_leads_outside_is_an_error(grammar, ref):
    with pytest.raises(InvalidSchema, match="points out of the schema or to nothing"):
        restrict({"properties": {"a": {"$ref": ref}}}, grammar)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "maxLength": 2_001}, {"type": "string"}),
        ({"type": "string", "maxLength": 2_000}, {"type": "string", "maxLength": 2_000}),
        ({"type": "string", "pattern": "^a"}, {"type": "string"}),
        ({"type": "string", "pattern": r"^\d{4}$"}, {"type": "string"}),
        ({"type": "string", "pattern": "^[^a]$"}, {"type": "string"}),
        ({"type": "string", "pattern": "^a|b$"}, {"type": "string"}),
        ({"type": "string", "pattern": "^(ab|[c-f]+)$"}, {"type": "string", "pattern": "^(ab|[c-f]+)$"}),
        ({"type": "string", "format": "email"}, {"type": "string"}),
        ({"properties": {"a": True}}, {"properties": {"a": {"description": "any value"}}}),
        ({"properties": {"a": {}}}, {"properties": {"a": {"description": "any value"}}}),
        ({"properties": {"a": False}}, {"properties": {}}),
        ({"type": "array", "items": {"$ref": "#"}}, {"type": "array", "items": {"description": "any value"}}),
        ({"allOf": [{"type": "string"}, {"minLength": 3}]}, {"type": "string"}),
        ({**OBJECT, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, OBJECT),
        ({"type": "array", "prefixItems": [TEXT], "items": False}, {"type": "array", "prefixItems": [TEXT]}),
    ],
)
def test_what_llama_cpp_misreads_is_weakened_for_it(schema, expected):
    restricted = restrict(schema, LLAMACPP)
    assert restricted.schema == expected


def test_a_plain_server_gets_the_schema_as_it_is():
    schema = {**ARRAY, "uniqueItems": True}
    assert restrict(schema, PLAIN).schema is schema


class Level(enum.Enum):
    LOW = "low"
    HIGH = "high"


class Everything(BaseModel):
    names: set[str]
    frozen: frozenset[int] = Field(default_factory=frozenset, min_length=1)
    path: Path
    raw: bytes
    secret: SecretStr
    network: IPv4Network
    amount: Decimal
    level: Level
    tag: Annotated[str, Field(pattern=r"\bx")]
    ratio: Annotated[float, Field(ge=0, multiple_of=0.5)]
    by_name: dict[Annotated[str, Field(pattern="^a")], list[Everything]]
    child: Everything | None = None
    kind: Literal["a", "b"] = "a"


@pytest.mark.parametrize("grammar", [LLGUIDANCE, LLAMACPP], ids=["llguidance", "llamacpp"])
def test_the_types_that_break_servers_pass_and_what_was_removed_is_named(grammar):
    restricted = restrict(schema_of(Everything), grammar)
    seen = {key for here in subschemas(restricted.schema) for key in here}
    assert not seen & grammar.keywords
    formats = {here["format"] for here in subschemas(restricted.schema) if "format" in here}
    assert grammar.formats is not None
    assert formats <= grammar.formats
    removed = " ".join(restricted.removed)
    for word in ("uniqueItems at #/$defs/Everything/properties/names", "format", "pattern"):
        assert word in removed


def test_the_same_content_is_restricted_once():
    assert restrict({**ARRAY, "uniqueItems": True}, LLGUIDANCE) is restrict(
        {**ARRAY, "uniqueItems": True}, LLGUIDANCE
    )


def test_where_some_name_may_hold_anything_every_name_may_when_the_names_cannot_be_told_apart():
    schema = {"type": "object", "patternProperties": {"^(?!a)": True}, "additionalProperties": TEXT}
    assert restrict(schema, LLGUIDANCE).schema == {"type": "object"}


def test_a_reference_to_what_was_renamed_is_removed_and_named():
    schema = {"oneOf": [TEXT, {"type": "array", "items": {"$ref": "#/oneOf/0"}}]}
    restricted = restrict(schema, LLGUIDANCE)
    assert restricted.schema == {"anyOf": [TEXT, {"type": "array", "items": {}}]}
    assert restricted.removed == ("$ref at #/oneOf/0",)
