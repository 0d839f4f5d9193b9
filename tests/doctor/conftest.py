"""Servers to examine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import anyio
import pytest

from agentkit.backends.findings import Capabilities
from agentkit.doctor.examine import examine
from agentkit.testing import Obliging, SimulatedServer

KEY = "secret"
Examine = Callable[..., Capabilities]


@pytest.fixture(scope="module")
def servers() -> Iterator[Callable[[str], SimulatedServer]]:
    """Clean simulated servers by dialect, with a model that does as it is told."""
    running: dict[str, SimulatedServer] = {}

    def start(dialect: str) -> SimulatedServer:
        if dialect not in running:
            running[dialect] = SimulatedServer(Obliging(), dialect=dialect, api_key=KEY).start()
        return running[dialect]

    yield start
    for server in running.values():
        server.stop()


@pytest.fixture
def look() -> Examine:
    """Examine a server, from synchronous code or within an event loop."""

    def run(url: str, **options: object) -> Capabilities:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(anyio.run, partial(examine, url, **({"api_key": KEY} | options))).result()

    return run
