"""A collection of tools, and small wrappers that compose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from agentkit.errors import InvalidTool
from agentkit.protocol.request import ToolDefinition
from agentkit.tools.function import Tool, as_tool


class Toolset:
    """Tools in a stable order, which the prompt's prefix depends on.

    Args:
        tools: Tools or plain typed functions.

    Raises:
        InvalidTool: Two tools have the same name.
    """

    def __init__(self, tools: Iterable[Callable[..., Any] | Tool[..., Any]] = ()) -> None:
        self._tools: dict[str, Tool[..., Any]] = {}
        self._definitions: tuple[ToolDefinition, ...] | None = None
        for given in tools:
            made = as_tool(given)
            if made.name in self._tools:
                raise InvalidTool(
                    f"Two tools are called {made.name!r}.",
                    hint="Give one of them name=..., or use .prefixed().",
                )
            self._tools[made.name] = made

    def __len__(self) -> int:
        return len(self._tools)

    def __iter__(self) -> Iterator[Tool[..., Any]]:
        return iter(self._tools.values())

    def __contains__(self, name: object) -> bool:
        return name in self._tools

    def __add__(self, other: Toolset) -> Toolset:
        return Toolset([*self, *other])

    def get(self, name: str) -> Tool[..., Any] | None:
        """Return the tool of that name, or None."""
        return self._tools.get(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The tools' names, in order."""
        return tuple(self._tools)

    @property
    def definitions(self) -> tuple[ToolDefinition, ...]:
        """The tools as the model sees them; the same tuple every time."""
        if self._definitions is None:
            self._definitions = tuple(made.definition for made in self)
        return self._definitions

    def only(self, *names: str) -> Toolset:
        """Return a toolset of these tools alone.

        Raises:
            InvalidTool: There is no tool of such a name.
        """
        self._check(names)
        return Toolset(made for made in self if made.name in names)

    def without(self, *names: str) -> Toolset:
        """Return a toolset of all but these tools.

        Raises:
            InvalidTool: There is no tool of such a name.
        """
        self._check(names)
        return Toolset(made for made in self if made.name not in names)

    def prefixed(self, prefix: str) -> Toolset:
        """Return the same tools under names that begin with `prefix`."""
        return Toolset(made.renamed(f"{prefix}{made.name}") for made in self)

    def _check(self, names: Iterable[str]) -> None:
        unknown = [name for name in names if name not in self._tools]
        if unknown:
            raise InvalidTool(
                f"There is no tool called {', '.join(map(repr, unknown))}.",
                hint=f"There are: {', '.join(self._tools)}.",
            )
