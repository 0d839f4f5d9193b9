"""What only the genuine vLLM can show beyond the behaviour suite: its grammar, its counts, its concurrency."""

from __future__ import annotations

import json
from typing import Any, Literal

import anyio
import pytest
from pydantic import BaseModel, Field

from agentkit import Agent, Backend, RetryPolicy, Sampling, tool
from agentkit.errors import (
    BackendError,
    OutputInvalid,
    Truncated,
)
from tests.genuine.running import KEY
from tests.live.running import only_with

only_with("AGENTKIT_VLLM", "test-vllm")
ONCE = RetryPolicy(attempts=1)


class Clause(BaseModel):
    risk: Literal["low", "high"]
    score: int = Field(ge=0, le=9)


def saying(*replies: str, **options: Any) -> Sampling:
    """Sampling with which the model says these replies, one a turn."""
    return Sampling(extra_body={"vllm_xargs": {"say": json.dumps(replies)}}, **options)


def calling(*calls: tuple[str, dict[str, Any]]) -> str:
    return "".join(f"[TOOL_CALLS]{name}[ARGS]{json.dumps(arguments)}" for name, arguments in calls)


@tool
def look_up(topic: str) -> str:
    """Return what is known of a topic."""
    return f"{topic} is known."


def test_reasoning_is_split_from_the_answer_and_counted(vllm: str) -> None:
    agent = Agent(
        backend=Backend.vllm(vllm, api_key=KEY),
        effort="high",
        sampling=saying("[THINK]Let me see.[/THINK]Yes."),
    )
    result = agent.run_sync("Is it?")
    assert (result.output, result.reasoning) == ("Yes.", "Let me see.")
    assert result.usage["high"].reasoning_tokens > 0
    assert not result.usage["high"].reasoning_estimated


def test_effort_is_written_into_the_prompt(vllm: str) -> None:
    by_effort = {"none": ["The prompt says none."], "high": ["[THINK]Hm.[/THINK]The prompt says high."]}
    script = Sampling(extra_body={"vllm_xargs": {"say": json.dumps(by_effort)}})
    agent = Agent(backend=Backend.vllm(vllm, api_key=KEY), sampling=script)
    assert agent.run_sync("Is it?", effort="none").output == "The prompt says none."
    assert agent.run_sync("Is it?", effort="high").output == "The prompt says high."


def test_the_grammar_lets_nothing_through_that_breaks_the_schema(vllm: str) -> None:
    script = saying('{"risk": "medium", "score": 7}')
    agent = Agent(backend=Backend.vllm(vllm, api_key=KEY, retry=ONCE), output=Clause, sampling=script)
    with pytest.raises((BackendError, OutputInvalid, Truncated)):
        agent.run_sync("How risky?")


def test_a_schema_that_the_grammar_refuses_is_restricted_and_enforced_here(vllm: str) -> None:
    class Tags(BaseModel):
        tags: set[str]

    result = Agent(
        backend=Backend.vllm(vllm, api_key=KEY), output=Tags, sampling=saying('{"tags": ["a", "b"]}')
    ).run_sync("?")
    assert result.output == Tags(tags={"a", "b"})
    assert any("uniqueItems" in told for told in result.adjustments)
    twice = saying('{"tags": ["a", "a"]}', '{"tags": ["a"]}')
    again = Agent(backend=Backend.vllm(vllm, api_key=KEY), output=Tags, sampling=twice).run_sync("?")
    assert again.output == Tags(tags={"a"})
    assert again.violations == 1


def test_a_strict_tool_gets_no_arguments_against_its_schema(vllm: str) -> None:
    script = saying(calling(("look_up", {"topic": 5})), "Never.")
    with pytest.raises((BackendError, Truncated)):
        Agent(backend=Backend.vllm(vllm, api_key=KEY, retry=ONCE), tools=[look_up], sampling=script).run_sync(
            "Look."
        )


def test_reasoning_that_ate_max_tokens_is_rescued_without_reasoning(vllm: str) -> None:
    script = saying("[THINK]" + "I wonder. " * 50 + "[/THINK]Yes.", max_tokens=12)
    agent = Agent(backend=Backend.vllm(vllm, api_key=KEY), effort="high", sampling=script)
    with pytest.raises(
        Truncated
    ):  # the dictation thinks again: rescued once, then an error, never an endless loop
        agent.run_sync("Is it?")


def test_any_history_is_taken(vllm: str) -> None:
    script = saying(
        "[THINK]Hm.[/THINK]" + calling(("look_up", {"topic": "rain"})), "Known.", "Yes.", "Indeed."
    )
    agent = Agent(
        "Be brief.", backend=Backend.vllm(vllm, api_key=KEY), tools=[look_up], sampling=script, effort="high"
    )
    first = agent.run_sync("What of rain?")
    second = agent.run_sync("Sure?", history=first.messages)
    assert second.output


def test_many_runs_at_once_all_come_to_their_end(vllm: str) -> None:
    agent = Agent(backend=Backend.vllm(vllm, api_key=KEY), tools=[look_up])

    async def main() -> list[str]:
        outputs: list[str] = []

        async def one(number: int) -> None:
            script = saying(calling(("look_up", {"topic": f"t{number}"})), f"Number {number}.")
            outputs.append((await agent.run("Look.", sampling=script)).output)

        async with anyio.create_task_group() as group:
            for number in range(16):
                group.start_soon(one, number)
        return outputs

    assert sorted(anyio.run(main)) == sorted(f"Number {number}." for number in range(16))
