"""`explain()` reads as a person would tell it."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.protocol.decisions import Decision, DecisionSource, StepKind
from agentkit.protocol.effort import Effort
from agentkit.protocol.images import ImageData
from agentkit.protocol.messages import user
from agentkit.protocol.result import RunResult
from agentkit.protocol.usage import Usage

PAGE = ImageData(media_type="image/png", data=b"", width=28, height=28, sha256="0" * 64, tokens=2)


def decision(effort: Effort, step: StepKind, source: DecisionSource, *reasons: str) -> Decision:
    return Decision(effort=effort, source=source, score=0.3, threshold=0.5, reasons=reasons, step=step)


PLAIN = decision("none", "planning", "score", "it asks to look something up")
TOOL = decision("none", "tool_result", "score", "a tool's result only has to be taken up")
LAST = decision(
    "high", "final_answer", "evidence", "1 failed tool call so far in this run", "it asks for judgement"
)


def result(*decisions: Decision, **more: Any) -> RunResult[str]:
    usage = {"none": Usage(requests=1, prompt_tokens=1200, completion_tokens=30)}
    return RunResult(
        **{"output": "x", "messages": (user("Go"),), "usage": usage, "run_id": "r", "seconds": 1.25, **more},
        decisions=decisions,
    )


@pytest.mark.parametrize(
    ("told", "paragraph"),
    [
        (
            result(PLAIN),
            ("The run made 1 request in 1.2 s, at effort none. Request 1 (planning) ran at none: it asks to look something"
            " up. It read 1,200 tokens and wrote 30, without reasoning."),
        ),
        (
            result(PLAIN, TOOL, LAST, tool_calls={"find": 1, "add": 2, "view": 3}, tool_errors=1, retries=2, violations=1),
            ("The run made 3 requests in 1.2 s: 2 at effort none and 1 at effort high. Requests 1 and 2 (planning, tool"
            " result) ran at none: it asks to look something up. Request 3 (final answer) ran at high: 1 failed tool call so"
            " far in this run; it asks for judgement. It called find once, add twice, view 3 times; 1 call failed or was"
            " refused. It read 1,200 tokens and wrote 30, without reasoning. 1 answer did not fit the wanted output and was"
            " asked for again. 2 requests were repeated because the server failed."),
        ),
        (
            result(
                PLAIN, TOOL, TOOL, messages=(user(PAGE, "and", PAGE),), simulated=True, adjustments=("No top_k.",),
                usage={"high": Usage(requests=3, prompt_tokens=5, cached_tokens=2, completion_tokens=9, reasoning_tokens=7)},
            ),
            ("The run made 3 requests in 1.2 s, all at effort none. Requests 1 to 3 (planning, tool result) ran at none: it"
            " asks to look something up. It read 5 tokens (2 images among them; 2 of them cached) and wrote 9, 7 of them as"
            " reasoning. Adjusted: No top_k. The embedded server answered: no language model was involved."),
        ),
    ],
    ids=["plain", "with tools and trouble", "with images and a cache"],
)  # fmt: skip
def test_a_run_is_told_in_sentences(told: RunResult[str], paragraph: str) -> None:
    assert told.explain() == paragraph
