"""What the simulated dialects of servers that do not run here refuse, ignore and answer."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.testing import (
    MISTRAL_API,
    NIM,
    OLLAMA,
    SGLANG,
    TRANSFORMERS,
    TRANSFORMERS_BARE,
    ChatRequest,
    Dialect,
    call,
    calls,
    say,
)
from agentkit.testing.exchange import Exchange, Refusal
from agentkit.testing.speech import say_within
from agentkit.testing.turns import Turn

USER = {"role": "user", "content": "a"}
SAID = {"role": "assistant", "content": "b"}
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]


def called(call_id: str = "aaaaaaaaa") -> dict[str, Any]:
    return {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": call_id, "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    }


def result(call_id: str = "aaaaaaaaa") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": "12"}


def refuse(dialect: Dialect, *messages: Any, **body: Any) -> Refusal | None:
    request = ChatRequest(body={"model": "ms4", "messages": list(messages) or [USER], **body})
    return dialect.refuse(request, dialect.served("ms4", 4096))


def exchange(dialect: Dialect, turn: Turn, **body: Any) -> Exchange:
    request = ChatRequest(body={"model": "ms4", "messages": [USER], **body})
    written = dialect.as_written(turn, request)
    said = say_within(written, request, room=4000, id_length=dialect.id_length, fenced=False)
    served = dialect.served("ms4", 4096)
    return Exchange(
        request=request, said=said, prompt_tokens=9, served=served, id="i", created=1, counts_reasoning=False
    )


def message(dialect: Dialect, turn: Turn, **body: Any) -> dict[str, Any]:
    reply: dict[str, Any] = dialect.reply(exchange(dialect, turn, **body))
    found: dict[str, Any] = reply["choices"][0]["message"]
    return found


def streamed(dialect: Dialect, turn: Turn, **body: Any) -> list[dict[str, Any]]:
    chunks = dialect.chunks(exchange(dialect, turn, stream=True, **body))
    return [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]


@pytest.mark.parametrize(
    ("dialect", "messages", "body", "status", "text"),
    [
        (SGLANG, [USER, called()], {}, None, ""),
        (SGLANG, [USER, called(), USER], {}, 400, "have no tool message answering them"),
        (SGLANG, [USER, result()], {}, 400, "must follow an assistant message"),
        (SGLANG, [USER, USER], {}, 400, "must alternate"),
        (SGLANG, [{"role": "tool2", "content": ""}], {}, 400, "'role' must be one of"),
        (SGLANG, [USER], {"tool_choice": "required"}, 400, "Tools cannot be empty"),
        (SGLANG, [USER], {"reasoning_effort": "low"}, 400, 'either "none" or "high"'),
        (SGLANG, [USER], {"reasoning_effort": "high", "chat_template_kwargs": {"reasoning_effort": "low"}}, 400, "either"),
        (SGLANG, [USER], {"max_tokens": 5000}, 400, "maximum context length of 4096"),
        (SGLANG, [USER], {"model": "another"}, None, ""),
        (NIM, [USER], {"chat_template_kwargs": {}}, 400, "chat_template"),
        (NIM, [USER], {"tools": []}, 400, "must not be an empty array"),
        (OLLAMA, [USER], {"reasoning_effort": "max"}, 400, "invalid reasoning value"),
        (OLLAMA, [USER], {"model": "another"}, 404, "try pulling it first"),
        (OLLAMA, [USER], {"top_k": 1, "whatever": 2}, None, ""),
        (OLLAMA, [{"role": "user", "content": "x" * 99_999}], {}, None, ""),
        (OLLAMA, [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://a/b.png"}}]}], {}, 400, "invalid image input"),
        (TRANSFORMERS, [USER], {"top_k": 5}, 422, "Unexpected fields"),
        (TRANSFORMERS, [USER], {"reasoning_effort": "whatever", "tool_choice": {}}, None, ""),
        (TRANSFORMERS, [USER], {"chat_template_kwargs": {"reasoning_effort": "low"}}, 500, "Internal Server Error"),
        (TRANSFORMERS, [USER], {"model": "another"}, 400, "Server is pinned to"),
        (MISTRAL_API, [USER], {"stream_options": {"include_usage": True}}, 422, "Extra inputs"),
        (MISTRAL_API, [USER], {"seed": 1}, 422, "Extra inputs"),
        (MISTRAL_API, [USER], {"random_seed": 1}, None, ""),
        (MISTRAL_API, [USER, {**SAID, "reasoning_content": "r"}, USER], {}, 422, "Extra inputs"),
        (MISTRAL_API, [USER, {"role": "assistant", "content": [{"type": "thinking", "thinking": "r"}]}, USER], {}, 422, "valid list"),
        (MISTRAL_API, [USER, called("call_1"), result("call_1")], {}, 400, "length of 9"),
        (MISTRAL_API, [USER], {"model": "another"}, 400, "Invalid model"),
        (MISTRAL_API, [USER], {"prompt_mode": "reasoning"}, 400, "prompt_mode"),
    ],
)  # fmt: skip
def test_each_refuses_what_its_genuine_server_is_known_to_refuse(dialect, messages, body, status, text):
    refusal = refuse(dialect, *messages, **body)
    assert (refusal.status if refusal else None) == status
    if refusal:
        assert text in refusal.message


def test_the_error_bodies_have_their_servers_shapes():
    flat = SGLANG.error_body(SGLANG.failure(400, "no"))
    assert (flat["object"], flat["message"], flat["code"]) == ("error", "no", 400)
    assert SGLANG.error_event(SGLANG.failure(500, "no"))["error"]["message"] == "no"
    assert TRANSFORMERS.error_body(TRANSFORMERS.failure(422, "no")) == {"detail": "no"}
    assert MISTRAL_API.error_body(MISTRAL_API.failure(429, "slow"))["code"] == "1300"
    refusal = refuse(MISTRAL_API, seed=1)
    assert refusal
    assert MISTRAL_API.error_body(refusal)["message"]["detail"][0]["loc"] == ["body", "seed"]


def test_the_mistral_api_hands_out_thoughts_in_the_content():
    said = message(MISTRAL_API, say("Four.", think="2+2"))
    assert said["content"] == [
        {"type": "thinking", "thinking": [{"type": "text", "text": "2+2"}]},
        {"type": "text", "text": "Four."},
    ]
    assert message(MISTRAL_API, say("Four."))["content"] == "Four."
    deltas = [delta["content"] for delta in streamed(MISTRAL_API, say("Four.", think="hm"))]
    assert [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}] in deltas


def test_sglang_streams_with_tools_as_its_parser_does():
    deltas = streamed(SGLANG, calls(("f", {}), ("f", {}), text="See [1] and [2]"), tools=TOOLS)
    assert "".join(delta.get("content") or "" for delta in deltas) == "See [1 and [2"
    assert sum(len(delta.get("tool_calls", ())) for delta in deltas) == 1
    whole = message(SGLANG, calls(("f", {}), ("f", {}), text="See [1]"), tools=TOOLS)
    assert whole["content"] == "See [1]"
    assert len(whole["tool_calls"]) == 2
    assert all(call["id"].startswith("call_") and len(call["id"]) == 29 for call in whole["tool_calls"])


def test_sglang_tells_reasoning_apart_only_where_an_effort_is_set():
    assert message(SGLANG, say("b", think="a"))["content"] == "ab"
    thinking = message(SGLANG, say("b", think="a"), reasoning_effort="high")
    assert (thinking["content"], thinking["reasoning_content"]) == ("b", "a")


def test_ollama_cuts_a_long_prompt_without_a_word():
    request = ChatRequest(body={"messages": [{"role": "user", "content": "x" * 99_999}]})
    assert OLLAMA.prompt_tokens(request, 4096) < 4096
    assert TRANSFORMERS.prompt_tokens(request, 4096) > 4096


def test_a_bare_transformers_server_hands_out_everything_as_text():
    said = message(TRANSFORMERS_BARE, call("flag", {}, think="Let me see."), tools=TOOLS)
    assert said == {"role": "assistant", "content": "Let me see.flag{}"}
