"""What a docstring says about a function and its arguments."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

_SECTION = re.compile(
    r"^(Args|Arguments|Parameters|Params|Returns?|Yields?|Raises|Examples?|Notes?|Warnings?|See Also|Attributes|References)\s*:?\s*$"
)
_GOOGLE_ARGUMENT = re.compile(r"^\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")
_NUMPY_ARGUMENT = re.compile(r"^\*{0,2}(\w+)\s*(?::\s*.*)?$")
_SPHINX = re.compile(r"^:param\s+(?:[^:]*\s)?\*{0,2}(\w+)\s*:\s*(.*)$")
_SPHINX_OTHER = re.compile(r"^:(?:type|returns?|rtype|raises?|yields?)\b.*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A docstring, taken apart.

    Attributes:
        summary: Everything before the sections.
        arguments: Text by argument.
    """

    summary: str
    arguments: dict[str, str]


def read_docstring(text: str | None) -> Described:
    """Take apart a docstring in Google, NumPy or Sphinx style."""
    lines = inspect.cleandoc(text or "").splitlines()
    summary: list[str] = []
    arguments: dict[str, str] = {}
    section = ""
    argument = ""
    skip_other = False
    for index, line in enumerate(lines):
        following = lines[index + 1].strip() if index + 1 < len(lines) else ""
        heading = _SECTION.match(line.strip()) if not line.startswith((" ", "\t")) else None
        underlined = bool(following) and set(following) == {"-"}
        if heading and (line.rstrip().endswith(":") or underlined):
            section, argument = heading[1].lower(), ""
            continue
        if set(line.strip()) == {"-"} and section:
            continue
        if sphinx := _SPHINX.match(line.strip()):
            section, argument, skip_other = "sphinx", sphinx[1], False
            arguments[argument] = sphinx[2]
        elif _SPHINX_OTHER.match(line.strip()):
            section, skip_other = "sphinx", True
        elif not section:
            summary.append(line)
        elif section == "sphinx":
            if argument and not skip_other and line.strip():
                arguments[argument] = f"{arguments[argument]} {line.strip()}".strip()
        elif section in ("args", "arguments", "parameters", "params"):
            argument = _read_argument(line, argument, arguments)
    return Described(summary=_paragraphs(summary), arguments=arguments)


def _read_argument(line: str, argument: str, arguments: dict[str, str]) -> str:
    """Read one line of an arguments section; returns the argument that it belongs to."""
    indent = len(line) - len(line.lstrip())
    stripped = line.strip()
    if not stripped:
        return argument
    numpy = _NUMPY_ARGUMENT.match(stripped) if indent == 0 else None
    google = _GOOGLE_ARGUMENT.match(stripped) if 0 < indent <= 4 else None
    if numpy:
        arguments[numpy[1]] = ""
        return numpy[1]
    if google and (not argument or indent <= 4):
        arguments[google[1]] = google[2].strip()
        return google[1]
    if argument:
        arguments[argument] = f"{arguments[argument]} {stripped}".strip()
    return argument


def _paragraphs(lines: list[str]) -> str:
    """Join wrapped lines; keep blank lines between paragraphs, and lists as they are."""
    text = "\n".join(lines).strip()
    return re.sub(r"(?<!\n)\n(?![\n\s*-])", " ", text)
