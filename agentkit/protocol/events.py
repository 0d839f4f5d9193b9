"""What happens in a run, as one stream of events.

The stream is the only way out of the loop: a plain run drains it, a streamed run hands it on, a log reads it.
`name` is the stable name under which an event is logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from agentkit.protocol.decisions import Decision, EvidenceKind, StepKind
from agentkit.protocol.effort import Effort
from agentkit.protocol.messages import ToolCall, ToolResult
from agentkit.protocol.reply import ModelReply
from agentkit.protocol.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """A run began; `task` is the user's text."""

    name: ClassVar[str] = "run.start"
    run_id: str
    agent: str
    task: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDecided:
    """The effort of the next request was decided."""

    name: ClassVar[str] = "route.decided"
    step: int
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequested:
    """A request is about to be sent."""

    name: ClassVar[str] = "model.request"
    step: int
    kind: StepKind
    effort: Effort
    messages: int
    tools: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer's text; only where a run is streamed."""

    name: ClassVar[str] = "model.text"
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A piece of the reasoning; only where a run is streamed."""

    name: ClassVar[str] = "model.reasoning"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReplied:
    """A reply is complete."""

    name: ClassVar[str] = "model.response"
    step: int
    effort: Effort
    reply: ModelReply
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRetried:
    """A request failed and is made again after `delay` seconds.

    Attributes:
        kind: The error's type.
        error: What it says.
        costs_nothing: Whether the server surely wrote nothing.
    """

    name: ClassVar[str] = "model.retry"
    attempt: int
    delay: float
    error: str
    kind: str = ""
    costs_nothing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaEjected:
    """A replica failed too often in a row and is left alone for some seconds."""

    name: ClassVar[str] = "replica.ejected"
    url: str
    failures: int
    seconds: float
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaRestored:
    """A replica that was left alone answers again."""

    name: ClassVar[str] = "replica.restored"
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingAdjusted:
    """A setting could not be honoured as given; what was done instead."""

    name: ClassVar[str] = "setting.adjusted"
    setting: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled:
    """A tool call is about to be executed (or refused)."""

    name: ClassVar[str] = "tool.call"
    step: int
    call: ToolCall


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolReturned:
    """A tool call ended; `error` names what went wrong, empty where nothing did.

    `abandoned` means that a synchronous tool outlived its timeout and its thread runs on.
    """

    name: ClassVar[str] = "tool.result"
    step: int
    call: ToolCall
    result: ToolResult
    seconds: float
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaViolated:
    """An output was invalid and the model is asked again, or the run ends."""

    name: ClassVar[str] = "schema.violation"
    step: int
    problems: tuple[str, ...]
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Starved:
    """Reasoning used up max_tokens and no answer came; the step is made again without reasoning."""

    name: ClassVar[str] = "model.starved"
    step: int
    reasoning_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDoubted:
    """An answer at none was not taken at once: a second one is asked for, or a further try made at high."""

    name: ClassVar[str] = "route.doubt"
    step: int
    verdict: Literal["accept", "sample", "escalate"]
    evidence: tuple[EvidenceKind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowRan:
    """The answer's request was made again at the other effort, to compare the two; the answer stands.

    `agreed` is whether both said the same, None where one cannot tell.
    """

    name: ClassVar[str] = "route.shadow"
    step: int
    effort: Effort
    agreed: bool | None
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitHit:
    """A limit was reached."""

    name: ClassVar[str] = "limit.hit"
    limit: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed:
    """The run ended with an error."""

    name: ClassVar[str] = "run.error"
    run_id: str
    error: str
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """The run ended with a result (an `agentkit.RunResult`)."""

    name: ClassVar[str] = "run.end"
    run_id: str
    result: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackGiven:
    """The caller said how good a result is, after the run; `decisions` are its cards with that in their outcomes."""

    name: ClassVar[str] = "run.feedback"
    run_id: str
    score: float
    decisions: tuple[Decision, ...]


Event = (
    RunStarted
    | RouteDecided
    | ModelRequested
    | TextDelta
    | ReasoningDelta
    | ModelReplied
    | ModelRetried
    | ReplicaEjected
    | ReplicaRestored
    | SettingAdjusted
    | ToolCalled
    | ToolReturned
    | SchemaViolated
    | Starved
    | AnswerDoubted
    | ShadowRan
    | LimitHit
    | RunFailed
    | RunFinished
    | FeedbackGiven
)
