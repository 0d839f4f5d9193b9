"""Faults of streams."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from agentkit.testing.proxy import Passing, WireFault
from agentkit.testing.request import object_in, objects_in
from agentkit.testing.zoo.edits import (
    Change,
    calls_of,
    each_call,
    each_choice,
    first_call_only,
    part_of,
    refuse_with,
)


def _streamed_text(
    change: Callable[[str], str], *, when: Callable[[dict[str, Any]], Any] = lambda body: True
) -> Change:
    def edit(choice: dict[str, Any], passing: Passing) -> None:
        part = part_of(choice)
        if when(passing.asked) and isinstance(part.get("content"), str):
            part["content"] = change(part["content"])

    return each_choice(edit, whole=False)


def _no_finish(choice: dict[str, Any], passing: Passing) -> None:
    del passing
    choice["finish_reason"] = None


def _no_done(passing: Passing) -> None:
    passing.done = False


def _no_usage(passing: Passing) -> None:
    if passing.streamed:
        passing.events = [event for event in passing.events if event.get("choices")]
        for event in passing.events:
            event.pop("usage", None)


def _texts(passing: Passing) -> list[int]:
    return [
        number
        for number, event in enumerate(passing.events)
        if any(part_of(choice).get("content") for choice in objects_in(event.get("choices")))
    ]


def _last_piece_lost(passing: Passing) -> None:
    texts = _texts(passing)
    if len(texts) > 2:
        part_of(passing.events[texts[-1]]["choices"][0])["content"] = ""


def _piece_twice(passing: Passing) -> None:
    texts = _texts(passing)
    if len(texts) > 2:
        passing.events.insert(texts[1], deepcopy(passing.events[texts[1]]))


def _later_calls_lost(passing: Passing) -> None:
    if passing.streamed:
        first_call_only(passing)


def _last_argument_lost(passing: Passing) -> None:
    calls = [call for call in calls_of(passing) if object_in(call.get("function")).get("arguments")]
    if passing.streamed and calls:
        calls[-1]["function"]["arguments"] = ""


def _no_index(call: dict[str, Any], passing: Passing) -> None:
    if passing.streamed:
        call.pop("index", None)


def _errors_swallowed(passing: Passing) -> None:
    if not passing.chat or not passing.asked.get("stream"):
        return
    failed = passing.status >= 400 or any(event.get("error") for event in passing.events)
    if failed:
        choice: dict[str, Any] = {"index": 0, "delta": {}, "finish_reason": "stop"}
        passing.status, passing.kind, passing.data, passing.done = 200, "text/event-stream", None, True
        passing.events = [
            {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        ]


def _cut_stream_says_stop(choice: dict[str, Any], passing: Passing) -> None:
    del passing
    if choice.get("finish_reason") == "length":
        choice["finish_reason"] = "stop"


def _wrong_type(passing: Passing) -> None:
    if passing.streamed:
        passing.kind = "application/json"


def _fails(passing: Passing) -> None:
    if passing.chat and passing.asked.get("stream"):
        refuse_with(passing, 500, "streaming is broken")


FAULTS = (
    WireFault(
        name="stream_loses_brackets", about="every ] is deleted from streamed text beside tools",
        reply=_streamed_text(lambda text: text.replace("]", ""), when=lambda body: body.get("tools")),
    ),
    WireFault(name="stream_loses_spaces", about="spaces are deleted from streamed text", reply=_streamed_text(str.strip)),
    WireFault(name="stream_loses_second_call", about="a second streamed call is lost", reply=_later_calls_lost),
    WireFault(name="stream_loses_arguments", about="the last piece of streamed arguments is lost", reply=_last_argument_lost),
    WireFault(name="stream_without_index", about="deltas of calls have no index", reply=each_call(_no_index)),
    WireFault(name="stream_without_finish", about="streams have no finish_reason", reply=each_choice(_no_finish, whole=False)),
    WireFault(name="stream_without_done", about="streams end without [DONE]", reply=_no_done),
    WireFault(name="stream_without_usage", about="streams tell no usage", reply=_no_usage),
    WireFault(name="stream_loses_end", about="the last piece of streamed text is lost", reply=_last_piece_lost),
    WireFault(name="stream_doubles_piece", about="a piece of streamed text comes twice", reply=_piece_twice),
    WireFault(name="stream_hides_errors", about="errors of streamed requests become empty streams", reply=_errors_swallowed),
    WireFault(
        name="cut_stream_says_stop", about="cut streams say stop", reply=each_choice(_cut_stream_says_stop, whole=False)
    ),
    WireFault(name="stream_of_wrong_type", about="streams are called application/json", reply=_wrong_type),
    WireFault(name="stream_fails", about="every streamed request is a 500", ask=_fails),
    WireFault(
        name="stream_breaks_characters", about="characters beyond ASCII are broken in streams",
        reply=_streamed_text(lambda text: re.sub(r"[^\x00-\x7f]", "\ufffd", text)),
    ),
)  # fmt: skip
