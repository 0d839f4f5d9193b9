"""Golden bodies: what a genuine server of a certain version answered, one case a file, under `golden/<server>-<version>/`.

A case holds what the model said (`turn`), the request, the status, and what is compared of the answer: `json` the whole
body, `choice` the only choice, `deltas` and `usage` of a stream. `<int>`, `<float>`, `<str>`, `<id:9>` and `<has:words>`
stand for values that vary. The cases of vLLM are written anew by `make test-vllm`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agentkit.testing import CallSpec, Turn
from tests.wire.replies import Answer, send, sum_of

FOLDER = Path(__file__).parent / "golden"
MODEL = "ms4"


def folders() -> list[Path]:
    """One for each server and version."""
    return sorted(path for path in FOLDER.iterdir() if path.is_dir())


def dialect_of(folder: Path) -> str:
    """The dialect that a folder's server speaks."""
    return folder.name.rpartition("-")[0]


def read(path: Path) -> dict[str, Any]:
    """A case."""
    case: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return case


def ask(
    url: str, case: dict[str, Any], extra: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """Send a case's request; `extra` goes into its body."""
    body = {**request_of(case["request"]), **(extra or {})} if "request" in case else None
    return send(url, case.get("method", "POST"), case.get("path", "/v1/chat/completions"), body, headers)


def turn_of(told: dict[str, Any]) -> Turn:
    """What the model says."""
    calls = tuple(CallSpec(name=name, arguments=arguments) for name, arguments in told.get("calls", ()))
    return Turn(text=told.get("text", ""), reasoning=told.get("reasoning", ""), calls=calls)


def spelled(told: dict[str, Any]) -> str:
    """What the model says, as its tokens are written."""
    thought = f"[THINK]{told['reasoning']}[/THINK]" if told.get("reasoning") else ""
    calls = [
        f"[TOOL_CALLS]{name}[ARGS]{arguments if isinstance(arguments, str) else json.dumps(arguments)}"
        for name, arguments in told.get("calls", ())
    ]
    return thought + told.get("text", "") + "".join(calls)


def request_of(told: dict[str, Any]) -> dict[str, Any]:
    """The request's body: a model and a message where the case has none, tools by name, and long texts by count."""
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Well?"}], **told}
    if "tools" in told:
        body["tools"] = [
            {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
            for name in told["tools"]
        ]
    first = body["messages"][0]
    if first["content"].endswith("<repeat:5000>"):
        body["messages"] = [{**first, "content": first["content"].removesuffix("<repeat:5000>") * 5000}]
    return body


def seen(answer: Answer, case: dict[str, Any]) -> dict[str, Any]:
    """What a case compares, taken from an answer."""
    told: dict[str, Any] = {"status": answer.status}
    if "json" in case:
        told["json"] = answer.json
    if "choice" in case:
        (told["choice"],) = answer.json["choices"]
    if "deltas" in case:
        *chunks, done = answer.events
        assert done == "[DONE]"
        choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
        told["deltas"] = [[choice["delta"], choice["finish_reason"]] for choice in choices]
        usage = [chunk["usage"] for chunk in chunks if not chunk["choices"]]
        if usage or "usage" in case:
            (told["usage"],) = usage
    return told


def refreshed(case: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """A case with what a genuine server answers now; what varied before goes on to be marked as varying."""
    told = seen(answer, case)
    if "deltas" in case:
        # where a stream is cut into chunks depends on the server's timing: what it adds up to counts
        told["deltas"] = case["deltas"] if _adds_up(case["deltas"]) == sum_of(answer) else told["deltas"]
    return {**case, **{name: _marked(case.get(name), value) for name, value in told.items()}}


def _adds_up(deltas: list[Any]) -> Any:
    chunks = [
        "data: " + json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}) + "\n\n"
        for delta, finish in deltas
    ]
    body = "".join(chunks) + "data: [DONE]\n\n"
    return sum_of(Answer(status=200, content_type="text/event-stream", server=None, body=body))


def _marked(old: Any, new: Any) -> Any:
    """Keep an old value that the new one fits."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {name: _marked(old.get(name), value) for name, value in new.items()}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [_marked(before, after) for before, after in zip(old, new, strict=True)]
    return old if fits(new, old) else new


def fits(value: Any, wanted: Any) -> bool:
    """Whether a value is the wanted one, or of the kind that a placeholder asks for."""
    if wanted in (MODEL, "agentkit-simulated"):  # told by the simulated server about itself
        return isinstance(value, str)
    if not (isinstance(wanted, str) and wanted.startswith("<")):
        return bool(value == wanted and type(value) is type(wanted))
    kind, _, rest = wanted.strip("<>").partition(":")
    if kind == "has":
        return isinstance(value, str) and rest in value
    if kind == "id":
        return isinstance(value, str) and value.isalnum() and len(value) == int(rest)
    return type(value).__name__ == kind
