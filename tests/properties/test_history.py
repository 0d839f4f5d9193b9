"""Any history becomes one that the strictest server accepts, and nothing that was said is lost."""

from __future__ import annotations

import collections
import itertools
import json
import re
from dataclasses import dataclass, field

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.protocol.instruct.validator import MistralRequestValidatorV15, ValidationMode

from agentkit.protocol.history import History
from agentkit.protocol.images import ImageData
from agentkit.protocol.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolCall,
    ToolResult,
    UserMessage,
)
from agentkit.wire import history as rules
from agentkit.wire.dialect import Dialect
from agentkit.wire.encode import encode_history, message_fields
from agentkit.wire.foreign import messages_from_openai
from agentkit.wire.history import BRIDGE, CONTINUE, Normaliser, normalise

PIXEL = ImageData(media_type="image/png", data=b"\x89PNG", width=28, height=28, sha256="0" * 64, tokens=2)
DIALECT = Dialect(reasoning_out="reasoning", template_prompt=False)
SAME_TAIL = "abcdefghi"
TOKEN = re.compile(r"\b[a-z]\d+[a-z]\b")


@dataclass
class Case:
    """A history, every word in it unique, and what is odd about it."""

    messages: list[Message] = field(default_factory=list)
    kinds: collections.Counter[str] = field(default_factory=collections.Counter)
    said: list[str] = field(default_factory=list)  # in order; results apart
    results: list[str] = field(default_factory=list)


@st.composite
def histories(draw: st.DrawFn) -> Case:
    case = Case()
    number = itertools.count()

    def word(letter: str) -> str:
        token = f"{letter}{next(number)}{letter}"
        (case.results if letter == "r" else case.said).append(token)
        return token

    def add(message: Message, *kinds: str) -> None:
        case.messages.append(message)
        case.kinds.update(kinds)

    open_calls: list[ToolCall] = []
    for _ in range(draw(st.integers(1, 14))):
        match draw(
            st.sampled_from(
                [
                    "system",
                    "developer",
                    "user",
                    "user",
                    "assistant",
                    "calls",
                    "calls",
                    "result",
                    "result",
                    "orphan",
                ]
            )
        ):
            case "system":
                kind = (
                    "late_system"
                    if case.messages and not isinstance(case.messages[-1], SystemMessage)
                    else "system"
                )
                repeated = any(isinstance(message, SystemMessage) for message in case.messages)
                add(SystemMessage(text=word("s")), kind, *(["repeated_system"] if repeated else []))
            case "developer":
                case.kinds["developer"] += 1
                case.messages.extend(messages_from_openai([{"role": "developer", "content": word("d")}]))
            case "user":
                content = [
                    PIXEL if draw(st.booleans()) else word("u") for _ in range(draw(st.integers(0, 3)))
                ]
                add(UserMessage(content=tuple(content)), "empty_user" if not content else "user")
            case "assistant":
                shape = draw(st.sampled_from(["both", "text", "reasoning_only", "empty"]))
                reasoning = (
                    word("t") if shape in ("both", "reasoning_only") else draw(st.sampled_from(["", " "]))
                )
                text = word("a") if shape in ("both", "text") else draw(st.sampled_from(["", "\n "]))
                add(AssistantMessage(text=text, reasoning=reasoning), f"assistant_{shape}")
            case "calls":
                reasoning = word("t") if draw(st.booleans()) else ""
                preamble = word("a") if draw(st.integers(0, 3)) == 0 else ""
                calls: list[ToolCall] = []
                for _ in range(draw(st.integers(1, 3))):
                    given_id = draw(
                        st.one_of(
                            st.sampled_from(
                                ["", "dup", "null", SAME_TAIL, f"x{SAME_TAIL}", f"call_{SAME_TAIL}"]
                            ),
                            st.text(alphabet="aB3_-", min_size=1, max_size=40),
                        )
                    )
                    if given_id.endswith(SAME_TAIL):
                        case.kinds["same_tail_id"] += 1
                    token = word("g")
                    arguments = draw(
                        st.sampled_from(
                            [
                                f'{{"q":"{token}"}}',
                                f'{{"q":"{token}"',
                                f'["{token}"]',
                                f'"{token}"',
                                token,
                                f'{{"q":NaN,"w":"{token}"}}',
                            ]
                        )
                    )
                    if not arguments.startswith('{"q":"') or not arguments.endswith("}"):
                        case.kinds["bad_arguments"] += 1
                    name = draw(st.sampled_from(["find", "read file", "é" * 3, "x" * 90, ""]))
                    calls.append(ToolCall(id=given_id, name=name, arguments=arguments))
                if open_calls:
                    case.kinds["missing_result"] += 1
                add(
                    AssistantMessage(reasoning=reasoning, text=preamble, tool_calls=tuple(calls)),
                    "text_beside_calls" if preamble else "calls",
                )
                open_calls = list(calls)
            case "result":
                if open_calls:
                    call = open_calls.pop(draw(st.integers(0, len(open_calls) - 1)))
                    images = (PIXEL,) if draw(st.integers(0, 4)) == 0 else ()
                    result = ToolResult(call_id=call.id, name=call.name, text=word("r"), images=images)
                    add(result, "tool_images" if images else "result")
                    if draw(st.integers(0, 4)) == 0:
                        add(ToolResult(call_id=call.id, name=call.name, text=word("r")), "duplicate_result")
            case _:
                add(ToolResult(call_id="nobody", name="ghost", text=word("r")), "orphan_result")
    if open_calls:
        case.kinds["missing_result"] += 1
    if not case.messages:
        add(UserMessage(content=(word("u"),)))
    if isinstance(case.messages[-1], AssistantMessage) and not case.messages[-1].tool_calls:
        case.kinds["trailing_assistant"] += 1
    return case


def problems(case: Case, out: list[Message]) -> list[str]:
    """Return what the strictest server, or whoever said something, would complain about."""
    found = [*_order_problems(out), *_form_problems(out), *_loss_problems(case, out)]
    wire = [message_fields(message, DIALECT) for message in out]
    without_images = [
        {**message, "content": [part for part in message["content"] if part["type"] == "text"] or "image"}
        if isinstance(message["content"], list)
        else message
        for message in wire
    ]  # the validator would decode the pixels; placement of images is checked here
    try:
        request = ChatCompletionRequest.from_openai(without_images, model="ms4", reasoning_effort="high")
        MistralRequestValidatorV15(ValidationMode.serving).validate_request(request)
    except Exception as error:
        found.append(f"mistral-common: {error}")
    if normalise(out) != out:
        found.append("normalising twice changes something")
    return found


def _order_problems(out: list[Message]) -> list[str]:
    found: list[str] = []
    roles = ["system", *("" for _ in out)]
    roles = [type(message).__name__ for message in out]
    if "SystemMessage" in roles[1:]:
        found.append("a system message that is not the first")
    turns = [message for message in out if not isinstance(message, SystemMessage)]
    if not turns or not isinstance(turns[0], UserMessage):
        found.append("the user does not open")
    for before, after in itertools.pairwise(turns):
        legal = {
            UserMessage: (AssistantMessage,),
            ToolResult: (AssistantMessage, ToolResult),
            AssistantMessage: (ToolResult,)
            if isinstance(before, AssistantMessage) and before.tool_calls
            else (UserMessage,),
        }[type(before)]
        if not isinstance(after, legal):
            found.append(f"{type(after).__name__} after {type(before).__name__}")
    if turns and isinstance(turns[-1], AssistantMessage):
        found.append("the assistant comes last")
    return found


def _form_problems(out: list[Message]) -> list[str]:
    found: list[str] = []
    seen: set[str] = set()
    for index, message in enumerate(out):
        if isinstance(message, AssistantMessage):
            if not (message.text.strip() or message.reasoning.strip() or message.tool_calls):
                found.append("an empty assistant message")
            results = list(itertools.takewhile(lambda later: isinstance(later, ToolResult), out[index + 1 :]))
            if [call.id for call in message.tool_calls] != [
                result.call_id for result in results if isinstance(result, ToolResult)
            ]:
                found.append("results that do not answer the calls one to one, in order")
            for call in message.tool_calls:
                if not re.fullmatch(r"[a-zA-Z0-9]{9}", call.id) or call.id in seen:
                    found.append(f"bad id {call.id!r}")
                seen.add(call.id)
                if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", call.name):
                    found.append(f"bad name {call.name!r}")
                try:
                    arguments = json.loads(call.arguments, parse_constant=lambda name: pytest.fail(name))
                except ValueError:
                    arguments = None
                if not isinstance(arguments, dict):
                    found.append(f"arguments that are no JSON object: {call.arguments}")
        elif isinstance(message, ToolResult):
            if message.images:
                found.append("an image in a tool result")
        elif isinstance(message, UserMessage):
            if not message.content:
                found.append("an empty user message")
            if len(message.content) == 2 and isinstance(message.content[0], str):
                found.append("the text before the image")
            if any(isinstance(a, str) and isinstance(b, str) for a, b in itertools.pairwise(message.content)):
                found.append("two texts side by side")
    return found


def _loss_problems(case: Case, out: list[Message]) -> list[str]:
    found: list[str] = []
    flat = " ".join(_flat(message) for message in out)
    tokens = TOKEN.findall(flat)
    counts = collections.Counter(tokens)
    for token in (*case.said, *case.results):
        if counts[token] != 1:
            found.append(f"{token} is there {counts[token]} times")
    if [token for token in tokens if not token.startswith("r")] != case.said:
        found.append("what was said is out of order")
    wanted = sum(
        sum(part is PIXEL for part in message.content)
        if isinstance(message, UserMessage)
        else len(getattr(message, "images", ()))
        for message in case.messages
    )
    there = sum(
        sum(part is PIXEL for part in message.content) for message in out if isinstance(message, UserMessage)
    )
    if wanted != there:
        found.append(f"{there} of {wanted} images are left")
    return found


def _flat(message: Message) -> str:
    match message:
        case AssistantMessage():
            return " ".join(
                [message.reasoning, message.text, *(call.arguments for call in message.tool_calls)]
            )
        case UserMessage():
            return " ".join(part for part in message.content if isinstance(part, str))
        case _:
            return message.text


seen_kinds: collections.Counter[str] = collections.Counter()


@given(histories())
def test_any_history_is_accepted_by_the_strictest_server_and_loses_nothing(case: Case) -> None:
    seen_kinds.update(dict.fromkeys(case.kinds, 1), histories=1)
    out = normalise(case.messages)
    note(repr(case.messages))
    note(repr(out))
    assert problems(case, out) == []


def test_the_generator_produces_every_kind_of_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = {
        "orphan_result", "duplicate_result", "missing_result", "late_system", "repeated_system", "developer", "empty_user",
        "assistant_empty", "assistant_reasoning_only", "tool_images", "bad_arguments", "trailing_assistant", "same_tail_id",
        "text_beside_calls",
    }  # fmt: skip
    total = seen_kinds["histories"]
    if not total:
        pytest.skip("runs after the property test")
    with capsys.disabled():
        shares = ", ".join(f"{kind} {seen_kinds[kind] / total:.0%}" for kind in sorted(wanted))
        print(f"\nhistories: {total}; shares: {shares}")
    least = total * 0.02 if total >= 200 else 0  # so few histories may lack a rare kind
    assert {kind for kind in wanted if seen_kinds[kind] < least} == set()


@given(histories())
def test_a_history_that_grows_is_encoded_as_if_it_were_new(case: Case) -> None:
    growing = History()
    for message in case.messages:
        growing.append(message)
        encode_history(growing, DIALECT)
    assert encode_history(growing, DIALECT) == encode_history(History(case.messages), DIALECT)


@given(histories())
def test_what_is_settled_never_changes(case: Case) -> None:
    normaliser = Normaliser()
    settled: list[Message] = []
    for message in case.messages:
        normaliser.feed(message)
        normaliser.tail()
        assert normaliser.settled[: len(settled)] == settled
        settled = list(normaliser.settled)


def _fails_somewhere(cases: list[Case]) -> bool:
    return any(problems(case, normalise(case.messages)) for case in cases)


def _call(call_id: str = SAME_TAIL, name: str = "find", arguments: str = '{"q":"g0g"}') -> ToolCall:
    return ToolCall(id=call_id, name=name, arguments=arguments)


def _case(*messages: Message) -> Case:
    flat = " ".join(_flat(message) for message in messages if not isinstance(message, ToolResult))
    results = " ".join(message.text for message in messages if isinstance(message, ToolResult))
    return Case(messages=list(messages), said=TOKEN.findall(flat), results=TOKEN.findall(results))


U, A = UserMessage(content=("u0u",)), AssistantMessage(text="a0a")
RESULT = ToolResult(call_id=SAME_TAIL, name="find", text="r0r")
REMOVALS = {
    "a later system message stays in place": (
        ("_feed_system", lambda self, message: self.settled.append(message)),
        _case(U, SystemMessage(text="s0s")),
    ),
    "users are merged": (
        ("_feed_user", lambda self, content: (self._settle_system(), self._settle_results(), self.settled.append(UserMessage(content=tuple(content))))),
        _case(U, UserMessage(content=("u1u",))),
    ),
    "roles alternate": (("_alternate", lambda self: None), _case(U, A, AssistantMessage(text="a1a"))),
    "results are filled in and ordered": (
        ("_settle_results", lambda self: setattr(self, "_calls", None)),
        _case(U, AssistantMessage(tool_calls=(_call(),))),
    ),
    "results without a call become words": (("_adopt", lambda self, message: self.settled.append(message)), _case(U, RESULT)),
    "ids are nine alphanumerics": (
        ("_wire_call", lambda self, call: call),
        _case(U, AssistantMessage(tool_calls=(_call("call_1"),)), ToolResult(call_id="call_1", name="find", text="r0r")),
    ),
}  # fmt: skip
FUNCTIONS = {
    "arguments are objects": ("_object_arguments", lambda text: text, _case(U, AssistantMessage(tool_calls=(_call(arguments='["g0g"]'),)))),
    "names are legal": ("_tool_name", lambda name: name, _case(U, AssistantMessage(tool_calls=(_call(name="read file"),)))),
    "ids are unique": ("_wire_id", lambda given, used: given, _case(U, AssistantMessage(tool_calls=(_call(), _call(arguments='{"q":"g1g"}'))))),
    "the image comes first": ("_merge", tuple, _case(UserMessage(content=("u0u", PIXEL)))),
}  # fmt: skip


@pytest.mark.parametrize("rule", REMOVALS)
def test_without_any_one_rule_some_history_is_refused(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (method, without), case = REMOVALS[rule]
    assert not _fails_somewhere([case])
    monkeypatch.setattr(Normaliser, method, without)
    assert _fails_somewhere([case])


@pytest.mark.parametrize("rule", FUNCTIONS)
def test_without_any_one_repair_some_history_is_refused(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, without, case = FUNCTIONS[rule]
    assert not _fails_somewhere([case])
    monkeypatch.setattr(rules, name, without)
    assert _fails_somewhere([case])


def test_without_the_bridge_a_user_follows_tool_results() -> None:
    out = normalise([U, AssistantMessage(tool_calls=(_call(),)), RESULT, UserMessage(content=("u1u",))])
    assert [getattr(message, "text", "") for message in out][-2:] == [BRIDGE, "u1u"]
    assert "AssistantMessage after ToolResult" not in _order_problems(out)
    assert _order_problems([message for message in out if getattr(message, "text", "") != BRIDGE]) != []


def test_an_empty_assistant_message_is_left_out() -> None:
    out = normalise([U, AssistantMessage(text=" "), UserMessage(content=("u1u",))])
    assert out == [UserMessage(content=("u0u\n\nu1u",))]


def test_images_of_a_tool_follow_in_a_user_message() -> None:
    shown = ToolResult(call_id=SAME_TAIL, name="find", text="r0r", images=(PIXEL,))
    out = normalise([U, AssistantMessage(tool_calls=(_call(),)), shown])
    assert isinstance(out[-1], UserMessage)
    assert PIXEL in out[-1].content
    assert not any(isinstance(message, ToolResult) and message.images for message in out)


def test_a_trailing_assistant_is_answered_by_the_user() -> None:
    assert normalise([U, A])[-1] == UserMessage(content=(CONTINUE,))


def test_a_dialect_without_reasoning_leaves_out_a_turn_that_holds_nothing_else() -> None:
    normaliser = Normaliser(reasoning=False)
    for message in (U, AssistantMessage(reasoning="t0t"), UserMessage(content=("u1u",))):
        normaliser.feed(message)
    assert [*normaliser.settled, *normaliser.tail()] == [UserMessage(content=("u0u\n\nu1u",))]
