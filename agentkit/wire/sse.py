"""Server-sent events, read from bytes as they arrive."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentkit.errors import ProtocolError
from agentkit.wire.refuse import excerpt

_FIELD = re.compile(rb"[A-Za-z][A-Za-z0-9_-]*(?::|$)")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_KNOWN = (b"event", b"id", b"retry", b"data")


class EventReader:
    """Cuts a byte stream into the data of its events.

    Takes every line end of the standard (LF, CRLF, CR), data over several lines and comments; ignores fields
    other than `data`. A line that is no field at all shows that this is no event stream.

    Args:
        max_bytes: Most bytes of one event; a longer one is a `ProtocolError`.
    """

    __slots__ = ("_after_cr", "_data", "_data_bytes", "_line", "_line_bytes", "_max_bytes")

    def __init__(self, *, max_bytes: int = 4 * 1024 * 1024) -> None:
        self._line: list[bytes] = []  # pieces of a line that has not ended yet
        self._line_bytes = 0
        self._data: list[bytes] = []
        self._data_bytes = 0
        self._after_cr = False
        self._max_bytes = max_bytes

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Take bytes and yield the data of the events that they completed; those before an error come before it.

        Raises:
            ProtocolError: The bytes are no event stream, or an event is too long.
        """
        if self._after_cr and chunk:
            self._after_cr = False
            if chunk.startswith(b"\n"):  # the second half of a CRLF
                chunk = chunk[1:]
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = chunk.split(b"\n")
        rest = lines.pop()
        if lines and self._line:
            lines[0] = b"".join((*self._line, lines[0]))
            self._line, self._line_bytes = [], 0
        if rest:
            self._line.append(rest)
            self._line_bytes += len(rest)
        if self._line_bytes > self._max_bytes:
            raise self._too_long()
        for line in lines:
            if line.startswith(b"data:"):  # nearly every line
                self._keep(line[6:] if line[5:6] == b" " else line[5:])
            elif line:
                self._take(line)
            elif self._data:
                yield self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
                self._data, self._data_bytes = [], 0

    def close(self) -> Iterator[bytes]:
        """Yield the data of an event that the end of the stream completed; not one that it cut inside its JSON."""
        self._after_cr = False
        if any(name.startswith(b"".join(self._line)) for name in _KNOWN):
            self._line, self._line_bytes = [], 0
        yield from (data for data in self.feed(b"\n\n") if data.endswith((b"}", b"]")))

    def _keep(self, data: bytes) -> None:
        self._data.append(data)
        self._data_bytes += len(data) + 1
        if self._data_bytes > self._max_bytes:
            raise self._too_long()

    def _take(self, line: bytes) -> None:
        """Take a line that is no data: a comment or another field."""
        bare = line.removeprefix(_BYTE_ORDER_MARK)
        field = _FIELD.match(bare)
        if bare.startswith(b"data:"):  # a byte order mark may stand before the first line
            self._keep(bare[6:] if bare[5:6] == b" " else bare[5:])
        elif not line.startswith(b":") and (field is None or (b":" not in field[0] and line not in _KNOWN)):
            raise ProtocolError(
                f"The server was asked for a stream of events and sent something else: {excerpt(line)}",
                hint="Check that the URL leads to a model server; for one that does not stream,"
                " use Backend(stream=False).",
            )

    def _too_long(self) -> ProtocolError:
        return ProtocolError(
            f"The stream holds an event of more than {self._max_bytes} bytes.",
            hint="The address may not be a model server, or the server is broken.",
        )
