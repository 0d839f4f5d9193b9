"""Check data against a JSON Schema: precise problems, in bounded time, whoever wrote the schema."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from fractions import Fraction
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend, validator_for  # pyright: ignore[reportUnknownVariableType]
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]
from referencing.exceptions import Unresolvable

from agentkit._util import json
from agentkit._util.json import is_array, is_object
from agentkit.errors import InvalidSchema
from agentkit.schema.formats import FORMATS
from agentkit.schema.patterns import backtracking, matcher
from agentkit.schema.report import MAX_PROBLEMS, problems_of
from agentkit.schema.walk import (
    IN_PLACE_LISTS,
    IN_PLACE_MAPS,
    IN_PLACE_ONE,
    REFS,
    children,
    resolve,
    size,
    subschemas,
)

MAX_SCHEMA_BYTES = 128_000
MAX_SCHEMA_DEPTH = 100
MAX_PATTERNS = 200
MAX_INSTANCE_VALUES = 200_000
MAX_INSTANCE_DEPTH = 64
MAX_STEPS = 500_000
"""Keyword evaluations of one check; small data gets less, see `_allowance`."""

_SHORTEN = "Make the schema smaller, or check this in an output validator."


class Check:
    """A compiled schema. Made by `compile_check`; safe to share between threads."""

    __slots__ = ("_longest_key", "_validator", "schema")

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema: Mapping[str, Any] = schema
        self._validator = _validator_class(schema)(schema, registry=REGISTRY, format_checker=_FORMAT_CHECKER)
        keys = [key for here in subschemas(schema) for key in here.get("patternProperties", ())]
        # jsonschema matches property names with `re`, so they get the bound of a backtracking search.
        self._longest_key = min((backtracking(key).longest for key in keys), default=None)

    def problems(self, instance: Any, *, path: str = "$", most: int = MAX_PROBLEMS) -> tuple[str, ...]:
        """Say what is wrong with plain JSON data; empty where nothing is.

        Args:
            instance: What `json.loads` returned.
            path: What the root is called in the problems.
            most: How many problems are reported.

        Raises:
            InvalidSchema: The schema makes the check cost more than the data can justify.
        """
        values, depth, longest = size(
            instance, most_values=MAX_INSTANCE_VALUES, most_depth=MAX_INSTANCE_DEPTH
        )
        if depth > MAX_INSTANCE_DEPTH:
            return (f"{path}: nested too deeply, at most {MAX_INSTANCE_DEPTH} levels are allowed",)
        if values > MAX_INSTANCE_VALUES:
            return (f"{path}: holds too many values, at most {MAX_INSTANCE_VALUES:,} are allowed",)
        if self._longest_key is not None and longest > self._longest_key:
            return (
                f"{path}: a property name has {longest} characters, at most {self._longest_key} are allowed",
            )
        token = _STEPS.set(_Steps(_allowance(values)))
        try:
            return problems_of(self._validator.iter_errors(instance), path=path, most=most)
        except RecursionError as error:
            raise InvalidSchema("Checking the data goes too deep into the schema.", hint=_SHORTEN) from error
        except Unresolvable as error:
            raise InvalidSchema(
                f"The schema refers to something it does not hold: {error}.", hint=_INLINE
            ) from error
        finally:
            _STEPS.reset(token)


def compile_check(schema: Mapping[str, Any]) -> Check:
    """Compile a schema for checking; the same content is compiled once.

    Draft 2020-12, or the draft that `$schema` names. References never leave the schema. Formats are asserted
    where `schema.formats` knows them.

    Raises:
        InvalidSchema: The schema is broken, refers to something outside, is beyond the caps on size and depth,
            or holds what could take exponential time.
    """
    values, depth, _ = size(dict(schema), most_values=MAX_SCHEMA_BYTES, most_depth=MAX_SCHEMA_DEPTH)
    if depth > MAX_SCHEMA_DEPTH or values > MAX_SCHEMA_BYTES:
        raise InvalidSchema(
            f"The schema is beyond the caps of {MAX_SCHEMA_DEPTH} levels and {MAX_SCHEMA_BYTES:,} bytes.",
            hint=_SHORTEN,
        )
    try:
        content = json.dumps_bytes(schema)
    except ValueError as error:
        raise InvalidSchema(
            f"The schema is not plain JSON data: {error}.", hint="Use JSON data only."
        ) from error
    return _compile(content)


@functools.lru_cache(maxsize=512)
def _compile(content: bytes) -> Check:
    if len(content) > MAX_SCHEMA_BYTES:
        raise InvalidSchema(
            f"A schema of {len(content):,} bytes is beyond the cap of {MAX_SCHEMA_BYTES:,}.", hint=_SHORTEN
        )
    schema: dict[str, Any] = json.loads(content)
    _require_wellformed(schema)
    _require_local_refs(schema)
    _require_finite(schema)
    patterns = [here["pattern"] for here in subschemas(schema) if "pattern" in here]
    if len(patterns) > MAX_PATTERNS:
        raise InvalidSchema(
            f"A schema with {len(patterns)} patterns is beyond the cap of {MAX_PATTERNS}.", hint=_SHORTEN
        )
    for pattern in patterns:
        matcher(pattern)
    return Check(schema)


_INLINE = "Put it under $defs of the same schema; nothing is ever fetched."


def _require_wellformed(schema: dict[str, Any]) -> None:
    """Check the schema against its draft's own schema, with the same bounds as any other data."""
    kind = _validator_class(schema)
    meta = kind(kind.META_SCHEMA, registry=REGISTRY)
    token = _STEPS.set(_Steps(MAX_STEPS))
    try:
        found = problems_of(meta.iter_errors(schema), path="$", most=3)
    except RecursionError as error:
        raise InvalidSchema("The schema is nested too deeply to be read.", hint=_SHORTEN) from error
    finally:
        _STEPS.reset(token)
    if found:
        raise InvalidSchema(f"The JSON Schema is broken: {'; '.join(found)}.", hint="Correct the schema.")


def _require_local_refs(schema: dict[str, Any]) -> None:
    for here in subschemas(schema):
        for keyword in REFS & here.keys():
            ref = here[keyword]
            if not isinstance(ref, str):
                continue
            try:
                target = resolve(schema, ref)
            except (LookupError, ValueError):
                raise InvalidSchema(
                    f"{keyword} {ref[:120]!r} points out of the schema or to nothing.", hint=_INLINE
                ) from None
            if not (is_object(target) or isinstance(target, bool)):
                raise InvalidSchema(
                    f"{keyword} {ref[:120]!r} points to something that is no schema.", hint=_INLINE
                )


def _require_finite(schema: dict[str, Any]) -> None:
    """Refuse schemas that refer to themselves for the very same instance: checking them would never end."""
    done: set[int] = set()
    for start in subschemas(schema):
        # Depth first, without recursion: `trail` holds what is being looked at, so meeting it again is a circle.
        trail: dict[int, None] = {}
        stack: list[tuple[dict[str, Any], Iterator[Any]]] = []

        def enter(node: Any, trail: dict[int, None] = trail, stack: list[Any] = stack) -> None:
            if not is_object(node) or id(node) in done:
                return
            if id(node) in trail:
                raise InvalidSchema(
                    "The schema refers to itself without going into the data.", hint="Break the circle."
                )
            trail[id(node)] = None
            stack.append((node, _in_place(schema, node)))

        enter(start)
        while stack:
            node, below = stack[-1]
            following = next(below, _END)
            if following is _END:
                stack.pop()
                trail.pop(id(node))
                done.add(id(node))
            else:
                enter(following)


_END = object()


def _in_place(root: dict[str, Any], schema: dict[str, Any]) -> Iterator[Any]:
    """Yield the schemas that a schema applies to its own instance."""
    for keyword, item in children(schema):
        if keyword in IN_PLACE_ONE or keyword in IN_PLACE_LISTS or keyword in IN_PLACE_MAPS:
            yield item
    for keyword in REFS & schema.keys():
        if isinstance(schema[keyword], str):
            yield resolve(root, schema[keyword])


class _Steps:
    """What is left of the keyword evaluations of one check."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


_STEPS: ContextVar[_Steps] = ContextVar("agentkit_schema_steps")


def _allowance(values: int) -> int:
    return min(MAX_STEPS, 20_000 + 60 * values)


Keyword = Callable[[Any, Any, Any, Any], Any]


def _counted(keyword: Keyword) -> Keyword:
    def evaluate(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        steps = _STEPS.get()
        # Long lists (enum, required, anyOf) are walked through, so they count for more than one.
        steps.left -= 1 + (len(value) >> 3 if (is_array(value) or is_object(value)) else 0)
        if steps.left < 0:
            raise InvalidSchema("Checking the data against the schema takes too many steps.", hint=_SHORTEN)
        return keyword(validator, value, instance, schema)

    return evaluate


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not matcher(pattern)(instance):
        yield ValidationError("does not match")


def _unique_items(validator: Any, unique: bool, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not unique or not is_array(instance):
        return
    seen: dict[Any, int] = {}
    for index, item in enumerate(instance):
        first = seen.setdefault(_key(item), index)
        if first != index:
            yield ValidationError(f"items {first} and {index} are equal")
            return


def _multiple_of(validator: Any, unit: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "number"):
        return
    # As written: in binary 0.3 is no multiple of 0.1.
    if _fraction(instance) % _fraction(unit):
        yield ValidationError(f"is not a multiple of {unit}")


def _fraction(number: Any) -> Fraction:
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


def _key(value: Any) -> Any:
    """A hashable that is equal for values that are equal as JSON: 1 is 1.0 but not true."""
    if is_object(value):
        return frozenset((name, _key(item)) for name, item in value.items()), dict
    if is_array(value):
        return tuple(map(_key, value))
    return (value, bool) if isinstance(value, bool) else value


@functools.lru_cache(maxsize=16)
def _bounded(kind: Any) -> Any:
    keywords: dict[str, Keyword] = {name: _counted(keyword) for name, keyword in kind.VALIDATORS.items()}
    keywords["pattern"] = _counted(_pattern)
    if "uniqueItems" in keywords:
        keywords["uniqueItems"] = _counted(_unique_items)
    if "multipleOf" in keywords:
        keywords["multipleOf"] = _counted(_multiple_of)
    return extend(kind, keywords)  # type: ignore[no-untyped-call]


def _validator_class(schema: dict[str, Any]) -> Any:
    named = schema.get("$schema")
    if named is None:
        return _bounded(Draft202012Validator)
    kind: Any = None
    if isinstance(named, str):
        kind = validator_for({"$schema": named}, default=None)  # type: ignore[arg-type]
    if kind is None:
        raise InvalidSchema(
            f"$schema {str(named)[:120]!r} is no known draft of JSON Schema.",
            hint="Use https://json-schema.org/draft/2020-12/schema, or leave it out.",
        )
    return _bounded(kind)


def _format_checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, is_valid in FORMATS.items():
        checker.checks(name)(functools.partial(_holds, is_valid))
    return checker


def _holds(is_valid: Callable[[str], bool], instance: object) -> bool:
    return not isinstance(instance, str) or is_valid(instance)


_FORMAT_CHECKER = _format_checker()
