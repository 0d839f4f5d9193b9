"""Sentences for what is wrong with data: where, what is there, what is wanted."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from agentkit._util import json
from agentkit._util.json import is_array, is_object

if TYPE_CHECKING:  # who has an error to describe has loaded jsonschema
    from jsonschema.exceptions import ValidationError

MAX_PROBLEMS = 8
_MAX_SHOWN = 100


def problems_of(errors: Iterable[ValidationError], *, path: str, most: int) -> tuple[str, ...]:
    """Describe up to `most` different errors, in the order in which they were found."""
    sentences = (sentence for error in errors for sentence in _describe(error, path))
    return tuple(itertools.islice(_distinct(sentences), most))


def shown(value: Any, most: int = _MAX_SHOWN) -> str:
    """Return a value as JSON, cut to a bounded length."""
    if isinstance(value, str):
        value = value if len(value) <= most else value[:most] + "…"
        return json.dumps(value)
    if is_object(value) and len(value) > 20:
        return f"an object with {len(value)} properties"
    if is_array(value) and len(value) > 20:
        return f"an array of {len(value)} items"
    text = json.dumps(value)
    return text if len(text) <= most else text[:most] + "…"


def place(path: str, steps: Iterable[str | int]) -> str:
    """Return a JSON path: `$.items[2].severity`."""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if step.isidentifier() else f"[{shown(step, 60)}]"
    return path


def _distinct(sentences: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for sentence in sentences:
        if sentence not in seen:
            seen.add(sentence)
            yield sentence


def _describe(error: ValidationError, path: str) -> Iterator[str]:
    here = place(path, error.absolute_path)
    there = shown(error.instance)
    wanted: Any = error.validator_value
    found: Any = error.instance
    match error.validator:
        case "anyOf" | "oneOf" if error.context:
            yield from _describe_union(error, path)
        case "type":
            names = [wanted] if isinstance(wanted, str) else wanted
            yield f"{here}: {there} is not of type {' or '.join(map(str, names))}"
        case "enum" if is_array(wanted):
            yield f"{here}: {there} is not one of {_cut(json.dumps(wanted), 400)}"
        case "const":
            yield f"{here}: {there} is not {shown(wanted)}"
        case "required":
            missing = [name for name in wanted if name not in found]
            yield f"{here}: required properties are missing: {_cut(', '.join(map(shown, missing)), 400)}"
        case "additionalProperties" | "unevaluatedProperties":
            yield f"{here}: {_cut(error.message, 300)}"
        case "pattern":
            yield f"{here}: {there} does not match the pattern {shown(wanted)}"
        case "format":
            yield f"{here}: {there} is not a valid {wanted}"
        case "uniqueItems":
            yield f"{here}: {error.message}, but the items must be unique"
        case "minLength" | "maxLength":
            bound = "at least" if error.validator == "minLength" else "at most"
            yield f"{here}: {there} has {len(found)} characters, {bound} {wanted} are allowed"
        case "minItems" | "maxItems":
            bound = "at least" if error.validator == "minItems" else "at most"
            yield f"{here}: has {len(found)} items, {bound} {wanted} are allowed"
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf":
            yield f"{here}: {there} {_BOUNDS[str(error.validator)]} {shown(wanted)}"
        case "not":
            yield f"{here}: {there} is excluded by the schema"
        case _:
            yield f"{here}: {_cut(error.message, 200)}"


_BOUNDS = {
    "minimum": "is less than the minimum of",
    "maximum": "is greater than the maximum of",
    "exclusiveMinimum": "is not greater than",
    "exclusiveMaximum": "is not less than",
    "multipleOf": "is not a multiple of",
}


def _describe_union(error: ValidationError, path: str) -> Iterator[str]:
    """Describe what is wrong with the alternative that comes closest."""
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0] if inner.schema_path else None, []).append(inner)
    here = place(path, error.absolute_path)
    if all(_is_of_another_type(errors) for errors in branches.values()):
        names = list(dict.fromkeys(name for errors in branches.values() for name in _types(errors)))
        yield f"{here}: {shown(error.instance)} is not of type {' or '.join(names)}"
        return
    closest = min(branches.values(), key=_distance)
    for inner in sorted(closest, key=lambda inner: len(inner.path))[:3]:
        yield from _describe(inner, path)


def _is_of_another_type(errors: list[ValidationError]) -> bool:
    return any(error.validator == "type" and not error.path for error in errors)


def _types(errors: list[ValidationError]) -> Iterator[str]:
    for error in errors:
        if error.validator == "type" and not error.path:
            wanted: Any = error.validator_value
            yield from [wanted] if isinstance(wanted, str) else wanted


def _distance(errors: list[ValidationError]) -> tuple[bool, int, int]:
    """How far an alternative is: another type, then tags (const, enum) that differ, then the number of errors."""
    tags = sum(error.validator in ("const", "enum") and len(error.path) <= 1 for error in errors)
    return _is_of_another_type(errors), tags, len(errors)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "…"
