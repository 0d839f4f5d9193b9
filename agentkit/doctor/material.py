"""What the probes ask with: prompts, tools, schemas and small pictures. Short, and the same in many probes."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any, Final

COUNTING: Final = "Count from one to twenty in English words, separated by commas. Write nothing else."
"""An answer that is long enough to be cut, the same every time, and costs about 60 tokens."""

BRACKETS: Final = 'Repeat this line exactly and write nothing else: See [1] and [2]; x[0] = {"a": [3]} (4).'
"""An answer full of characters that parsers of tool calls stumble over."""

UNICODE: Final = "Größe 你好 café 😀"
REPEAT: Final = "Repeat this line exactly and write nothing else: "

PUZZLE: Final = (
    "A farmer has 17 sheep; all but 9 run away; he then buys twice as many as he has left. How many has he now? "
    "Think it through, then answer with the number alone."
)
"""Worth a thought, and short to answer."""

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "mood": {"type": "string", "enum": ["mild", "grim"]},
        "level": {"type": "integer", "enum": [3, 4]},
    },
    "required": ["mood", "level"],
    "additionalProperties": False,
}
"""What no model writes unless it is held to it."""

PLAIN_WORDS: Final = "Say good morning in one short sentence. Plain words only; do not write JSON."
OTHER_JSON: Final = (
    'Write exactly this JSON and nothing else: {"mood": "furious", "level": 250, "extra": true}'
)


def schema_format(schema: dict[str, Any], name: str = "answer") -> dict[str, Any]:
    """Return the `response_format` of a schema."""
    return {"type": "json_schema", "json_schema": {"name": name, "schema": schema, "strict": True}}


def _tool(name: str, description: str, properties: dict[str, Any]) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters, "strict": True},
    }


WEATHER: Final = _tool(
    "get_weather",
    "Return the weather of a city.",
    {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["C", "F"]}},
)
TIME: Final = _tool("get_time", "Return the local time of a city.", {"city": {"type": "string"}})
TOOLS: Final = [WEATHER, TIME]

ASK_WEATHER: Final = "What is the weather in Paris, in C? Use the tool get_weather."
ASK_BOTH: Final = (
    "Call get_weather for Paris in C and get_time for Rome. Make both calls at once, in one turn."
)
HELLO: Final = "Say hello in one short sentence. Do not call any tool."


def tool_loop(
    *,
    results: bool = True,
    result: str = "Mild, 19 degrees.",
    reasoning: dict[str, Any] | None = None,
    content: str | None = "",
    swapped: bool = False,
    two: bool = False,
) -> list[dict[str, Any]]:
    """Return a conversation in which a tool was called, in the strictest form that servers demand.

    Args:
        results: Whether the results are there.
        result: The first result.
        reasoning: Fields with reasoning for the assistant's message.
        content: The assistant's content beside the calls.
        swapped: Whether the results come in the other order.
        two: Whether there are two calls.
    """
    calls = [_call("a1B2c3D4e", "get_weather", '{"city": "Paris", "unit": "C"}')]
    answers = [{"role": "tool", "tool_call_id": "a1B2c3D4e", "content": result}]
    if two:
        calls.append(_call("f5G6h7I8j", "get_time", '{"city": "Rome"}'))
        answers.append({"role": "tool", "tool_call_id": "f5G6h7I8j", "content": "It is 14:05."})
    if swapped:
        answers.reverse()
    assistant = {"role": "assistant", "content": content, "tool_calls": calls} | (reasoning or {})
    return [{"role": "user", "content": ASK_WEATHER}, assistant, *(answers if results else [])]


def _call(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


THOUGHT: Final = (
    "The user wants the weather of one city, so one call is enough; the unit was named, and nothing else is "
    "missing. I should not guess the temperature, and I should wait for the result before I answer anything."
)
"""Reasoning of about 45 tokens, to see whether it reaches the prompt."""

FILLER: Final = (
    "Remember that the harbour office opens at nine, that the ferry to the island leaves from the northern pier, "
    "that tickets are sold on board, and that dogs must be kept on a lead at all times."
)
"""Forty words, to see whether they reach the prompt."""


def picture(width: int, height: int, colour: tuple[int, int, int]) -> str:
    """Return a data URL of a PNG in one colour."""
    row = b"\0" + bytes(colour) * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(row * height, 9)), (b"IEND", b""))
    )
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + data).decode()


SMALL_RED: Final = picture(56, 56, (220, 20, 20))
SMALL_BLUE: Final = picture(56, 56, (20, 40, 220))
LARGE_RED: Final = picture(448, 448, (220, 20, 20))
NO_PICTURE: Final = "data:image/png;base64,QUJDREVGR0hJSktMTU5PUA=="
COLOUR: Final = "What colour is this picture? Answer with one word."


def with_pictures(text: str, *urls: str) -> list[dict[str, Any]]:
    """Return one user message: pictures first, then the text."""
    parts: list[dict[str, Any]] = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return [{"role": "user", "content": [*parts, {"type": "text", "text": text}]}]
