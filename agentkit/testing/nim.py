"""NVIDIA NIM 2.1 with vLLM inside: vLLM's dialect, and NIM's own routes as documented; never seen."""

from __future__ import annotations

from typing import Any

from agentkit.testing import vllm
from agentkit.testing.exchange import Served
from agentkit.testing.request import ChatRequest, objects_in
from agentkit.testing.tokens import count_prompt, count_text


def page(method: str, path: str, body: dict[str, Any], served: Served, created: int) -> Any:
    """Return what another path answers: JSON, text, or None for a 404."""
    match method, path:
        case "GET", ("/v1/health/ready" | "/v1/health/live"):
            return {"object": "health.response", "message": "Service is ready.", "status": "ready"}
        case "GET", "/v1/metadata":
            return {"version": "2.1.4", "modelInfo": [{"shortName": served.model}]}
        case "GET", "/v1/version":
            return {"release": "2.1.4", "api": "2.1.4"}
        case "POST", "/v1/messages/count_tokens":
            return {"input_tokens": _count(body)}
        case _:
            return vllm.page(method, path, body, served, created)


def _count(body: dict[str, Any]) -> int:
    """Count a request in Anthropic's form, as about the same request in OpenAI's."""
    blocks = [
        part for message in objects_in(body.get("messages")) for part in objects_in(message.get("content"))
    ]
    words = [str(part.get("text") or part.get("input") or part.get("content") or "") for part in blocks]
    plain = count_prompt(ChatRequest(body={"messages": body.get("messages"), "tools": body.get("tools")}), ())
    used = [part for part in blocks if part.get("type") != "text"]
    return plain + count_text(str(body.get("system") or "")) + sum(map(count_text, words)) * bool(used)
