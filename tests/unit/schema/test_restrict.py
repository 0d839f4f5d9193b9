"""Restricting a schema for a server's grammar: always a relaxation, and exactly what is refused."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agentkit._util import json
from agentkit.errors import InvalidSchema
from agentkit.schema.check import compile_check
from agentkit.schema.restrict import LLAMACPP, LLGUIDANCE, restrict

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
