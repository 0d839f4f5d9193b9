"""The reviewer's tools, as a model calls them."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

import pytest

from agentkit import Image, RetryTool, RunContext
from examples.legal_review import tools
from examples.legal_review.document.read import read
from examples.legal_review.playbook import load_playbook
from examples.legal_review.tools import Desk, desk_for

PDF = (
    Path(__file__).resolve().parents[2]
    / "examples"
    / "legal_review"
    / "contracts"
    / "northwind-saas-agreement.pdf"
)


@pytest.fixture
def context() -> RunContext[Desk]:
    pytest.importorskip("pypdfium2", reason="reading PDF files needs the extra `documents`")
    desk = desk_for(read(PDF), load_playbook(Path("saas-customer")), most_chars=2_000)
    return RunContext(
        deps=desk, run_id="r", agent="a", call_id="c", tool_name="t", step=1, deadline=None, spend=lambda usage: None
    )  # fmt: skip


def test_the_outline_gives_ids_that_read_section_takes(context: RunContext[Desk]) -> None:
    lines = tools.get_outline(context).splitlines()
    assert "9.2: Cap" in lines
    for line in lines:
        assert tools.read_section(context, line.partition(":")[0])
    assert "three (3) months" in tools.read_section(context, "9.2")
    with pytest.raises(RetryTool, match="get_outline"):
        tools.read_section(context, "99")


def test_a_section_that_is_too_long_says_that_it_is_cut(context: RunContext[Desk]) -> None:
    text = tools.read_section(context, "4")
    assert len(text) > 1_000
    assert "more characters" not in text
    small = dataclasses.replace(context, deps=dataclasses.replace(context.deps, most_chars=500))
    text = tools.read_section(small, "4")
    assert len(text) < 600
    assert "more characters: read its subsections" in text


def test_search_finds_sentences_with_their_place_and_notes_what_was_searched(
    context: RunContext[Desk],
) -> None:
    found = tools.search_text(context, "liability exceed")
    assert found.startswith("[section 9.2 Cap, page 2] Provider's aggregate liability")
    assert "No sentence" in tools.search_text(context, "escrow")
    assert context.deps.searched == [
        "the words “liability exceed”: 1 sentence",
        "the words “escrow”: nothing",
    ]
    assert context.deps.fresh().searched == []
    with pytest.raises(RetryTool):
        tools.search_text(context, "...")


def test_definitions_and_rules_are_looked_up(context: RunContext[Desk]) -> None:
    assert "all data that Customer" in tools.get_definition(context, "customer data")
    assert "Customer Data" in tools.get_definition(context, "Escrow Agent")
    assert len(tools.list_rules(context)) == 22
    assert tools.get_rule(context, "liability-cap")["bounds"]["unit"] == "fee months"
    with pytest.raises(RetryTool, match="list_rules"):
        tools.get_rule(context, "nothing")


def test_a_wrong_quote_is_answered_with_what_comes_nearest(context: RunContext[Desk]) -> None:
    assert "It stands there" in tools.find_quote(context, "Provider may use Customer's name and logo")
    with pytest.raises(RetryTool, match=r"three \(3\) months"):
        tools.find_quote(
            context, "shall not exceed the Fees paid by Customer in the nine (9) months preceding the event"
        )


def test_dates_are_reckoned_by_code(context: RunContext[Desk]) -> None:
    assert tools.date_add(datetime.date(2029, 2, 28), -90, "days") == "2028-11-30"


def test_a_page_is_shown_as_a_picture(context: RunContext[Desk]) -> None:
    said, image = tools.view_page(context, 4)
    assert said == "Page 4:"
    assert isinstance(image, Image)
    with pytest.raises(RetryTool, match="4 pages"):
        tools.view_page(context, 5)
