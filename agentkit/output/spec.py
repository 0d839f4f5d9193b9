"""What an answer must look like: a type or a JSON Schema, and further checks."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from anyio import to_thread
from typing_extensions import TypeForm, TypeIs

from agentkit._util import json
from agentkit._util.json import is_object
from agentkit.errors import ConfigurationError, InvalidSchema, RetryTool
from agentkit.output.decode import MAX_PROBLEMS, InvalidOutput, bare, read_json
from agentkit.protocol.request import JsonSchema, OutputFormat
from agentkit.schema.report import place, shown
from agentkit.schema.walk import REFS, resolve, subschemas

if TYPE_CHECKING:  # pydantic and jsonschema are loaded with the first output type: an agent may need neither
    from pydantic import TypeAdapter, ValidationError

    from agentkit.schema.check import Check

T = TypeVar("T")

Validator = Callable[..., Any]
"""Checks an output: takes (value) or (context, value), sync or async, and returns the value to go on with or raises
ValueError, AssertionError or RetryTool with a message for the model."""

RESULT = "result"
"""The property that holds an output which is no object, because servers want an object as the root."""

_LONG = 50_000
"""Characters from which an answer is checked in a thread, so that the event loop keeps ticking."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OutputSpec(Generic[T]):
    """What an answer must look like. Made by `output_spec`, compiled once, used by any number of runs.

    Attributes:
        name: Letters, digits and underscores, at most 64.
        schema: JSON Schema of the output itself.
        format: What the server is asked for: the schema, inside an object where it describes none.
        wrapped: Whether `format` holds the output in its property `result`.
    """

    name: str
    schema: JsonSchema
    format: OutputFormat
    wrapped: bool
    _check: Check
    _adapter: TypeAdapter[Any] | None
    _validators: tuple[Callable[[Any, Any], Any], ...]

    async def decode(self, text: str, context: Any = None) -> T:
        """Turn the text of a complete answer into the output.

        Strict JSON, then the whole schema, then the type without any coercion, then the validators.

        Args:
            text: The answer.
            context: What validators that take two arguments get.

        Raises:
            InvalidOutput: The answer is not what was asked for; the model can be told why.
            InvalidSchema: The schema makes the check cost more than the answer can justify.
        """
        value: Any
        if len(text) < _LONG:
            value = self._read(text)
        else:
            value = await to_thread.run_sync(self._read, text)
        for validator in self._validators:
            try:
                value = validator(context, value)
                if inspect.isawaitable(value):
                    value = await value
            except (ValueError, AssertionError, RetryTool) as error:
                raise InvalidOutput((str(error) or "the answer was not accepted",), text) from error
        result: T = value
        return result

    def _read(self, text: str) -> Any:
        value = read_json(text)
        path = "$"
        if self.wrapped:
            if not is_object(value) or value.keys() != {RESULT}:
                problem = f'$: {shown(value)} is not an object with the single property "{RESULT}"'
                raise InvalidOutput((problem,), text)
            value, path = value[RESULT], f"$.{RESULT}"
        if problems := self._check.problems(value, path=path, most=MAX_PROBLEMS):
            raise InvalidOutput(problems, text)
        if self._adapter is None:
            return value
        from pydantic import ValidationError

        document = json.dumps_bytes(value) if self.wrapped else bare(text)
        try:
            # JSON mode is strict and still reads dates, sets and enums, which JSON writes as strings and arrays.
            return self._adapter.validate_json(document, strict=True)
        except ValidationError as error:
            raise InvalidOutput(_problems(error, path), text) from error


@overload
def output_spec(
    output: TypeForm[T], *, name: str | None = None, validators: Sequence[Validator] = ()
) -> OutputSpec[T]: ...


@overload
def output_spec(
    output: Mapping[str, Any], *, name: str | None = None, validators: Sequence[Validator] = ()
) -> OutputSpec[Any]: ...


def output_spec(
    output: Any, *, name: str | None = None, validators: Sequence[Validator] = ()
) -> OutputSpec[Any]:
    """Compile what an answer must look like.

    Args:
        output: A pydantic model, dataclass, TypedDict, Literal, enum, scalar, container or union of them; or a
            JSON Schema, whose output is plain data.
        name: What the server is told; made from the type or the schema's title by default.
        validators: Further checks, in order; see `Validator`.

    Raises:
        InvalidSchema: The type has no JSON Schema, or the schema is broken or beyond the caps.
        ConfigurationError: A validator cannot be called with one or two arguments.
    """
    from agentkit.schema.check import compile_check
    from agentkit.schema.generate import adapter_of, schema_of

    adapter: TypeAdapter[Any] | None = None
    if _is_mapping(output):
        schema = _plain(output)
        called = str(schema.get("title") or "")
    else:
        adapter, schema = adapter_of(output), schema_of(output)
        called = _type_name(output)
    if (
        not schema.get("type")
        and "properties" in schema
        and not schema.keys() & {"anyOf", "oneOf", "allOf", "$ref"}
    ):
        # Whoever writes properties and no type means an object.
        schema = {"type": "object", **schema}
    check = compile_check(schema)
    rooted = _object_root(schema)
    name = _clean_name(name or called)
    return OutputSpec(
        name=name,
        schema=schema,
        format=OutputFormat(name=name, schema=rooted or _wrap(schema)),
        wrapped=rooted is None,
        _check=check,
        _adapter=adapter,
        _validators=tuple(map(_two_arguments, validators)),
    )


def instruction(spec: OutputSpec[Any]) -> str:
    """Return the user message that asks for the answer; vLLM and llama.cpp do not show a schema to the model."""
    return (
        "Now give your final answer as one JSON document that satisfies this JSON Schema, and nothing else:\n"
        f"{json.dumps(spec.format.schema)}"
    )


def _is_mapping(output: Any) -> TypeIs[Mapping[str, Any]]:
    return isinstance(output, Mapping)


def _plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy that nobody else can change."""
    try:
        copy: dict[str, Any] = json.loads(json.dumps_bytes(schema))
    except ValueError as error:
        raise InvalidSchema(
            f"The schema is not plain JSON data: {error}.",
            hint="Use strings, numbers, lists and dicts, not nested too deeply.",
        ) from error
    return copy


def _object_root(schema: dict[str, Any]) -> dict[str, Any] | None:
    """Return the schema with an object as its root, or None where it describes no object."""
    if schema.get("type") == "object":
        return schema
    # A recursive model: pydantic puts it under $defs and refers to it from the root.
    beside = {"$defs", "definitions", "$ref", "title", "description", "$schema"}
    if schema.keys() <= beside and "$ref" in schema:
        target = resolve(schema, schema["$ref"])
        if (
            is_object(target)
            and target.get("type") == "object"
            and not target.keys() & {"$defs", "definitions"}
        ):
            return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return None


def _wrap(schema: dict[str, Any]) -> dict[str, Any]:
    """Put a schema into the property `result` of an object, its definitions on top."""
    inner = _plain(schema)
    top: dict[str, Any] = {key: inner.pop(key) for key in ("$schema", "$defs", "definitions") if key in inner}
    for here in (*subschemas(inner), *subschemas(top)):
        for keyword in REFS & here.keys():
            ref = here[keyword]
            if isinstance(ref, str) and (ref == "#" or ref.startswith("#/")) and not ref.startswith(_HOISTED):
                here[keyword] = f"#/properties/{RESULT}{ref[1:]}"
    return {
        **{key: value for key, value in top.items() if key == "$schema"},
        "type": "object",
        "properties": {RESULT: inner},
        "required": [RESULT],
        "additionalProperties": False,
        **{key: value for key, value in top.items() if key != "$schema"},
    }


_HOISTED = ("#/$defs/", "#/definitions/")


def _type_name(output: Any) -> str:
    if isinstance(output, type) and not hasattr(output, "__origin__"):
        return output.__name__
    return "answer"


def _clean_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")[:64] or "answer"


def _problems(error: ValidationError, path: str) -> tuple[str, ...]:
    """Describe what pydantic found: where, what it says, what was there."""
    found = error.errors(include_url=False, include_context=False)
    return tuple(
        f"{place(path, item['loc'])}: {item['msg'].removeprefix('Value error, ').removeprefix('Assertion failed, ')}"
        f" (got {_got(item['input'])})"
        for item in found[:MAX_PROBLEMS]
    )


def _got(value: Any) -> str:
    try:
        return shown(value)
    except ValueError:
        return type(value).__name__


def _two_arguments(validator: Validator) -> Callable[[Any, Any], Any | Awaitable[Any]]:
    """Return a validator as one that takes (context, value)."""
    try:
        signature = inspect.signature(validator)
    except (TypeError, ValueError):
        return lambda context, value: validator(value)
    taken = [
        parameter
        for parameter in signature.parameters.values()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        and parameter.default is parameter.empty
    ]
    try:
        if len(taken) == 2:
            signature.bind(None, None)
            return validator
        signature.bind(None)
    except TypeError:
        raise ConfigurationError(
            f"The output validator {getattr(validator, '__name__', validator)!r} takes {signature}.",
            hint="Let it take (value) or (context, value).",
        ) from None
    return lambda context, value: validator(value)
