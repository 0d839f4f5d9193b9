"""Starting a plan's servers on this machine, and waiting until they take requests."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from agentkit.deploy.launch import Launch
from agentkit.deploy.plan import Plan
from agentkit.errors import ConfigurationError, ConnectionFailed

_HERE = "127.0.0.1"
_LAST_LINES = 12

Progress = Callable[[str], None]
"""Called with what happens, in a few words."""


@contextmanager
def running(
    plan: Plan, *, logs: Path, seconds: float, progress: Progress
) -> Generator[tuple[str, ...], None, None]:
    """Start every server of a plan, wait until all of them take requests, and stop them at the end.

    Args:
        plan: What to start.
        logs: Folder for what the servers write; `<server>-<port>.log`.
        seconds: To wait for a server to take requests.
        progress: Told what happens.

    Yields:
        The servers' base URLs.

    Raises:
        ConfigurationError: The program is not installed, a secret is not set, or the port is taken.
        ConnectionFailed: A server ended or was not ready in time; the error holds the end of its log.
    """
    for launch in plan.launches:
        check(launch)
    logs.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        started = [
            stack.enter_context(_started(launch, number, plan, logs))
            for number, launch in enumerate(plan.launches)
        ]
        for server in started:
            server.wait(seconds, progress)
            for command in server.launch.after:
                progress(command)
                subprocess.run(  # noqa: S602 - the plan's own command
                    command, shell=True, check=True, env={**os.environ, **server.environment}
                )
        yield tuple(f"http://{_HERE}:{server.launch.port}/v1" for server in started)


def check(launch: Launch) -> None:
    """Say before anything is started what would keep it from starting.

    Raises:
        ConfigurationError: As for `running`.
    """
    if not launch.program:
        raise ConfigurationError(
            f"{launch.server} comes only as a container.", hint="Use --as shell and run what it prints."
        )
    if shutil.which(launch.program) is None:
        raise ConfigurationError(
            f"{launch.program} is not installed here.", hint=f"It is brought by {launch.install}."
        )
    unset = [
        name for name in launch.environment if launch.environment[name] is None and name not in os.environ
    ]
    required = [name for name in unset if name == "NGC_API_KEY"]
    if required:
        raise ConfigurationError(f"{required[0]} is not set.", hint="Set it in the environment.")
    if _listens(launch.port):
        raise ConfigurationError(
            f"Something listens on port {launch.port} already.", hint="Stop it, or take another --port."
        )


class _Server:
    """One server that was started here."""

    def __init__(
        self, launch: Launch, process: subprocess.Popen[bytes], log: Path, environment: dict[str, str]
    ) -> None:
        self.launch = launch
        self.environment = environment
        self._process = process
        self._log = log

    def wait(self, seconds: float, progress: Progress) -> None:
        """Wait until requests are taken, telling every few seconds how long it has been."""
        started, told = time.monotonic(), 0.0
        progress(f"starting {self.launch.server} on port {self.launch.port}; it writes to {self._log}")
        while not self._healthy():
            waited = time.monotonic() - started
            code = self._process.poll()
            if code is not None:
                raise _failed(
                    f"{self.launch.server} ended with code {code} before it took requests.", self._log
                )
            if waited > seconds:
                raise _failed(f"{self.launch.server} took no requests within {seconds:g} s.", self._log)
            if waited - told >= 10:
                told = waited
                progress(f"still loading after {waited:.0f} s")
            time.sleep(0.2)
        progress(f"{self.launch.server} is ready after {time.monotonic() - started:.1f} s")

    def _healthy(self) -> bool:
        link = http.client.HTTPConnection(_HERE, self.launch.port, timeout=5)
        try:
            link.request("GET", self.launch.health)
            return link.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()

    def stop(self) -> None:
        """End the server and what it started; after 20 seconds without asking."""
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, signal_number)
            except ProcessLookupError:
                break
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                continue
            break


@contextmanager
def _started(launch: Launch, number: int, plan: Plan, logs: Path) -> Generator[_Server, None, None]:
    environment = {name: value for name, value in launch.environment.items() if value is not None}
    if launch.gpus and plan.replicas > 1:
        first = number * launch.gpus
        environment["CUDA_VISIBLE_DEVICES"] = ",".join(
            str(each) for each in range(first, first + launch.gpus)
        )
    log = logs / f"{launch.server}-{launch.port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - the plan's own program
            [launch.program, *launch.listening_on(_HERE)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,  # its helpers are stopped with it
        )
    server = _Server(launch, process, log, environment)
    try:
        yield server
    finally:
        server.stop()


def _listens(port: int) -> bool:
    link = http.client.HTTPConnection(_HERE, port, timeout=1)
    try:
        link.connect()
    except OSError:
        return False
    link.close()
    return True


def _failed(what: str, log: Path) -> ConnectionFailed:
    lines: Sequence[str] = log.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:]
    told = "".join(f"\n    {line[:300]}" for line in lines)
    return ConnectionFailed(f"{what} The end of its log:{told}\n", hint=f"All of it is in {log}.")
