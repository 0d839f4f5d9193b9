"""What each feature means, in words for the person who asks why."""

from __future__ import annotations

from collections.abc import Mapping

from agentkit.protocol.effort import Effort

MOST = 4
"""Reasons given at most; the features on the card hold the rest."""

_LEAST_SHARE = 0.2
"""Of the strongest reason: what speaks less than that is none."""


def give_reasons(contributions: Mapping[str, float], effort: Effort) -> tuple[str, ...]:
    """Return what speaks for an effort, strongest first; among equals in the order of their names."""
    sign = 1 if effort == "high" else -1
    speaking = {name: sign * weight for name, weight in contributions.items() if sign * weight > 0.05}
    least = max(speaking.values(), default=0.0) * _LEAST_SHARE
    ranked = sorted((-weight, name) for name, weight in speaking.items() if weight >= least)
    words = _FOR_HIGH if effort == "high" else _FOR_NONE
    return tuple(words.get(name, name.replace("_", " ")) for _, name in ranked[:MOST])


_FOR_HIGH = {
    "length": "the task is long",
    "numbers": "there are numbers in it",
    "long_numbers": "it works with large numbers",
    "operators": "there is arithmetic or algebra in it",
    "maths_symbols": "it is written in mathematical notation",
    "code_marks": "there is code in it",
    "data": "there is data or a table in it",
    "number_share": "much of it is numbers",
    "constraints": "it sets conditions that all must hold",
    "tracking": "something changes step by step and has to be followed",
    "sequence": "it has several steps in order",
    "relations": "things stand in relation to each other",
    "logic": "it is a matter of logic",
    "analysis": "it asks for analysis or comparison",
    "judgement": "it asks for judgement",
    "law": "the law or rules have to be applied to facts",
    "planning": "it asks for a plan or an optimum",
    "maths": "there is mathematics to work out",
    "science": "it is a matter of science or statistics",
    "answer_only": "only the bare answer is asked for, so there is no room to work it out in the open",
    "manipulation": "it asks for exact handling of letters, lists or grids",
    "code": "it is about programming",
    "tools": "there are several tools to choose from, or many arguments to fill in",
    "irreversible": "tools are in reach whose effects are hard to undo",
    "images": "there are images to look at",
    "rules": "the instructions set rules",
    "policy_bound": "the instructions bind the work to rules over several steps",
    "trouble": "something went wrong before",
    "wording": "reasoning paid on tasks worded like this",
}

_FOR_NONE = {
    "amounts": "it is a simple sum",
    "extract": "it asks to find or extract what stands in a text",
    "humanities": "it is a matter of knowledge about people and the world",
    "rewrite": "it asks to rewrite, format or summarise",
    "translate": "it asks to translate",
    "classify": "it asks to classify",
    "write": "it asks to write freely",
    "lookup": "it asks to look something up",
    "tool_result": "a tool's result only has to be taken up",
    "final_answer": "known results only have to be put into form",
    "plain_call": "a tool can simply be called, without rules to weigh",
    "schema": "the form of the answer is given",
    "length": "it is long, and most of a long task is matter to read",
    "options": "it only has to be chosen from what is given",
    "data": "it is mostly data to work on",
    "wording": "reasoning did not pay on tasks worded like this",
}


def name_feature(name: str, share: float) -> str:
    """Return what a feature says in words, with its name, for a share that speaks for or against reasoning."""
    if name == "length" and share > 0:
        return "length: how long the task is"  # every task has some, and a short one is not called long
    words = (_FOR_HIGH if share > 0 else _FOR_NONE).get(name)
    return f"{name}: {words}" if words else name.replace("_", " ")
