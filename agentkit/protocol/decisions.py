"""Effort decisions: what a router sees, and the card that says what it decided and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from agentkit.errors import InputError
from agentkit.protocol.effort import Effort, EffortSetting
from agentkit.protocol.request import JsonSchema, ToolDefinition

StepKind = Literal["planning", "tool_result", "final_answer", "repair"]
"""What the next reply is for.

`planning`: the first reply to a task. `tool_result`: going on after tools returned. `final_answer`: the
schema-only step after the tool loop. `repair`: a further try after the output was invalid.
"""


EvidenceKind = Literal[
    "violation", "empty", "truncation", "tool_error", "repeat", "low_logprob", "hedging", "disagreement"
]
"""What can be seen of an answer that tells that it may be wrong, without knowing the right one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known before a request.

    Attributes:
        task: Text of the latest user message.
        instructions: The agent's system text.
        step: What the reply is for.
        tools: Tools on offer.
        output: JSON Schema of the wanted output, or None for text.
        images: Number of images in the history.
        context_tokens: Estimated tokens of the prompt.
        setting: The developer's word; `auto` leaves it to the router.
        current: Effort of the conversation's running phase, or None before the first request.
        phase_steps: Requests already made at the current effort.
        tool_errors: Failed or refused calls so far in this run.
        repeated_calls: Calls so far that repeated an earlier one exactly.
        violations: Invalid outputs so far in this run.
        starved: Whether the last high reply spent all its tokens on reasoning.
        reasoning_left: Reasoning tokens left in the run's budget, or None where there is no limit.
        agent: The agent's name.
        template: What the prompts of this kind of task have in common: a name that the developer gave, or empty.
        doubts: What was seen of answers since the effort last went up to high and they made one doubt.
        clean_steps: Replies since something last went wrong.
        id: Names the decision, for records; it decides nothing.
    """

    task: str
    instructions: str = ""
    step: StepKind = "planning"
    tools: tuple[ToolDefinition, ...] = ()
    output: JsonSchema | None = None
    images: int = 0
    context_tokens: int = 0
    setting: EffortSetting = "auto"
    current: Effort | None = None
    phase_steps: int = 0
    tool_errors: int = 0
    repeated_calls: int = 0
    violations: int = 0
    starved: bool = False
    reasoning_left: int | None = None
    agent: str = ""
    template: str = ""
    doubts: tuple[EvidenceKind, ...] = ()
    clean_steps: int = 0
    id: str = ""


DecisionSource = Literal["override", "limit", "cue", "evidence", "phase", "score", "exploration"]
"""What decided: the developer, a budget, the user's words, what went wrong, the running phase, the score, or chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What effort high is expected to cost beyond none, for one request.

    Attributes:
        tokens: Further completion tokens.
        seconds: Further time.
        reread_tokens: Prompt tokens that the server would have to read again after a change of effort.
        money: All of it in the currency of the policy's prices, the re-reading left out; None without prices.
    """

    tokens: float
    seconds: float
    reread_tokens: int = 0
    money: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a decision cost: its request with the retries.

    Attributes:
        input_tokens: Prompt tokens.
        cached_tokens: The part of them that the server's prefix cache held, where it says so.
        output_tokens: Completion tokens, reasoning included.
        reasoning_tokens: Reasoning tokens; None where the server does not count them.
        seconds: From the request to the end of the reply.
        money: In the currency of the policy's prices; None without prices.
    """

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int | None = None
    seconds: float = 0.0
    money: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the reply to a decision's request turned out.

    Attributes:
        quality: 0 to 1: the caller's feedback where there is any, else what validation and tools said; None where
            nothing is known.
        valid: Whether the reply was a valid output, where one was asked for by a schema; else None.
        retries: Requests that failed and were made again.
        calls: Tool calls of this reply.
        tool_errors: Those that failed or were refused.
        evidence: What made one doubt the reply.
        escalated: Whether the evidence led to a further try at high.
        mended: Whether that further try came out right; None where there was none, or nothing is known.
        feedback: What the caller said of the result, 0 to 1, or None.
    """

    quality: float | None = None
    valid: bool | None = None
    retries: int = 0
    calls: int = 0
    tool_errors: int = 0
    evidence: tuple[EvidenceKind, ...] = ()
    escalated: bool = False
    mended: bool | None = None
    feedback: float | None = None

    @property
    def truncated(self) -> bool:
        """Whether the reply ended at its token limit."""
        return "truncation" in self.evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One effort decision: a card that explains itself.

    Attributes:
        effort: What was decided.
        source: What decided it.
        score: 0 to 1, how far the features let one expect that reasoning pays.
        threshold: The gain from which the effort would be high.
        reasons: Why, in words, strongest first.
        step: What the reply was for.
        features: The features that were not zero, for offline reproduction.
        id: Names the decision.
        gain: The score corrected by what was learned of tasks of this kind; equal to it where nothing was.
        propensity: Probability with which the router does what it did: 1 where nothing is left to chance.
        key: Identity of the task, from the most general level to the finest: hashes, never content.
        weights: Version of the weights that gave the score.
        expected: What high is expected to cost beyond none.
        actual: What the request cost, once it is known.
        outcome: How the reply turned out, once it is known.
        shadow: Whether the answer's request is to be made at the other effort too, to compare the two.
        pair: Id of the card of the other effort, where both were run; empty where not.
        facts: All else that the decision was made from; `agentkit.router.reproduce` makes it again from them.
    """

    effort: Effort
    source: DecisionSource
    score: float
    threshold: float
    reasons: tuple[str, ...]
    step: StepKind
    features: Mapping[str, float] = field(default_factory=dict[str, float])
    id: str = ""
    gain: float | None = None
    propensity: float = 1.0
    key: tuple[str, ...] = ()
    weights: str = ""
    expected: Expectation | None = None
    actual: Cost | None = None
    outcome: Outcome | None = None
    shadow: bool = False
    pair: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def explain(self) -> str:
        """Return one sentence that a person understands."""
        why = "; ".join(self.reasons) or "nothing spoke for reasoning"
        learned = "" if self.gain is None or self.gain == self.score else f", learned {self.gain:.2f}"
        head = f"{self.step.replace('_', ' ')}: effort {self.effort} (score {self.score:.2f}{learned}, decided by the {self.source})"
        return f"{head}: {why}."

    def to_dict(self) -> dict[str, Any]:
        """Return the card as plain JSON data, which `from_dict` reads."""
        return cast("dict[str, Any]", _plain({name: getattr(self, name) for name in self.__slots__}))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Decision:
        """Read what `to_dict` gave, also after a way through JSON.

        Raises:
            InputError: The data is no card.
        """
        try:
            fields = {name: data[name] for name in cls.__slots__ if name in data}
            for name, kind in (("expected", Expectation), ("actual", Cost), ("outcome", Outcome)):
                if fields.get(name) is not None:
                    fields[name] = kind(**_lists_to_tuples(fields[name]))
            return cls(**_lists_to_tuples(fields))
        except (TypeError, KeyError, AttributeError) as error:
            raise InputError(
                f"This is no decision card: {error}.", hint="Give what Decision.to_dict returned, unchanged."
            ) from error


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in cast("Sequence[Any]", value)]
    if isinstance(value, Expectation | Cost | Outcome):
        return {name: _plain(getattr(value, name)) for name in value.__slots__}
    return value


def _lists_to_tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(cast("list[Any]", value)) if isinstance(value, list) else value
        for name, value in fields.items()
    }
