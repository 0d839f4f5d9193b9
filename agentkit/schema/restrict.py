"""Restrict a JSON Schema to what a server's grammar takes; the full schema is still checked here."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agentkit._util import json
from agentkit._util.json import is_array, is_object
from agentkit.errors import InvalidSchema
from agentkit.protocol.request import JsonSchema
from agentkit.schema.grammars import LLAMACPP, LLGUIDANCE, PLAIN, Grammar
from agentkit.schema.patterns import is_linear, is_simple
from agentkit.schema.walk import LISTS, MAPS, ONE, REFS, resolve, subschemas

__all__ = ["LLAMACPP", "LLGUIDANCE", "PLAIN", "Grammar", "Restricted", "restrict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restricted:
    """A schema that a server's grammar takes.

    Attributes:
        schema: Whatever satisfies the original satisfies it too. Shared: do not change it.
        removed: What the server will not enforce, as `keyword at #/place`.
    """

    schema: JsonSchema
    removed: tuple[str, ...]


def restrict(schema: JsonSchema, grammar: Grammar) -> Restricted:
    """Remove or weaken what a grammar refuses or misreads, and nothing else.

    The result is a relaxation: it accepts all that the original accepts. The same content is restricted once.

    Raises:
        InvalidSchema: A reference leads out of the schema.
    """
    if grammar is PLAIN:
        return Restricted(schema=schema, removed=())
    return _restrict(json.dumps_bytes(schema), grammar)


@functools.lru_cache(maxsize=512)
def _restrict(content: bytes, grammar: Grammar) -> Restricted:
    root: dict[str, Any] = json.loads(content)
    walk = _Walk(root, grammar)
    schema = walk.schema(root, "#", 1)
    walk.drop_dangling(schema)
    return Restricted(schema=schema, removed=tuple(dict.fromkeys(walk.removed)))


_ANY = {"description": "any value"}
"""llama.cpp reads `{}` as "any object" and a schema that says nothing about the type as "any value"."""

_BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_COUNTS = frozenset({"minLength", "maxLength", "minItems", "maxItems"})
_SHAPES = frozenset({"$ref", "allOf", "const", "enum", "items", "pattern", "prefixItems", "properties"})
_ASSERTIONS = (
    _BOUNDS
    | _COUNTS
    | _SHAPES
    | {
        "additionalItems",
        "additionalProperties",
        "format",
        "maxProperties",
        "minProperties",
        "patternProperties",
        "required",
        "type",
    }
)


class _Walk:
    """One pass over one schema."""

    def __init__(self, root: dict[str, Any], grammar: Grammar) -> None:
        self.root = root
        self.grammar = grammar
        self.removed: list[str] = []
        self._merges = any(map(_merges, subschemas(root)))

    def schema(self, schema: dict[str, Any], at: str, depth: int) -> dict[str, Any]:
        """Return the restricted copy of a schema that stands at a place, so many levels of JSON deep."""
        if self.grammar.depth is not None and depth >= self.grammar.depth - 2:
            self._remove("everything below", at)
            return self._any()
        kept = {key: value for key, value in schema.items() if self._keeps(key, value, schema, at)}
        self._weaken_names(kept, at)
        self._leave_circles_alone(kept, at)
        out = {key: self._value(key, value, f"{at}/{key}", depth) for key, value in kept.items()}
        if not self.grammar.booleans:
            self._drop_false(out, at)
        if not self.grammar.exclusive:
            self._merge_one_of(out, schema, at)
        if not self.grammar.merged:
            self._choose(out, schema, at)
        return out or self._any()

    def drop_dangling(self, schema: dict[str, Any]) -> None:
        """Remove references to what the restriction removed or renamed."""
        for here in subschemas(schema):
            ref = here.get("$ref")
            try:
                if isinstance(ref, str):
                    resolve(schema, ref)
            except (LookupError, ValueError):
                del here["$ref"]
                self._remove("$ref", str(ref))

    def _any(self) -> dict[str, Any]:
        return {} if self.grammar.booleans else dict(_ANY)

    def _remove(self, what: str, at: str) -> None:
        self.removed.append(f"{what} at {at}")

    def _value(self, key: str, value: Any, at: str, depth: int) -> Any:
        """Restrict the schemas that a keyword holds; other values stay as they are."""
        if key in MAPS and is_object(value):
            return {name: self._inner(item, f"{at}/{name}", depth + 2) for name, item in value.items()}
        if key in LISTS and is_array(value):
            return [self._inner(item, f"{at}/{index}", depth + 2) for index, item in enumerate(value)]
        return self._inner(value, at, depth + 1) if key in ONE else value

    def _inner(self, schema: Any, at: str, depth: int) -> Any:
        if is_object(schema):
            return self.schema(schema, at, depth)
        return self._any() if schema is True and not self.grammar.booleans else schema

    def _keeps(self, key: str, value: Any, schema: Mapping[str, Any], at: str) -> bool:
        if self._takes(key, value, schema):
            return True
        if key not in _FOLLOWS and (key, value) not in _SAYS_NOTHING:
            self._remove(key, at)
        return False

    def _takes(self, key: str, value: Any, schema: Mapping[str, Any]) -> bool:
        """Whether the grammar takes a keyword as it stands."""
        grammar = self.grammar
        if key in grammar.keywords:
            return False
        if key == "$ref":
            _target(self.root, value)
            return not grammar.pointers_only or (value.startswith("#/") and not set(value) & {"~", "%"})
        if key == "format":
            return grammar.formats is None or value in grammar.formats
        if key == "pattern":
            return _READS[grammar.patterns](value)
        if key in _COUNTS and grammar.repeat is not None:
            return bool(value <= grammar.repeat)
        if key == "multipleOf" and grammar.multiple is not None:
            _, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
            places = abs(int(exponent))
            return (
                len(digits) + places < 30 and int("".join(map(str, digits))) * 10**places < grammar.multiple
            )
        if key in _BOUNDS and grammar.magnitude is not None and value:
            return bool(1 / grammar.magnitude <= abs(value) <= grammar.magnitude)
        if key in ("minProperties", "maxProperties") and not grammar.counted_properties:
            required = schema.get("required", ())
            return not self._merges and all(name in required for name in schema.get("properties", ()))
        return True

    def _leave_circles_alone(self, kept: dict[str, Any], at: str) -> None:
        """Take away what stands beside a reference that leads back to itself, but for remarks and definitions."""
        if self.grammar.circular_siblings or "$ref" not in kept or kept.keys() <= _BESIDE_REF:
            return
        if _is_circular(self.root, kept["$ref"]):
            for key in kept.keys() - _BESIDE_REF:
                del kept[key]
                if key in _ASSERTIONS or key in ("anyOf", "oneOf"):
                    self._remove(key, at)

    def _weaken_names(self, kept: dict[str, Any], at: str) -> None:
        """Drop `patternProperties` that the grammar cannot read; what they and the rest allow then goes for all names."""
        patterns = kept.get("patternProperties")
        if not is_object(patterns) or self.grammar.patterns == "any":
            return
        apart = self.grammar.overlapping_names or (len(patterns) < 2 and not self._merges)
        if apart and all(map(_READS[self.grammar.patterns], patterns)):
            return
        del kept["patternProperties"]
        self._remove("patternProperties", at)
        others = kept.pop("additionalProperties", True)
        allowed = [item for item in (*patterns.values(), others) if item is not False]
        if allowed and not any(item is True or item == {} for item in allowed):
            kept["additionalProperties"] = {"anyOf": allowed}
        elif not allowed:
            kept["additionalProperties"] = False

    def _drop_false(self, out: dict[str, Any], at: str) -> None:
        """Take out `false`, which llama.cpp reads nowhere but in `additionalProperties`."""
        for name in [name for name, item in out.get("properties", {}).items() if item is False]:
            del out["properties"][name]
            self._remove("false", f"{at}/properties/{name}")
        # Beside `prefixItems` it would hold the leading items to `items` as well.
        if out.get("items") is False or ("prefixItems" in out and "items" in out):
            del out["items"]
            self._remove("items", at)
        for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
            if key in out:
                out[key] = [self._any() if item is False else item for item in out[key]]

    def _merge_one_of(self, out: dict[str, Any], schema: Mapping[str, Any], at: str) -> None:
        """Turn `oneOf` into `anyOf`, which is the same where the alternatives exclude each other."""
        if "oneOf" not in out:
            return
        if not self._exclude_each_other(schema["oneOf"]):
            self._remove("oneOf", at)
        alternatives = {"anyOf": out.pop("oneOf")}
        if "anyOf" in out:
            out["allOf"] = [*out.get("allOf", ()), alternatives]
        else:
            out.update(alternatives)

    def _exclude_each_other(self, alternatives: list[Any]) -> bool:
        """Whether no value can satisfy two alternatives, as far as types and tags show."""
        plain = [_followed(self.root, item) for item in alternatives]
        return len(plain) <= 100 and all(_apart(a, b) for index, a in enumerate(plain) for b in plain[:index])

    def _choose(self, out: dict[str, Any], schema: Mapping[str, Any], at: str) -> None:
        """Keep the one of several keywords that llama.cpp should go by: it does not take them together."""
        if "anyOf" in out and _SHAPES & out.keys():
            del out["anyOf"]
            self._remove("anyOf", at)
        parts = schema.get("allOf", ())
        if "allOf" not in out or all("properties" in _followed(self.root, part) for part in parts):
            return
        first, *others = out.pop("allOf")
        if others or (_ASSERTIONS - {"type"}) & out.keys():
            self._remove("allOf", at)
        if not (_ASSERTIONS - {"type"}) & out.keys():
            out.update({key: value for key, value in first.items() if key not in out})


_READS: dict[str, Callable[[str], bool]] = {"any": lambda _: True, "linear": is_linear, "simple": is_simple}

_FOLLOWS = frozenset({"$dynamicAnchor", "$recursiveAnchor", "else", "maxContains", "minContains", "then"})
"""Keywords that say nothing by themselves: what they belong to is named instead."""

_SAYS_NOTHING: tuple[tuple[str, Any], ...] = (
    ("uniqueItems", False),
    ("unevaluatedProperties", True),
    ("unevaluatedItems", True),
    ("propertyNames", True),
    ("propertyNames", {}),
    ("dependentRequired", {}),
    ("not", False),
)


_BESIDE_REF = frozenset(
    {
        "$ref",
        "$defs",
        "definitions",
        "$schema",
        "$id",
        "$comment",
        "title",
        "description",
        "default",
        "examples",
    }
)


def _is_circular(root: Mapping[str, Any], ref: str) -> bool:
    """Whether what a reference points to refers back to itself, directly or through others."""
    goal = _target(root, ref)
    seen: set[int] = set()
    pending = [goal]
    while pending:
        for here in list(subschemas(pending.pop())):
            for key in REFS & here.keys():
                target = _target(root, here[key])
                if target is goal:
                    return True
                if is_object(target) and id(target) not in seen:
                    seen.add(id(target))
                    pending.append(target)
    return False


def _merges(schema: Mapping[str, Any]) -> bool:
    """Whether a schema takes several schemas together for one instance."""
    combined = [key for key in ("$ref", "allOf", "anyOf", "oneOf") if key in schema]
    return bool(combined) and (
        len(combined) > 1
        or len(schema.get("allOf", ())) > 1
        or bool((_ASSERTIONS - {"$ref", "allOf"}) & schema.keys())
    )


def _target(root: Mapping[str, Any], ref: str) -> Any:
    try:
        return resolve(root, ref)
    except (LookupError, ValueError):
        raise InvalidSchema(
            f"$ref {ref[:120]!r} points out of the schema or to nothing.",
            hint="Put it under $defs of the same schema; nothing is ever fetched.",
        ) from None


def _followed(root: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    """Follow a plain `$ref`, a few steps."""
    for _ in range(8):
        if not is_object(schema) or "$ref" not in schema:
            break
        schema = _target(root, schema["$ref"])
    return schema if is_object(schema) else {}


def _apart(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    first, second = _kinds(a), _kinds(b)
    if first is not None and second is not None and not first & second:
        return True
    mine, yours = _values(a), _values(b)
    if mine is not None and yours is not None and not mine & yours:
        return True
    tags = (
        set(a.get("required", ())) & set(b.get("required", ()))
        if first == second == {"object"}
        else set[str]()
    )
    for name in tags:
        mine = _values(a.get("properties", {}).get(name))
        yours = _values(b.get("properties", {}).get(name))
        if mine is not None and yours is not None and not mine & yours:
            return True
    return False


def _kinds(schema: Mapping[str, Any]) -> set[str] | None:
    named = schema.get("type")
    if named is None:
        return None
    kinds = {named} if isinstance(named, str) else set(named)
    return kinds | {"integer"} if "number" in kinds else kinds


def _values(schema: Any) -> set[bytes] | None:
    """The values that `const` or `enum` allow; numbers are left out, because 1 and 1.0 are equal."""
    if not is_object(schema):
        return None
    values: Any = [schema["const"]] if "const" in schema else schema.get("enum")
    if values is None or any(not isinstance(value, (str, bool, type(None))) for value in values):
        return None
    return {json.dumps_bytes(value) for value in values}
