"""Genuine servers that are too heavy for every run. Each has its own make target, which says where its program is."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.genuine.running import KEY

HERE = Path(__file__).parent
MODEL = "ms4"
BEARER = {"Authorization": f"Bearer {KEY}"}
CONTEXT = 4096
START_SECONDS = 400


def only_with(variable: str, target: str) -> None:
    """Skip a module where its server's program is not named, in one line."""
    if not os.environ.get(variable):
        pytest.skip(f"runs with `make {target}`", allow_module_level=True)


@pytest.fixture(scope="session")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the genuine vLLM on a tiny model with random weights; gives its base URL. It wants the key `KEY`."""
    program = os.environ["AGENTKIT_VLLM"]
    folder = tmp_path_factory.mktemp("vllm")
    make_model(folder)
    port = free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE),
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "OMP_NUM_THREADS": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
    }
    command = [
        program, "serve", str(folder), "--host", "127.0.0.1", "--port", str(port), "--served-model-name", MODEL,
        "--tokenizer-mode", "mistral", "--config-format", "mistral", "--load-format", "dummy", "--dtype", "float32",
        "--enforce-eager", "--max-model-len", str(CONTEXT), "--max-num-seqs", "8", "--enable-auto-tool-choice",
        "--tool-call-parser", "mistral", "--reasoning-parser", "mistral", "--api-key", KEY,
        "--logits-processors", "vllm_dictation:Dictation",
    ]  # fmt: skip
    log = folder / "vllm.log"
    with serving(command, environment, log, f"http://127.0.0.1:{port}/health"):
        yield f"http://127.0.0.1:{port}/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformersServer:
    """Where it listens, and what it calls its model."""

    url: str
    model: str


@pytest.fixture(scope="session")
def transformers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TransformersServer]:
    """Start the genuine `transformers serve` on a tiny model with random weights."""
    program = Path(os.environ["AGENTKIT_TRANSFORMERS"])
    folder = tmp_path_factory.mktemp("transformers")
    from tests.genuine import tiny_model  # gguf is not there on every platform

    tiny_model.make_tokenizer(folder / "tokenizer")
    model = folder / "model"
    make = [str(program.with_name("python")), str(HERE / "make_transformers_model.py"), str(model)]
    subprocess.run(
        [*make, str(folder / "tokenizer" / "chat_template.jinja")], check=True, capture_output=True
    )
    port = free_port()
    command = [
        str(program),
        "serve",
        str(model),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--device",
        "cpu",
    ]
    log = folder / "transformers.log"
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    with serving(command, environment, log, f"http://127.0.0.1:{port}/health"):
        yield TransformersServer(url=f"http://127.0.0.1:{port}/v1", model=str(model))


@contextmanager
def serving(command: list[str], environment: dict[str, str], log: Path, health: str) -> Iterator[None]:
    """Run a server, wait until it is healthy, and end it."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        wait_for(health, process, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def make_model(folder: Path) -> None:
    """Write a v15 tokenizer and the configuration of two tiny layers; vLLM draws the weights itself."""
    from tests.genuine import tiny_model  # gguf is not there on every platform

    tiny_model.make_tokenizer(folder)
    (folder / "params.json").write_text(
        json.dumps(
            {
                "dim": 64, "n_layers": 2, "head_dim": 32, "hidden_dim": 128, "n_heads": 2, "n_kv_heads": 1,
                "norm_eps": 1e-5, "vocab_size": tiny_model.VOCABULARY, "rope_theta": 1e6, "tied_embeddings": False,
                "max_position_embeddings": 8192, "max_seq_len": 8192, "dtype": "float32",
            }
        )
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as link:
        link.bind(("127.0.0.1", 0))
        port: int = link.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server is healthy; a server that ended is told with its log."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
        else:
            return
    raise AssertionError(f"the server did not start:\n{log.read_text('utf-8', 'replace')[-3000:]}")
