"""The doctor at the genuine llama.cpp server: what it refutes is known, with its source, and faults on its wire are found."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import anyio
import pytest

from agentkit.backends.findings import Capabilities
from agentkit.doctor.examine import examine
from agentkit.testing import FaultyProxy, Obliging
from agentkit.testing.server import MODEL
from agentkit.testing.zoo import ZOO
from tests.doctor.test_zoo import ALL, DEEP, ONLY_ON, RIGHT_PROBE
from tests.genuine.dictation import Prompter, to_llamacpp
from tests.genuine.running import KEY

pytestmark = pytest.mark.genuine

KNOWN = {
    "tools": {"chat.forged", "schema.keywords", "images.seen"},
    "think": {"chat.forged", "schema.keywords", "images.seen", "tools.named"},
    "chatter": {"chat.forged", "schema.keywords", "images.seen"},
}
"""What may be refuted, by the model's habit; why stands in `doctor/limits.py`, with the version that it was seen on."""
PLAYED = [fault for fault in ZOO if "llamacpp" in ONLY_ON.get(fault, ALL) and fault != "overflow_cut"]
"""All but a cut prompt, which the zoo makes short by the simulated tokenizer's measure, not by this small one's."""


@pytest.mark.parametrize("habit", KNOWN)
def test_only_known_limits_are_refuted_whatever_the_model_says(
    genuine: Callable[..., str], habit: str
) -> None:
    made = anyio.run(partial(examine, genuine(habit)))
    assert made.server == "llamacpp"
    assert made.window == 4096
    assert made.surprises == ()
    refuted = {finding.id for finding in made.findings if finding.outcome == "refuted"}
    assert refuted <= KNOWN[habit]
    assert all(
        finding.limit and finding.evidence for finding in made.findings if finding.outcome == "refuted"
    )
    assert made.finding("effort.prompt").outcome == "proved"  # type: ignore[union-attr]
    assert made.finding("effort.back").value == "reasoning_content"  # type: ignore[union-attr]
    assert made.finding("context.overflow").value == 4096  # type: ignore[union-attr]
    assert made.finding("schema.enforced").outcome == "proved"  # type: ignore[union-attr]


def obliging(genuine: Callable[..., str], key: str = KEY) -> Prompter:
    """The genuine server with a model that does as it is told, and eyes."""
    url = genuine("dictated", key=key, eyes=True)
    return Prompter(url, key, to_llamacpp, brain=Obliging().answer)


def look(url: str, **options: object) -> Capabilities:
    return anyio.run(partial(examine, url, api_key=KEY, **options))  # type: ignore[arg-type]


def test_a_good_model_proves_all_but_one_known_limit(genuine: Callable[..., str]) -> None:
    with obliging(genuine) as server:
        made = look(server.url)
    assert {finding.id for finding in made.findings if finding.outcome == "refuted"} == {"chat.forged"}
    assert made.surprises == ()
    undecided = {finding.id for finding in made.findings if finding.outcome == "undecided"}
    too_fast_to_tell = {"stream.flows"}  # unless the machine is busy
    assert undecided - too_fast_to_tell == {"effort.counted", "schema.legacy"}


@pytest.mark.parametrize("fault", PLAYED if DEEP else PLAYED[::12])
def test_a_fault_on_its_wire_is_refuted_by_the_right_probe(fault: str, genuine: Callable[..., str]) -> None:
    probe = RIGHT_PROBE[fault]
    key = "" if probe == "server.key" else KEY  # which is then taken off by what stands before it
    with obliging(genuine, key) as server, FaultyProxy(server.url, ZOO[fault]) as proxy:
        made = look(proxy.url, model=MODEL, only=[probe])
    found = made.finding(probe)
    assert found is not None
    assert found.outcome == "refuted", found.said
