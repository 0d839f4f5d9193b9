"""After an answer at none: evidence against it leads to high, with the evidence in the context and within the limits."""

from __future__ import annotations

import gc
import json
import pickle
import weakref
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from agentkit import Agent, Backend, ComplexityRouter, Limits, RoutingPolicy, RunResult, Sampling, tool
from agentkit.errors import (
    AgentKitError,
    ConfigurationError,
    InputError,
    LimitReached,
    OutputInvalid,
    RetryTool,
    StoreFailed,
    Truncated,
)
from agentkit.protocol.decisions import Decision, Situation
from agentkit.protocol.events import (
    AnswerDoubted,
    Event,
    FeedbackGiven,
    LimitHit,
    RunFailed,
    ShadowRan,
    Starved,
)
from agentkit.router import MemoryGains, reproduce
from agentkit.testing import Rules, Script, SimulatedServer, call, fail, raw, say, say_json
from agentkit.testing.dialect import VLLM
from agentkit.testing.request import ChatRequest
from agentkit.testing.turns import Turn

LENIENT = replace(VLLM, enforces_schema=False, counts_reasoning=True)
THOUGHT = "step by step " * 30


class Risk(BaseModel):
    clause: str
    severity: Literal["low", "medium", "high"]


STARVED = "reasoning took all tokens of the last reply and left no answer"


class AlwaysHigh:
    """A router of one's own that knows nothing of starvation."""

    def decide(self, situation: Situation) -> Decision:
        return Decision(
            effort="high", source="score", score=1.0, threshold=0.5, reasons=("always",), step=situation.step
        )


def run(
    script: Script | Rules, prompt: str = "What is the capital of Peru?", **options: Any
) -> tuple[RunResult[Any], list[ChatRequest]]:
    run_options = options.pop("run", {})
    policy = RoutingPolicy(**options.pop("policy", {}))
    with SimulatedServer(script, dialect=LENIENT) as server:
        agent = Agent(backend=Backend.vllm(server.url), **{"router": ComplexityRouter(policy), **options})
        result = agent.run_sync(prompt, **run_options)
        return result, [request.chat for request in server.chat_requests]


def test_an_answer_that_doubts_itself_is_tried_again_at_high_with_the_doubt_in_the_context() -> None:
    seen: list[Event] = []
    script = Script(say("I'm not sure, Quito?"), say("Lima.", think=THOUGHT))
    result, requests = run(script, sinks=[seen.append])
    assert result.output == "Lima."
    assert [request.effort for request in requests] == ["none", "high"]
    assert [message["role"] for message in requests[1].messages] == ["user", "assistant", "user"]
    assert "not certain of itself" in requests[1].last_user_text
    doubt = next(event for event in seen if isinstance(event, AnswerDoubted))
    assert (doubt.verdict, doubt.evidence) == ("escalate", ("hedging",))
    first, second = result.decisions
    assert (second.source, second.step) == ("evidence", "repair")
    assert first.outcome is not None
    assert (first.outcome.escalated, first.outcome.mended, first.outcome.quality) == (True, True, 0.0)
    assert first.actual is not None
    assert first.actual.output_tokens > 0
    assert [reproduce(card).effort for card in result.decisions] == ["none", "high"]


def test_where_high_says_the_same_none_was_right_all_along() -> None:
    result, _ = run(Script(say("Lima. I might be wrong."), say("Lima. I might be wrong.", think=THOUGHT)))
    assert result.decisions[0].outcome is not None
    assert result.decisions[0].outcome.quality == 1.0


@pytest.mark.parametrize(
    "options",
    [
        {"effort": "none"},
        {"policy": {"escalate_on_hedging": False}},
        {"limits": Limits(steps=1)},
        {"limits": Limits(reasoning_tokens=0)},
        {"limits": Limits(seconds=20), "policy": {"tokens_per_second": 1.0}},
        {"sampling": Sampling(max_tokens=200)},
        {"limits": Limits(tokens=1000)},
    ],
)
def test_doubt_goes_never_beyond_the_limits_and_never_over_the_developer(options: dict[str, Any]) -> None:
    result, requests = run(Script(say("I'm not sure, Quito?")), **options)
    assert result.output == "I'm not sure, Quito?"
    assert len(requests) == 1


def test_the_users_quick_is_not_overruled_by_doubt() -> None:
    result, _ = run(Script(say("I'm not sure, Quito?")), "Quick: what is the capital of Peru?")
    assert result.decisions[0].source == "cue"


def test_doubt_ends_after_the_allowed_escalations() -> None:
    script = Script(*[say("I'm not sure.", think="hm")] * 2)
    result, requests = run(script, policy={"max_escalations": 1})
    assert result.output == "I'm not sure."
    assert len(requests) == 2


@pytest.mark.parametrize("failure", [fail(400, "no"), say("never", think="long thought " * 3000)])
def test_doubt_never_costs_an_answer(failure: Turn) -> None:
    result, _ = run(
        Script(say("I'm not sure, Quito?"), failure, *[say("again cut " * 3000)] * bool(failure.reasoning)),
        sampling=Sampling(max_tokens=2000),
    )
    assert result.output == "I'm not sure, Quito?"
    assert any("came to nothing" in adjustment for adjustment in result.adjustments)
    assert "came to nothing" in result.explain()


@pytest.mark.parametrize(
    "options", [{"effort": "high"}, {"run": {"effort": "high"}}, {"router": AlwaysHigh()}]
)
def test_a_starved_reply_is_rescued_at_none_whoever_wanted_high(options: dict[str, Any]) -> None:
    seen: list[Event] = []
    script = Script(say("never", think="long thought " * 3000), say("Lima."))
    result, requests = run(script, sampling=Sampling(max_tokens=500), sinks=[seen.append], **options)
    assert result.output == "Lima."
    assert [request.effort for request in requests] == ["high", "none"]
    assert requests[1].messages == requests[0].messages
    rescue = result.decisions[1]
    assert (rescue.source, rescue.reasons) == ("limit", (STARVED,))
    assert [event.reasoning_tokens > 400 for event in seen if isinstance(event, Starved)] == [True]
    assert [event.limit for event in seen if isinstance(event, LimitHit)] == ["reasoning_tokens"]
    assert f"Request 2 (planning) ran at none: {STARVED}." in result.explain()
    assert result.usage["high"].completion_tokens >= 500


def test_a_rescue_that_is_cut_too_is_no_answer() -> None:
    script = Script(say("never", think="long thought " * 3000), say("on and on " * 3000))
    with pytest.raises(Truncated) as caught:
        run(script, effort="high", sampling=Sampling(max_tokens=500))
    assert caught.value.partial
    assert caught.value.usage.keys() == {"none", "high"}


def test_an_answer_that_was_cut_is_tried_again_where_there_is_room_to_think() -> None:
    script = Script(say("and on and on " * 2000), say("Lima.", think=THOUGHT))
    result, requests = run(script, sampling=Sampling(max_tokens=3000))
    assert result.output == "Lima."
    assert "cut before its end" in requests[1].last_user_text
    assert len(requests[1].messages) == 1  # the cut text does not come back
    assert result.decisions[0].outcome is not None
    assert result.decisions[0].outcome.truncated


def test_an_answer_that_is_cut_again_is_still_an_error() -> None:
    with pytest.raises(Truncated):
        run(Script(*[say("and on and on " * 2000)] * 2), sampling=Sampling(max_tokens=3000))


NEAR = {"second_sample": True, "uncertain_band": 1.0}


def test_two_answers_that_disagree_lead_to_high_and_two_that_agree_do_not() -> None:
    script = Script(say("Quito"), say("Lima"), say("Lima.", think=THOUGHT))
    result, requests = run(script, policy=NEAR)
    assert result.output == "Lima."
    assert [request.effort for request in requests] == ["none", "none", "high"]
    assert requests[0].body["messages"] == requests[1].body["messages"]
    assert (requests[0].body["temperature"], requests[1].body["temperature"]) == (0.15, 0.7)
    assert "The other one was:\nLima" in requests[2].last_user_text
    same, _ = run(Script(say("Lima"), say("lima.")), policy=NEAR)
    assert same.output == "Lima"
    assert [message.text for message in same.messages][1:] == ["Lima"]


def test_a_second_answer_that_is_none_leaves_the_first_one_standing() -> None:
    for turn in (call("look", {}), say("on and on " * 3000), fail(400, "no")):

        @tool
        def look() -> str:
            """Look."""
            raise AssertionError("a sample's calls are not executed")

        result, _ = run(
            Script(say("Lima"), turn), policy=NEAR, tools=[look] if turn.calls else [],
            sampling=Sampling(max_tokens=2000),
        )  # fmt: skip
        assert result.output == "Lima"


def test_a_second_answer_in_json_is_compared_by_value() -> None:
    one, other = {"clause": "a", "severity": "low"}, {"clause": "b", "severity": "low"}
    turns = [say_json(one), say_json(other), say_json(other, think=THOUGHT)]
    result, _ = run(Script(*turns), policy=NEAR, output=Risk)
    assert result.output == Risk(clause="b", severity="low")
    same, _ = run(Script(say_json(one), say('{"severity": "low",  "clause": "A"}')), policy=NEAR, output=Risk)
    assert same.output == Risk(clause="a", severity="low")


def test_effort_comes_down_again_when_the_hard_part_is_over() -> None:
    @tool
    def fetch(page: int) -> str:
        """Fetch a page."""
        if page < 0:
            raise RetryTool("pages begin at 0")
        return f"page {page}"

    script = Script(
        call("fetch", {"page": -1}), call("fetch", {"page": -2}), call("fetch", {"page": 1}, think="hm"),
        call("fetch", {"page": 2}, think="hm"), call("fetch", {"page": 3}), say("Done."),
    )  # fmt: skip
    result, requests = run(script, "Fetch the pages.", tools=[fetch])
    assert [request.effort for request in requests] == ["none", "none", "high", "high", "none", "none"]
    assert [card.source for card in result.decisions][2:4] == ["evidence", "evidence"]


def test_feedback_teaches_the_router_and_reaches_the_sinks() -> None:
    seen: list[Event] = []
    router = ComplexityRouter()
    with SimulatedServer(Script(say("Quito"), say("Quito"))) as server:
        agent = Agent(backend=Backend.vllm(server.url), router=router, sinks=[seen.append])
        before = agent.run_sync("What is the capital of Peru?")
        assert before.decisions[0].outcome is not None
        assert before.decisions[0].outcome.quality is None
        told = before.feedback(False)
        told = told.feedback(0.0)
        after = agent.run_sync("What is the capital of Peru?")
    assert told.decisions[0].outcome is not None
    assert (told.decisions[0].outcome.feedback, told.decisions[0].outcome.quality) == (0.0, 0.0)
    assert (after.decisions[0].gain or 0) > (before.decisions[0].gain or 0)
    assert router.store.read(after.decisions[0].key)[2].trials == 1.0
    assert [event.score for event in seen if isinstance(event, FeedbackGiven)] == [0.0, 0.0]
    with pytest.raises(ConfigurationError, match="feedback"):
        before.feedback(1.5)
    with pytest.raises(ConfigurationError, match="Nobody takes"):
        pickle.loads(pickle.dumps(before)).feedback(True)


def test_results_that_a_sink_keeps_do_not_keep_the_agent() -> None:
    seen: list[Event] = []
    with SimulatedServer(Script(say("a"))) as server:
        agent = Agent(backend=Backend.vllm(server.url), sinks=[seen.append])
        agent.run_sync("Go")
        gone = weakref.ref(agent)
        gc.disable()
        try:
            del agent
            assert gone() is None  # by its count of references alone: there is no circle
        finally:
            gc.enable()
    assert seen


def test_a_run_that_fails_tells_its_decisions_with_their_outcomes() -> None:
    seen: list[Event] = []
    with SimulatedServer(Script(*[say("no json")] * 3), dialect=LENIENT) as server:
        agent = Agent(backend=Backend.vllm(server.url), output=Risk, sinks=[seen.append])
        with pytest.raises(AgentKitError):
            agent.run_sync("Go")
    failed = next(event for event in seen if isinstance(event, RunFailed))
    outcomes = [card.outcome for card in failed.decisions]
    assert [outcome.quality for outcome in outcomes if outcome] == [0.0, 0.0, 0.0]
    assert outcomes[0] is not None
    assert (outcomes[0].valid, outcomes[0].mended) == (False, False)


def test_an_earlier_conversation_holds_the_effort_where_its_prefix_is_cached() -> None:
    with SimulatedServer(Script(say("a", think=THOUGHT), say("b"))) as server:
        agent = Agent(backend=Backend.vllm(server.url))
        first = agent.run_sync("Say hello.", effort="high")
        second = agent.run_sync("Say hello.", history=first.messages)
        assert second.decisions[0].facts["current"] == "high"


def logged(text: str, *logprobs: tuple[str, float]) -> Turn:
    content = [{"token": token, "logprob": logprob} for token, logprob in logprobs]
    choice = {
        "index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop",
        "logprobs": {"content": content},
    }  # fmt: skip
    usage = {"prompt_tokens": 5, "completion_tokens": 5, "completion_tokens_details": {"reasoning_tokens": 0}}
    return raw(json.dumps({"id": "x", "model": "m", "choices": [choice], "usage": usage}))


def test_log_probabilities_are_asked_for_where_the_policy_looks_at_them_and_guesses_go_to_high() -> None:
    unsure = logged(
        '{"city": "Quito"}',
        ('{"', 0.0),
        ("city", -2.5),
        ('": "', 0.0),
        ("Qu", -2.0),
        ("ito", -1.5),
        ('"}', 0.0),
    )
    result, requests = run(Script(unsure, say("Lima", think=THOUGHT)), policy={"min_logprob": -1.5})
    assert result.output == "Lima"
    assert [request.body.get("logprobs") for request in requests] == [True, None]
    assert "guesses" in requests[1].last_user_text
    sure = logged("Lima", ("Lima", -0.1))
    kept, _ = run(Script(sure), policy={"min_logprob": -1.5})
    assert kept.output == "Lima"
    _, without = run(Script(unsure))
    assert "logprobs" not in without[0].body


SHADOW = {"shadow": 1.0}


def test_a_shadow_compares_the_answer_with_that_of_the_other_effort_and_leaves_it_alone() -> None:
    seen: list[Event] = []
    script = Script(say("Quito"), say("Lima", think=THOUGHT))
    result, requests = run(script, policy=SHADOW, sinks=[seen.append])
    assert result.output == "Quito"
    assert [message.text for message in result.messages[1:]] == ["Quito"]
    assert [request.effort for request in requests] == ["none", "high"]
    assert requests[0].body["messages"] == requests[1].body["messages"]
    first, second = result.decisions
    assert (first.pair, second.pair) == (second.id, first.id)
    assert first.outcome is not None
    assert first.outcome.quality == 0.0
    assert result.usage["high"].requests == 1
    ran = next(event for event in seen if isinstance(event, ShadowRan))
    assert (ran.effort, ran.agreed) == ("high", False)
    assert reproduce(first).effort == "none"
    with pytest.raises(InputError, match="beside the other effort"):
        reproduce(second)


def test_a_shadow_of_high_teaches_that_none_would_have_done() -> None:
    router = ComplexityRouter(RoutingPolicy(shadow=1.0))
    task = "Prove that the square root of 2 is irrational, then solve x^2 - 5x + 6 = 0."
    with SimulatedServer(Rules(lambda request: say("Answer: 7"))) as server:
        agent = Agent(backend=Backend.vllm(server.url), router=router)
        first = agent.run_sync(task)
        for _ in range(20):
            last = agent.run_sync(task)
    assert (first.decisions[0].effort, first.decisions[1].effort) == ("high", "none")
    assert last.decisions[0].effort == "none"


def test_a_shadow_in_json_is_validated_and_compared_by_value() -> None:
    one = {"clause": "a", "severity": "low"}
    same, _ = run(Script(say_json(one), say_json(one, think="hm")), policy=SHADOW, output=Risk)
    outcomes = [card.outcome for card in same.decisions]
    assert [outcome.quality for outcome in outcomes if outcome] == [1.0, 1.0]
    broken, _ = run(Script(say_json(one), say("no json", think="hm")), policy=SHADOW, output=Risk)
    assert broken.output == Risk(clause="a", severity="low")
    assert [card.outcome.valid for card in broken.decisions if card.outcome] == [True, False]


@pytest.mark.parametrize(
    "options",
    [
        {"policy": {"shadow": 0.0}},
        {"policy": SHADOW, "effort": "none"},
        {"policy": SHADOW, "limits": Limits(steps=1)},
        {"policy": SHADOW, "limits": Limits(reasoning_tokens=0)},
    ],
)
def test_there_is_no_shadow_unasked_or_beyond_the_limits(options: dict[str, Any]) -> None:
    result, requests = run(Script(say("Lima")), **options)
    assert (result.output, len(requests)) == ("Lima", 1)


def test_a_shadow_that_fails_costs_nothing_but_itself() -> None:
    result, _ = run(Script(say("Lima"), fail(400, "no")), policy=SHADOW)
    assert result.output == "Lima"
    assert len(result.decisions) == 1


def test_a_store_that_fails_at_the_end_costs_what_was_learned_and_not_the_answer() -> None:
    class Broken(MemoryGains):
        def add(self, changes: Any) -> None:
            raise StoreFailed("gains.db cannot be used: the disk is full.")

    with SimulatedServer(Script(say("Lima"))) as server:
        agent = Agent(backend=Backend.vllm(server.url), router=ComplexityRouter(store=Broken()))
        result = agent.run_sync("What is the capital of Peru?")
    assert result.output == "Lima"
    assert "the disk is full" in result.explain()


def test_shadows_are_a_share() -> None:
    with SimulatedServer(Rules(lambda request: say("a"))) as server:
        agent = Agent(backend=Backend.vllm(server.url), router=ComplexityRouter(RoutingPolicy(shadow=0.3)))
        counts = [len(agent.run_sync(f"Say hello to guest {number}.").decisions) for number in range(150)]
    assert 25 < counts.count(2) < 65


# A world in which high solves every task, and none fails most of them in its own way.

FAULTS = ("right", "schema", "tool_error", "repeat", "cut", "hedge", "disagree", "silent")
PER_FAULT = 6
TASKS = {
    fault: PER_FAULT * (7 if fault == "right" else 1) for fault in FAULTS
}  # none is right half of the time


@dataclass
class World:
    """A simulated model: none goes wrong by the kind of task, high solves it after a thought."""

    samples: Counter[str]

    def answer(self, request: ChatRequest) -> Turn:
        texts = [str(message.get("content")) for message in request.messages if message["role"] == "user"]
        fault, number = texts[0].split("#")[1].split()[:2]
        right = f"{fault}-{number}"
        results = request.tool_results
        if request.effort == "high" or fault == "right":
            think = THOUGHT if request.effort == "high" else ""
            if fault in ("tool_error", "repeat") and (not results or results[-1] != right):
                return call("find", {"key": right}, think=think)
            return say_json({"answer": right}, think=think)
        self.samples[texts[0]] += 1
        match fault:
            case "schema":
                return say_json({"wrong": number})
            case "tool_error":
                return call("find", {"key": f"bad-{self.samples[texts[0]]}"})
            case "repeat":
                return call("find", {"key": "dull"})
            case "cut":
                return say("and so on and so on " * 1000)
            case "hedge":
                return say("I am not sure, I'd guess, well, that it is 7.")
            case "disagree":
                return say_json({"answer": str(self.samples[texts[0]])})
            case _:
                return say_json({"answer": "wrong"})


@tool
def find(key: str) -> str:
    """Find an entry by its key."""
    if key.startswith("bad"):
        raise RetryTool("there is no such key")
    return key


def solve(effort: str) -> tuple[dict[str, int], int, int]:
    """Run every task; return the solved ones by fault, the requests and the reasoning tokens."""
    solved: Counter[str] = Counter()
    requests = reasoning = 0
    world = World(Counter())
    router = ComplexityRouter(RoutingPolicy(learn=False, second_sample=True, uncertain_band=0.5))
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
    with SimulatedServer(Rules(world.answer), dialect=LENIENT) as server:
        backend = Backend.vllm(server.url)
        for fault in FAULTS:
            output = schema if fault in ("schema", "disagree") else None
            tools = [find] if fault in ("tool_error", "repeat") else []
            agent: Agent[Any] = Agent(
                backend=backend, router=router, effort=effort, tools=tools, output=output,  # type: ignore[arg-type]
                sampling=Sampling(max_tokens=2500), limits=Limits(steps=12),
            )  # type: ignore[call-overload,unused-ignore] # fmt: skip
            for number in range(TASKS[fault]):
                try:
                    given = agent.run_sync(f"Say what stands there. #{fault} {number}")
                except (LimitReached, Truncated, OutputInvalid):
                    continue
                value = given.output if output else _answer(given.output)
                solved[fault] += value == {"answer": f"{fault}-{number}"}
                reasoning += given.total_usage.reasoning_tokens
        requests = len(server.chat_requests)
    return dict(+solved), requests, reasoning


def _answer(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def test_where_high_succeeds_and_none_fails_evidence_brings_most_of_the_answers_for_a_part_of_the_thought() -> (
    None
):
    none, none_requests, none_reasoning = solve("none")
    auto, auto_requests, auto_reasoning = solve("auto")
    high, high_requests, high_reasoning = solve("high")
    tasks = sum(TASKS.values())
    for name, solved, requests, reasoning in (
        ("none", none, none_requests, none_reasoning),
        ("auto", auto, auto_requests, auto_reasoning),
        ("high", high, high_requests, high_reasoning),
    ):
        print(
            f"{name}: {sum(solved.values())}/{tasks} solved, {requests} requests, {reasoning} reasoning tokens"
        )
    assert sum(high.values()) == tasks
    assert none == {"right": TASKS["right"]}
    # What shows nothing of its fault cannot be caught: the router makes no such claim.
    assert {fault for fault in FAULTS if auto.get(fault) == TASKS[fault]} == set(FAULTS) - {"silent"}
    assert none_reasoning == 0
    assert auto_reasoning <= 0.5 * high_reasoning
