"""The doctor at what stands before servers in practice: each fault is found by a probe that says what is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agentkit.backends.findings import Capabilities
from tests.doctor.deployed import FAULTS, DeployedServer

Examine = Callable[..., Capabilities]
RIGHT_PROBE = {
    "effort_dropped_beside_tools": "together.effort_with_tools",
    "effort_dropped_in_streams": "stream.reasoning",
    "effort_dropped_with_a_schema": "together.effort_with_schema",
    "effort_only_among_template_arguments": "effort.thinks",
    "schema_dropped_in_streams": "schema.streamed",
    "schema_dropped_at_high_effort": "schema.with_reasoning",
    "schema_binds_the_top_level_alone": "schema.nested",
    "tool_choice_dropped_in_streams": "stream.calls",
    "stop_dropped_in_streams": "chat.stop",
    "tools_dropped_in_streams": "stream.calls",
    "tools_dropped_at_high_effort": "together.calls_at_high",
    "second_tool_lost": "tools.sent",
    "max_tokens_capped": "chat.max_tokens",
    "system_lost_beside_tools": "together.system_with_tools",
    "earlier_images_lost": "images.earlier",
    "only_the_last_three_messages": "chat.history",
    "long_results_cut": "tools.result",
    "logprobs_dropped_in_streams": "chat.logprobs",
    "parallel_setting_dropped": "tools.one_at_a_time",
    "thoughts_in_the_text_beside_tools": "together.effort_with_tools",
    "calls_in_the_text_at_high_effort": "together.calls_at_high",
    "effort_always_high_beside_tools": "together.effort_with_tools",
    "max_tokens_dropped_in_streams": "stream.truncated",
    "images_dropped_in_streams": "images.streamed",
    "temperature_dropped": "order.wrong_types",
    "no_usage_beside_tools": "tools.sent",
    "calls_come_twice": "tools.one_at_a_time",
    "answers_at_none_come_as_reasoning": "effort.quiet",
    "arguments_are_null": "tools.arguments",
    "streamed_calls_are_lost": "stream.calls",
    "long_streams_lose_their_end": "stream.equal",
    "text_is_escaped_for_html": "chat.characters",
    "tool_names_have_a_prefix": "tools.arguments",
    "arguments_are_wrapped": "tools.strict",
    "calls_of_the_older_form": "tools.called",
    "reasoning_in_a_field_of_its_own_making": "effort.thinks",
    "finish_is_end_turn": "chat.finish",
    "finish_of_calls_is_null": "tools.finish",
    "finish_of_cut_answers_is_max_tokens": "chat.truncation",
    "thoughts_are_not_counted_as_output": "effort.counted",
    "streamed_calls_say_stop": "stream.calls",
    "streamed_usage_is_wrong": "stream.usage",
    "streamed_calls_have_no_ids": "stream.calls",
    "streamed_cut_says_stop": "stream.truncated",
    "streamed_cut_call_looks_whole": "stream.truncated",
    "streamed_calls_share_an_index": "stream.calls",
    "streamed_text_grows": "stream.equal",
    "streamed_by_another_model": "server.names_model",
    "streamed_text_loses_its_first_piece": "stream.equal",
    "streamed_thoughts_are_text": "stream.reasoning",
    "streams_are_held_back": "stream.flows",
    "every_third_request_fails": "together.alike",
    "answers_are_cached_by_their_messages": "chat.max_tokens",
}
MIXED = {"one_replica_ignores_effort", "one_replica_ignores_schemas"}
"""Where every second request is served otherwise, which probe is hit depends on their order."""


def test_every_fault_has_its_probe() -> None:
    assert set(RIGHT_PROBE) | MIXED == set(FAULTS)


@pytest.mark.parametrize("fault", RIGHT_PROBE)
def test_a_fault_of_a_deployment_is_refuted_by_the_right_probe(fault: str, look: Examine) -> None:
    with DeployedServer(fault) as server:
        made = look(server.url, api_key=None, only=[RIGHT_PROBE[fault]])
    found = made.finding(RIGHT_PROBE[fault])
    assert found is not None
    assert found.outcome == "refuted", found.said
    assert found.advice


@pytest.mark.parametrize("fault", sorted(MIXED))
def test_replicas_that_are_not_alike_are_noticed(fault: str, look: Examine) -> None:
    with DeployedServer(fault) as server:
        made = look(server.url, api_key=None, only=["effort", "schema", "together", "stream.reasoning"])
    assert [finding.id for finding in made.findings if finding.outcome == "refuted"]
