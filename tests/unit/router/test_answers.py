"""What a text gives as its answer."""

from __future__ import annotations

import pytest

from agentkit.router.answers import agree, final_answer

LONG = "Let us work this out with some care, because there is more than one way to go wrong here. "


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<answer> 42 </answer>", "42.0"), ("<answer>3</answer> no: <answer>4</answer>", "4.0"), ("thinking ... <answer>cut off", "cutoff"),
        ('{"steps": "so the answer is 3", "answer": "7"}', "7.0"), ('{"final_answer": [1, 2]}', "1.0,2.0"), (LONG + r"\boxed{\frac{1}{2}}", "0.5"),
        (LONG + r"\boxed{x^{2^{3}}}", "x^2^3"), (LONG + "\n#### 1,234", "1234.0"), (LONG + "The final answer is: **12 kg**.", "12.0"),
        (LONG + "Answer:\nB) the red one", "b"), (LONG + "La réponse finale est 12.", "12.0"), (LONG + "Die Antwort ist: ja", "ja"),
        (LONG + "La respuesta es 3/4.", "0.75"), (LONG + "La risposta è: no", "no"), ("Yes.", "yes"), ("(C)", "c"), ("50 %", "50.0"),
        (LONG + "\n```python\nprint(1)\n```\nThat prints one, I think, as far as one can see from here.", "print(1)"),
        (LONG + "\nSo it is **seven**.", "seven"), (LONG + "\nThat makes 17 in all.", "17.0"), (LONG, None), ("", None), ("<answer></answer>", None),
    ],
)  # fmt: skip
def test_the_answer_is_found_in_its_usual_places(text: str, answer: str | None) -> None:
    assert final_answer(text) == answer


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("The answer is 12 km.", "12"), ("Answer: $12.50", "12.5 dollars"), ("x = 5", "The answer is 5"), ("Antwort: 3,5", "3.5"), ("1.234,5", "1,234.5"),
        (r"\boxed{12\text{ cm}}", "12"), ("Answer: -5", "Answer: −5"), ("After working it out we get 42.", "42"), ("Answer: .5", "1/2"), ("50 %", "50 percent"),
        ("The answer is [1, 2, 3]", "1, 2, 3"), ("Die Antwort lautet 12.", "12"), ("La respuesta correcta es la B.", "B"), ("The correct answer is option C.", "C. 12"),
        ("So it is **B**.", "The correct option is (B) Westphalia."), ("Final answer: Yes, he did.", "yes"), ("The capital is Paris.", "paris"),
        ('{"name": "Ann", "age": 5}', '```json\n{"age": 5, "name": "ann"}\n```'), ("Answer: sqrt(2)", r"\boxed{\sqrt{2}}"), ("Final Answer: The final answer is 5", "5"),
        ("I'm sorry, but I can't help with that.", "I am unable to assist with this request, because it is against the rules that I follow."),
    ],
)  # fmt: skip
def test_one_answer_in_two_dresses_agrees(first: str, second: str) -> None:
    assert final_answer(first) == final_answer(second) is not None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2*3", "23"), ("2x", "2"), ("5 million", "5"), ("12:30 am", "12:30 pm"), ("It is possible.", "It is not possible."), ("0 1 1", "11"),
        ("1234567890123456789", "1234567890123456788"), ("C", "12"), ("[1, 2]", "[2, 1]"), ("yes", "no"), ("Rome, Italy", "Rome, Georgia"),
    ],
)  # fmt: skip
def test_answers_that_only_look_alike_differ(first: str, second: str) -> None:
    assert final_answer(first) != final_answer(second)


def test_equal_answers_agree_in_whatever_dress_and_prose_without_one_says_nothing() -> None:
    assert agree(LONG + r"\boxed{0.50}", "<answer>1/2</answer>") is True
    assert agree("<answer>(b)</answer>", LONG + "Answer: B) blue") is True
    assert agree("<answer>5</answer>", "<answer>6</answer>") is False
    assert agree(LONG, "<answer>5</answer>") is None


@pytest.mark.parametrize("mark", ["<answer>", '"answer":', "\\boxed{", "{", "```", "**", "answer is ", "1,"])
def test_repeated_marks_are_read_in_bounded_time(mark: str) -> None:
    # Anything quadratic would not come back.
    final_answer(mark * (200_000 // len(mark)))
