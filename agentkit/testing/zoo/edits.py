"""What faults are made of: changes to requests, replies, streams and pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from agentkit._util.json import is_object
from agentkit.testing.proxy import Passing
from agentkit.testing.request import object_in, objects_in

Change = Callable[[Passing], None]
REASONING = ("reasoning", "reasoning_content")


def ask_with(change: Callable[[dict[str, Any]], None]) -> Change:
    """Change the body of chat requests."""

    def ask(passing: Passing) -> None:
        if passing.chat:
            change(passing.body)

    return ask


def leave_out(*names: str, when: Callable[[dict[str, Any]], Any] = bool) -> Change:
    """Leave fields out of chat requests."""

    def leave_out(body: dict[str, Any]) -> None:
        if when(body):
            for name in names:
                body.pop(name, None)

    return ask_with(leave_out)


def rewrite_messages(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Change:
    """Change the messages of chat requests."""

    def rewrite(body: dict[str, Any]) -> None:
        body["messages"] = change(deepcopy(objects_in(body.get("messages"))))

    return ask_with(rewrite)


def each_choice(
    change: Callable[[dict[str, Any], Passing], None], *, whole: bool = True, streamed: bool = True
) -> Change:
    """Change each choice of good chat replies: a whole one, or each of a stream's."""

    def reply(passing: Passing) -> None:
        if not passing.chat or passing.status != 200:
            return
        if passing.streamed and streamed:
            for event in passing.events:
                for choice in objects_in(event.get("choices")):
                    change(choice, passing)
        elif is_object(passing.data) and whole:
            for choice in objects_in(passing.data.get("choices")):
                change(choice, passing)

    return reply


def part_of(choice: dict[str, Any]) -> dict[str, Any]:
    """Return the message or delta of a choice."""
    return object_in(choice.get("message")) or object_in(choice.get("delta"))


def calls_of(passing: Passing) -> Iterator[dict[str, Any]]:
    """Yield the calls of a reply, or their deltas."""
    bodies = passing.events if passing.streamed else [object_in(passing.data)]
    for body in bodies:
        for choice in objects_in(body.get("choices")):
            yield from objects_in(part_of(choice).get("tool_calls"))


def each_call(change: Callable[[dict[str, Any], Passing], None], *, whole: bool = True) -> Change:
    """Change each call of good chat replies, or each of its deltas."""

    def reply(passing: Passing) -> None:
        if passing.chat and passing.status == 200 and (whole or passing.streamed):
            for call in calls_of(passing):
                change(call, passing)

    return reply


def change_usage(change: Callable[[dict[str, Any]], None]) -> Change:
    """Change the usage of chat replies."""

    def reply(passing: Passing) -> None:
        for body in [*passing.events, object_in(passing.data)]:
            if passing.chat and is_object(body.get("usage")):
                change(body["usage"])

    return reply


def change_page(path: str, change: Callable[[Any], Any]) -> Change:
    """Change the JSON of another page."""

    def reply(passing: Passing) -> None:
        if passing.path.endswith(path) and passing.status == 200:
            passing.data = change(passing.data)

    return reply


def refuse_with(passing: Passing, status: int, message: str) -> None:
    """Answer a request with an error, without asking the server."""
    passing.status = status
    passing.data = {"error": {"message": message, "type": "BadRequestError", "param": None, "code": status}}


def first_call_only(passing: Passing) -> None:
    """Take every call but the first out of a reply."""
    for body in [*passing.events, object_in(passing.data)]:
        for choice in objects_in(body.get("choices")):
            part = part_of(choice)
            calls = objects_in(part.get("tool_calls"))
            if calls:
                part["tool_calls"] = [
                    call for place, call in enumerate(calls) if call.get("index", place) == 0
                ]
