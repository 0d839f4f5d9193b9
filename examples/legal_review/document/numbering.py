"""Numbers that Word writes before paragraphs: they are not in a paragraph's text, but readers cite them."""

from __future__ import annotations

import re
from xml.etree import ElementTree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_LEVELS = 9


class Numbering:
    """Counts through the lists of a document.

    Args:
        numbering: Root of numbering.xml, or None.
        styles: Root of styles.xml, or None.
    """

    def __init__(self, numbering: ElementTree.Element | None, styles: ElementTree.Element | None) -> None:
        self._levels: dict[tuple[str, int], tuple[str, str, int]] = {}
        self._list: dict[str, str] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._styles: dict[str, tuple[str | None, str | None, str | None]] = {}
        for abstract in () if numbering is None else numbering.iter(f"{W}abstractNum"):
            self._read_levels(abstract, abstract.get(f"{W}abstractNumId", ""))
        for number in () if numbering is None else numbering.iter(f"{W}num"):
            self._list[number.get(f"{W}numId", "")] = _value(number, "abstractNumId") or ""
        for style in () if styles is None else styles.iter(f"{W}style"):
            list_id, level = _of(style.find(f"{W}pPr"))
            self._styles[style.get(f"{W}styleId", "")] = (list_id, level, _value(style, "basedOn"))

    def label(self, properties: ElementTree.Element | None) -> str:
        """Return the number or bullet before the next paragraph, which has these properties; often empty."""
        list_id, level = self._place(properties)
        abstract = self._list.get(list_id or "")
        if abstract is None or not 0 <= level < _LEVELS or (abstract, level) not in self._levels:
            return ""
        counts = self._counts.setdefault(abstract, [None] * _LEVELS)
        own = counts[level]
        counts[level] = self._levels[abstract, level][2] if own is None else own + 1
        counts[level + 1 :] = [None] * (_LEVELS - level - 1)
        form, text, _ = self._levels[abstract, level]
        if form == "bullet":
            return "•"
        return re.sub(
            r"%([1-9])", lambda match: self._written(abstract, counts, int(match[1]) - 1, form), text
        )

    def _written(self, abstract: str, counts: list[int | None], level: int, inner: str) -> str:
        form, _, start = self._levels.get((abstract, level), ("decimal", "", 1))
        count = counts[level]
        return written(start if count is None else count, form)

    def _place(self, properties: ElementTree.Element | None) -> tuple[str | None, int]:
        list_id, level = _of(properties)
        style = None if properties is None else _value(properties, "pStyle")
        for _ in range(12):  # styles that are based on each other
            if (list_id is not None and level is not None) or style is None or style not in self._styles:
                break
            styled_list, styled_level, style = self._styles[style]
            list_id = styled_list if list_id is None else list_id
            level = styled_level if level is None else level
        return list_id, int(level) if level and level.isdecimal() else 0

    def _read_levels(self, abstract: ElementTree.Element, identity: str) -> None:
        for level in abstract.iter(f"{W}lvl"):
            index = level.get(f"{W}ilvl", "")
            if index.isdecimal():
                start = _value(level, "start") or "1"
                self._levels[identity, int(index)] = (
                    _value(level, "numFmt") or "decimal",
                    _value(level, "lvlText") or "",
                    int(start) if start.isdecimal() else 1,
                )


def written(count: int, form: str) -> str:
    """Return a count in one of Word's number formats."""
    if form in ("lowerLetter", "upperLetter"):
        letters = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1) if count > 0 else ""
        return letters if form == "lowerLetter" else letters.upper()
    if form in ("lowerRoman", "upperRoman"):
        roman = ""
        for value, letters in _ROMAN:
            while count >= value and len(roman) < 30:
                roman += letters
                count -= value
        return roman if form == "lowerRoman" else roman.upper()
    if form == "none":
        return ""
    return f"{count:02d}" if form == "decimalZero" else str(count)


def _of(properties: ElementTree.Element | None) -> tuple[str | None, str | None]:
    numbered = None if properties is None else properties.find(f"{W}numPr")
    return (None, None) if numbered is None else (_value(numbered, "numId"), _value(numbered, "ilvl"))


def _value(element: ElementTree.Element, name: str) -> str | None:
    child = element.find(f"{W}{name}")
    return None if child is None else child.get(f"{W}val")
