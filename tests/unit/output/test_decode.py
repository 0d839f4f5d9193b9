"""Telling the model what is wrong with its answer."""

from __future__ import annotations

from agentkit.output.decode import InvalidOutput, reask_text


def test_the_reask_lists_the_problems_precisely_and_asks_for_the_whole_answer():
    text = reask_text(("$.a: 1 is not of type string", "$.b: missing"))
    assert "- $.a: 1 is not of type string\n- $.b: missing\n" in text
    assert "whole answer" in text


def test_the_reask_is_bounded_in_number_and_length():
    text = reask_text(tuple(f"{index} " + "x" * 10_000 for index in range(100)))
    assert len(text) < 5_000


def test_a_problem_cannot_break_out_of_its_line():
    assert "\n- a b c\n" in reask_text(("a\nb\n\nc",))


def test_invalid_output_keeps_its_problems_bounded():
    error = InvalidOutput(tuple("x" * 9_999 for _ in range(50)), "text")
    assert len(error.problems) == 8
    assert max(map(len, error.problems)) < 600
