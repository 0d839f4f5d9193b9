"""What a text gives as its answer, and whether two texts give the same."""

from __future__ import annotations

import json
import re

from agentkit.router.canonical import canonical, plain


def agree(first: str, second: str, *, structured: bool = False) -> bool | None:
    """Return whether two answers to the same request say the same; None where one cannot tell.

    JSON is compared by value. Of text what is marked as the answer is compared, else all of it where it is short, else
    its last code block, else the last number of the last line; long prose without any of them says nothing.
    """
    if structured:
        try:
            return bool(plain(json.loads(first)) == plain(json.loads(second)))
        except ValueError:
            return None
    one, other = final_answer(first), final_answer(second)
    return None if one is None or other is None else one == other


def final_answer(text: str) -> str | None:
    """Return what a text gives as its answer, in one form for what says the same; None where nothing is marked.

    A refusal to help is an answer, `refused`: thought seldom changes it, and two of them agree.
    """
    found = _find_marked(text)
    if found is not None:
        return canonical(found) or None
    text = text.strip()
    if len(text) < _REFUSED_WITHIN and _REFUSED.search(text.replace("’", "'")):
        return "refused"
    blocks = _CODE.findall(text)
    if text[:1] in ("{", "["):
        return canonical(text) or None
    if len(text.split()) <= _SHORT and not blocks:
        return canonical(_core(text)) or None
    if blocks:
        block = str(blocks[-1]).strip()
        return (canonical(block) if block[:1] in ("{", "[") else "".join(block.split())) or None
    lines = [line for line in text.splitlines() if line.strip()]
    bold = _BOLD.findall(lines[-1])
    if bold:
        return canonical(bold[-1]) or None
    numbers = _NUMBER.findall(lines[-1])
    return canonical(numbers[-1]) if numbers else None


def _core(text: str) -> str:
    """What a short sentence says, without the words that lead to it."""
    bold = _BOLD.findall(text)
    if bold:
        return str(bold[-1])
    said = _LED.fullmatch(text)
    if said:
        return said[1]
    numbers = _NUMBER.findall(text)
    return numbers[0] if len(numbers) == 1 and len(text.split()) > 3 else text


_SHORT = 8
_TAGGED = re.compile(r"<answer>(.*?)(?:</answer>|\Z)", re.IGNORECASE | re.DOTALL)
_FIELD = re.compile(r'"(?:final_)?answer"\s*:\s*("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^\n},]*)', re.IGNORECASE)
_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_HASHED = re.compile(r"^#{4}\s*(.+)$", re.MULTILINE)
_SAID = re.compile(
    r"\b(?:(?:(?:final|correct|right|best)\s+)*(?:answer|option|choice|result)|r[ée]ponse(?:\s+(?:finale|correcte))?|r[ée]sultat(?:\s+final)?"
    r"|(?:(?:endg[üu]ltige|richtige)\s+)?antwort|(?:end)?ergebnis|respuesta(?:\s+(?:final|correcta))?|resultado(?:\s+final)?"
    r"|risposta(?:\s+(?:finale|corretta))?|risultato(?:\s+finale)?)"
    r"\*{0,2}\s*(?:\b(?:is|are|est|ist|lautet|es|è)\b\s*:?|:|=)\s*\*{0,2}[ \t]*\n{0,2}([^\n]+)",
    re.IGNORECASE,
)
_CODE = re.compile(r"```[a-z]*\n(.*?)```", re.IGNORECASE | re.DOTALL)
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_NUMBER = re.compile(r"[-−]?\d[\d,.]*(?:/\d+)?")
_LED = re.compile(
    r"(?:[^\W\d_]+,?\s+){1,6}(?:is|are|was|equals|est|sont|ist|sind|lautet|es|son|è|sono|=)\s*:?\s+((?:\S+\s*){1,4})",
    re.IGNORECASE,
)
_REFUSED_WITHIN = 400
_REFUSED = re.compile(
    r"\b(?:(?:can't|cannot|can not|won't|unable to|not able to)\s+(?:\w+\s+)?(?:help|assist|comply|provide|fulfil|fulfill|do that|share)"
    r"|ne (?:peux|puis) pas (?:vous |t')?(?:aider|fournir)|kann (?:dir |ihnen )?(?:dabei |das |damit )?nicht (?:helfen|weiterhelfen)"
    r"|no puedo (?:ayudarte|ayudar|proporcionar)|non posso (?:aiutarti|aiutare|fornire))\b",
    re.IGNORECASE,
)


def _find_marked(text: str) -> str | None:
    # The surest mark first: a text may say "the answer is" on its way to the answer it marks.
    for mark in (_TAGGED, _FIELD, _BOXED, _HASHED, _SAID):
        found = mark.findall(text)
        if found:
            answer = _unquoted(str(found[-1]).strip())
            again = _SAID.search(answer) if mark is _SAID else None
            return again[1] if again else answer
    return None


def _unquoted(answer: str) -> str:
    if answer.startswith('"'):
        try:
            return str(json.loads(answer, strict=False))
        except ValueError:
            return answer
    return answer
