"""What a user says about thinking: "think hard", "sans trop réfléchir", "antworte schnell", in five languages.

Only the user's own words count: not what stands in quotes, code, tags or pasted text, and only near the start or the
end. A cue must be an order ("think hard"), not a remark ("I need to think hard about my job"). What is said about the
length or the form of an answer ("briefly", "only the letter", "quick question") is no cue.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Literal

from agentkit.protocol.effort import Effort
from agentkit.router.lexicon import fold

Language = Literal["en", "fr", "de", "es", "it"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A user's word on how much to think.

    Attributes:
        effort: What it asks for.
        phrase: The words, without case and accents.
        language: ISO 639-1 code.
    """

    effort: Effort
    phrase: str
    language: Language


def find_cue(text: str) -> Cue | None:
    """Return the last cue in the user's own words, or None.

    The last one wins because people qualify what they said: "quick question, but think it through".
    """
    if not _might_hold_cue(text):
        return None
    said: list[tuple[int, int, Cue]] = []
    for place, part in enumerate(own_words(text)):
        for language, effort, pattern in _patterns():
            for match in pattern.finditer(part):
                before = part[max(0, match.start() - 60) : match.start()]
                if _LEAD.search(before) and not (effort == "high" and _NEGATED.search(before)):
                    cue = Cue(effort=effort, phrase=" ".join(match.group().split()), language=language)
                    said.append((place, match.end(), cue))
    return max(said, key=lambda found: found[:2])[2] if said else None


_HEAD, _TAIL = 600, 400
"""Characters at the start and end of a text where a cue is looked for."""

_READ = 10_000
"""Characters of a very long text that are searched for quotes and code at either end."""

_GAP = "\ue000"
"""Stands for what was taken out."""


def _might_hold_cue(text: str) -> bool:
    if len(text) <= _HEAD + _TAIL:
        return bool(_TRIGGER.search(fold(text)))
    return bool(_TRIGGER.search(fold(text[:_HEAD])) or _TRIGGER.search(fold(text[-_TAIL:])))


def own_words(text: str) -> tuple[str, ...]:
    """Return the parts of a text in which the user speaks, folded: its head and, where there is one, its closing."""
    if len(text) > 2 * _READ:
        text = f"{text[:_READ]}\n\n{_GAP}\n{text[-_READ:]}"
    said = _BLANK_LINES.sub("\n\n", fold(_without_matter(text.replace("\r\n", "\n")))).strip()
    announced = _ANNOUNCES.search(said)
    if announced is None and len(said) <= _HEAD + _TAIL:
        return (said,)
    # A long text may be a pasted document from its second line on, though nothing announces it.
    start = announced.end() if announced else said.find("\n") + 1 or len(said)
    head, rest = said[: min(start, _HEAD)], said[start:]
    # Its last lines are the user again only where they are set apart and short.
    _, gap, closing = rest.rpartition(f"{_GAP}\n")
    if not gap:
        _, gap, closing = rest.rpartition("\n\n")
    set_apart = bool(gap) and len(closing.split()) <= (12 if announced else 40)
    return (head, closing[-_TAIL:]) if set_apart else (head,)


def _without_matter(text: str) -> str:
    opening, closing = _TAG.search(text), text.rfind("</")
    if opening is not None and opening.start() < closing:
        end = text.find(">", closing) + 1 or len(text)
        text = f"{text[: opening.start()]} {_GAP}\n{text[end:]}"
    return _MATTER.sub(f" {_GAP}\n", text)


# Each alternative stops at its own opening mark, so that unclosed marks cost no second reading.
_MATTER = re.compile(
    r"""```.*?(?:```|\Z) | `[^`\n]+` | ^[ \t]*>.*?$ | ^[-=*_]{3,}[ \t]*$.+?^[-=*_]{3,}[ \t]*$
    | "[^"]*" | “[^“”]*” | «[^«»]*» | „[^„“”"]*[“”"] | ‹[^‹›]*› | (?<!\w)['‘][^'‘’\n]+['’](?!\w)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_TAG = re.compile(r"<[A-Za-z][^<>\n]*>")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
# A colon at the end of a line, or a rule across the page, announces matter.
_ANNOUNCES = re.compile(r":[ \t]*(?:\n|$)|^[-=*_]{3,}[ \t]*$", re.MULTILINE)

# Every cue holds one of these beginnings; most texts hold none and are done with one search.
_TRIGGER = re.compile(
    r"\b(?:think|thought|skip|over-?think|ultrathink|reason|rush|hurry|quick|right\s+away|take\s|just\s+answer|consider\s+(?:this|it)"
    r"|reflechi|reflexion|raisonn|prends|prenez|prendre|precipite|presse|repond|reponse|fais|faites|vite|pens"
    r"|denk|nachdenk|nachzudenk|uberleg|nimm|lass|nehmen|schnell"
    r"|zerbrich|gedanken|vueltas"
    r"|piens|razon|tomate|tomese|responde|responda|contest|respuesta|rapido|prisa|apresur"
    r"|ragion|riflett|rispo|prendi|prenda|fretta|veloce)"
    r"|(?:don't|do\s+not)\s+(?:answer|reply|respond)"
)

# An order stands at the start of a clause, or after words that ask.
_LEAD = re.compile(
    r"""(?: ^ | [.!?;:,\n()\ue000–—-] | \b(?:
        please|pls|there\ is|there's|and|but|so|then|now|just|really|let's|lets|let\ us|you|could\ you|can\ you|
        you\ (?:should|must|need\ to|have\ to)|(?:want|like|ask|need)\ you\ to|(?:^|\n)\s*to|
        et|mais|puis|donc|alors|merci\ de|veuillez|il\ faut|tu|vous|
        und|aber|dann|bitte|also|doch|mal|hier|
        y|pero|luego|por\ favor|favor\ de|aqui|
        e|ma|poi|quindi|per\ favore|qui
    ) ) \s* \Z""",
    re.VERBOSE,
)

# What is said not to be needed is no order: "pas besoin d'y réfléchir longtemps".
_NEGATED = re.compile(
    r"\b(?:no\s+need|not\s+need|needn't|not\s+have\s+to|don't\s+have\s+to|don't\s+need\s+to|pas\s+besoin|pas\s+la\s+peine|inutile"
    r"|nicht|kein|keine|ohne|no\s+hace\s+falta|no\s+es\s+necesario|sin\s+necesidad|non\s+serve|non\s+occorre|non\s+devi"
    r"|non\s+c'e\s+bisogno|non\s+e\s+necessario)\b[^.!?;:,\n]*\Z"
)

_HARD_EN = r"(?:(?:really|very|extra|long\ and|as)\s+)?(?:hard(?:er)?|carefully|deeply|deep|thoroughly|twice|longer|step\s+by\s+step)"
_WELL_FR = r"(?:bien|longuement|longtemps|profondement|attentivement|soigneusement|serieusement|etape\s+par\s+etape|pas\s+a\s+pas)"
_WELL_DE = r"(?:gut|genau|grundlich|scharf|sorgfaltig|lange|intensiv|in\s+ruhe|schritt\s+fur\s+schritt)"
_WELL_ES = r"(?:bien|detenidamente|con\s+calma|con\s+cuidado|a\s+fondo|mucho|cuidadosamente|paso\s+a\s+paso)"
_WELL_IT = r"(?:bene|attentamente|a\s+fondo|con\s+calma|con\s+attenzione|a\s+lungo|molto|passo\s+(?:(?:dopo|per|a)\s+)?passo)"
_END = r"(?=\s*(?:[.!?,;:)\n–—-]|$))"

_CUES: dict[tuple[Language, Effort], str] = {
    ("en", "high"): rf"""
        think(?:\s+(?:about\s+)?(?:this|it|that))?(?:\s+through)?\s+{_HARD_EN} | think\s+(?:this|it)\s+through |
        reason(?:\s+(?:this|it))?(?:\s+(?:through|about\s+(?:this|it)))?\s+(?:carefully|thoroughly|step\s+by\s+step) |
        consider\s+(?:this|it)\s+carefully | take\s+(?:your|all\s+the)\s+time | take\s+(?:a\s+)?(?:deep\s+)?time\s+to\s+think |
        (?:don't|do\s+not)\s+(?:rush|hurry) | (?:don't|do\s+not)\s+(?:answer|reply|respond)\s+(?:too\s+)?quickly | ultrathink
        """,
    ("en", "none"): rf"""
        (?:don't|do\s+not|never)\s+(?:think(?:\s+(?:about\s+)?(?:this|it|that))?\s+(?:(?:too|so|very|that)\s+)?(?:hard|much|long|deeply)|
            over-?think(?:\s+(?:it|this))?|think{_END}) |
        (?:no|without\s+any)\s+need\s+to\s+(?:(?:over-?)?think|reason) | no\s+need\s+for\s+(?:any\s+|much\s+|long\s+|deep\s+)?(?:thinking|thought|reasoning) |
        no\s+(?:long\s+|deep\s+|further\s+)?(?:thinking|thought|reasoning)\s+(?:is\s+)?(?:needed|required|necessary) | skip\s+the\s+(?:thinking|reasoning) |
        (?:answer|reply|respond)\s+(?:me\s+)?(?:directly\s+)?without\s+(?:any\s+|long\s+|much\s+)?(?:over-?)?(?:thinking|reasoning) | needn't\s+think | without\s+(?:over-?)?thinking |
        (?:don't|do\s+not)\s+(?:need|have)\s+to\s+(?:over-?)?think | no\s+(?:over-?)?thinking{_END} |
        (?:(?:be|make\s+it)\s+)?quick(?:ly)?{_END} | (?:answer|reply|respond)\s+(?:me\s+)?(?:quickly|right\s+away) |
        (?:a\s+|give\s+me\s+a\s+)?quick\s+(?:answer|reply|response) | just\s+answer(?:\s+(?:me|it))?{_END}
        """,
    ("fr", "high"): rf"""
        (?:reflechis(?:sez)?|reflechir)(?:[\s-]+y)?\s+(?:(?:tres|bien)\s+)?(?:{_WELL_FR}|avant\s+de\s+repondre) |
        raisonne[zr]?\s+{_WELL_FR} | pense[zr]?(?:-y)?\s+{_WELL_FR} | (?:prends|prenez|prendre)\s+(?:bien\s+|tout\s+)?(?:ton|votre|le)\s+temps |
        ne\s+(?:te|vous)\s+(?:precipite[sz]?|presse[sz]?)\s+pas
        """,
    ("fr", "none"): rf"""
        ne\s+reflechis(?:sez)?\s+pas | ne\s+pense[sz]?\s+pas\s+(?:trop|longtemps) | (?:ce\s+n'est\s+)?pas\s+la\s+peine\s+(?:de|d'y)\s+reflechir |
        (?:tu\s+n'as|vous\s+n'avez|n'as|n'avez)\s+pas\s+besoin\s+(?:de|d'y)\s+reflechir | ne\s+(?:te|vous)\s+(?:prends?|prenez)\s+pas\s+la\s+tete | (?:pas|aucun)\s+besoin\s+(?:de|d'y)\s+reflechir | inutile\s+(?:de|d'y)\s+reflechir |
        sans\s+(?:trop\s+|y\s+)?(?:reflechir|reflexion) | repond[sez]*\s+(?:tres\s+|moi\s+)?(?:vite|rapidement) |
        (?:une\s+)?reponse\s+rapide | fais\s+vite | faites\s+vite | vite{_END}
        """,
    ("de", "high"): rf"""
        denke?\s+(?:(?:bitte|mal|daruber|sehr)\s+)*{_WELL_DE}(?:\s+daruber)?\s+nach | denken\s+sie\s+(?:(?:bitte|daruber|sehr)\s+)*{_WELL_DE}(?:\s+daruber)?\s+nach |
        uberleg(?:e|en\s+sie)?\s+(?:(?:bitte|mal|dir|sich|es|das|sehr)\s+)*{_WELL_DE} | {_WELL_DE}\s+(?:nachdenken|uberlegen) |
        (?:nimm\s+dir|lass\s+dir|nehmen\s+sie\s+sich|lassen\s+sie\s+sich)\s+(?:(?:bitte|ruhig|genug|alle|so\s+viel)\s+)*zeit |
        denke?\s+schritt\s+fur\s+schritt
        """,
    ("de", "none"): rf"""
        (?:bitte\s+)?nicht\s+(?:(?:zu|so)\s+)?(?:lange?|viel|gross|grundlich)\s+(?:daruber\s+)?(?:nachdenken|uberlegen) |
        (?:denke?|denken\s+sie)\s+(?:(?:bitte|daruber)\s+)*nicht\s+(?:(?:zu|so)\s+)?(?:(?:lange?|viel|gross)\s+)?(?:daruber\s+)?nach |
        uberleg(?:e|en\s+sie)?\s+nicht\s+(?:(?:zu|so)\s+)?(?:lange?|viel|gross) | ohne\s+(?:langes?\s+|viel\s+|gross\s+)?(?:nachzudenken|nachdenken|zu\s+uberlegen) |
        (?:antworte|antworten\s+sie)\s+(?:bitte\s+)?(?:schnell|sofort) | schnell\s+antworten | (?:eine\s+)?schnelle\s+antwort | mach(?:\s+es)?\s+schnell |
        auf\s+die\s+schnelle | kein\s+(?:langes\s+|grosses\s+)?(?:nachdenken|uberlegen)\s+(?:notig|erforderlich|noetig) |
        (?:du\s+musst|sie\s+mussen|ihr\s+musst)\s+(?:(?:hier|dabei|daruber)\s+)*nicht\s+(?:(?:zu|so)\s+)?(?:(?:lange?|viel|gross|grundlich)\s+)?(?:daruber\s+)?(?:nachdenken|uberlegen) |
        zerbrich\s+dir\s+nicht\s+(?:lange\s+)?den\s+kopf | mach\s+dir\s+(?:nicht\s+(?:zu\s+)?viele|keine)\s+(?:grossen\s+)?gedanken | schnell{_END}
        """,
    ("es", "high"): rf"""
        (?:piensa|piense|piensalo|pienselo|razona|razone|razonalo|reflexiona|reflexione)\s+(?:muy\s+)?{_WELL_ES} |
        (?:tomate|tomese)\s+(?:tu|su|el)\s+tiempo | no\s+(?:te\s+apresures|se\s+apresure|tengas\s+prisa)
        """,
    ("es", "none"): rf"""
        no\s+(?:lo\s+)?pienses?\s+(?:mucho|demasiado|tanto) | no\s+(?:hace\s+falta|es\s+necesario|necesitas)\s+(?:pensar|reflexionar|razonar) |
        sin\s+(?:necesidad\s+de\s+)?(?:pensar|pensarlo|reflexionar|razonar) | no\s+hace\s+falta\s+que\s+(?:lo\s+)?pienses? |
        no\s+le\s+des\s+(?:muchas|tantas|demasiadas)\s+vueltas | sin\s+dar(?:le)?\s+(?:muchas\s+|tantas\s+)?vueltas | (?:responde|responda|contesta|conteste)\s+(?:muy\s+)?(?:rapido|rapidamente|ya) |
        (?:una\s+)?respuesta\s+rapida | rapido{_END} | date\s+prisa
        """,
    ("it", "high"): rf"""
        (?:pensa|pensaci|pensi|ci\s+pensi|rifletti|rifletta|ragiona|ragioni)\s+(?:molto\s+)?{_WELL_IT} |
        (?:prenditi|si\s+prenda)\s+(?:tutto\s+)?(?:il\s+(?:tuo\s+|suo\s+)?)?tempo | non\s+(?:avere|abbia)\s+fretta
        """,
    ("it", "none"): rf"""
        non\s+(?:pensarci|ci\s+pensare|riflettere|pensare)\s+(?:troppo|molto|su) | non\s+(?:serve|occorre|c'e\s+bisogno\s+di|e\s+necessario)\s+(?:pensar(?:e|ci)|riflettere|ragionare) |
        senza\s+(?:pensar(?:e|ci)|riflettere|ragionare) | non\s+stare\s+a\s+(?:pensar(?:e|ci)|rifletter(?:e|ci)) | non\s+(?:ragionarci|rifletterci)\s+(?:troppo|molto|su) |
        non\s+(?:serve|occorre)\s+(?:rifletterci|ragionarci) | non\s+devi\s+(?:pensar(?:e|ci)|rifletter(?:e|ci)|ragionar(?:e|ci)) | (?:rispondi|risponda)\s+(?:in\s+fretta|velocemente|rapidamente|subito) |
        (?:una\s+)?risposta\s+(?:rapida|veloce) | veloce{_END} | fai\s+in\s+fretta
        """,
}


@functools.cache
def _patterns() -> tuple[tuple[Language, Effort, re.Pattern[str]], ...]:
    """The cues, compiled for the first text that may hold one: that takes longer than many a program's start."""
    return tuple(
        (language, effort, re.compile(rf"\b(?:{alternatives})\b", re.VERBOSE))
        for (language, effort), alternatives in _CUES.items()
    )
