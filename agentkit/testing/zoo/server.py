"""Faults of the server itself, of its context window, and of images."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from agentkit._util.json import is_array, is_object
from agentkit.testing.proxy import Passing, WireFault
from agentkit.testing.request import object_in, objects_in, text_of
from agentkit.testing.tokens import image_size
from agentkit.testing.zoo.edits import Change, change_page, refuse_with, rewrite_messages


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

    return change_page("/models", edit)


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
        refuse_with(passing, 500, "Internal Server Error")


def _cut_prompts(most: int) -> Change:
    def change(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for message in messages:
            if isinstance(message.get("content"), str):
                message["content"] = message["content"][-most:]
        return messages

    return rewrite_messages(change)


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

    return rewrite_messages(change)


def _refuse_images(passing: Passing) -> None:
    messages = objects_in(passing.asked.get("messages"))
    if any(part.get("type") == "image_url" for m in messages for part in objects_in(m.get("content"))):
        refuse_with(passing, 400, "Invalid content type: expected a string")


def _only_text(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**message, "content": text_of(message.get("content"))}
        if is_array(message.get("content"))
        else message
        for message in messages
    ]


def _poses(entry: dict[str, Any]) -> None:
    entry["owned_by"] = "library"


FAULTS = (
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
    WireFault(name="images_flattened", about="of parts only the text is read", ask=rewrite_messages(_only_text)),
    WireFault(name="second_image_dropped", about="of several images the first is kept", ask=_keep_images(lambda place, url: place == 0)),
    WireFault(
        name="bad_images_dropped", about="bytes that are no image are dropped",
        ask=_keep_images(lambda place, url: image_size(url) is not None),
    ),
    WireFault(name="images_refused", about="images are refused", ask=_refuse_images),
)  # fmt: skip
