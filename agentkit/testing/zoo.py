"""The fault zoo: single faults of servers, each to be played by a `FaultyProxy` before any server.

Most were seen on some server or are documented of one; the rest are what a proxy, a wrong flag or a new version may do.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from agentkit._util.json import is_array, is_object
from agentkit.testing.proxy import Passing, WireFault
from agentkit.testing.request import object_in, objects_in, text_of
from agentkit.testing.tokens import image_size

Change = Callable[[Passing], None]
_REASONING = ("reasoning", "reasoning_content")


# What a fault works on


def _asked(change: Callable[[dict[str, Any]], None]) -> Change:
    """Change the body of chat requests."""

    def ask(passing: Passing) -> None:
        if passing.chat:
            change(passing.body)

    return ask


def _without(*names: str, when: Callable[[dict[str, Any]], Any] = bool) -> Change:
    """Leave fields out of chat requests."""

    def leave_out(body: dict[str, Any]) -> None:
        if when(body):
            for name in names:
                body.pop(name, None)

    return _asked(leave_out)


def _messages(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Change:
    """Change the messages of chat requests."""

    def rewrite(body: dict[str, Any]) -> None:
        body["messages"] = change(deepcopy(objects_in(body.get("messages"))))

    return _asked(rewrite)


def _answered(
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


def _part(choice: dict[str, Any]) -> dict[str, Any]:
    """Return the message or delta of a choice."""
    return object_in(choice.get("message")) or object_in(choice.get("delta"))


def _calls_of(passing: Passing) -> Iterator[dict[str, Any]]:
    bodies = passing.events if passing.streamed else [object_in(passing.data)]
    for body in bodies:
        for choice in objects_in(body.get("choices")):
            yield from objects_in(_part(choice).get("tool_calls"))


def _each_call(change: Callable[[dict[str, Any], Passing], None], *, whole: bool = True) -> Change:
    def reply(passing: Passing) -> None:
        if passing.chat and passing.status == 200 and (whole or passing.streamed):
            for call in _calls_of(passing):
                change(call, passing)

    return reply


def _usage(change: Callable[[dict[str, Any]], None]) -> Change:
    def reply(passing: Passing) -> None:
        for body in [*passing.events, object_in(passing.data)]:
            if passing.chat and is_object(body.get("usage")):
                change(body["usage"])

    return reply


def _page(path: str, change: Callable[[Any], Any]) -> Change:
    """Change the JSON of another page."""

    def reply(passing: Passing) -> None:
        if passing.path.endswith(path) and passing.status == 200:
            passing.data = change(passing.data)

    return reply


def _refuse(passing: Passing, status: int, message: str) -> None:
    passing.status = status
    passing.data = {"error": {"message": message, "type": "BadRequestError", "param": None, "code": status}}


# Effort and reasoning


def _set_effort(effort: str) -> Change:
    def change(body: dict[str, Any]) -> None:
        body["reasoning_effort"] = effort

    return _asked(change)


def _swap_effort(body: dict[str, Any]) -> None:
    other = {"none": "high", "high": "none"}
    if body.get("reasoning_effort") in other:
        body["reasoning_effort"] = other[body["reasoning_effort"]]


def _settle_effort(body: dict[str, Any]) -> None:
    if body.get("reasoning_effort") not in (None, "none", "high"):
        body["reasoning_effort"] = "none"


def _refuse_high(passing: Passing) -> None:
    if passing.chat and passing.asked.get("reasoning_effort") == "high":
        _refuse(passing, 400, "Unrecognized request argument supplied: reasoning_effort")


def _leak(*, opening: str, closing: str, whole: bool = True) -> Change:
    """Put the reasoning into the text; in a stream each piece where it comes."""

    def change(choice: dict[str, Any], passing: Passing) -> None:
        part = _part(choice)
        thought = "".join(str(part.pop(name, None) or "") for name in _REASONING)
        if thought:
            marks = (opening, closing) if not passing.streamed else ("", "")
            part["content"] = f"{marks[0]}{thought}{marks[1]}{part.get('content') or ''}"

    def reply(passing: Passing) -> None:
        _answered(change, whole=whole)(passing)
        if passing.streamed and opening:
            spoken = [
                event
                for event in passing.events
                if any(_part(c).get("content") for c in objects_in(event.get("choices")))
            ]
            if spoken and passing.asked.get("reasoning_effort") == "high":
                part = _part(objects_in(spoken[0]["choices"])[0])
                part["content"] = opening + part["content"]

    return reply


def _all_as_reasoning(choice: dict[str, Any], passing: Passing) -> None:
    part = _part(choice)
    name = next((name for name in _REASONING if part.get(name)), "")
    if name and not passing.streamed:
        part[name] += part.get("content") or ""
        part["content"] = ""


def _lose_reasoning(choice: dict[str, Any], passing: Passing) -> None:
    del passing
    for name in _REASONING:
        _part(choice).pop(name, None)


def _forget_reasoning(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in message.items() if name not in _REASONING} for message in messages
    ]


def _forget_beside_null(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    nulls = [message.get("content", "") is None for message in messages]
    return [
        _forget_reasoning([message])[0] if null else message
        for message, null in zip(messages, nulls, strict=True)
    ]


def _count_no_reasoning(usage: dict[str, Any]) -> None:
    if is_object(usage.get("completion_tokens_details")):
        usage["completion_tokens_details"]["reasoning_tokens"] = 0


_EFFORT = (
    WireFault(name="effort_ignored", about="reasoning_effort is dropped", ask=_without("reasoning_effort")),
    WireFault(name="effort_always_high", about="every request thinks", ask=_set_effort("high")),
    WireFault(name="effort_never_high", about="no request thinks", ask=_set_effort("none")),
    WireFault(name="effort_swapped", about="none and high are mixed up", ask=_asked(_swap_effort)),
    WireFault(name="high_refused", about="effort high is refused", ask=_refuse_high),
    WireFault(name="low_accepted", about="efforts that MS4 lacks are taken as none", ask=_asked(_settle_effort)),
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
    WireFault(name="answer_as_reasoning", about="the answer comes as reasoning", reply=_answered(_all_as_reasoning)),
    WireFault(name="reasoning_lost", about="reasoning is thrown away", reply=_answered(_lose_reasoning)),
    WireFault(
        name="streamed_reasoning_lost", about="reasoning is thrown away in streams",
        reply=_answered(_lose_reasoning, whole=False),
    ),
    WireFault(name="reasoning_uncounted", about="reasoning is counted as 0 tokens", reply=_usage(_count_no_reasoning)),
    WireFault(name="reasoning_forgotten", about="reasoning in the history is dropped", ask=_messages(_forget_reasoning)),
    WireFault(name="null_content_forgets", about="reasoning beside content null is dropped", ask=_messages(_forget_beside_null)),
)  # fmt: skip


# Schemas


def _is_high(body: dict[str, Any]) -> bool:
    return body.get("reasoning_effort") == "high"


def _schema_of(body: dict[str, Any]) -> dict[str, Any]:
    return object_in(object_in(body.get("response_format")).get("json_schema"))


def _only_json(body: dict[str, Any]) -> None:
    if body.get("response_format"):
        body["response_format"] = {"type": "json_object"}


def _forget_keywords(body: dict[str, Any]) -> None:
    for node in object_in(object_in(_schema_of(body).get("schema")).get("properties")).values():
        object_in(node).pop("uniqueItems", None)


def _forget_enums(body: dict[str, Any]) -> None:
    for node in object_in(object_in(_schema_of(body).get("schema")).get("properties")).values():
        object_in(node).pop("enum", None)


def _drop_broken(body: dict[str, Any]) -> None:
    if "properties" not in object_in(_schema_of(body).get("schema")):
        body.pop("response_format", None)


def _fence(choice: dict[str, Any], passing: Passing) -> None:
    part = _part(choice)
    if passing.asked.get("response_format") and part.get("content"):
        part["content"] = f"```json\n{part['content']}\n```"


def _cut_schema_is_whole(choice: dict[str, Any], passing: Passing) -> None:
    if passing.asked.get("response_format") and choice.get("finish_reason") == "length":
        choice["finish_reason"] = "stop"


_SCHEMA = (
    WireFault(name="schema_ignored", about="response_format is dropped", ask=_without("response_format")),
    WireFault(
        name="schema_ignored_with_reasoning", about="response_format is dropped at high effort",
        ask=_without("response_format", when=_is_high),
    ),
    WireFault(
        name="schema_ignored_with_tools", about="response_format is dropped beside tools",
        ask=_without("response_format", when=lambda body: body.get("tools")),
    ),
    WireFault(
        name="schema_ignored_in_streams", about="response_format is dropped in streams",
        ask=_without("response_format", when=lambda body: body.get("stream")),
    ),
    WireFault(name="schema_only_json", about="any JSON passes for the schema", ask=_asked(_only_json)),
    WireFault(name="enums_ignored", about="enums of the schema are not enforced", ask=_asked(_forget_enums)),
    WireFault(name="keywords_ignored", about="uniqueItems is dropped from the schema", ask=_asked(_forget_keywords)),
    WireFault(name="broken_schema_ignored", about="a schema that is none is dropped", ask=_asked(_drop_broken)),
    WireFault(name="schema_in_fence", about="JSON comes in a code fence", reply=_answered(_fence, streamed=False)),
    WireFault(
        name="cut_schema_is_whole", about="a cut answer with a schema says stop", reply=_answered(_cut_schema_is_whole)
    ),
)  # fmt: skip


# Tools


def _choice_ignored(kind: Callable[[Any], bool]) -> Change:
    return _without("tool_choice", when=lambda body: kind(body.get("tool_choice")))


def _unstrict(body: dict[str, Any]) -> None:
    for tool in objects_in(body.get("tools")):
        object_in(tool.get("function")).pop("strict", None)


def _as_text(choice: dict[str, Any], passing: Passing) -> None:
    part = _part(choice)
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

    return _each_call(reply)


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


def _first_call_only(passing: Passing) -> None:
    for body in [*passing.events, object_in(passing.data)]:
        for choice in objects_in(body.get("choices")):
            part = _part(choice)
            calls = objects_in(part.get("tool_calls"))
            if calls:
                part["tool_calls"] = [
                    call for place, call in enumerate(calls) if call.get("index", place) == 0
                ]


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
        _part(choice)["tool_calls"] = [{"id": "abcdefghi", "type": "function", "function": function}]
        _part(choice)["content"] = None


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
        _refuse(passing, 400, "Tool results must come in the order of the calls.")


_TOOLS = (
    WireFault(name="tools_dropped", about="tools do not reach the model", ask=_without("tools", "tool_choice", "parallel_tool_calls")),
    WireFault(name="calls_as_text", about="calls come as text", reply=_answered(_as_text)),
    WireFault(name="required_ignored", about="tool_choice=required becomes auto", ask=_choice_ignored(lambda c: c == "required")),
    WireFault(name="none_ignored", about="tool_choice=none becomes auto", ask=_choice_ignored(lambda c: c == "none")),
    WireFault(name="named_ignored", about="a named tool_choice becomes auto", ask=_choice_ignored(is_object)),
    WireFault(name="strict_ignored", about="strict is dropped", ask=_asked(_unstrict)),
    WireFault(name="arguments_as_data", about="arguments come as an object", reply=_arguments(_as_data)),
    WireFault(name="arguments_twice", about="arguments are encoded twice", reply=_arguments(json.dumps)),
    WireFault(name="arguments_cut", about="the last character of arguments is lost", reply=_arguments(lambda text: text[:-1])),
    WireFault(name="ids_same", about="every call has the same id", reply=_each_call(_same_id)),
    WireFault(name="ids_missing", about="calls have no ids", reply=_each_call(_no_id)),
    WireFault(name="second_call_lost", about="only the first call arrives", reply=_first_call_only),
    WireFault(
        name="parallel_setting_ignored", about="parallel_tool_calls is dropped", ask=_without("parallel_tool_calls")
    ),
    WireFault(name="calls_say_stop", about="calls end with finish_reason stop", reply=_answered(_says_stop)),
    WireFault(name="cut_call_is_whole", about="a cut call says tool_calls, with arguments {}", reply=_answered(_cut_call_is_whole)),
    WireFault(name="results_dropped", about="results of tools are emptied", ask=_messages(_empty_results)),
    WireFault(name="second_result_dropped", about="the second result is emptied", ask=_messages(_empty_second_result)),
    WireFault(name="calls_forgotten", about="arguments of earlier calls are emptied", ask=_messages(_empty_calls)),
    WireFault(name="order_demanded", about="results must come in the order of the calls", ask=_demand_order),
)  # fmt: skip


# Streams


def _streamed_text(
    change: Callable[[str], str], *, when: Callable[[dict[str, Any]], Any] = lambda body: True
) -> Change:
    def edit(choice: dict[str, Any], passing: Passing) -> None:
        part = _part(choice)
        if when(passing.asked) and isinstance(part.get("content"), str):
            part["content"] = change(part["content"])

    return _answered(edit, whole=False)


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
        if any(_part(choice).get("content") for choice in objects_in(event.get("choices")))
    ]


def _last_piece_lost(passing: Passing) -> None:
    texts = _texts(passing)
    if len(texts) > 2:
        _part(passing.events[texts[-1]]["choices"][0])["content"] = ""


def _piece_twice(passing: Passing) -> None:
    texts = _texts(passing)
    if len(texts) > 2:
        passing.events.insert(texts[1], deepcopy(passing.events[texts[1]]))


def _later_calls_lost(passing: Passing) -> None:
    if passing.streamed:
        _first_call_only(passing)


def _last_argument_lost(passing: Passing) -> None:
    calls = [call for call in _calls_of(passing) if object_in(call.get("function")).get("arguments")]
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
        _refuse(passing, 500, "streaming is broken")


_STREAMS = (
    WireFault(
        name="stream_loses_brackets", about="every ] is deleted from streamed text beside tools",
        reply=_streamed_text(lambda text: text.replace("]", ""), when=lambda body: body.get("tools")),
    ),
    WireFault(name="stream_loses_spaces", about="spaces are deleted from streamed text", reply=_streamed_text(str.strip)),
    WireFault(name="stream_loses_second_call", about="a second streamed call is lost", reply=_later_calls_lost),
    WireFault(name="stream_loses_arguments", about="the last piece of streamed arguments is lost", reply=_last_argument_lost),
    WireFault(name="stream_without_index", about="deltas of calls have no index", reply=_each_call(_no_index)),
    WireFault(name="stream_without_finish", about="streams have no finish_reason", reply=_answered(_no_finish, whole=False)),
    WireFault(name="stream_without_done", about="streams end without [DONE]", reply=_no_done),
    WireFault(name="stream_without_usage", about="streams tell no usage", reply=_no_usage),
    WireFault(name="stream_loses_end", about="the last piece of streamed text is lost", reply=_last_piece_lost),
    WireFault(name="stream_doubles_piece", about="a piece of streamed text comes twice", reply=_piece_twice),
    WireFault(name="stream_hides_errors", about="errors of streamed requests become empty streams", reply=_errors_swallowed),
    WireFault(
        name="cut_stream_says_stop", about="cut streams say stop", reply=_answered(_cut_stream_says_stop, whole=False)
    ),
    WireFault(name="stream_of_wrong_type", about="streams are called application/json", reply=_wrong_type),
    WireFault(name="stream_fails", about="every streamed request is a 500", ask=_fails),
    WireFault(
        name="stream_breaks_characters", about="characters beyond ASCII are broken in streams",
        reply=_streamed_text(lambda text: re.sub(r"[^\x00-\x7f]", "\ufffd", text)),
    ),
)  # fmt: skip


# Plain chat


def _finish_is(value: str | None, *, of: str | None = None) -> Change:
    def change(choice: dict[str, Any], passing: Passing) -> None:
        del passing
        if choice.get("finish_reason") and of in (None, choice["finish_reason"]):
            choice["finish_reason"] = value

    return _answered(change, streamed=False)


def _vary() -> Change:
    numbers = itertools.count()

    def change(choice: dict[str, Any], passing: Passing) -> None:
        part = _part(choice)
        if part.get("content") and not passing.asked.get("response_format"):
            part["content"] += f" ({next(numbers)})"

    return _answered(change, streamed=False)


def _zero(usage: dict[str, Any]) -> None:
    usage.update(prompt_tokens=0, completion_tokens=0, total_tokens=0)


def _constant(usage: dict[str, Any]) -> None:
    usage.update(prompt_tokens=7, total_tokens=7 + usage["completion_tokens"])


def _wrong_total(usage: dict[str, Any]) -> None:
    usage["total_tokens"] = usage["prompt_tokens"]


def _usage_missing(passing: Passing) -> None:
    if passing.chat:
        for body in [*passing.events, object_in(passing.data)]:
            body.pop("usage", None)


def _logprobs_missing(choice: dict[str, Any], passing: Passing) -> None:
    del passing
    choice.pop("logprobs", None)


def _probabilities(choice: dict[str, Any], passing: Passing) -> None:
    del passing
    for entry in objects_in(object_in(choice.get("logprobs")).get("content")):
        entry["logprob"] = 0.5


def _mangle(choice: dict[str, Any], passing: Passing) -> None:
    del passing
    part = _part(choice)
    if isinstance(part.get("content"), str):
        part["content"] = part["content"].encode().decode("cp1252", "replace")


def _only_last(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    last = max((n for n, message in enumerate(messages) if message.get("role") == "user"), default=0)
    return messages[last:] if all(m.get("role") != "tool" for m in messages) else messages


def _no_system(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = [message for message in messages if message.get("role") != "system"]
    return kept or messages


def _no_late_system(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        message for number, message in enumerate(messages) if number == 0 or message.get("role") != "system"
    ]


def _last_of_users(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    followed = [*(message.get("role") for message in messages[1:]), ""]
    return [m for m, after in zip(messages, followed, strict=True) if not (m.get("role") == after == "user")]


def _no_user_after_tool(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    before = ["", *(message.get("role") for message in messages[:-1])]
    return [m for m, b in zip(messages, before, strict=True) if not (m.get("role") == "user" and b == "tool")]


def _types_dropped(body: dict[str, Any]) -> None:
    if isinstance(body.get("temperature"), str):
        del body["temperature"]


def _errors_are_200(passing: Passing) -> None:
    if passing.chat and passing.status >= 400:
        passing.status = 200


def _refuse_system(passing: Passing) -> None:
    if passing.chat and any(m.get("role") == "system" for m in objects_in(passing.asked.get("messages"))):
        _refuse(passing, 400, "System role not supported")


def _mistral_common(passing: Passing) -> None:
    if passing.chat:
        text = "get_lark_from_jinja() missing 1 required positional argument: 'force_tool_names'"
        _refuse(passing, 400, text)


def _html(passing: Passing) -> None:
    if passing.chat:
        passing.status, passing.kind, passing.events, passing.data = 200, "text/html", [], None
        passing.raw = b"<html><head><title>Welcome</title></head><body>nginx</body></html>"


def _empty(choice: dict[str, Any], passing: Passing) -> None:
    del passing
    part = _part(choice)
    if part.get("content"):
        part["content"] = ""


_CHAT = (
    WireFault(name="finish_missing", about="answers have no finish_reason", reply=_finish_is(None)),
    WireFault(name="finish_unknown", about="finish_reason is a word that no client knows", reply=_finish_is("complete", of="stop")),
    WireFault(name="truncation_called_stop", about="cut answers say stop", reply=_finish_is("stop", of="length")),
    WireFault(name="max_tokens_ignored", about="max_tokens is dropped", ask=_without("max_tokens")),
    WireFault(name="stop_ignored", about="stop is dropped", ask=_without("stop")),
    WireFault(name="temperature_ignored", about="no answer comes twice", reply=_vary()),
    WireFault(name="usage_zero", about="usage is 0", reply=_usage(_zero)),
    WireFault(name="usage_constant", about="every prompt counts 7 tokens", reply=_usage(_constant)),
    WireFault(name="usage_wrong_total", about="usage does not add up", reply=_usage(_wrong_total)),
    WireFault(name="usage_missing", about="replies have no usage", reply=_usage_missing),
    WireFault(name="logprobs_missing", about="log-probabilities are not given", reply=_answered(_logprobs_missing)),
    WireFault(name="logprobs_are_none", about="log-probabilities are above 0", reply=_answered(_probabilities)),
    WireFault(name="characters_broken", about="UTF-8 is read as cp1252", reply=_answered(_mangle)),
    WireFault(name="system_dropped", about="system messages are dropped", ask=_messages(_no_system)),
    WireFault(name="system_refused", about="system messages are refused", ask=_refuse_system),
    WireFault(name="history_dropped", about="earlier turns are dropped", ask=_messages(_only_last)),
    WireFault(name="users_dropped", about="of two user messages in a row the first is dropped", ask=_messages(_last_of_users)),
    WireFault(name="late_system_dropped", about="late system messages are dropped", ask=_messages(_no_late_system)),
    WireFault(name="user_after_tool_dropped", about="a user message after a result is dropped", ask=_messages(_no_user_after_tool)),
    WireFault(name="types_ignored", about="settings of the wrong type are dropped", ask=_asked(_types_dropped)),
    WireFault(name="errors_are_200", about="errors come with HTTP 200", reply=_errors_are_200),
    WireFault(name="mistral_common_too_new", about="every chat request fails, as on vLLM 0.32 with mistral-common 1.13", ask=_mistral_common),
    WireFault(name="html", about="a proxy answers with its own page", reply=_html),
    WireFault(name="empty_answers", about="answers have no text", reply=_answered(_empty)),
)  # fmt: skip


# The server, its context and images


def _any_model(passing: Passing) -> None:
    if passing.chat and "no-such" in str(passing.body.get("model")):
        del passing.body["model"]


def _renamed(passing: Passing) -> None:
    for body in [*passing.events, object_in(passing.data)]:
        if passing.chat and "model" in body:
            body["model"] = "gpt-4o-mini"


def _any_key(key: str) -> Change:
    def ask(passing: Passing) -> None:
        passing.headers["Authorization"] = f"Bearer {key}"

    return ask


def _each_entry(change: Callable[[dict[str, Any]], None]) -> Change:
    def edit(data: Any) -> Any:
        for entry in objects_in(object_in(data).get("data")):
            change(entry)
        return data

    return _page("/models", edit)


def _no_window(passing: Passing) -> None:
    def drop(value: Any) -> Any:
        if is_object(value):
            return {
                name: drop(item) for name, item in value.items() if name not in ("max_model_len", "n_ctx")
            }
        return [drop(item) for item in value] if is_array(value) else value

    if not passing.chat and passing.status == 200:
        passing.data = drop(passing.data)


def _half_window(passing: Passing) -> None:
    def halve(value: Any) -> Any:
        if is_object(value):
            return {
                name: item // 2 if name in ("max_model_len", "n_ctx") else halve(item)
                for name, item in value.items()
            }
        return [halve(item) for item in value] if is_array(value) else value

    if passing.path.endswith(("/models", "/props")):
        passing.data = halve(passing.data)


def _models_fail(passing: Passing) -> None:
    if passing.path.endswith("/models"):
        _refuse(passing, 500, "Internal Server Error")


def _cut_prompts(most: int) -> Change:
    def change(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for message in messages:
            if isinstance(message.get("content"), str):
                message["content"] = message["content"][-most:]
        return messages

    return _messages(change)


def _count_half(data: Any) -> Any:
    for name in ("count", "input_tokens"):
        if is_object(data) and isinstance(data.get(name), int):
            data[name] //= 2
    return data


def _count_page(passing: Passing) -> None:
    if passing.path.endswith(("/tokenize", "/input_tokens")):
        passing.data = _count_half(passing.data)


def _keep_images(keep: Callable[[int, str], bool]) -> Change:
    def change(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for message in messages:
            if is_array(message.get("content")):
                numbers = itertools.count()
                message["content"] = [
                    part
                    for part in objects_in(message["content"])
                    if part.get("type") != "image_url"
                    or keep(next(numbers), str(object_in(part.get("image_url")).get("url")))
                ]
        return messages

    return _messages(change)


def _refuse_images(passing: Passing) -> None:
    messages = objects_in(passing.asked.get("messages"))
    if any(part.get("type") == "image_url" for m in messages for part in objects_in(m.get("content"))):
        _refuse(passing, 400, "Invalid content type: expected a string")


def _only_text(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**message, "content": text_of(message.get("content"))}
        if is_array(message.get("content"))
        else message
        for message in messages
    ]


def _poses(entry: dict[str, Any]) -> None:
    entry["owned_by"] = "library"


_SERVER = (
    WireFault(name="any_model", about="a wrong model name is taken", ask=_any_model),
    WireFault(name="another_model", about="another model answers", reply=_renamed),
    WireFault(name="any_key", about="the key is not checked", ask=_any_key("secret")),
    WireFault(name="models_fail", about="the list of models is a 500", reply=_models_fail),
    WireFault(name="poses_as_ollama", about="models are owned by another kind of server", reply=_each_entry(_poses)),
    WireFault(name="window_untold", about="the context window is not told", reply=_no_window),
    WireFault(name="window_wrong", about="half of the context window is told", reply=_half_window),
    WireFault(name="overflow_cut", about="prompts are cut to 100,000 characters without a word", ask=_cut_prompts(100_000)),
    WireFault(name="long_prompts_cut", about="prompts are cut to 4,096 characters without a word", ask=_cut_prompts(4_096)),
    WireFault(name="count_wrong", about="the page that counts tokens counts half", reply=_count_page),
    WireFault(name="images_dropped", about="images are dropped", ask=_keep_images(lambda place, url: False)),
    WireFault(name="images_flattened", about="of parts only the text is read", ask=_messages(_only_text)),
    WireFault(name="second_image_dropped", about="of several images the first is kept", ask=_keep_images(lambda place, url: place == 0)),
    WireFault(
        name="bad_images_dropped", about="bytes that are no image are dropped",
        ask=_keep_images(lambda place, url: image_size(url) is not None),
    ),
    WireFault(name="images_refused", about="images are refused", ask=_refuse_images),
)  # fmt: skip

ZOO: dict[str, WireFault] = {
    fault.name: fault for fault in (*_EFFORT, *_SCHEMA, *_TOOLS, *_STREAMS, *_CHAT, *_SERVER)
}
"""Every fault by its name."""
