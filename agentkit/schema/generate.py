"""JSON Schema of Python types, as a model should read it."""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import SchemaError

from agentkit._util.json import is_array, is_object
from agentkit.errors import InvalidSchema
from agentkit.schema.typed_dicts import accepted

_MAPS = frozenset({"properties", "$defs", "definitions", "patternProperties", "dependentSchemas"})
_DATA = frozenset({"const", "enum", "default", "examples", "example"})


class QuietSchema(GenerateJsonSchema):
    """pydantic's generator, without a warning where a default has no JSON form: such a default is left out."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 - declared so above

    def encode_default(self, dft: Any) -> Any:
        """Return a default as JSON data; pydantic would build a serializer of its own even for a number."""
        return dft if dft is None or type(dft) in (bool, int, str) else super().encode_default(dft)


def schema_of(tp: Any) -> dict[str, Any]:
    """Return the JSON Schema of what a type accepts, tidied; a fresh copy that the caller may change.

    Args:
        tp: Any type that pydantic understands: models, dataclasses, TypedDicts, Literals, unions, containers.

    Raises:
        InvalidSchema: The type has no JSON Schema.
    """
    try:
        made = _cached_schema(tp)
    except TypeError:
        # An unhashable type, such as Annotated[...] around a list: rare enough to be built each time.
        made = _build_schema(tp)
    copied: dict[str, Any] = _copy(made)
    return copied


def adapter_of(tp: Any) -> TypeAdapter[Any]:
    """Return pydantic's adapter of a type, with `typing.TypedDict` allowed on every Python.

    Raises:
        InvalidSchema: pydantic does not understand the type.
    """
    if inspect.isroutine(tp):  # pydantic would call it with what the model wrote
        raise InvalidSchema(
            f"{_name(tp)} is a function, not a type.",
            hint="Give the type, or the function among tools=[...].",
        )
    try:
        return TypeAdapter[Any](collected(accepted(tp)))
    except (PydanticUserError, SchemaError, NameError) as error:
        raise _no_schema(tp, error) from error


def collected(annotation: Any) -> Any:
    """Read an iterable at once, as a list: pydantic would check each value only when it is asked for."""
    if typing.get_origin(annotation) is Iterable:
        items: Any = typing.get_args(annotation) or (Any,)
        return types.GenericAlias(list, items)
    return list[Any] if annotation is Iterable else annotation


def tidy(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a copy without the titles that pydantic makes up from the names of fields and models.

    A title that says something else than the name stays, as do descriptions, defaults and `$defs`.
    """
    return _tidy(schema, name=None, root=True)


@functools.lru_cache(maxsize=512, typed=True)
def _cached_schema(tp: Any) -> dict[str, Any]:
    return _build_schema(tp)


def _build_schema(tp: Any) -> dict[str, Any]:
    adapter = adapter_of(tp)
    try:
        return tidy(adapter.json_schema(schema_generator=QuietSchema))
    except (PydanticUserError, SchemaError, NameError) as error:
        raise _no_schema(tp, error) from error


def _no_schema(tp: Any, error: Exception) -> InvalidSchema:
    return InvalidSchema(
        f"{_name(tp)} has no JSON Schema: {str(error).splitlines()[0]}",
        hint="Use types that pydantic understands: models, dataclasses, TypedDicts, Literals, unions, containers.",
    )


def _name(tp: Any) -> str:
    return tp.__qualname__ if isinstance(tp, type) else repr(tp)


def _tidy(schema: dict[str, Any], *, name: str | None, root: bool = False) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "title" and isinstance(value, str) and (root or _repeats(value, name)):
            continue
        if key in _DATA:
            out[key] = value
        elif key in _MAPS and is_object(value):
            out[key] = {
                inner: _tidy(item, name=inner) if is_object(item) else item for inner, item in value.items()
            }
        elif is_object(value):
            out[key] = _tidy(value, name=name)
        elif is_array(value):
            out[key] = [_tidy(item, name=name) if is_object(item) else item for item in value]
        else:
            out[key] = value
    return out


def _repeats(title: str, name: str | None) -> bool:
    return name is not None and _bare(title) == _bare(name)


def _bare(text: str) -> str:
    return "".join(character for character in text if character.isalnum()).casefold()


def _copy(value: Any) -> Any:
    """Copy plain JSON data; a tenth of what `copy.deepcopy` costs."""
    if is_object(value):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if is_array(value) else value
