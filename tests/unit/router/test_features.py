"""What is measured of a text and a step, and what measuring costs."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.protocol.decisions import Situation
from agentkit.protocol.request import ToolDefinition
from agentkit.router.features import HEAD, NAMES, TAIL, measure, measure_rules, measure_text, read, tokenize
from agentkit.router.lexicon import fold
from agentkit.router.reasons import give_reasons
from agentkit.router.score import load_weights
from agentkit.router.vocabulary import Spelling

CASES = settings(max_examples=int(os.environ.get("AGENTKIT_TEST_CASES", "1000")), deadline=None)

TASK = "Résous l'équation x^2 + 5x = 12345, puis trie les racines. Translate the answer into German (a) now or b) never?"


def test_there_are_forty_features_at_most() -> None:
    assert 25 <= len(NAMES) == len(set(NAMES)) <= 40


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("one two three", "length"), ("1 and 2", "numbers"), ("12345 cows", "long_numbers"), ("2 + 2", "operators"),
        ("∫ x dx", "maths_symbols"), ('{"a": [1]}', "data"), ("(a) red (b) blue", "options"),
        ("must be at least two", "constraints"), ("man bleibt hier, wenn es regnet", "constraints"), ("swap them, then flip it", "tracking"), ("a la izquierda", "relations"), ("3 1 4 1 5", "number_share"), ("der Kläger", "law"),
        ("an electron", "science"), ("its value, nothing else: 5", "answer_only"), ("the second world war", "humanities"),
        ("un indovinello", "logic"), ("warum ist das so", "analysis"), ("ist das zulässig", "judgement"), ("optimise the route", "planning"),
        ("la dérivée", "maths"), ("how many cats", "amounts"), ("rückwärts", "manipulation"), ("implementa el algoritmo", "code"),
        ("extrahiere den Namen", "extract"), ("rephrase it", "rewrite"), ("traduci questo", "translate"), ("fasse zusammen", "rewrite"),
        ("clasifica la reseña", "classify"), ("write a poem", "write"), ("qui était-ce", "lookup"),
    ],
)  # fmt: skip
def test_each_feature_of_the_text_is_found(text: str, feature: str) -> None:
    assert measure_text(text)[feature] > 0
    assert feature not in measure_text("blah blah") or feature == "length"


def tool(name: str, **required: Any) -> ToolDefinition:
    return ToolDefinition(
        name=name, description="", parameters={"type": "object", "required": list(required)}
    )


@pytest.mark.parametrize(
    ("facts", "feature"),
    [
        ({"step": "tool_result"}, "tool_result"), ({"step": "final_answer", "current": "high"}, "final_answer"), ({"tools": (tool("a"), tool("b"))}, "tools"),
        ({"tools": (tool("a", x=1, y=2),)}, "tools"), ({"tools": (tool("cancelOrder"),)}, "irreversible"), ({"tools": (tool("delete_file"),)}, "irreversible"),
        ({"tools": (tool("a"),)}, "plain_call"), ({"output": {"properties": {"a": {}}}}, "schema"), ({"images": 1}, "images"),
        ({"instructions": "You must never refund unless approved. Always verify."}, "rules"), ({"violations": 1}, "trouble"), ({"tool_errors": 1}, "trouble"),
        ({"repeated_calls": 1}, "trouble"),
    ],
)  # fmt: skip
def test_each_feature_of_the_step_is_found(facts: dict[str, Any], feature: str) -> None:
    assert measure(Situation(task="", **facts))[feature] > 0
    assert feature not in measure(Situation(task=""))


def test_depth_and_enums_make_a_schema_more_complex() -> None:
    flat = {"properties": {"a": {}, "b": {}}}
    deep = {"properties": {"a": {"properties": {"b": {}}}}}
    limited = {"properties": {"a": {"enum": [1, 2]}, "b": {}}}
    sizes = [measure(Situation(task="", output=schema))["schema"] for schema in (flat, deep, limited)]
    assert sizes[0] < min(sizes[1:])


def test_a_schema_without_end_is_measured_in_bounded_time() -> None:
    loop: dict[str, Any] = {}
    loop["properties"] = {"again": loop}
    assert measure(Situation(task="", output=loop))["schema"] == 1


def test_manners_in_the_instructions_are_no_policy() -> None:
    assert measure_rules("You are a helpful assistant. Always answer in JSON. Do not add comments.") < 0.2
    assert (
        measure_rules(
            "Never refund unless approved. You must verify. If denied, escalate. Only members may cancel. "
            * 2
        )
        == 1
    )


def test_case_accents_and_whitespace_do_not_matter() -> None:
    same = [
        TASK.upper(),
        TASK.lower(),
        fold(TASK),
        re.sub(r"\s+", " \n\t ", TASK),
        TASK.replace("é", "e\u0301"),
    ]
    assert all(measure_text(other) == measure_text(TASK) for other in same)


@pytest.mark.parametrize(
    "wrapped",
    [
        "Please {}",
        "Hello! Could you help me with this? {} Thank you very much!",
        "Bonjour, {} Merci beaucoup.",
        "Hallo, bitte: {} Vielen Dank!",
        "Hola, {} ¡Muchas gracias!",
    ],
)
def test_courtesies_do_not_matter(wrapped: str) -> None:
    assert measure_text(wrapped.format(TASK)) == measure_text(TASK)


def test_a_verb_inside_a_long_text_is_not_taken_for_the_request() -> None:
    matter = "the cat sat on the mat " * 30
    assert "translate" in measure_text(f"Translate this: {matter}")
    assert "translate" in measure_text(f"{matter} Translate this.")
    assert "translate" not in measure_text(f"{matter} someone may translate this {matter}")


def test_a_word_near_the_edges_of_a_text_counts_more_than_one_inside() -> None:
    matter = "the cat sat on the mat " * 20
    inside, outside = f"{matter} prove it {matter}", f"{matter} {matter} prove it"
    assert 0 < measure_text(inside)["maths"] < measure_text(outside)["maths"]


def test_the_end_of_a_very_long_text_is_read() -> None:
    assert "maths" in measure_text("the cat sat on the mat " * 10_000 + "Prove the theorem.")


def test_the_work_does_not_grow_beyond_head_and_tail() -> None:
    assert len(tokenize("1 " * 1_000_000)) <= (HEAD + TAIL) // 2 + 1
    assert measure_text("x" * HEAD + " solve " * 10**6 + "y" * TAIL) == measure_text(
        "x" * HEAD + " solve " * 10**4 + "y" * TAIL
    )


def test_each_character_is_read_once() -> None:
    text = "Ab c12, d'e — "
    assert sum(map(len, tokenize(text * 50))) == 50 * sum(map(len, tokenize(text)))


@CASES
@given(text=st.text(max_size=300))
def test_any_text_has_features_and_a_score_between_0_and_1(text: str) -> None:
    features = measure_text(text)
    assert features.keys() <= set(NAMES)
    assert all(0 < value <= 1 for value in features.values())
    assert 0 <= load_weights().score(features) <= 1
    assert measure_text(text) == features


def test_every_weighted_feature_has_a_reason_in_words() -> None:
    for name, weight in [*load_weights().features.items(), ("wording", 1.0)]:
        if abs(weight) <= 0.05:
            continue
        (reason,) = give_reasons({name: weight}, "high" if weight > 0 else "none")
        assert " " in reason, name
        assert give_reasons({name: weight}, "none" if weight > 0 else "high") == ()


def test_what_speaks_far_less_than_the_strongest_reason_is_none() -> None:
    told = give_reasons({"maths": 1.0, "code": 0.3, "length": 0.1}, "high")
    assert len(told) == 2
    assert give_reasons({"length": 0.1}, "high") == ("the task is long",)


@pytest.mark.parametrize(
    "misspelt",
    [
        "calcluate",
        "calclate",
        "callculate",
        "calculatte",
        "CALCULATE",
        "calculating",
        "cakculate",
        "xcalculate",
        "kalculate",
        "alculate",
    ],
)
def test_a_word_with_one_wrong_letter_is_read_as_meant(misspelt: str) -> None:
    assert "maths" in measure_text(f"now {misspelt} these")


@pytest.mark.parametrize(
    "right",
    [
        "provide",
        "clause",
        "clauses",
        "older",
        "planet",
        "story",
        "stories",
        "years",
        "années",
        "Jahre",
        "años",
        "anni",
        "them",
        "system",
    ],
)
def test_a_right_word_is_not_taken_for_another_one(right: str) -> None:
    found = measure_text(f"now {right} these")
    assert not found.keys() & {
        "maths",
        "code",
        "planning",
        "tracking",
        "law",
        "science",
        "logic",
        "judgement",
    }


def test_a_misspelt_common_word_is_not_taken_for_a_form_that_is_less_like_it() -> None:
    assert Spelling(["label"], frozenset(), frozenset()).correct("tabel") == "label"
    assert Spelling(["label"], frozenset(), frozenset({"table"})).correct("tabel") == ""
    assert Spelling(["label"], frozenset({"tabel"}), frozenset()).correct("tabel") == ""


def test_a_misspelt_word_still_counts_together_with_its_neighbour() -> None:
    for text in ("the fnial answer", "the final anwser", "the final answer"):
        assert "answer_only" in measure_text(text)


def test_a_concept_counts_once_in_whatever_language_it_is_named() -> None:
    once = measure_text("prove x y z")
    assert measure_text("prove proof beweise demuestra")["maths"] == once["maths"]
    assert measure_text("prove integral y z")["maths"] > once["maths"]


def test_two_words_that_count_together_count_as_nothing_else() -> None:
    together = measure_text("in simple words: a cat")
    assert "rewrite" in together
    assert "manipulation" not in together


@pytest.mark.parametrize(
    "text", ["¿Qué fecha es?", "Quelle est la date ?", "Is the statement true?", "Che ora è?"]
)
def test_the_question_itself_is_no_courtesy(text: str) -> None:
    assert read(text) == tokenize(text)


def test_wording_adds_what_the_words_of_a_tasks_frame_weigh() -> None:
    words = {"zebra": 0.5, "stripes": -2.0, "middle": 9.0}
    filler = "x " * 60
    found = measure(Situation(task=f"Zebra {filler} middle {filler} stripes ZEBRA"), words)
    assert found["wording"] == pytest.approx(-1.5)
    assert "wording" not in measure(Situation(task="Zebra"))


def test_what_was_read_before_does_not_change_what_is_measured() -> None:
    first = measure_text(TASK)
    for i in range(60_000):
        measure_text(f"filler{i}word")
    assert measure_text(TASK) == first
