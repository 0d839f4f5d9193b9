"""Traces of effort decisions, written as runs end: what `agentkit route fit` and `route replay` read."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from agentkit.errors import StoreFailed
from agentkit.protocol.decisions import Cost, Decision, Outcome
from agentkit.protocol.events import Event, FeedbackGiven, RunFailed, RunFinished, RunStarted
from agentkit.router.traces import Trace, TraceCost, TraceOutcome


class TraceWriter:
    """A sink that appends a line for each decision of a run to a file: `Agent(..., sinks=[TraceWriter("traces.jsonl")])`.

    Content-free unless asked otherwise: features are numbers, keys are hashes. Any number of threads and processes may write to one file: each
    run's lines are one append. Feedback is written as the same traces again, with it in their outcomes; of lines with
    one id the last counts.

    Args:
        path: The file; made where it does not exist, for its owner alone.
        content: Whether the task's text is written too.
        clock: Seconds since 1970.

    What cannot be written later (the disk is full) is counted in `lost` and said once in the log: a sink must not cost
    a run its result.

    Attributes:
        lost: Traces that could not be written.

    Raises:
        StoreFailed: The file cannot be written to.
    """

    def __init__(
        self, path: str | Path, *, content: bool = False, clock: Callable[[], float] = time.time
    ) -> None:
        self.path = Path(path)
        self._content = content
        self.lost = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._runs: dict[str, tuple[str, str | None]] = {}  # agent and text by run
        self._append(b"")  # a path that cannot work is an error here and not at the end of a run

    def __call__(self, event: Event) -> None:
        """Take one event; only those that end a run, and feedback, are written."""
        match event:
            case RunStarted():
                with self._lock:
                    self._runs[event.run_id] = event.agent, event.task if self._content else None
            case RunFinished():
                self._write(event.run_id, event.result.decisions, last=True)
            case RunFailed():
                self._write(event.run_id, event.decisions, last=True)
            case FeedbackGiven():
                self._write(event.run_id, event.decisions, last=False)
            case _:
                pass

    def _write(self, run_id: str, decisions: tuple[Decision, ...], *, last: bool) -> None:
        with self._lock:
            agent, text = self._runs.get(run_id, ("", None))
            # Feedback comes after the end; what is known of the latest thousand runs is kept for it.
            while last and len(self._runs) > 1000:
                del self._runs[next(iter(self._runs))]
        now = self._clock()
        lines = [
            trace_of(card, run=run_id, request=number, agent=agent, time=now, text=text).to_json()
            for number, card in enumerate(decisions)
        ]
        try:
            self._append("".join(f"{line}\n" for line in lines).encode())
        except StoreFailed as error:
            if not self.lost:
                logging.getLogger("agentkit").warning("traces.lost: %s", error)
            self.lost += len(lines)

    def _append(self, data: bytes) -> None:
        try:
            file = os.open(
                self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600
            )
            try:
                if data and os.write(file, data) != len(data):
                    raise OSError("the disk is full")
            finally:
                os.close(file)
        except OSError as error:
            raise StoreFailed(
                f"Traces cannot be written to {self.path.name}: {error}.",
                hint="Its folder must exist and be writable.",
            ) from error


def card_of(trace: Trace) -> Decision:
    """Return the card of a traced decision, which `agentkit.router.reproduce` makes again; reasons are not traced."""
    return Decision(
        effort=trace.effort,
        source=trace.source,
        score=trace.score,
        threshold=trace.threshold,
        reasons=(),
        step=trace.step,
        features=trace.features,
        id=trace.id,
        gain=trace.gain,
        propensity=trace.propensity,
        key=trace.key,
        weights=trace.weights,
        pair=trace.pair or "",
        facts=trace.facts,
    )


def trace_of(
    card: Decision,
    *,
    run: str = "",
    request: int = 0,
    agent: str = "",
    time: float = 0.0,
    text: str | None = None,
) -> Trace:
    """Return the trace of a decision.

    Args:
        card: The decision, with cost and outcome where they are known.
        run: Id of the run.
        request: Number of the request within the run, from 0.
        agent: Name of the agent.
        time: Seconds since 1970.
        text: The task's text, where content is wanted.
    """
    cost, outcome = card.actual or Cost(), card.outcome or Outcome()
    return Trace(
        id=card.id,
        run=run,
        request=request,
        time=time,
        agent=agent,
        step=card.step,
        key=card.key,
        features=card.features,
        score=card.score,
        gain=card.gain,
        threshold=card.threshold,
        weights=card.weights,
        effort=card.effort,
        source=card.source,
        propensity=card.propensity,
        pair=card.pair or None,
        shadow=bool(card.pair) and not card.facts,  # only what was decided has facts
        text=text,
        context={"n_tools": tools} if (tools := card.facts.get("n_tools")) else {},
        facts=card.facts,
        cost=TraceCost(
            input_tokens=cost.input_tokens,
            output_tokens=cost.output_tokens,
            reasoning_tokens=cost.reasoning_tokens,
            seconds=cost.seconds,
            money=cost.money,
        ),
        outcome=TraceOutcome(
            quality=outcome.quality,
            valid=outcome.valid,
            retries=outcome.retries,
            tool_errors=outcome.tool_errors,
            truncated=outcome.truncated,
            feedback=outcome.feedback,
            escalated=outcome.escalated,
        ),
    )
