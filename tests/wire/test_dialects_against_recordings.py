"""The simulated server answers each recorded request as the genuine server did.

The brain is told what the genuine model said; everything else - status, headers, error bodies, keys and their order,
types, quirks of truncation, chunks - must come from the dialect. Texts that differ by nature (ids, times, counts of
tokens) are compared by type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from agentkit.testing import LLAMACPP, VLLM, CallSpec, ChatRequest, Dialect, Rules, SimulatedServer, Turn
from tests.wire.replies import Answer, masked, send, shape, sum_of, written

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "wire"
WINDOW = 4096
FILES: dict[str, Dialect] = {
    "vllm-0.32-scripted": replace(VLLM, images=False),
    "vllm-0.32-vision-scripted": replace(VLLM, image_limit=2),
    "llamacpp-tools": replace(LLAMACPP, images=False),
    "llamacpp-think": replace(LLAMACPP, images=False),
    "llamacpp-random": replace(LLAMACPP, images=False),
    "llamacpp-grammar": replace(LLAMACPP, images=False),
}
LEFT_OUT = {
    r".*/metrics": "counters of the server's own runtime",
    r".*/logprobs(\.stream)?": "log probabilities are not modelled",
    r"vllm.*/think_twice(\.stream)?": "control tokens inside a text, which a turn cannot hold",
    r"vllm.*/schema_violating\.stream": "the genuine server streams up to the token that breaks the grammar",
    r"llamacpp.*/props": "only the facts that a client asks for are simulated",
    r"llamacpp.*/models": "the entry of `data` alone is simulated, not the copy for another API",
    r"llamacpp.*/apply_template_messages": "no template is rendered",
    r"llamacpp.*/tokenize_messages": "the genuine server tokenizes nothing without `content`",
    r"llamacpp-grammar/think_truncated(\.stream)?": "[THINK] is spelled in characters there and cut inside",
    r"llamacpp-random/.*": "chatter is cut inside control words spelled by chance; the refusals are compared",
    r"llamacpp-random/max_tokens_too_big\.stream": "the recording itself is shortened",
}
"""Cases that are not compared, and why; of llamacpp-random only errors are."""
OWN_WORDS = {
    "schema_bad": "failed to compile JSON schema: Invalid type: nope",
    "json_malformed": "pars",
    "effort_low": 'reasoning_effort must be either "none" or "high"',
    "effort_bogus": 'reasoning_effort must be either "none" or "high"',
    "unknown_role": "Jinja Exception: Unexpected role 'robot' after role 'user'",
}
"""Where only this part of an error's message is the same, because the rest quotes the server's sources."""
SHORTER = {("llamacpp-tools", "tool_truncated_args"): 5, ("llamacpp-tools", "schema_truncated"): 2}
"""Where max_tokens must be smaller: [ARGS] and the code fence were spelled in more tokens there than here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    file: str
    name: str
    request: dict[str, Any]
    answer: Answer

    @property
    def label(self) -> str:
        return f"{self.file}/{self.name}"

    @property
    def plain_name(self) -> str:
        return self.name.removesuffix(".stream")


def recorded(file: str) -> list[Case]:
    path = FOLDER / f"{file}.jsonl"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [
        Case(
            file=file,
            name=record["case"],
            request=record["request"],
            answer=Answer(
                status=record["status"],
                content_type=record["headers"].get("content-type"),
                server=record["headers"].get("server"),
                body=record["body"],
            ),
        )
        for record in map(json.loads, lines)
    ]


def left_out(case: Case) -> str:
    for pattern, reason in LEFT_OUT.items():
        if re.fullmatch(pattern, case.label) and not (
            case.file == "llamacpp-random" and case.answer.status != 200
        ):
            return reason
    return ""


ALL = [case for file in FILES for case in recorded(file)]
COVERED = [case for case in ALL if not left_out(case)]


class Echo:
    """A brain that says what the recorded model said."""

    turn = Turn()

    def answer(self, request: ChatRequest) -> Turn:
        return self.turn


ECHO = Echo()


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, SimulatedServer]]:
    with ExitStack() as stack:
        yield {
            file: stack.enter_context(
                SimulatedServer(Rules(ECHO.answer), dialect=dialect, context_window=WINDOW)
            )
            for file, dialect in FILES.items()
        }


def test_the_recordings_are_there_and_every_case_is_compared_or_left_out_for_a_reason() -> None:
    if not FOLDER.exists():
        pytest.skip("the recordings of genuine servers are not beside the project (../shared/data/wire)")
    assert len(ALL) == 641
    unused = [pattern for pattern in LEFT_OUT if not any(re.fullmatch(pattern, case.label) for case in ALL)]
    assert unused == []
    assert len([case for case in ALL if left_out(case) and not case.file.endswith("random")]) <= 30


@pytest.mark.parametrize("case", COVERED, ids=lambda case: case.label)
def test_the_simulated_server_answers_as_the_genuine_one(
    case: Case, servers: dict[str, SimulatedServer]
) -> None:
    body, genuine = case.request["body"], case.answer
    if (case.file, case.plain_name) in SHORTER:
        body = {**body, "max_tokens": SHORTER[case.file, case.plain_name]}
    ECHO.turn = scripted(body) if case.file.startswith("vllm") else heard(case)
    answer = send(servers[case.file].url, case.request["method"], case.request["path"], body)
    assert (answer.status, answer.server) == (genuine.status, genuine.server)
    assert kind(answer) == kind(genuine)
    if genuine.streamed:
        compare_streams(case, answer)
    elif "choices" in (genuine.json or {}):
        compare_replies(case, answer)
    elif "error" in (genuine.json or {}):
        compare_errors(case, answer.json, genuine.json)
    else:
        assert written(answer.json) == written(genuine.json)


def kind(answer: Answer) -> str | None:
    """The content type; an empty body may or may not have one."""
    return answer.content_type if answer.body else None


def scripted(body: Any) -> Turn:
    """The turn that was forced on vLLM's model by a script in the prompt."""
    found = re.search(r"<<<SCRIPT(.*?)SCRIPT>>>", json.dumps(body))
    if found is None:
        return Turn()
    text = json.loads(f'"{found[1]}"').split(" ||| ")[-1]
    thought = re.match(r"\[THINK\](.*?)(?:\[/THINK\]|$)", text)
    text = text[thought.end() :] if thought else text
    said, *made = text.split("[TOOL_CALLS]")
    return Turn(
        text=said,
        reasoning=thought[1] if thought else "",
        calls=tuple(
            CallSpec(name=name, arguments=arguments)
            for name, _, arguments in (c.partition("[ARGS]") for c in made)
        ),
    )


def heard(case: Case) -> Turn:
    """The turn that llama.cpp's model must have said, from what arrived."""
    if case.answer.status != 200 or "choices" not in case.answer.body:
        return Turn()
    total, wants = sum_of(case.answer), case.request["body"]
    text = (total.text or "").removeprefix("Sure,")
    if total.finish == "length" and "tools" in wants and text.startswith("[TOOL_CALLS]"):
        return Turn(
            reasoning=total.reasoning, calls=(CallSpec(name="get_weather", arguments={"n": 1, "unit": "C"}),)
        )
    if case.plain_name.startswith("tool_truncated") and case.file == "llamacpp-tools":
        return Turn(calls=(CallSpec(name="get_weather", arguments={"n": 1, "unit": "C"}),))
    if case.plain_name == "schema_truncated":
        return Turn(reasoning=total.reasoning, text='{"risk":"high","score":2}')
    if case.plain_name == "chat_stop":
        text += "STOP three"
    if total.finish == "length":
        text += " and so on" * 50
    return Turn(
        text=text,
        reasoning=total.reasoning,
        calls=tuple(CallSpec(name=name, arguments=arguments) for name, arguments in total.calls),
    )


def compare_errors(case: Case, ours: Any, genuine: Any) -> None:
    assert written(ours) == written(genuine)
    error, wanted = ours["error"], genuine["error"]
    assert {**error, "message": ""} == {**wanted, "message": ""} or {"n_prompt_tokens"} <= set(error)
    part = OWN_WORDS.get(case.plain_name)
    if part is not None and part in wanted["message"]:
        assert part in error["message"]
    else:
        assert masked(error["message"]) == masked(wanted["message"])


def compare_sums(case: Case, answer: Answer) -> None:
    ours, genuine = sum_of(answer), sum_of(case.answer)
    assert ours.finish == genuine.finish
    assert ours.stop == genuine.stop
    assert type(ours.text) is type(genuine.text)
    assert bool(ours.text) == bool(genuine.text)
    assert bool(ours.reasoning) == bool(genuine.reasoning)
    assert len(ours.calls) == len(genuine.calls)
    assert [len(call_id) for call_id in ours.ids] == [len(call_id) for call_id in genuine.ids]
    assert all(call_id.isalnum() for call_id in ours.ids)
    usage = [written(usage_of(each)) for each in (answer, case.answer)]
    assert usage[0] == usage[1]
    if "length" in (ours.finish, genuine.finish) or case.plain_name.startswith("tool_truncated"):
        return  # tokens are cut elsewhere here
    assert (ours.text, ours.reasoning, ours.calls) == (genuine.text, genuine.reasoning, genuine.calls)


def usage_of(answer: Answer) -> Any:
    chunks = [chunk for chunk in answer.events if chunk != "[DONE]"] if answer.streamed else [answer.json]
    return [chunk["usage"] for chunk in chunks if "usage" in chunk]


def compare_replies(case: Case, answer: Answer) -> None:
    assert written(answer.json) == written(case.answer.json)
    compare_sums(case, answer)


def compare_streams(case: Case, answer: Answer) -> None:
    ours, genuine = answer.events, case.answer.events
    assert ours[-1] == genuine[-1] == "[DONE]"
    errors = [[chunk for chunk in events[:-1] if "error" in chunk] for events in (ours, genuine)]
    assert len(errors[0]) == len(errors[1])
    if errors[0]:
        assert "error" in ours[-2]
        assert "error" in genuine[-2]
        compare_errors(case, errors[0][0], errors[1][0])
        assert [first_shape(ours)] == [first_shape(genuine)]
        return
    assert first_shape(ours) == first_shape(genuine)
    assert shapes(ours) == shapes(genuine)
    compare_sums(case, answer)


def first_shape(events: list[Any]) -> Any:
    """The chunk that opens a stream, without the mark of the simulation."""
    found = dict(events[0])
    if "prompt_token_ids" in found:
        found.pop("system_fingerprint", None)
    return shape(found)


def shapes(events: list[Any]) -> set[str]:
    """The different chunks after the first; piece by piece, whatever its kind, and whoever carries the finish."""
    return {written(chunk) for chunk in events[1:-1]}
