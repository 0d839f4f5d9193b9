"""Server-sent events, read from bytes as they arrive."""

from __future__ import annotations

from agentkit.errors import ProtocolError


class EventReader:
    """Cuts a byte stream into the data of its events.

    Takes every line end of the standard (LF, CRLF, CR), data over several lines and comments; ignores fields
    other than `data`.

    Args:
        max_bytes: Most bytes of one event; a longer one is a `ProtocolError`.
    """

    __slots__ = ("_data", "_max_bytes", "_rest")

    def __init__(self, *, max_bytes: int = 16 * 1024 * 1024) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._max_bytes = max_bytes

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take bytes and return the data of the events that they completed."""
        buffer = self._rest + chunk if self._rest else chunk
        if b"\r" in buffer:
            held = buffer.endswith(b"\r")  # its LF may still be on the way
            buffer = (buffer[:-1] if held else buffer).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            lines = buffer.split(b"\n")
            self._rest = lines.pop() + (b"\r" if held else b"")
        else:
            lines = buffer.split(b"\n")
            self._rest = lines.pop()
        if len(self._rest) > self._max_bytes:
            raise ProtocolError(
                f"The stream holds a line of more than {self._max_bytes} bytes.",
                hint="The address may not be a model server, or the server is broken.",
            )
        events: list[bytes] = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif not line and self._data:
                events.append(self._data[0] if len(self._data) == 1 else b"\n".join(self._data))
                self._data = []
        return events

    def close(self) -> list[bytes]:
        """Return the data of an event that the end of the stream completed."""
        return self.feed(b"\n\n") if self._rest or self._data else []
