"""Counts tokens as a server would, roughly: the simulated server has no tokenizer."""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct

from agentkit.testing.request import ChatRequest, images_of, object_in, objects_in, text_of

_PIECE = re.compile(r" ?[^\W\d_]{1,5}|\d|[^\w\s]{1,2}|_|\s+")
_FRAME_OF_PROMPT, _FRAME_OF_MESSAGE, _FRAME_OF_CALL = 12, 3, 4
_CELL, _LONGEST_SIDE = 28, 1540
_JPEG_FRAMES = frozenset((0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF))


def pieces_of(text: str) -> list[str]:
    """Split a text into pieces the size of tokens; joined, they are the text."""
    return _PIECE.findall(text)


def count_text(text: str) -> int:
    """Return about how many tokens a text has: four characters or one word each, whichever is more."""
    return max(len(text) // 4, text.count(" ")) + 1 if text else 0


def count_prompt(request: ChatRequest, reasoning_fields: tuple[str, ...]) -> int:
    """Return about how many tokens a prompt has.

    Args:
        request: The request.
        reasoning_fields: Fields in which the server looks for reasoning in the history.
    """
    tokens = _FRAME_OF_PROMPT
    for message in request.messages:
        content = message.get("content")
        tokens += _FRAME_OF_MESSAGE + count_text(text_of(content))
        tokens += sum(count_text(str(message.get(name) or "")) for name in reasoning_fields)
        tokens += sum(count_image(url) for url in images_of(content))
        for call in objects_in(message.get("tool_calls")):
            function = object_in(call.get("function"))
            tokens += _FRAME_OF_CALL + count_text(f"{function.get('name')}{function.get('arguments')}")
    functions = request.functions
    return tokens + (count_text(str(functions)) if functions else 0)


def count_image(url: str) -> int:
    """Return the tokens of an image in a data URL (MS4: cells of 28 px and a row end, longest side 1540 px)."""
    size = image_size(url)
    if size is None:
        return 0
    scale = min(1.0, _LONGEST_SIDE / max(size))
    wide, high = (math.ceil(max(1, round(side * scale)) / _CELL) for side in size)
    return (wide + 1) * high


def image_size(url: str) -> tuple[int, int] | None:
    """Return width and height of the image in a data URL, or None where there is none that a server could read."""
    head, comma, data = url.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        return None
    try:
        size = _size(base64.b64decode(data, validate=True))
    except (binascii.Error, struct.error, IndexError):
        return None
    return size if size is not None and min(size) > 0 else None


def _size(data: bytes) -> tuple[int, int] | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return struct.unpack(">II", data[16:24])
    if data.startswith((b"GIF87a", b"GIF89a")):
        return struct.unpack("<HH", data[6:10])
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp_size(data)
    if data.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while data[at] == 0xFF:
        kind, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if kind in _JPEG_FRAMES:
            high, wide = struct.unpack(">HH", data[at + 5 : at + 9])
            return wide, high
        at += 2 + length
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    if data[12:16] == b"VP8 ":
        wide, high = struct.unpack("<HH", data[26:30])
        return wide & 0x3FFF, high & 0x3FFF
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    return None
