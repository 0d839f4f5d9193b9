"""What an answer at none tells about itself, in five languages, and what is done about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentkit.protocol.decisions import Decision, Situation
from agentkit.protocol.messages import AssistantMessage
from agentkit.protocol.reply import ModelReply
from agentkit.protocol.review import Answer, Review
from agentkit.router import ComplexityRouter, RoutingPolicy, agree, find_hedge

HEDGES = [
    "The total is 41, but I'm not entirely sure.",
    "I cannot determine whether the term has ended.",
    "My best guess is Lima.",
    "It is hard to say, perhaps 12.",
    "17 * 3 = 41. Wait, that is wrong.",
    "Je ne suis pas tout à fait sûr, mais c'est 12.",
    "Je ne sais pas. Peut-être 12.",
    "C'est difficile à dire : 12 ?",
    "Ich bin mir nicht ganz sicher, aber es sind 12.",
    "Das lässt sich nicht eindeutig sagen.",
    "Ich vermute, es sind 12.",
    "No estoy del todo seguro, pero son 12.",
    "No lo sé; supongo que 12.",
    "Podría equivocarme: 12.",
    "Non sono del tutto sicuro, ma sono 12.",
    "Potrei sbagliarmi: 12.",
    "Non lo so.",
]
PLAIN = [
    "The total is 41.",
    "It will probably rain; the clause may be void.",
    'The witness said: "I am not sure."',
    "The contract does not say whether the term has ended.",
    "`let me recheck` is the name of the button.",
    "Certain clauses are not sure to be enforceable.",
    "Le total est 41, sans doute.",
    "Die Summe ist 41. Die Klausel ist unklar formuliert.",
    "El total es 41. La cláusula no es segura.",
    "Il totale è 41. La clausola non è sicura.",
    "You are not sure which plan to take, so compare both.",
    "I suggest a guess-free approach.",
    "If that is not right, call us.",
    "Das stimmt nicht: Lima ist die Hauptstadt.",
    "Ich rate Ihnen zu Klausel 9.",
    "Attends, j'arrive.",
]


@pytest.mark.parametrize("text", HEDGES)
def test_an_answer_that_doubts_itself_is_heard(text: str) -> None:
    assert find_hedge(text)


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_said_of_the_world_or_quoted_is_no_hedge(text: str) -> None:
    assert find_hedge(text) is None


def test_a_very_long_answer_is_read_at_both_ends_only() -> None:
    assert find_hedge("x " * 100_000 + "I am not sure.")
    assert find_hedge("x " * 50_000 + "I am not sure." + " x" * 50_000) is None


@pytest.mark.parametrize(
    ("first", "second", "structured", "same"),
    [
        ("42", " 42.0 ", False, True),
        ("Lima", "lima.", False, True),
        ("Lima", "Quito", False, False),
        ("So we add them up and get what was asked.\nThe answer is **1,204**.", "Answer: 1204", False, True),
        ("long " * 20 + r"\boxed{\frac{1}{2}}", "long " * 30 + r"\boxed{\frac12}", False, True),
        ("<answer>b</answer>", "well... <answer> B </answer>", False, True),
        ("long " * 20 + "\nThus 3 apples and 12 pears", "other " * 20 + "\nIn the end 12", False, True),
        ("La réponse est 7", "Antwort: 7", False, True),
        ("prose without a number " * 5, "other prose altogether " * 5, False, None),
        ('{"a": 1, "b": [1.0, "X  y"]}', '{"b": [1, "x y"], "a": 1.0}', True, True),
        ('{"a": 1}', '{"a": 2}', True, False),
        ("no json", '{"a": 2}', True, None),
    ],
)
def test_two_answers_are_compared_by_what_they_say(
    first: str, second: str, structured: bool, same: bool | None
) -> None:
    assert agree(first, second, structured=structured) is same
    assert agree(second, first, structured=structured) is same


def answer(text: str = "Fine.", decision: Decision | None = None, **facts: object) -> Answer:
    logprob, finish = facts.pop("logprob", None), facts.pop("finish", "stop")
    reply = ModelReply(message=AssistantMessage(text=text), finish=finish, logprob=logprob)  # type: ignore[arg-type]
    decision = decision or ComplexityRouter().decide(Situation(task="What is the capital of Peru?"))
    return Answer(decision=decision, reply=reply, **facts)  # type: ignore[arg-type]


def look(given: Answer, **knobs: object) -> Review:
    return ComplexityRouter(RoutingPolicy(**knobs)).review(given)  # type: ignore[arg-type]


def test_each_kind_of_evidence_escalates_and_is_named_to_the_model() -> None:
    assert look(answer()).verdict == "accept"
    hedged = look(answer("I'm not sure, Lima?"))
    assert (hedged.verdict, hedged.evidence) == ("escalate", ("hedging",))
    assert "i'm not sure" in hedged.note
    unsure = look(answer(logprob=-1.5), min_logprob=-1.0)
    assert unsure.evidence == ("low_logprob",)
    assert look(answer(logprob=-0.5), min_logprob=-1.0).verdict == "accept"
    assert look(answer(logprob=-9.0)).verdict == "accept"
    cut = look(answer(finish="length"))
    assert cut.evidence == ("truncation",)
    split = look(answer("Lima", sample="Quito"))
    assert split.evidence == ("disagreement",)
    assert "Quito" in split.note
    assert look(answer("Lima", sample="lima")).verdict == "accept"


def test_evidence_can_be_switched_off() -> None:
    assert look(answer("I'm not sure."), escalate_on_hedging=False).verdict == "accept"
    assert look(answer(finish="length"), escalate_on_truncation=False).verdict == "accept"
    assert look(answer("I'm not sure."), max_escalations=0).verdict == "accept"


def test_a_finding_in_json_is_no_hedge() -> None:
    assert look(answer('{"answer": "I am not sure"}', structured=True)).verdict == "accept"


@pytest.mark.parametrize("source", ["override", "cue", "limit"])
def test_what_somebody_decided_is_not_put_in_doubt(source: str) -> None:
    decision = replace(answer().decision, source=source)
    assert look(answer("I'm not sure.", decision)).verdict == "accept"


def test_nothing_is_escalated_beyond_the_runs_escalations_or_without_room_to_think() -> None:
    assert look(answer("I'm not sure.", escalations=2)).verdict == "accept"
    assert look(answer("I'm not sure.", room=100)).verdict == "accept"
    assert look(answer("I'm not sure.", room=5000)).verdict == "escalate"


def test_a_second_answer_is_asked_for_in_the_uncertain_band_only_where_the_policy_pays_for_it() -> None:
    near = replace(answer().decision, gain=0.4, threshold=0.5)
    far = replace(near, gain=0.05)
    assert look(answer(decision=near), second_sample=True).verdict == "sample"
    assert look(answer(decision=near)).verdict == "accept"
    assert look(answer(decision=far), second_sample=True).verdict == "accept"
    assert look(answer("Fine.", near, sample="Fine."), second_sample=True).verdict == "accept"
