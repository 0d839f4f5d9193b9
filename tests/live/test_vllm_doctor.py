"""The doctor at the genuine vLLM: with a good model's words behind its genuine grammar and parsers, and with none."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import anyio

from agentkit.doctor.examine import examine
from agentkit.testing import ChatRequest, FaultyProxy, Obliging, WireFault
from agentkit.testing.proxy import Passing
from tests.genuine.dictation import spelled
from tests.genuine.running import KEY
from tests.live.running import CONTEXT, MODEL, only_with

only_with("AGENTKIT_VLLM", "test-vllm")
PATIENT: dict[str, Any] = {"api_key": KEY, "request_seconds": 180.0, "seconds": 900.0}
_MODEL = Obliging()


def _dictate(passing: Passing) -> None:
    """Let the model say what a good one would, as a logits processor makes it."""
    if passing.chat:
        passing.body["vllm_xargs"] = {
            "say": json.dumps(spelled(_MODEL.answer(ChatRequest(body=passing.body))))
        }


VENTRILOQUIST = WireFault(name="ventriloquist", about="no fault: it brings the words", ask=_dictate)


def test_a_good_model_on_vllm_refutes_nothing_but_the_missing_vision(vllm: str) -> None:
    with FaultyProxy(vllm, VENTRILOQUIST) as proxy:
        made = anyio.run(partial(examine, proxy.url, **PATIENT))
    assert (made.server, made.model, made.window) == ("vllm", MODEL, CONTEXT)
    assert [f"{finding.id}: {finding.said}" for finding in made.surprises] == []
    assert {finding.id for finding in made.findings if finding.outcome == "refuted"} == {"images.seen"}
    proved = {finding.id for finding in made.findings if finding.outcome == "proved"}
    assert proved >= {
        "context.counted", "context.overflow", "chat.stop", "chat.logprobs", "effort.thinks", "effort.split",
        "effort.back", "schema.enforced", "schema.with_reasoning", "tools.strict", "tools.named", "tools.parallel",
        "stream.calls", "stream.with_tools", "stream.errors",
    }  # fmt: skip
    engine = made.finding("context.engine")
    assert engine is not None
    assert engine.value == "A"


def test_random_words_on_vllm_leave_open_what_only_words_could_show(vllm: str) -> None:
    made = anyio.run(partial(examine, vllm, **PATIENT))
    assert [f"{finding.id}: {finding.said}" for finding in made.surprises] == []
    assert {finding.id for finding in made.findings if finding.outcome == "refuted"} <= {"images.seen"}
