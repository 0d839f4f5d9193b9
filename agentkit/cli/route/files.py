"""Reading rows from files, and writing files whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from agentkit._util.reason import reason_of
from agentkit.errors import InputError
from agentkit.router.rows import Row, read_rows


def load_rows(paths: Sequence[Path]) -> list[Row]:
    """Read labelled rows and traces from files; a folder stands for its `*.jsonl`.

    Raises:
        InputError: A file cannot be read, or a line is no row; the message names both.
    """
    lines = Lines(paths)
    with lines.named():
        return list(read_rows(lines))


class Lines:
    """The lines of several files, one after another; a folder stands for its `*.jsonl`.

    Iterating raises `InputError` where a file cannot be read.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._path: Path | None = None
        self._before = 0
        """Lines of the files before this one."""

    def __iter__(self) -> Iterator[str]:
        read = 0
        for path in _files(self._paths):
            self._path, self._before = path, read
            try:
                with path.open(encoding="utf-8-sig") as lines:
                    for line in lines:
                        read += 1
                        yield line
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(f"{path} cannot be read: {reason_of(error)}.") from error

    @contextmanager
    def named(self) -> Generator[None, None, None]:
        """Let an error about "Line N" of all the lines say which line of which file that is."""
        try:
            yield
        except InputError as error:
            found = re.match(r"Line (\d+): ", error.message)
            if found is None:
                raise
            place = f"{self._path}, line {int(found[1]) - self._before}: "
            raise InputError(place + error.message[found.end() :], hint=error.hint) from error


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
        raise InputError(f"{path} cannot be written: {reason_of(error)}.") from error
