"""What a profile says of a server, capability by capability, and how each of it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Provenance = Literal["seen", "read", "documented", "assumed"]
"""How a fact is known: seen on the wire of a running server, read in its source, documented by its makers, or assumed
until a probe says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How one fact about a server is known.

    Attributes:
        provenance: Seen, read, documented or assumed.
        server: Server and version that it holds for; empty for an assumption.
        note: What exactly was seen, read or documented, and where.
    """

    provenance: Provenance
    server: str = ""
    note: str = ""

    def __str__(self) -> str:
        return f"{self.provenance}: {self.server}" if self.server else self.provenance


def seen(server: str, note: str = "") -> Evidence:
    """Return evidence of something seen on the wire of a running server."""
    return Evidence(provenance="seen", server=server, note=note)


def read(server: str, note: str = "") -> Evidence:
    """Return evidence of something read in the server's source."""
    return Evidence(provenance="read", server=server, note=note)


def documented(server: str, note: str = "") -> Evidence:
    """Return evidence of something that the server's makers or users document."""
    return Evidence(provenance="documented", server=server, note=note)


def assumed(note: str = "") -> Evidence:
    """Return a guess that nothing has confirmed yet."""
    return Evidence(provenance="assumed", note=note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One thing that servers differ in.

    Attributes:
        name: Its name, and the attribute that holds its value.
        place: Whether the attribute is the profile's own or its dialect's.
        title: Its name for people.
        meaning: What the value says.
    """

    name: str
    place: Literal["profile", "dialect"]
    title: str
    meaning: str


def _of_dialect(name: str, title: str, meaning: str) -> Capability:
    return Capability(name=name, place="dialect", title=title, meaning=meaning)


def _of_profile(name: str, title: str, meaning: str) -> Capability:
    return Capability(name=name, place="profile", title=title, meaning=meaning)


_ALL = (
    _of_dialect("effort", "Reasoning effort", "where the effort goes in a request"),
    _of_dialect("reasoning_in", "Reasoning out of the server", "fields of a reply that may hold the reasoning"),
    _of_dialect("reasoning_out", "Reasoning back to the server", "form in which earlier reasoning is sent back"),
    _of_profile("counts_reasoning", "Reasoning tokens", "whether usage tells them; else they are estimated"),
    _of_profile("effort_with_tools", "Effort beside tools", "whether high effort thinks, and calls come, in a request with tools"),
    _of_dialect("tool_choices", "Tool choice", "forms of tool_choice that are honoured"),
    _of_dialect("strict_tools", "Strict tools", "whether `strict: true` on a function binds the model"),
    _of_profile("parallel_calls", "Parallel calls", "whether one reply may hold several calls"),
    _of_profile("stream_with_tools", "Streaming with tools", "whether a streamed reply with tools can be trusted"),
    _of_dialect(
        "cut_calls_look_complete", "Cut calls look complete",
        "whether a call that was cut, not streamed, still says finish_reason tool_calls",
    ),
    _of_profile("call_ids", "Call ids", "ids that the server gives its tool calls"),
    _of_dialect("text_beside_calls", "Text beside calls", "whether the text of an earlier message with calls is read"),
    _of_dialect("schema", "Output schema", "whether `response_format: json_schema` binds the model"),
    _of_profile("schema_with_tools", "Schema beside tools", "what becomes of a schema beside tools"),
    _of_profile("images", "Images", "whether images in user messages are seen"),
    _of_profile("logprobs", "Log-probabilities", "whether they can be asked for"),
    _of_dialect("sampling", "Further sampling", "sampling fields beyond the OpenAI API that are honoured"),
    _of_dialect("unhonoured", "Not honoured", "settings of the OpenAI API that are ignored or refused, never sent"),
    _of_dialect("stream_usage", "Usage in streams", "whether `stream_options.include_usage` is understood"),
    _of_dialect(
        "template_prompt", "Prompt by template",
        "whether a chat template renders the prompt before it is tokenised (engine B), or mistral-common builds it (A)",
    ),
    _of_dialect("tokenizer", "Tokenizer version", "Mistral tokenizer version that the history is kept within"),
    _of_profile("window_field", "Context size", "where an entry of /v1/models tells the context window"),
    _of_profile("counting", "Token counting", "endpoint that counts a prompt's tokens"),
    _of_profile("overflow", "Overflow", "whether a prompt beyond the window is refused, or silently cut or run"),
    _of_profile("checks_model", "Wrong model name", "whether it is refused"),
    _of_profile("error_body", "Error body", "shape of an error's JSON"),
)  # fmt: skip

CAPABILITIES: Final = {capability.name: capability for capability in _ALL}
"""Every capability by its name, in the order of the tables."""
