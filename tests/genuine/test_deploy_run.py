"""`agentkit deploy --run` with the genuine llama.cpp server behind the name of its program."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pytest

from agentkit.deploy.hardware import Hardware, memory
from agentkit.deploy.local import running
from agentkit.deploy.plan import Need, Plan, make_plan
from agentkit.errors import ConfigurationError, ConnectionFailed

pytestmark = pytest.mark.genuine

PROGRAM = """#!{python}
import sys, signal
import xllamacpp
def given(name):
    return sys.argv[sys.argv.index(name) + 1]
print("loading", given("-hf"), flush=True)
params = xllamacpp.CommonParams()
params.model.path, params.port = {model!r}, int(given("--port"))
params.hostnames = [given("--host")] if isinstance(params.hostnames, list) else given("--host")
params.n_ctx, params.n_parallel = int(given("--ctx-size")), int(given("--parallel"))
params.cpuparams.n_threads, params.warmup, params.use_jinja = 1, False, "--jinja" in sys.argv
params.endpoint_props = True
server = xllamacpp.Server(params)
signal.sigwait({{signal.SIGTERM, signal.SIGINT}})
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a `llama-server` on the path that is llama.cpp's own, with a tiny model in place of MS4."""
    if find_spec("xllamacpp") is None:
        pytest.skip("no xllamacpp wheel for this platform: the genuine llama.cpp server cannot be run here")
    from tests.genuine import tiny_model  # what it needs is as rare as the wheel itself

    tiny_model.make_tokenizer(tmp_path)
    tiny_model.make_gguf(tmp_path, tmp_path / "think.gguf", "think")
    return _install(
        tmp_path, PROGRAM.format(python=sys.executable, model=str(tmp_path / "think.gguf")), monkeypatch
    )


def _install(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = folder / "bin" / "llama-server"
    path.parent.mkdir()
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
    return path


def free_port() -> int:
    with socket.socket() as link:
        link.bind(("127.0.0.1", 0))
        port: int = link.getsockname()[1]
        return port


def plan_on(port: int) -> Plan:
    machine = Hardware(kind="cpu", name="CPU", count=1, bytes_each=memory("256GB"))
    return make_plan(machine, Need(checkpoint="gguf-q4", context=2048, conversations=2, port=port))


def get(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return dict(json.load(answer))


def test_a_server_is_started_is_healthy_with_the_planned_context_for_each_slot_and_is_gone_afterwards(
    program: Path, tmp_path: Path
) -> None:
    port, told = free_port(), []
    with running(plan_on(port), logs=tmp_path / "logs", seconds=60, progress=told.append) as urls:
        assert urls == (f"http://127.0.0.1:{port}/v1",)
        props = get(f"http://127.0.0.1:{port}/props")
        assert props["total_slots"] == 2
        assert props["default_generation_settings"]["n_ctx"] == 2048  # type: ignore[index]
    assert any("is ready after" in line for line in told)
    with pytest.raises(OSError, match="refused"):
        get(f"http://127.0.0.1:{port}/props")
    assert "loading unsloth/" in (tmp_path / "logs" / f"llamacpp-{port}.log").read_text()


def test_a_port_that_is_taken_is_said_before_anything_is_started(program: Path, tmp_path: Path) -> None:
    with socket.socket() as link:
        link.bind(("127.0.0.1", 0))
        link.listen()
        plan = plan_on(link.getsockname()[1])
        with (
            pytest.raises(ConfigurationError, match="listens on port"),
            running(plan, logs=tmp_path / "logs", seconds=5, progress=print),
        ):
            pass
    assert not (tmp_path / "logs").exists()


def test_a_server_that_ends_at_once_is_told_with_the_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install(tmp_path, "#!/bin/sh\necho 'error: failed to load model' >&2\nexit 3\n", monkeypatch)
    with (
        pytest.raises(ConnectionFailed, match="ended with code 3") as caught,
        running(plan_on(free_port()), logs=tmp_path / "logs", seconds=30, progress=print),
    ):
        pass
    assert "failed to load model" in str(caught.value)


def test_a_server_that_never_gets_ready_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, "#!/bin/sh\necho $$ > pid\nexec sleep 600\n", monkeypatch)
    monkeypatch.chdir(tmp_path)
    with (
        pytest.raises(ConnectionFailed, match="no requests within"),
        running(plan_on(free_port()), logs=tmp_path / "logs", seconds=1, progress=print),
    ):
        pass
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_the_command_serves_until_it_is_interrupted(program: Path, tmp_path: Path) -> None:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "agentkit",
        "deploy",
        "--cpu",
        "256GB",
        "--checkpoint",
        "gguf-q4",
        "--context",
    ]
    command += ["2048", "--port", str(port), "--run", "--logs", str(tmp_path / "logs")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith("serving at"):
            break
    else:
        pytest.fail("".join(lines))
    assert get(f"http://127.0.0.1:{port}/health") == {"status": "ok"}
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0
    with pytest.raises(OSError, match="refused"):
        get(f"http://127.0.0.1:{port}/health")
