"""A string that does not show itself."""

from __future__ import annotations


class Secret:
    """A key or password: printing, logging and formatting it give stars, only `reveal()` gives it away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    def redact(self, text: str) -> str:
        """Replace every occurrence of the secret in a text by stars."""
        return text.replace(self._value, "***") if len(self._value) > 3 else text

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret cannot be pickled; build the Backend again where it is needed")
