"""Counting a prompt's tokens: what is asked, what is read, and how far an estimate may be off."""

from __future__ import annotations

import json
from pathlib import Path

import mistral_common
import pytest
from mistral_common.tokens.tokenizers.tekken import Tekkenizer

from agentkit.errors import ProtocolError
from agentkit.protocol.estimate import estimate_tokens
from agentkit.protocol.history import History
from agentkit.protocol.images import ImageData
from agentkit.protocol.messages import (
    AssistantMessage,
    SystemMessage,
    ToolCall,
    ToolResult,
    UserMessage,
    user,
)
from agentkit.protocol.request import ToolDefinition
from agentkit.wire import counting
from agentkit.wire.counting import decode_count, encode_count
from agentkit.wire.dialect import Dialect

PIXEL = ImageData(media_type="image/png", data=b"\x89PNG", width=28, height=28, sha256="0" * 64, tokens=2)
CALL = ToolCall(id="aaaaaaaaa", name="find", arguments='{"q": "x"}')
TALK = History(
    [
        SystemMessage(text="Be brief."),
        UserMessage(content=(PIXEL, "What is it?")),
        AssistantMessage(reasoning="hm", tool_calls=(CALL,)),
        ToolResult(call_id="aaaaaaaaa", name="find", text="A page."),
    ]
)
TOOLS = (ToolDefinition(name="find", description="Find.", parameters={"type": "object"}),)
SAMPLES = {
    "english": "The Supplier shall indemnify the Customer against all losses arising out of any breach of clause 9. " * 9,
    "french": "Le présent contrat est conclu entre les parties soussignées, qui s'engagent à respecter ses clauses. " * 9,
    "german": "Die Vertragsparteien verpflichten sich, sämtliche Geschäftsgeheimnisse vertraulich zu behandeln. " * 9,
    "russian": "Настоящий договор заключён между сторонами, которые обязуются соблюдать все его условия. " * 9,
    "chinese": "本合同由双方在平等自愿的基础上签订,双方应当遵守合同的各项规定,并承担相应的法律责任。" * 9,
    "json": json.dumps([{"id": number, "name": f"item {number}", "price": number * 1.37} for number in range(60)]),
    "table": "\n".join(f"| {number} | {number * 7919 % 99991} | 2026-01-{number % 28 + 1:02} |" for number in range(60)),
    "code": Path(counting.__file__).read_text("utf-8"),
}  # fmt: skip


@pytest.fixture(scope="module")
def tokenizer() -> Tekkenizer:
    path = Path(mistral_common.__file__).parent / "data" / "tekken_240911.json"
    return Tekkenizer.from_file(path)


@pytest.mark.parametrize("kind", SAMPLES)
def test_an_estimate_is_within_a_fifth_of_what_mistrals_tokenizer_counts(tokenizer, kind):
    exact = len(tokenizer.encode(SAMPLES[kind], False, False))
    assert estimate_tokens([user(SAMPLES[kind])]) == pytest.approx(exact, rel=0.2)


def test_an_estimate_counts_images_calls_results_and_tools():
    empty = estimate_tokens([])
    parts = [TALK[number] for number in range(len(TALK))]
    assert all(estimate_tokens([part]) > empty + 3 for part in parts)
    assert estimate_tokens([UserMessage(content=(PIXEL,))]) == estimate_tokens([UserMessage(content=())]) + 2
    assert estimate_tokens([], TOOLS) > empty + 6


def test_tokenize_and_input_tokens_get_the_messages_as_a_chat_request_has_them():
    for counter in ("tokenize", "input_tokens"):
        body = json.loads(encode_count(counter, TALK, TOOLS, Dialect(), model="m"))
        assert [message["role"] for message in body["messages"]] == ["system", "user", "assistant", "tool"]
        assert set(body) == {"model", "messages", "tools"}


def test_count_tokens_gets_the_messages_in_anthropics_form():
    body = json.loads(encode_count("count_tokens", TALK, TOOLS, Dialect(), model="m"))
    assert body["system"] == "Be brief."
    assert body["tools"] == [{"name": "find", "description": "Find.", "input_schema": {"type": "object"}}]
    assert [
        (message["role"], [block["type"] for block in message["content"]]) for message in body["messages"]
    ] == [
        ("user", ["image", "text"]),
        ("assistant", ["tool_use"]),
        ("user", ["tool_result"]),
    ]
    assert body["messages"][0]["content"][0]["source"]["media_type"] == "image/png"
    assert body["messages"][1]["content"][0]["input"] == {"q": "x"}


@pytest.mark.parametrize("body", [b'{"count": 7, "tokens": []}', b'{"input_tokens": 7}'])
def test_a_count_is_read_from_every_servers_answer(body):
    assert decode_count(body) == 7


@pytest.mark.parametrize("body", [b"", b"[]", b'{"count": true}', b'{"count": -1}', b'{"tokens": [1]}'])
def test_an_answer_without_a_count_is_an_error(body):
    with pytest.raises(ProtocolError, match="no count"):
        decode_count(body)
