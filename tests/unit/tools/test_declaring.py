"""From a typed function to the schema that a model sees."""

from __future__ import annotations

import enum
import functools
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, Optional, Required, TypedDict
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from agentkit import RunContext, Toolset, tool
from agentkit.errors import InvalidTool
from agentkit.tools.docstring import read_docstring
from agentkit.tools.function import as_tool


class Filter(BaseModel):
    field: str
    values: list[int] = []


@dataclass
class Point:
    x: float
    y: float


class Options(TypedDict, total=False):
    deep: bool


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


def search(
    context: RunContext[Any],
    query: str,
    kind: Literal["clause", "term"],
    limit: int = 5,
    near: Point | None = None,
    filters: list[Filter] = [],  # noqa: B006
    options: Options | None = None,
    colour: Colour = Colour.RED,
    since: date | None = None,
    note: Annotated[str, "A remark."] = "",
    most: Annotated[int, Field(ge=1, le=9)] = 3,
) -> str:
    """Search the contract.

    Finds passages, best first.

    Args:
        query: Words to look for,
            in any order.
        kind (str): What to look for.

    Returns:
        Passages.
    """
    del context
    return f"{query} {kind} {limit} {near} {filters} {options} {colour} {since} {note} {most}"


def test_schema_and_descriptions_come_from_annotations_and_docstring() -> None:
    definition = as_tool(search).definition
    parameters = definition.parameters
    assert definition.name == "search"
    assert definition.description == "Search the contract.\n\nFinds passages, best first."
    assert "context" not in parameters["properties"]
    assert parameters["required"] == ["query", "kind"]
    assert parameters["additionalProperties"] is False
    properties = parameters["properties"]
    assert properties["query"]["description"] == "Words to look for, in any order."
    assert properties["kind"]["description"] == "What to look for."
    assert properties["kind"]["enum"] == ["clause", "term"]
    assert properties["limit"]["default"] == 5
    assert properties["note"]["description"] == "A remark."
    assert (properties["most"]["minimum"], properties["most"]["maximum"]) == (1, 9)
    assert "title" not in properties["query"]
    assert {"Filter", "Point", "Options", "Colour"} <= set(parameters["$defs"])


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        (
            "Do.\n\nArgs:\n    a: First.\n    b: Second,\n        longer.\n",
            {"a": "First.", "b": "Second, longer."},
        ),
        (
            "Do.\n\nParameters\n----------\na : int\n    First.\nb\n    Second.\n",
            {"a": "First.", "b": "Second."},
        ),
        ("Do.\n\n:param a: First.\n:param int b: Second.\n:returns: x\n", {"a": "First.", "b": "Second."}),
        ("Do.", {}),
        (None, {}),
    ],
)
def test_docstrings_of_three_styles_are_read(text: str | None, arguments: dict[str, str]) -> None:
    described = read_docstring(text)
    assert described.arguments == arguments
    assert described.summary == ("Do." if text else "")


def test_a_decorated_function_is_still_the_function() -> None:
    @tool(name="twice", timeout=3)
    def double(n: int) -> int:
        """Double."""
        return 2 * n

    assert double(4) == 8
    assert (double.name, double.timeout) == ("twice", 3)
    assert double.__doc__ == "Double."


def test_methods_partials_and_callable_objects_are_tools_too() -> None:
    class Shelf:
        @tool
        def count(self, article: str) -> int:
            """Count."""
            return len(article)

        def plain(self, article: str) -> int:
            """Count again."""
            return len(article)

        async def __call__(self, article: str) -> int:
            """Call."""
            return len(article)

    shelf = Shelf()
    assert shelf.count("abc") == 3
    assert set(shelf.count.definition.parameters["properties"]) == {"article"}
    assert set(as_tool(shelf.plain).definition.parameters["properties"]) == {"article"}
    called = tool(shelf, name="shelf")
    assert called.is_async
    assert set(called.definition.parameters["properties"]) == {"article"}
    partial = tool(functools.partial(search, limit=2), name="few")
    assert partial.definition.parameters["properties"]["limit"]["default"] == 2


def untyped(x) -> str:  # type: ignore[no-untyped-def]
    return str(x)


def starred(*xs: int) -> str:
    return str(xs)


def keywords(**xs: int) -> str:
    return str(xs)


def positional(x: int, /) -> str:
    return str(x)


@pytest.mark.parametrize(
    ("function", "named"),
    [(untyped, "x"), (starred, r"\*xs"), (keywords, r"\*\*xs"), (positional, "x"), (lambda: "", "lambda")],
)
def test_a_function_that_cannot_be_a_tool_is_refused_with_the_parameters_name(
    function: Any, named: str
) -> None:
    with pytest.raises(InvalidTool, match=named) as caught:
        as_tool(function)
    assert caught.value.hint


def test_a_type_that_json_cannot_carry_is_refused() -> None:
    def look(at: object.__class__) -> str:  # type: ignore[name-defined]
        return str(at)

    class Odd:
        pass

    def take(thing: Odd) -> str:
        return str(thing)

    with pytest.raises(InvalidTool, match="take"):
        _ = as_tool(take).definition


@pytest.mark.parametrize("name", ["", "two words", "x" * 65, "é"])
def test_a_bad_name_is_refused(name: str) -> None:
    def fine() -> str:
        return ""

    if name == "":
        assert tool(fine, name=None).name == "fine"
    else:
        with pytest.raises(InvalidTool, match="name"):
            tool(fine, name=name)


def test_a_toolset_keeps_order_and_refuses_two_of_a_name() -> None:
    def one() -> str:
        return "1"

    def two() -> str:
        return "2"

    tools = Toolset([two, one])
    assert tools.names == ("two", "one")
    assert tools.definitions is tools.definitions
    assert tools.only("one").names == ("one",)
    assert tools.without("one").names == ("two",)
    assert tools.prefixed("a_").names == ("a_two", "a_one")
    assert (tools + Toolset([tool(one, name="three")])).names == ("two", "one", "three")
    with pytest.raises(InvalidTool, match="two"):
        Toolset([one, two, two])
    with pytest.raises(InvalidTool, match="four"):
        tools.only("four")


def test_a_hundred_tools_build_no_schema_before_it_is_needed() -> None:
    made = [tool(search, name=f"search_{number}") for number in range(100)]
    assert all(each._signature is None for each in Toolset(made))


class Described(TypedDict):
    need: Required[Annotated[int, Field(description="Needed.")]]
    may: NotRequired[str]


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (Annotated[int, Field(ge=1, description="At least one.")], {"type": "integer", "minimum": 1, "description": "At least one."}),
        (Annotated[str, "A remark."], {"type": "string", "description": "A remark."}),
        (Literal["a", 1, None], {"enum": ["a", 1, None]}),
        (Optional[int], {"anyOf": [{"type": "integer"}, {"type": "null"}]}),  # noqa: UP045
        (int | str, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        (tuple[int, str], {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 2, "maxItems": 2}),
        (set[int], {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (list[Point], {"type": "array", "items": {"$ref": "#/$defs/Point"}}),
        (Colour, {"$ref": "#/$defs/Colour"}),
        (datetime, {"type": "string", "format": "date-time"}),
        (UUID, {"type": "string", "format": "uuid"}),
        (Path, {"type": "string", "format": "path"}),
        (Iterable[int], {"type": "array", "items": {"type": "integer"}}),
    ],
)  # fmt: skip
def test_every_kind_of_annotation_becomes_its_schema(annotation: Any, schema: dict[str, Any]) -> None:
    def f(x): ...  # type: ignore[no-untyped-def]

    f.__annotations__ = {"x": annotation}
    assert as_tool(f).definition.parameters["properties"]["x"] == schema


def test_a_typed_dict_says_what_is_required() -> None:
    def f(x: Described) -> str:
        return str(x)

    made = as_tool(f).definition.parameters["$defs"]["Described"]
    assert made["required"] == ["need"]
    assert made["properties"]["need"]["description"] == "Needed."


def test_a_default_that_json_cannot_carry_is_left_out_without_a_warning() -> None:
    def f(x: int = object()) -> str:  # type: ignore[assignment]
        return str(x)

    assert as_tool(f).definition.parameters["properties"] == {"x": {"type": "integer"}}


def test_methods_of_every_kind_are_tools_of_their_object_or_class() -> None:
    class Shelf:
        @tool
        @classmethod
        def over(cls, n: int) -> str:
            """Over."""
            return f"{cls.__name__} {n}"

        @classmethod
        @tool
        def under(cls, n: int) -> str:
            """Under."""
            return f"{cls.__name__} {n}"

        @tool
        @staticmethod
        async def still(n: int) -> str:
            """Still."""
            return str(n)

        @tool
        def own(self, n: int) -> str:
            """Own."""
            return str(n)

    for given in (Shelf.over, Shelf().over, Shelf.under, Shelf().under):
        made = as_tool(given)
        assert set(made.definition.parameters["properties"]) == {"n"}
        assert made(n=2) == "Shelf 2"
    for given in (Shelf.still, Shelf().still):
        assert given.is_async
        assert set(given.definition.parameters["properties"]) == {"n"}
    with pytest.raises(InvalidTool, match="own is a method that belongs to no object"):
        Toolset([Shelf.own])


def pieces(n: int) -> Iterator[int]:
    yield n


async def later_pieces(n: int) -> AsyncIterator[int]:
    yield n


@pytest.mark.parametrize("function", [pieces, later_pieces, functools.partial(pieces, n=1)])
def test_a_generator_is_refused_with_what_to_do(function: Any) -> None:
    with pytest.raises(InvalidTool, match="is a generator") as caught:
        tool(function, name="pieces")
    assert "list" in caught.value.hint


@pytest.mark.parametrize("given", [Filter, Point, dict])
def test_a_class_is_refused(given: Any) -> None:
    with pytest.raises(InvalidTool, match="is a class"):
        as_tool(given)


def test_the_type_that_is_returned_need_not_exist_at_run_time() -> None:
    def f(n: int) -> "pandas.DataFrame":  # type: ignore[name-defined]  # noqa: F821, UP037
        return n

    assert set(as_tool(f).definition.parameters["properties"]) == {"n"}


def test_a_callable_object_is_described_by_its_call_or_else_its_class() -> None:
    class Finder:
        """Find clauses."""

        def __call__(self, topic: str) -> str:
            return topic

    assert tool(Finder(), name="find").definition.description == "Find clauses."
