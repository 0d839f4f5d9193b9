"""What llama.cpp b11549 refuses when it turns a JSON Schema into its grammar; each message seen on the genuine server."""

from __future__ import annotations

from typing import Any

from agentkit._util.json import is_array, is_object
from agentkit.testing.request import object_in

_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")


def problem_with(schema: Any) -> str:
    """Return what the converter says against a schema, with its place, or an empty string."""
    return _Walk(object_in(schema)).problem(schema, "#")


class _Walk:
    """One pass over what of a schema is reached; unused definitions are not looked at."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._followed: set[str] = set()

    def problem(self, schema: Any, at: str) -> str:
        if not is_object(schema):
            return f"{at}: schema must be an object"
        here = _type_problem(schema.get("type"), at)
        if not here and schema.get("enum") == []:
            here = f"{at}: enum must be a non-empty array"
        if here:
            return here
        if "$ref" in schema:
            return self._reference(str(schema["$ref"]), at)
        below = {f"properties/{name}": item for name, item in object_in(schema.get("properties")).items()}
        if "items" in schema and "prefixItems" not in schema:
            below["items"] = schema["items"]
        for name in _LISTS:
            items = schema.get(name)
            below |= {f"{name}/{index}": item for index, item in enumerate(items if is_array(items) else ())}
        if is_object(schema.get("additionalProperties")):
            below["additionalProperties"] = schema["additionalProperties"]
        found = (self.problem(item, f"{at}/{name}") for name, item in below.items())
        return next((problem for problem in found if problem), "")

    def _reference(self, reference: str, at: str) -> str:
        if not reference.startswith("#/"):
            what = "only references into the same document are supported"
            return f"{at}: unsupported $ref {reference}, {what}"
        target: Any = self._root
        for name in reference[2:].split("/"):
            if not is_object(target) or name not in target:
                return f"{at}: cannot resolve $ref {reference}, {name} not found"
            target = target[name]
        if reference in self._followed:
            return ""
        self._followed.add(reference)
        return self.problem(target, reference)


def _type_problem(kind: Any, at: str) -> str:
    if kind is None:
        return ""
    if isinstance(kind, str):
        return "" if kind in _TYPES else f"{at}: unrecognized type {kind}"
    if not is_array(kind) or not all(isinstance(item, str) for item in kind):
        return f"{at}: type must be a string or an array of strings"
    wrong = next((index for index, item in enumerate(kind) if item not in _TYPES), None)
    return "" if wrong is None else f"{at}/type/{wrong}: unrecognized type {kind[wrong]}"
