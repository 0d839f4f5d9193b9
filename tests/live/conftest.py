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
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MODEL = "ms4"
CONTEXT = 4096
START_SECONDS = 400

needs_vllm = pytest.mark.skipif(
    not os.environ.get("AGENTKIT_VLLM"), reason="the genuine vLLM runs with `make test-vllm`"
)


@pytest.fixture(scope="session")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the genuine vLLM on a tiny model with random weights; gives its base URL."""
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
        "--tool-call-parser", "mistral", "--reasoning-parser", "mistral",
        "--logits-processors", "vllm_dictation:Dictation",
    ]  # fmt: skip
    log = folder / "vllm.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def make_model(folder: Path) -> None:
    """Write a v15 tokenizer and the configuration of two tiny layers; vLLM draws the weights itself."""
    spec = spec_from_file_location("tiny_model", HERE.parent / "genuine" / "tiny_model.py")
    assert spec is not None
    assert spec.loader is not None
    tiny_model = module_from_spec(spec)
    spec.loader.exec_module(tiny_model)
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
