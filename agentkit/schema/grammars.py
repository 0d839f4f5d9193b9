"""What the grammar compilers of model servers take of JSON Schema, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """What a server's grammar refuses or misreads.

    Attributes:
        keywords: Keywords that are refused, or ignored: they are removed.
        formats: Formats that are known; others are removed. None: any.
        patterns: `any`, `linear` (what the Rust crate `regex` reads without word boundaries) or `simple`
            (`^...$` with plain characters, classes, groups and repetitions).
        exclusive: Whether `oneOf` is understood as it is; else it becomes `anyOf`.
        merged: Whether keywords beside `$ref`, `anyOf` and `allOf` are taken together with them.
        counted_properties: Whether `minProperties` and `maxProperties` are taken beside optional properties.
        overlapping_names: Whether several `patternProperties` may match the same name.
        booleans: Whether `true` and `false` may stand for a schema, and `{}` means any value.
        pointers_only: Whether a `$ref` must be `#/...` with plain names.
        circular_siblings: Whether a `$ref` that leads back to itself may have keywords beside it.
        depth: Levels of JSON nesting that a schema may have, or None.
        repeat: Highest length or number of items, or None.
        magnitude: Highest absolute value of a bound on numbers, or None.
        multiple: Highest `multipleOf`, with its decimal point taken out and moved on as many places again, or None.
    """

    keywords: frozenset[str] = frozenset()
    formats: frozenset[str] | None = None
    patterns: Literal["any", "linear", "simple"] = "any"
    exclusive: bool = True
    merged: bool = True
    counted_properties: bool = True
    overlapping_names: bool = True
    booleans: bool = True
    pointers_only: bool = False
    circular_siblings: bool = True
    depth: int | None = None
    repeat: int | None = None
    magnitude: float | None = None
    multiple: int | None = None


PLAIN = Grammar()
"""Takes a schema as it is: servers that are unknown, or that do not compile it."""

_REFUSED = frozenset(
    {
        "$dynamicAnchor",
        "$dynamicRef",
        "$recursiveAnchor",
        "$recursiveRef",
        "contains",
        "dependencies",
        "dependentRequired",
        "dependentSchemas",
        "else",
        "if",
        "maxContains",
        "minContains",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
        "uniqueItems",
    }
)

LLGUIDANCE = Grammar(
    keywords=_REFUSED,
    formats=frozenset(
        {
            "date",
            "date-time",
            "duration",
            "email",
            "hostname",
            "ipv4",
            "ipv6",
            "time",
            "unknown",
            "uri",
            "uuid",
        }
    ),
    patterns="linear",
    exclusive=False,
    counted_properties=False,
    overlapping_names=False,
    circular_siblings=False,
    depth=110,
    magnitude=1e18,
    multiple=2**32,
)
"""vLLM 0.32 and 0.33: llguidance 1.7.6, each rule run against it (1.9.1 answers the same). Its JSON reader stops at
128 levels, some of which the request around the schema needs."""

LLAMACPP = Grammar(
    keywords=_REFUSED,
    formats=frozenset({"date", "date-time", "time", "uuid"}),
    patterns="simple",
    exclusive=False,
    merged=False,
    counted_properties=False,
    overlapping_names=False,
    circular_siblings=False,
    booleans=False,
    pointers_only=True,
    depth=110,
    repeat=2_000,
    magnitude=1e15,
    multiple=2**32,
)
"""llama.cpp's own grammar, read in common/json-schema-to-grammar.cpp (commit 011c6c3): it ignores most of what is removed
here, but fails on `#` references, boolean schemas, unanchored patterns and more than 2,000 repetitions, and turns an
`allOf` of anything but objects into an empty object. Later builds are milder (b11549, run: 500 for `#` references,
boolean schemas and an empty `enum`; the rest of what is removed here is ignored). Builds with llguidance refuse what vLLM
refuses."""

XGRAMMAR = replace(LLGUIDANCE, keywords=_REFUSED | {"multipleOf", "patternProperties"}, merged=False)
"""SGLang's default engine, never run here: what vLLM 0.33 hands to another engine because xgrammar cannot take it
(`backend_xgrammar.py`), besides what llguidance refuses."""
