"""`agentkit route shadow TASKS --out TRACES`: run each task at none and at high on your own server, and learn from it.

TASKS are JSON lines with `text`, perhaps `answer` (what is right), `context` with `instructions`, and `template`, a name
for the kind of task. With an answer, the quality is 1 where the last thing the reply gives as its answer is the same,
else 0; --grade MODULE:FUNCTION judges otherwise: called with the row and the reply's text, it returns 0 to 1. Without
either the traces hold costs alone. Tasks that TRACES already holds are left out, so an interrupted run can go on.
The server is --base-url, else AGENTKIT_BASE_URL; its kind and key are AGENTKIT_SERVER and AGENTKIT_API_KEY. Then: `agentkit route fit TRACES --out W`.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast

import anyio

from agentkit._util.reason import reason_of
from agentkit.agent import Agent
from agentkit.backends.backend import Backend
from agentkit.cli.route.files import Lines
from agentkit.errors import AgentKitError, BackendError, ConfigurationError, InputError
from agentkit.protocol.effort import Effort
from agentkit.protocol.limits import Limits
from agentkit.protocol.result import RunResult
from agentkit.router.answers import agree
from agentkit.router.features import measure
from agentkit.router.rows import situation_of
from agentkit.router.score import Weights, load_weights
from agentkit.router.traces import Trace, TraceCost, TraceOutcome, read_traces

Grade = Callable[[Mapping[str, Any], str], float]


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the part's arguments."""
    parser.add_argument(
        "tasks", nargs="+", type=Path, metavar="TASKS", help="files of JSON lines, or folders of *.jsonl"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="TRACES", help="where the traces go; added to"
    )
    parser.add_argument("--base-url", help="the server, http://host:8000/v1 (else AGENTKIT_BASE_URL)")
    parser.add_argument("--model", help="the model's name (else AGENTKIT_MODEL, else what the server serves)")
    parser.add_argument("--limit", type=int, default=500, metavar="N", help="pairs to run at most (500)")
    parser.add_argument("--concurrency", type=int, default=8, metavar="N", help="tasks at a time (8)")
    parser.add_argument(
        "--max-seconds", type=float, default=600.0, metavar="S", help="bound on one run (600)"
    )
    parser.add_argument("--grade", metavar="MODULE:FUNCTION", help="judges a reply: (row, text) -> 0 to 1")
    parser.add_argument(
        "--keep-text",
        action="store_true",
        help="keep the tasks' texts in the traces: fit learns far more from them",
    )
    parser.add_argument(
        "--weights", type=Path, metavar="W", help="weights that give the score (else the packaged ones)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the pairs."""
    if arguments.limit < 1 or arguments.concurrency < 1:
        raise ConfigurationError("--limit and --concurrency must be at least 1.")
    grade = load_grade(arguments.grade)
    known = _known(arguments.out)
    tasks = [task for task in _tasks(arguments.tasks) if task.name not in known][: arguments.limit]
    if not tasks:
        print("There is nothing left to run.", file=sys.stderr)
        return 0
    if grade is None and not any("answer" in task.row for task in tasks):
        print(
            "No task has an answer and there is no --grade: the traces will hold costs alone.",
            file=sys.stderr,
        )
    options = {"model": arguments.model} if arguments.model else {}
    backend = Backend.from_env(base_url=arguments.base_url, **options)
    weights = load_weights(arguments.weights)
    _check_writable(arguments.out)
    work = _Work(
        backend=backend, out=arguments.out, weights=weights, grade=grade,
        limits=Limits(seconds=arguments.max_seconds), keep_text=arguments.keep_text,
    )  # fmt: skip
    done = anyio.run(functools.partial(_run_all, work, tasks, arguments.concurrency))
    print(
        f"{done} pairs in {arguments.out}, {len(tasks) - done} failed. Next:\n  agentkit route fit {arguments.out} --out weights.json\n"
        f"  agentkit route replay {arguments.out} --weights weights.json --policy always-none --policy share=0.2 --policy always-high"
    )
    return 0 if done == len(tasks) else 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    name: str
    text: str
    row: Mapping[str, Any]
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    backend: Backend
    out: Path
    weights: Weights
    grade: Grade | None
    limits: Limits
    keep_text: bool


def _tasks(paths: list[Path]) -> Iterator[_Task]:
    lines = Lines(paths)
    with lines.named():
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _task(number, line)


def _task(number: int, line: str) -> _Task:
    try:
        row: Any = json.loads(line)
    except ValueError as error:
        raise InputError(f"Line {number}: This is not JSON: {error}.") from error
    if not isinstance(row, dict) or not isinstance(cast("dict[str, Any]", row).get("text"), str):
        raise InputError(
            f"Line {number}: There is no text.",
            hint='A line is an object such as {"text": "...", "answer": "..."}.',
        )
    fields = cast("dict[str, Any]", row)
    context = cast("Any", fields.get("context") or {})
    if not isinstance(context, dict):
        raise InputError(f"Line {number}: context is {context!r}, not an object.")
    try:
        situation_of(fields["text"], cast("dict[str, Any]", context))
    except InputError as error:
        raise InputError(f"Line {number}: {error.message}", hint=error.hint) from error
    name = blake2b(
        json.dumps([fields["text"], context], sort_keys=True, default=str).encode(), digest_size=8
    ).hexdigest()
    return _Task(name=name, text=fields["text"], row=fields, context=cast("dict[str, Any]", context))


def _known(out: Path) -> set[str]:
    if not out.exists():
        return set()
    lines = Lines([out])
    with lines.named():
        return {trace.run for trace in read_traces(lines) if trace.shadow}


def _check_writable(out: Path) -> None:
    """Find out before the first request, not after it."""
    try:
        out.open("a", encoding="utf-8").close()
    except OSError as error:
        raise InputError(
            f"{out} cannot be written: {reason_of(error)}.", hint="Give --out another path."
        ) from error


async def _run_all(work: _Work, tasks: list[_Task], concurrency: int) -> int:
    gate, lock = anyio.Semaphore(concurrency), anyio.Lock()
    done = 0

    async def one(task: _Task) -> None:
        nonlocal done
        async with gate:
            try:
                pair = await _run_pair(work, task)
            except BackendError as error:
                print(f"{task.name}: {error}", file=sys.stderr)
                return
        async with lock:
            # Both lines in one write: an interruption leaves no half pair.
            with work.out.open("a", encoding="utf-8") as file:
                file.write("".join(f"{trace.to_json()}\n" for trace in pair))
            done += 1
            if sys.stderr.isatty():
                print(f"{done}/{len(tasks)}", end="\r", file=sys.stderr, flush=True)

    async with anyio.create_task_group() as group:
        for task in tasks:
            group.start_soon(one, task)
    return done


async def _run_pair(work: _Work, task: _Task) -> list[Trace]:
    situation = situation_of(task.text, task.context)
    features = measure(situation, work.weights.words)
    score = work.weights.score(features)
    agent = Agent(situation.instructions, backend=work.backend, limits=work.limits, name="shadow")
    traces: list[Trace] = []
    # The first request of a task finds cold caches (and, once, nothing loaded): each effort bears that half of the time.
    efforts: tuple[Effort, ...] = ("none", "high") if int(task.name, 16) % 2 else ("high", "none")
    for effort in efforts:
        result: RunResult[str] | None = None
        # Nothing that could be judged is a failure, where failures can be told at all.
        quality = 0.0 if work.grade is not None or "answer" in task.row else None
        try:
            result = await agent.run(task.text, effort=effort)
        except BackendError:
            raise
        except AgentKitError as error:
            # An answer that a limit or a cut prevented is a failure of that effort, and worth knowing.
            print(f"{task.name} at {effort}: {error}", file=sys.stderr)
        else:
            quality = judge(work.grade, task.row, result.output)
        traces.append(
            Trace(
                id=f"{task.name}:{effort}",
                pair=f"{task.name}:{'high' if effort == 'none' else 'none'}",
                run=task.name,
                agent=str(task.row.get("template") or task.row.get("source") or "shadow"),
                features=features,
                score=score,
                threshold=work.weights.threshold,
                weights=work.weights.version,
                effort=effort,
                source="override",
                shadow=effort == "high",
                cost=_cost(result),
                outcome=TraceOutcome(quality=quality, truncated=result is None),
                text=task.text if work.keep_text else None,
                context=dict(task.context) if work.keep_text else {},
            )
        )
    return traces


def judge(grade: Grade | None, row: Mapping[str, Any], text: str) -> float | None:
    """Return how good a reply is, or None where nothing tells.

    Raises:
        InputError: The grade is no share.
    """
    if grade is not None:
        quality = float(grade(row, text))
        if not 0 <= quality <= 1:
            raise InputError(f"The grade is {quality!r}.", hint="--grade must return a number from 0 to 1.")
        return quality
    if "answer" not in row:
        return None
    return 1.0 if agree(text, str(row["answer"])) else 0.0


def load_grade(name: str | None) -> Grade | None:
    """Return the function that a name such as `mine:grade` stands for.

    Raises:
        ConfigurationError: There is none.
    """
    if name is None:
        return None
    module, _, function = name.partition(":")
    sys.path.insert(0, "")
    try:
        return cast("Grade", getattr(importlib.import_module(module), function))
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            f"There is no {name}: {error}.", hint="--grade takes MODULE:FUNCTION."
        ) from error


def _cost(result: RunResult[str] | None) -> TraceCost:
    if result is None:
        return TraceCost()
    usage = result.total_usage
    return TraceCost(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        seconds=result.seconds,
    )
