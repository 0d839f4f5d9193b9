"""What each version of Mistral's tokenizers cannot carry is taken out and said; the rest is accepted as it is."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jinja2.sandbox
from hypothesis import given, note
from mistral_common.integrations.chat_templates.chat_templates import generate_chat_template
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.protocol.instruct.validator import ValidationMode, get_validator
from mistral_common.tokens.tokenizers.base import TokenizerVersion

from agentkit.backends.models.card import ModelCard
from agentkit.backends.models.mistral_small_4 import MISTRAL_SMALL_4
from agentkit.protocol.history import History
from agentkit.protocol.messages import AssistantMessage
from agentkit.wire.carry import uncarried
from agentkit.wire.dialect import Dialect
from agentkit.wire.encode import _effort_fields, encode_history
from tests.properties.test_history import Case, histories

VERSIONS = (3, 7, 11, 13, 15)
SERVER = Dialect(reasoning_out="reasoning", template_prompt=False)


def spoken(version: int, server: Dialect = SERVER) -> Dialect:
    card = ModelCard(
        name="m", title="M", pattern="m", effort="reasoning_effort", context_window=9, tokenizer=version
    )
    return card.speak(server)


def wire(case: Case, dialect: Dialect) -> list[dict[str, Any]]:
    """Return the messages as they go out; images become text, because the validator would decode their pixels."""
    messages: list[dict[str, Any]] = json.loads(encode_history(History(case.messages), dialect))
    for message in messages:
        if message["role"] == "user" and isinstance(message["content"], list):
            texts = [part for part in message["content"] if part["type"] == "text"]
            message["content"] = texts or [{"type": "text", "text": "image"}]
    return messages


@cache
def template(version: int) -> jinja2.Template:
    modern = version >= 15
    source = generate_chat_template(
        spm=False,
        tokenizer_version=TokenizerVersion(f"v{version}"),
        image_support=True,
        audio_support=False,
        thinking_support=version >= 13,
        default_system_prompt=None,
        plain_thinking_support=version == 11,
        use_special_token_variables=False,
        model_settings_fields=None,
        reasoning_effort_values=("none", "high") if modern else None,
        reasoning_effort_default="none" if modern else None,
    )
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = _refuse
    return environment.from_string(source)


def _refuse(message: str) -> None:
    raise AssertionError(f"the chat template refuses: {message}")


@given(case=histories())
def test_mistral_common_accepts_every_history_at_every_version(case: Case) -> None:
    for version in VERSIONS:
        check_with_validator(version, case)


def check_with_validator(version: int, case: Case) -> None:
    dialect = spoken(version)
    messages = wire(case, dialect)
    note(json.dumps(messages, indent=1))
    effort = _effort_fields("high", dialect)
    assert bool(effort) == (version == 15)
    request = ChatCompletionRequest.from_openai(messages, model="m", **effort)
    get_validator(TokenizerVersion(f"v{version}"), ValidationMode.serving).validate_request(request)


@given(case=histories())
def test_the_chat_template_of_every_version_takes_every_history(case: Case) -> None:
    for version in VERSIONS:
        check_with_template(version, case)


def check_with_template(version: int, case: Case) -> None:
    dialect = spoken(version, Dialect(reasoning_out="thinking_text"))
    messages = wire(case, dialect)
    for message in messages:
        for call in message.get("tool_calls", ()):
            call["function"]["arguments"] = json.loads(call["function"]["arguments"])
    note(json.dumps(messages, indent=1))
    rendered = template(version).render(messages=messages, **_effort_fields("high", dialect))
    kept = [token for token in case.said if version >= 11 or not token.startswith("t")]
    if version == 3:  # its template moves the system prompt to the last user message
        assert all(token in rendered for token in kept)
        kept = [token for token in kept if token[0] not in "sd"]
    position = 0
    for token in kept:
        position = rendered.find(token, position)
        assert position >= 0, f"{token} is lost, or out of order"


@given(case=histories())
def test_every_removal_is_said_once_and_nothing_else_is(case: Case) -> None:
    for version in VERSIONS:
        check_removals(version, case)


def check_removals(version: int, case: Case) -> None:
    history, dialect = History(), spoken(version)
    for message in case.messages:
        history.append(message)
        uncarried(history, dialect)
    assistants = [
        (number, message)
        for number, message in enumerate(case.messages)
        if isinstance(message, AssistantMessage)
    ]
    said = uncarried(history, dialect)
    assert [
        int(detail.split(" of message ")[1].split()[0]) for what, detail in said if what == "reasoning"
    ] == [number for number, message in assistants if message.reasoning.strip() and version < 11]
    assert len([what for what, _ in said if what == "tool_calls"]) == sum(
        bool(message.text.strip() and message.tool_calls) and version < 7 for _, message in assistants
    )


def test_the_card_of_mistral_small_4_carries_everything():
    dialect = MISTRAL_SMALL_4.speak(SERVER)
    assert (dialect.tokenizer, dialect.carries_effort, dialect.carries_reasoning) == (15, True, True)


def test_an_older_model_has_no_effort():
    assert spoken(13).effort == "unsupported"
    assert not spoken(7).carries_reasoning
    assert not spoken(3).carries_text_beside_calls
