"""The doctor at the genuine `transformers serve`: it notices all that is ignored, and all of it is known."""

from __future__ import annotations

from functools import partial

import anyio

from agentkit.doctor.examine import examine
from tests.live.running import TransformersServer, only_with

only_with("AGENTKIT_TRANSFORMERS", "test-transformers")


def test_ignored_effort_schema_and_images_are_refuted_and_known(transformers: TransformersServer) -> None:
    look = partial(examine, transformers.url, model=transformers.model, request_seconds=180.0, seconds=900.0)
    made = anyio.run(look)
    assert made.server == "transformers"
    assert [f"{finding.id}: {finding.said}" for finding in made.surprises] == []
    refuted = {finding.id for finding in made.findings if finding.outcome == "refuted"}
    assert refuted >= {
        "server.models", "effort.thinks", "effort.unknown", "effort.back", "schema.enforced", "images.seen",
        "stream.done", "chat.logprobs",
    }  # fmt: skip
