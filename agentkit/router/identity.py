"""Which tasks are alike: the same agent, step, prompt template, schema and tools. Hashes, never content."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from hashlib import blake2b

from agentkit.protocol.decisions import Situation
from agentkit.protocol.request import JsonSchema, ToolDefinition

_WORD = re.compile(r"[^\W\d_]+")
_WORDS = 4  # of a prompt's beginning: what instances of one template have in common more often than not
_READ = 400


def identify(situation: Situation) -> tuple[str, ...]:
    """Return the keys of a task: of its agent, of its agent and step, and of all that tells its kind."""
    template = situation.template or leading_words(situation.task[:_READ])  # no document is kept
    return (
        _digest("agent", situation.agent),
        _digest("step", situation.agent, situation.step),
        _digest(
            "task", situation.agent, situation.step, _short(situation.instructions[:_READ]), template,
            _schema_digest(situation.output), _tools_digest(situation.tools),
        ),
    )  # fmt: skip


@functools.lru_cache(maxsize=256)
def leading_words(task: str) -> str:
    """Return the words with which a prompt begins, without case, digits and signs."""
    return " ".join(_WORD.findall(task[:_READ].lower())[:_WORDS])


@functools.lru_cache(maxsize=256)
def _short(instructions: str) -> str:
    # Instructions often hold a name or a date; their beginning seldom does.
    return " ".join(_WORD.findall(instructions.lower())[: 4 * _WORDS])


@functools.lru_cache(maxsize=4096)
def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


_known: dict[int, tuple[object, str]] = {}


def _schema_digest(schema: JsonSchema | None) -> str:
    if schema is None:
        return ""
    return _remembered(schema, lambda: json.dumps(schema, sort_keys=True, default=str))


def _tools_digest(tools: tuple[ToolDefinition, ...]) -> str:
    if not tools:
        return ""
    return _remembered(tools, lambda: ",".join(sorted(tool.name for tool in tools)))


def _remembered(thing: object, text: Callable[[], str]) -> str:
    """The digest of a thing that lives as long as its agent; holding it keeps its id from being reused."""
    known = _known.get(id(thing))
    if known is not None and known[0] is thing:
        return known[1]
    digest = _digest(text())
    if len(_known) >= 512:
        _known.clear()
    _known[id(thing)] = (thing, digest)
    return digest
