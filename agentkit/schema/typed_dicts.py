"""`typing.TypedDict` before Python 3.12, which pydantic refuses, as the `typing_extensions` one that it takes."""

from __future__ import annotations

import functools
import sys
import types
import typing
from typing import Any

import typing_extensions


def accepted(tp: Any) -> Any:
    """Return a type with every `typing.TypedDict` in it replaced by its equal; other types as they are.

    Raises:
        NameError: An annotation of a TypedDict cannot be resolved.
    """
    if sys.version_info >= (3, 12):
        return tp
    if typing.is_typeddict(tp) and type(tp).__module__ == "typing":
        return _rebuilt(tp)
    arguments = typing.get_args(tp)
    if not arguments or typing.get_origin(tp) is typing.Literal:
        return tp
    changed = tuple(accepted(argument) for argument in arguments)
    if all(new is old for new, old in zip(changed, arguments, strict=True)):
        return tp
    if isinstance(tp, types.UnionType):
        return typing.Union[changed]  # noqa: UP007 - from a tuple
    if isinstance(tp, types.GenericAlias):
        return types.GenericAlias(typing.cast("type", tp.__origin__), changed)
    if hasattr(tp, "__metadata__"):
        return typing.Annotated[(changed[0], *tp.__metadata__)]
    return tp.copy_with(changed)


@functools.lru_cache(maxsize=256)
def _rebuilt(tp: Any) -> Any:
    fields: dict[str, Any] = {}
    for name, hint in typing.get_type_hints(tp, include_extras=True).items():
        origin = typing.get_origin(hint)
        if origin in (typing.Required, typing.NotRequired):
            required, bare = origin is typing.Required, typing.get_args(hint)[0]
        else:
            required, bare = name in tp.__required_keys__, hint
        marker: Any = typing_extensions.Required if required else typing_extensions.NotRequired
        fields[name] = marker[accepted(bare)]
    make: Any = typing_extensions.TypedDict
    made = make(tp.__name__, fields)
    made.__doc__ = tp.__doc__
    made.__module__ = tp.__module__
    if config := getattr(tp, "__pydantic_config__", None):
        made.__pydantic_config__ = config
    return made
