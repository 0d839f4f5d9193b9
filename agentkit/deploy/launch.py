"""The exact launch of each server: program, arguments, environment, image, health."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from agentkit.deploy.checkpoints import EAGLE_REPOSITORY, Checkpoint, Server
from agentkit.deploy.hardware import HOPPER, Hardware

VLLM_VERSION: Final = "0.33.0"
MISTRAL_COMMON: Final = "mistral-common<1.13"
"""vLLM 0.32 and 0.33 fail nearly every chat request beside mistral-common 1.13 (seen)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a server is to be started with.

    Attributes:
        weights: The checkpoint.
        hardware: What it runs on.
        ranks: GPUs of one server.
        context: Tokens of one conversation.
        conversations: At a time, on this server.
        share: Of a GPU's memory.
        batch_tokens: Tokens of one forward pass.
        fp8_cache: Whether the KV cache is kept in FP8.
        speculative: Whether the eagle head drafts.
        port: Where it listens.
    """

    weights: Checkpoint
    hardware: Hardware
    ranks: int
    context: int
    conversations: int
    share: float
    batch_tokens: int
    fp8_cache: bool
    speculative: bool
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How one server is started.

    Attributes:
        server: Its kind, as in `Backend.<kind>`.
        program: What runs; empty where it comes only as a container.
        arguments: Its arguments.
        environment: Variables that it reads; a value of None is a secret that the shell has to bring.
        image: Container image; empty where none is published.
        container_arguments: Arguments of the image, where they differ from `arguments`.
        entrypoint: What runs in the container instead of the image's own; empty for that.
        install: What has to be installed first, for people.
        after: Commands to run once it is up, such as fetching the model.
        health: Path that answers 200 when requests are taken.
        cache: Folder in the container where the weights are kept.
        gpus: GPUs that it takes.
        port: Where it listens.
        host_flag: Argument by which it is told on which address to listen; empty where the environment says it.
    """

    server: Server
    program: str
    arguments: tuple[str, ...]
    environment: dict[str, str | None]
    image: str
    container_arguments: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    install: str = ""
    after: tuple[str, ...] = ()
    health: str = "/health"
    cache: str = "/root/.cache/huggingface"
    gpus: int
    port: int
    host_flag: str = "--host"

    def listening_on(self, host: str) -> tuple[str, ...]:
        """Return the program's arguments with the address to listen on."""
        return (*self.arguments, self.host_flag, host) if self.host_flag else self.arguments


def vllm(setting: Setting) -> Launch:
    """Start vLLM in mistral mode, after the model's own recipe."""
    arguments = [
        "serve", setting.weights.repository,
        "--max-model-len", str(setting.context),
        "--tensor-parallel-size", str(setting.ranks),
        *(["--attention-backend", "FLASH_ATTN_MLA"] if setting.hardware.name in HOPPER else []),
        "--tool-call-parser", "mistral", "--enable-auto-tool-choice", "--reasoning-parser", "mistral",
        "--max-num-batched-tokens", str(setting.batch_tokens),
        "--max-num-seqs", str(max(setting.conversations, 8)),
        "--gpu-memory-utilization", f"{setting.share:g}",
        *(["--kv-cache-dtype", "fp8"] if setting.fp8_cache else []),
        *(["--speculative-config", _eagle(setting.context)] if setting.speculative else []),
        "--port", str(setting.port),
    ]  # fmt: skip
    inner = " ".join(shlex.quote(each) for each in ("vllm", *arguments, "--host", "0.0.0.0"))  # noqa: S104 - in a container
    return Launch(
        server="vllm",
        program="vllm",
        arguments=tuple(arguments),
        environment={"VLLM_API_KEY": None},
        image=f"vllm/vllm-openai:v{VLLM_VERSION}",
        entrypoint=("/bin/bash", "-c"),
        container_arguments=(f"pip install -q '{MISTRAL_COMMON}' && exec {inner}",),
        install=f"pip install 'vllm=={VLLM_VERSION}' '{MISTRAL_COMMON}'",
        gpus=setting.ranks,
        port=setting.port,
    )


def sglang(setting: Setting) -> Launch:
    """Start SGLang."""
    arguments = (
        "-m", "sglang.launch_server", "--model-path", setting.weights.repository, "--tp", str(setting.ranks),
        "--reasoning-parser", "mistral", "--tool-call-parser", "mistral",
        "--context-length", str(setting.context),
        "--mem-fraction-static", f"{setting.share:g}",
        "--max-running-requests", str(max(setting.conversations, 8)),
        "--port", str(setting.port),
    )  # fmt: skip
    return Launch(
        server="sglang",
        program="python3",
        arguments=arguments,
        environment={},
        image="lmsysorg/sglang:latest",
        container_arguments=("python3", *arguments, "--host", "0.0.0.0"),  # noqa: S104 - in a container
        install="pip install sglang",
        health="/model_info",  # /health generates a token (SGLang 0.5.23)
        gpus=setting.ranks,
        port=setting.port,
    )


def nim(setting: Setting) -> Launch:
    """Start NVIDIA NIM, which is a container and nothing else."""
    return Launch(
        server="nim",
        program="",
        arguments=(),
        environment={
            "NGC_API_KEY": None,
            "NIM_MAX_MODEL_LEN": str(setting.context),
            "NIM_TENSOR_PARALLEL_SIZE": str(setting.ranks),
            "NIM_SERVER_PORT": str(setting.port),
        },
        image="nvcr.io/nim/mistralai/mistral-small-4-119b-2603:1.7.0-variant",
        health="/v1/health/ready",
        cache="/opt/nim/.cache",
        gpus=setting.ranks,
        port=setting.port,
        host_flag="",
    )


def llamacpp(setting: Setting) -> Launch:
    """Start llama.cpp's server; its context is divided among the slots, so it is multiplied here."""
    arguments = (
        "-hf", setting.weights.repository, "--jinja",
        "--ctx-size", str(setting.context * setting.conversations),
        "--parallel", str(setting.conversations),
        "--image-max-tokens", "3080",  # all that the model sees; without it b11549 shrinks images to 1,024
        *(("--n-gpu-layers", "999") if setting.hardware.kind != "cpu" else ()),
        *(("--cache-type-k", "q8_0", "--cache-type-v", "q8_0") if setting.fp8_cache else ()),
        "--port", str(setting.port),
    )  # fmt: skip
    cuda = setting.hardware.kind == "nvidia"
    return Launch(
        server="llamacpp",
        program="llama-server",
        arguments=arguments,
        environment={"LLAMA_API_KEY": None},
        image=f"ghcr.io/ggml-org/llama.cpp:server{'-cuda' if cuda else ''}",
        container_arguments=(*arguments, "--host", "0.0.0.0"),  # noqa: S104 - in a container
        install="a build of llama.cpp from its releases, or `brew install llama.cpp`",
        cache="/root/.cache/llama.cpp",
        gpus=setting.hardware.count if cuda else 0,
        port=setting.port,
    )


def ollama(setting: Setting) -> Launch:
    """Start Ollama, with the context that it would otherwise cut to its own default."""
    return Launch(
        server="ollama",
        program="ollama",
        arguments=("serve",),
        environment={
            "OLLAMA_HOST": f"127.0.0.1:{setting.port}",
            "OLLAMA_CONTEXT_LENGTH": str(setting.context),
            "OLLAMA_NUM_PARALLEL": str(setting.conversations),
            **({"OLLAMA_KV_CACHE_TYPE": "q8_0", "OLLAMA_FLASH_ATTENTION": "1"} if setting.fp8_cache else {}),
        },
        image="ollama/ollama:latest",
        container_arguments=("serve",),
        install="Ollama from its own installer",
        after=(f"ollama pull hf.co/{setting.weights.repository}",),
        health="/api/version",
        cache="/root/.ollama",
        gpus=setting.hardware.count if setting.hardware.kind == "nvidia" else 0,
        port=setting.port,
        host_flag="",
    )


def transformers(setting: Setting) -> Launch:
    """Start `transformers serve`, for prototypes."""
    return Launch(
        server="transformers",
        program="transformers",
        arguments=("serve", setting.weights.repository, "--port", str(setting.port)),
        environment={},
        image="",
        install="pip install 'transformers[serving]' torch",
        gpus=setting.hardware.count if setting.hardware.kind == "nvidia" else 0,
        port=setting.port,
    )


LAUNCHES: Final[dict[Server, Callable[[Setting], Launch]]] = {
    "vllm": vllm,
    "sglang": sglang,
    "nim": nim,
    "llamacpp": llamacpp,
    "ollama": ollama,
    "transformers": transformers,
}


def _eagle(context: int) -> str:
    return json.dumps(
        {
            "model": EAGLE_REPOSITORY,
            "num_speculative_tokens": 3,
            "method": "eagle",
            "max_model_len": str(min(context, 65_536)),
        }
    )
