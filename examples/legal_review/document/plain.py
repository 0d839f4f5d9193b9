"""Text files: UTF-8, or Windows-1252 as older filings have it. Nothing is changed, so that offsets agree with the file."""

from __future__ import annotations

from agentkit.errors import InvalidDocument


def decode(data: bytes, name: str) -> str:
    """Return a text file's text.

    Raises:
        InvalidDocument: It holds NUL bytes, or is in another encoding.
    """
    if b"\0" in data:
        raise InvalidDocument(
            f"{name} is no text file: it holds NUL bytes.", hint="Save it as plain text in UTF-8."
        )
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidDocument(f"{name} is in an unknown encoding.", hint="Save it as plain text in UTF-8.")
