"""From a word to what it counts for: a table of stems that also knows words with one wrong letter."""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Iterable

from agentkit.router.lexicon import LINKS, STEM

SHORTEST = 4
"""Letters of the shortest word of which a misspelling is known; one letter off, shorter ones are too many other words."""


class Vocabulary(dict[str, int]):
    """Words and symbols -> the entry they count for: 0 for none, and below 0 where it depends on the words beside them.

    It is made of stems, and remembers the words that it met: so a text costs one look-up a word, and no cutting.

    Attributes:
        stems: Stem -> entry.
        meant: Misspelt words that were met -> the stem they were taken for.
        number: Entry of a number of one or two digits, and of a longer one.
    """

    _MOST = 50_000

    def __init__(self, *, number: tuple[int, int] = (0, 0), others: Iterable[str] = ()) -> None:
        super().__init__()
        self._others = frozenset(others)
        """Words that are none of the stems they begin with."""
        self.stems: dict[str, int] = {}
        self.meant: dict[str, str] = {}
        self.number = number
        self._pairs: list[tuple[dict[str, int], dict[str, int], int]] = [({}, {}, 0)]
        """For what is below 0, from -1 on: entries by the word after, by the word before, and where neither is known."""
        self._bare: dict[str, int] = {}
        """Stem -> its entry without what it means alone."""
        self._spelling: Spelling | None = None

    def add(self, first: str, second: str, entry: int) -> None:
        """Let a word count as an entry, or two words together; what was there before stays."""
        if second and first in LINKS:
            # So common a word is not looked at each time it occurs: the other one asks for it.
            self._pair(second)[1].setdefault(first, entry)
        elif second:
            self._pair(first)[0].setdefault(second, entry)
        elif self.stems.get(first, 0) < 0:
            after, before, old = self._pair(first)
            self._pairs[-self.stems[first]] = (after, before, old or entry)
        else:
            self.stems.setdefault(first, entry)

    def forgive(self) -> None:
        """From now on take words with one wrong letter for the words that were added."""
        seconds = (stem for after, _, _ in self._pairs for stem in after)
        self._spelling = Spelling([*self.stems, *seconds], *_right_words())

    def look_up(self, tokens: list[str]) -> list[int]:
        """Return the entry of each token, 0 for none."""
        hits = list(map(self.__getitem__, tokens))
        last, pairs, meant, taken = len(hits) - 1, self._pairs, self.meant, -1
        for place in [place for place, hit in enumerate(hits) if hit < 0]:
            if place == taken:
                continue
            after, before, entry = pairs[-hits[place]]
            if after and place < last:
                second = place + 1
                following = tokens[second]
                found = after.get(meant.get(following) or following[:STEM])
                if found is None and (following in LINKS or following == ",") and second < last:
                    second += 1
                    following = tokens[second]
                    found = (
                        None if following in LINKS else after.get(meant.get(following) or following[:STEM])
                    )
                if found is not None:
                    # Two words that count together count as nothing else.
                    entry, taken = found, second
                    hits[second] = 0
            if before and place:
                entry = before.get(tokens[place - 1], entry)
            hits[place] = entry
        return hits

    def _pair(self, stem: str) -> tuple[dict[str, int], dict[str, int], int]:
        known = self.stems.get(stem, 0)
        if known >= 0:
            self._pairs.append(({}, {}, known))
            known = self.stems[stem] = 1 - len(self._pairs)
        return self._pairs[-known]

    def _without_meaning(self, stem: str) -> int:
        """Return the entry of a word that means nothing by itself, though it begins like one that does."""
        known = self.stems.get(stem, 0)
        if known >= 0:
            return 0
        if stem not in self._bare:
            after, before, _ = self._pairs[-known]
            self._pairs.append((after, before, 0))
            self._bare[stem] = 1 - len(self._pairs)
        return self._bare[stem]

    def __missing__(self, token: str) -> int:
        if token.isdecimal():
            hit = self.number[len(token) > 2]
        elif token in self._others:
            hit = self._without_meaning(token[:STEM])
        elif (hit := self.stems.get(token[:STEM], 0)) == 0 and self._spelling is not None:
            stem = self._spelling.correct(token)
            if stem:
                self.meant[token] = stem
                hit = self.stems.get(stem, 0)
        if len(self) >= self._MOST:
            self.clear()
            self.meant.clear()
        self[token] = hit
        return hit


_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Spelling:
    """Words one edit away from known stems: a letter lost, added, changed, or swapped with its neighbour.

    Only the first letters of a word are looked at, as stems are `STEM` letters long at most. A right word that happens
    to be one edit away from a stem is known by a list of such words; and what is one edit away from a common word that
    is no stem may be that word.

    Args:
        stems: What a word may be meant for.
        right: Beginnings of right words that are one edit away from a stem.
        common: Beginnings of common words that are no stems.
    """

    def __init__(self, stems: Iterable[str], right: frozenset[str], common: frozenset[str]) -> None:
        self._stems = {stem for stem in stems if len(stem) >= SHORTEST and stem.isalpha()}
        self._right, self._common = right, common
        self._shorter: dict[str, str] = {}
        """Stems without one of their letters -> the stems, divided by spaces."""
        shorter = self._shorter
        for stem in self._stems:
            for place in range(len(stem)):
                rest = stem[:place] + stem[place + 1 :]
                shorter[rest] = f"{shorter[rest]} {stem}" if rest in shorter else stem

    def correct(self, token: str) -> str:
        """Return the stem that a word was meant to begin with or to be, or an empty string where it is close to none."""
        if (
            len(token) < SHORTEST
            or not token.isalpha()
            or token[:STEM] in self._stems
            or token[: STEM + 1] in self._right
        ):
            return ""
        found = self.nearest(token)
        if not found:
            return ""
        slip, stem = found
        return stem if slip <= self._nearest_common(token) else ""

    def nearest(self, token: str) -> tuple[int, str] | None:
        """Return the stem that a word was most likely meant for, after how likely the slip is; None where none is near."""
        shorter, stems = self._shorter, self._stems
        head = token[:STEM]
        near = shorter.get(token[: STEM - 1], "")
        for place in range(len(head)):
            if (rest := head[:place] + head[place + 1 :]) in shorter:
                near += " " + shorter[rest]
        head = token[: STEM + 1]
        for place in range(len(head)):
            if (rest := head[:place] + head[place + 1 :]) in stems:
                near += " " + rest
        if not near:
            return None
        slips = ((_slip(token, stem), stem[0] != token[0], -len(stem), stem) for stem in near.split())
        slip, _, _, stem = min(slips)
        return (slip, stem) if slip < _NONE else None

    def _nearest_common(self, token: str) -> int:
        """Return how likely the slip is that makes a misspelt word of a common one."""
        head, common = token[: STEM + 2], self._common
        least = _NONE
        for place in range(len(head) + 1):
            front, back = head[:place], head[place:]
            if back:
                if front and front[-1] == back[0] and (front + back[1:])[: STEM + 1] in common:
                    return _SWAPPED
                if len(back) > 1 and (front + back[1] + back[0] + back[2:])[: STEM + 1] in common:
                    return _SWAPPED
                if (front + back[1:])[: STEM + 1] in common:
                    least = min(least, _LOST)
            for letter in _LETTERS:
                if (front + letter + back)[: STEM + 1] in common:
                    least = min(least, _LOST)
                elif back and (front + letter + back[1:])[: STEM + 1] in common:
                    least = min(least, _CHANGED)
        return least


_SWAPPED, _LOST, _CHANGED, _NONE = range(4)
"""Slips, the more telling first: letters swapped or doubled, one lost or added, one changed, and none of these."""


def _slip(token: str, stem: str) -> int:
    """Return what slip makes a word of a stem, or of a word that begins with it."""
    size = len(stem)
    whole = size < STEM
    if whole and abs(len(token) - size) > 1:
        return _NONE
    place = next(
        (i for i, (a, b) in enumerate(zip(token, stem, strict=False)) if a != b), min(len(token), size)
    )
    rest, meant = token[place:], stem[place:]

    def same(one: str, other: str) -> bool:
        return one == other if whole else one.startswith(other)

    if len(rest) > 1 and len(meant) > 1 and rest[:2] == meant[1::-1] and same(rest[2:], meant[2:]):
        return _SWAPPED
    if same(rest[1:], meant):
        return _SWAPPED if place and rest[:1] == token[place - 1] else _LOST
    if same(rest, meant[1:]):
        return _LOST
    return _CHANGED if same(rest[1:], meant[1:]) else _NONE


@functools.cache
def _right_words() -> tuple[frozenset[str], frozenset[str]]:
    """Return the beginnings of right words one edit away from a stem, and of common words; lookalikes.txt says more."""
    text = importlib.resources.files("agentkit.router").joinpath("lookalikes.txt").read_text(encoding="ascii")
    near, common = text[text.index("\n\n") :].split("[common]")
    return frozenset(near.split() + common.split()), frozenset(common.split())
