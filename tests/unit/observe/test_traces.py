"""Traces of runs: content-free, for their owner alone, whole lines whoever writes, with feedback in the last word."""

from __future__ import annotations

import json
import multiprocessing
import stat
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agentkit import Agent, Backend, RoutingPolicy
from agentkit.errors import AgentKitError, StoreFailed
from agentkit.observe.traces import TraceWriter, card_of
from agentkit.protocol.decisions import Decision
from agentkit.protocol.events import RunFailed
from agentkit.router import ComplexityRouter, Prices, reproduce
from agentkit.router.traces import Trace, latest, read_traces
from agentkit.testing import Rules, Script, SimulatedServer, say, say_json

SECRET = "The canary sings at dawn, and I am not sure why."


def traces(path: Path) -> list[Trace]:
    return latest(read_traces(path.read_text("utf-8").splitlines()))


def test_a_run_leaves_a_trace_for_each_decision_and_no_content(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    writer = TraceWriter(path, clock=lambda: 12.5)
    router = ComplexityRouter(RoutingPolicy(prices=Prices(output=2.0)))
    with SimulatedServer(Script(say(SECRET), say(SECRET, think="hm"))) as server:
        agent = Agent(SECRET, backend=Backend.vllm(server.url), sinks=[writer], name="clerk", router=router)
        result = agent.run_sync(SECRET)
    first, second = traces(path)
    assert (first.id, second.id) == (f"{result.run_id}:0", f"{result.run_id}:1")
    assert (first.run, first.request, first.agent, first.time) == (result.run_id, 0, "clerk", 12.5)
    assert (first.effort, second.effort, second.source, second.step) == ("none", "high", "evidence", "repair")
    assert first.outcome.escalated
    assert first.features == result.decisions[0].features
    assert first.key == result.decisions[0].key
    assert second.cost.output_tokens == result.usage["high"].completion_tokens
    assert second.cost.money == pytest.approx(second.cost.output_tokens * 2e-6)
    assert not any(word in path.read_text("utf-8") for word in ("canary", "dawn", "hm"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_text_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    with SimulatedServer(Script(say("a"))) as server:
        Agent(backend=Backend.vllm(server.url), sinks=[TraceWriter(path, content=True)]).run_sync(
            "What is it?"
        )
    assert [trace.text for trace in traces(path)] == ["What is it?"]


def test_every_line_keeps_to_the_published_schema_and_makes_its_decision_again(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    schema = json.loads((Path(__file__).parents[3] / "docs/explain/trace.schema.json").read_text("utf-8"))
    router = ComplexityRouter(
        RoutingPolicy(shadow=1.0, explore=0.3, high_share=0.3, prices=Prices(output=2.0))
    )
    with SimulatedServer(Rules(lambda _: say("Lima"))) as server:
        agent = Agent(
            backend=Backend.vllm(server.url), sinks=[TraceWriter(path, content=True)], router=router, tools=[_look, _delete],
        )  # fmt: skip
        for task in ("Which?", "Think hard: which?", "Prove it."):
            agent.run_sync(task).feedback(True)
    lines = path.read_text("utf-8").splitlines()
    for line in lines:
        jsonschema.validate(json.loads(line), schema, cls=jsonschema.Draft202012Validator)
    assert all(set(schema["properties"]) >= set(json.loads(line)) for line in lines)
    decided = [trace for trace in traces(path) if trace.facts]
    assert len(decided) == 3
    assert {trace.context["n_tools"] for trace in decided} == {2}
    for trace in decided:
        card, again = card_of(trace), reproduce(card_of(trace))
        assert (again.effort, again.source, again.gain, again.propensity) == (
            card.effort, card.source, card.gain, card.propensity,
        )  # fmt: skip


def _look() -> str:
    """Look."""
    return ""


def _delete() -> str:
    """Delete."""
    return ""


def test_a_failed_run_is_traced_too(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    schema = {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}}
    script = Script(*[say_json({"x": 1})] * 3)
    with SimulatedServer(script) as server:
        agent: Agent[Any] = Agent(
            backend=Backend.vllm(server.url), sinks=[TraceWriter(path)], output=schema,
            validators=[_refuse],
        )  # fmt: skip
        with pytest.raises(AgentKitError):
            agent.run_sync("Go")
    assert [trace.outcome.valid for trace in traces(path)] == [False, False, False]


def _refuse(value: Any) -> Any:
    raise ValueError("no")


def test_feedback_becomes_the_last_word_of_its_traces(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    with SimulatedServer(Script(say("a"))) as server:
        agent = Agent(backend=Backend.vllm(server.url), sinks=[TraceWriter(path)], name="clerk")
        agent.run_sync("What is it?").feedback(0.25)
    (trace,) = traces(path)
    assert (trace.outcome.feedback, trace.outcome.quality, trace.agent) == (0.25, 0.25, "clerk")


def test_a_shadow_is_traced_as_one_of_a_pair(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    router = ComplexityRouter(RoutingPolicy(shadow=1.0))
    with SimulatedServer(Script(say("Lima"), say("Quito", think="hm"))) as server:
        Agent(backend=Backend.vllm(server.url), sinks=[TraceWriter(path)], router=router).run_sync("Which?")
    first, second = traces(path)
    assert (first.pair, second.pair) == (second.id, first.id)
    assert (first.shadow, second.shadow, second.effort) == (False, True, "high")


def write_many(path: Path, number: int) -> None:
    writer = TraceWriter(path)
    for run in range(60):
        cards = tuple(
            Decision(
                effort="none", source="score", score=0.1, threshold=0.5, reasons=(), step="planning",
                id=f"{number}:{run}:{card}", features={f"f{f}": 0.5 for f in range(40)},
            )
            for card in range(5)
        )  # fmt: skip
        writer(RunFailed(run_id=f"{number}:{run}", error="x", decisions=cards))


def test_processes_that_write_to_one_file_never_mix_their_lines(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    path = tmp_path / "traces.jsonl"
    processes = [context.Process(target=write_many, args=(path, number)) for number in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert len({trace.id for trace in traces(path)}) == 600


def test_a_disk_that_fails_later_costs_traces_and_no_result(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    writer = TraceWriter(folder / "traces.jsonl")
    (folder / "traces.jsonl").unlink()
    folder.rmdir()
    with SimulatedServer(Script(say("a"), say("b"))) as server:
        agent = Agent(backend=Backend.vllm(server.url), sinks=[writer])
        assert [agent.run_sync("Go").output for _ in range(2)] == ["a", "b"]
    assert writer.lost == 2
    assert caplog.text.count("traces.lost") == 1


def test_a_file_that_cannot_be_written_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="folder"):
        TraceWriter(tmp_path / "no" / "traces.jsonl")
