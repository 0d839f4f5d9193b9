"""The tutorials' code runs as written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "learn").glob("*.md")), ids=lambda page: page.stem)
def test_every_block_of_a_tutorial_runs_in_order(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"__name__": "tutorial"}
    blocks = BLOCK.findall(page.read_text("utf-8"))
    assert blocks
    for block in blocks:
        exec(compile(block, str(page), "exec"), names)
    printed = capsys.readouterr().out
    assert "Paris." in printed
    assert "True below the minimum" in printed
    assert "high cue" in printed
    assert names["server"].brain.assert_complete() is None


def test_the_readmes_agent_is_ten_lines_and_compiles() -> None:
    block = BLOCK.findall((ROOT / "README.md").read_text("utf-8"))[0]
    compile(block, "README.md", "exec")
    assert "Agent(" in block
