"""What a text gives as its answer, and whether two texts give the same."""

from __future__ import annotations

import json
import re
from typing import Any, cast


def agree(first: str, second: str, *, structured: bool = False) -> bool | None:
    """Return whether two answers to the same request say the same; None where one cannot tell.

    JSON is compared by value. Of text what is marked as the answer is compared, else all of it where it is short, else
    its last code block, else the last number of the last line; long prose without any of them says nothing.
    """
    if structured:
        try:
            return bool(_plain(json.loads(first)) == _plain(json.loads(second)))
        except ValueError:
            return None
    one, other = final_answer(first), final_answer(second)
    return None if one is None or other is None else one == other


def final_answer(text: str) -> str | None:
    """Return what a text gives as its answer, without case, spaces and decoration; None where nothing is marked."""
    found = _find_marked(text)
    if found is not None:
        return _bare(found) or None
    if len(text.split()) <= _SHORT:
        return _bare(text) or None
    blocks = _CODE.findall(text)
    if blocks:
        return "".join(str(blocks[-1]).split())
    lines = [line for line in text.splitlines() if line.strip()]
    bold = _BOLD.findall(lines[-1])
    if bold:
        return _bare(bold[-1]) or None
    numbers = _NUMBER.findall(lines[-1])
    return _bare(numbers[-1]) if numbers else None


_SHORT = 8
_TAGGED = re.compile(r"<answer>(.*?)(?:</answer>|\Z)", re.IGNORECASE | re.DOTALL)
_FIELD = re.compile(r'"(?:final_)?answer"\s*:\s*("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^\n},]*)', re.IGNORECASE)
_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_HASHED = re.compile(r"^#{4}\s*(.+)$", re.MULTILINE)
_SAID = re.compile(
    r"\b(?:(?:final\s+)?answer|r[ée]ponse(?:\s+finale)?|(?:endg[üu]ltige\s+)?antwort|respuesta(?:\s+final)?|risposta(?:\s+finale)?)"
    r"\*{0,2}\s*(?:\b(?:is|est|ist|es|è)\b\s*:?|:)\s*\*{0,2}[ \t]*\n?([^\n]+)",
    re.IGNORECASE,
)
_CODE = re.compile(r"```[a-z]*\n(.*?)```", re.IGNORECASE | re.DOTALL)
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_NUMBER = re.compile(r"-?\d[\d,.]*(?:/\d+)?")


def _find_marked(text: str) -> str | None:
    # The surest mark first: a text may say "the answer is" on its way to the answer it marks.
    for mark in (_TAGGED, _FIELD, _BOXED, _HASHED, _SAID):
        found = mark.findall(text)
        if found:
            return _unquoted(str(found[-1]).strip())
    return None


def _unquoted(answer: str) -> str:
    if answer.startswith('"'):
        try:
            return str(json.loads(answer, strict=False))
        except ValueError:
            return answer
    return answer


_DECORATION = re.compile(r"\\(?:left|right|text|mathrm|displaystyle|,|!|;)|[\s$'\"*`{}]")
_OPTION = re.compile(r"\(?([a-j])(?:\)|[.:](?=\D)).*", re.DOTALL)
_FRACTION = re.compile(r"(-?\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)")
_LATEX_FRACTION = re.compile(r"\\[dt]?frac(?:\{(-?\d+)\}\{(\d+)\}|(\d)(\d))")


def _bare(answer: str) -> str:
    answer = _LATEX_FRACTION.sub(lambda found: "/".join(filter(None, found.groups())), answer)
    answer = _DECORATION.sub("", answer).strip(".:;,").casefold()
    answer = re.sub(r"(?<=\d),(?=\d{3}\b)", "", answer)
    option = _OPTION.fullmatch(answer)
    if option:
        return option[1]
    fraction = _FRACTION.fullmatch(answer)
    try:
        if fraction:
            return repr(round(float(fraction[1]) / float(fraction[2]), 9))
        return repr(round(float(answer.strip("%€£")), 9))
    except (ValueError, ZeroDivisionError):
        return answer


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in cast("list[Any]", value)]
    if isinstance(value, str):
        return " ".join(value.split()).casefold()
    return value
