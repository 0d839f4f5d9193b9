"""What an exception may say to a model: what went wrong, but no credentials and no places on this machine."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final

_PATTERNS: Final = (
    (re.compile(r"(?<=://)[^\s/@:]{0,200}:[^\s/@]{0,200}@"), "***@"),
    (re.compile(r"(?i)\b(bearer|basic)\s{1,3}[\w.+/=~-]{6,}"), r"\1 ***"),
    (
        re.compile(
            r"(?i)((?:api[_-]?key|token|passw(?:or)?d|pwd|secret|authorization|credential)[\w-]{0,20}"
            r"['\"]?\s{0,3}[=:]\s{0,3})(?!\*\*\*)(?:'[^']{0,500}'|\"[^\"]{0,500}\"|[^\s,;&)\]}'\"]+)"
        ),
        r"\1***",
    ),
    (re.compile(r"\b(?:sk|pk|ghp|gho|xox[abp]|AKIA|hf)[-_]?[A-Za-z0-9_-]{16,}"), "***"),
    (re.compile(r"(?<![\w:/.~)])~?/(?:[^\s/'\":,;()<>]{1,255}/)+"), "…/"),
    (re.compile(r"(?<!\w)[A-Za-z]:\\(?:[^\\/:*?\"<>|\r\n']{1,255}\\)+"), "…\\\\"),
)
"""Every repetition is bounded or fenced by what follows it: the text is as hostile as whoever the tool talks to."""

_LONGEST = 2_500


def redact(error: BaseException) -> str:
    """Return what an exception says, in one bounded text.

    User names and passwords in URLs, keys and tokens become stars; of a file's path its name is left.
    """
    if isinstance(error, OSError) and error.strerror:
        names = [PurePath(str(name)).name for name in (error.filename, error.filename2) if name]
        return f"{error.strerror}{': ' if names else ''}{', '.join(names)}"
    text = str(error)[:_LONGEST]
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text
