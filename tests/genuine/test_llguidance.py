"""Against the genuine grammar compiler of vLLM: what agentkit sends it takes, and what the simulated server refuses it refuses."""

from __future__ import annotations

import json
from decimal import Decimal
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import assume, given
from pydantic import BaseModel, Field, SecretStr

from agentkit.errors import InvalidSchema
from agentkit.schema.check import compile_check
from agentkit.schema.generate import schema_of
from agentkit.schema.restrict import LLGUIDANCE, restrict
from agentkit.testing.llguidance import problem_with
from tests.unit.schema.test_restrict import WHOLE

llguidance = pytest.importorskip("llguidance", reason="no llguidance wheel for this platform")


def problem(schema: Any) -> str:
    matcher = llguidance.LLMatcher
    return str(matcher.validate_grammar(matcher.grammar_from_json_schema(json.dumps(schema)), None) or "")


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    bark: str


class Part(BaseModel):
    name: str
    parts: list[Part] = []


TYPES = [
    set[str], frozenset[int], Path, bytes, SecretStr, IPv4Network, Decimal, dict[str, int], dict[int, str], Part,
    Annotated[Cat | Dog, Field(discriminator="kind")], Cat | Dog, list[Part] | None, Annotated[str, Field(pattern=r"^[a-z]+$")],
    Annotated[str, Field(pattern=r"\bx\b")], Annotated[float, Field(multiple_of=0.01)], tuple[int, str], Literal["a", 1, None],
]  # fmt: skip


@pytest.mark.parametrize("tp", TYPES, ids=str)
def test_every_type_is_taken_once_it_is_restricted(tp: Any) -> None:
    assert problem(restrict(schema_of(tp), LLGUIDANCE).schema) == ""


def test_some_of_these_types_are_refused_as_they_are() -> None:
    refused = [tp for tp in TYPES if problem(schema_of(tp))]
    assert {set[str], frozenset[int], Path, bytes, SecretStr, IPv4Network} <= {
        tp for tp in refused if isinstance(tp, type) or hasattr(tp, "__origin__")
    }


@given(schema=WHOLE)
def test_any_schema_is_taken_once_it_is_restricted(schema: dict[str, Any]) -> None:
    try:
        compile_check(schema)
        restricted = restrict(schema, LLGUIDANCE).schema
    except InvalidSchema:
        assume(False)
    said = problem(restricted)
    # the compiler gives up on a recursive definition that is to be met together with itself (llguidance 1.7.6)
    assert not said or "nsatisfiable" in said or "intersection stack level" in said, restricted


@pytest.mark.parametrize("tp", TYPES, ids=str)
def test_the_simulated_server_refuses_what_the_compiler_refuses(tp: Any) -> None:
    schema = schema_of(tp)
    assert bool(problem_with(schema)) == bool(problem(schema))
