"""What starting costs: imports, an agent with 100 tools, `agentkit ask` until its first request."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from benchmarks.fleet import HERE, Entry, cost_of, cost_until_request, python_of

_ENV = {"PYTHONDONTWRITEBYTECODE": "", "AGENTKIT_BASE_URL": ""}

_HUNDRED = """
import time
source = "\\n".join(
    f'''async def tool_{n}(name: str, count: int = {n}, kind: Literal["a", "b"] = "a", tags: list[str] | None = None) -> str:
    \\"\\"\\"Do the thing number {n}.

    Args:
        name: What to do it to.
        count: How often.
        kind: Which kind.
        tags: Labels.
    \\"\\"\\"
    return name
'''
    for n in range(100)
)
scope = {"__name__": "hundred"}
import sys, types
module = types.ModuleType("hundred"); sys.modules["hundred"] = module
exec("from typing import Literal\\n" + source, module.__dict__)
functions = [getattr(module, f"tool_{n}") for n in range(100)]
"""

_AGENTS = {
    "agentkit": """
from agentkit import Agent, Backend
backend = Backend.vllm("http://localhost:1/v1", model="stub")

def warm(text: str) -> str:
    return text

Agent("x", backend=backend, tools=[warm]).toolset.definitions  # loads pydantic, as the others' imports do
begin = time.process_time(); agent = Agent("x", backend=backend, tools=functions); made = time.process_time()
agent.toolset.definitions
""",
    "pydantic-ai": """
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
model = OpenAIChatModel("stub", provider=OpenAIProvider(base_url="http://localhost:1/v1", api_key="none"))
begin = time.process_time(); agent = Agent(model, tools=functions); made = time.process_time()
""",
    "openai-agents": """
from agents import Agent, function_tool
begin = time.process_time(); agent = Agent(name="x", tools=[function_tool(f) for f in functions]); made = time.process_time()
""",
    "langgraph": """
from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
model = ChatOpenAI(model="stub", base_url="http://localhost:1/v1", api_key="none")
begin = time.process_time(); agent = create_agent(model, [tool(f) for f in functions]); made = time.process_time()
""",
}


def measure_import(entry: Entry) -> float:
    """Return the CPU milliseconds of importing a contestant's package, the interpreter's own start left out."""
    python = python_of(entry.env)
    bare = cost_of([python, "-c", "pass"], env=_ENV).cpu_ms
    return cost_of([python, "-c", f"import {entry.imports}"], env=_ENV).cpu_ms - bare


def measure_hundred(entry: Entry) -> tuple[float, float] | None:
    """Return CPU milliseconds to make an agent with 100 tools, and until the schemas are there as well."""
    if entry.name not in _AGENTS:
        return None
    code = f"{_HUNDRED}{_AGENTS[entry.name]}\nend = time.process_time()\nprint((made - begin) * 1000, (end - begin) * 1000)"
    printed = subprocess.run(
        [python_of(entry.env), "-c", code], capture_output=True, text=True, check=True, timeout=120
    ).stdout.split()
    return float(printed[0]), float(printed[1])


_SDK_ASK = "from openai import OpenAI\nOpenAI(base_url='{url}', api_key='x', max_retries=0).chat.completions.create(model='m', messages=[{'role': 'user', 'content': 'q'}])"


def measure_ask() -> dict[str, float]:
    """Return CPU milliseconds, interpreter start included."""
    python = python_of("agentkit")
    command = str(Path(python).parent / "agentkit")
    asked = cost_until_request([command, "ask", "--base-url", "{url}", "--model", "stub", "Is anyone there?"])
    return {
        "agentkit ask, to its first request": asked.cpu_ms,
        "import openai": cost_of([python, "-c", "import openai"]).cpu_ms,
        "a script with OpenAI().create(), to its first request": cost_until_request(
            [python, "-c", _SDK_ASK]
        ).cpu_ms,
    }


def measure_document(pdf: Path, out: Path) -> dict[str, Any]:
    """Return the cost of ingesting, indexing and reporting a PDF in the contract review, without model time."""
    command = [
        python_of("agentkit"),
        "-m",
        "examples.legal_review",
        "review",
        str(pdf),
        "--offline",
        "--out",
        str(out),
    ]
    cost = cost_of(command, cwd=HERE.parent)
    if cost.code or not (out / "report.html").exists():
        raise SystemExit(f"The review of {pdf.name} failed with code {cost.code}.")
    return {"cpu_ms": cost.cpu_ms, "wall_ms": cost.wall_ms, "peak_mb": cost.peak_mb}
