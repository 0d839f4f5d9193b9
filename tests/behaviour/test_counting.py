"""Counting tokens against every simulated server: exact where it has an endpoint, estimated elsewhere."""

from __future__ import annotations

import pytest

from agentkit import Backend
from agentkit.backends.catalog import PROFILES
from agentkit.protocol.messages import SystemMessage, user
from agentkit.testing import Script, SimulatedServer
from agentkit.testing.dialect import DIALECTS
from agentkit.testing.server import MODEL


@pytest.mark.parametrize("name", PROFILES)
async def test_the_server_counts_where_it_can(name):
    profile = PROFILES[name]
    with SimulatedServer(Script(), dialect=DIALECTS[name]) as server:
        backend = Backend(server.url, profile=profile, model=MODEL)
        count = await backend.count_tokens([SystemMessage(text="Be brief."), user("word " * 500)])
        short = await backend.count_tokens("word " * 5)
    assert count.exact == short.exact == (profile.counting != "estimate")
    assert 450 < count.tokens < 800
    assert short.tokens < 60
    assert len(server.requests) == (2 if count.exact else 0)


async def test_a_server_without_the_endpoint_is_met_with_an_estimate():
    with SimulatedServer(Script(), dialect="openai_compatible") as server:
        count = await Backend.vllm(server.url, model=MODEL).count_tokens("word " * 500)
    assert not count.exact
    assert 450 < count.tokens < 800
    assert [request.status for request in server.requests] == [404]
