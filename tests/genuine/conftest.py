"""The genuine llama.cpp server, from the wheel `xllamacpp`, with a generated tiny model."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

SERVE = """
import sys
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.port, params.n_ctx = sys.argv[1], 0, int(sys.argv[2])
params.hostnames = ["127.0.0.1"] if isinstance(params.hostnames, list) else "127.0.0.1"
params.n_parallel, params.cpuparams.n_threads, params.warmup = 1, 1, False
params.use_jinja = params.endpoint_props = params.endpoint_slots = True
params.model_alias = {sys.argv[3]} if isinstance(params.model_alias, (set, list)) else sys.argv[3]
server = xllamacpp.Server(params)
print("listening", server.listening_address, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="session")
def genuine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Start servers by habit; gives their base URLs."""
    if find_spec("xllamacpp") is None:
        pytest.skip("no xllamacpp wheel for this platform: the genuine llama.cpp server cannot be run here")
    spec = spec_from_file_location("tiny_model", Path(__file__).with_name("tiny_model.py"))
    assert spec is not None
    assert spec.loader is not None
    tiny_model = module_from_spec(spec)
    spec.loader.exec_module(tiny_model)
    folder = tmp_path_factory.mktemp("tiny")
    tiny_model.make_tokenizer(folder)
    running: dict[tuple[str, int], tuple[subprocess.Popen[str], str]] = {}

    def start(habit: str, context: int = 4096) -> str:
        key = (habit, context)
        if key not in running:
            path = folder / f"{habit}.gguf"
            if not path.exists():
                tiny_model.make_gguf(folder, path, habit)
            process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(path), str(context), tiny_model.MODEL],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**os.environ, "LLAMA_SERVER_SLOTS_DEBUG": "1"},  # /slots then shows the last prompt
            )
            assert process.stdout is not None
            address = ""
            for line in process.stdout:
                if line.startswith("listening "):
                    address = line.split(maxsplit=1)[1].strip()
                    break
            assert address, "llama.cpp did not start"
            running[key] = (process, (address if address.startswith("http") else f"http://{address}") + "/v1")
        return running[key][1]

    yield start
    for process, _ in running.values():
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
