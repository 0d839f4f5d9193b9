"""Where a text is in capitals as a matter of style: there, and only there, the case of a quote may differ."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from typing import Final

_WORD = re.compile(r"[^\W\d_]+")
_BEFORE_ALONE = re.compile(
    r"(?:[.:;!?”\"]\s*\n|\n\s*\n|\n\s*\f|\A)[ \t]*(?:[(\[]?[\w.]{1,7}[)\].:]?[ \t]+)?\Z"
)
_AFTER_ALONE = re.compile(r"[ \t]*(?:[.:–—-]|\r?\n|\f|\Z)")
_STOP = re.compile(r"[.!?;:][\"”')\]]*\s")
_FEWEST_LETTERS: Final = 8
_FEWEST_ALONE: Final = 4
_FARTHEST: Final = 16


class Capitals:
    """The runs of words in capitals in a text: two words or more, or one that stands alone at the start of a line.

    A single word within a sentence is no run: it may be an acronym or a defined term, whose case means something. A run
    ends with its sentence, so that `FORCE MAJEURE. XIMAGE shall` has a heading and a name.
    """

    def __init__(self, text: str) -> None:
        self._starts: array[int] = array("L")
        self._ends: array[int] = array("L")
        run: list[re.Match[str]] = []
        for word in _WORD.finditer(text):
            if word[0].isupper() and (not run or self._follows(text, run[-1], word)):
                run.append(word)
                continue
            self._keep(text, run)
            run = [word] if word[0].isupper() else []
        self._keep(text, run)

    def hold(self, start: int, end: int) -> bool:
        """Whether a span lies within a run."""
        index = bisect_right(self._starts, start) - 1
        return index >= 0 and end <= self._ends[index]

    @staticmethod
    def _follows(text: str, last: re.Match[str], word: re.Match[str]) -> bool:
        """Whether a word goes on the run that `last` ends."""
        if word.start() - last.end() > _FARTHEST:
            return False
        return len(last[0]) == 1 or not _STOP.match(text, last.end(), word.start())  # `U.S. DOLLARS` goes on

    def _keep(self, text: str, run: list[re.Match[str]]) -> None:
        words = [word for word in run if len(word[0]) > 1]
        if not words:
            return
        letters = sum(len(word[0]) for word in run)
        alone = (
            len(words) == 1
            and len(words[0][0]) >= _FEWEST_ALONE
            and _BEFORE_ALONE.search(_before(text, run[0].start()))
            and _AFTER_ALONE.match(text, run[-1].end())
        )
        if alone or (len(words) >= 2 and letters >= _FEWEST_LETTERS):
            self._starts.append(run[0].start())
            self._ends.append(run[-1].end())


def _before(text: str, start: int) -> str:
    """Return what stands before an offset, from the end of an earlier line; `x` first where the text goes on before."""
    low = max(0, text.rfind("\n", 0, max(0, start - 12)) - 3, start - 400)
    return text[low:start] if low == 0 else f"x{text[low:start]}"
