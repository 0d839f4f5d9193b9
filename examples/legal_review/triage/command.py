"""`triage`: CUAD-style findings for a folder of contracts."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from agentkit.errors import InputError
from examples.legal_review.triage.locate import locate


def run_triage(argv: list[str]) -> int:
    """Locate clauses in every .txt file of a folder, by rules, without a model."""
    parser = argparse.ArgumentParser(prog="legal_review triage", description=run_triage.__doc__)
    parser.add_argument(
        "--dir", type=Path, required=True, metavar="TXT_DIR", help="a folder of contracts as .txt"
    )
    parser.add_argument("--out", type=Path, required=True, help="findings, a JSON line each")
    arguments = parser.parse_args(argv)
    if not arguments.dir.is_dir():
        raise InputError(f"There is no folder {arguments.dir}.", hint="Give a folder of .txt files.")
    files = sorted(arguments.dir.glob("*.txt"))
    if not files:
        raise InputError(f"{arguments.dir} holds no .txt files.", hint="Give a folder of contracts as text.")
    lines: list[str] = []
    for number, file in enumerate(files, 1):
        text = file.read_bytes().decode("utf-8", "replace")
        for place in locate(text):
            finding = {
                "contract_id": file.stem,
                "category": place.category,
                "quote": text[place.start : place.end],
                "start": place.start,
                "end": place.end,
                "score": place.score,
            }
            lines.append(json.dumps(finding, ensure_ascii=False))
        print(f"{number}/{len(files)} {file.name}", file=sys.stderr)
    _write(arguments.out, "".join(f"{line}\n" for line in lines))
    print(f"{len(lines)} places in {len(files)} contracts: {arguments.out}", file=sys.stderr)
    return 0


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror}.", hint="Choose another --out."
        ) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
