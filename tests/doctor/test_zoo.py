"""Every single fault is refuted by the right probe, and nothing is refuted where there is no fault."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from agentkit.backends.findings import Capabilities
from agentkit.testing import DIALECTS, SimulatedServer
from agentkit.testing.proxy import FaultyProxy
from agentkit.testing.zoo import ZOO

Servers = Callable[[str], SimulatedServer]
Examine = Callable[..., Capabilities]

RIGHT_PROBE = {
    "control_tokens_leak": "chat.markers",
    "control_tokens_forged": "chat.forged",
    "finish_says_calls": "chat.finish",
    "calls_renamed": "tools.arguments",
    "effort_ignored": "effort.thinks",
    "effort_always_high": "effort.quiet",
    "effort_never_high": "effort.thinks",
    "effort_swapped": "effort.thinks",
    "high_refused": "effort.accepted",
    "low_accepted": "effort.unknown",
    "reasoning_leaks": "effort.split",
    "reasoning_leaks_as_tags": "effort.split",
    "reasoning_leaks_bare": "effort.split",
    "streamed_reasoning_leaks": "stream.reasoning",
    "answer_as_reasoning": "effort.split",
    "reasoning_lost": "effort.split",
    "streamed_reasoning_lost": "stream.reasoning",
    "reasoning_uncounted": "effort.counted",
    "reasoning_forgotten": "effort.back",
    "null_content_forgets": "effort.back_null",
    "schema_ignored": "schema.enforced",
    "schema_ignored_with_reasoning": "schema.with_reasoning",
    "schema_ignored_with_tools": "schema.with_tools",
    "schema_ignored_in_streams": "schema.streamed",
    "schema_only_json": "schema.enforced",
    "enums_ignored": "schema.enforced",
    "keywords_ignored": "schema.keywords",
    "broken_schema_ignored": "schema.broken",
    "schema_in_fence": "schema.enforced",
    "cut_schema_is_whole": "schema.truncated",
    "tools_dropped": "tools.sent",
    "calls_as_text": "tools.called",
    "required_ignored": "tools.required",
    "none_ignored": "tools.none",
    "named_ignored": "tools.named",
    "strict_ignored": "tools.strict",
    "arguments_as_data": "tools.arguments",
    "arguments_twice": "tools.arguments",
    "arguments_cut": "tools.arguments",
    "ids_same": "tools.ids",
    "ids_missing": "tools.ids",
    "second_call_lost": "tools.parallel",
    "parallel_setting_ignored": "tools.one_at_a_time",
    "calls_say_stop": "tools.finish",
    "cut_call_is_whole": "tools.truncated",
    "results_dropped": "tools.result",
    "second_result_dropped": "tools.two_results",
    "calls_forgotten": "tools.call_in_history",
    "order_demanded": "tools.results_swapped",
    "stream_loses_brackets": "stream.with_tools",
    "stream_loses_spaces": "stream.equal",
    "stream_loses_second_call": "stream.calls",
    "stream_loses_arguments": "stream.calls",
    "stream_without_index": "stream.calls",
    "stream_without_finish": "stream.finish",
    "stream_without_done": "stream.done",
    "stream_without_usage": "stream.usage",
    "stream_loses_end": "stream.equal",
    "stream_doubles_piece": "stream.equal",
    "stream_hides_errors": "stream.errors",
    "cut_stream_says_stop": "stream.truncated",
    "stream_of_wrong_type": "stream.answers",
    "stream_fails": "stream.answers",
    "stream_breaks_characters": "chat.characters",
    "finish_missing": "chat.finish",
    "finish_unknown": "chat.finish",
    "truncation_called_stop": "chat.truncation",
    "max_tokens_ignored": "chat.max_tokens",
    "stop_ignored": "chat.stop",
    "temperature_ignored": "chat.repeatable",
    "usage_zero": "chat.usage",
    "usage_constant": "chat.usage",
    "usage_wrong_total": "chat.usage",
    "usage_missing": "chat.usage",
    "logprobs_missing": "chat.logprobs",
    "logprobs_are_none": "chat.logprobs",
    "characters_broken": "chat.characters",
    "system_dropped": "chat.system",
    "system_refused": "chat.system",
    "history_dropped": "chat.history",
    "users_dropped": "order.two_users",
    "late_system_dropped": "order.late_system",
    "user_after_tool_dropped": "order.user_after_tool",
    "types_ignored": "order.wrong_types",
    "errors_are_200": "order.wrong_types",
    "mistral_common_too_new": "chat.answers",
    "html": "chat.answers",
    "empty_answers": "chat.answers",
    "any_model": "server.wrong_model",
    "another_model": "server.names_model",
    "any_key": "server.key",
    "models_fail": "server.models",
    "poses_as_ollama": "server.kind",
    "window_untold": "context.window",
    "window_wrong": "context.overflow",
    "overflow_cut": "context.overflow",
    "long_prompts_cut": "context.long",
    "count_wrong": "context.counted",
    "images_dropped": "images.seen",
    "images_flattened": "images.seen",
    "second_image_dropped": "images.two",
    "bad_images_dropped": "images.bad",
    "images_refused": "images.seen",
}
"""The probe whose question a fault answers with no; others may be refuted besides."""

ONLY_ON = {
    "reasoning_uncounted": ("vllm",),  # the others count no reasoning tokens
    "reasoning_lost": ("vllm",),  # elsewhere nothing tells it from a model that does not think: effort.thinks
    "any_model": ("vllm", "openai_compatible"),  # llama.cpp takes any name
    "strict_ignored": ("vllm", "openai_compatible"),  # llama.cpp enforces arguments without it
    "cut_call_is_whole": (
        "llamacpp",
        "openai_compatible",
    ),  # vLLM does this, and agentkit reads its other sign
    "poses_as_ollama": ("vllm", "llamacpp"),  # a server without signs can pose as any
    "window_untold": ("vllm", "llamacpp"),  # others need not tell it
    "count_wrong": ("vllm", "llamacpp"),  # the others have no such page
}
KNOWN = {
    "sglang": {"stream.with_tools", "stream.calls"},
    "mistral_api": {"chat.logprobs"},
    "transformers": {
        "server.models", "chat.logprobs", "effort.unknown", "effort.back", "order.wrong_types", "images.bad",
        "context.overflow", "tools.truncated", "stream.done",
    },
    "transformers_bare": {
        "server.models", "chat.logprobs", "effort.thinks", "effort.unknown", "effort.split", "effort.back",
        "order.wrong_types", "images.bad", "schema.with_reasoning", "tools.called", "tools.required", "tools.named",
        "stream.reasoning", "context.overflow", "tools.truncated", "stream.done",
    },
    "ollama": {"effort.unknown", "context.overflow", "context.long"},
}  # fmt: skip
"""What simulated servers do as genuine ones are known to; nothing at all on the others."""
ALL = ("vllm", "llamacpp", "openai_compatible")
DEEP = int(os.environ.get("AGENTKIT_TEST_CASES", "1000")) >= 100_000


def _cases() -> list[tuple[str, str]]:
    """Each fault on one dialect, in turn; on all of them in `make test-deep`."""
    cases: list[tuple[str, str]] = []
    for number, fault in enumerate(ZOO):
        dialects = ONLY_ON.get(fault, ALL)
        cases += [(fault, name) for name in (dialects if DEEP else (dialects[number % len(dialects)],))]
    return cases


def test_every_fault_has_its_probe() -> None:
    assert set(RIGHT_PROBE) == set(ZOO)
    assert len(ZOO) >= 40


@pytest.mark.parametrize(("fault", "dialect"), _cases())
def test_a_fault_is_refuted_by_the_right_probe(
    fault: str, dialect: str, servers: Servers, look: Examine
) -> None:
    server, probe = servers(dialect), RIGHT_PROBE[fault]
    with FaultyProxy(server.url, ZOO[fault]) as proxy:
        made = look(proxy.url, model=server.model, only=[probe])
    found = made.finding(probe)
    assert found is not None
    assert found.outcome == "refuted", found.said
    assert found.said
    assert found.evidence
    assert found.advice


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_is_refuted_on_a_clean_server_beyond_what_its_profile_knows(
    dialect: str, servers: Servers, look: Examine
) -> None:
    server = servers(dialect)
    with FaultyProxy(server.url) as proxy:
        made = look(
            proxy.url, model=server.model, server=dialect.removesuffix("_bare").removesuffix("_strict")
        )
    assert [f"{finding.id}: {finding.said}" for finding in made.surprises] == []
    known = {finding.id for finding in made.findings if finding.outcome == "refuted"}
    assert known <= KNOWN.get(dialect, set())
    proved = [finding for finding in made.findings if finding.outcome == "proved"]
    assert len(proved) >= (0.6 if known else 0.85) * len(made.findings)
    assert made.requests < 170
