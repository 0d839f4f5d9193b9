"""The tutorials' code runs as written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from agentkit import Backend
from agentkit.testing import Script, SimulatedServer, call, say, say_json
from examples.legal_review.cli import main as review

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


SAID = {"first-agent": ("Paris.", "True below the minimum", "high cue")}
"""What a page's blocks print, among other things."""


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "learn").glob("*.md")), ids=lambda page: page.stem)
def test_every_block_of_a_tutorial_runs_in_order(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"__name__": "tutorial"}
    blocks = BLOCK.findall(page.read_text("utf-8"))
    assert blocks
    for block in blocks:
        exec(compile(block, str(page), "exec", dont_inherit=True), names)
    printed = capsys.readouterr().out
    for words in SAID.get(page.stem, ()):
        assert words in printed
    for server in (value for value in names.values() if isinstance(value, SimulatedServer)):
        assert server.brain.assert_complete() is None  # type: ignore[attr-defined]


def test_the_readmes_agent_has_ten_lines_and_does_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    block = BLOCK.findall(README)[0]
    lines = [
        line for line in block.splitlines() if line.strip() and not line.startswith(("from ", "import "))
    ]
    assert len(lines) == 10
    asked: list[str] = []

    class Contracts:
        def search(self, topic: str) -> str:
            asked.append(topic)
            return "The liability is unlimited."

    risk = {"clause": "liability", "severity": "high"}
    script = Script(
        call("find_clause", {"topic": "liability"}), say("I have it."), say_json({"result": [risk]})
    )
    with SimulatedServer(script) as server:
        assert block.count("http://gpu:8000/v1") == 1
        code = compile(
            block.replace("http://gpu:8000/v1", server.url), "README.md", "exec", dont_inherit=True
        )
        exec(code, {"contracts": Contracts(), "__name__": "readme"})
    first, explained = capsys.readouterr().out.splitlines()
    assert asked == ["liability"]
    assert first == "high"
    assert "called find_clause once" in explained


def test_the_readme_shows_what_the_demo_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pypdfium2", reason="the demo reads a PDF: extra `documents`")
    assert review(["review", "--offline", "--out", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    printed = [line.strip() for line in (captured.out + captured.err).splitlines()]
    shown = README.partition("$ make demo\n")[2].partition("\n\n")[0].splitlines()
    for line in (line.strip() for line in shown):
        if line not in ("...", "build/demo/report.html"):
            assert line in printed
    assert (tmp_path / "report.html").exists()


def test_every_command_and_link_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"[a-z-]+", makefile.partition(".PHONY:")[2].partition("\n")[0])) <= targets
    for page in (README, (ROOT / "CONTRIBUTING.md").read_text("utf-8")):
        assert set(re.findall(r"(?m)(?:^    |`|\$ |=\S+ )make ([a-z-]+)", page)) <= targets
        for link in re.findall(r"\]\(([^)#]+)\)", page):
            assert link.startswith("https://") or (ROOT / link).exists()
    for name in re.findall(r"Backend\.(\w+)\(", README):
        assert callable(getattr(Backend, name))
