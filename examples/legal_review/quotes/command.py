"""`verify`: the quote verifier as a command."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from examples.legal_review.document.read import read
from examples.legal_review.quotes.verify import Source


def run_verify(argv: list[str]) -> int:
    """Verify quotes from standard input, a JSON line each, against a document.

    Prints a JSON line for each: `accepted`, `match`, `start`, `end` (characters of the extracted text).
    """
    parser = argparse.ArgumentParser(prog="legal_review verify", description=run_verify.__doc__)
    parser.add_argument(
        "--text", type=Path, required=True, metavar="FILE", help="the document: .txt, .pdf, .docx, .md"
    )
    parser.add_argument(
        "--dump", action="store_true", help="print the extracted text, which the offsets count"
    )
    arguments = parser.parse_args(argv)
    document = read(arguments.text)
    if arguments.dump:
        sys.stdout.write(document.text)
        return 0
    source = Source(document.text)
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            quote = json.loads(line)["quote"]
            if not isinstance(quote, str):
                raise TypeError("quote is no text")
        except (ValueError, KeyError, TypeError) as error:
            print(f"line {number}: no JSON object with a quote ({error})", file=sys.stderr)
            answer: dict[str, object] = {
                "accepted": False,
                "match": None,
                "start": None,
                "end": None,
                "error": "no quote",
            }
        else:
            verdict = source.verify(quote)
            answer = {
                "accepted": verdict.accepted,
                "match": verdict.match,
                "start": verdict.start,
                "end": verdict.end,
            }
        print(json.dumps(answer), flush=True)
    return 0
