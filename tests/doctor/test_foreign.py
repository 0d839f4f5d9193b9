"""The doctor at a server that it was not written with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agentkit.backends.findings import Capabilities
from tests.doctor.foreign import ForeignServer

Examine = Callable[..., Capabilities]
FAULTS = {
    "any_model": "server.wrong_model",
    "any_effort": "effort.unknown",
    "effort_ignored": "effort.thinks",
    "leaks": "effort.split",
    "reasoning_forgotten": "effort.back",
    "images_dropped": "images.seen",
    "overflow_cut": "context.overflow",
    "stop_ignored": "chat.stop",
    "max_tokens_ignored": "chat.max_tokens",
    "cut_says_stop": "chat.truncation",
    "restless": "chat.repeatable",
    "no_logprobs": "chat.logprobs",
    "system_dropped": "chat.system",
    "schema_ignored": "schema.enforced",
    "schema_ignored_with_tools": "schema.with_tools",
    "choice_ignored": "tools.required",
    "same_ids": "tools.ids",
    "brackets_lost": "stream.with_tools",
    "second_call_lost": "stream.calls",
    "no_finish": "stream.finish",
    "no_done": "stream.done",
    "no_stream_usage": "stream.usage",
}


@pytest.mark.parametrize("habit", ["chatty", "curt"])
@pytest.mark.parametrize("tells_window", [True, False])
@pytest.mark.parametrize("counts_images", [True, False])
def test_nothing_is_refuted_where_there_is_no_fault(
    habit: str, tells_window: bool, counts_images: bool, look: Examine
) -> None:
    with ForeignServer(habit=habit, tells_window=tells_window, counts_images=counts_images) as server:
        made = look(server.url, api_key=None)
    assert [
        f"{finding.id}: {finding.said}" for finding in made.findings if finding.outcome == "refuted"
    ] == []
    assert made.server == "openai_compatible"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refuted_by_the_right_probe(fault: str, look: Examine) -> None:
    with ForeignServer(fault) as server:
        made = look(server.url, api_key=None, only=[FAULTS[fault]])
    refuted = {finding.id: finding.said for finding in made.findings if finding.outcome == "refuted"}
    assert FAULTS[fault] in refuted, refuted
