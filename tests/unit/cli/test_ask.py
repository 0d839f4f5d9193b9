"""`agentkit ask` as a shell sees it."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from agentkit.cli import main
from agentkit.testing import Script, SimulatedServer, say

VARIABLES = ("AGENTKIT_BASE_URL", "AGENTKIT_SERVER", "AGENTKIT_MODEL", "AGENTKIT_API_KEY")


@pytest.fixture(autouse=True)
def _no_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def test_the_embedded_server_answers_only_when_it_is_asked_for_and_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ask", "--embedded", "Is anyone there?"]) == 0
    out, err = capsys.readouterr()
    assert "no language model" in out
    assert "No language model is involved" in err.splitlines()[0]
    assert main(["ask", "Is anyone there?"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "AGENTKIT_BASE_URL" in err


def test_a_mistyped_address_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "hello"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "Nothing listens" in err


def test_what_is_given_goes_before_the_environment_and_the_rest_comes_from_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AGENTKIT_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("AGENTKIT_SERVER", "llamacpp")
    monkeypatch.setenv("AGENTKIT_API_KEY", "key-1")
    with SimulatedServer(Script(say("one"), say("two")), api_key="key-1", model="mine") as server:
        assert main(["ask", "--quiet", "--base-url", server.url, "--model", "mine", "hello"]) == 0
        assert main(["ask", "--quiet", "--base-url", server.url, "--server", "vllm", "hello"]) == 0
    assert capsys.readouterr() == ("one\ntwo\n", "")
    assert [request.body["model"] for request in server.chat_requests] == ["mine", "mine"]


def test_an_unknown_kind_of_server_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["ask", "--server", "vlllm", "hello"])
    assert caught.value.code == 2
    assert "vllm" in capsys.readouterr().err


def test_the_prompt_may_come_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a long question")))
    assert main(["ask", "--embedded", "--quiet", "-"]) == 0
    assert "a long question" in capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff"), encoding="utf-8"))
    assert main(["ask", "--embedded", "--quiet", "-"]) == 2
    assert "Standard input is not UTF-8" in capsys.readouterr().err


def test_a_long_thought_is_shown_by_a_few_dots(capsys: pytest.CaptureFixture[str]) -> None:
    with SimulatedServer(Script(say("Yes.", think="One more word of it. " * 400))) as server:
        assert main(["ask", "--base-url", server.url, "--server", "vllm", "--effort", "high", "hello"]) == 0
    out, err = capsys.readouterr()
    assert out == "Yes.\n"
    assert "thinking ....." in err
    assert "." * 100 not in err


def test_a_reader_that_goes_away_leaves_no_traceback() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "agentkit", "ask", "--embedded", "hello"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    os.close(writer)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
