"""The pages in docs/backends say what the profiles say."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from agentkit.backends.catalog import PROFILES
from agentkit.backends.describe import server_page

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "backends"
PAGES = runpy.run_path(str(FOLDER / "make.py"))["pages"]()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_is_what_the_profile_says_now(path):
    assert path.read_text("utf-8") == PAGES[path], "run `make docs-backends`"


def test_no_page_is_left_of_a_server_that_is_gone():
    assert {path.name for path in FOLDER.glob("*.md")} == {path.name for path in PAGES}


def test_the_page_of_vllm_names_the_cure_of_the_pair_that_fails_every_request():
    page = server_page(PROFILES["vllm"])
    assert '`pip install "mistral-common<1.13"`' in page
    assert "force_tool_names" in page
    assert "--tool-call-parser mistral" in page
