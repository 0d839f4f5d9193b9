"""Plain data as YAML: objects, lists, texts, numbers, booleans. Reading it back gives the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from typing_extensions import TypeIs

Plain = Mapping[str, "Plain"] | Sequence["Plain"] | str | int | float | bool | None
"""What can be written."""


def write_yaml(value: Plain, depth: int = 0) -> str:
    """Write plain data; every text that could be read as anything else is quoted as JSON does, which YAML reads."""
    pad = "  " * depth
    if isinstance(value, Mapping) and value:
        return "".join(_entry(f"{pad}{_scalar(key)}:", each, depth) for key, each in value.items())
    if _is_list(value) and value:
        return "".join(_item(pad, each, depth) for each in value)
    return f"{pad}{_scalar(value)}\n"


def _entry(start: str, value: Plain, depth: int) -> str:
    if (isinstance(value, Mapping) or _is_list(value)) and value:
        return f"{start}\n{write_yaml(value, depth + 1)}"
    return f"{start} {_scalar(value)}\n"


def _item(pad: str, value: Plain, depth: int) -> str:
    if (isinstance(value, Mapping) or _is_list(value)) and value:
        return f"{pad}- {write_yaml(value, depth + 1)[len(pad) + 2 :]}"
    return f"{pad}- {_scalar(value)}\n"


def _is_list(value: Plain) -> TypeIs[Sequence[Plain]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _scalar(value: Plain) -> str:
    if isinstance(value, str) and value.isascii() and value.replace("-", "").replace("_", "").isalpha():
        plain = value[0].isalpha() and value.lower() not in _WORDS
        return value if plain else json.dumps(value)
    return json.dumps(value)


_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that YAML 1.1 reads as something else than text."""
