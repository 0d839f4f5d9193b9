"""Passages that come nearest to a quote, to show to whoever tries again."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher
from math import log
from typing import Final

_WORD = re.compile(r"\w+(?:[.,]\w+)*")
_MOST_WORDS: Final = 400
_CANDIDATES: Final = 6


class Passages:
    """The words of a text, ready for any number of searches."""

    def __init__(self, text: str) -> None:
        self._starts: array[int] = array("L")
        self._ends: array[int] = array("L")
        self._words: list[str] = []
        for word in _WORD.finditer(text):
            self._words.append(word[0].lower())
            self._starts.append(word.start())
            self._ends.append(word.end())
        self._counts = Counter(self._words)

    def nearest(self, quote: str, most: int) -> list[tuple[int, int]]:
        """Return (start, end) of up to `most` passages that share rare words with the quote, best first."""
        wanted = [word.lower() for word in _WORD.findall(quote)[:_MOST_WORDS]]
        width = min(max(len(wanted), 4), len(self._words))
        if not wanted or not width:
            return []
        scores = self._windows(Counter(wanted), width)
        ranked: list[tuple[float, int]] = []
        for first in _apart(scores, width):
            likeness = SequenceMatcher(
                None, wanted, self._words[first : first + width], autojunk=False
            ).ratio()
            ranked.append((likeness, first))
        ranked.sort(key=lambda item: (-item[0], item[1]))
        return [
            (self._starts[first], self._ends[min(first + width, len(self._words)) - 1])
            for _, first in ranked[:most]
        ]

    def _windows(self, wanted: Counter[str], width: int) -> list[tuple[float, int]]:
        """Return the score of every window of `width` words that shares any: each shared word counts by its rarity."""
        total = len(self._words)
        weight = {word: log(1 + total / self._counts[word]) for word in wanted if self._counts[word]}
        inside: Counter[str] = Counter()
        score = 0.0
        scores: list[tuple[float, int]] = []
        for index, word in enumerate(self._words):
            if word in weight:
                if inside[word] < wanted[word]:
                    score += weight[word]
                inside[word] += 1
            left = index - width
            if left >= 0 and (gone := self._words[left]) in weight:
                inside[gone] -= 1
                if inside[gone] < wanted[gone]:
                    score -= weight[gone]
            if score > 1e-9 and index >= width - 1:
                scores.append((score, index - width + 1))
        return scores


def _apart(scores: list[tuple[float, int]], width: int) -> Iterable[int]:
    """Yield the starts of the best windows that do not overlap."""
    taken: list[int] = []
    for _, first in sorted(scores, key=lambda item: (-item[0], item[1])):
        if all(abs(first - other) >= width for other in taken):
            taken.append(first)
            if len(taken) == _CANDIDATES:
                break
    return taken
