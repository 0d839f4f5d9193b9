"""Any history, brought into the strictest form that every server accepts.

The rules, each of which some server demands (mistral-common 1.13 validators, vLLM 0.32, template servers):

1. One system message, and it comes first. A later one stays where it is, as words of the user.
2. Neighbouring user messages become one.
3. No assistant message is empty.
4. User and assistant alternate: where two assistant turns meet, where one would open the conversation and where
   one would end it, the user says `Continue.`.
5. Between tool results and the next user message stands an assistant message.
6. Call ids are unique and exactly 9 alphanumerics.
7. Every call has exactly one result, in the order of the calls. A missing one is filled in with a note; one that
   answers no open call becomes words of the user.
8. Arguments are a JSON object; anything else is wrapped in one.
9. A tool result is text; its images follow in a user message.
10. Tool names are `^[a-zA-Z0-9_-]{1,64}$`.
11. Of a user message with exactly one text and one image the image comes first, as templates would put it.

Nothing that was said is lost, and what is in this form already does not change.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from agentkit._util import json
from agentkit.protocol.messages import (
    AssistantMessage,
    Message,
    Part,
    SystemMessage,
    ToolCall,
    ToolResult,
    UserMessage,
)

CONTINUE = "Continue."
"""What the user says where a template needs a user turn."""

BRIDGE = "I have read the tool results."
"""What the assistant says between tool results and the next user message."""

NO_RESULT = "No result was recorded for this call."
"""The result of a call that never got one."""

RAW_ARGUMENTS = "_raw"
"""Key under which arguments that are no JSON object are kept."""

_WIRE_ID = re.compile(r"[a-zA-Z0-9]{9}")
_BAD_NAME = re.compile(r"[^a-zA-Z0-9_-]")
_ALPHABET = string.digits + string.ascii_letters


def normalise(messages: Iterable[Message]) -> list[Message]:
    """Bring a whole history into the strictest form; doing it twice changes nothing."""
    normaliser = Normaliser()
    for message in messages:
        normaliser.feed(message)
    return [*normaliser.settled, *normaliser.tail()]


@dataclass(slots=True)
class _Calls:
    """The calls of the latest assistant message that still wait for results."""

    ids: dict[str, list[ToolCall]]  # given id -> calls in wire form, in order
    order: list[ToolCall]
    results: dict[str, ToolResult] = field(default_factory=dict[str, ToolResult])  # wire id -> result


class Normaliser:
    """Brings messages into the strictest form one at a time.

    `settled` only grows and never changes, so its encoded form can be kept; `tail()` is what would follow if the
    request were made now. Feeding a message costs the same whatever came before.

    Args:
        reasoning: Whether the dialect carries reasoning back. Where it does not, a turn that holds nothing else
            is left out as empty.
        text_beside_calls: Whether one assistant message may hold text and calls (not before Mistral's tokenizer 7).
            Where it may not, they become two turns.
    """

    __slots__ = ("_calls", "_reasoning", "_system", "_text_beside_calls", "_used_ids", "_user", "settled")

    def __init__(self, *, reasoning: bool = True, text_beside_calls: bool = True) -> None:
        self.settled: list[Message] = []
        self._reasoning = reasoning
        self._text_beside_calls = text_beside_calls
        self._system: list[str] | None = []  # None once the system message is settled
        self._user: list[Part] = []
        self._calls: _Calls | None = None
        self._used_ids: set[str] = set()

    def feed(self, message: Message) -> None:
        """Take the next message of the conversation."""
        match message:
            case SystemMessage():
                self._feed_system(message)
            case UserMessage():
                self._feed_user(message.content)
            case AssistantMessage():
                self._feed_assistant(message)
            case ToolResult():
                self._feed_result(message)

    def tail(self) -> list[Message]:
        """Return what follows `settled` in a request made now, without changing anything."""
        rest = Normaliser(reasoning=self._reasoning, text_beside_calls=self._text_beside_calls)
        rest.settled = self.settled[-1:]
        rest._system = None if self._system is None else list(self._system)
        rest._user = list(self._user)
        rest._calls = self._calls and replace(self._calls, results=dict(self._calls.results))
        rest._used_ids = self._used_ids
        known = len(rest.settled)
        rest._finish()
        return rest.settled[known:]

    # Taking messages

    def _feed_system(self, message: SystemMessage) -> None:
        if not message.text.strip():
            return
        if self._system is not None:
            self._system.append(message.text)
        else:
            self._feed_user((message.text,))

    def _feed_user(self, content: Iterable[Part]) -> None:
        parts = [part for part in content if not isinstance(part, str) or part.strip()]
        if not parts:
            return
        self._settle_system()
        self._user.extend(parts)  # open calls stay open: their results may come after what the user threw in

    def _feed_assistant(self, message: AssistantMessage) -> None:
        reasoning = message.reasoning if self._reasoning and message.reasoning.strip() else ""
        text = message.text if message.text.strip() else ""
        if not (text or reasoning or message.tool_calls):
            return
        if text and message.tool_calls and not self._text_beside_calls:
            self._feed_assistant(AssistantMessage(text=text, reasoning=reasoning))
            text, reasoning = "", ""
        self._settle_system()
        self._settle_results()
        self._settle_user()
        self._alternate()
        calls = tuple(self._wire_call(call) for call in message.tool_calls)
        self.settled.append(AssistantMessage(text=text, reasoning=reasoning, tool_calls=calls))
        if calls:
            ids: dict[str, list[ToolCall]] = {}
            for given, call in zip(message.tool_calls, calls, strict=True):
                ids.setdefault(given.id, []).append(call)
            self._calls = _Calls(ids=ids, order=list(calls))

    def _feed_result(self, message: ToolResult) -> None:
        open_calls = self._calls and self._calls.ids.get(message.call_id)
        if not (self._calls and open_calls):
            self._adopt(message)
            return
        call = open_calls.pop(0)
        text = message.text if message.text.strip() else "(empty)"
        self._calls.results[call.id] = ToolResult(
            call_id=call.id, name=call.name, text=text, is_error=message.is_error
        )
        if message.images:
            self._user.extend((f"Images returned by {call.name} (call {call.id}):", *message.images))
        if len(self._calls.results) == len(self._calls.order):
            self._settle_results()

    def _adopt(self, message: ToolResult) -> None:
        """Keep a result that answers no open call, as words of the user."""
        label = f"Result of {_tool_name(message.name)}, which answers no open call:"
        self._settle_system()
        self._user.append(f"{label}\n{message.text}" if message.text.strip() else f"{label}\n(empty)")
        self._user.extend(message.images)

    # Settling what can no longer change

    def _settle_system(self) -> None:
        if self._system:
            self.settled.append(SystemMessage(text="\n\n".join(self._system)))
        self._system = None

    def _settle_results(self) -> None:
        if self._calls is None:
            return
        for call in self._calls.order:
            missing = ToolResult(call_id=call.id, name=call.name, text=NO_RESULT, is_error=True)
            self.settled.append(self._calls.results.get(call.id, missing))
        self._calls = None

    def _settle_user(self) -> None:
        if not self._user:
            return
        if self.settled and isinstance(self.settled[-1], ToolResult):
            self.settled.append(AssistantMessage(text=BRIDGE))
        self.settled.append(UserMessage(content=_merge(self._user)))
        self._user = []

    def _alternate(self) -> None:
        """Let the user speak where the assistant would follow itself or open the conversation."""
        if not self.settled or isinstance(self.settled[-1], AssistantMessage | SystemMessage):
            self.settled.append(UserMessage(content=(CONTINUE,)))

    def _finish(self) -> None:
        self._settle_system()
        self._settle_results()
        self._settle_user()
        self._alternate()

    # Calls

    def _wire_call(self, call: ToolCall) -> ToolCall:
        wire_id = _wire_id(call.id, self._used_ids)
        self._used_ids.add(wire_id)
        return ToolCall(id=wire_id, name=_tool_name(call.name), arguments=_object_arguments(call.arguments))


def _wire_id(given: str, used: set[str]) -> str:
    """Keep an id that is right and new; else derive one that is the same in every run."""
    if _WIRE_ID.fullmatch(given) and given not in used:
        return given
    salt = 0
    while True:
        number = int.from_bytes(
            hashlib.sha256(f"{salt}:{given}".encode("utf-8", "replace")).digest()[:8], "big"
        )
        derived = ""
        for _ in range(9):
            number, digit = divmod(number, len(_ALPHABET))
            derived += _ALPHABET[digit]
        if derived not in used:
            return derived
        salt += 1


def _tool_name(name: str) -> str:
    return _BAD_NAME.sub("_", name)[:64] or "unknown"


def _object_arguments(arguments: str) -> str:
    """Keep a JSON object as it is written; wrap everything else in one."""
    if not arguments.strip():
        return "{}"
    try:
        if json.is_object_text(arguments):  # which was asked when they were checked
            return arguments
    except ValueError:
        pass
    return json.dumps({RAW_ARGUMENTS: arguments})


def _merge(parts: list[Part]) -> tuple[Part, ...]:
    """Join neighbouring texts; put the image first where there is exactly one text and one image."""
    merged: list[Part] = []
    for part in parts:
        if merged and isinstance(part, str) and isinstance(merged[-1], str):
            merged[-1] = f"{merged[-1]}\n\n{part}"
        else:
            merged.append(part)
    if len(merged) == 2 and isinstance(merged[0], str):
        merged.reverse()
    return tuple(merged)
