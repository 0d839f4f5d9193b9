"""The stub and the contestants as processes, and commands to them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.work import FIRST_RUN, SCENARIOS

HERE = Path(__file__).parent
ENVS = Path(os.environ.get("BENCH_ENVS", HERE / ".venvs"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A contestant: its name in the table, its environment, its module, and what importing it means."""

    name: str
    env: str
    module: str
    imports: str


ENTRIES = (
    Entry(name="raw aiohttp", env="agentkit", module="raw_aiohttp", imports="aiohttp"),
    Entry(name="AsyncOpenAI.post", env="agentkit", module="sdk_post", imports="openai"),
    Entry(name="agentkit", env="agentkit", module="agentkit_agent", imports="agentkit"),
    Entry(name="AsyncOpenAI create()", env="agentkit", module="sdk_create", imports="openai"),
    Entry(name="pydantic-ai", env="pydantic-ai", module="pydantic_ai_agent", imports="pydantic_ai"),
    Entry(name="openai-agents", env="openai-agents", module="openai_agents_agent", imports="agents"),
    Entry(
        name="langgraph",
        env="langgraph",
        module="langgraph_agent",
        imports="langchain.agents, langchain_openai",
    ),
)
FRAMEWORKS = ("pydantic-ai", "openai-agents", "langgraph")


def python_of(env: str) -> str:
    """Return the interpreter of an environment."""
    path = ENVS / env / "bin" / "python"
    if not path.exists():
        raise SystemExit(f"There is no environment {env!r}: run `make bench-envs` first.")
    return str(path)


class Stub:
    """The stub server, running."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.port = int(process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def stats(self) -> dict[str, Any]:
        """Return what was counted since the last look."""
        with urllib.request.urlopen(f"{self.url}/stats", timeout=30) as response:
            counted: dict[str, Any] = json.load(response)
            return counted


@contextmanager
def stub_server() -> Iterator[Stub]:
    """Run a stub server."""
    process = subprocess.Popen(
        [python_of("agentkit"), str(HERE / "stub.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Stub(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


@dataclass(slots=True)
class Runner:
    """One contestant's worker process; it starts with the first command."""

    entry: Entry
    stub: Stub
    configuration: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None

    def measure(
        self, scenario: str, *, count: int, delay: int = 0, together: int = 1, history: int = 0
    ) -> dict[str, Any]:
        """Make runs, check how many requests the stub saw, and return what was measured."""
        global _next_run
        self.stub.stats()
        command = {
            "scenario": scenario,
            "count": count,
            "delay": delay,
            "together": together,
            "history": history,
            "first": _next_run,
        }
        _next_run += count
        measured = self._send(command)
        counted = self.stub.stats()
        wanted = count * SCENARIOS[scenario].requests
        if counted["wrong"] or counted["requests"] != {scenario: wanted}:
            raise SystemExit(
                f"{self.entry.name}, {scenario}: {wanted} requests wanted, the stub saw {counted}"
            )
        measured["requests"] = wanted
        return measured

    def _send(self, command: dict[str, Any]) -> dict[str, Any]:
        if self._process is None:
            self._process = subprocess.Popen(
                [python_of(self.entry.env), str(HERE / "worker.py"), self.entry.module, self.stub.url],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self.configuration = self._read()["configuration"]
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.entry.name} ended: see above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the worker."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(30)
            self._process = None


_next_run = FIRST_RUN


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a process cost: CPU with all its threads, wall time, and peak memory."""

    cpu_ms: float
    wall_ms: float
    peak_mb: float
    code: int


def cost_of(command: Sequence[str], *, env: dict[str, str] | None = None, cwd: Path | None = None) -> Cost:
    """Run a command to its end and return its cost."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return _wait(process, started)


def cost_until_request(command: Sequence[str], *, env: dict[str, str] | None = None) -> Cost:
    """Run a command that sends a request to {url}, and return what it cost until the request was there.

    The process is killed at that moment, so that the operating system's account is exact.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        started = time.perf_counter()
        process = subprocess.Popen(
            [part.replace("{url}", url) for part in command],
            env={**os.environ, **(env or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        connection, _ = listening.accept()
        with connection:
            if not connection.recv(65536).startswith(b"POST "):
                raise SystemExit(f"{command[0]} did not begin with its question")
            process.send_signal(signal.SIGKILL)
            return _wait(process, started)


def _wait(process: subprocess.Popen[Any], started: float) -> Cost:
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 / 1024 if sys.platform != "darwin" else 1 / 1024 / 1024
    return Cost(
        cpu_ms=(used.ru_utime + used.ru_stime) * 1000,
        wall_ms=(time.perf_counter() - started) * 1000,
        peak_mb=used.ru_maxrss * unit,
        code=process.returncode,
    )
