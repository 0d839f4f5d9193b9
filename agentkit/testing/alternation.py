"""The order of turns that MS4's published chat template demands, as documented; not recorded."""

from __future__ import annotations

from typing import Any


def problem_with_turns(messages: list[dict[str, Any]]) -> str:
    """Return which rule a history breaks, or an empty string: one system message first, then turn by turn."""
    turn = "user"
    for number, message in enumerate(messages):
        role = message["role"]
        if role == "system" and number > 0:
            return "Unexpected role 'system': only the first message may be a system message"
        if role == "user" or (role == "assistant" and not message.get("tool_calls")):
            if role != turn:
                return "After the optional system message, conversation roles must alternate"
            turn = "assistant" if role == "user" else "user"
        said = message.get("content") or message.get("reasoning_content") or message.get("tool_calls")
        if role == "assistant" and not said:
            return "Assistant message must have content or tool calls"
    return ""
