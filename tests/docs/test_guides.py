"""The guides' code runs as written, and prints what the guide says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from agentkit.testing import SimulatedServer

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def run_page(name: str) -> dict[str, Any]:
    page = ROOT / "docs" / "guides" / name
    names: dict[str, Any] = {"__name__": "guide"}
    for block in BLOCK.findall(page.read_text("utf-8")):
        exec(compile(block, str(page), "exec"), names)
    return names


def test_the_guide_to_effort_does_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    names = run_page("effort.md")
    printed = capsys.readouterr().out
    assert "effort none" in printed
    assert "effort high" in printed
    assert "the answer doubts itself" in printed
    assert "Clause 9." in printed
    learned = re.search(r"expected (\d\.\d+) by its text, (\d\.\d+) by what was learned", printed)
    assert learned is not None
    assert float(learned[2]) > float(learned[1])
    assert "2 traces" in printed  # the run's, and again with the feedback
    assert "True planning: effort high" in printed
    assert isinstance(names["server"], SimulatedServer)
    assert names["elsewhere"].export() == names["router"].store.export()
    for store in (names["elsewhere"], names["router"].store, names["budget"].ledger):
        store.close()
