"""What a capability file changes in a profile: what was refuted is not relied on, what was proved is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from agentkit.backends.capability import Evidence, seen
from agentkit.backends.findings import Capabilities, Finding
from agentkit.backends.models.catalog import card_for
from agentkit.backends.profile import Profile

_REASONING_FIELDS = ("reasoning", "reasoning_content", "content")
_REASONING_FORMS = ("reasoning", "reasoning_content", "thinking_text", "thinking_chunks")
_NOT_STREAMED: Final = (
    "stream.answers",
    "stream.finish",
    "stream.equal",
    "stream.truncated",
    "stream.errors",
)
"""Probes of which one refuted is enough that nothing is streamed."""
_WITH_TOOLS: Final = ("stream.with_tools", "stream.calls")


def obey(profile: Profile, made: Capabilities) -> Profile:
    """Return the profile of a server as it was found to be.

    Args:
        profile: What is known of this kind of server.
        made: What was found of this one; findings that are undecided change nothing.
    """
    thinks_otherwise = card_for(made.model).effort != "reasoning_effort"
    for finding in made.findings:
        if thinks_otherwise and finding.id.startswith("effort."):
            continue  # what the model lacks is the card's business, not the server's
        evidence = seen(
            f"{made.server} {made.version}".strip(), f"{finding.said} (agentkit doctor, {made.made})"
        )
        for name, value in _changes(finding, profile):
            profile = _with(profile, name, value, evidence)
    return _stream_with_tools(profile, made)


def streams(made: Capabilities) -> bool:
    """Whether replies of this server may be streamed at all."""
    return not any(made.refuted(probe) for probe in _NOT_STREAMED)


def _with(profile: Profile, name: str, value: Any, evidence: Evidence) -> Profile:
    return profile if profile.value(name) == value else profile.with_capability(name, value, evidence)


def _stream_with_tools(profile: Profile, made: Capabilities) -> Profile:
    """Two probes decide it together: one refuted is enough against it, both must be proved for it."""
    decided = [finding for finding in made.findings if finding.id in _WITH_TOOLS]
    refuted = next((finding for finding in decided if finding.outcome == "refuted"), None)
    proved = len(decided) == len(_WITH_TOOLS) and all(finding.outcome == "proved" for finding in decided)
    if refuted is None and not proved:
        return profile
    said = (refuted or decided[0]).said
    evidence = seen(f"{made.server} {made.version}".strip(), f"{said} (agentkit doctor, {made.made})")
    return _with(profile, "stream_with_tools", refuted is None, evidence)


def _changes(finding: Finding, profile: Profile) -> Iterator[tuple[str, Any]]:
    rules = _REFUTED if finding.outcome == "refuted" else _PROVED if finding.outcome == "proved" else {}
    rule = rules.get(finding.id)
    if rule is not None:
        yield from rule(finding, profile)


Rule = Callable[[Finding, Profile], Iterator[tuple[str, Any]]]


def _is(name: str, value: Any) -> Rule:
    def rule(finding: Finding, profile: Profile) -> Iterator[tuple[str, Any]]:
        del finding, profile
        yield name, value

    return rule


def _choice(choice: str, *, honoured: bool) -> Rule:
    def rule(finding: Finding, profile: Profile) -> Iterator[tuple[str, Any]]:
        del finding
        choices = profile.dialect.tool_choices
        yield "tool_choices", (choices | {choice}) if honoured else (choices - {choice})

    return rule


def _unhonoured(setting: str) -> Rule:
    def rule(finding: Finding, profile: Profile) -> Iterator[tuple[str, Any]]:
        del finding
        yield "unhonoured", profile.dialect.unhonoured | {setting}

    return rule


def _no_effort(finding: Finding, profile: Profile) -> Iterator[tuple[str, Any]]:
    """The effort goes where it was seen to work, or nowhere, and then every run says so."""
    if profile.dialect.effort == "top_level":
        kwargs = finding.value == "chat_template_kwargs"
        yield "effort", "chat_template_kwargs" if kwargs else "unsupported"


def _no_effort_with_tools(finding: Finding, profile: Profile) -> Iterator[tuple[str, Any]]:
    del profile
    if finding.value != "none":  # there it is effort none that thinks, which no setting cures
        yield "effort_with_tools", False


def _reasoning_in(finding: Finding, profile: Profile) -> Iterator[tuple[str, Any]]:
    if finding.value in _REASONING_FIELDS:
        rest = tuple(name for name in profile.dialect.reasoning_in if name != finding.value)
        yield "reasoning_in", (finding.value, *rest)


def _reasoning_out(finding: Finding, profile: Profile) -> Iterator[tuple[str, Any]]:
    """Keep the profile's form where it is among those that reach the prompt; they are named in the finding."""
    current = profile.dialect.reasoning_out
    if finding.value in _REASONING_FORMS and (current is None or current not in finding.said.split()):
        yield "reasoning_out", finding.value


def _logprobs(finding: Finding, profile: Profile) -> Iterator[tuple[str, Any]]:
    del finding
    if profile.logprobs == "no":
        yield "logprobs", "yes"
    yield "unhonoured", profile.dialect.unhonoured - {"logprobs", "top_logprobs"}


def _no_logprobs(finding: Finding, profile: Profile) -> Iterator[tuple[str, Any]]:
    del finding
    yield "logprobs", "no"
    yield "unhonoured", profile.dialect.unhonoured | {"logprobs", "top_logprobs"}


def _schema_with_tools(finding: Finding, profile: Profile) -> Iterator[tuple[str, Any]]:
    del profile
    yield "schema_with_tools", "refused" if finding.value == "refused" else "enforced"


_REFUTED: Final[dict[str, Rule]] = {
    "server.wrong_model": _is("checks_model", False),
    "context.long": _is("overflow", "silent"),
    "context.overflow": _is("overflow", "silent"),
    "context.counted": _is("counting", "estimate"),
    "chat.forged": _is("template_prompt", True),
    "chat.stop": _unhonoured("stop"),
    "chat.logprobs": _no_logprobs,
    "effort.accepted": _no_effort,
    "effort.thinks": _no_effort,
    "effort.back": _is("reasoning_out", None),
    "effort.counted": _is("counts_reasoning", False),
    "together.effort_with_tools": _no_effort_with_tools,
    "together.calls_at_high": _is("effort_with_tools", False),
    "schema.enforced": _is("schema", False),
    "schema.with_tools": _is("schema_with_tools", "not enforced"),
    "tools.required": _choice("required", honoured=False),
    "tools.none": _choice("none", honoured=False),
    "tools.named": _choice("named", honoured=False),
    "tools.strict": _is("strict_tools", False),
    "tools.parallel": _is("parallel_calls", False),
    "tools.one_at_a_time": _unhonoured("parallel_tool_calls"),
    "tools.truncated": _is("cut_calls_look_complete", True),
    "stream.usage": _is("stream_usage", False),
    "images.seen": _is("images", False),
}
"""What is not relied on any more."""

_PROVED: Final[dict[str, Rule]] = {
    "chat.logprobs": _logprobs,
    "effort.split": _reasoning_in,
    "effort.back": _reasoning_out,
    "effort.counted": _is("counts_reasoning", True),
    "schema.enforced": _is("schema", True),
    "schema.with_tools": _schema_with_tools,
    "tools.required": _choice("required", honoured=True),
    "tools.none": _choice("none", honoured=True),
    "tools.strict": _is("strict_tools", True),
    "images.seen": _is("images", True),
}
"""What is used, though the profile did not know it."""
