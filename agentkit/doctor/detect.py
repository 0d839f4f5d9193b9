"""Which server it is: signs that only one kind gives, weighed against each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import anyio

from agentkit._util import json
from agentkit.doctor.bench import Asker
from agentkit.doctor.reply import Reply

_PATHS = (
    "models", "/version", "/props", "/model_info", "/get_model_info", "/v1/metadata", "/api/version", "/api/tags",
    "/health",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What the signs say.

    Attributes:
        kind: The one kind that they prove, or an empty string.
        signs: The signs of that kind, in words.
        against: Signs of other kinds that this kind does not explain.
        version: The version, where one is given.
    """

    kind: str = ""
    signs: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sign:
    kind: str
    said: str
    seen: Callable[[dict[str, Reply]], bool]


def _owner(replies: dict[str, Reply]) -> str:
    listed = _field(replies["models"], "data")
    entry = listed[0] if json.is_array(listed) and listed else None
    owner = entry.get("owned_by") if json.is_object(entry) else None
    return owner.lower() if isinstance(owner, str) else ""


def _field(reply: Reply | None, name: str) -> object:
    good = reply is not None and reply.status == 200 and json.is_object(reply.data)
    return reply.data.get(name) if good and reply is not None else None


def _has(path: str, *names: str) -> Callable[[dict[str, Reply]], bool]:
    return lambda replies: all(_field(replies.get(path), name) is not None for name in names)


def _owned(*names: str) -> Callable[[dict[str, Reply]], bool]:
    return lambda replies: _owner(replies) in names


def _header(text: str) -> Callable[[dict[str, Reply]], bool]:
    return lambda replies: any(text in reply.headers.get("server", "").lower() for reply in replies.values())


_SIGNS = (
    _Sign(
        kind="nim", said="/v1/metadata tells a NIM's model and version", seen=_has("/v1/metadata", "version")
    ),
    _Sign(kind="sglang", said='models are owned_by "sglang"', seen=_owned("sglang")),
    _Sign(kind="sglang", said="/model_info tells its parsers", seen=_has("/model_info", "model_path")),
    _Sign(kind="sglang", said="/get_model_info tells its model", seen=_has("/get_model_info", "model_path")),
    _Sign(kind="vllm", said='models are owned_by "vllm"', seen=_owned("vllm")),
    _Sign(kind="vllm", said="/version answers", seen=_has("/version", "version")),
    _Sign(kind="llamacpp", said='models are owned_by "llamacpp"', seen=_owned("llamacpp")),
    _Sign(kind="llamacpp", said='the Server header is "llama.cpp"', seen=_header("llama.cpp")),
    _Sign(
        kind="llamacpp",
        said="/props tells its settings",
        seen=_has("/props", "default_generation_settings", "total_slots"),
    ),
    _Sign(kind="ollama", said='models are owned_by "library"', seen=_owned("library", "ollama")),
    _Sign(kind="ollama", said="/api/version answers", seen=_has("/api/version", "version")),
    _Sign(kind="mistral_api", said='models are owned_by "mistralai"', seen=_owned("mistralai")),
    _Sign(kind="transformers", said='models are owned_by "transformers"', seen=_owned("transformers")),
)
_HIDES = {"nim": {"vllm", "sglang"}, "sglang": {"ollama", "vllm"}}
"""A kind explains the signs of these: NIM 2.x is vLLM or SGLang inside, SGLang answers Ollama's routes."""


async def detect(asker: Asker) -> Detection:
    """Ask for every page that tells servers apart, and weigh what they say."""
    replies: dict[str, Reply] = {}

    async def fetch(path: str) -> None:
        replies[path] = await asker.get(path)

    async with anyio.create_task_group() as tasks:
        for path in _PATHS:
            tasks.start_soon(fetch, path)
    return weigh(replies)


def weigh(replies: dict[str, Reply]) -> Detection:
    """Say which kind the pages of a server prove."""
    seen = [sign for sign in _SIGNS if sign.seen(replies)]
    kinds = {sign.kind for sign in seen}
    standing = [kind for kind in kinds if not any(kind in _HIDES.get(other, ()) for other in kinds)]
    version = _version(replies)
    if len(standing) != 1:
        return Detection(against=tuple(f"{sign.said} ({sign.kind})" for sign in seen), version=version)
    kind = standing[0]
    return Detection(kind=kind, signs=tuple(sign.said for sign in seen if sign.kind == kind), version=version)


def _version(replies: dict[str, Reply]) -> str:
    for path, name in (
        ("/version", "version"),
        ("/v1/metadata", "version"),
        ("/props", "build_info"),
        ("/api/version", "version"),
    ):
        value = _field(replies.get(path), name)
        if isinstance(value, str) and value:
            return value
    return ""
