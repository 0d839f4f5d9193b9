"""The agent loop against the genuine vLLM: the model's words are dictated, everything else is vLLM's own."""

from __future__ import annotations

import json
import threading
from typing import Any, Literal

import anyio
import pytest
from PIL import Image as Pillow
from pydantic import BaseModel, Field

from agentkit import Agent, Backend, Image, ReasoningDelta, RetryPolicy, Sampling, TextDelta, tool
from agentkit.errors import (
    BackendError,
    ContextOverflow,
    ModelNotFound,
    OutputInvalid,
    RequestRefused,
    Truncated,
)
from tests.live.conftest import only_with

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


def test_a_chat_ends_with_its_text_and_its_usage(vllm: str) -> None:
    result = Agent(backend=Backend.vllm(vllm), sampling=saying("It is done.")).run_sync("Is it?")
    assert result.output == "It is done."
    assert result.model == "ms4"
    assert not result.simulated
    used = next(iter(result.usage.values()))
    assert used.prompt_tokens > 0
    assert used.completion_tokens > 0


def test_reasoning_is_split_from_the_answer_and_counted(vllm: str) -> None:
    agent = Agent(
        backend=Backend.vllm(vllm), effort="high", sampling=saying("[THINK]Let me see.[/THINK]Yes.")
    )
    result = agent.run_sync("Is it?")
    assert (result.output, result.reasoning) == ("Yes.", "Let me see.")
    assert result.usage["high"].reasoning_tokens > 0
    assert not result.usage["high"].reasoning_estimated


@pytest.mark.anyio
async def test_a_stream_brings_reasoning_before_text_and_the_same_result(vllm: str) -> None:
    agent = Agent(
        backend=Backend.vllm(vllm), effort="high", sampling=saying("[THINK]Let me see.[/THINK]Yes.")
    )
    kinds: list[str] = []
    async with agent.stream("Is it?") as stream:
        async for event in stream:
            if isinstance(event, ReasoningDelta | TextDelta):
                kinds.append(type(event).__name__)
    assert stream.result.output == "Yes."
    assert stream.result.reasoning == "Let me see."
    assert kinds == sorted(kinds)
    assert set(kinds) == {"ReasoningDelta", "TextDelta"}


def test_effort_is_written_into_the_prompt(vllm: str) -> None:
    by_effort = {"none": ["The prompt says none."], "high": ["[THINK]Hm.[/THINK]The prompt says high."]}
    script = Sampling(extra_body={"vllm_xargs": {"say": json.dumps(by_effort)}})
    agent = Agent(backend=Backend.vllm(vllm), sampling=script)
    assert agent.run_sync("Is it?", effort="none").output == "The prompt says none."
    assert agent.run_sync("Is it?", effort="high").output == "The prompt says high."


def test_reasoning_goes_back_across_a_tool_call_and_is_in_the_next_prompt(vllm: str) -> None:
    prompts = []
    for thought in ("", "[THINK]" + "I had better look this up. " * 20 + "[/THINK]"):
        script = saying(thought + calling(("look_up", {"topic": "rain"})), "Rain is known.")
        agent = Agent(backend=Backend.vllm(vllm), tools=[look_up], effort="high", sampling=script)
        result = agent.run_sync("What of rain?")
        assert result.output == "Rain is known."
        prompts.append(result.usage["high"].prompt_tokens)
    assert prompts[1] > prompts[0] + 60


def test_parallel_calls_run_and_their_results_go_back_in_order(vllm: str) -> None:
    barrier = threading.Barrier(2, timeout=10)

    @tool
    def weigh(thing: str) -> str:
        """Return a weight."""
        barrier.wait()
        return f"{thing}: 1 kg"

    script = saying(calling(("weigh", {"thing": "a"}), ("weigh", {"thing": "b"})), "Both weigh 1 kg.")
    result = Agent(backend=Backend.vllm(vllm), tools=[weigh], sampling=script).run_sync("Weigh a and b.")
    assert result.output == "Both weigh 1 kg."
    assert result.tool_calls == {"weigh": 2}
    texts = [message.text for message in result.messages if type(message).__name__ == "ToolResult"]
    assert texts == ["a: 1 kg", "b: 1 kg"]


@pytest.mark.anyio
async def test_calls_are_streamed_whole(vllm: str) -> None:
    script = saying(calling(("look_up", {"topic": "a [b] c"})), "See [1] and [2].")
    async with Agent(backend=Backend.vllm(vllm), tools=[look_up], sampling=script).stream("Look.") as stream:
        async for _ in stream:
            pass
    assert stream.result.output == "See [1] and [2]."
    assert stream.result.tool_calls == {"look_up": 1}


def test_structured_output_comes_in_a_last_step_after_the_tools(vllm: str) -> None:
    script = saying(calling(("look_up", {"topic": "cap"})), "I have it.", '{"risk": "high", "score": 7}')
    agent = Agent(backend=Backend.vllm(vllm), tools=[look_up], output=Clause, sampling=script)
    assert agent.run_sync("How risky is the cap?").output == Clause(risk="high", score=7)


def test_the_grammar_lets_nothing_through_that_breaks_the_schema(vllm: str) -> None:
    script = saying('{"risk": "medium", "score": 7}')
    agent = Agent(backend=Backend.vllm(vllm, retry=ONCE), output=Clause, sampling=script)
    with pytest.raises((BackendError, OutputInvalid, Truncated)):
        agent.run_sync("How risky?")


def test_a_schema_that_the_grammar_refuses_is_restricted_and_enforced_here(vllm: str) -> None:
    class Tags(BaseModel):
        tags: set[str]

    result = Agent(backend=Backend.vllm(vllm), output=Tags, sampling=saying('{"tags": ["a", "b"]}')).run_sync(
        "?"
    )
    assert result.output == Tags(tags={"a", "b"})
    assert any("uniqueItems" in told for told in result.adjustments)
    twice = saying('{"tags": ["a", "a"]}', '{"tags": ["a"]}')
    again = Agent(backend=Backend.vllm(vllm), output=Tags, sampling=twice).run_sync("?")
    assert again.output == Tags(tags={"a"})
    assert again.violations == 1


def test_a_strict_tool_gets_no_arguments_against_its_schema(vllm: str) -> None:
    script = saying(calling(("look_up", {"topic": 5})), "Never.")
    with pytest.raises((BackendError, Truncated)):
        Agent(backend=Backend.vllm(vllm, retry=ONCE), tools=[look_up], sampling=script).run_sync("Look.")


def test_an_answer_that_was_cut_is_an_error_with_what_had_come(vllm: str) -> None:
    agent = Agent(backend=Backend.vllm(vllm), sampling=saying("One two three four five six.", max_tokens=3))
    with pytest.raises(Truncated) as caught:
        agent.run_sync("Count.")
    assert caught.value.partial
    assert "One two three four five six.".startswith(caught.value.partial)


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_that_was_cut_is_never_run(vllm: str, stream: bool) -> None:
    ran = []

    @tool
    def erase(path: str = "/") -> str:
        """Erase everything below a path."""
        ran.append(path)
        return "gone"

    script = saying(calling(("erase", {"path": "/tmp/one/two/three"})), "Done.", max_tokens=4)
    agent = Agent(backend=Backend.vllm(vllm, stream=stream), tools=[erase], sampling=script, effort="none")
    with pytest.raises(Truncated):
        agent.run_sync("Erase it.")
    assert not ran


def test_reasoning_that_ate_max_tokens_is_rescued_without_reasoning(vllm: str) -> None:
    script = saying("[THINK]" + "I wonder. " * 50 + "[/THINK]Yes.", max_tokens=12)
    agent = Agent(backend=Backend.vllm(vllm), effort="high", sampling=script)
    with pytest.raises(
        Truncated
    ):  # the dictation thinks again: rescued once, then an error, never an endless loop
        agent.run_sync("Is it?")


def test_a_prompt_beyond_the_window_is_told_with_both_numbers(vllm: str) -> None:
    with pytest.raises(ContextOverflow) as caught:
        Agent(backend=Backend.vllm(vllm), sampling=saying("Yes.")).run_sync("word " * 6000)
    assert caught.value.limit == 4096
    assert caught.value.needed is None or caught.value.needed > 4096


def test_a_wrong_model_is_told(vllm: str) -> None:
    with pytest.raises(ModelNotFound):
        Agent(backend=Backend.vllm(vllm, model="nope")).run_sync("Is it?")


def test_an_image_for_a_model_without_vision_is_refused_with_advice(vllm: str) -> None:
    with pytest.raises(RequestRefused) as caught:
        Agent(backend=Backend.vllm(vllm), sampling=saying("Red.")).run_sync(
            "Which colour?", images=[Image(Pillow.new("RGB", (40, 40), "red"))]
        )
    assert caught.value.hint


def test_any_history_is_taken(vllm: str) -> None:
    script = saying(
        "[THINK]Hm.[/THINK]" + calling(("look_up", {"topic": "rain"})), "Known.", "Yes.", "Indeed."
    )
    agent = Agent("Be brief.", backend=Backend.vllm(vllm), tools=[look_up], sampling=script, effort="high")
    first = agent.run_sync("What of rain?")
    second = agent.run_sync("Sure?", history=first.messages)
    assert second.output


def test_many_runs_at_once_all_come_to_their_end(vllm: str) -> None:
    agent = Agent(backend=Backend.vllm(vllm), tools=[look_up])

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
