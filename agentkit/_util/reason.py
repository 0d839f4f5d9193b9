"""Why a file could not be used, in the words of the operating system."""

from __future__ import annotations


def reason_of(error: Exception) -> str:
    """Return what went wrong, without the number and the path that `str` of an `OSError` adds."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
