"""Tools whose `strict: true` a server can keep: their schemas, restricted to what its grammar takes."""

from __future__ import annotations

from dataclasses import replace

from agentkit.protocol.request import ToolDefinition
from agentkit.schema.grammars import PLAIN, Grammar
from agentkit.schema.restrict import restrict

Bound = tuple[tuple[ToolDefinition, ...], tuple[str, ...]]
"""The tools, and what their grammar leaves to agentkit's own check, as `tool: keyword at #/place`."""

_MOST_KEPT = 256
_kept: dict[tuple[int, int], tuple[tuple[ToolDefinition, ...], Grammar, Bound]] = {}


def bind_tools(tools: tuple[ToolDefinition, ...], grammar: Grammar) -> Bound:
    """Restrict the schemas of strict tools; the same tuple gives the same tuple, made once.

    A grammar compiler refuses a whole request for one keyword that it does not know: vLLM 0.32 answers 400, "Grammar
    error". Tools that are not strict are not compiled, and keep the schema that tells the model more.
    """
    if grammar is PLAIN or not tools:
        return tools, ()
    key = id(tools), id(grammar)
    known = _kept.get(key)
    if known is not None and known[0] is tools and known[1] is grammar:
        return known[2]
    removed: list[str] = []
    bound: list[ToolDefinition] = []
    for tool in tools:
        if not tool.strict:
            bound.append(tool)
            continue
        restricted = restrict(tool.parameters, grammar)
        removed += [f"{tool.name}: {what}" for what in restricted.removed]
        bound.append(replace(tool, parameters=restricted.schema) if restricted.removed else tool)
    made: Bound = (tuple(bound) if removed else tools, tuple(removed))
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    _kept[key] = tools, grammar, made  # holding them keeps their ids from being used again
    return made
