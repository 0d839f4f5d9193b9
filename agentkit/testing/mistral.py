"""The rules of mistral-common for a v15 tokenizer, as vLLM's mistral mode applies them to a request.

Read in mistral-common 1.13.1 (`protocol/instruct/validator.py`, mode `test`) and seen on vLLM 0.32 with 1.12.0.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import jsonschema
import jsonschema.exceptions

from agentkit.testing.request import ChatRequest, object_in, objects_in

_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "tool"}
_AFTER = {
    "system": ("user", "assistant", "system"),
    "user": ("assistant", "system", "user"),
    "assistant": ("assistant", "user", "tool"),
    "tool": ("assistant", "tool", "user"),
}
_PARTS = {
    "system": ("text", "input_text", "input_audio"),
    "user": ("text", "input_text", "image_url", "input_audio", "audio_url"),
    "assistant": ("text", "output_text", "refusal", "thinking"),
    "tool": ("text", "input_text", "image_url", "input_audio", "audio_url"),
}
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NO_ID = "Tool call id must be a non-empty string other than 'null' for tokenizer version 13 or newer."


def problem_with(request: ChatRequest) -> str:
    """Return the message of the first rule that a request breaks, or an empty string."""
    messages = request.messages
    if not messages:
        return "list index out of range"
    for message in messages:
        if str(message.get("role")) not in _ROLES:
            return f"Unknown message role: {message.get('role')}"
    continues = request.body.get("continue_final_message") is True
    if messages[-1]["role"] == "assistant" and not continues:
        return (
            "Cannot set `add_generation_prompt` to True when the last message is from the assistant. Consider using "
            "`continue_final_message` instead."
        )
    roles = [_ROLES[message["role"]] for message in messages]
    return (
        _problem_with_order(roles)
        or _problem_with_results(messages)
        or next((problem for message in messages if (problem := _problem_inside(message))), "")
        or next((problem for function in request.functions if (problem := _problem_with_tool(function))), "")
    )


def _problem_with_order(roles: list[str]) -> str:
    if len(roles) == 1 and roles[0] not in ("user", "system"):
        return "Conversation must start with a user message or system message"
    for before, role in pairwise(roles):
        if role not in _AFTER[before]:
            return f"Unexpected role '{role}' after role '{before}'"
    return ""


def _problem_with_results(messages: list[dict[str, Any]]) -> str:
    """Ids count by their last nine characters; results may be missing only after the last assistant message."""
    expected: set[str] = set()
    seen: set[str] = set()
    for message in messages[1:]:
        if message["role"] == "tool":
            result_id = _short(message.get("tool_call_id"))
            if result_id in seen:
                return f"Duplicate tool call id {result_id} in tool results"
            if result_id not in expected:
                return f"Unexpected tool call id {result_id} in tool results"
            seen.add(result_id)
        elif message["role"] == "assistant":
            if len(expected) != len(seen):
                return "Not the same number of function calls and responses"
            expected, seen = set(), set()
            for call in objects_in(message.get("tool_calls")):
                call_id = _short(call.get("id"))
                if call_id in expected:
                    return f"Duplicate tool call id {call_id} in assistant message"
                expected.add(call_id)
    return ""


def _short(call_id: Any) -> str:
    return str(call_id)[-9:]


def _problem_inside(message: dict[str, Any]) -> str:
    role, content = _ROLES[message["role"]], message.get("content")
    for part in objects_in(content):
        if part.get("type") == "thinking" and isinstance(part.get("thinking"), list):
            return "sequence item 0: expected str instance, list found"
        if part.get("type") not in _PARTS[role]:
            return f"Unexpected content chunk types in {role} message: ['{part.get('type')}']"
    if role == "system" and content is None:
        return "System prompt must have content"
    if role == "tool" and not _short(message.get("tool_call_id") or ""):
        return _NO_ID
    return _problem_with_assistant(message) if role == "assistant" else ""


def _problem_with_assistant(message: dict[str, Any]) -> str:
    calls = objects_in(message.get("tool_calls"))
    for call in calls:
        if call.get("id") in (None, "", "null"):
            return _NO_ID
        name = str(object_in(call.get("function")).get("name"))
        if not _NAME.fullmatch(name):
            return _wrong_name(name)
    content = message.get("content")
    if calls or content or _reasoning(message):
        return ""
    return f"Invalid assistant message: role='assistant' content={content!r} tool_calls=None prefix=False"


def _reasoning(message: dict[str, Any]) -> Any:
    """Reasoning as vLLM keeps it: a null among the fields loses it, where nothing else holds the message."""
    if "content" in message and message["content"] is None:
        return None
    return message.get("reasoning") or message.get("reasoning_content")


def _problem_with_tool(function: dict[str, Any]) -> str:
    try:
        jsonschema.Draft7Validator.check_schema(function.get("parameters") or {})
    except jsonschema.exceptions.SchemaError as error:
        return f"Invalid tool schema: {error.message}"
    name = str(function.get("name"))
    return "" if _NAME.fullmatch(name) else _wrong_name(name)


def _wrong_name(name: str) -> str:
    return (
        f"Function name was {name} but must be a-z, A-Z, 0-9, or contain underscores and dashes, with a maximum length "
        "of 64."
    )
