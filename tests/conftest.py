"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.genuine.running import genuine
from tests.live.running import transformers, vllm

__all__ = ["genuine", "transformers", "vllm"]
SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Data that is measured on and never shipped; tests that need it skip where it is absent."""

CASES = int(os.environ.get("AGENTKIT_TEST_CASES", "1000"))

settings.register_profile(
    "agentkit",
    max_examples=CASES,
    derandomize=CASES
    <= 1000,  # the default suite is the same on every machine; `make test-deep` looks further each time
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    database=None,
)
settings.load_profile("agentkit")


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run asynchronous tests on both event loops."""
    return str(request.param)
