"""What a server's grammar would never let the model write."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
from jsonschema.exceptions import UnknownType, ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable

from agentkit.testing.request import ChatRequest, object_in
from agentkit.testing.turns import CallSpec, Turn


def against_schema(turn: Turn, schema: dict[str, Any]) -> str:
    """Return how a turn's text breaks the wanted schema, or an empty string."""
    if turn.calls:
        return ""
    try:
        value = json.loads(turn.text)
    except ValueError as error:
        return f"the text is no JSON, but a schema was asked for: {error}"
    problem = schema_error(value, schema)
    return f"the text breaks the wanted schema: {problem}" if problem else ""


def against_tools_of_vllm(turn: Turn, request: ChatRequest) -> str:
    """Return what vLLM's grammar rules out in a turn; arguments and names bind only with `strict: true`."""
    choice = request.tool_choice
    if not turn.text and not turn.calls:
        return "an answer holds a text or a call"
    if turn.calls and choice == "none":
        return "a call was made, but no tool may be called"
    if len(turn.calls) > 1 and request.body.get("parallel_tool_calls") is False:
        return "several calls were made, but parallel_tool_calls is false"
    if not turn.calls and choice not in ("none", "auto"):
        return f"no call was made, but tool_choice is {choice}"
    if choice not in ("none", "auto", "required") and any(spec.name != choice for spec in turn.calls):
        return f"another tool than {choice} was called, which tool_choice names"
    strict = {str(function.get("name")): function for function in request.functions if function.get("strict")}
    for spec in turn.calls:
        if strict and spec.name not in request.tools:
            return f"there is no tool {spec.name}, and a tool is strict"
        if problem := _against_arguments(spec, strict.get(spec.name)):
            return problem
    return ""


def against_tools_of_llamacpp(turn: Turn, request: ChatRequest) -> str:
    """Return what llama.cpp's grammar rules out in a turn; names and arguments always bind."""
    functions = {str(function.get("name")): function for function in request.functions}
    if not turn.calls and request.body.get("tool_choice") == "required" and functions:
        return "no call was made, but tool_choice is required"
    for spec in turn.calls:
        if spec.name not in functions:
            return f"there is no tool {spec.name}"
        if problem := _against_arguments(spec, functions[spec.name]):
            return problem
    return ""


def _against_arguments(spec: CallSpec, function: dict[str, Any] | None) -> str:
    try:
        value = json.loads(spec.text)
    except ValueError as error:
        return f"the arguments of {spec.name} are no JSON: {error}"
    if not isinstance(value, dict):
        return f"the arguments of {spec.name} are no object"
    problem = schema_error(value, object_in(function.get("parameters"))) if function is not None else ""
    return f"the arguments of {spec.name} break its schema: {problem}" if problem else ""


def schema_error(value: Any, schema: dict[str, Any]) -> str:
    """Return what is wrong with a value, or an empty string; nothing is fetched."""
    registry: Registry[Any] = Registry()
    validator: Any = jsonschema.Draft202012Validator(schema, registry=registry)
    try:
        validator.validate(value)
    except ValidationError as error:
        return error.message[:300]
    except (Unresolvable, UnknownType, RecursionError, re.error, TypeError, AttributeError):
        return ""  # a schema that is none binds nothing
    return ""
