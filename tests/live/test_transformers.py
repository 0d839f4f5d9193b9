"""agentkit against the genuine `transformers serve`, which ignores effort, schema and images without an error."""

from __future__ import annotations

from typing import Literal

import pytest
from PIL import Image as Pillow
from pydantic import BaseModel

from agentkit import Agent, Backend, Event, Image, Sampling
from agentkit.errors import OutputInvalid, Truncated, UnsupportedSetting
from agentkit.protocol.events import SettingAdjusted
from tests.live.running import TransformersServer, only_with

only_with("AGENTKIT_TRANSFORMERS", "test-transformers")
STEADY = Sampling(temperature=0.0, max_tokens=24)


class Clause(BaseModel):
    risk: Literal["low", "high"]


def words(backend: Backend, effort: Literal["none", "high"]) -> str:
    """What the model says to the same question; its random words run on until they are cut."""
    with pytest.raises(Truncated) as caught:
        Agent(backend=backend, sampling=STEADY).run_sync("Is it?", effort=effort)
    return caught.value.partial


def test_the_profile_s_effort_reaches_the_prompt_where_the_usual_field_is_ignored(
    transformers: TransformersServer,
) -> None:
    own = Backend.transformers(transformers.url, model=transformers.model)
    usual = Backend.vllm(transformers.url, model=transformers.model)
    assert words(own, "none") != words(own, "high")
    assert words(usual, "none") == words(usual, "high")


def test_a_schema_that_is_ignored_is_said_and_nothing_invalid_gets_through(
    transformers: TransformersServer,
) -> None:
    seen: list[Event] = []
    backend = Backend.transformers(transformers.url, model=transformers.model)
    agent = Agent(backend=backend, output=Clause, sampling=STEADY, sinks=[seen.append])
    with pytest.raises((OutputInvalid, Truncated)):
        agent.run_sync("How risky?")
    told = [
        event.detail for event in seen if isinstance(event, SettingAdjusted) and event.setting == "output"
    ]
    assert told
    assert "checked" in told[0] or "enforce" in told[0]


def test_an_answer_to_images_that_were_dropped_is_refused(transformers: TransformersServer) -> None:
    backend = Backend.transformers(transformers.url, model=transformers.model)
    with pytest.raises(UnsupportedSetting, match="without looking at the images"):
        Agent(backend=backend, sampling=STEADY).run_sync(
            "Which colour?", images=[Image(Pillow.new("RGB", (600, 600), "red"))]
        )
