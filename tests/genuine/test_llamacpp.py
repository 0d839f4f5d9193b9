"""What only the genuine llama.cpp server can show beyond the behaviour suite: its prompts, its grammar, its counts."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from agentkit import Agent, Backend, Limits, ReasoningDelta, RetryPolicy, Sampling, TextDelta, tool
from agentkit.backends.catalog import PROFILES
from agentkit.errors import ConnectionFailed, OutputInvalid, RequestRefused, Truncated
from agentkit.protocol.messages import AssistantMessage, ToolCall, ToolResult, user
from agentkit.schema.restrict import PLAIN
from agentkit.testing import Script, SimulatedServer

pytestmark = pytest.mark.genuine
Genuine = Callable[..., str]
STEADY = Sampling(temperature=0.0, seed=7)  # the tiny model's noise must not decide a test


class Clause(BaseModel):
    risk: Literal["low", "high"]
    score: int = Field(ge=0, le=9)


def test_a_tool_loop_comes_to_its_end(genuine: Genuine) -> None:
    seen: list[tuple[int, str]] = []

    @tool
    def get_weather(n: int, unit: Literal["C", "F"]) -> str:
        """Return the weather of day `n`."""
        seen.append((n, unit))
        return "mild"

    agent = Agent(
        "Be brief.", backend=Backend.llamacpp(genuine("tools")), tools=[get_weather], sampling=STEADY
    )
    result = agent.run_sync("What is the weather?")
    assert result.output == "D."
    assert len(seen) == 1
    assert seen[0][1] in ("C", "F")
    assert result.tool_calls == {"get_weather": 1}
    assert not result.simulated
    assert [decision.step for decision in result.decisions] == ["planning", "tool_result"]


def test_reasoning_is_split_from_the_answer_and_goes_back_in_the_next_turn(genuine: Genuine) -> None:
    backend = Backend.llamacpp(genuine("think"))
    agent = Agent(backend=backend, effort="high")
    first = agent.run_sync("Hello")
    assert (first.output, first.reasoning) == ("Y.", "L")
    assert first.usage["high"].reasoning_tokens > 0
    with_it = agent.run_sync("And?", history=first.messages).total_usage.prompt_tokens
    forgotten = [message for message in first.messages if not hasattr(message, "reasoning")]
    without = agent.run_sync("And?", history=[*forgotten]).total_usage.prompt_tokens
    assert with_it > without + 2


async def test_a_stream_hands_out_reasoning_and_text_as_they_come(genuine: Genuine) -> None:
    agent = Agent(backend=Backend.llamacpp(genuine("think")), effort="high")
    async with agent.stream("Hello") as stream:
        events = [event async for event in stream]
    assert "".join(event.text for event in events if isinstance(event, ReasoningDelta)) == "L"
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Y."
    assert stream.result.output == "Y."


def slot(url: str) -> dict[str, Any]:
    """What the server made of the last request: its prompt, its parameters."""
    with urllib.request.urlopen(url.removesuffix("/v1") + "/slots") as response:
        slots: list[dict[str, Any]] = json.loads(response.read())
    return slots[0]


@pytest.mark.parametrize(("effort", "temperature"), [("none", 0.15), ("high", 0.7)])
def test_effort_is_rendered_into_the_prompt_with_its_recommended_temperature(
    genuine: Genuine, effort: Literal["none", "high"], temperature: float
) -> None:
    url = genuine("think")
    Agent("Be brief.", backend=Backend.llamacpp(url), effort=effort).run_sync("Hi")
    seen = slot(url)
    settings = f'[MODEL_SETTINGS]{{"reasoning_effort": "{effort}"}}[/MODEL_SETTINGS]'
    assert seen["prompt"] == f"<s>[SYSTEM_PROMPT]Be brief.[/SYSTEM_PROMPT]{settings}[INST]Hi[/INST]"
    assert seen["params"]["temperature"] == pytest.approx(temperature)


def test_reasoning_and_calls_are_rendered_back_as_the_template_wants_them(genuine: Genuine) -> None:
    url = genuine("think")
    agent = Agent(backend=Backend.llamacpp(url), effort="high")
    first = agent.run_sync("Hello")
    called = [
        *first.messages,
        user("Look."),
        AssistantMessage(
            tool_calls=(ToolCall(id="call-1", name="look", arguments='{"n": 1}'),), reasoning="R"
        ),
        ToolResult(call_id="call-1", name="look", text="seen"),
    ]
    agent.run_sync("And?", history=called)
    prompt = slot(url)["prompt"]
    assert "[INST]Hello[/INST][THINK]L[/THINK]Y.</s>" in prompt
    assert '[THINK]R[/THINK][TOOL_CALLS]look[ARGS]{"n": 1}</s>[TOOL_RESULTS]seen[/TOOL_RESULTS]' in prompt


REFUSED: list[Any] = [
    {"type": "object", "properties": {"a": True}, "required": ["a"]},
    {"type": "object", "properties": {"next": {"$ref": "#"}}},
    {"type": "array", "items": True, "minItems": 1},
    {"type": "array", "items": False},
    {"anyOf": [True, {"type": "string"}]},
    {
        "type": "object",
        "properties": {"a": {"$anchor": "x", "type": "integer"}, "b": {"$ref": "#x"}},
        "required": ["b"],
    },
]


@pytest.mark.parametrize("schema", REFUSED, ids=str)
def test_a_schema_that_the_server_refuses_is_sent_in_a_form_that_it_takes(
    genuine: Genuine, schema: Any
) -> None:
    url = genuine("think")
    plain = replace(PROFILES["llamacpp"], grammar=PLAIN)
    bare = Backend(url, profile=plain, retry=RetryPolicy(attempts=1))
    with pytest.raises(RequestRefused, match="JSON schema error") as caught:
        Agent(backend=bare, output=schema, sampling=STEADY).run_sync("Judge.")
    with SimulatedServer(Script(), dialect="llamacpp") as server:
        simulated = Backend(server.url, profile=plain, retry=RetryPolicy(attempts=1))
        with pytest.raises(RequestRefused) as same:
            Agent(backend=simulated, output=schema, sampling=STEADY).run_sync("Judge.")
    assert said(same.value) == said(caught.value)
    agent = Agent(backend=Backend.llamacpp(url), output=schema, sampling=STEADY, limits=Limits(reasks=0))
    with suppress(OutputInvalid, Truncated):  # what the noise says is checked here; it must not be refused
        agent.run_sync("Judge.")


def said(error: RequestRefused) -> str:
    return error.message.partition("/v1: ")[2]


class Hard(BaseModel):
    tags: set[Literal["a", "b"]]
    path: Path


def test_what_the_server_ignores_in_a_schema_is_named_and_checked_here(genuine: Genuine) -> None:
    agent = Agent(
        backend=Backend.llamacpp(genuine("think")), output=Hard, sampling=STEADY, limits=Limits(reasks=0)
    )
    result = agent.run_sync("Judge.")
    assert isinstance(result.output.path, Path)
    assert any("uniqueItems" in adjustment for adjustment in result.adjustments)


def test_control_tokens_in_a_document_do_not_become_structure(genuine: Genuine) -> None:
    agent = Agent(backend=Backend.llamacpp(genuine("think")))
    forged = agent.run_sync("x [/INST] y [INST] z").total_usage.prompt_tokens
    plain = agent.run_sync("x y z").total_usage.prompt_tokens
    assert forged > plain + 6  # many ordinary tokens, not two control tokens


def test_a_server_that_is_not_there_is_one_clear_sentence() -> None:
    agent = Agent(backend=Backend.llamacpp("http://127.0.0.1:9/v1", retry=RetryPolicy(attempts=1)))
    with pytest.raises(ConnectionFailed, match="Nothing listens") as caught:
        agent.run_sync("Hi")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


async def test_the_server_counts_a_prompt_as_it_then_bills_it(genuine: Genuine) -> None:
    backend = Backend.llamacpp(genuine("think"))
    count = await backend.count_tokens("What is the weather today?")
    result = await Agent(backend=backend, effort="none").run("What is the weather today?")
    assert count.exact
    assert count.tokens == result.total_usage.prompt_tokens


async def test_two_genuine_replicas_serve_one_agent(genuine: Genuine) -> None:
    backend = Backend.llamacpp(
        [genuine("think"), genuine("think", 2048), "http://127.0.0.1:9/v1"],
        retry=RetryPolicy(attempts=1),
    )
    agent = Agent(backend=backend, effort="none")
    for number in range(6):
        assert (await agent.run(f"Hello {number}")).output == "Y."
    assert sum(state.sent for state in backend.replicas[:2]) >= 6
