"""What a genuine server's grammar would never have let the model write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agentkit.testing import (
    LLAMACPP,
    OPENAI_COMPATIBLE,
    VLLM,
    Dialect,
    Script,
    SimulatedServer,
    Turn,
    call,
    calls,
    say,
)
from agentkit.testing.llguidance import problem_with
from tests.wire.replies import Answer, send, sum_of

PARAMETERS = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
WANTED = {"type": "json_schema", "json_schema": {"name": "a", "schema": PARAMETERS}}


def tools(**extra: Any) -> list[dict[str, Any]]:
    return [
        {"type": "function", "function": {"name": name, "parameters": PARAMETERS, **extra}}
        for name in ("f", "g")
    ]


def named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def ask(turn: Turn, dialect: Dialect, **body: Any) -> tuple[Answer, str]:
    with SimulatedServer(Script(turn), dialect=dialect) as server:
        body = {"messages": [{"role": "user", "content": "x"}], **body}
        return send(server.url, "POST", "/v1/chat/completions", body), server.requests[0].reason


@pytest.mark.parametrize(
    ("turn", "body", "reason"),
    [
        (say(""), {}, "a text or a call"),
        (call("f", {"n": 1}), {}, "no tool may be called"),
        (call("f", {"n": 1}), {"tools": tools(), "tool_choice": "none"}, "no tool may be called"),
        (say("no"), {"tools": tools(), "tool_choice": "required"}, "tool_choice is required"),
        (say("no"), {"tools": tools(), "tool_choice": named("f")}, "tool_choice is f"),
        (call("g", {"n": 1}), {"tools": tools(), "tool_choice": named("f")}, "another tool than f"),
        (calls(("f", {"n": 1}), ("g", {"n": 1})), {"tools": tools(), "parallel_tool_calls": False}, "several calls"),
        (call("f", '{"n": 1'), {"tools": tools()}, "no JSON"),
        (call("f", "[1]"), {"tools": tools()}, "no object"),
        (call("h", {"n": 1}), {"tools": tools(strict=True)}, "no tool h"),
        (call("f", {"n": "x"}), {"tools": tools(strict=True)}, "break its schema: 'x' is not of type 'integer'"),
        (say("prose"), {"response_format": WANTED}, "no JSON"),
        (say('{"m": 1}'), {"response_format": WANTED}, "'n' is a required property"),
        (say("[1]"), {"response_format": {"type": "json_object"}}, "not of type 'object'"),
        (say("[1]"), {"structured_outputs": {"json": PARAMETERS}}, "not of type 'object'"),
    ],
)  # fmt: skip
def test_vllm_breaks_where_a_reply_is_against_its_grammar_and_the_record_says_why(
    turn: Turn, body: dict[str, Any], reason: str
) -> None:
    answer, said = ask(turn, VLLM, **body)
    assert (answer.status, answer.json["error"]["message"]) == (500, "Internal server error")
    assert reason in said
    answer, said = ask(turn, VLLM, **body, stream=True)
    assert answer.status == 200
    assert answer.events[-2]["error"]["code"] == 500
    assert reason in said


@pytest.mark.parametrize(
    ("turn", "body"),
    [
        (call("h", {"n": 1}), {"tools": tools()}),
        (call("f", {"n": "x"}), {"tools": tools()}),
        (say("prose"), {"tools": tools(), "response_format": WANTED}),
        (call("f", {"n": 1}), {"tools": tools(), "response_format": WANTED}),
        (say("no"), {"tools": tools()}),
        (say('{"n": 1}'), {"response_format": WANTED}),
    ],
)
def test_vllm_lets_pass_what_its_grammar_does_not_know(turn: Turn, body: dict[str, Any]) -> None:
    assert ask(turn, VLLM, **body)[0].status == 200


@pytest.mark.parametrize(
    ("turn", "body", "reason"),
    [
        (call("h", {"n": 1}), {"tools": tools()}, "no tool h"),
        (call("f", {"n": "x"}), {"tools": tools()}, "break its schema"),
        (say("no"), {"tools": tools(), "tool_choice": "required"}, "required"),
        (say("prose"), {"response_format": WANTED}, "no JSON"),
    ],
)
def test_llamacpp_always_enforces_names_arguments_and_schemas(
    turn: Turn, body: dict[str, Any], reason: str
) -> None:
    answer, said = ask(turn, LLAMACPP, **body)
    assert answer.status == 500
    assert reason in answer.json["error"]["message"]
    assert reason in said


def test_a_reply_that_was_cut_is_no_breach() -> None:
    answer, _ = ask(say('{"n": 12345}'), VLLM, response_format=WANTED, max_tokens=3)
    assert sum_of(answer).finish == "length"


def test_enforcement_can_be_switched_off_to_test_a_client_that_asks_again() -> None:
    assert ask(say("prose"), replace(VLLM, enforces_schema=False), response_format=WANTED)[0].status == 200
    assert ask(call("f", "{"), replace(VLLM, enforces_grammar=False), tools=tools())[0].status == 200
    assert ask(say("prose"), OPENAI_COMPATIBLE, response_format=WANTED)[0].status == 200


def test_an_object_form_of_tool_choice_is_auto_for_llamacpp() -> None:
    assert ask(call("g", {"n": 1}), LLAMACPP, tools=tools(), tool_choice=named("f"))[0].status == 200


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "uniqueItems": True},
        {"type": "array", "contains": {"type": "integer"}},
        {"not": {"type": "string"}},
        {"if": {}, "then": {}},
        {"type": "object", "propertyNames": {"pattern": "a"}},
        {"type": "object", "properties": {"a": {"type": "nope"}}},
        {"type": "array", "items": {"type": "string", "format": "path"}},
        {"type": "string", "pattern": "a(?=b)"},
        {"type": "string", "pattern": r"\bword\b"},
        {"type": "string", "pattern": r"(a)\1"},
        {"$ref": "https://example.org/schema"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"uniqueItems": True}}},
        {"type": "object", "patternProperties": {"^(?!a)": {}}},
        {"type": "object", "properties": {"a": {}}, "minProperties": 1},
        {"type": "number", "minimum": -1e300},
        False,
        {"oneOf": [{"type": "integer"}, {"type": "number"}]},
        {"oneOf": [{"type": "object", "properties": {"a": {}}}, {"type": "object", "properties": {"b": {}}}]},
    ],
)
def test_schemas_that_the_grammar_compiler_refuses(schema: dict[str, Any]) -> None:
    assert problem_with(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"not": {"type": "string"}, "uniqueItems": {"type": "integer"}}},
        {"anyOf": [{"type": "integer"}, {"type": "number"}]},
        {"oneOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]},
        {
            "oneOf": [
                {"type": "object", "properties": {"kind": {"const": kind}}, "required": ["kind"]}
                for kind in ("a", "b")
            ]
        },
        {"$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"},
        {"type": "string", "pattern": r"^\d{3}-\\b$", "maxLength": 9, "format": "date-time"},
        {"enum": [{"not": 1}, "uniqueItems"]},
        {"type": "string", "$defs": {"unused": {"uniqueItems": True}}},
        {
            "oneOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}],
            "$defs": {
                kind: {"type": "object", "properties": {"kind": {"const": kind}}, "required": ["kind"]}
                for kind in ("a", "b")
            },
        },
        {"type": "object", "patternProperties": {"^x": {"type": ["string", "null"]}}, "minProperties": 1},
        {"allOf": [{"minimum": 1}, {"multipleOf": 2}]},
    ],
)
def test_schemas_that_the_grammar_compiler_takes(schema: dict[str, Any]) -> None:
    assert problem_with(schema) == ""


def test_a_schema_nested_beyond_64_is_refused() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(70):
        schema = {"type": "array", "items": schema}
    assert problem_with(schema)
