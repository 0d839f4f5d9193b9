"""What was proved of one server: the capability file that `agentkit doctor --out` writes and a backend obeys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from agentkit._util.reason import reason_of
from agentkit.errors import ConfigurationError

FORMAT: Final = "agentkit-capabilities/1"
"""Name and version of the file's format."""

_STRICT: Final = ConfigDict(extra="forbid", strict=True)

Outcome = Literal["proved", "refuted", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One request and the decisive part of its answer.

    Attributes:
        asked: The request in short.
        answered: The answer in short.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    asked: str
    answered: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How one probe ended.

    Attributes:
        id: The probe.
        question: What it asked, in words.
        outcome: Whether the good answer was proved, refuted, or could not be decided.
        said: What was seen, in a sentence.
        value: What was measured or found, where it is more than yes or no.
        evidence: The requests that decided it.
        advice: What to do about it; empty where nothing need be done.
        limit: Where this is known of servers of this kind: what is known, and of which version; agentkit lives with it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    id: str
    question: str
    outcome: Outcome
    said: str
    value: str | int | float | bool | None = None
    evidence: tuple[Exhibit, ...] = ()
    advice: str = ""
    limit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """All findings about one server.

    Attributes:
        format: Name and version of the file's format.
        url: Base URL of the server.
        server: Kind of server as proved (`vllm`, `llamacpp`, ...), or `openai_compatible`.
        version: What the server says of its version.
        model: The model that was asked.
        window: Context window in tokens, or None.
        made: When, ISO 8601 in UTC.
        seconds: How long it took.
        requests: How many requests were made.
        findings: One for each probe, in order.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    format: Literal["agentkit-capabilities/1"]
    url: str
    server: str
    version: str = ""
    model: str = ""
    window: int | None = None
    made: str = ""
    seconds: float = 0.0
    requests: int = 0
    findings: tuple[Finding, ...] = ()

    def finding(self, probe: str) -> Finding | None:
        """Return what a probe found, or None where it was not run."""
        return next((finding for finding in self.findings if finding.id == probe), None)

    def refuted(self, probe: str) -> bool:
        """Whether a probe ended refuted, known limits included."""
        found = self.finding(probe)
        return found is not None and found.outcome == "refuted"

    @property
    def surprises(self) -> tuple[Finding, ...]:
        """What is refuted and no known limit of this kind of server."""
        return tuple(
            finding for finding in self.findings if finding.outcome == "refuted" and not finding.limit
        )

    def to_json(self) -> str:
        """Return the file's text."""
        return _FILE.dump_json(self, indent=2).decode() + "\n"


_FILE: Final = TypeAdapter(Capabilities)


def read_capabilities(path: str | Path) -> Capabilities:
    """Read a capability file.

    Raises:
        ConfigurationError: It cannot be read, or is no capability file of this version.
    """
    hint = "Write it anew with `agentkit doctor URL --out FILE`."
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The capability file {str(path)!r} cannot be read: {reason_of(error)}.", hint=hint
        ) from None
    try:
        return _FILE.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(
            f"{str(path)!r} is no capability file of format {FORMAT}: {where or 'it'}: {first['msg']}.",
            hint=hint,
        ) from None
