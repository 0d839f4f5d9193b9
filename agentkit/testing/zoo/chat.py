"""Faults of plain chat."""

from __future__ import annotations

import itertools
import re
from typing import Any

from agentkit.testing.proxy import Passing, WireFault
from agentkit.testing.request import object_in, objects_in
from agentkit.testing.zoo.edits import (
    Change,
    ask_with,
    change_usage,
    each_choice,
    leave_out,
    part_of,
    refuse_with,
    rewrite_messages,
)


def _finish_is(value: str | None, *, of: str | None = None) -> Change:
    def change(choice: dict[str, Any], passing: Passing) -> None:
        del passing
        if choice.get("finish_reason") and of in (None, choice["finish_reason"]):
            choice["finish_reason"] = value

    return each_choice(change, streamed=False)


def _vary() -> Change:
    numbers = itertools.count()

    def change(choice: dict[str, Any], passing: Passing) -> None:
        part = part_of(choice)
        if part.get("content") and not passing.asked.get("response_format"):
            part["content"] += f" ({next(numbers)})"

    return each_choice(change, streamed=False)


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
    part = part_of(choice)
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
        refuse_with(passing, 400, "System role not supported")


def _mistral_common(passing: Passing) -> None:
    if passing.chat:
        text = "get_lark_from_jinja() missing 1 required positional argument: 'force_tool_names'"
        refuse_with(passing, 400, text)


def _html(passing: Passing) -> None:
    if passing.chat:
        passing.status, passing.kind, passing.events, passing.data = 200, "text/html", [], None
        passing.raw = b"<html><head><title>Welcome</title></head><body>nginx</body></html>"


def _empty(choice: dict[str, Any], passing: Passing) -> None:
    del passing
    part = part_of(choice)
    if part.get("content"):
        part["content"] = ""


def _ends_in_token(choice: dict[str, Any], passing: Passing) -> None:
    part = part_of(choice)
    if part.get("content") and not passing.streamed:
        part["content"] += "</s>"


def _swallow_tokens(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A control token is one token where its spelling is several."""
    for message in messages:
        if isinstance(message.get("content"), str):
            message["content"] = re.sub(r"\[/?INST\]", "!", message["content"])
    return messages


FAULTS = (
    WireFault(name="control_tokens_leak", about="answers end in </s>", reply=each_choice(_ends_in_token)),
    WireFault(name="control_tokens_forged", about="[INST] in text becomes a control token", ask=rewrite_messages(_swallow_tokens)),
    WireFault(name="finish_says_calls", about="every answer says tool_calls", reply=_finish_is("tool_calls", of="stop")),

    WireFault(name="finish_missing", about="answers have no finish_reason", reply=_finish_is(None)),
    WireFault(name="finish_unknown", about="finish_reason is a word that no client knows", reply=_finish_is("complete", of="stop")),
    WireFault(name="truncation_called_stop", about="cut answers say stop", reply=_finish_is("stop", of="length")),
    WireFault(name="max_tokens_ignored", about="max_tokens is dropped", ask=leave_out("max_tokens")),
    WireFault(name="stop_ignored", about="stop is dropped", ask=leave_out("stop")),
    WireFault(name="temperature_ignored", about="no answer comes twice", reply=_vary()),
    WireFault(name="usage_zero", about="usage is 0", reply=change_usage(_zero)),
    WireFault(name="usage_constant", about="every prompt counts 7 tokens", reply=change_usage(_constant)),
    WireFault(name="usage_wrong_total", about="usage does not add up", reply=change_usage(_wrong_total)),
    WireFault(name="usage_missing", about="replies have no usage", reply=_usage_missing),
    WireFault(name="logprobs_missing", about="log-probabilities are not given", reply=each_choice(_logprobs_missing)),
    WireFault(name="logprobs_are_none", about="log-probabilities are above 0", reply=each_choice(_probabilities)),
    WireFault(name="characters_broken", about="UTF-8 is read as cp1252", reply=each_choice(_mangle)),
    WireFault(name="system_dropped", about="system messages are dropped", ask=rewrite_messages(_no_system)),
    WireFault(name="system_refused", about="system messages are refused", ask=_refuse_system),
    WireFault(name="history_dropped", about="earlier turns are dropped", ask=rewrite_messages(_only_last)),
    WireFault(name="users_dropped", about="of two user messages in a row the first is dropped", ask=rewrite_messages(_last_of_users)),
    WireFault(name="late_system_dropped", about="late system messages are dropped", ask=rewrite_messages(_no_late_system)),
    WireFault(name="user_after_tool_dropped", about="a user message after a result is dropped", ask=rewrite_messages(_no_user_after_tool)),
    WireFault(name="types_ignored", about="settings of the wrong type are dropped", ask=ask_with(_types_dropped)),
    WireFault(name="errors_are_200", about="errors come with HTTP 200", reply=_errors_are_200),
    WireFault(name="mistral_common_too_new", about="every chat request fails, as on vLLM 0.32 with mistral-common 1.13", ask=_mistral_common),
    WireFault(name="html", about="a proxy answers with its own page", reply=_html),
    WireFault(name="empty_answers", about="answers have no text", reply=each_choice(_empty)),
)  # fmt: skip
