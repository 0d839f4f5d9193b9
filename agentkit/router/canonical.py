"""One form for answers that say the same: numbers, units, fractions, choices, lists, JSON and LaTeX."""

from __future__ import annotations

import json
import re
from typing import Any, cast


def canonical(answer: str) -> str:
    """Return an answer without case, spaces and dress; empty where nothing is left.

    A unit after a number is left out: to one question answers differ in whether they name it, hardly in which.
    """
    answer = answer.strip()
    if answer[:1] in ("{", "[") and (parsed := _parsed(answer)) is not None:
        return parsed
    answer = _LATEX_FRACTION.sub(lambda found: "/".join(filter(None, found.groups())), answer)
    answer = _LATEX_TEXT.sub(" ", answer.translate(_SAME)).replace("\\%", "%")
    answer = _DRESS.sub("", answer).strip().lstrip(":;,").rstrip(".:;,!").strip(" *_").casefold()
    choice = _CHOICE.fullmatch(answer)
    if choice:
        return str(next(filter(None, choice.groups())))
    if said := _SAID.fullmatch(answer):
        return said[1]
    value = _ASSIGNED.fullmatch(answer)
    answer = value[1] if value else answer
    if answer[:1] + answer[-1:] in ("[]", "()") and "," in answer:
        answer = answer[1:-1]
    number = _number(answer)
    if number is not None:
        return number
    if "," in answer:
        parts = [part.strip() for part in answer.split(",")]
        return ",".join(_number(part) or _tight(part) for part in parts)
    return _tight(answer)


def plain(value: Any) -> Any:
    """Return JSON data with the case and the spaces of its texts evened out."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [plain(inner) for inner in cast("list[Any]", value)]
    if isinstance(value, str):
        return " ".join(value.split()).casefold()
    return value


def _parsed(text: str) -> str | None:
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(data, list):
        items = cast("list[Any]", data)
        if items and all(isinstance(item, str | int | float) for item in items):
            return ",".join(canonical(str(item)) for item in items)
    return json.dumps(plain(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


_SAME = str.maketrans(
    dict.fromkeys("−–‐‑", "-") | {"×": "*", "·": "*", "÷": "/", "\u00a0": " ", "\u202f": " "}
)
_LATEX_FRACTION = re.compile(r"\\[dt]?frac(?:\{(-?\d+)\}\{(\d+)\}|(\d)(\d))")
_LATEX_TEXT = re.compile(r"\\(?:text|mathrm|mathbf|displaystyle|left|right|quad|,|!|;|:|\s)")
_DRESS = re.compile(r"[$'\"`{}\\]|</?\w{1,10}>|^\*+|\*+$")
_CHOICE = re.compile(
    r"(?:(?:the\ )?(?:option|choice|opci[oó]n|opzione|lettre|la|die|l[ae])\ )?"
    r"(?:\(([a-j])\).*|\[?([a-j])\]?|([a-j])(?:\)|[.:]\s).*)",
    re.DOTALL | re.VERBOSE,
)
_SAID = re.compile(r"(yes|no|true|false|oui|non|ja|nein|s[ií])\s*[,.;:].*", re.DOTALL)
_ASSIGNED = re.compile(r"[a-z_]\w{0,9}(?:\([a-z]\))?\s*=\s*([^=]+)")
_QUANTITY = re.compile(
    r"[€£¥]?\s*([-+]?(?:\d[\d,. ]*|\.\d+)(?:e[-+]?\d+)?)(?:\s*/\s*(\d+(?:\.\d+)?))?"
    r"\s*((?:%|°[cf]?|[€£¥]|[^\W\d_]{2,}[²³]?|[mglhsjnwv][²³]?|/|per\b|\s)*)"
)
_GLUED = re.compile(r"[^\W\d_]")
_MOST_DIGITS = 15
_UNITS = frozenset(
    [
        "km",
        "cm",
        "mm",
        "kg",
        "mg",
        "ml",
        "cl",
        "dl",
        "m",
        "g",
        "l",
        "h",
        "s",
        "j",
        "n",
        "w",
        "v",
        "kj",
        "kwh",
        "mph",
        "kmh",
        "gb",
        "mb",
        "hz",
        "khz",
        "usd",
        "eur",
    ]
)
_NO_UNITS = frozenset(
    [
        "and",
        "or",
        "not",
        "plus",
        "minus",
        "times",
        "to",
        "of",
        "am",
        "pm",
        "million",
        "millions",
        "billion",
        "thousand",
        "hundred",
        "dozen",
        "mio",
        "und",
        "oder",
        "nicht",
        "et",
        "ou",
        "y",
        "o",
        "e",
    ]
)


def _number(text: str) -> str | None:
    """The number that a text is, with or without a unit of up to three words; None where it is none."""
    found = _QUANTITY.fullmatch(text)
    if not found:
        return None
    words = found[3].split()
    if len(words) > 3 or not _NO_UNITS.isdisjoint(words):
        return None
    # 2x is no number of x; 2 apples and 2km are.
    if (
        _GLUED.match(text[found.end(1) :])
        and not found[1].endswith(" ")
        and words[0].rstrip("²³") not in _UNITS
    ):
        return None
    digits = found[1].strip().rstrip(".,")
    digits = re.sub(r"(?<=\d)[ ,](?=\d{3}(?!\d))", "", digits)
    if re.fullmatch(r"[-+]?\d{1,3}(?:\.\d{3})+,\d+", digits):
        digits = digits.replace(".", "")
    if re.fullmatch(r"[-+]?\d+,\d+", digits):
        digits = digits.replace(",", ".")
    if len(digits) > _MOST_DIGITS:  # a float would make neighbours equal
        return digits if digits.isdecimal() else None
    try:
        value = float(digits) / float(found[2] or 1)
    except (ValueError, ZeroDivisionError):
        return None
    return repr(round(value, 9))


def _tight(text: str) -> str:
    words = text.split()
    if len(words) > 1 and all(word.isdecimal() for word in words):
        return " ".join(words)  # a row of numbers is not one number
    return re.sub(r"\((\w+)\)", r"\1", "".join(words))
