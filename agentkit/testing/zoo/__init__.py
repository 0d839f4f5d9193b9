"""The fault zoo: single faults of servers, each to be played by a `FaultyProxy` before any server.

Most were seen on some server or are documented of one; the rest are what a proxy, a wrong flag or a new version may do.
"""

from __future__ import annotations

from agentkit.testing.proxy import WireFault
from agentkit.testing.zoo import chat, effort, schemas, server, streams, tools

ZOO: dict[str, WireFault] = {
    fault.name: fault
    for fault in (
        *effort.FAULTS,
        *schemas.FAULTS,
        *tools.FAULTS,
        *streams.FAULTS,
        *chat.FAULTS,
        *server.FAULTS,
    )
}
"""Every fault by its name."""
