"""The package's face: what it names, and what importing it costs."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import agentkit

SOURCE = Path(agentkit.__file__)
HEAVY = ("openai", "pydantic", "PIL", "jsonschema", "tenacity", "structlog", "aiohttp", "httpx2", "anyio")


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = f"import sys, agentkit; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_agent_can_be_declared_without_loading_openai_or_pillow() -> None:
    code = """
import sys
from agentkit import Agent, Backend, tool
@tool
def f(x: int) -> int:
    "Double."
    return 2 * x
Agent("x", backend=Backend.vllm("http://127.0.0.1:9/v1"), tools=[f])
print([name for name in ("openai", "PIL", "aiohttp") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_agent_that_answers_with_text_loads_neither_pydantic_nor_jsonschema() -> None:
    code = """
import sys
from agentkit import Agent, Backend
Agent("x", backend=Backend.vllm("http://127.0.0.1:9/v1"))
print([name for name in ("openai", "pydantic", "jsonschema", "PIL", "structlog") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_all_the_lazy_table_and_the_type_checkers_view_name_the_same() -> None:
    tree = ast.parse(SOURCE.read_text("utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.asname: node.module
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == agentkit._HOME
    assert sorted(agentkit.__all__) == sorted(agentkit._HOME)
    assert len(agentkit.__all__) <= 35


def test_every_name_of_the_face_can_be_had() -> None:
    for name in agentkit.__all__:
        assert getattr(importlib.import_module("agentkit"), name) is not None
    assert set(agentkit.__all__) <= set(dir(agentkit))
