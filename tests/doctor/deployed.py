"""A server behind what stands before servers in practice: gateways, caches, replicas, parsers with gaps.

It is `foreign.ForeignServer` with one thing wrong at a time, most of them only at times: in streams, beside tools, at high
effort, on every second replica. What each one does was reported of some deployment.
"""

from __future__ import annotations

import copy
import html
import json
import time
from collections.abc import Callable
from typing import Any

from tests.doctor.foreign import ForeignServer

Body = dict[str, Any]
Events = list[dict[str, Any]]


class DeployedServer(ForeignServer):
    """The same, with faults that are functions: of the request, the whole reply, or the events of a stream."""

    def __init__(self, fault: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.fault = fault
        self.asked = 0
        self.kept: dict[str, Body] = {}

    def problem(self, body: Body) -> tuple[int, Any] | None:
        self.asked += 1
        odd = self.asked % 2 == 1
        if self.fault == "every_third_request_fails" and self.asked % 3 == 0:
            return 500, {"error": "CUDA error: an illegal memory access was encountered"}
        if self.fault == "one_replica_ignores_effort" and odd:
            body.pop("reasoning_effort", None) if body.get("reasoning_effort") == "high" else None
        if self.fault == "one_replica_ignores_schemas" and odd:
            body.pop("response_format", None)
        if change := ASKED.get(self.fault):
            change(body)
        return super().problem(body)

    def reply(self, body: Body) -> Body:
        if self.fault == "answers_are_cached_by_their_messages":
            key = json.dumps(body["messages"])
            if key not in self.kept:
                self.kept[key] = super().reply(body)
            return copy.deepcopy(self.kept[key])
        reply = super().reply(body)
        if change := REPLIED.get(self.fault):
            change(reply["choices"][0], reply, body)
        return reply

    def events(self, reply: Body, body: Body) -> Events:
        if change := BEFORE_STREAM.get(self.fault):
            reply = copy.deepcopy(reply)
            change(reply["choices"][0], reply, body)
        events = super().events(reply, body)
        if change_events := STREAMED.get(self.fault):
            events = change_events(events, body)
        return events


# What gateways do to a request


def _without(name: str, when: Callable[[Body], Any] = lambda body: True) -> Callable[[Body], None]:
    def change(body: Body) -> None:
        if when(body):
            body.pop(name, None)

    return change


def _second_tool_lost(body: Body) -> None:
    if body.get("tools"):
        body["tools"] = body["tools"][:1]


def _cap(body: Body) -> None:
    body["max_tokens"] = min(body.get("max_tokens") or 8, 8)


def _no_system_with_tools(body: Body) -> None:
    if body.get("tools"):
        body["messages"] = [message for message in body["messages"] if message["role"] != "system"]


def _earlier_images_lost(body: Body) -> None:
    for message in body["messages"][:-1]:
        if isinstance(message.get("content"), list):
            message["content"] = [part for part in message["content"] if part["type"] == "text"]


def _last_three(body: Body) -> None:
    body["messages"] = body["messages"][-3:]


def _results_cut(body: Body) -> None:
    for message in body["messages"]:
        if message["role"] == "tool":
            message["content"] = str(message["content"])[:400]


def _schema_top_only(body: Body) -> None:
    wanted = body.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        for node in wanted["json_schema"]["schema"].get("properties", {}).values():
            if node.get("type") == "object":
                node["properties"], node["required"] = {"anything": {"type": "string"}}, []


def _effort_lowercase_only(body: Body) -> None:
    body.pop("reasoning_effort", None)
    kwargs = body.get("chat_template_kwargs") or {}
    if "reasoning_effort" in kwargs:
        body["reasoning_effort"] = kwargs["reasoning_effort"]


def _high_beside_tools(body: Body) -> None:
    if body.get("tools") and "reasoning_effort" in body:
        body["reasoning_effort"] = "high"


def _images_dropped_in_streams(body: Body) -> None:
    for message in body["messages"]:
        if isinstance(message.get("content"), list) and body.get("stream"):
            message["content"] = [part for part in message["content"] if part["type"] == "text"]


ASKED: dict[str, Callable[[Body], None]] = {
    "effort_dropped_beside_tools": _without("reasoning_effort", lambda body: body.get("tools")),
    "effort_dropped_in_streams": _without("reasoning_effort", lambda body: body.get("stream")),
    "effort_dropped_with_a_schema": _without("reasoning_effort", lambda body: body.get("response_format")),
    "effort_only_among_template_arguments": _effort_lowercase_only,
    "schema_dropped_in_streams": _without("response_format", lambda body: body.get("stream")),
    "schema_dropped_at_high_effort": _without(
        "response_format", lambda body: body.get("reasoning_effort") == "high"
    ),
    "schema_binds_the_top_level_alone": _schema_top_only,
    "tool_choice_dropped_in_streams": _without("tool_choice", lambda body: body.get("stream")),
    "stop_dropped_in_streams": _without("stop", lambda body: body.get("stream")),
    "tools_dropped_in_streams": _without("tools", lambda body: body.get("stream")),
    "tools_dropped_at_high_effort": _without("tools", lambda body: body.get("reasoning_effort") == "high"),
    "second_tool_lost": _second_tool_lost,
    "max_tokens_capped": _cap,
    "system_lost_beside_tools": _no_system_with_tools,
    "earlier_images_lost": _earlier_images_lost,
    "only_the_last_three_messages": _last_three,
    "long_results_cut": _results_cut,
    "logprobs_dropped_in_streams": _without("logprobs", lambda body: body.get("stream")),
    "effort_always_high_beside_tools": _high_beside_tools,
    "max_tokens_dropped_in_streams": _without("max_tokens", lambda body: body.get("stream")),
    "images_dropped_in_streams": _images_dropped_in_streams,
    "temperature_dropped": _without("temperature"),
    "parallel_setting_dropped": _without("parallel_tool_calls"),
}

# What parsers and proxies do to a whole reply, streamed or not


def _thought_in_text_beside_tools(choice: Body, reply: Body, body: Body) -> None:
    thought = choice["message"].pop("reasoning_content", "") if body.get("tools") else ""
    if thought:
        choice["message"]["content"] = f"{thought}</think>{choice['message']['content']}"


def _calls_in_text_at_high(choice: Body, reply: Body, body: Body) -> None:
    calls = choice["message"].get("tool_calls") if body.get("reasoning_effort") == "high" else None
    if calls:
        del choice["message"]["tool_calls"]
        choice["message"]["content"] = "".join(
            f"[TOOL_CALLS]{call['function']['name']}[ARGS]{call['function']['arguments']}" for call in calls
        )
        choice["finish_reason"] = "stop"


def _escaped(choice: Body, reply: Body, body: Body) -> None:
    choice["message"]["content"] = html.escape(choice["message"]["content"])


def _names_prefixed(choice: Body, reply: Body, body: Body) -> None:
    for call in choice["message"].get("tool_calls", []):
        call["function"]["name"] = f"functions.{call['function']['name']}"


def _arguments_wrapped(choice: Body, reply: Body, body: Body) -> None:
    for call in choice["message"].get("tool_calls", []):
        call["function"]["arguments"] = json.dumps({"parameters": json.loads(call["function"]["arguments"])})


def _finish(reason: str | None, when: str) -> Callable[[Body, Body, Body], None]:
    def change(choice: Body, reply: Body, body: Body) -> None:
        if choice["finish_reason"] == when:
            choice["finish_reason"] = reason

    return change


def _legacy_call(choice: Body, reply: Body, body: Body) -> None:
    calls = choice["message"].pop("tool_calls", None)
    if calls:
        choice["message"]["function_call"] = calls[0]["function"]
        choice["finish_reason"] = "function_call"


def _reasoning_elsewhere(choice: Body, reply: Body, body: Body) -> None:
    thought = choice["message"].pop("reasoning_content", None)
    if thought:
        choice["message"]["thinking_blocks"] = [{"type": "thinking", "thinking": thought}]


def _usage_of_text_alone(choice: Body, reply: Body, body: Body) -> None:
    if choice["message"].get("reasoning_content"):
        reply["usage"]["completion_tokens"] = 1
        reply["usage"]["total_tokens"] = reply["usage"]["prompt_tokens"] + 1


def _no_usage_beside_tools(choice: Body, reply: Body, body: Body) -> None:
    if body.get("tools"):
        del reply["usage"]


def _calls_twice(choice: Body, reply: Body, body: Body) -> None:
    calls = choice["message"].get("tool_calls", [])
    calls += [{**call, "id": f"{call['id']}-again"} for call in calls]


def _answer_in_reasoning(choice: Body, reply: Body, body: Body) -> None:
    message = choice["message"]
    if body.get("reasoning_effort") == "none" and not message.get("tool_calls"):
        message["reasoning_content"], message["content"] = message["content"], ""


def _null_arguments(choice: Body, reply: Body, body: Body) -> None:
    for call in choice["message"].get("tool_calls", []):
        call["type"] = None
        call["function"]["arguments"] = None


REPLIED: dict[str, Callable[[Body, Body, Body], None]] = {
    "thoughts_in_the_text_beside_tools": _thought_in_text_beside_tools,
    "calls_in_the_text_at_high_effort": _calls_in_text_at_high,
    "text_is_escaped_for_html": _escaped,
    "tool_names_have_a_prefix": _names_prefixed,
    "arguments_are_wrapped": _arguments_wrapped,
    "calls_of_the_older_form": _legacy_call,
    "reasoning_in_a_field_of_its_own_making": _reasoning_elsewhere,
    "no_usage_beside_tools": _no_usage_beside_tools,
    "calls_come_twice": _calls_twice,
    "answers_at_none_come_as_reasoning": _answer_in_reasoning,
    "arguments_are_null": _null_arguments,
    "finish_is_end_turn": _finish("end_turn", "stop"),
    "finish_of_calls_is_null": _finish(None, "tool_calls"),
    "finish_of_cut_answers_is_max_tokens": _finish("max_tokens", "length"),
    "thoughts_are_not_counted_as_output": _usage_of_text_alone,
}

# What goes wrong in streams alone


def _stream_usage_counts_pieces(choice: Body, reply: Body, body: Body) -> None:
    reply["usage"]["completion_tokens"] = 1
    reply["usage"]["total_tokens"] = reply["usage"]["prompt_tokens"] + 1


def _no_ids(choice: Body, reply: Body, body: Body) -> None:
    for call in choice["message"].get("tool_calls", []):
        del call["id"]


def _cut_call_looks_whole(choice: Body, reply: Body, body: Body) -> None:
    if choice["finish_reason"] == "length" and body.get("tools"):
        call = {"name": body["tools"][0]["function"]["name"], "arguments": '{"ci'}
        choice["message"]["tool_calls"] = [{"id": "c-1", "type": "function", "function": call}]
        choice["finish_reason"] = "tool_calls"


BEFORE_STREAM: dict[str, Callable[[Body, Body, Body], None]] = {
    "streamed_calls_say_stop": _finish("stop", "tool_calls"),
    "streamed_usage_is_wrong": _stream_usage_counts_pieces,
    "streamed_calls_have_no_ids": _no_ids,
    "streamed_cut_says_stop": _finish("stop", "length"),
    "streamed_cut_call_looks_whole": _cut_call_looks_whole,
}


def _deltas(events: Events) -> list[Body]:
    return [event["choices"][0]["delta"] for event in events]


def _one_index(events: Events, body: Body) -> Events:
    for delta in _deltas(events):
        for call in delta.get("tool_calls", []):
            call["index"] = 0
    return events


def _grown(name: str) -> Callable[[Events, Body], Events]:
    def change(events: Events, body: Body) -> Events:
        so_far = ""
        for delta in _deltas(events):
            if name in delta:
                so_far += delta[name]
                delta[name] = so_far
        return events

    return change


def _another_model(events: Events, body: Body) -> Events:
    return [{**event, "model": "gpt-4o-mini-2024-07-18"} for event in events]


def _first_piece_lost(events: Events, body: Body) -> Events:
    first = next((index for index, delta in enumerate(_deltas(events)) if delta.get("content")), None)
    return [event for index, event in enumerate(events) if index != first]


def _thought_in_text(events: Events, body: Body) -> Events:
    for delta in _deltas(events):
        if "reasoning_content" in delta:
            delta["content"] = delta.pop("reasoning_content")
    return events


def _held_back(events: Events, body: Body) -> Events:
    time.sleep(1.1)  # and then all of it comes at once, as the server below always sends it
    return events


def _calls_lost(events: Events, body: Body) -> Events:
    return [event for event, delta in zip(events, _deltas(events), strict=True) if "tool_calls" not in delta]


def _end_lost(events: Events, body: Body) -> Events:
    return events[:12] + events[-1:] if len(events) > 13 else events


STREAMED: dict[str, Callable[[Events, Body], Events]] = {
    "streamed_calls_share_an_index": _one_index,
    "streamed_text_grows": _grown("content"),
    "streamed_calls_are_lost": _calls_lost,
    "long_streams_lose_their_end": _end_lost,
    "streamed_by_another_model": _another_model,
    "streamed_text_loses_its_first_piece": _first_piece_lost,
    "streamed_thoughts_are_text": _thought_in_text,
    "streams_are_held_back": _held_back,
}
FAULTS = (
    *ASKED,
    *REPLIED,
    *BEFORE_STREAM,
    *STREAMED,
    "every_third_request_fails",
    "one_replica_ignores_effort",
    "one_replica_ignores_schemas",
    "answers_are_cached_by_their_messages",
)
