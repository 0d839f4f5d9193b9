"""Bad addresses, keys, models and servers end in one sentence that says what to do."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agentkit import Agent, Backend, RetryPolicy
from agentkit.errors import (
    AgentKitError,
    AuthenticationFailed,
    ConfigurationError,
    ConnectionFailed,
    MissingBackend,
    ModelNotFound,
    Overloaded,
    ProtocolError,
    RequestRefused,
)
from agentkit.testing import Rules, SimulatedServer, fail, say
from agentkit.testing.dialect import DIALECTS
from agentkit.testing.server import MODEL

ONCE = RetryPolicy(attempts=1)


def ask(url: str, **options: Any) -> AgentKitError:
    """Return the error of a run, and check that it is one line that names the server and what to do."""
    with pytest.raises(AgentKitError) as raised:
        Agent(backend=Backend.vllm(url, retry=ONCE, **options)).run_sync("Hello")
    error = raised.value
    said = str(error)
    assert "\n" not in said
    assert len(said) < 500
    assert error.hint.endswith(".")
    assert said.endswith(error.hint)
    assert getattr(error, "url", url) in said
    return error


@pytest.fixture
def server() -> Iterator[SimulatedServer]:
    with SimulatedServer(Rules(lambda _: say("Hello.")), api_key="right") as running:
        yield running


def test_an_address_at_which_nothing_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    error = ask(f"http://127.0.0.1:{port}/v1")
    assert isinstance(error, ConnectionFailed)
    assert "Start the server, or correct base_url" in error.hint


def test_a_host_that_does_not_exist() -> None:
    error = ask("http://no-such-host.invalid:8000/v1")
    assert isinstance(error, ConnectionFailed)
    assert "AGENTKIT_BASE_URL" in error.hint


@pytest.mark.parametrize("path", ["", "/v2", "/v1/chat"])
@pytest.mark.parametrize("model", [None, MODEL])
def test_a_wrong_path(server: SimulatedServer, path: str, model: str | None) -> None:
    error = ask(server.url.removesuffix("/v1") + path, api_key="right", model=model)
    assert isinstance(error, RequestRefused)
    assert "usually ends in /v1" in error.hint


def test_the_address_of_the_requests_themselves(server: SimulatedServer) -> None:
    with pytest.raises(ConfigurationError, match="ends in /chat/completions, which is added"):
        Backend.vllm(f"{server.url}/chat/completions")


@pytest.mark.parametrize("key", [None, "wrong"])
def test_a_missing_or_wrong_key(server: SimulatedServer, key: str | None) -> None:
    error = ask(server.url, api_key=key)
    assert isinstance(error, AuthenticationFailed)
    assert "AGENTKIT_API_KEY" in error.hint
    assert "wrong" not in str(error)


@pytest.mark.parametrize(
    "name",
    [name for name in DIALECTS if name not in ("llamacpp", "llamacpp_strict", "sglang", "openai_compatible")],
)
def test_a_wrong_model(name: str) -> None:
    with SimulatedServer(Rules(lambda _: say("Hello.")), dialect=name) as running:
        error = ask(running.url, model="mistral-9")
    assert isinstance(error, ModelNotFound)
    assert "mistral-9" in str(error)


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("model", [MODEL])
def test_a_server_that_still_loads_its_model(name: str, model: str) -> None:
    with SimulatedServer(Rules(lambda _: fail(503, "Loading model")), dialect=name) as running:
        error = ask(running.url, model=model)
    assert isinstance(error, Overloaded)
    assert "still loading" in error.hint


def test_a_server_that_is_done_loading_a_moment_later_costs_the_run_nothing() -> None:
    turns = iter([fail(503, "Loading model"), fail(503, "Loading model"), say("Hello.")])
    with SimulatedServer(Rules(lambda _: next(turns)), dialect="llamacpp") as running:
        backend = Backend.llamacpp(running.url, retry=RetryPolicy(first_delay=0.001))
        result = Agent(backend=backend).run_sync("Hello")
    assert (result.output, result.retries) == ("Hello.", 2)


class _Pages(http.server.BaseHTTPRequestHandler):
    """A web server that is no model server."""

    def do_GET(self) -> None:
        body = b"<html><title>Welcome to nginx!</title><body>It works.</body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def pages(certificate: Path | None = None) -> Iterator[str]:
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        web.socket = context.wrap_socket(web.socket, server_side=True)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"{'http' if certificate is None else 'https'}://127.0.0.1:{web.server_port}/v1"
    finally:
        web.shutdown()
        web.server_close()
        thread.join()


@pytest.mark.parametrize("model", [None, MODEL])
def test_a_web_server_that_is_no_model_server(model: str | None) -> None:
    with pages() as url:
        error = ask(url, model=model)
    assert isinstance(error, ProtocolError)
    assert "OpenAI-compatible server" in error.hint


def test_a_certificate_that_nobody_trusts(certificate: Path) -> None:
    with pages(certificate) as url:
        error = ask(url)
    assert isinstance(error, ConnectionFailed)
    assert "TLS" in str(error)
    assert "ca_bundle" in error.hint


def test_a_private_certificate_is_trusted_where_it_is_given(certificate: Path) -> None:
    with pages(certificate) as url:
        assert isinstance(ask(url, ca_bundle=certificate), ProtocolError)


def test_https_where_the_server_speaks_http(server: SimulatedServer) -> None:
    error = ask(server.url.replace("http:", "https:"), api_key="right")
    assert isinstance(error, ConnectionFailed)
    assert "http://" in error.hint


def test_a_bundle_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    for path in (tmp_path / "no.pem", tmp_path / "missing.pem"):
        with pytest.raises(ConfigurationError, match="PEM"):
            Agent(backend=Backend.vllm("https://host/v1", ca_bundle=path)).run_sync("Hello")


@pytest.mark.parametrize("url", ["localhost:8000/v1", "ftp://host/v1", "", "http://", "http://host:99999/v1"])
def test_what_is_no_address_is_found_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ConfigurationError, match="http://host:8000/v1"):
        Backend.vllm(url)


def test_no_server_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGENTKIT_BASE_URL", raising=False)
    with pytest.raises(MissingBackend, match="AGENTKIT_BASE_URL"):
        Agent().run_sync("Hello")


def test_an_unknown_kind_of_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_BASE_URL", "http://host:8000/v1")
    monkeypatch.setenv("AGENTKIT_SERVER", "vlm")
    with pytest.raises(ConfigurationError, match="sglang"):
        Backend.from_env()


@pytest.mark.parametrize(
    "name",
    ["vllm", "sglang", "nim", "llamacpp", "ollama", "transformers", "mistral_api", "openai_compatible"],
)
def test_every_kind_of_server_has_a_name_and_a_constructor(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("AGENTKIT_BASE_URL", "http://host:8000/v1")
    monkeypatch.setenv("AGENTKIT_SERVER", name)
    assert Backend.from_env().profile is getattr(Backend, name)("http://host:8000/v1").profile
