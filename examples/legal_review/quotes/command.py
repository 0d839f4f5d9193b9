"""`verify --text FILE < quotes.jsonl`: does each quote stand in the document?"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agentkit.errors import AgentKitError
from examples.legal_review.document.read import read
from examples.legal_review.quotes.verify import Source


def run_verify(argv: Sequence[str]) -> int:
    """Read one JSON object a line from standard input, of which only `quote` is used, and answer each with one line.

    An answer has `accepted`, `match` (exact, folded, loose or null), `start` and `end`: characters of the extracted text,
    which `--dump` prints. A line that is no quote is answered too, with `error`, so that answers and lines stay aligned.

    Returns:
        0, or 2 where the document or a line could not be read.
    """
    options = _parser().parse_args(argv)
    try:
        text = read(options.text).text
    except AgentKitError as error:
        print(f"legal_review: {error}", file=sys.stderr)
        return 2
    if options.dump:
        sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))
        sys.stdout.buffer.flush()
        return 0
    source = Source(text)
    status = 0
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        quote, problem = _quote(line)
        if problem:
            print(f"legal_review: line {number}: {problem}", file=sys.stderr)
            status = 2
        print(json.dumps(_answer(source, quote, problem)), flush=True)
    return status


def _answer(source: Source, quote: str, problem: str) -> dict[str, Any]:
    if problem:
        return {"accepted": False, "match": None, "start": None, "end": None, "error": problem}
    verdict = source.verify(quote)
    answer: dict[str, Any] = {
        "accepted": verdict.accepted,
        "match": verdict.match,
        "start": verdict.start,
        "end": verdict.end,
    }
    if len(verdict.parts) > 1:
        answer["parts"] = verdict.parts
    if not verdict.accepted:
        answer["reason"] = verdict.reason
    return answer


def _quote(line: bytes) -> tuple[str, str]:
    """Return the quote of a line, and what is wrong with the line."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return "", f"no JSON ({error})"
    if not isinstance(row, dict) or not isinstance(row.get("quote"), str):
        return "", "no object with a text `quote`"
    return row["quote"], ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m examples.legal_review verify",
        description="Check quotes against a document. Reads JSON lines with `quote`, writes one JSON line for each.",
    )
    parser.add_argument("--text", type=Path, required=True, metavar="FILE", help=".txt, .md, .pdf or .docx")
    parser.add_argument(
        "--dump", action="store_true", help="print the extracted text, to which start and end refer, and stop"
    )
    return parser
