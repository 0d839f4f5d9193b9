"""The report: self-contained, escaped, and whole or not there."""

from __future__ import annotations

import base64
import csv
import datetime
import hashlib
import io
import re
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agentkit.errors import InputError
from examples.legal_review.model import DocInfo, Finding, KeyDate, Obligation, RejectedClaim, Review, Span
from examples.legal_review.report.html import render_html
from examples.legal_review.report.write import render_csv, write_report

EVIL = '</script><img src="https://x.example/p.png" onerror="alert(1)"> \u202egnp.exe\u200b =1+1 ©'
TEXT = f"1. First. {EVIL} 2. Second clause of the text.\n\f\n"


def span(start: int, end: int, page: int | None = 1) -> Span:
    return Span(
        quote=TEXT[start:end],
        start=start,
        end=end,
        match="exact",
        sentence=TEXT[start:end],
        page=page,
        section=EVIL,
        source_sha256="0",
    )


def finding(number: int, *spans: Span) -> Finding:
    return Finding(
        id=f"F{number}", rule_id="r", category=EVIL, title=EVIL, status="deviates", risk="high", rationale=EVIL, spans=spans,
        position=EVIL, fallback=(EVIL,), walk_away=(EVIL,), sample_clause=EVIL, owner=EVIL, note=EVIL,
    )  # fmt: skip


def review() -> Review:
    return Review(
        created=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        offline=False,
        document=DocInfo(
            name=EVIL,
            kind="pdf",
            sha256="ab",
            characters=len(TEXT),
            pages=2,
            image_pages=(2,),
            comments=(EVIL,),
            warnings=(EVIL,),
        ),
        playbook=EVIL,
        side=EVIL,
        contract_type=EVIL,
        findings=(finding(1, span(0, 30), span(50, 60)), finding(2, span(10, 40))),
        dates=(KeyDate(kind="expiry", date=None, label=EVIL, rule=EVIL, span=span(0, 9)),),
        obligations=(Obligation(party=EVIL, action=EVIL, due=EVIL, span=span(0, 9)),),
        rejected=(RejectedClaim(rule_id="r", quote=EVIL, reason=EVIL, nearest=(EVIL,)),),
        unanswered=(f"r: {EVIL}",),
        text=TEXT,
        page_starts=(0, len(TEXT)),
    )


class Tags(HTMLParser):
    """Collects tags with their attributes, and ids."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_nothing_of_the_contract_becomes_markup_and_nothing_is_fetched() -> None:
    page = render_html(review(), {})
    tags = Tags(page).found
    assert sum(tag == "script" for tag, _ in tags) == 1
    assert not [tag for tag, _ in tags if tag in ("img", "link", "iframe", "object", "base", "form")]
    assert not [
        name
        for _, attributes in tags
        for name in attributes
        if name.startswith("on") or name in ("src", "style")
    ]
    assert not [each["href"] for _, each in tags if not str(each.get("href", "#")).startswith("#")]
    assert "\u202e" not in page
    assert "[U+202E]" in page
    assert "\u200b" not in page


def test_the_policy_allows_only_the_pages_own_script_and_style() -> None:
    page = render_html(review(), {})
    policy = next(
        str(each["content"])
        for _, each in Tags(page).found
        if each.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'")
    for kind, tag in (("script-src", "script"), ("style-src", "style")):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert body is not None
        digest = base64.b64encode(hashlib.sha256(body[1].encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy


def test_marks_and_findings_are_linked_both_ways_and_every_link_has_a_target() -> None:
    tags = Tags(render_html(review(), {})).found
    ids = [str(each["id"]) for _, each in tags if "id" in each]
    assert len(ids) == len(set(ids))
    assert {str(each["href"])[1:] for _, each in tags if "href" in each} <= set(ids)
    marks = [str(each["data-findings"]) for tag, each in tags if tag == "a" and "data-findings" in each]
    assert "F1 F2" in marks
    assert {"mark-F1-1", "mark-F1-2", "mark-F2-1", "page-2"} <= set(ids)


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    evil = review().model_copy(
        update={
            "findings": (
                finding(1, span(0, 30)).model_copy(update={"rationale": " =HYPERLINK(1)", "title": "@x"}),
            )
        }
    )
    rows = list(csv.reader(io.StringIO(render_csv(evil))))
    assert len(rows) == 2
    assert not [cell for cell in rows[1] if cell.lstrip().startswith(("=", "@", "+", "-"))]


def test_a_quote_that_does_not_stand_in_the_text_cannot_be_put_into_a_review() -> None:
    wrong = span(0, 9).model_copy(update={"quote": "something else"})
    with pytest.raises(ValidationError, match="does not stand"):
        Review.model_validate({**review().model_dump(), "findings": [finding(1, wrong).model_dump()]})
    with pytest.raises(ValidationError, match="without saying what was searched"):
        Finding(id="F1", rule_id="r", category="c", title="t", status="missing", risk="none", rationale="x")


def test_when_one_file_cannot_be_written_none_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, made = tempfile.mkstemp, []

    def full(**options: Any) -> tuple[int, str]:
        made.append(options)
        if len(made) == 3:
            raise OSError(28, "No space left on device")
        return real(**options)

    monkeypatch.setattr(tempfile, "mkstemp", full)
    with pytest.raises(InputError, match="No space left"):
        write_report(review(), tmp_path / "out")
    assert not (tmp_path / "out").exists()
