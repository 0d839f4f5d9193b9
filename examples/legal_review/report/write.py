"""Writing a review's files: everything is rendered first, and each file appears whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from agentkit.errors import InputError
from agentkit.protocol.images import ImageData
from examples.legal_review.model import Review
from examples.legal_review.report.html import render_html

FORMATS = ("json", "html", "csv")


def write_report(
    review: Review,
    directory: Path,
    *,
    formats: Sequence[str] = FORMATS,
    page_images: Mapping[int, ImageData] | None = None,
) -> list[Path]:
    """Write `review.json`, `report.html` and `findings.csv`.

    Args:
        review: What to write.
        directory: Made where there is none.
        formats: Some of `json`, `html`, `csv`.
        page_images: Pictures of pages, by number.

    Raises:
        InputError: A format is unknown, or the folder cannot be written.
    """
    render: dict[str, tuple[str, Callable[[], str]]] = {
        "json": ("review.json", lambda: review.model_dump_json(indent=1)),
        "html": ("report.html", lambda: render_html(review, page_images or {})),
        "csv": ("findings.csv", lambda: render_csv(review)),
    }
    unknown = [each for each in formats if each not in render]
    if unknown or not formats:
        raise InputError(
            f"There is no format {', '.join(unknown) or '(none)'}.", hint=f"Known: {', '.join(render)}."
        )
    rendered = [(directory / render[each][0], render[each][1]()) for each in dict.fromkeys(formats)]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path, text in rendered:
            _write(path, text)
    except OSError as error:
        raise InputError(
            f"{directory} cannot be written: {error.strerror}.", hint="Choose another --out."
        ) from None
    return [path for path, _ in rendered]


def render_csv(review: Review) -> str:
    """Return one row a finding."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [
            "id",
            "rule",
            "category",
            "title",
            "status",
            "risk",
            "rationale",
            "quotes",
            "pages",
            "sections",
            "match",
            "effort",
            "decided by",
        ]
    )
    for finding in review.findings:
        row = [
            finding.id, finding.rule_id, finding.category, finding.title, finding.status, finding.risk, finding.rationale,
            " | ".join(" ".join(span.quote.split()) for span in finding.spans),
            ", ".join(str(span.page) for span in finding.spans if span.page), ", ".join(span.section or "" for span in finding.spans),
            ", ".join(span.match for span in finding.spans), finding.effort, finding.decided_by,
        ]  # fmt: skip
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: str) -> str:
    """Keep a spreadsheet from taking contract text for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _write(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
