"""A simulated model that does as it is told: enough of one for the doctor, for demos and for smoke tests."""

from __future__ import annotations

import json
import re
from typing import Any

from agentkit._util.json import is_array, is_object
from agentkit.testing.request import ChatRequest, object_in
from agentkit.testing.rules import schema_error
from agentkit.testing.turns import CallSpec, Turn

_REPEAT = re.compile(r"(?:repeat|write exactly)[^:]*:\s*(.+)", re.IGNORECASE | re.DOTALL)
_REFUSES_TOOLS = re.compile(r"do not call|no tool|without (?:a )?tool", re.IGNORECASE)
_COUNT = re.compile(r"count from one to (\w+)", re.IGNORECASE)
_SUM = re.compile(r"(\d+) times (\d+)")
_NUMBERS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_THOUGHT = "The question is read twice, the numbers are checked one by one, and then the answer is given."


class Obliging:
    """Repeats, counts, multiplies, fills in schemas and calls the tools that are named, as a good model would."""

    def answer(self, request: ChatRequest) -> Turn:
        """Return what a good model would say, held to schemas and tool choices as a grammar would hold it."""
        prompt = request.last_user_text
        thought = _THOUGHT if request.effort == "high" else ""
        calls = _calls(request, prompt)
        if calls:
            return Turn(reasoning=thought, calls=calls)
        schema = request.schema or request.structured_output
        if schema is not None:
            asked = _json_in(prompt)
            value = asked if _fits(asked, schema) else instance(schema)
            return Turn(reasoning=thought, text=json.dumps(value))
        return Turn(reasoning=thought, text=_words(prompt, request))


def instance(schema: Any) -> Any:
    """Return the smallest plain instance of a schema: first enum, lowest bound, required properties only."""
    node = object_in(schema)
    if "const" in node:
        return node["const"]
    if is_array(node.get("enum")) and node["enum"]:
        return node["enum"][0]
    kinds = node.get("type")
    kind = kinds[0] if is_array(kinds) and kinds else kinds
    if kind == "object":
        properties = object_in(node.get("properties"))
        return {name: instance(properties.get(name, {})) for name in node.get("required", list(properties))}
    if kind == "array":
        least = node.get("minItems", 0)
        items = node.get("items", {})
        if node.get("uniqueItems"):
            return list(range(1, least + 1))
        return [instance(items) for _ in range(least)]
    if kind in ("integer", "number"):
        return node.get("minimum", 1)
    return {"boolean": True, "null": None}.get(str(kind), "x" * max(1, int(node.get("minLength", 1))))


def _calls(request: ChatRequest, prompt: str) -> tuple[CallSpec, ...]:
    choice, offered = request.tool_choice, request.functions
    if choice == "none" or not offered:
        return ()
    names = [str(function.get("name")) for function in offered]
    if choice in names:
        wanted = [choice]
    else:
        if request.messages and request.messages[-1].get("role") == "tool" and choice == "auto":
            return ()
        wanted = [name for name in names if name in prompt]
        if choice == "auto" and (_REFUSES_TOOLS.search(prompt) or request.schema is not None):
            return ()
        if choice == "required":
            wanted = wanted or names[:1]
    if request.body.get("parallel_tool_calls") is False:
        wanted = wanted[:1]
    by_name = dict(zip(names, offered, strict=True))
    return tuple(CallSpec(name=name, arguments=_arguments(by_name[name], name, prompt)) for name in wanted)


def _arguments(function: dict[str, Any], name: str, prompt: str) -> dict[str, Any]:
    parameters = object_in(function.get("parameters"))
    asked = _json_in(prompt)
    if is_object(asked) and (not function.get("strict") or _fits(asked, parameters)):
        return asked
    filled = object_in(instance(parameters))
    about = prompt[prompt.find(name) :] if name in prompt else prompt
    found = re.search(r"(?:for|in) ([A-Z]\w+)", about) or re.search(r"(?:for|in) ([A-Z]\w+)", prompt)
    if found and isinstance(filled.get("city"), str):
        filled["city"] = found[1]
    return filled


def _words(prompt: str, request: ChatRequest) -> str:
    if counting := _COUNT.search(prompt):
        last = _NUMBERS.index(counting[1]) if counting[1] in _NUMBERS else len(_NUMBERS) - 1
        return ", ".join(_NUMBERS[: last + 1])
    if product := _SUM.search(prompt):
        return str(int(product[1]) * int(product[2]))
    if repeated := _REPEAT.search(prompt):
        return _REFUSES_TOOLS.split(repeated[1])[0].strip()
    if request.tool_results:
        return f"The tool says: {request.tool_results[0][:60]}"
    if request.body.get("tools") and not _REFUSES_TOOLS.search(prompt):
        return "That would need one of the tools."
    return "Good morning, and welcome."


def _json_in(prompt: str) -> Any:
    start = prompt.find("{")
    if start < 0:
        return None
    try:
        return json.JSONDecoder().raw_decode(prompt[start:])[0]
    except ValueError:
        return None


def _fits(value: Any, schema: Any) -> bool:
    """Whether a value is an instance, as far as `instance` understands schemas."""
    return is_object(value) and is_object(schema) and not schema_error(value, schema)
