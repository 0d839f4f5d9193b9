"""Every rule of the normaliser is needed: with any one of them taken out, some history goes wrong.

A rule is taken out by replacing the piece of source that is the rule. The rest of the module stays as it is, and
the same check judges it that judges the whole.
"""

from __future__ import annotations

import functools
import re
import types
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import Phase, given, seed, settings

from agentkit.protocol.messages import Message
from agentkit.wire import history
from tests.properties.histories import Case, Normalise, histories, problems

CASES = 400
SOURCE = Path(history.__file__).read_text("utf-8")


@dataclass(frozen=True)
class Removal:
    """A rule, by its number in the module's docstring, the source that is the rule, and what is left of it."""

    number: int
    rule: str
    source: str
    left: str = "pass"


R = Removal
REMOVALS = [
    R(1, "a later system message becomes words of the user", "self._feed_user((message.text,))", "self.settled.append(message)"),
    R(1, "a later system message is not lost", "self._feed_user((message.text,))"),
    R(1, "system messages at the start become one", '"\\n\\n".join(self._system)', "self._system[0]"),
    R(1, "a blank system message is left out", "if not message.text.strip():\n            return", ""),
    R(1, "the user's words close the system message", "        self._settle_system()\n        self._user.extend(parts)", "        self._user.extend(parts)"),
    R(1, "the assistant's turn closes the system message", "self._settle_system()\n        self._settle_results()\n        self._settle_user()\n        self._alternate()\n        calls", "self._settle_results()\n        self._settle_user()\n        self._alternate()\n        calls"),
    R(1, "a result without a call closes the system message", "self._settle_system()\n        self._user.append(f", "self._user.append(f"),
    R(1, "the system message is there where nothing else was said", "self._settle_system()\n        self._settle_results()\n        self._settle_user()\n        self._alternate()\n\n", "self._settle_results()\n        self._settle_user()\n        self._alternate()\n\n"),
    R(2, "neighbouring user messages become one", "self._user.extend(parts)  #", "self._settle_user(); self._user.extend(parts)  #"),
    R(2, "neighbouring texts become one", "merged[-1] = f\"{merged[-1]}\\n\\n{part}\"", "merged.append(part)"),
    R(2, "blank parts are left out", "if not isinstance(part, str) or part.strip()]"  , "]"),
    R(3, "an empty assistant message is left out", "if not (text or reasoning or message.tool_calls):\n            return", ""),
    R(3, "blanks are no text", 'message.text if message.text.strip() else ""\n        if not', 'message.text\n        if not'),
    R(3, "blanks are no reasoning", "and message.reasoning.strip() else", "else"),
    R(3, "a turn of reasoning alone is kept", "if not (text or reasoning or message", "if not (text or message"),
    R(3, "reasoning goes only where the dialect carries it", "message.reasoning if self._reasoning and", "message.reasoning if"),
    R(3, "text and calls become two turns where the dialect wants it", "if text and message.tool_calls and not self._text_beside_calls:", "if False:"),
    R(3, "of the two turns only the first has the text", 'text, reasoning = "", ""', 'reasoning = ""'),
    R(3, "of the two turns only the first has the reasoning", 'text, reasoning = "", ""', 'text = ""'),
    R(4, "the user speaks between two assistant turns", "isinstance(self.settled[-1], AssistantMessage | SystemMessage)", "isinstance(self.settled[-1], SystemMessage)"),
    R(4, "the user opens the conversation", "if not self.settled or isinstance(self.settled[-1], AssistantMessage | SystemMessage)", "if self.settled and isinstance(self.settled[-1], AssistantMessage | SystemMessage)"),
    R(4, "the user speaks between the system message and the assistant", "AssistantMessage | SystemMessage):", "AssistantMessage):"),
    R(4, "the assistant does not come last", "self._settle_user()\n        self._alternate()\n\n", "self._settle_user()\n\n"),
    R(4, "the user's words come before the assistant's next turn", "self._settle_user()\n        self._alternate()\n        calls", "self._alternate()\n        calls"),
    R(5, "the assistant speaks between tool results and the user", "self.settled.append(AssistantMessage(text=BRIDGE))"),
    R(6, "an id of nine alphanumerics is kept", "if _WIRE_ID.fullmatch(given) and given not in used:\n        return given", ""),
    R(6, "an id is nine alphanumerics", "_WIRE_ID.fullmatch(given) and given not in used", "given not in used"),
    R(6, "an id that is right is unique", "_WIRE_ID.fullmatch(given) and given not in used", "_WIRE_ID.fullmatch(given)"),
    R(6, "a derived id is unique", "if derived not in used:", "if True:"),
    R(6, "ids are remembered", "self._used_ids.add(wire_id)"),
    R(6, "ids of the same last nine characters stay apart", "wire_id = _wire_id(call.id, self._used_ids)", "wire_id = call.id[-9:] if _WIRE_ID.fullmatch(call.id[-9:]) else _wire_id(call.id, self._used_ids)"),
    R(6, "ids are the same in every run", '{salt}:{given}"', "{salt}:{__import__('random').random()}\""),
    R(7, "a missing result is filled in", "self.settled.append(self._calls.results.get(call.id, missing))", "self.settled.extend(self._calls.results[call.id] for _ in [0] if call.id in self._calls.results)"),
    R(7, "results are settled before the assistant's next turn", "self._settle_results()\n        self._settle_user()\n        self._alternate()\n        calls", "self._settle_user()\n        self._alternate()\n        calls"),
    R(7, "results are settled at the end", "self._settle_results()\n        self._settle_user()\n        self._alternate()\n\n", "self._settle_user()\n        self._alternate()\n\n"),
    R(7, "results come in the order of the calls", "for call in self._calls.order:", "for call in sorted(self._calls.order, key=[*self._calls.results, *(one.id for one in self._calls.order)].index):"),
    R(7, "a result answers the call that it names", "open_calls = self._calls and self._calls.ids.get(message.call_id)", "open_calls = self._calls and next(filter(None, self._calls.ids.values()), None)"),
    R(7, "calls of the same id are all answered", "ids.setdefault(given.id, []).append(call)", "ids[given.id] = [call]"),
    R(7, "a second result does not replace the first", "call = open_calls.pop(0)", "call = open_calls[0]"),
    R(7, "a result may come after what the user threw in", "self._user.extend(parts)  #", "self._settle_results(); self._user.extend(parts)  #"),
    R(7, "a result that answers no open call is kept", "self._adopt(message)\n            return", "return"),
    R(7, "a result that answers no open call becomes words of the user", "self._adopt(message)\n            return", "self.settled.append(message)\n            return"),
    R(7, "images of a result that answers no open call are kept", "self._user.extend(message.images)"),
    R(7, "a result has the name of its call", "name=call.name, text=text", "name=message.name, text=text"),
    R(8, "arguments that are no object are wrapped", "json.is_object_text(arguments)", "not json.loads(arguments) is ..."),
    R(8, "arguments that are no JSON are wrapped", "return json.dumps({RAW_ARGUMENTS: arguments})", "return arguments"),
    R(8, "arguments that are wrapped are not lost", "return json.dumps({RAW_ARGUMENTS: arguments})", 'return "{}"'),
    R(8, "NaN is no JSON", "json.is_object_text(arguments)", "isinstance(__import__('json').loads(arguments), dict)"),
    R(8, "no arguments are an empty object", 'if not arguments.strip():\n        return "{}"', ""),
    R(9, "a blank result says so", 'message.text if message.text.strip() else "(empty)"\n', "message.text\n"),
    R(9, "images of a result are kept", "if message.images:\n", "if False:\n"),
    R(9, "images leave the result", "text=text, is_error", "text=text, images=message.images, is_error"),
    R(10, "a name has no odd characters", '_BAD_NAME.sub("_", name)', "name"),
    R(10, "a name has at most 64 characters", "[:64]", ""),
    R(10, "a name is not empty", ' or "unknown"', ""),
    R(11, "the image comes first", "merged.reverse()"),
]  # fmt: skip


def without(removal: Removal) -> Normalise:
    assert SOURCE.count(removal.source) == 1, f"{SOURCE.count(removal.source)} places are: {removal.source}"
    module = types.ModuleType(history.__name__)
    exec(compile(SOURCE.replace(removal.source, removal.left), history.__file__, "exec"), module.__dict__)
    return functools.partial(normalised, module)


def normalised(module: types.ModuleType, messages: Iterable[Message], **carried: bool) -> list[Message]:
    normaliser = module.Normaliser(**carried)
    for message in messages:
        normaliser.feed(message)
    return [*normaliser.settled, *normaliser.tail()]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    drawn: list[Case] = []

    @seed(20260301)
    @settings(max_examples=CASES, phases=[Phase.generate], database=None)
    @given(histories())
    def draw(case: Case) -> None:
        drawn.append(case)

    draw()
    return drawn


def complaint(cases: list[Case], normalise: Normalise) -> str:
    """Return what first goes wrong, or an empty string."""
    for number, case in enumerate(cases, 1):
        try:
            found = problems(case, normalise)
        except Exception as error:
            found = [repr(error)]
        if found:
            return f"history {number}: {found[0]}"
    return ""


def test_with_all_rules_nothing_goes_wrong(cases: list[Case]) -> None:
    assert len(cases) >= CASES
    assert complaint(cases, functools.partial(normalised, history)) == ""


@pytest.mark.parametrize("removal", REMOVALS, ids=lambda removal: removal.rule)
def test_without_any_one_rule_some_history_goes_wrong(removal: Removal, cases: list[Case]) -> None:
    assert complaint(cases, without(removal)) != ""


def test_every_rule_of_the_docstring_is_taken_out_once() -> None:
    told = {int(number) for number in re.findall(r"^(\d+)\. ", history.__doc__ or "", re.MULTILINE)}
    assert told == {removal.number for removal in REMOVALS}
