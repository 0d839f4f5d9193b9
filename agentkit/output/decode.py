"""From the text of an answer to plain data; what is wrong with it, in words for the model."""

from __future__ import annotations

import re
from typing import Any

from agentkit._util import json

MAX_PROBLEMS = 8
_MAX_PROBLEM_CHARS = 500
_FENCED = re.compile(r"```(?:json|JSON)?[ \t]*\r?\n(.*?)\r?\n?[ \t]*```", re.DOTALL)


class InvalidOutput(Exception):
    """An answer that is not what was asked for: a signal to ask again, not a failure of the run.

    Attributes:
        problems: What is wrong, each in one bounded sentence.
        text: The answer.
    """

    def __init__(self, problems: tuple[str, ...], text: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(_bounded(problem) for problem in problems[:MAX_PROBLEMS])
        self.text = text


def read_json(text: str) -> Any:
    """Read an answer as one JSON document.

    Only white space and one surrounding Markdown fence are tolerated: an answer that is prose with JSON in it,
    or that was cut, is no answer.

    Raises:
        InvalidOutput: It is not one JSON document.
    """
    document = bare(text)
    if not document:
        raise InvalidOutput(("the answer is empty; JSON was asked for",), text)
    try:
        return json.loads(document)
    except ValueError as error:
        raise InvalidOutput((f"the answer is not one valid JSON document: {error}",), text) from error


def bare(text: str) -> str:
    """Return the text without surrounding white space and without a Markdown fence around all of it."""
    document = text.strip()
    fenced = _FENCED.fullmatch(document) if document.startswith("```") else None
    return fenced.group(1).strip() if fenced else document


def reask_text(problems: tuple[str, ...]) -> str:
    """Return the user message that asks the model to mend its answer."""
    listed = "\n".join(f"- {_bounded(problem)}" for problem in problems[:MAX_PROBLEMS])
    return (
        "Your answer is not valid:\n"
        f"{listed}\n"
        "Give the whole answer again with this corrected: one JSON document that satisfies the schema, and nothing else."
    )


def _bounded(problem: str) -> str:
    flat = " ".join(problem.split())
    return flat if len(flat) <= _MAX_PROBLEM_CHARS else flat[:_MAX_PROBLEM_CHARS] + "…"
