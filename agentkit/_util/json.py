"""JSON, strictly read and compactly written."""

from __future__ import annotations

import functools
import json
from typing import Any, Never

import pydantic_core
from typing_extensions import TypeIs

MAX_DEPTH = 200
"""Nesting that `loads` accepts for certain; pydantic_core's parser stops one or two levels later."""


def loads(data: str | bytes | bytearray, *, unique_keys: bool = True) -> Any:
    """Read one JSON document.

    NaN, Infinity, numbers beyond a double, integers of more than 4300 digits, nesting beyond `MAX_DEPTH`,
    lone surrogates, duplicate keys and anything after the document are refused.

    Args:
        data: The document; bytes are UTF-8 without a byte order mark.
        unique_keys: Whether to look for duplicate keys and numbers beyond a double, which costs a second pass.
            Without it the last duplicate wins; for frames whose keys a server wrote, not a model.

    Raises:
        ValueError: What is wrong, with line and column where the parser knows them.
    """
    try:
        value = pydantic_core.from_json(data, allow_inf_nan=False)
    except TypeError:
        if not isinstance(data, str):
            raise
        raise ValueError("a lone surrogate is not a character that JSON can carry") from None
    if unique_keys:
        try:
            _SECOND_LOOK.decode(data if isinstance(data, str) else data.decode())
        except RecursionError:
            raise ValueError("nested too deeply for what is left of the stack") from None
    return value


def is_object_text(text: str) -> bool:
    """Whether a text is one JSON object, as `loads` reads it; a short text that is asked for again is not read again.

    Raises:
        ValueError: It is no JSON.
    """
    return _is_object_text(text) if len(text) <= _SHORT else isinstance(loads(text), dict)


_SHORT = 2_000


@functools.lru_cache(maxsize=256)
def _is_object_text(text: str) -> bool:
    return isinstance(loads(text), dict)


def dumps(value: Any) -> str:
    """Write compact JSON, as `dumps_bytes` does, as text."""
    return dumps_bytes(value).decode()


def dumps_bytes(value: Any) -> bytes:
    """Write compact UTF-8 JSON; keys keep their order, pydantic models and dataclasses are understood.

    A lone surrogate, which UTF-8 cannot carry, becomes U+FFFD.

    Raises:
        ValueError: The value holds NaN, an infinity or something that has no JSON form.
    """
    try:
        encoded = pydantic_core.to_json(value)
    except ValueError as error:
        if "surrogates not allowed" not in str(error):
            raise
        encoded = pydantic_core.to_json(_repaired(value))
    if b"NaN" in encoded or b"Infinity" in encoded:
        # Perhaps inside a string, perhaps a number that is not JSON: the standard library tells them apart.
        json.dumps(pydantic_core.to_jsonable_python(value), allow_nan=False)
    return encoded


def is_object(value: Any) -> TypeIs[dict[str, Any]]:
    """Whether JSON data is an object."""
    return isinstance(value, dict)


def is_array(value: Any) -> TypeIs[list[Any]]:
    """Whether JSON data is an array."""
    return isinstance(value, list)


def _is_tuple(value: Any) -> TypeIs[tuple[Any, ...]]:
    return isinstance(value, tuple)


def _repaired(value: Any) -> Any:
    if isinstance(value, str):
        # Through UTF-16, so that two surrogates that belong together become their one character.
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if is_object(value):
        return {_repaired(key): _repaired(item) for key, item in value.items()}
    if is_array(value) or _is_tuple(value):
        return [_repaired(item) for item in value]
    return value


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for index, name in enumerate(names) if name in names[:index])
        raise ValueError(f"the key {twice[:80]!r} occurs twice in one object")


def _finite(number: str) -> None:
    if float(number) in (float("inf"), float("-inf")):
        raise ValueError(f"the number {number[:40]} is beyond the range of a double")


def _constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


_SECOND_LOOK = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_constant=_constant, strict=False
)
"""Builds nothing: it only looks for what pydantic_core lets through."""
