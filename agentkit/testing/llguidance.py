"""What llguidance 1.7.6, vLLM's grammar compiler, refuses in a JSON Schema."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

from agentkit._util.json import is_array, is_object
from agentkit.testing.request import object_in

_UNKNOWN = (
    "uniqueItems", "contains", "minContains", "maxContains", "not", "if", "then", "else", "dependentRequired",
    "dependentSchemas", "dependencies", "propertyNames", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef",
)  # fmt: skip
_FORMATS = frozenset((
    "date", "date-time", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri", "unknown",
))  # fmt: skip
_TYPES = frozenset(("object", "array", "string", "number", "integer", "boolean", "null"))
_MAPS = ("properties", "patternProperties")
_SUBSCHEMAS = ("items", "prefixItems", "anyOf", "oneOf", "allOf", "additionalProperties")
_BEYOND_REGULAR = re.compile(r"\(\?<?[=!]|(?<!\\)(?:\\\\)*\\[bB1-9]")
_HIGHEST = 2.0**63
MAX_DEPTH = 64
"""Nesting that vLLM takes."""


def problem_with(schema: Any) -> str:
    """Return what the compiler says against a schema, or an empty string."""
    return _Walk(object_in(schema)).problem(schema, 0)


class _Walk:
    """One pass over what of a schema is reached: definitions that nothing refers to are never compiled."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._followed: set[str] = set()

    def problem(self, schema: Any, depth: int) -> str:
        if depth > MAX_DEPTH:
            return "Schema nesting is too deep"
        if is_array(schema):
            return self._first(schema, depth)
        if schema is False and depth == 0:
            return "Unsatisfiable schema: schema is false"
        if not is_object(schema):
            return ""
        if problem := _problem_here(schema, self._root):
            return problem
        below = [item for name in _MAPS for item in object_in(schema.get(name)).values()]
        below += [schema.get(name) for name in _SUBSCHEMAS]
        reference = str(schema.get("$ref", ""))
        if reference not in self._followed:
            self._followed.add(reference)
            below.append(_followed(schema, self._root) if reference else None)
        return self._first(below, depth)

    def _first(self, schemas: list[Any], depth: int) -> str:
        return next((problem for schema in schemas if (problem := self.problem(schema, depth + 1))), "")


def _problem_here(node: dict[str, Any], root: dict[str, Any]) -> str:
    unknown = [name for name in _UNKNOWN if name in node]
    if unknown:
        return f"Unimplemented keys: {unknown}".replace("'", '"')
    kinds = node.get("type")
    for kind in kinds if is_array(kinds) else [kinds]:
        if kind is not None and str(kind) not in _TYPES:
            return f"Invalid type: {kind}"
    if isinstance(node.get("format"), str) and node["format"] not in _FORMATS:
        return f"Unknown format: {node['format']}"
    for pattern in (node.get("pattern"), *object_in(node.get("patternProperties"))):
        if isinstance(pattern, str) and _BEYOND_REGULAR.search(pattern):
            return f"Regex is not supported: {pattern}"
    if node.keys() & {"minProperties", "maxProperties"} and not (
        set(object_in(node.get("properties"))) <= _names(node.get("required"))
    ):
        return 'min/maxProperties only supported when all keys listed in "properties" are required'
    for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        bound = node.get(name)
        if isinstance(bound, int | float) and abs(bound) > _HIGHEST:
            return f"Failed to generate regex for a range: {name} {bound}"
    reference = node.get("$ref")
    if isinstance(reference, str) and not reference.startswith("#"):
        return f"External references are not supported: {reference}"
    branches = node.get("oneOf")
    if is_array(branches) and _may_overlap([_followed(branch, root) for branch in branches]):
        return "oneOf constraints are not supported where branches may overlap"
    return ""


def _followed(branch: Any, root: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference to one of the root's definitions."""
    here = object_in(branch)
    found = re.fullmatch(r"#/(\$defs|definitions)/([^/]+)", str(here.get("$ref", "")))
    return object_in(object_in(root.get(found[1])).get(found[2])) if found else here


def _may_overlap(branches: list[Any]) -> bool:
    return any(not _apart(object_in(one), object_in(other)) for one, other in combinations(branches, 2))


def _apart(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether no value can satisfy both: different types, different constants, or a property that tells them apart."""
    values, others = _values(one), _values(other)
    if values is not None and others is not None:
        return not values & others
    kinds, other_kinds = _kinds(one), _kinds(other)
    if kinds and other_kinds and not kinds & other_kinds:
        return True
    shared = set(object_in(one.get("properties"))) & set(object_in(other.get("properties")))
    needed = shared & _names(one.get("required")) & _names(other.get("required"))
    return any(
        _apart(object_in(one["properties"][name]), object_in(other["properties"][name])) for name in needed
    )


def _names(value: Any) -> set[str]:
    return {item for item in value if isinstance(item, str)} if is_array(value) else set()


def _values(node: dict[str, Any]) -> set[str] | None:
    if "const" in node:
        return {repr(node["const"])}
    enum = node.get("enum")
    return {repr(value) for value in enum} if is_array(enum) else None


def _kinds(node: dict[str, Any]) -> set[str]:
    kinds = node.get("type")
    named = {kinds} if isinstance(kinds, str) else _names(kinds)
    return named | {"integer"} if "number" in named else named
