"""How letters are compared."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from agentkit.router.lexicon import fold


def slow(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(
        c for c in decomposed if c not in "\u200b\u200c\u200d\ufeff" and not "\u0300" <= c <= "\u036f"
    )
    return plain.replace("’", "'")


@given(st.text(alphabet=st.characters(max_codepoint=0x17F) | st.sampled_from("’«»–— \u0301\ufb01")))
def test_the_quick_way_folds_as_the_slow_way(text: str) -> None:
    assert fold(text) == slow(text)


def test_accents_case_ligatures_and_invisible_characters_do_not_matter() -> None:
    assert fold("É\u200btÉ ﬁn Straße L’Œuvre") == fold("e\u0301te fin strasse l'œuvre")
