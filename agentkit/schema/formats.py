"""String formats that are asserted here; any other format is an annotation.

They refuse what is clearly wrong and are no stricter than pydantic or a server's grammar: a time may lack its offset.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(
    r"([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)(\.\d+)?)?([Zz]|[+-]([01]\d|2[0-3]):?[0-5]\d)?", re.ASCII
)
_DURATION = re.compile(
    r"[+-]?P(?=.)(\d+W|(\d+(\.\d+)?Y)?(\d+(\.\d+)?M)?(\d+(\.\d+)?D)?(T(?=.)(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?)",
    re.ASCII,
)
_EMAIL = re.compile(r'[^\s@<>(),;:\\"]{1,64}@[^\s@<>(),;\\"]{1,255}|"[^"]{1,62}"@[^\s@<>(),;\\"]{1,255}')
_UUID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_URI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`\x00-\x1f]*')
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")


def is_date(text: str) -> bool:
    """`2026-11-24`, a day that exists."""
    if _DATE.fullmatch(text) is None:
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_time(text: str) -> bool:
    """`12:30:00Z`; seconds and the offset may be missing."""
    return _TIME.fullmatch(text) is not None


def is_date_time(text: str) -> bool:
    """`2026-11-24T12:30:00Z`; seconds and the offset may be missing."""
    return is_date(text[:10]) and text[10:11] in ("T", "t", " ", "_") and is_time(text[11:])


def is_duration(text: str) -> bool:
    """`P3DT4H`, as ISO 8601 writes it."""
    return len(text) <= 100 and _DURATION.fullmatch(text) is not None


def is_email(text: str) -> bool:
    """Something, an at sign, something."""
    return _EMAIL.fullmatch(text) is not None


def is_hostname(text: str) -> bool:
    """Labels of up to 63 characters, 253 in all."""
    return 0 < len(text) <= 253 and all(
        _LABEL.fullmatch(label) for label in text.removesuffix(".").split(".")
    )


def is_uuid(text: str) -> bool:
    """32 hexadecimal digits, with or without their hyphens."""
    return _UUID.fullmatch(text) is not None


def is_uri(text: str) -> bool:
    """A scheme, a colon and no character that a URI cannot hold."""
    return _URI.fullmatch(text) is not None


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return check


FORMATS: dict[str, Callable[[str], bool]] = {
    "date": is_date,
    "date-time": is_date_time,
    "duration": is_duration,
    "email": is_email,
    "hostname": is_hostname,
    "ipv4": _parses(ipaddress.IPv4Address),
    "ipv4network": _parses(ipaddress.IPv4Network),
    "ipv6": _parses(ipaddress.IPv6Address),
    "ipv6network": _parses(ipaddress.IPv6Network),
    "time": is_time,
    "uri": is_uri,
    "uuid": is_uuid,
}
