"""What the simulated servers refuse, beyond what the recordings show."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.testing import LLAMACPP, LLAMACPP_STRICT, OPENAI_COMPATIBLE, VLLM, ChatRequest, Dialect
from agentkit.testing.exchange import Refusal

USER = {"role": "user", "content": "a"}
SYSTEM = {"role": "system", "content": "s"}
SAID = {"role": "assistant", "content": "b"}
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]


def called(*ids: str) -> dict[str, Any]:
    function = {"name": "f", "arguments": "{}"}
    return {
        "role": "assistant",
        "tool_calls": [{"id": i, "type": "function", "function": function} for i in ids],
    }


def result(call_id: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": "12"}


def refuse(dialect: Dialect, *messages: Any, **body: Any) -> Refusal | None:
    request = ChatRequest(body={"messages": list(messages) or [USER], **body})
    return dialect.refuse(request, dialect.served("ms4", 4096))


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ([USER, SAID, SYSTEM, USER], "Unexpected role 'system' after role 'assistant'"),
        ([USER, called("aaaaaaaaa"), result("aaaaaaaaa"), SYSTEM], "Unexpected role 'system' after role 'tool'"),
        ([USER, result("aaaaaaaaa")], "Unexpected role 'tool' after role 'user'"),
        ([USER, SAID, {"role": "developer", "content": "d"}, USER], "Unexpected role 'system'"),
        ([USER, called("aaaaaaaaa", "bbbbbbbbb"), result("aaaaaaaaa"), SAID, USER], "Not the same number"),
        ([USER, called("aaaaaaaaa"), USER, SAID, USER], "Not the same number"),
        ([USER, called("aaaaaaaaa"), result("aaaaaaaaa"), result("aaaaaaaaa")], "Duplicate tool call id aaaaaaaaa in tool results"),
        ([USER, called("1aaaaaaaaa", "2aaaaaaaaa"), result("1aaaaaaaaa")], "Duplicate tool call id aaaaaaaaa in assistant"),
        ([USER, called("null"), result("null")], "non-empty string other than 'null'"),
        ([USER, {"role": "assistant", "content": None}, USER], "Invalid assistant message"),
        ([USER, {"role": "assistant", "content": None, "reasoning": "hm"}, USER], "Invalid assistant message"),
        ([USER, called("aaaaaaaaa")], "Cannot set `add_generation_prompt`"),
        ([SAID], "Cannot set `add_generation_prompt`"),
        ([{"role": "system", "content": None}, USER], "System prompt must have content"),
        ([{"role": "assistant", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}, USER], "identify image"),
    ],
)  # fmt: skip
def test_vllm_refuses_histories_that_break_a_rule(messages: list[Any], message: str) -> None:
    refusal = refuse(VLLM, *messages)
    assert refusal is not None
    assert message in refusal.message
    assert (refusal.status, refusal.kind) == (400, "BadRequestError")


@pytest.mark.parametrize(
    "messages",
    [
        [SYSTEM, SYSTEM, USER, USER],
        [USER, SYSTEM, USER],
        [{"role": "developer", "content": "d"}, USER],
        [USER, SAID, SAID, USER],
        [USER, {"role": "assistant", "reasoning": "hm"}, USER],
        [USER, {"role": "assistant", "content": "", "reasoning_content": "hm"}, USER],
        [USER, called("aaaaaaaaa", "bbbbbbbbb"), result("bbbbbbbbb"), result("aaaaaaaaa"), USER],
        [USER, called("call_0123456789"), result("call_0123456789")],
        [SAID, USER],
        [SYSTEM],
    ],
)
def test_vllm_takes_histories_that_mistral_common_takes(messages: list[Any]) -> None:
    assert refuse(VLLM, *messages) is None


@pytest.mark.parametrize(
    ("body", "param", "message"),
    [
        ({"temperature": [1]}, "body.temperature", "Input should be a valid number"),
        ({"max_tokens": "many"}, "body.max_tokens", "unable to parse string as an integer"),
        ({"messages": "hi"}, "body.messages", "Input should be a valid list"),
        ({"messages": ["hi"]}, "body.messages.0", "Input should be a valid dictionary"),
        ({"max_tokens": 0}, "max_tokens", "must be at least 1"),
        ({"top_p": 2}, "top_p", "must be in (0, 1]"),
        ({"stream_options": {"include_usage": True}}, "stream_options", "only be defined when"),
        ({"tool_choice": "required"}, "tool_choice", "`tools` must be set"),
        ({"reasoning_effort": "medium"}, "reasoning_effort", "['none', 'high']"),
        ({"chat_template": "{{ x }}"}, "chat_template", "not supported"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, None, "Function name was a b"),
        ({"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "x"}}}]}, None, "Invalid tool schema"),
    ],
)  # fmt: skip
def test_vllm_refuses_settings_and_says_which(body: dict[str, Any], param: str | None, message: str) -> None:
    refusal = refuse(VLLM, **body)
    assert refusal is not None
    assert (refusal.status, refusal.param) == (400, param)
    assert message in refusal.message


def test_a_message_that_ends_with_the_assistant_may_be_continued_on_request() -> None:
    assert refuse(VLLM, USER, SAID, continue_final_message=True, add_generation_prompt=False) is None


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://h/x.png", 500),
        ("file:///etc/hostname", 500),
        ("ftp://h/x", 400),
        ("data:image/png;base64,AAAA", 400),
    ],
)
def test_vllm_refuses_images_that_it_cannot_load(url: str, status: int) -> None:
    message = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}
    refusal = refuse(VLLM, message)
    assert refusal is not None
    assert refusal.status == status


@pytest.mark.parametrize(
    "messages",
    [
        [USER, SYSTEM, USER],
        [USER, USER],
        [USER, SAID, SAID, USER],
        [USER, called("aaaaaaaaa"), result("aaaaaaaaa"), USER],
        [USER, {"role": "assistant", "content": ""}, USER],
        [{"role": "developer", "content": "d"}, USER],
    ],
)
def test_the_published_template_refuses_what_does_not_alternate_and_the_recorded_one_takes_it(
    messages: list[Any],
) -> None:
    refusal = refuse(LLAMACPP_STRICT, *messages)
    assert refusal is not None
    assert (refusal.status, refusal.kind) == (500, "server_error")
    assert "Jinja Exception" in refusal.message
    assert refuse(LLAMACPP, *messages) is None


def test_the_published_template_takes_the_strictest_form() -> None:
    messages = [SYSTEM, USER, called("aaaaaaaaa"), result("aaaaaaaaa"), SAID, USER]
    for dialect in (LLAMACPP_STRICT, LLAMACPP, VLLM):
        assert refuse(dialect, *messages, tools=TOOLS) is None


def test_reasoning_in_the_history_counts_only_where_the_server_reads_it() -> None:
    thought = "hm " * 5000
    for dialect, field, counts in (
        (VLLM, "reasoning", True),
        (VLLM, "reasoning_content", True),
        (LLAMACPP, "reasoning_content", True),
        (LLAMACPP, "reasoning", False),
    ):
        refusal = refuse(dialect, USER, {**SAID, field: thought}, USER)
        assert (refusal is not None) == counts


def test_a_lenient_server_refuses_only_what_cannot_be_served() -> None:
    assert refuse(OPENAI_COMPATIBLE, SAID, SYSTEM, tools=[], reasoning_effort="high", temperature=-1) is None
    served = OPENAI_COMPATIBLE.served("m", 1000)
    broken = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    for body in (
        {},
        {"messages": [USER], "model": "other"},
        {"messages": [USER], "reasoning_effort": "low"},
        {"messages": [USER], "temperature": "hot"},
        {"messages": [{"role": "user", "content": [broken]}]},
    ):
        assert OPENAI_COMPATIBLE.refuse(ChatRequest(body=body), served) is not None


LEAVES = st.sampled_from(
    [None, True, 0, -1, 1.5, "user", "tool", "assistant", "text", "image_url", "object", "high", ""]
)
NAMES = st.sampled_from([
    "role", "content", "type", "text", "tool_calls", "id", "function", "name", "arguments", "parameters", "strict",
    "properties", "oneOf", "required", "enum", "const", "pattern", "image_url", "url", "schema", "json_schema", "items",
    "tool_call_id", "thinking",
])  # fmt: skip
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "assistant", "tool", "system", "x", None, []])},
        optional={"content": JSON, "tool_calls": JSON, "tool_call_id": JSON, "reasoning": JSON},
    ),
    max_size=4,
)
FIELDS = (
    "messages", "tools", "tool_choice", "response_format", "structured_outputs", "reasoning_effort", "temperature",
    "max_tokens", "max_completion_tokens", "top_p", "n", "stop", "stream", "stream_options", "chat_template_kwargs", "model",
)  # fmt: skip


@settings(max_examples=int(os.environ.get("AGENTKIT_TEST_CASES", "1000")), deadline=None)
@given(messages=MESSAGES, settings=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3))
def test_whatever_json_is_sent_a_server_decides_and_never_breaks(
    messages: list[Any], settings: dict[str, Any]
) -> None:
    body = {"messages": messages, **settings}
    for dialect in (VLLM, LLAMACPP, LLAMACPP_STRICT, OPENAI_COMPATIBLE):
        refusal = dialect.refuse(ChatRequest(body=body), dialect.served("ms4", 4096))
        if refusal is not None:
            assert 400 <= refusal.status < 600
            assert refusal.message
