"""Every error survives a process boundary, with what it carries."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from collections.abc import Callable
from typing import Any

import pytest

from agentkit import errors
from agentkit.errors import AgentKitError, RetryTool
from agentkit.protocol.messages import AssistantMessage, ToolCall, user
from agentkit.protocol.usage import Usage

KINDS = [
    kind
    for kind in vars(errors).values()
    if inspect.isclass(kind) and issubclass(kind, Exception) and kind.__module__ == errors.__name__
]
SAMPLES = {
    "str": "a text",
    "int": 7,
    "float": 1.5,
    "bool": True,
    "tuple[str, ...]": ("a", "b"),
    "tuple[Any, ...]": (),
}
COPIES: list[Callable[[Any], Any]] = [
    lambda error: pickle.loads(pickle.dumps(error)),
    copy.copy,
    copy.deepcopy,
]


def attributes_of(kind: type) -> dict[str, Any]:
    """Return a value for each attribute that the class or one above it declares."""
    declared = {
        name: text
        for base in reversed(kind.__mro__)
        for name, text in vars(base).get("__annotations__", {}).items()
    }
    known = {"usage": {"high": Usage(requests=1, prompt_tokens=5)}, "messages": MESSAGES}
    return {
        name: known.get(name, SAMPLES.get(text.removesuffix(" | None"))) for name, text in declared.items()
    }


MESSAGES = (user("Go"), AssistantMessage(tool_calls=(ToolCall(id="aaaaaaaaa", name="f", arguments="{}"),)))


@pytest.mark.parametrize("copied", COPIES, ids=["pickle", "copy", "deepcopy"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if issubclass(kind, AgentKitError)])
def test_an_error_is_the_same_after_a_way_through_pickle(
    kind: type[AgentKitError], copied: Callable[[Any], Any]
) -> None:
    attributes = attributes_of(kind)
    assert None not in attributes.values(), "an attribute of a type that the test has no sample of"
    later = {
        name: attributes.pop(name) for name in ("messages", "usage")
    }  # the loop sets them on its way out
    error = kind("It broke.", hint="Mend it.", **attributes)
    error.messages, error.usage = later["messages"], later["usage"]
    again = copied(error)
    assert type(again) is kind
    assert (str(again), again.message, again.hint) == ("It broke. Mend it.", "It broke.", "Mend it.")
    assert again.args == error.args
    assert {name: getattr(again, name) for name in (*attributes, *later)} == {**attributes, **later}


def test_the_signal_of_a_tool_goes_through_pickle() -> None:
    assert pickle.loads(pickle.dumps(RetryTool("Use ISO dates."))).args == ("Use ISO dates.",)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    told: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^    ([│ ]*)(?:[├└]── )?([A-Z]\w+)  ", line)
        if found:
            depth = found.start(2) // 4 - 1
            path[depth:] = [found[2]]
            told[found[2]] = path[depth - 1] if depth else "Exception"
    is_ = {kind.__name__: kind.__bases__[0].__name__ for kind in KINDS if issubclass(kind, AgentKitError)}
    assert told == is_
