"""Reading rows from files, and writing files whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from agentkit.errors import InputError
from agentkit.router.rows import Row, read_rows


def load_rows(paths: Sequence[Path]) -> list[Row]:
    """Read labelled rows and traces from files; a folder stands for its `*.jsonl`.

    Raises:
        InputError: A file cannot be read, or a line is no row; the message names both.
    """
    return list(read_rows(read_lines(paths)))


def read_lines(paths: Sequence[Path]) -> Iterator[str]:
    """Yield the lines of files; a folder stands for its `*.jsonl`.

    Raises:
        InputError: A file cannot be read.
    """
    for path in _files(paths):
        try:
            with path.open(encoding="utf-8-sig") as lines:
                yield from lines
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path} cannot be read: {error}.") from error


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(path.glob("*.jsonl"))
            if not found:
                raise InputError(f"{path} holds no *.jsonl file.")
            yield from found
        else:
            yield path


def write_whole(path: Path, text: str) -> None:
    """Write a file in one move, so that nothing half-written is left behind.

    Raises:
        InputError: It cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)  # noqa: PTH105 - the atomic one
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error}.") from error
