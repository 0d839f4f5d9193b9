"""List the right words that could be taken for misspelt words of concepts.txt: `python -m benchmarks.router.lookalikes`.

The router takes a word that is one letter off a form of a concept for that form. That would be wrong of right words, so
those are listed in agentkit/router/lookalikes.txt, from the word lists of pyspellchecker (MIT; word counts of film
subtitles) and the regular endings of their words. Common words of which a misspelling could be taken for a form are
listed too. To be run again whenever a form is added.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from string import ascii_lowercase

from agentkit.router.concepts import LANGUAGES, read_concepts
from agentkit.router.lexicon import STEM, fold
from agentkit.router.vocabulary import SHORTEST, Spelling

OUT = Path(__file__).parents[2] / "agentkit" / "router" / "lookalikes.txt"

ENDINGS = {"en": ("s",), "fr": ("s",), "de": ("e", "n", "en"), "es": ("s", "es"), "it": ()}
"""What is added to a word to make the regular forms that the lists lack."""

LEAST = {"en": 0.6, "fr": 0.6, "de": 0.4, "es": 0.3, "it": 0.6}
"""Occurrences in a million words from which a word counts as right: there the lists turn into names and slips."""

INFLECTED = 3.0
"""Occurrences in a million words from which a word's regular forms count as right too."""

LONGEST = 9
"""Letters of the longest of the words of which a list gives no more than that they exist."""

COMMON = {"en": 3.0, "fr": 30.0, "de": 30.0, "es": 30.0, "it": 30.0}
"""Occurrences in a million words from which a misspelling is rather one of this word than of a form."""

HEAD = """\
# Beginnings of right words that are one letter off a form of concepts.txt, and of common words, a misspelling of which
# could be taken for a form. Written by benchmarks/router/lookalikes.py, not by hand; folded, cut to eight letters.

"""


def main() -> None:
    """Find the words and write the file."""
    concepts, others = read_concepts()
    forms = {part for concept in concepts for column in concept.forms for form in column for part in form}
    spelling = Spelling(forms, frozenset(), frozenset())
    near, common = set[str](), set[str]()
    for language in LANGUAGES:
        for word, count in _words(language).items():
            if len(word) < SHORTEST - 1 or word[:STEM] in forms or count < LEAST[language]:
                continue
            if count >= COMMON[language] and any(map(spelling.nearest, _slips(word))):
                common.add(word[: STEM + 1])
            if count < 2 * LEAST[language] and len(word) > LONGEST:
                continue
            endings = ENDINGS[language] if count >= INFLECTED else ()
            for form in (word, *(word + ending for ending in endings)):
                if form[:STEM] not in forms and spelling.nearest(form):
                    near.add(form[: STEM + 1])
    near -= common | others
    parts = [textwrap.fill(" ".join(sorted(words)), 140) for words in (near, common)]
    OUT.write_text(f"{HEAD}{parts[0]}\n[common]\n{parts[1]}\n", encoding="ascii")
    print(f"wrote {OUT}: {len(near)} words near a form, {len(common)} common words")


def _words(language: str) -> dict[str, float]:
    """Return the folded words of a language with their occurrences in a million words."""
    spec = importlib.util.find_spec("spellchecker")
    if spec is None or spec.origin is None:
        raise SystemExit("pyspellchecker is not installed: it is in the dependency group `training`.")
    path = Path(spec.origin).with_name("resources") / f"{language}.json.gz"
    counts: dict[str, int] = json.loads(gzip.decompress(path.read_bytes()))
    scale, found = 1e6 / sum(counts.values()), dict[str, float]()
    for word, count in counts.items():
        folded = fold(word)
        if folded.isalpha() and folded.isascii():
            found[folded] = max(found.get(folded, 0.0), count * scale)
    return found


def _slips(word: str) -> Iterator[str]:
    """Return what one slip makes of the beginning of a word."""
    head = word[: STEM + 2]
    for place in range(len(head) + 1):
        front, back = head[:place], head[place:]
        yield front + back[1:]
        yield front + back[1:2] + back[:1] + back[2:]
        for letter in ascii_lowercase:
            yield front + letter + back
            yield front + letter + back[1:]


if __name__ == "__main__":
    main()
