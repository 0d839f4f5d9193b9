"""What one kind of server understands, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from agentkit.backends.capability import CAPABILITIES, Evidence, assumed
from agentkit.errors import ConfigurationError
from agentkit.schema.restrict import PLAIN, Grammar
from agentkit.wire.dialect import Dialect

Counting = Literal["tokenize", "input_tokens", "count_tokens", "estimate"]
"""Where a prompt's tokens are counted: `POST /tokenize` beside `/v1` (vLLM, SGLang), `POST /v1/chat/completions/
input_tokens` (llama.cpp), `POST /v1/messages/count_tokens` (NIM), or nowhere, so that they are estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIssue:
    """Something that is known to break, or to be wrong without a word.

    Attributes:
        versions: Which versions of what.
        symptom: What is seen.
        cure: What to do.
        evidence: How it is known.
    """

    versions: str
    symptom: str
    cure: str
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A kind of server. Servers differ by this data and by nothing else.

    Attributes:
        name: `vllm`, `llamacpp`, ...
        title: Its name for people.
        dialect: How it writes and reads.
        grammar: What its structured-output engine takes; the rest is enforced by agentkit alone.
        images: Whether images may be sent.
        stream_with_tools: Whether a streamed reply with tools can be trusted.
        parallel_calls: Whether one reply may hold several calls.
        effort_with_tools: Whether a request with tools may have high effort; where not, it is sent with none.
        counts_reasoning: Whether usage tells the reasoning tokens.
        logprobs: Whether log-probabilities may be asked for; `not_streamed_with_tools` where only then not.
        schema_with_tools: What becomes of an output schema beside tools; agentkit never sends both.
        window_field: Where an entry of `/v1/models` says the context window: a path of keys.
        default_window: Tokens that are taken for the context window where neither the server nor the user says it.
        counting: Where the tokens of a prompt are counted.
        overflow: Whether a prompt beyond the window is refused; where it is `silent`, agentkit counts first.
        checks_model: Whether a wrong model name is refused.
        call_ids: What the server's own tool-call ids look like.
        error_body: Shape of an error: `{"error": {...}}`, the same without the wrapping, or `{"detail": ...}`.
        evidence: How each capability is known, by its name; see `CAPABILITIES`.
        launch: Command lines that start it with MS4.
        issues: What is known to break, and its cure.
        address: Where it usually listens.
        about: What a user should know first, in a sentence or two.
    """

    name: str
    title: str = ""
    dialect: Dialect = field(default_factory=Dialect)
    grammar: Grammar = PLAIN
    images: bool = True
    stream_with_tools: bool = True
    parallel_calls: bool = True
    effort_with_tools: bool = True
    counts_reasoning: bool = False
    logprobs: Literal["yes", "not_streamed_with_tools", "no"] = "yes"
    schema_with_tools: Literal["enforced", "not enforced", "refused", "ignored", "unknown"] = "unknown"
    window_field: tuple[str, ...] = ()
    default_window: int | None = None
    counting: Counting = "estimate"
    overflow: Literal["refused", "silent"] = "refused"
    checks_model: bool = True
    call_ids: str = "any"
    error_body: Literal["wrapped", "flat", "detail"] = "wrapped"
    evidence: Mapping[str, Evidence] = field(default_factory=dict[str, Evidence])
    launch: tuple[str, ...] = ()
    issues: tuple[KnownIssue, ...] = ()
    address: str = "http://host:8000/v1"
    about: str = ""

    def value(self, name: str) -> Any:
        """Return the value of a capability.

        Raises:
            ConfigurationError: There is no capability of that name.
        """
        if name not in CAPABILITIES:
            raise ConfigurationError(
                f"There is no capability {name!r}.", hint=f"There are: {', '.join(CAPABILITIES)}."
            )
        return getattr(self.dialect if CAPABILITIES[name].place == "dialect" else self, name)

    def evidence_for(self, name: str) -> Evidence:
        """Return how the value of a capability is known."""
        return self.evidence.get(name, assumed())

    def with_capability(self, name: str, value: Any, evidence: Evidence) -> Profile:
        """Return this profile with another value of one capability, as a probe found it.

        Raises:
            ConfigurationError: There is no capability of that name.
        """
        self.value(name)  # refuses an unknown name
        known = {**self.evidence, name: evidence}
        if CAPABILITIES[name].place == "dialect":
            return replace(self, dialect=replace(self.dialect, **{name: value}), evidence=known)
        return replace(self, evidence=known, **{name: value})
