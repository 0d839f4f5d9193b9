"""Which server it is, is proved by what only one kind does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import pytest

from agentkit.backends.findings import Capabilities
from agentkit.doctor.detect import weigh
from agentkit.doctor.examine import examine
from agentkit.doctor.reply import Reply, shorten
from agentkit.testing import (
    ChatRequest,
    FaultyProxy,
    Obliging,
    Rules,
    SimulatedServer,
    Turn,
    WireFault,
    slowly,
    stall,
)
from agentkit.testing.proxy import Passing

Servers = Callable[[str], SimulatedServer]
Examine = Callable[..., Capabilities]


def pages(owner: str = "", server: str = "", **answers: dict[str, Any]) -> dict[str, Reply]:
    headers = {"server": server}
    listed = {"data": [{"id": "m", "owned_by": owner}]}
    made = {"models": Reply(status=200, data=listed, headers=headers)}
    for name, data in answers.items():
        made["/" + name.replace("__", "/")] = Reply(status=200, data=data, headers=headers)
    return made


@pytest.mark.parametrize(
    ("replies", "kind"),
    [
        (pages("vllm", version={"version": "0.33.0"}), "vllm"),
        (
            pages(
                "sglang",
                model_info={"model_path": "x"},
                api__version={"version": "0.9"},
                api__tags={"models": []},
            ),
            "sglang",
        ),
        (pages("vllm", version={"version": "0.32"}, v1__metadata={"version": "2.1"}), "nim"),
        (pages("sglang", v1__metadata={"version": "2.1"}), "nim"),
        (pages("llamacpp", "llama.cpp"), "llamacpp"),
        (pages("somebody", "llama.cpp"), "llamacpp"),
        (pages("library", api__version={"version": "0.40"}, api__tags={"models": []}), "ollama"),
        (pages("mistralai"), "mistral_api"),
        (pages("somebody"), ""),
        (pages("vllm", "llama.cpp"), ""),
        (pages("library", version={"version": "0.32"}), ""),
        ({"models": Reply(status=500)}, ""),
    ],
)
def test_a_kind_is_proved_by_its_own_signs(replies: dict[str, Reply], kind: str) -> None:
    found = weigh(replies)
    assert found.kind == kind
    assert bool(found.signs) == bool(kind)


def test_contradicting_signs_are_all_named() -> None:
    found = weigh(pages("vllm", "llama.cpp"))
    assert found.against == (
        'models are owned_by "vllm" (vllm)',
        'the Server header is "llama.cpp" (llamacpp)',
    )


@pytest.mark.parametrize(
    "dialect",
    ["vllm", "sglang", "nim", "llamacpp", "ollama", "transformers", "mistral_api", "openai_compatible"],
)
def test_simulated_servers_are_told_apart(dialect: str, servers: Servers, look: Examine) -> None:
    server = servers(dialect)
    assert look(server.url, model=server.model, only=["server.kind"]).server == dialect


def test_what_a_server_says_cannot_command_the_terminal() -> None:
    assert shorten("\x1b[2Jgone\x07\u202e", 40) == "\ufffd[2Jgone\ufffd\ufffd"
    assert shorten("Größe 你好 😀", 40) == "Größe 你好 😀"


def test_a_wrong_claim_is_refuted(servers: Servers, look: Examine) -> None:
    made = look(servers("llamacpp").url, only=["server.kind"], server="vllm")
    found = made.finding("server.kind")
    assert found is not None
    assert found.outcome == "refuted"
    assert "You named vllm" in found.said
    assert made.server == "llamacpp"


def test_a_server_that_is_busy_is_asked_again(servers: Servers, look: Examine) -> None:
    refused: set[str] = set()

    def busy(passing: Passing) -> None:
        if passing.chat and str(passing.asked) not in refused:
            refused.add(str(passing.asked))
            passing.status, passing.data = 429, {"error": {"message": "too many requests", "code": 429}}

    server = servers("vllm")
    with FaultyProxy(
        server.url, WireFault(name="busy", about="every request is refused once", ask=busy)
    ) as proxy:
        made = look(proxy.url, only=["chat.answers"])
    assert made.refuted("chat.answers") is False


def test_a_server_that_falls_silent_ends_within_the_bound() -> None:
    good = Obliging()

    def answer(request: ChatRequest) -> Turn:
        return stall("one, two", after=1) if request.stream else good.answer(request)

    with SimulatedServer(Rules(answer)) as server:
        made = anyio.run(partial(examine, server.url, only=["stream"], request_seconds=0.5, seconds=30.0))
    assert made.refuted("stream.answers")
    assert "not ended after 0.5 s" in made.finding("stream.answers").said  # type: ignore[union-attr]


def test_a_slow_server_leaves_undecided_what_did_not_come_in_time() -> None:
    good = Obliging()

    def answer(request: ChatRequest) -> Turn:
        if request.stream:
            return stall("one, two", after=1)
        return slowly(good.answer(request), before=0.3)

    with SimulatedServer(Rules(answer)) as server:
        made = anyio.run(
            partial(examine, server.url, only=["stream.answers"], request_seconds=1.0, seconds=60.0)
        )
    found = made.finding("stream.answers")
    assert found is not None
    assert found.outcome == "undecided"
    assert "slow" in found.said
