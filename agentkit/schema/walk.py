"""Where the schemas inside a schema stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from agentkit._util.json import is_array, is_object

IN_PLACE_ONE = frozenset({"not", "if", "then", "else"})
"""Keywords that hold one schema for the same instance."""

IN_PLACE_LISTS = frozenset({"allOf", "anyOf", "oneOf"})
"""Keywords that hold a list of schemas for the same instance."""

IN_PLACE_MAPS = frozenset({"dependentSchemas", "dependencies"})
"""Keywords that hold named schemas for the same instance; `dependencies` also holds lists of names."""

ONE = IN_PLACE_ONE | {
    "additionalItems",
    "additionalProperties",
    "contains",
    "contentSchema",
    "items",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
}
LISTS = IN_PLACE_LISTS | {"items", "prefixItems"}
MAPS = IN_PLACE_MAPS | {"$defs", "definitions", "patternProperties", "properties"}
REFS = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})


def children(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield each keyword with each schema (an object or a boolean) that it holds directly."""
    for keyword, value in schema.items():
        if keyword in ONE and (is_object(value) or isinstance(value, bool)):
            yield keyword, value
        elif keyword in LISTS and is_array(value):
            for item in value:
                yield keyword, item
        elif keyword in MAPS and is_object(value):
            for item in value.values():
                if not is_array(item):
                    yield keyword, item


def subschemas(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the schema and every object schema inside it, definitions included."""
    pending: list[Any] = [schema]
    while pending:
        here = pending.pop()
        if is_object(here):
            yield here
            pending.extend(item for _, item in children(here))


def resolve(root: Mapping[str, Any], ref: str) -> Any:
    """Return what a local `$ref` points to.

    Raises:
        LookupError: Nothing in the schema is there, or the reference leads out of it.
    """
    if ref == "#":
        return root
    if not ref.startswith("#/"):
        for here in subschemas(root):
            if ref.startswith("#") and ref[1:] in (
                here.get("$anchor"),
                here.get("$dynamicAnchor"),
                here.get("$id"),
            ):
                return here
        raise LookupError(ref)
    target: Any = dict(root)
    for token in ref[2:].split("/"):
        step = unquote(token).replace("~1", "/").replace("~0", "~")
        if is_object(target):
            target = target[step]
        elif is_array(target) and step.isdigit():
            target = target[int(step)]
        else:
            raise LookupError(ref)
    return target


def size(value: Any, *, most_values: int, most_depth: int) -> tuple[int, int, int]:
    """Return the number of values, the depth of nesting and the longest key of plain JSON data.

    Counting stops one level beyond either bound, so that circular data and data that holds one part in many
    places are measured in bounded time.
    """
    values = depth = longest = 0
    level: list[Any] = [value]
    while level and values <= most_values and depth <= most_depth:
        values += len(level)
        depth += 1
        below: list[Any] = []
        for item in level:
            if is_object(item):
                below.extend(item.values())
                longest = max(longest, max(map(len, map(str, item)), default=0))
            elif is_array(item):
                below.extend(item)
            if len(below) > most_values:
                break
        level = below
    return values + len(level), depth, longest
