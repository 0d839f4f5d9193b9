"""Which asynchronous library is running."""

from __future__ import annotations

import sys


def runs_trio() -> bool:
    """Whether the caller runs in a trio event loop; trio is not imported to find out."""
    trio = sys.modules.get("trio")
    return trio is not None and bool(trio.lowlevel.in_trio_run())
