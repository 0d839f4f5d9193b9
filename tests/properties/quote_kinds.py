"""Contracts of our own, true ways to retype a quote, and ways to alter one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from random import Random

CLAUSES = (
    "{Seller} shall not resign, re-sign or assign this Agreement without the prior written consent of {Buyer}.",
    "The liability of {Seller} shall not exceed {cur}{n},{nnn}.{nn} in the aggregate, and {p}.{p}% of any excess.",
    "{Buyer} may terminate the non-exclusive license granted herein within {nn} days after notice, whether or not cured.",
    "Interest accrues at a rate of not more than {p}½ percent (or {p}/{q} of the base rate) per annum; it is payable monthly.",
    "The temperature shall be kept between -{p} and +{nn} degrees, ± {p} degrees, at a pressure ≥ {nn} kPa and ≤ {nnn} kPa.",
    "An area of {nn} m² and a volume of 10² litres, that is {p} × 10^6 units, shall be made available in tact therein.",
    "“Confidential Information” means any information marked “confidential” by {Seller}, its Affiliates, or its agents.",
    "Subject to § {p}.{q} and Section {p}.{q}(a), the parties' obligations survive for {p}-year periods ({nn} months).",
    "Pages {nn}–{nnn} of the record—including annexes—bind {Buyer}, and/or its successors, as of January {nn}, 20{nn}.",
    "{Seller} shall pay to {Buyer} a fee of [***] per unit; the fee is due before the resignation of the officer.",
    "The café and the façade of Müller GmbH, located at the U.S. office, are excluded from the premises described there.",
    "If the price x < {nn} or y > {nnn}, then {Seller}'s share is {cur}{nnn} and {Buyer}'s share is {cur}{n},{nnn}.",
    "Neither party may disclose the existence of this Agreement, except as required by law or with mutual consent.",
    "The first installment of {nnn} units falls due on delivery, the second installment of {n},{nnn} units thereafter.",
)
HEADINGS = (
    "LIMITATION OF LIABILITY AND REMEDIES OF THE PARTIES",
    "TERM AND TERMINATION OF THIS AGREEMENT",
    "REPRESENTATIONS, WARRANTIES AND COVENANTS OF THE SELLER",
)
DOTS = (" ... ", "… ", " [...] ", " […] ")
TURNING = re.compile(
    r"[.;]$|^(?:not|no|never|neither|nor|none|without|unless|except|excluded|only|non-\w+)\b",
    re.IGNORECASE,
)
"""Words that an honest ellipsis does not leave out: those that turn a sentence, and its end."""

SMALL = ("not", "shall", "hereby", "never", "only", "all", "without")
ANY_WORD = re.compile(r"[^\W\d_]+")
WORD = re.compile(r"\b[^\W\d_]{4,}\b")
NUMBER = re.compile(r"\d+")


def clauses(random: Random) -> list[str]:
    """Return the sentences of a small contract; every second contract has headings in capitals."""
    chosen = random.sample(CLAUSES, random.randint(5, 9))
    names = {
        "Seller": random.choice(("the Company", "Northwind Ltd.", "the Supplier")),
        "Buyer": random.choice(("the Customer", "the Licensee", "Helios AG")),
    }
    headings = random.sample(HEADINGS, len(HEADINGS))
    made: list[str] = []
    for clause in chosen:
        numbers = {
            "p": random.randint(2, 9),
            "q": random.randint(2, 9),
            "n": random.randint(1, 9),
            "nn": random.randint(11, 98),
            "nnn": random.randint(111, 989),
            "cur": random.choice("$€£"),
        }
        sentence = clause.format(**names, **numbers)
        made.append(sentence[0].upper() + sentence[1:])
        if headings and random.random() < 0.3:
            made.append(headings.pop())
    return made


def plain(text: str) -> str:
    """Return what a retyping may not change: guards against an alteration that is none."""
    text = unicodedata.normalize("NFC", text)
    for marks, mark in (("“”„\"‘’'", "'"), ("‐‑‒–—−", "-")):
        for char in marks:
            text = text.replace(char, mark)
    return re.sub(r"\s+", " ", text).strip()


# ---- true ways to retype


def wrapped(text: str, random: Random) -> str:
    """Break lines at spaces."""
    return re.sub(" ", lambda _: random.choice((" ", " ", " ", "\n", "\n    ", "\r\n")), text)


def hyphenated(text: str, random: Random) -> str:
    """Break some long words, and compounds at their hyphen, at a line's end."""
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", lambda _: random.choice(("-", "-\n")), text)
    return re.sub(
        r"\b([a-z]{4,})([a-z]{3,})\b", lambda m: f"{m[1]}-\n{m[2]}" if random.random() < 0.2 else m[0], text
    )


def _half(old: str, new: str) -> Callable[[str, Random], str]:
    return lambda text, random: "".join(
        new if char == old and random.random() < 0.5 else char for char in text
    )


RETYPINGS: dict[str, Callable[[str, Random], str | None]] = {
    "as it is": lambda quote, _: quote,
    "white space collapsed": lambda quote, _: " ".join(quote.split()),
    "other line breaks": wrapped,
    "doubled spaces": _half(" ", "  "),
    "no-break spaces": _half(" ", "\u00a0"),
    "tabs": _half(" ", "\t"),
    "page break": _half(" ", "\n\f\n"),
    "straight quotes": lambda quote, _: quote.translate({0x201C: '"', 0x201D: '"', 0x2019: "'"}),
    "curly quotes": lambda quote, _: re.sub(r'"', "”", re.sub(r'"(?=\w)', "“", quote)).replace("'", "’"),
    "single quotes for double": lambda quote, _: quote.translate({0x201C: "'", 0x201D: "'"}),
    "hyphens for dashes": lambda quote, _: quote.replace("–", "-").replace("—", "-"),
    "spaced dashes": lambda quote, _: quote.replace("—", " – "),
    "no final full stop": lambda quote, _: quote.rstrip("."),
    "final full stop": lambda quote, _: quote.rstrip(".,;") + ".",
    "headings in small letters": lambda quote, _: _headings(quote, str.lower),
    "headings in title case": lambda quote, _: _headings(quote, str.title),
    "soft hyphens": lambda quote, _: re.sub(r"\b([a-z]{4})([a-z]{3,})\b", "\\1\u00ad\\2", quote),
    "ligatures": lambda quote, _: quote.replace("ffi", "ﬃ").replace("fi", "ﬁ"),
    "accents apart": lambda quote, _: unicodedata.normalize("NFD", quote),
    "invisible spaces": lambda quote, _: quote.replace(" ", " \u200b"),
    "spaces beside punctuation": lambda quote, _: re.sub(r"(?<=[a-z])([,;])(?= [a-z])", r" \1", quote),
    "quotation marks around": lambda quote, _: None if set('"“”') & set(quote) else f"“{quote}”",
    "an ellipsis": lambda quote, random: _shortened(quote, random),
}


def _headings(quote: str, change: Callable[[str], str]) -> str:
    for heading in HEADINGS:
        quote = quote.replace(heading, change(heading))
    return quote


def _shortened(quote: str, random: Random) -> str | None:
    words = quote.split()
    cuts = places_to_cut(words)
    full = [any(char.isalnum() for char in word) for word in words]
    firsts, lasts = [at for at in cuts if sum(full[:at]) >= 4], [at for at in cuts if sum(full[at:]) >= 4]
    pairs = [
        (first, last)
        for first in firsts
        for last in lasts
        if last > first and not any(TURNING.search(word) for word in words[first:last])
    ]
    if not pairs:
        return None
    first, last = random.choice(pairs)
    return " ".join(words[:first]) + random.choice(DOTS) + " ".join(words[last:])


def places_to_cut(words: list[str]) -> list[int]:
    """Return the indexes between two words of nothing but letters, where a quote may begin or end."""
    return [at for at in range(1, len(words)) if words[at - 1].isalpha() and words[at].isalpha()]


# ---- alterations: each returns the altered quote, or None where it does not apply


def _sub(pattern: str, new: str | Callable[[re.Match[str]], str]) -> Callable[[str, Random], str | None]:
    compiled = re.compile(pattern)

    def alter(quote: str, random: Random) -> str | None:
        found = list(compiled.finditer(quote))
        if not found:
            return None
        match = random.choice(found)
        return (
            quote[: match.start()]
            + (match.expand(new) if isinstance(new, str) else new(match))
            + quote[match.end() :]
        )

    return alter


def _words(change: Callable[[list[str], Random], list[str] | None]) -> Callable[[str, Random], str | None]:
    def alter(quote: str, random: Random) -> str | None:
        words = quote.split(" ")
        changed = change(words, random) if len(words) >= 8 else None
        return None if changed is None else " ".join(changed)

    return alter


def _dropped(words: list[str], random: Random) -> list[str]:
    at = random.randrange(1, len(words) - 1)
    return words[:at] + words[at + 1 :]


def _inserted(words: list[str], random: Random) -> list[str]:
    at = random.randrange(1, len(words))
    return [*words[:at], random.choice(SMALL), *words[at:]]


def _swapped(words: list[str], random: Random) -> list[str]:
    at = random.randrange(len(words) - 1)
    return [*words[:at], words[at + 1], words[at], *words[at + 2 :]]


def _cut_middle(words: list[str], random: Random) -> list[str]:
    at = random.randrange(2, len(words) - 4)
    return words[:at] + words[at + 2 :]


def _digit(match: re.Match[str]) -> str:
    return str((int(match[0]) + 1) % 10)


def _disordered(quote: str, random: Random) -> str | None:
    words = quote.split(" ")
    return None if len(words) < 10 else " ".join(words[-5:]) + " ... " + " ".join(words[:5])


def _overlapping(quote: str, random: Random) -> str | None:
    words = quote.split(" ")
    return None if len(words) < 10 else " ".join(words[:6]) + " … " + " ".join(words[4:10])


def _stitched(quote: str, random: Random) -> str | None:
    words = quote.split(" ")
    return None if len(words) < 10 else " ".join(words[:2]) + " ... " + " ".join(words[-5:])


def _turned(quote: str, random: Random) -> str | None:
    """Leave out a negation by an ellipsis, sometimes with the word before or after it."""
    words = quote.split(" ")
    found = [at for at, word in enumerate(words) if word in ("not", "without") and 5 <= at <= len(words) - 7]
    if not found:
        return None
    at = random.choice(found)
    first, last = at - random.randint(0, 1), at + random.randint(1, 2)
    return " ".join(words[:first]) + random.choice(DOTS) + " ".join(words[last:])


def _joined_sentences(quote: str, random: Random) -> str | None:
    """Join the first words of one sentence to the last words of the next."""
    first, stop, second = quote.partition(". ")
    one, other = first.split(" "), second.split(" ")
    if not stop or min(len(one), len(other)) < 10 or ". " in second or one[5].endswith((".", ";")):
        return None
    return " ".join(one[:6]) + random.choice(DOTS) + " ".join(other[-6:])


_LOOKALIKES = str.maketrans("aeopcx", "аеорсх")
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_LETTER_CASE = (
    r"(?<![A-Z] )\b(Agreement|Section|Confidential|Licensee|Customer|Company|Supplier|Neither)\b(?! [A-Z]{2})"
)

ALTERATIONS: dict[str, Callable[[str, Random], str | None]] = {
    "not dropped": _sub(r" not\b", ""),
    "not inserted": _sub(r"\b(shall|may)(?! not)\b", r"\1 not"),
    "may for shall": _sub(r"\bshall\b", "may"),
    "shall for may": _sub(r"\bmay\b", "shall"),
    "word dropped": _words(_dropped),
    "word inserted": _words(_inserted),
    "words swapped": _words(_swapped),
    "joined across a gap": _words(_cut_middle),
    "word doubled": _sub(r" (\w+) ", r" \1 \1 "),
    "word replaced": _sub(r"\b(days|months|aggregate|consent|monthly|second|annum)\b", "weeks"),
    "word split": _sub(
        r"\b(the|with|in|re|there|here)(in|out|sign|after|of|stallment|formation)\b", r"\1 \2"
    ),
    "any word split": _sub(r"\b([a-z]{3})([a-z]{3,})\b", r"\1 \2"),
    "words joined": _sub(r"\b(in) (tact|the)\b", r"\1\2"),
    "any words joined": _sub(r"(?<=[a-z]) (?=[a-z])", ""),
    "letter changed": _sub(r"(?<=[a-z])[a-z](?=[a-z])", lambda m: "z" if m[0] != "z" else "q"),
    "letter dropped": _sub(r"(?<=[a-z]{3})s\b", ""),
    "letter added": _sub(r"(?<=[a-rt-z])\b(?= )", "s"),
    "letters swapped": _sub(r"(?<=[a-z])(r)(e)(?=[a-z])", r"\2\1"),
    "hyphen dropped": _sub(r"(?<=[a-z])-(?=[a-z])", ""),
    "hyphen to space": _sub(r"(?<=[a-z\d])-(?=[a-z])", " "),
    "hyphen inserted": _sub(r"\b(re|in|dis)(sign|formation|close|stallment)", r"\1-\2"),
    "hyphen inserted anywhere": _sub(r"\b([a-z]{2,3})(?=[a-z]{3,})", r"\1-"),
    "comma dropped": _sub(r"(?<=\w),(?= [a-z])", ""),
    "comma added": _sub(r"(?<=[a-z]) (?=[a-z])", ", "),
    "semicolon for comma": _sub(r",(?= )", ";"),
    "bracket dropped": _sub(r"[()]", ""),
    "quotation marks dropped": _sub(r"“([^”]+)”", r"\1"),
    "apostrophe dropped": _sub(r"(?<=\w)['’](?=s )", ""),
    "possessive moved": _sub(r"s'(?= )", "'s"),
    "case of a word": _sub(_LETTER_CASE, lambda m: m[0].lower()),
    "capital inserted": _sub(r"(?<= )[a-z](?=[a-z]{4})", lambda m: m[0].upper()),
    "digit changed": _sub(r"\d", _digit),
    "digit dropped": _sub(r"(?<=\d)\d", ""),
    "digit doubled": _sub(r"\d", r"\g<0>\g<0>"),
    "hyphen in a number": _sub(r"(?<=\d)(?=\d)", "-"),
    "slash in a number": _sub(r"(?<=\d)(?=\d)", "/"),
    "space in a number": _sub(r"(?<=\d)(?=\d)", " "),
    "point in a number": _sub(r"(?<=\d)(?=\d)", "."),
    "comma in a number": _sub(r"(?<=\d)(?=\d)", ","),
    "line break in a number": _sub(r"(?<=\d)(?=\d)", "\n"),
    "decimal point dropped": _sub(r"(?<=\d)\.(?=\d)", ""),
    "decimal comma": _sub(r"(?<=\d)\.(?=\d)", ","),
    "thousands joined": _sub(r"(?<=\d),(?=\d)", ""),
    "thousands as decimals": _sub(r"(?<=\d),(?=\d)", "."),
    "slash dropped": _sub(r"(?<=\w)/(?=\w)", ""),
    "half added": _sub(r"(?<=\d)(?= )", "½"),
    "half dropped": _sub("½", ""),
    "half written out": _sub("½", "1/2"),
    "half as digits": _sub("½", "12"),
    "currency changed": _sub(r"[$€£]", lambda m: {"$": "€", "€": "£", "£": "$"}[m[0]]),
    "currency dropped": _sub(r"[$€£]", ""),
    "currency added": _sub(r"(?<= )(?=\d)", "$"),
    "minus added": _sub(r"(?<= )(?=\d)", "-"),
    "minus sign added": _sub(r"(?<= )(?=\d)", "−"),
    "sign dropped": _sub(r"(?<= )[-+±](?= ?\d)", ""),
    "sign changed": _sub(r"(?<= )[-+±](?= ?\d)", lambda m: "-" if m[0] != "-" else "+"),
    "comparison turned": _sub(r"[≥≤<>]", lambda m: {"≥": "≤", "≤": "≥", "<": ">", ">": "<"}[m[0]]),
    "comparison weakened": _sub(r"[<>]", lambda m: {"<": "≤", ">": "≥"}[m[0]]),
    "comparison dropped": _sub(r"[≥≤<>] ", ""),
    "percent dropped": _sub("%", ""),
    "per mille": _sub("%", "‰"),
    "percent added": _sub(r"(?<=\d)(?= [a-z])", "%"),
    "superscript flattened": _sub("²", "2"),
    "superscript dropped": _sub("²", ""),
    "superscript made": _sub(r"(?<=\d)2", "²"),
    "power flattened": _sub(r"\^", ""),
    "times dropped": _sub("× ", ""),
    "letter for times": _sub("×", "x"),
    "full-width digits": _sub(r"\d+", lambda m: m[0].translate(_FULL_WIDTH)),
    "paragraph sign dropped": _sub("§ ?", ""),
    "range closed": _sub("(?<=\\d)–(?=\\d)", ""),
    "range spaced": _sub("(?<=\\d)–(?=\\d)", " "),
    "accent dropped": _sub("[éçü]", lambda m: {"é": "e", "ç": "c", "ü": "u"}[m[0]]),
    "accent changed": _sub("[éçü]", lambda m: {"é": "è", "ç": "c", "ü": "ù"}[m[0]]),
    "letters of another script": _sub(r"\b[a-z]*[aeopcx][a-z]*\b", lambda m: m[0].translate(_LOOKALIKES)),
    "one for l": _sub(r"(?<=[a-z])l(?=[a-z])", "1"),
    "struck through": _sub(r"(?<=[a-z])(?=[a-z])", "\u0336"),
    "direction overridden": _sub(r" ", " \u202e"),
    "redaction filled": _sub(r"\[\*\*\*\]", "[5]"),
    "reference shortened": _sub(r"\(a\)", ""),
    "start in a word": lambda quote, _: (
        re.sub(r"^\W*\w", "", quote) if re.match(r"\W*[^\W\d_]{3}", quote) else None
    ),
    "start in a compound": lambda quote, _: (
        quote[match.end() :] if (match := re.search(r"\b\w+-(?=[a-z])", quote)) else None
    ),
    "start in a number": lambda quote, _: (
        quote[match.end() :] if (match := re.search(r"\d[,.]?(?=\d)|[$€£](?=\d)|§ ", quote)) else None
    ),
    "end in a number": lambda quote, _: (
        quote[: match.end()] if (match := re.search(r"\d[,.]?(?=\d)", quote)) else None
    ),
    "end before percent": lambda quote, _: (
        quote[: match.end()] if (match := re.search(r"\d(?=%)", quote)) else None
    ),
    "end in a compound": lambda quote, _: (
        quote[: match.end()] if (match := re.search(r"\b[a-z]+(?=-[a-z])", quote)) else None
    ),
    "end before a suffix": lambda quote, _: (
        quote[: match.end()] if (match := re.search(r"\b[a-z]{4,}(?=(?:s|ed|ing|ly)\b)", quote)) else None
    ),
    "parts out of order": _disordered,
    "parts that overlap": _overlapping,
    "a part of two words": _stitched,
    "negation left out": _turned,
    "two sentences joined": _joined_sentences,
    "words in brackets": _words(lambda words, random: [*words[:4], "[the", "Buyer]", *words[4:]]),
    "ellipsis within a word": _sub(r"(?<=[a-z])(?=[a-z]{2})", "..."),
    "broken hyphen in a number": _sub(r"(?<=\d)(?=\d)", "-\n"),
    "broken hyphen between words": _sub(r"(?<=[a-z]) (?=[a-z])", "-\n"),
    "thin space in a number": _sub(r"(?<=\d)(?=\d)", "\u2009"),
    "invisible between words": _sub(r"(?<=[a-z]) (?=[a-z])", "\u200b"),
    "negative in brackets": _sub(r"(?<= )(\d+)(?= )", r"(\1)"),
    "a prefix added": _sub(r"(?<= )(?=[a-z]{5})", "un"),
    "word before": lambda quote, _: f"Notwithstanding this, {quote}",
    "words after": lambda quote, _: f"{quote.rstrip('.')} and its Affiliates.",
    "list mark inserted": _sub(r"(?<=[a-z]) (?=[a-z])", " (a) "),
    "slash between words": _sub(r"(?<=[a-z]) (?=[a-z])", "/"),
    "contraction": _sub(r"\b(shall|may) not\b", r"\1n't"),
    "ampersand": _sub(r"\band\b", "&"),
    "turned question": _sub(r"\.$", "?"),
}
