"""All probes, in the order of the table."""

from __future__ import annotations

from typing import Final

from agentkit.doctor.probe import Probe
from agentkit.doctor.probes import (
    chat,
    context,
    effort,
    images,
    order,
    schema,
    server,
    streams,
    together,
    tools,
)

PROBES: Final[tuple[Probe, ...]] = (
    *server.PROBES,
    *context.PROBES,
    *chat.PROBES,
    *effort.PROBES,
    *schema.PROBES,
    *tools.PROBES,
    *streams.PROBES,
    *order.PROBES,
    *images.PROBES,
    *together.PROBES,
)
"""Every probe; a probe comes after those that it needs."""
