"""The genuine llama.cpp server, from the wheel `xllamacpp`, with a generated tiny model."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest

KEY = "right"
"""What a server with a key wants."""
SERVE = """
import sys
import xllamacpp
path, context, name, key, eyes = sys.argv[1:]
params = xllamacpp.CommonParams()
params.model.path, params.port, params.n_ctx = path, 0, int(context)
params.hostnames = ["127.0.0.1"] if isinstance(params.hostnames, list) else "127.0.0.1"
params.n_parallel, params.cpuparams.n_threads, params.warmup = 1, 1, False
params.use_jinja = params.endpoint_props = params.endpoint_slots = True
params.model_alias = {name} if isinstance(params.model_alias, (set, list)) else name
params.api_keys = [key] if key else []
if eyes:
    params.mmproj.path, params.mmproj_use_gpu = eyes, False
server = xllamacpp.Server(params)
print("listening", server.listening_address, flush=True)
sys.stdin.read()
"""
Genuine = Callable[..., str]


@pytest.fixture(scope="session")
def genuine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Genuine]:
    """Start servers by habit; gives their base URLs. With `eyes` it takes images, with `key` it wants one."""
    if find_spec("xllamacpp") is None:
        pytest.skip("no xllamacpp wheel for this platform: the genuine llama.cpp server cannot be run here")
    from tests.genuine import copying, tiny_model  # what they need is as rare as the wheel itself

    folder = tmp_path_factory.mktemp("tiny")
    tiny_model.make_tokenizer(folder)
    running: dict[Any, tuple[subprocess.Popen[str], str]] = {}

    def start(habit: str, context: int = 4096, *, key: str = "", eyes: bool = False) -> str:
        wanted = (habit, context, key, eyes)
        if wanted not in running:
            path, sight = folder / f"{habit}.gguf", folder / "mmproj.gguf"
            if not path.exists():
                tiny_model.make_gguf(folder, path, habit)
            if eyes and not sight.exists():
                copying.make_vision(sight)
            arguments = [str(path), str(context), tiny_model.MODEL, key, str(sight) if eyes else ""]
            process = subprocess.Popen(
                [sys.executable, "-c", SERVE, *arguments],
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
            running[wanted] = (
                process,
                (address if address.startswith("http") else f"http://{address}") + "/v1",
            )
        return running[wanted][1]

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
