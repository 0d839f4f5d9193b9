"""What an answer at none tells about itself: cut, unsure, hedging, or unlike a second answer to the same request."""

from __future__ import annotations

import re

from agentkit.protocol.decisions import Decision, EvidenceKind
from agentkit.protocol.review import ACCEPTED, Answer, Review
from agentkit.router.answers import agree
from agentkit.router.lexicon import fold
from agentkit.router.policy import RoutingPolicy


def review(policy: RoutingPolicy, answer: Answer) -> Review:
    """Judge an answer that was given at none, by what is cheap to see first.

    What the developer, the user's own words or a limit decided is accepted as it is.
    """
    decision = answer.decision
    if decision.effort == "high" or decision.source in ("override", "cue", "limit"):
        return ACCEPTED
    if answer.escalations >= policy.max_escalations or not _has_room(answer):
        return ACCEPTED
    if answer.reply.finish == "length":
        if not policy.escalate_on_truncation:
            return ACCEPTED
        note = (
            "Your last answer was cut before its end. Think first, then give a complete and concise answer."
        )
        return Review(verdict="escalate", evidence=("truncation",), note=note)
    text = answer.reply.message.text
    seen: list[EvidenceKind] = []
    notes: list[str] = []
    phrase = find_hedge(text) if policy.escalate_on_hedging and not answer.structured else None
    if phrase is not None:
        seen.append("hedging")
        notes.append(f"Your answer is not certain of itself ('{phrase}').")
    logprob = answer.reply.logprob
    if policy.min_logprob is not None and logprob is not None and logprob < policy.min_logprob:
        seen.append("low_logprob")
        notes.append("Parts of your answer are guesses.")
    if answer.sample is not None and agree(text, answer.sample, structured=answer.structured) is False:
        seen.append("disagreement")
        notes.append(f"Asked twice, you gave two different answers. The other one was:\n{answer.sample}\n")
    if seen:
        notes.append("Work it out carefully and give your final answer again, in full and in the same form.")
        return Review(verdict="escalate", evidence=tuple(seen), note=" ".join(notes))
    if policy.second_sample and answer.final and answer.sample is None and _is_uncertain(policy, decision):
        return Review(verdict="sample")
    return ACCEPTED


def _has_room(answer: Answer) -> bool:
    expected = answer.decision.expected
    return answer.room is None or answer.room >= (expected.tokens if expected is not None else 0)


def _is_uncertain(policy: RoutingPolicy, decision: Decision) -> bool:
    gain = decision.score if decision.gain is None else decision.gain
    return decision.threshold - policy.uncertain_band <= gain < decision.threshold


def find_hedge(text: str) -> str | None:
    """Return the words with which an answer doubts itself or takes itself back, or None.

    Looked for at either end, in the model's own words: not in quotes, code or tags. A "probably" is no hedge, and
    neither is a finding that something is open: only what the speaker says of their own knowledge counts.
    """
    if len(text) > 2 * _READ:
        text = f"{text[:_READ]}\n{text[-_READ:]}"
    folded = fold(_QUOTED.sub(" ", text.replace("’", "'")))
    found = _HEDGE.search(folded)
    return " ".join(found.group().split()) if found else None


_READ = 1500
_QUOTED = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]+`|^[ \t]*>.*?$|\"[^\"]*\"|“[^“”]*”|«[^«»]*»|„[^„“”]*[“”]",
    re.DOTALL | re.MULTILINE,
)

_HEDGE = re.compile(
    r"""\b(?:
      i(?:'m|\ am)\ (?:not\ (?:(?:entirely|completely|quite|very|really|at\ all|100\ ?%)\ )?(?:sure|certain|confident)|unsure|uncertain)
    | i\ (?:can't|cannot|can\ not|could\ not|couldn't)\ (?:(?:reliably|definitively|really|fully)\ )?(?:determine|tell\ (?:for\ sure|whether|if|from)|say\ (?:for\ sure|whether|if|with)|verify|be\ (?:sure|certain))
    | i\ (?:do\ not|don't)\ (?:really\ |actually\ )?know | i\ (?:may|might|could)\ be\ (?:wrong|mistaken)
    | my\ best\ guess | i(?:'d|\ would|'ll)?\ (?:have\ to\ )?guess(?=\s+(?:that|it|the|this|is|so|about)|[,.;:]) | i\ suppose | it(?:'s|\ is)\ (?:hard|difficult|impossible)\ to\ (?:say|tell|know)
    | wait,\s+(?:no|that|this|let|i) | let\ me\ (?:re-?check|recalculate|reconsider|recount|redo|try\ (?:that\ )?again)
    | je\ ne\ suis\ pas\ (?:(?:tout\ a\ fait|totalement|entierement|vraiment|absolument)\ )?(?:sure?|certaine?) | je\ ne\ (?:le\ )?sais\ pas
    | je\ ne\ (?:peux|saurais)\ pas\ (?:determiner|dire|affirmer|verifier|garantir) | je\ (?:peux|pourrais)\ me\ tromper | je\ (?:suppose|devine)
    | (?:il\ est|c'est)\ (?:difficile|impossible)\ (?:de|a)\ (?:dire|savoir|determiner) | recalculons
    | (?:ich\ )?bin\ (?:ich\ )?(?:mir\ )?(?:da\ )?nicht\ (?:(?:ganz|vollig|wirklich|hundertprozentig)\ )?sicher | ich\ weiss\ (?:es\ )?nicht | ich\ vermute\b
    | ich\ kann\ (?:es\ |das\ )?nicht\ (?:(?:sicher|genau|eindeutig)\ )?(?:sagen|bestimmen|beurteilen|feststellen) | ich\ (?:konnte|kann)\ mich\ irren
    | (?:das\ ist\ )?schwer\ zu\ sagen | lasst\ sich\ nicht\ (?:sicher|eindeutig|genau)\ (?:sagen|bestimmen) | noch\ ?mal\ nachrechnen
    | no\ estoy\ (?:(?:del\ todo|completamente|totalmente|muy|realmente)\ )?segur[oa] | no\ lo\ se\b | no\ se\ (?:si|con\ certeza)
    | no\ puedo\ (?:determinar|decir|asegurar|confirmar|saber) | (?:podria|puedo)\ (?:estar\ )?equivoca(?:rme|d[oa]) | supongo
    | es\ (?:dificil|imposible)\ (?:de\ )?(?:decir|saber) | recalculemos
    | non\ (?:ne\ )?sono\ (?:(?:del\ tutto|completamente|molto|proprio)\ )?(?:sicur|cert)[oa] | non\ lo\ so\b | non\ so\ (?:se|con\ certezza)
    | non\ posso\ (?:determinare|dire|stabilire|confermare|sapere) | potrei\ sbagliarmi | suppongo
    | e\ (?:difficile|impossibile)\ (?:dire|dirlo|sapere|stabilire) | ricalcoliamo
    )""",
    re.VERBOSE,
)
