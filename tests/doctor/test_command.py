"""`agentkit doctor` as a user runs it."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.backends.findings import read_capabilities
from agentkit.cli import main
from agentkit.doctor.probes import PROBES
from agentkit.errors import ConfigurationError
from agentkit.testing import FaultyProxy, Rules, SimulatedServer, fail, say
from agentkit.testing.zoo import ZOO

Servers = Callable[[str], SimulatedServer]
ENVIRONMENT = ("AGENTKIT_BASE_URL", "AGENTKIT_MODEL", "AGENTKIT_API_KEY", "AGENTKIT_PROXY")


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


def test_a_clean_server_gives_a_table_and_exit_code_0(
    servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", servers("vllm").url, "--api-key", "secret"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "vllm 0.32.0 · mistralai/Mistral-Small-4-119B-2603 · 262,144 tokens" in out
    assert re.search(r"✓ kind +vllm 0\.32\.0", out)
    assert re.search(
        r"\d+ proved, 0 refuted, \d+ undecided: \d+ probes, \d+ requests, [\d.]+ s\.$", out.strip()
    )
    assert "\x1b" not in out
    assert "secret" not in out
    assert max(len(line) for line in out.splitlines()) <= 100


def test_headers_open_the_door_and_are_shown_nowhere(
    servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    server = servers("vllm")
    before = len(server.requests)
    headers = ["--header", "Authorization: Bearer secret", "--header", "x-tenant:legal-7"]
    assert main(["doctor", server.url, *headers, "--only", "server", "--json"]) == 0
    out = capsys.readouterr().out
    found = {item["id"]: item["outcome"] for item in json.loads(out)["findings"]}
    assert found["server.key"] == "proved"
    assert "secret" not in out
    assert "legal-7" not in out
    assert {request.headers.get("x-tenant") for request in server.requests[before:]} == {"legal-7"}


def test_a_key_in_a_header_of_its_own_leaves_open_whether_a_wrong_one_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with SimulatedServer(Rules(lambda request: say("Good day to you.")), dialect="vllm") as server:
        main(
            [
                "doctor",
                server.url,
                "--header",
                "x-key: k",
                "--api-key",
                "k2",
                "--only",
                "server.key",
                "--json",
            ]
        )
    found = {item["id"]: item for item in json.loads(capsys.readouterr().out)["findings"]}
    assert found["server.key"]["outcome"] == "undecided"
    assert "header" in found["server.key"]["said"]


@pytest.mark.parametrize("how", ["option", "environment"])
def test_a_proxy_is_asked_for_every_page(
    how: str, servers: Servers, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = servers("vllm").url.removesuffix("/v1")  # it takes the form in which proxies are asked, too
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    option = ["--proxy", proxy] if how == "option" else []
    if not option:
        monkeypatch.setenv("AGENTKIT_PROXY", proxy)
    asked = ["doctor", "http://model.invalid/v1", "--api-key", "secret", "--only", "server.kind", "--json"]
    assert main([*asked, *option]) == 0
    assert json.loads(capsys.readouterr().out)["server"] == "vllm"


def test_a_fault_gives_exit_code_1_and_says_what_to_do(
    servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    with FaultyProxy(servers("vllm").url, ZOO["mistral_common_too_new"]) as proxy:
        assert main(["doctor", proxy.url, "--api-key", "secret"]) == 1
    out = capsys.readouterr().out
    assert "What to do" in out
    assert "pip install 'mistral-common<1.13'" in " ".join(out.split())


def test_the_capability_file_is_read_back_as_it_was(
    servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "capabilities.json"
    url = servers("llamacpp").url
    assert main(["doctor", url, "--api-key", "secret", "--json", "--out", str(path), "--only", "chat"]) == 0
    printed = capsys.readouterr().out
    assert printed == path.read_text("utf-8")
    made = read_capabilities(path)
    assert made.to_json() == printed
    assert made.server == "llamacpp"
    assert {finding.id for finding in made.findings} >= {"chat.stop", "chat.answers", "server.kind"} - {
        "server.kind"
    }
    assert "secret" not in printed


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "format"), ('{"format": "agentkit-capabilities/9"}', "format"), ("[]", "format")],
)
def test_a_file_that_is_none_is_said_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "capabilities.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=said) as caught:
        read_capabilities(path)
    assert "agentkit doctor" in caught.value.hint
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_capabilities(tmp_path / "missing.json")


def test_a_difference_for_the_worse_is_exit_code_1(
    servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    server = servers("vllm")
    main(["doctor", server.url, "--api-key", "secret", "--only", "chat", "--out", str(good)])
    with FaultyProxy(server.url, ZOO["stop_ignored"]) as proxy:
        main(["doctor", proxy.url, "--api-key", "secret", "--only", "chat", "--out", str(bad)])
    capsys.readouterr()
    assert main(["doctor", "--diff", str(good), str(bad)]) == 1
    out = capsys.readouterr().out
    assert "✗ chat.stop: proved → refuted" in out
    assert "1 for the worse" in out
    assert main(["doctor", "--diff", str(bad), str(good)]) == 0
    assert "✓ chat.stop: refuted → proved" in capsys.readouterr().out
    assert main(["doctor", "--diff", str(good), str(good)]) == 0
    assert "Nothing changed." in capsys.readouterr().out


def test_the_probes_are_listed_with_their_questions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(PROBES) >= 40
    assert all(line.endswith("?") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["not a url"], 2, "no http"),
        (["http://user:pw@localhost:1/v1"], 2, "credentials"),
        ([], 2, "no server to examine"),
        (["{url}", "--only", "nonsense"], 2, "no probe 'nonsense'"),
        (["{url}"], 3, "401"),
        (["{url}", "--header", "no colon"], 2, "no colon"),
        (["{url}", "--header", "a: 1", "--header", "A: 2"], 2, "twice"),
        (["{url}", "--header", "Authorization: x", "--api-key", "y"], 2, "twice"),
        (["{url}", "--proxy", "nonsense"], 2, "no http"),
        (["{url}", "--api-key", "secret", "--proxy", "http://127.0.0.1:9"], 3, "proxy|Nothing listens"),
        (["{url}", "--api-key", "secret", "--model", "gpt-9"], 3, "gpt-9"),
        (["{url}/wrong/path", "--api-key", "secret"], 3, "no list of models"),
        (["https://127.0.0.1:{port}/v1", "--api-key", "secret"], 3, "TLS|connection"),
    ],
)
def test_bad_input_ends_in_one_sentence(
    arguments: list[str], code: int, said: str, servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    url = servers("vllm").url
    port = url.split(":")[2].split("/")[0]
    assert main(["doctor", *(item.format(url=url, port=port) for item in arguments)]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(said, err, re.IGNORECASE), err
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err


def test_no_server_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert main(["doctor", f"http://127.0.0.1:{port}/v1"]) == 3
    assert "Nothing listens" in capsys.readouterr().err


def test_a_server_that_is_still_loading_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    loading = Rules(lambda request: fail(503, "Loading model", retry_after="0"))
    with SimulatedServer(loading, dialect="llamacpp") as server:
        assert main(["doctor", server.url]) == 3
    assert "still loading" in capsys.readouterr().err


def test_a_url_without_v1_is_found(servers: Servers, capsys: pytest.CaptureFixture[str]) -> None:
    url = servers("vllm").url
    assert (
        main(["doctor", url.removesuffix("/v1"), "--api-key", "secret", "--only", "server.models", "--json"])
        == 0
    )
    assert json.loads(capsys.readouterr().out)["url"] == url


def test_a_model_that_always_says_the_same_refutes_nothing_that_only_words_could_show(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with SimulatedServer(
        Rules(lambda request: say("Well, hello there, my friend.")), dialect="openai_compatible"
    ) as server:
        main(["doctor", server.url, "--only", "chat", "--json"])
    found = {item["id"]: item["outcome"] for item in json.loads(capsys.readouterr().out)["findings"]}
    assert "refuted" not in found.values()
    assert found["chat.follows"] == found["chat.characters"] == "undecided"


def test_an_unknown_kind_of_server_is_wrong_usage_and_asks_nothing(
    servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    server = servers("vllm")
    before = len(server.requests)
    assert main(["doctor", server.url, "--server", "llama.cpp"]) == 2
    assert "Known servers: llamacpp," in capsys.readouterr().err
    assert len(server.requests) == before
