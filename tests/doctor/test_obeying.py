"""A backend obeys a capability file: what was refuted is not relied on."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import PIL.Image
import pytest
from pydantic import BaseModel

from agentkit import Agent, Backend, Image, Sampling, tool
from agentkit.backends.capability import CAPABILITIES
from agentkit.backends.catalog import PROFILES
from agentkit.backends.findings import Capabilities, read_capabilities
from agentkit.backends.obey import obey
from agentkit.errors import ConfigurationError, UnsupportedSetting
from agentkit.testing import FaultyProxy, Obliging, Rules, SimulatedServer, say
from agentkit.testing.zoo import ZOO
from tests.doctor.deployed import DeployedServer

Servers = Callable[[str], SimulatedServer]
Examine = Callable[..., Capabilities]
Examined = Callable[..., tuple[str, Path]]


class Risk(BaseModel):
    level: Literal["low", "high"]


@tool
def look(clause: str) -> str:
    """Look at a clause."""
    return clause


LOOK = look  # tests have a fixture of the same name


@pytest.fixture
def examined(servers: Servers, look: Examine, tmp_path: Path) -> Callable[[str], Path]:
    """Examine a faulty vLLM and give the capability file."""

    def run(fault: str, *only: str) -> Path:
        server = servers("vllm")
        with FaultyProxy(server.url, ZOO[fault]) as proxy:
            made = look(proxy.url, model=server.model, only=only)
        path = tmp_path / "capabilities.json"
        path.write_text(made.to_json(), "utf-8")
        return path

    return run


def test_a_schema_that_is_ignored_is_checked_here_and_said(examined: Callable[..., Path]) -> None:
    path = examined("schema_ignored", "schema")
    with SimulatedServer(Rules(lambda request: say('{"level": "low"}'))) as server:
        backend = Backend.vllm(server.url, capabilities=path)
        result = Agent(backend=backend, output=Risk).run_sync("Judge.")
        assert "response_format" not in server.chat_requests[0].body
    assert result.output == Risk(level="low")
    assert any("output" in said for said in result.adjustments)
    evidence = backend.profile.evidence_for("schema")
    assert evidence.provenance == "seen"
    assert evidence.server == "vllm 0.32.0"
    assert "agentkit doctor" in evidence.note


async def test_streams_that_lose_characters_beside_tools_are_not_used(examined: Callable[..., Path]) -> None:
    path = examined("stream_loses_brackets", "stream")
    with (
        SimulatedServer(Rules(lambda request: say("See [1]."))) as server,
        FaultyProxy(server.url, ZOO["stream_loses_brackets"]) as proxy,
    ):
        agent = Agent(backend=Backend(proxy.url, capabilities=path), tools=[look])
        async with agent.stream("Where?") as stream:
            async for _ in stream:
                pass
        assert stream.result.output == "See [1]."
        assert [request.body.get("stream") for request in server.chat_requests] == [None]
    assert any("stream" in said for said in stream.result.adjustments)


async def test_a_server_whose_streams_hide_that_they_were_cut_is_not_streamed(
    examined: Callable[..., Path],
) -> None:
    path = examined("cut_stream_says_stop", "stream")
    with SimulatedServer(Rules(lambda request: say("Fine."))) as server:
        async with Agent(backend=Backend(server.url, capabilities=path)).stream("How?") as stream:
            async for _ in stream:
                pass
        assert server.chat_requests[0].body.get("stream") is None


def test_images_that_were_dropped_are_refused_before_the_request(examined: Callable[..., Path]) -> None:
    path = examined("images_dropped", "images")
    picture = io.BytesIO()
    PIL.Image.new("RGB", (60, 60), "red").save(picture, "PNG")
    with SimulatedServer(Rules(lambda request: say("Red."))) as server:
        with pytest.raises(UnsupportedSetting, match="images"):
            Agent(backend=Backend(server.url, capabilities=path)).run_sync(
                "What?", images=[Image(picture.getvalue())]
            )
        assert server.chat_requests == []


def test_an_effort_that_does_nothing_is_said(examined: Callable[..., Path]) -> None:
    path = examined("effort_ignored", "effort")
    with SimulatedServer(Rules(lambda request: say("Eight."))) as server:
        result = Agent(backend=Backend(server.url, capabilities=path), effort="high").run_sync("How many?")
        assert "reasoning_effort" not in server.chat_requests[0].body
    assert any("effort" in said for said in result.adjustments)


def test_a_stop_string_that_is_ignored_is_not_sent_and_said(examined: Callable[..., Path]) -> None:
    path = examined("stop_ignored", "chat")
    with SimulatedServer(Rules(lambda request: say("One two three."))) as server:
        agent = Agent(backend=Backend(server.url, capabilities=path), sampling=Sampling(stop=("two",)))
        result = agent.run_sync("Count.")
        assert "stop" not in server.chat_requests[0].body
    assert any("stop" in said for said in result.adjustments)


@pytest.mark.parametrize("dialect", ["vllm", "llamacpp", "sglang", "ollama", "transformers", "mistral_api"])
def test_a_clean_server_is_found_to_be_what_its_profile_says(
    dialect: str, servers: Servers, look: Examine
) -> None:
    server, profile = servers(dialect), PROFILES[dialect]
    made = look(server.url, model=server.model, server=dialect)
    obeyed = obey(profile, made)
    # what a model that always obliges makes look enforced, and what simulated servers do not tell apart
    words = {
        "schema",
        "schema_with_tools",
        "tool_choices",
        "strict_tools",
        "effort",
        "logprobs",
        "unhonoured",
        "counts_reasoning",
    }
    sure = [name for name in CAPABILITIES if name not in words]
    assert {name: obeyed.value(name) for name in sure} == {name: profile.value(name) for name in sure}


def test_the_file_alone_makes_a_backend(servers: Servers, look: Examine, tmp_path: Path) -> None:
    server, path = servers("llamacpp"), tmp_path / "capabilities.json"
    path.write_text(look(server.url, only=["chat.answers"]).to_json(), "utf-8")
    backend = Backend.from_capabilities(path, api_key="secret")
    assert (backend.url, backend.profile.name, backend.model) == (server.url, "llamacpp", server.model)
    assert Agent(backend=backend).run_sync("What is 6 times 7?").output == "42"
    assert "secret" not in path.read_text("utf-8")


def test_a_file_about_another_server_or_model_is_refused(
    servers: Servers, look: Examine, tmp_path: Path
) -> None:
    server, path = servers("llamacpp"), tmp_path / "capabilities.json"
    path.write_text(look(server.url, only=["chat.answers"]).to_json(), "utf-8")
    assert read_capabilities(path).server == "llamacpp"
    with pytest.raises(ConfigurationError, match="llamacpp server"):
        Backend.vllm(server.url, capabilities=path)
    with pytest.raises(ConfigurationError, match="about the model"):
        Backend.llamacpp(server.url, model="other", capabilities=path)


def test_what_the_model_lacks_is_not_held_against_the_server(look: Examine) -> None:
    with (
        SimulatedServer(Obliging(), model="gpt-4o-mini") as server,
        FaultyProxy(server.url, ZOO["effort_ignored"]) as proxy,
    ):
        made = look(proxy.url, only=["effort.thinks"])
    found = made.finding("effort.thinks")
    assert found is not None
    assert found.outcome == "refuted"
    assert "GPT-4o mini" in found.limit
    assert made.surprises == ()
    assert obey(PROFILES["vllm"], made).dialect.effort == "top_level"


@pytest.mark.parametrize(
    ("fault", "thinks"),
    [
        ("effort_dropped_beside_tools", False),
        ("calls_in_the_text_at_high_effort", False),
        ("effort_always_high_beside_tools", True),
    ],
)
def test_where_high_effort_does_no_good_beside_tools_requests_with_tools_go_at_none(
    fault: str, thinks: bool, look: Examine, tmp_path: Path
) -> None:
    with DeployedServer(fault) as deployed:
        made = look(
            deployed.url,
            api_key=None,
            server="vllm",
            only=["together.effort_with_tools", "together.calls_at_high"],
        )
    path = tmp_path / "capabilities.json"
    path.write_text(made.to_json(), "utf-8")
    with SimulatedServer(Rules(lambda request: say("Fine.")), model=made.model) as server:
        backend = Backend.vllm(server.url, capabilities=path)
        with_tools = Agent(backend=backend, tools=[LOOK], effort="high").run_sync("Look.")
        without = Agent(backend=backend, effort="high").run_sync("Think.")
        sent = [request.body["reasoning_effort"] for request in server.chat_requests]
    assert sent == ["high" if thinks else "none", "high"]
    assert any("beside tools" in said for said in with_tools.adjustments) is not thinks
    assert without.adjustments == ()
