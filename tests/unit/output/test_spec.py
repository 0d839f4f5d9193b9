"""Kinds of output: what the server is asked for, and how an answer becomes a value."""

from __future__ import annotations

import asyncio
import datetime
import enum
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, WithJsonSchema, field_validator
from typing_extensions import TypedDict

from agentkit._util import json
from agentkit.errors import ConfigurationError, InvalidSchema, RetryTool
from agentkit.output.decode import InvalidOutput
from agentkit.output.spec import instruction, output_spec
from agentkit.schema.check import compile_check
from agentkit.schema.restrict import LLAMACPP, LLGUIDANCE, restrict


class Plain:
    """A class that pydantic knows nothing about."""


class Severity(enum.Enum):
    LOW = "low"
    HIGH = "high"


class Risk(BaseModel):
    clause: str
    severity: Literal["low", "medium", "high"]


class Node(BaseModel):
    name: str
    children: list[Node] = []


@dataclass
class Point:
    x: int
    y: float = 0.0


class Old(typing.TypedDict):
    a: int
    b: typing.NotRequired[list[str]]


class New(TypedDict):
    a: int
    b: NotRequired[list[str]]


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    tricks: list[str]


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]

KINDS: list[tuple[Any, str, Any]] = [
    (Risk, '{"clause": "9.1", "severity": "high"}', Risk(clause="9.1", severity="high")),
    (Node, '{"name": "a", "children": [{"name": "b"}]}', Node(name="a", children=[Node(name="b")])),
    (Point, '{"x": 1}', Point(1)),
    (Old, '{"a": 1, "b": ["x"]}', {"a": 1, "b": ["x"]}),
    (New, '{"a": 1}', {"a": 1}),
    (list[Old], '{"result": [{"a": 1}]}', [{"a": 1}]),
    (Old | None, '{"result": {"a": 1}}', {"a": 1}),
    (dict[str, Old], '{"k": {"a": 1}}', {"k": {"a": 1}}),
    (Literal["yes", "no"], '{"result": "yes"}', "yes"),
    (list[Risk], '{"result": [{"clause": "1", "severity": "low"}]}', [Risk(clause="1", severity="low")]),
    (list[Node], '{"result": [{"name": "b"}]}', [Node(name="b")]),
    (Risk | Point, '{"result": {"x": 2, "y": 3}}', Point(2, 3.0)),
    (Risk | None, '{"result": null}', None),
    (Pet, '{"result": {"kind": "dog", "tricks": []}}', Dog(kind="dog", tricks=[])),
    (Severity, '{"result": "low"}', Severity.LOW),
    (bool, '{"result": true}', True),
    (int, '{"result": 7}', 7),
    (float, '{"result": 7}', 7.0),
    (str, '{"result": "text"}', "text"),
    (int | str, '{"result": "1"}', "1"),
    (dict[str, int], '{"a": 1}', {"a": 1}),
    (tuple[int, str], '{"result": [1, "a"]}', (1, "a")),
    (set[int], '{"result": [1, 2]}', {1, 2}),
    (frozenset[str], '{"result": ["a"]}', frozenset({"a"})),
    (Path, '{"result": "/a/b"}', Path("/a/b")),
    (bytes, '{"result": "abc"}', b"abc"),
    (SecretStr, '{"result": "s"}', SecretStr("s")),
    (IPv4Network, '{"result": "10.0.0.0/8"}', IPv4Network("10.0.0.0/8")),
    (datetime.date, '{"result": "2026-11-24"}', datetime.date(2026, 11, 24)),
    (datetime.timedelta, '{"result": "PT90S"}', datetime.timedelta(seconds=90)),
    (Decimal, '{"result": "1.10"}', Decimal("1.10")),
    (
        UUID,
        '{"result": "12345678-1234-5678-1234-567812345678"}',
        UUID("12345678-1234-5678-1234-567812345678"),
    ),
    (Annotated[int, Field(ge=1)], '{"result": 1}', 1),
    (Annotated[list[int], Field(max_length=2)], '{"result": [1]}', [1]),
    ({"type": "object", "properties": {"a": {"type": "integer"}}}, '{"a": 1}', {"a": 1}),
    ({"properties": {"a": {"type": "integer"}}}, '{"a": 1}', {"a": 1}),
    ({"type": "array", "items": {"type": "string"}}, '{"result": ["a"]}', ["a"]),
    ({"enum": ["a", 1]}, '{"result": 1}', 1),
    ({"$ref": "#/definitions/a", "definitions": {"a": {"type": "object"}}}, '{"x": 1}', {"x": 1}),
    (Iterable[int], '{"result": [1]}', [1]),
]


def decode(spec: Any, text: str, context: Any = None) -> Any:
    return asyncio.run(spec.decode(text, context))


def problems(spec: Any, text: str) -> tuple[str, ...]:
    with pytest.raises(InvalidOutput) as caught:
        decode(spec, text)
    assert caught.value.text == text
    return caught.value.problems


@pytest.mark.parametrize(("output", "text", "value"), KINDS, ids=lambda item: str(item)[:40])
def test_every_kind_of_output_is_decoded_to_its_value(output, text, value):
    decoded = decode(output_spec(output), text)
    assert decoded == value
    assert type(decoded) is type(value)


@pytest.mark.parametrize(("output", "text", "value"), KINDS, ids=lambda item: str(item)[:40])
def test_the_server_is_asked_for_an_object_and_its_answer_fits_also_when_restricted(output, text, value):
    spec = output_spec(output)
    assert spec.format.schema["type"] == "object"
    assert spec.format.name == spec.name
    assert compile_check(spec.format.schema).problems(json.loads(text)) == ()
    for grammar in (LLGUIDANCE, LLAMACPP):
        restricted = restrict(spec.format.schema, grammar).schema
        assert compile_check(restricted).problems(json.loads(text)) == ()
        written = json.dumps(restricted)
        assert not any(
            word in written for word in ('"uniqueItems"', '"path"', '"binary"', '"password"', '"ipv4network"')
        )


def test_the_schema_for_prompts_is_not_wrapped_and_definitions_stand_on_top():
    spec = output_spec(list[Risk])
    assert spec.schema["type"] == "array"
    assert set(spec.format.schema["$defs"]) == {"Risk"}
    assert "$defs" not in spec.format.schema["properties"]["result"]


def test_references_to_the_root_of_a_wrapped_schema_still_lead_there():
    tree = {"anyOf": [{"type": "null"}, {"type": "array", "items": {"$ref": "#"}}, {"$ref": "#/$defs/leaf"}]}
    spec = output_spec({**tree, "$defs": {"leaf": {"type": "integer", "not": {"$ref": "#/anyOf/0"}}}})
    check = compile_check(spec.format.schema)
    assert check.problems({"result": [[1], [None, [2]]]}) == ()
    assert check.problems({"result": [["x"]]})
    assert decode(spec, '{"result": [[1], null]}') == [[1], None]


def test_a_json_schema_is_copied_so_that_later_changes_do_not_reach_the_spec():
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    spec = output_spec(schema)
    schema["properties"] = {"a": {"type": "string"}}
    assert decode(spec, '{"a": 1}') == {"a": 1}
    assert spec.format.schema["properties"] == {"a": {"type": "integer"}}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"output": Risk}, "Risk"),
        ({"output": list[Risk]}, "answer"),
        ({"output": Risk, "name": "contract risks (v2)!"}, "contract_risks_v2"),
        ({"output": Risk, "name": "x" * 90}, "x" * 64),
        ({"output": Risk, "name": "日本"}, "answer"),
        ({"output": {"type": "object", "title": "My Thing"}}, "My_Thing"),
    ],
)
def test_the_name_holds_letters_digits_and_underscores(given, name):
    assert output_spec(**given).name == name


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"clause": "9", "severity": "low"}\n```',
        '  \n```\n{"clause": "9",\n "severity": "low"}```\n',
        '\n {"clause": "9", "severity": "low"}\n',
    ],
)
def test_white_space_and_one_fence_around_the_answer_are_tolerated(text):
    assert decode(output_spec(Risk), text) == Risk(clause="9", severity="low")


def test_a_fence_inside_a_string_is_text():
    answer = {"clause": "```json\n{}\n```", "severity": "low"}
    assert decode(output_spec(Risk), json.dumps(answer)).clause == answer["clause"]


GOOD = '{"clause": "9", "severity": "low"}'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("```json\n```", "empty"),
        ("Here it is: " + GOOD, "not one valid JSON document"),
        (GOOD + " I hope this helps.", "trailing characters"),
        ("Sure!\n```json\n" + GOOD + "\n```", "not one valid JSON document"),
        ("```json\n" + GOOD + "\n```\nDone.", "not one valid JSON document"),
        ("```json\n" + GOOD, "not one valid JSON document"),
        (GOOD[:-1], "EOF"),
        (GOOD[:-5], "EOF"),
        (GOOD + GOOD, "trailing characters"),
        ('{"clause": "9", "severity": "low", "clause": "8"}', "'clause' occurs twice"),
        ('{"clause": NaN, "severity": "low"}', "expected value"),
        ('{"clause": ' + "9" * 5000 + "}", "number out of range"),
        ("[" * 5000, "recursion limit"),
        ('{"clause": "9", "severity": "huge"}', '$.severity: "huge" is not one of ["low","medium","high"]'),
        ('{"severity": "low"}', '$: required properties are missing: "clause"'),
        ('{"clause": 9, "severity": "low"}', "$.clause: 9 is not of type string"),
        ("[]", "$: [] is not of type object"),
    ],
)
def test_anything_else_is_refused_with_a_precise_problem(text, problem):
    found = problems(output_spec(Risk), text)
    assert any(problem in sentence for sentence in found), found


def test_problems_of_a_wrapped_output_name_the_place_in_the_answer():
    spec = output_spec(list[Risk])
    text = '{"result": [{"clause": "1", "severity": "low"}, {"clause": "2", "severity": "x"}]}'
    assert problems(spec, text)[0].startswith("$.result[1].severity: ")
    assert "single property" in problems(spec, "[]")[0]
    assert "single property" in problems(spec, '{"result": [], "note": "x"}')[0]


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (int, '{"result": "1"}'),
        (int, '{"result": true}'),
        (bool, '{"result": 1}'),
        (bool, '{"result": "yes"}'),
        (str, '{"result": 1}'),
        (float, '{"result": "1.5"}'),
        (Severity, '{"result": "LOW"}'),
        (datetime.date, '{"result": 20000}'),
        (datetime.date, '{"result": "2026-02-30"}'),
        (set[int], '{"result": [1, 1]}'),
        (tuple[int, str], '{"result": [1, "a", 2]}'),
        (Point, '{"x": "1"}'),
        (Old, '{"b": ["x"]}'),
        (dict[str, int], '{"a": null}'),
    ],
)
def test_nothing_is_coerced_and_no_constraint_is_lost(output, text):
    assert problems(output_spec(output), text)


def test_a_schema_that_says_more_than_the_type_does_not_open_the_door_to_coercion():
    loose = Annotated[int, WithJsonSchema({"type": ["integer", "string"]})]
    assert decode(output_spec(loose), '{"result": 5}') == 5
    assert problems(output_spec(loose), '{"result": "5"}') == (
        '$.result: Input should be a valid integer (got "5")',
    )


def test_what_only_the_type_knows_is_a_problem_too():
    class Span(BaseModel):
        model_config = ConfigDict(extra="forbid")
        start: int
        end: int

        @field_validator("end")
        @classmethod
        def _after(cls, end: int) -> int:
            if end > 10:
                raise ValueError("end lies beyond the document")
            return end

    assert problems(output_spec(Span), '{"start": 1, "end": 99}') == (
        "$.end: end lies beyond the document (got 99)",
    )
    assert "unexpected" in problems(output_spec(Span), '{"start": 1, "end": 9, "x": 1}')[0]


def test_validators_run_in_order_with_the_context_and_may_change_the_value():
    async def shout(value: str) -> str:
        return value.upper()

    def sign(context: str, value: str) -> str:
        return f"{value} {context}"

    spec = output_spec(str, validators=[shout, sign])
    assert decode(spec, '{"result": "yes"}', "— the court") == "YES — the court"


@pytest.mark.parametrize("error", [ValueError("quote it"), AssertionError("quote it"), RetryTool("quote it")])
def test_what_a_validator_raises_becomes_a_problem(error):
    def check(value: Any) -> Any:
        raise error

    assert problems(output_spec(int, validators=[check]), '{"result": 1}') == ("quote it",)


def test_an_error_in_a_validator_itself_is_not_hidden():
    def check(value: Any) -> Any:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        decode(output_spec(int, validators=[check]), '{"result": 1}')


def test_a_validator_with_another_signature_is_refused_at_once():
    def check(a: int, b: int, c: int) -> int:
        return a

    with pytest.raises(ConfigurationError, match=r"Let it take \(value\)"):
        output_spec(int, validators=[check])


@pytest.mark.parametrize(
    "output",
    [
        Plain,
        len,
        decode,
        Annotated[str, Field(pattern="^(?!x)")],
        {"type": "strin"},
        {"$ref": "https://example.com/x"},
        {"type": "object", "x": float("nan")},
    ],
)
def test_what_has_no_schema_is_refused_at_once(output):
    with pytest.raises(InvalidSchema):
        output_spec(output)


def test_a_long_answer_is_checked_off_the_event_loop():
    spec = output_spec(list[Risk])
    text = json.dumps({"result": [{"clause": "x" * 50, "severity": "low"}] * 2_000})

    async def main() -> int:
        ticks = 0
        waiting = asyncio.ensure_future(spec.decode(text))
        while not waiting.done():
            ticks += 1
            await asyncio.sleep(0)
        assert len(await waiting) == 2_000
        return ticks

    assert asyncio.run(main()) > 5


def test_the_instruction_shows_the_schema_that_the_answer_must_satisfy():
    spec = output_spec(list[Risk])
    text = instruction(spec)
    assert json.loads(text[text.index("\n") :]) == spec.format.schema
