"""Any history becomes one that the strictest server accepts, and nothing that was said is lost."""

from __future__ import annotations

import collections

import pytest
from hypothesis import given, note

from agentkit.protocol.history import History
from agentkit.protocol.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolCall,
    ToolResult,
    UserMessage,
)
from agentkit.wire.encode import encode_history
from agentkit.wire.history import BRIDGE, CONTINUE, Normaliser, normalise
from tests.properties.histories import DIALECT, PIXEL, SAME_TAIL, Case, histories, order_problems, problems

KINDS = {
    "orphan_result", "duplicate_result", "missing_result", "late_system", "repeated_system", "blank_system", "developer",
    "empty_user", "user_before_result", "assistant_empty", "assistant_reasoning_only", "tool_images", "bad_arguments",
    "no_arguments", "trailing_assistant", "same_tail_id", "text_beside_calls",
}  # fmt: skip
seen_kinds: collections.Counter[str] = collections.Counter()


def normalised(messages: list[Message], *, reasoning: bool, text_beside_calls: bool) -> list[Message]:
    normaliser = Normaliser(reasoning=reasoning, text_beside_calls=text_beside_calls)
    for message in messages:
        normaliser.feed(message)
    return [*normaliser.settled, *normaliser.tail()]


@given(histories())
def test_any_history_is_accepted_by_the_strictest_server_and_loses_nothing(case: Case) -> None:
    seen_kinds.update(dict.fromkeys((kind for kind, count in case.kinds.items() if count), 1), histories=1)
    note(repr(case))
    assert problems(case, normalised) == []


def test_the_generator_produces_every_kind_of_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    total = seen_kinds["histories"]
    if not total:
        pytest.skip("runs after the property test")
    with capsys.disabled():
        shares = ", ".join(f"{kind} {seen_kinds[kind] / total:.0%}" for kind in sorted(KINDS))
        print(f"\nhistories: {total}; shares: {shares}")
    least = total * 0.02 if total >= 200 else 0  # so few histories may lack a rare kind
    assert {kind for kind in KINDS if seen_kinds[kind] < least} == set()


@given(histories())
def test_a_history_that_grows_is_encoded_as_if_it_were_new(case: Case) -> None:
    growing = History()
    for message in case.messages:
        growing.append(message)
        encode_history(growing, DIALECT)
    assert encode_history(growing, DIALECT) == encode_history(History(case.messages), DIALECT)


@given(histories())
def test_what_is_settled_never_changes(case: Case) -> None:
    normaliser = Normaliser(reasoning=case.reasoning, text_beside_calls=case.text_beside_calls)
    settled: list[Message] = []
    for message in case.messages:
        normaliser.feed(message)
        normaliser.tail()
        assert normaliser.settled[: len(settled)] == settled
        settled = list(normaliser.settled)


U, A = UserMessage(content=("u0u",)), AssistantMessage(text="a0a")
CALL = AssistantMessage(tool_calls=(ToolCall(id=SAME_TAIL, name="find", arguments='{"q":"g0g"}'),))
RESULT = ToolResult(call_id=SAME_TAIL, name="find", text="r0r")


def test_a_later_system_message_stays_where_it_is_as_words_of_the_user() -> None:
    out = normalise([SystemMessage(text="s0s"), U, A, SystemMessage(text="s1s")])
    assert out == [SystemMessage(text="s0s"), U, A, UserMessage(content=("s1s",))]


def test_between_tool_results_and_the_user_the_assistant_speaks() -> None:
    out = normalise([U, CALL, RESULT, UserMessage(content=("u1u",))])
    assert [getattr(message, "text", "") for message in out][-2:] == [BRIDGE, "u1u"]
    assert order_problems(out) == []


def test_an_empty_assistant_message_is_left_out() -> None:
    out = normalise([U, AssistantMessage(text=" "), UserMessage(content=("u1u",))])
    assert out == [UserMessage(content=("u0u\n\nu1u",))]


def test_images_of_a_tool_follow_in_a_user_message() -> None:
    shown = ToolResult(call_id=SAME_TAIL, name="find", text="r0r", images=(PIXEL,))
    out = normalise([U, CALL, shown])
    assert isinstance(out[-1], UserMessage)
    assert PIXEL in out[-1].content
    assert not any(isinstance(message, ToolResult) and message.images for message in out)


def test_a_trailing_assistant_is_answered_by_the_user() -> None:
    assert normalise([U, A])[-1] == UserMessage(content=(CONTINUE,))


def test_a_dialect_without_reasoning_leaves_out_a_turn_that_holds_nothing_else() -> None:
    messages = [U, AssistantMessage(reasoning="t0t"), UserMessage(content=("u1u",))]
    assert normalised(messages, reasoning=False, text_beside_calls=True) == [
        UserMessage(content=("u0u\n\nu1u",))
    ]
