"""What must work where nothing but the wheel is installed; `make test-wheel` runs it outside the checkout."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import files, version
from pathlib import Path

import agentkit

HEAVY = ("openai", "pydantic", "PIL", "jsonschema", "tenacity", "structlog")
assert not [name for name in HEAVY if name in sys.modules]
assert "site-packages" in agentkit.__file__, agentkit.__file__

from agentkit import Agent, Backend, Image  # noqa: E402
from agentkit.errors import MissingExtra  # noqa: E402
from agentkit.testing import Script, SimulatedServer, call, say, say_json  # noqa: E402

shipped = {str(path) for path in files("agentkit-ms4") or ()}
assert {"agentkit/py.typed", "agentkit/router/weights.json"} <= shipped
assert not [path for path in shipped if path.startswith(("tests", "examples", "tools", "docs"))]


def stock_of(article: str) -> int:
    """Return how many pieces are in stock."""
    return len(article)


with SimulatedServer(
    Script(call("stock_of", {"article": "bolt"}), say("four"), say_json({"bolt": 4}))
) as server:
    agent = Agent(backend=Backend.vllm(server.url), tools=[stock_of], output=dict[str, int])
    result = agent.run_sync("How many?")
assert result.output == {"bolt": 4}
assert result.simulated

refused = ""
try:
    Image.from_pdf(b"%PDF-1.7")
except MissingExtra as error:
    refused = str(error)
assert "agentkit-ms4[documents]" in refused

asked = subprocess.run(
    [Path(sys.executable).with_name("agentkit"), "ask", "--embedded", "--quiet", "hello"],
    capture_output=True,
    text=True,
    timeout=60,
    check=True,
)
assert "no language model" in asked.stdout
print(f"agentkit-ms4 {version('agentkit-ms4')} works outside the checkout.")
