"""The doctor at the genuine llama.cpp server: what it refutes is known, with its source."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import anyio
import pytest

from agentkit.doctor.examine import examine

pytestmark = pytest.mark.genuine

KNOWN = {
    "tools": {"chat.forged", "schema.keywords", "images.seen"},
    "think": {"chat.forged", "schema.keywords", "images.seen", "tools.named"},
    "chatter": {"chat.forged", "schema.keywords", "images.seen"},
}
"""What may be refuted, by the model's habit; why stands in `doctor/limits.py`, with the version that it was seen on."""


@pytest.mark.parametrize("habit", KNOWN)
def test_only_known_limits_are_refuted_whatever_the_model_says(
    genuine: Callable[..., str], habit: str
) -> None:
    made = anyio.run(partial(examine, genuine(habit)))
    assert made.server == "llamacpp"
    assert made.window == 4096
    assert made.surprises == ()
    refuted = {finding.id for finding in made.findings if finding.outcome == "refuted"}
    assert refuted <= KNOWN[habit]
    assert all(
        finding.limit and finding.evidence for finding in made.findings if finding.outcome == "refuted"
    )
    assert made.finding("effort.prompt").outcome == "proved"  # type: ignore[union-attr]
    assert made.finding("effort.back").value == "reasoning_content"  # type: ignore[union-attr]
    assert made.finding("context.overflow").value == 4096  # type: ignore[union-attr]
    assert made.finding("schema.enforced").outcome == "proved"  # type: ignore[union-attr]
