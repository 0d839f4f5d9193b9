"""Faults of tools and their calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from agentkit._util.json import is_object
from agentkit.testing.proxy import Passing, WireFault
from agentkit.testing.request import object_in, objects_in
from agentkit.testing.zoo.edits import (
    Change,
    ask_with,
    each_call,
    each_choice,
    first_call_only,
    leave_out,
    part_of,
    refuse_with,
    rewrite_messages,
)


def _choice_ignored(kind: Callable[[Any], bool]) -> Change:
    return leave_out("tool_choice", when=lambda body: kind(body.get("tool_choice")))


def _unstrict(body: dict[str, Any]) -> None:
    for tool in objects_in(body.get("tools")):
        object_in(tool.get("function")).pop("strict", None)


def _as_text(choice: dict[str, Any], passing: Passing) -> None:
    part = part_of(choice)
    calls = objects_in(part.pop("tool_calls", None))
    if calls:
        functions = [object_in(call.get("function")) for call in calls]
        written = "".join(f"[TOOL_CALLS]{f.get('name')}[ARGS]{f.get('arguments')}" for f in functions)
        part["content"] = (part.get("content") or "") + written
    if choice.get("finish_reason") == "tool_calls":
        choice["finish_reason"] = "stop"


def _arguments(change: Callable[[str], Any]) -> Change:
    def reply(call: dict[str, Any], passing: Passing) -> None:
        function = object_in(call.get("function"))
        if not passing.streamed and isinstance(function.get("arguments"), str):
            function["arguments"] = change(function["arguments"])

    return each_call(reply)


def _as_data(arguments: str) -> Any:
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def _same_id(call: dict[str, Any], passing: Passing) -> None:
    del passing
    if call.get("id"):
        call["id"] = "call00001"


def _no_id(call: dict[str, Any], passing: Passing) -> None:
    del passing
    call.pop("id", None)


def _says_stop(choice: dict[str, Any], passing: Passing) -> None:
    del passing
    if choice.get("finish_reason") == "tool_calls":
        choice["finish_reason"] = "stop"


def _cut_call_is_whole(choice: dict[str, Any], passing: Passing) -> None:
    if not passing.asked.get("tools") or choice.get("finish_reason") != "length":
        return
    choice["finish_reason"] = "tool_calls"
    if not passing.streamed:
        function = {"name": "get_", "arguments": "{}"}
        part_of(choice)["tool_calls"] = [{"id": "abcdefghi", "type": "function", "function": function}]
        part_of(choice)["content"] = None


def _empty_results(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**message, "content": "ok"} if message.get("role") == "tool" else message for message in messages
    ]


def _empty_second_result(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    results = [number for number, message in enumerate(messages) if message.get("role") == "tool"]
    if len(results) > 1:
        messages[results[1]]["content"] = "ok"
    return messages


def _empty_calls(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for message in messages:
        for call in objects_in(message.get("tool_calls")):
            object_in(call.get("function"))["arguments"] = "{}"
    return messages


def _demand_order(passing: Passing) -> None:
    messages = objects_in(passing.asked.get("messages"))
    made = [call.get("id") for message in messages for call in objects_in(message.get("tool_calls"))]
    got = [message.get("tool_call_id") for message in messages if message.get("role") == "tool"]
    if got and made[: len(got)] != got:
        refuse_with(passing, 400, "Tool results must come in the order of the calls.")


def _renamed(call: dict[str, Any], passing: Passing) -> None:
    del passing
    function = object_in(call.get("function"))
    if function.get("name"):
        function["name"] = f"functions.{function['name']}"


FAULTS = (
    WireFault(name="calls_renamed", about="calls name tools that were not offered", reply=each_call(_renamed)),

    WireFault(name="tools_dropped", about="tools do not reach the model", ask=leave_out("tools", "tool_choice", "parallel_tool_calls")),
    WireFault(name="calls_as_text", about="calls come as text", reply=each_choice(_as_text)),
    WireFault(name="required_ignored", about="tool_choice=required becomes auto", ask=_choice_ignored(lambda c: c == "required")),
    WireFault(name="none_ignored", about="tool_choice=none becomes auto", ask=_choice_ignored(lambda c: c == "none")),
    WireFault(name="named_ignored", about="a named tool_choice becomes auto", ask=_choice_ignored(is_object)),
    WireFault(name="strict_ignored", about="strict is dropped", ask=ask_with(_unstrict)),
    WireFault(name="arguments_as_data", about="arguments come as an object", reply=_arguments(_as_data)),
    WireFault(name="arguments_twice", about="arguments are encoded twice", reply=_arguments(json.dumps)),
    WireFault(name="arguments_cut", about="the last character of arguments is lost", reply=_arguments(lambda text: text[:-1])),
    WireFault(name="ids_same", about="every call has the same id", reply=each_call(_same_id)),
    WireFault(name="ids_missing", about="calls have no ids", reply=each_call(_no_id)),
    WireFault(name="second_call_lost", about="only the first call arrives", reply=first_call_only),
    WireFault(
        name="parallel_setting_ignored", about="parallel_tool_calls is dropped", ask=leave_out("parallel_tool_calls")
    ),
    WireFault(name="calls_say_stop", about="calls end with finish_reason stop", reply=each_choice(_says_stop)),
    WireFault(name="cut_call_is_whole", about="a cut call says tool_calls, with arguments {}", reply=each_choice(_cut_call_is_whole)),
    WireFault(name="results_dropped", about="results of tools are emptied", ask=rewrite_messages(_empty_results)),
    WireFault(name="second_result_dropped", about="the second result is emptied", ask=rewrite_messages(_empty_second_result)),
    WireFault(name="calls_forgotten", about="arguments of earlier calls are emptied", ask=rewrite_messages(_empty_calls)),
    WireFault(name="order_demanded", about="results must come in the order of the calls", ask=_demand_order),
)  # fmt: skip
