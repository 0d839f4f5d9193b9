"""Faults of structured output."""

from __future__ import annotations

from typing import Any

from agentkit.testing.proxy import Passing, WireFault
from agentkit.testing.request import object_in
from agentkit.testing.zoo.edits import ask_with, each_choice, leave_out, part_of


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
    part = part_of(choice)
    if passing.asked.get("response_format") and part.get("content"):
        part["content"] = f"```json\n{part['content']}\n```"


def _cut_schema_is_whole(choice: dict[str, Any], passing: Passing) -> None:
    if passing.asked.get("response_format") and choice.get("finish_reason") == "length":
        choice["finish_reason"] = "stop"


FAULTS = (
    WireFault(name="schema_ignored", about="response_format is dropped", ask=leave_out("response_format")),
    WireFault(
        name="schema_ignored_with_reasoning", about="response_format is dropped at high effort",
        ask=leave_out("response_format", when=_is_high),
    ),
    WireFault(
        name="schema_ignored_with_tools", about="response_format is dropped beside tools",
        ask=leave_out("response_format", when=lambda body: body.get("tools")),
    ),
    WireFault(
        name="schema_ignored_in_streams", about="response_format is dropped in streams",
        ask=leave_out("response_format", when=lambda body: body.get("stream")),
    ),
    WireFault(name="schema_only_json", about="any JSON passes for the schema", ask=ask_with(_only_json)),
    WireFault(name="enums_ignored", about="enums of the schema are not enforced", ask=ask_with(_forget_enums)),
    WireFault(name="keywords_ignored", about="uniqueItems is dropped from the schema", ask=ask_with(_forget_keywords)),
    WireFault(name="broken_schema_ignored", about="a schema that is none is dropped", ask=ask_with(_drop_broken)),
    WireFault(name="schema_in_fence", about="JSON comes in a code fence", reply=each_choice(_fence, streamed=False)),
    WireFault(
        name="cut_schema_is_whole", about="a cut answer with a schema says stop", reply=each_choice(_cut_schema_is_whole)
    ),
)  # fmt: skip
