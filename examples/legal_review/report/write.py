"""Writing a review's files: everything is rendered first, and all files appear whole or none does."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from agentkit.errors import InputError
from examples.legal_review.model import Finding, Review
from examples.legal_review.report.html import render_html
from examples.legal_review.report.pages import Picture

FORMATS = ("json", "html", "csv")
_NAMES = {"json": "review.json", "html": "report.html", "csv": "findings.csv"}
_COLUMNS = (
    "id", "rule", "category", "title", "status", "risk", "rationale", "quotes", "pages", "sections", "match", "searched",
    "position", "owner", "effort", "decided by", "decision", "note",
)  # fmt: skip


def check_target(directory: Path) -> None:
    """Refuse a folder that cannot be written, before any work is done for it.

    Raises:
        InputError: It is a file, or no folder on the way to it may be written.
    """
    nearest = directory
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise InputError(f"{directory} is no folder that can be written.", hint="Choose another --out.")


def write_report(
    review: Review,
    directory: Path,
    *,
    formats: Sequence[str] = FORMATS,
    pictures: Mapping[int, Picture] | None = None,
) -> list[Path]:
    """Write `review.json`, `report.html` and `findings.csv`; returns the paths.

    Args:
        review: What to write.
        directory: Made where there is none.
        formats: Some of `json`, `html`, `csv`.
        pictures: Pictures of pages, by number.

    Raises:
        InputError: A format is unknown, or the folder cannot be written.
    """
    render: dict[str, Callable[[], str]] = {
        "json": lambda: review.model_dump_json(indent=1) + "\n",
        "html": lambda: render_html(review, pictures or {}),
        "csv": lambda: render_csv(review),
    }
    unknown = [each for each in formats if each not in render]
    if unknown:
        raise InputError(f"There is no format {', '.join(unknown)}.", hint=f"Known: {', '.join(FORMATS)}.")
    rendered = {directory / _NAMES[each]: render[each]() for each in formats}
    try:
        _write(directory, rendered)
    except OSError as error:
        raise InputError(
            f"{directory} cannot be written: {error.strerror}.", hint="Choose another --out."
        ) from None
    return list(rendered)


def _write(directory: Path, rendered: Mapping[Path, str]) -> None:
    """Write all files beside their places, then move them there; whatever fails, nothing half-written stays."""
    with ExitStack() as undo:
        if not directory.exists():
            directory.mkdir(parents=True)
            undo.callback(directory.rmdir)
        ready: list[tuple[Path, Path]] = []
        for path, text in rendered.items():
            handle, name = tempfile.mkstemp(dir=directory, prefix=f".{path.name}.")
            undo.callback(Path(name).unlink, missing_ok=True)
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            Path(name).chmod(0o644)
            ready.append((Path(name), path))
        for written, path in ready:
            written.replace(path)
        undo.pop_all()


def render_csv(review: Review) -> str:
    """Return one row a finding."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for finding in review.findings:
        writer.writerow([_cell(value) for value in _row(finding)])
    return out.getvalue()


def _row(finding: Finding) -> list[str]:
    spans = finding.spans
    return [
        finding.id, finding.rule_id, finding.category, finding.title, finding.status, finding.risk, finding.rationale,
        " | ".join(" ".join(span.quote.split()) for span in spans),
        ", ".join(dict.fromkeys(str(span.page) for span in spans if span.page)),
        ", ".join(dict.fromkeys(span.section for span in spans if span.section)),
        ", ".join(span.match for span in spans), "; ".join(finding.searched), finding.position, finding.owner, finding.effort,
        finding.decided_by, finding.decision, finding.note,
    ]  # fmt: skip


def _cell(value: str) -> str:
    """Keep a spreadsheet from taking contract text for a formula."""
    return (
        f"'{value}"
        if value.lstrip().startswith(("=", "+", "-", "@")) or value.startswith(("\t", "\r"))
        else value
    )
