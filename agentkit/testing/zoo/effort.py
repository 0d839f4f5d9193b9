"""Faults of reasoning effort and of reasoning."""

from __future__ import annotations

from typing import Any

from agentkit._util.json import is_object
from agentkit.testing.proxy import Passing, WireFault
from agentkit.testing.request import objects_in
from agentkit.testing.zoo.edits import (
    REASONING,
    Change,
    ask_with,
    change_usage,
    each_choice,
    leave_out,
    part_of,
    refuse_with,
    rewrite_messages,
)


def _set_effort(effort: str) -> Change:
    def change(body: dict[str, Any]) -> None:
        body["reasoning_effort"] = effort

    return ask_with(change)


def _swap_effort(body: dict[str, Any]) -> None:
    other = {"none": "high", "high": "none"}
    if body.get("reasoning_effort") in other:
        body["reasoning_effort"] = other[body["reasoning_effort"]]


def _settle_effort(body: dict[str, Any]) -> None:
    if body.get("reasoning_effort") not in (None, "none", "high"):
        body["reasoning_effort"] = "none"


def _refuse_high(passing: Passing) -> None:
    if passing.chat and passing.asked.get("reasoning_effort") == "high":
        refuse_with(passing, 400, "Unrecognized request argument supplied: reasoning_effort")


def _leak(*, opening: str, closing: str, whole: bool = True) -> Change:
    """Put the reasoning into the text; in a stream each piece where it comes."""

    def change(choice: dict[str, Any], passing: Passing) -> None:
        part = part_of(choice)
        thought = "".join(str(part.pop(name, None) or "") for name in REASONING)
        if thought:
            marks = (opening, closing) if not passing.streamed else ("", "")
            part["content"] = f"{marks[0]}{thought}{marks[1]}{part.get('content') or ''}"

    def reply(passing: Passing) -> None:
        each_choice(change, whole=whole)(passing)
        if passing.streamed and opening:
            spoken = [
                event
                for event in passing.events
                if any(part_of(c).get("content") for c in objects_in(event.get("choices")))
            ]
            if spoken and passing.asked.get("reasoning_effort") == "high":
                part = part_of(objects_in(spoken[0]["choices"])[0])
                part["content"] = opening + part["content"]

    return reply


def _all_as_reasoning(choice: dict[str, Any], passing: Passing) -> None:
    part = part_of(choice)
    name = next((name for name in REASONING if part.get(name)), "")
    if name and not passing.streamed:
        part[name] += part.get("content") or ""
        part["content"] = ""


def _lose_reasoning(choice: dict[str, Any], passing: Passing) -> None:
    del passing
    for name in REASONING:
        part_of(choice).pop(name, None)


def _forget_reasoning(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in message.items() if name not in REASONING} for message in messages]


def _forget_beside_null(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    nulls = [message.get("content", "") is None for message in messages]
    return [
        _forget_reasoning([message])[0] if null else message
        for message, null in zip(messages, nulls, strict=True)
    ]


def _count_no_reasoning(usage: dict[str, Any]) -> None:
    if is_object(usage.get("completion_tokens_details")):
        usage["completion_tokens_details"]["reasoning_tokens"] = 0


FAULTS = (
    WireFault(name="effort_ignored", about="reasoning_effort is dropped", ask=leave_out("reasoning_effort")),
    WireFault(name="effort_always_high", about="every request thinks", ask=_set_effort("high")),
    WireFault(name="effort_never_high", about="no request thinks", ask=_set_effort("none")),
    WireFault(name="effort_swapped", about="none and high are mixed up", ask=ask_with(_swap_effort)),
    WireFault(name="high_refused", about="effort high is refused", ask=_refuse_high),
    WireFault(name="low_accepted", about="efforts that MS4 lacks are taken as none", ask=ask_with(_settle_effort)),
    WireFault(
        name="reasoning_leaks", about="reasoning stands in the text as [THINK]", reply=_leak(opening="[THINK]", closing="[/THINK]")
    ),
    WireFault(
        name="reasoning_leaks_as_tags", about="reasoning stands in the text as <think>", reply=_leak(opening="<think>", closing="</think>\n")
    ),
    WireFault(name="reasoning_leaks_bare", about="reasoning runs into the text", reply=_leak(opening="", closing="")),
    WireFault(
        name="streamed_reasoning_leaks", about="reasoning stands in streamed text",
        reply=_leak(opening="[THINK]", closing="[/THINK]", whole=False),
    ),
    WireFault(name="answer_as_reasoning", about="the answer comes as reasoning", reply=each_choice(_all_as_reasoning)),
    WireFault(name="reasoning_lost", about="reasoning is thrown away", reply=each_choice(_lose_reasoning)),
    WireFault(
        name="streamed_reasoning_lost", about="reasoning is thrown away in streams",
        reply=each_choice(_lose_reasoning, whole=False),
    ),
    WireFault(name="reasoning_uncounted", about="reasoning is counted as 0 tokens", reply=change_usage(_count_no_reasoning)),
    WireFault(name="reasoning_forgotten", about="reasoning in the history is dropped", ask=rewrite_messages(_forget_reasoning)),
    WireFault(name="null_content_forgets", about="reasoning beside content null is dropped", ask=rewrite_messages(_forget_beside_null)),
)  # fmt: skip
