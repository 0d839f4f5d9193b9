"""Words that say what a task asks for, in English, French, German, Spanish and Italian.

Entries are written as people write them; `fold` takes case and accents away. A word of more than `STEM` letters
stands for every word that begins with the same `STEM` letters, which covers most inflections and many typos. An
entry of two words counts only where they stand together, and then instead of the first word alone.
"""

from __future__ import annotations

import re
import unicodedata

STEM = 7
"""Letters of a word that are compared."""

LINKS = frozenset(
    re.findall(
        r"[a-z]+",
        "the a an of in to is for or no many do i per un une la le les du en de d l el una il lo gli der die das den"
        " di dei del della delle des los las al",
    )
)
"""Words so common that they may stand between two words that count together, and are not looked at each time they occur."""

_MARKS = re.compile(r"[\u0300-\u036f\u200b-\u200d\ufeff]+")


def fold(text: str) -> str:
    """Return the text without case, accents, compatibility forms and invisible characters."""
    if text.isascii():
        return text.lower()
    # Most texts of the five languages need nothing else, and this is three times as fast.
    folded = text.lower()
    for accented, plain in _ACCENTS:
        folded = folded.replace(accented, plain)
    if not _UNUSUAL.search(folded):
        return folded
    return _MARKS.sub("", unicodedata.normalize("NFKD", text).casefold()).replace("’", "'")


_ACCENTS = tuple(
    zip("àâäáãåéèêëíìîïóòôöõúùûüçñß’\u00a0", [*"aaaaaaeeeeiiiiooooouuuucn", "ss", "'", " "], strict=True)
)
_UNUSUAL = re.compile(r"[^\x00-\x7f¡¿«»–—]")


RULES = """
        must, must not, should, shall, always, never, only, only if, unless, except, before, policy, policies, rule,
        rules, allowed, permitted, forbidden, prohibited, required, eligible, verify, confirm, approval, approve, refuse,
        deny, do not, don, cannot, may not, if, otherwise, within, limit, escalate, transfer, refund, cancel, authorize
        | doit, doivent, devez, toujours, jamais, uniquement, sauf, avant, politique, règle, règles, autorisé, interdit, vérifie,
        vérifier, vérifiez, confirme, confirmer, refuse, refuser, si, sinon, seulement, remboursement
        | muss, müssen, darf, dürfen, soll, sollte, immer, nie, niemals, nur, außer, bevor, richtlinie, regel, regeln, erlaubt,
        verboten, prüfe, prüfen, bestätige, ablehnen, wenn, falls, sonst, erstattung
        | debe, deben, siempre, nunca, solo, sólo, salvo, excepto, antes, política, regla, reglas, permitido, prohibido,
        verifica, verificar, confirma, confirmar, rechaza, si, reembolso
        | deve, devi, devono, sempre, mai, solo, tranne, salvo, prima, regola, regole, consentito, vietato, verifica,
        verificare, conferma, confermare, rifiuta, se, altrimenti, rimborso
        """
"""Words of rules that bind the work, looked for in the instructions."""

COURTESIES = frozenset(
    word[:STEM]
    for word in re.findall(
        r"[a-z]+",
        """
        please thank thanks you very much lot in advance hi hello hey dear kindly could can would help me with this for
        your i need want to good morning afternoon evening day there so many best kind regards sincerely cheers grateful
        thankful appreciate appreciated appreciation if answer following question task problem request be am it is hope are
        doing well finds everyone team sir madam assistant friend wondering wonder any assistance support effort time response
        reply looking forward hearing from soon take moment mind sorry bother bothering excuse trouble like ask just have
        the my a here give great really happy and answering helping us
        bonjour bonsoir salut merci beaucoup vous plait s il te svp pourriez pourrais pouvez peux tu avance d aide aider moi cher
        chere m j l c n qu je serais reconnaissant reconnaissante de bien vouloir cordialement espere que allez allons vas va nous mille
        pour votre reponse la question suivante voici ma a
        hallo guten tag morgen abend danke bitte vielen dank herzlichen besten schone schonen gruss grusse grussen freundlichen
        freundliche liebe lieber viele konntest konnten kannst du sie mir ich ware waren dankbar wenn hilf helfen hilfe im voraus hoffe
        es geht dir ihnen gut beantworte beantworten folgende aufgabe frage mit fur ihre eine hier ist meine
        hola buenos buenas dias tardes gracias muchas por favor podrias podria puedes puede ayudame ayudarme con esto esta de antemano
        espero que estes bien estimado estimada agradeceria te le si pudieras pudiera saludo saludos cordiales un una siguiente
        pregunta tarea
        ciao buongiorno buonasera salve grazie mille tante per favore potresti potrebbe puoi aiutami aiutarmi con questo gentile
        anticipo spero che tu stia bene sarei grato grata se potessi cordiali saluti distinti la seguente domanda
        """,
    )
)
"""Words of politeness around a task, which say nothing about it."""

ASKING = frozenset(
    word[:STEM]
    for word in re.findall(
        r"[a-z]+",
        """
        please thank thanks hi hello hey dear kindly could would help regards sincerely cheers grateful thankful appreciate appreciated
        appreciation hope wondering sorry excuse morning afternoon evening
        bonjour bonsoir salut merci plait svp pourriez pourrais pouvez peux aider aide reconnaissant reconnaissante cordialement espere veuillez
        hallo guten danke bitte dank grusse grussen konntest konnten kannst dankbar helfen hilfe hilf liebe lieber
        hola buenos buenas gracias favor podrias podria puedes ayudame ayudarme ayuda agradeceria saludos saludo cordiales estimado estimada espero
        ciao buongiorno buonasera salve grazie favore potresti potrebbe puoi aiutami aiutarmi aiuto gentile grato grata saluti cordiali spero
        """,
    )
)
"""Words that tell a courtesy from words that merely often stand in one; every courtesy has one in each clause."""

IRREVERSIBLE = frozenset(
    [
        "delete",
        "remove",
        "drop",
        "cancel",
        "refund",
        "pay",
        "payment",
        "purchase",
        "buy",
        "order",
        "transfer",
        "send",
        "submit",
        "publish",
        "deploy",
        "execute",
        "approve",
        "sign",
        "close",
        "terminate",
        "revoke",
        "charge",
        "withdraw",
        "wipe",
        "overwrite",
        "update",
        "modify",
        "change",
        "book",
    ]
)
"""Parts of tool names that tell of an effect which is hard to take back."""
