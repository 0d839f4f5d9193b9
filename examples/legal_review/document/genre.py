"""Is this a contract at all? A cheap look, so that a recipe or source code gets a clear answer."""

from __future__ import annotations

import re
from typing import Final

from examples.legal_review.document.model import Document

_LOOKED_AT: Final = 200_000
_FEWEST_WORDS: Final = 40
_CUES: Final = tuple(
    re.compile(cue, re.IGNORECASE)
    for cue in (
        r"\bagree(?:s|d|ments?)?\b|\bcontracts?\b|\bcontrat\w*|\bvertr(?:ag|äge)\w*|\baccord[oi]?\b|\bvereinbar\w*|\bacuerdo\b",
        r"\bpart(?:y|ies)\b|\bparties?\b|\bpartei(?:en)?\b|\bpart[ei]s\b",
        r"\bshall\b|\bdoit\b|\bist verpflichtet\b|\bdeber[áa]n?\b|\bdovr[àa]\b",
        r"\bhere(?:by|in|to|of|under|after)\b|\bthere(?:of|to|under)\b|\baux présentes\b|\bhiermit\b|\bpor la presente\b|\bcon la presente\b",
        r"\bterminat\w+|\bterm of this\b|\brésili\w+|\bkündig\w+|\bresci[ns]\w+|\brecesso\b",
        r"\bgoverning law\b|\bgoverned by\b|\bjurisdiction\b|\blaws of\b|\bdroit applicable\b|\banwendbares recht\b|\bley aplicable\b|\blegge applicabile\b",
        r"\bliab(?:le|ility)\b|\bindemnif\w+|\bwarrant(?:y|ies|s)\b|\bresponsabil\w+|\bhaft\w+",
        r"\beffective date\b|\bdated? as of\b|\bentered into\b|\bin witness whereof\b|\bwhereas\b|\bentre les soussignés\b|\bzwischen\b",
        r"\bconfidential\w*|\bassign(?:s|ed|ment)?\b|\bobligations?\b|\blicens(?:e|or|ee)\w*|\bsigned\b|\bsignature\b|\bgeheim\w+",
    )
)
_CODE = re.compile(r"^[ \t]*(?:def |class |import |from \w+ import|#include|function |public |return\b|}|const |let |var )|[;{]$", re.MULTILINE)  # fmt: skip

_TITLE = re.compile(
    r"\bagreement\b|\bcontract\b|\bamendment\b|\bdeed\b|\bvertrag\b|\bcontrat\b", re.IGNORECASE
)
_SIGNED = re.compile(r"/s/|\bBy:|\bName:[^\n]*\bTitle:", re.IGNORECASE)


def looks_like_contract(document: Document) -> bool:
    """Whether a document reads like a contract.

    A document whose pages have yet to be transcribed gets the benefit of the doubt.
    """
    text = document.text[:_LOOKED_AT]
    words = len(text.split())
    if words < _FEWEST_WORDS and document.image_pages:
        return True
    if _TITLE.search(text, 0, 400) and _SIGNED.search(text):
        return True  # short filings have a title and signatures, and little between
    counts = [sum(1 for _ in cue.finditer(text)) for cue in _CUES]
    kinds = sum(1 for count in counts if count)
    lines = text.count("\n") + 1
    code = sum(1 for _ in _CODE.finditer(text)) / lines
    return kinds >= 4 and sum(counts) >= max(6, words / 150) and code < 0.3
