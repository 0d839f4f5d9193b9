"""JSON Schema of Python types, as a model should read it."""

from __future__ import annotations

import typing
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from agentkit.errors import InvalidSchema
from agentkit.schema.generate import adapter_of, schema_of, tidy


class Clause(BaseModel):
    """A clause of a contract."""

    heading_text: str = Field(description="Verbatim.")
    page: int = Field(default=1, title="Page of the PDF")
    title: str = ""


class Old(typing.TypedDict, total=False):
    """Written with typing."""

    a: typing.Required[int]
    b: list[str]
    c: typing.NotRequired[Inner]


class Inner(typing.TypedDict):
    x: Annotated[int, Field(ge=1)]


def test_made_up_titles_go_and_everything_else_stays():
    assert schema_of(Clause) == {
        "description": "A clause of a contract.",
        "type": "object",
        "properties": {
            "heading_text": {"type": "string", "description": "Verbatim."},
            "page": {"type": "integer", "default": 1, "title": "Page of the PDF"},
            "title": {"type": "string", "default": ""},
        },
        "required": ["heading_text"],
    }


def test_titles_of_definitions_go_and_data_is_not_touched():
    schema = {
        "$defs": {"Clause": {"title": "Clause", "enum": ["title"], "default": {"title": "Clause"}}},
        "properties": {"title": {"title": "Title", "$ref": "#/$defs/Clause"}},
    }
    before = repr(schema)
    assert tidy(schema) == {
        "$defs": {"Clause": {"enum": ["title"], "default": {"title": "Clause"}}},
        "properties": {"title": {"$ref": "#/$defs/Clause"}},
    }
    assert repr(schema) == before


def test_each_caller_gets_a_copy_of_its_own():
    schema_of(Clause)["properties"].clear()
    assert schema_of(Clause)["properties"]


def test_equal_types_of_another_order_keep_their_own_schema():
    assert schema_of(Literal[1, True])["enum"] == [1, True]
    assert schema_of(Literal[True, 1])["enum"] == [True, 1]


def test_typed_dicts_of_both_origins_are_understood():
    class New(TypedDict):
        a: int

    assert schema_of(New)["required"] == ["a"]
    schema = schema_of(Old)
    assert schema["required"] == ["a"]
    assert schema["description"] == "Written with typing."
    assert schema["$defs"]["Inner"]["properties"]["x"] == {"type": "integer", "minimum": 1}


@pytest.mark.parametrize(
    "tp", [list[Old], Old | None, tuple[Old, ...], dict[str, list[Old]], Annotated[Old, Field(description="d")]]
)  # fmt: skip
def test_typed_dicts_are_found_inside_other_types(tp):
    schema_of(tp)
    assert '"c"' in str(schema_of(tp)).replace("'", '"')


def test_a_typed_dict_is_validated_with_its_optional_keys():
    assert adapter_of(Old).validate_python({"a": 1, "c": {"x": 1}}) == {"a": 1, "c": {"x": 1}}


def test_types_without_a_schema_are_named_in_the_error():
    class Opaque:
        pass

    with pytest.raises(InvalidSchema, match="Opaque has no JSON Schema") as caught:
        schema_of(Opaque)
    assert "models, dataclasses" in caught.value.hint
    with pytest.raises(InvalidSchema):
        schema_of(typing.Callable[[int], int])


def test_an_unhashable_type_is_built_each_time():
    tp: Any = Annotated[int, Field(ge=1), ["unhashable"]]
    with pytest.raises(TypeError):
        hash(tp)
    assert schema_of(tp)["minimum"] == 1
