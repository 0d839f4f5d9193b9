"""The golden bodies are what the genuine vLLM answers; where it answers otherwise now, they are written anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.live.running import BEARER, only_with
from tests.wire.golden import FOLDER, ask, read, refreshed, send, spelled

only_with("AGENTKIT_VLLM", "test-vllm")
CASES = sorted(next(iter(sorted(FOLDER.glob("vllm-*"))[-1:])).glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_golden_body_is_what_vllm_answers(vllm: str, path: Path) -> None:
    case = read(path)
    root = vllm.removesuffix("/v1")
    version = send(root, "GET", "/version", None).json["version"].partition("+")[0]
    turn = case.get("turn")
    extra = {"vllm_xargs": {"say": json.dumps([spelled(turn)])}} if turn else None
    now = refreshed(case, ask(root, case, extra, BEARER))
    target = FOLDER / f"vllm-{version}" / path.name
    if now != case or target != path:
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(now, indent=2, ensure_ascii=False) + "\n", "utf-8")
        pytest.fail(
            f"{path.parent.name}/{path.name} was written anew: look at the difference, then run again"
        )
