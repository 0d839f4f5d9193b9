"""Histories with every kind of trouble in them, and what the strictest server would say of a normalised one."""

from __future__ import annotations

import collections
import itertools
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.protocol.instruct.validator import MistralRequestValidatorV15, ValidationMode

from agentkit.protocol.images import ImageData
from agentkit.protocol.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolCall,
    ToolResult,
    UserMessage,
)
from agentkit.wire.dialect import Dialect
from agentkit.wire.encode import message_fields
from agentkit.wire.foreign import messages_from_openai

PIXEL = ImageData(media_type="image/png", data=b"\x89PNG", width=28, height=28, sha256="0" * 64, tokens=2)
DIALECT = Dialect(reasoning_out="reasoning", template_prompt=False)
SAME_TAIL = "abcdefghi"
TOKEN = re.compile(r"\b[a-z]\d+[a-z]\b")
MAY_BE_MISSING = "t"  # reasoning, where the dialect carries none

Normalise = Callable[..., list[Message]]
"""(messages, reasoning=, text_beside_calls=) -> messages in the strictest form."""


@dataclass
class Case:
    """A history, every word in it unique, and what is odd about it."""

    messages: list[Message] = field(default_factory=list)
    kinds: collections.Counter[str] = field(default_factory=collections.Counter)
    said: list[str] = field(default_factory=list)  # in order; results apart
    results: list[str] = field(default_factory=list)
    call_ids: dict[str, str] = field(default_factory=dict)  # word in the arguments -> id as given
    answers: dict[str, str] = field(default_factory=dict)  # word of a result that came in time -> id as given
    reasoning: bool = True  # what the dialect carries
    text_beside_calls: bool = True

    def word(self, letter: str) -> str:
        """Return a word that occurs nowhere else: s system, d developer, u user, t thought, a text, g argument, r result."""
        token = f"{letter}{len(self.said) + len(self.results)}{letter}"
        (self.results if letter == "r" else self.said).append(token)
        return token

    def add(self, message: Message, *kinds: str) -> None:
        self.messages.append(message)
        self.kinds.update(kinds)


@st.composite
def histories(draw: st.DrawFn) -> Case:
    """Draw a history; most dialects carry reasoning, and text beside calls."""
    case = Case(reasoning=draw(st.integers(0, 3)) > 0, text_beside_calls=draw(st.integers(0, 3)) > 0)
    open_calls: list[ToolCall] = []
    in_time = False  # whether a result would still answer its call
    speakers = [
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
    for speaker in draw(st.lists(st.sampled_from(speakers), min_size=1, max_size=14)):
        match speaker:
            case "system":
                _add_system(draw, case)
            case "developer":
                case.kinds["developer"] += 1
                case.messages.extend(messages_from_openai([{"role": "developer", "content": case.word("d")}]))
            case "user":
                content = [
                    PIXEL if draw(st.booleans()) else case.word("u") if draw(st.integers(0, 5)) else " \n"
                    for _ in range(draw(st.integers(0, 3)))
                ]
                case.add(UserMessage(content=tuple(content)), "empty_user" if not content else "user")
                case.kinds["user_before_result"] += bool(open_calls)
            case "assistant":
                shape = draw(st.sampled_from(["both", "text", "reasoning_only", "empty"]))
                blank = draw(st.sampled_from(["", " "]))
                reasoning = case.word("t") if shape in ("both", "reasoning_only") else blank
                text = case.word("a") if shape in ("both", "text") else draw(st.sampled_from(["", "\n "]))
                case.add(AssistantMessage(text=text, reasoning=reasoning), f"assistant_{shape}")
                in_time = in_time and not (text.strip() or (reasoning.strip() and case.reasoning))
            case "calls":
                case.kinds["missing_result"] += bool(open_calls)
                open_calls, in_time = _add_calls(draw, case), True
            case "result" if open_calls:
                _add_result(draw, case, open_calls, in_time=in_time)
            case "orphan":
                images = (PIXEL,) * (draw(st.integers(0, 4)) == 0)
                case.add(
                    ToolResult(call_id="nobody", name="ghost", text=case.word("r"), images=images),
                    "orphan_result",
                )
            case _:
                pass
    case.kinds["missing_result"] += bool(open_calls)
    if not case.messages:
        case.add(UserMessage(content=(case.word("u"),)))
    if isinstance(case.messages[-1], AssistantMessage) and not case.messages[-1].tool_calls:
        case.kinds["trailing_assistant"] += 1
    return case


def _add_system(draw: st.DrawFn, case: Case) -> None:
    if draw(st.integers(0, 5)) == 0:
        case.add(SystemMessage(text=" "), "blank_system")
        return
    if any(isinstance(message, SystemMessage) for message in case.messages):
        case.kinds["repeated_system"] += 1
    late = bool(case.messages) and not isinstance(case.messages[-1], SystemMessage)
    case.add(SystemMessage(text=case.word("s")), "late_system" if late else "system")


IDS = st.one_of(
    st.sampled_from(["", "dup", "null", SAME_TAIL, f"x{SAME_TAIL}", f"call_{SAME_TAIL}"]),
    st.text(alphabet="aB3_-", min_size=1, max_size=40),
)
NAMES = st.sampled_from(["find", "read file", "é" * 3, "x" * 90, ""])


def _add_calls(draw: st.DrawFn, case: Case) -> list[ToolCall]:
    reasoning = case.word("t") if draw(st.booleans()) else draw(st.sampled_from(["", " "]))
    text = case.word("a") if draw(st.integers(0, 3)) == 0 else draw(st.sampled_from(["", "\n"]))
    calls: list[ToolCall] = []
    for _ in range(draw(st.integers(1, 3))):
        given_id = draw(IDS)
        case.kinds["same_tail_id"] += given_id.endswith(SAME_TAIL)
        if draw(st.integers(0, 6)) == 0:
            arguments = draw(st.sampled_from(["", " "]))
            case.kinds["no_arguments"] += 1
        else:
            word = case.word("g")
            case.call_ids[word] = given_id
            shapes = ['{{"q":"{}"}}', '{{"q":"{}"', '["{}"]', '"{}"', "{}", '{{"q":NaN,"w":"{}"}}']
            shape = draw(st.sampled_from(shapes))
            arguments = shape.format(word)
            case.kinds["bad_arguments"] += shape != shapes[0]
        calls.append(ToolCall(id=given_id, name=draw(NAMES), arguments=arguments))
    message = AssistantMessage(reasoning=reasoning, text=text, tool_calls=tuple(calls))
    case.add(message, "text_beside_calls" if text.strip() else "calls")
    return calls


def _add_result(draw: st.DrawFn, case: Case, open_calls: list[ToolCall], *, in_time: bool) -> None:
    call = open_calls.pop(draw(st.integers(0, len(open_calls) - 1)))
    images = (PIXEL,) * (draw(st.integers(0, 4)) == 0)
    text = case.word("r") if draw(st.integers(0, 5)) else " "
    if in_time and text.strip():
        case.answers[text] = call.id
    # under another name at times: the call's own name is the right one
    name = draw(st.sampled_from([call.name, "other"]))
    case.add(
        ToolResult(call_id=call.id, name=name, text=text, images=images),
        "tool_images" if images else "result",
    )
    if draw(st.integers(0, 4)) == 0 and not any(other.id == call.id for other in open_calls):
        case.add(ToolResult(call_id=call.id, name=call.name, text=case.word("r")), "duplicate_result")


def problems(case: Case, normalise: Normalise) -> list[str]:
    """Return what the strictest server, or whoever said something, would complain about."""
    carried = {"reasoning": case.reasoning, "text_beside_calls": case.text_beside_calls}
    out = normalise(case.messages, **carried)
    found = [
        *order_problems(out),
        *form_problems(out, **carried),
        *_loss_problems(case, out),
        *_answer_problems(case, out),
        *_late_problems(case, out),
    ]
    if found:
        return found  # the validator is slow
    if normalise(out, **carried) != out:
        found.append("normalising twice changes something")
    if normalise(case.messages, **carried) != out:
        found.append("normalising the same again gives something else")
    return found or _refusals(out)


def _refusals(out: list[Message]) -> list[str]:
    wire = [message_fields(message, DIALECT) for message in out]
    without_images = [
        {**message, "content": [part for part in message["content"] if part["type"] == "text"] or "image"}
        if isinstance(message["content"], list)
        else message
        for message in wire
    ]  # the validator would decode the pixels; placement of images is checked here
    try:
        request: Any = ChatCompletionRequest.from_openai(without_images, model="ms4", reasoning_effort="high")
        MistralRequestValidatorV15(ValidationMode.serving).validate_request(request)
    except Exception as error:
        return [f"mistral-common: {error}"]
    return []


def order_problems(out: list[Message]) -> list[str]:
    """Return where roles follow each other as they must not."""
    found: list[str] = []
    if any(isinstance(message, SystemMessage) for message in out[1:]):
        found.append("a system message that is not the first")
    turns = [message for message in out if not isinstance(message, SystemMessage)]
    if not turns or not isinstance(turns[0], UserMessage):
        found.append("the user does not open")
    for before, after in itertools.pairwise(turns):
        calls = isinstance(before, AssistantMessage) and before.tool_calls
        legal: dict[type, tuple[type, ...]] = {
            UserMessage: (AssistantMessage,),
            ToolResult: (AssistantMessage, ToolResult),
            AssistantMessage: (ToolResult,) if calls else (UserMessage,),
        }
        if not isinstance(after, legal[type(before)]):
            found.append(f"{type(after).__name__} after {type(before).__name__}")
    if turns and isinstance(turns[-1], AssistantMessage):
        found.append("the assistant comes last")
    return found


def form_problems(out: list[Message], *, reasoning: bool = True, text_beside_calls: bool = True) -> list[str]:
    """Return what is wrong with single messages, and with calls and their results."""
    found: list[str] = []
    seen: set[str] = set()
    for index, message in enumerate(out):
        match message:
            case AssistantMessage():
                results = itertools.takewhile(lambda later: isinstance(later, ToolResult), out[index + 1 :])
                found += _assistant_problems(
                    message, seen, reasoning=reasoning, text_beside_calls=text_beside_calls
                )
                found += _pairing_problems(
                    message, [each for each in results if isinstance(each, ToolResult)]
                )
            case ToolResult():
                found += ["an image in a tool result"] * bool(message.images)
                found += ["a blank tool result"] * (not message.text.strip())
            case UserMessage():
                found += _user_problems(message)
            case SystemMessage():
                found += ["a blank system message"] * (not message.text.strip())
    return found


def _assistant_problems(
    message: AssistantMessage, seen: set[str], *, reasoning: bool, text_beside_calls: bool
) -> Iterable[str]:
    if not (message.text or message.reasoning or message.tool_calls):
        yield "an empty assistant message"
    if any(said and not said.strip() for said in (message.text, message.reasoning)):
        yield "blanks for text or reasoning"
    if message.reasoning and not reasoning:
        yield "reasoning where the dialect carries none"
    if message.text and message.tool_calls and not text_beside_calls:
        yield "text beside calls where the dialect carries none"
    for call in message.tool_calls:
        if not re.fullmatch(r"[a-zA-Z0-9]{9}", call.id) or call.id in seen:
            yield f"bad id {call.id!r}"
        seen.add(call.id)
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", call.name):
            yield f"bad name {call.name!r}"
        try:
            arguments = json.loads(call.arguments, parse_constant=_refuse_constant)
        except ValueError:
            arguments = None
        if not isinstance(arguments, dict):
            yield f"arguments that are no JSON object: {call.arguments}"
        elif any(value in ("", " ") for value in arguments.values()):
            yield f"arguments that nobody gave: {call.arguments}"


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _pairing_problems(message: AssistantMessage, results: list[ToolResult]) -> Iterable[str]:
    calls = [(call.id, call.name) for call in message.tool_calls]
    if calls != [(result.call_id, result.name) for result in results]:
        yield "results that do not answer the calls one to one, in order"


def _user_problems(message: UserMessage) -> Iterable[str]:
    content = message.content
    if not content or any(isinstance(part, str) and not part.strip() for part in content):
        yield "an empty user message, or a blank part"
    if len(content) == 2 and isinstance(content[0], str):
        yield "the text before the image"
    if any(isinstance(a, str) and isinstance(b, str) for a, b in itertools.pairwise(content)):
        yield "two texts side by side"


def _loss_problems(case: Case, out: list[Message]) -> list[str]:
    found: list[str] = []
    said = [word for word in case.said if case.reasoning or not word.startswith(MAY_BE_MISSING)]
    tokens = TOKEN.findall(" ".join(flat(message) for message in out))
    counts = collections.Counter(tokens)
    found += [f"{word} is there {counts[word]} times" for word in (*said, *case.results) if counts[word] != 1]
    if [token for token in tokens if not token.startswith("r")] != said:
        found.append("what was said is out of order")
    wanted, there = _count_images(case.messages), _count_images(out)
    if wanted != there:
        found.append(f"{there} of {wanted} images are left")
    return found


def _answer_problems(case: Case, out: list[Message]) -> list[str]:
    """Return the results that answer another call than theirs, or none although they came in time."""
    found: list[str] = []
    words = {
        call.id: word
        for message in out
        if isinstance(message, AssistantMessage)
        for call in message.tool_calls
        for word in TOKEN.findall(call.arguments)
    }
    given = {
        result: case.call_ids.get(words.get(message.call_id, ""))
        for message in out
        if isinstance(message, ToolResult)
        for result in TOKEN.findall(message.text)
    }
    for result, call_id in case.answers.items():
        if result not in given:
            found.append(f"{result} answers a call and is no result any more")
        elif given[result] not in (None, call_id):  # None: a call without arguments
            found.append(f"{result} answers another call")
    return found


def _late_problems(case: Case, out: list[Message]) -> Iterable[str]:
    """Tell where what the system said later has moved to the front."""
    front = out[0].text if out and isinstance(out[0], SystemMessage) else ""
    begun = False
    for message in case.messages:
        if isinstance(message, SystemMessage) and message.text.strip():
            if begun and message.text in front:
                yield f"{message.text} was said later and leads now"
        elif isinstance(message, AssistantMessage):
            reasoning = message.reasoning if case.reasoning else ""
            begun = begun or bool(message.text.strip() or reasoning.strip() or message.tool_calls)
        else:
            begun = (
                begun
                or isinstance(message, ToolResult)
                or bool(flat(message).strip())
                or bool(_count_images([message]))
            )


def _count_images(messages: list[Message]) -> int:
    return sum(
        sum(part is PIXEL for part in message.content)
        if isinstance(message, UserMessage)
        else len(message.images)
        if isinstance(message, ToolResult)
        else 0
        for message in messages
    )


def flat(message: Message) -> str:
    """Return all that a message says, as one text."""
    match message:
        case AssistantMessage():
            return " ".join(
                [message.reasoning, message.text, *(call.arguments for call in message.tool_calls)]
            )
        case UserMessage():
            return " ".join(part for part in message.content if isinstance(part, str))
        case _:
            return message.text
