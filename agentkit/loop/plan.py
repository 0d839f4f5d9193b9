"""What stays the same during a run, and what changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from agentkit.loop.purse import Purse
from agentkit.output.spec import OutputSpec
from agentkit.protocol.decisions import Decision, EvidenceKind
from agentkit.protocol.effort import Effort, EffortSetting
from agentkit.protocol.estimate import estimate_tokens
from agentkit.protocol.history import History
from agentkit.protocol.limits import Limits
from agentkit.protocol.messages import AssistantMessage
from agentkit.protocol.ports import Learner, Model, Reviewer, Router
from agentkit.protocol.reply import ModelReply
from agentkit.protocol.request import Sampling
from agentkit.protocol.usage import Usage, UsageByEffort, total
from agentkit.tools.toolset import Toolset


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What stays the same during a run.

    Attributes:
        run_id: The run's id.
        agent: The agent's name.
        model: Where requests go.
        router: Decides the effort of each request.
        reviewer: Judges answers that were given at none, or None.
        learner: Gets every decision with its outcome at the end, or None.
        toolset: What the model may call.
        output: The wanted output, or None for text.
        effort: The developer's word on effort.
        sampling: How the model samples.
        limits: Bounds on the run.
        deps: What tools and validators get as their context.
        instructions: The system text.
        task: The user's text, for the router.
        template: The developer's name for what prompts of this kind have in common, or empty.
        on_feedback: Takes a result's decisions and the caller's feedback, and returns them with it.
        stream: Whether deltas are wanted.
        started: `anyio.current_time()` at the start.
        deadline: The same clock; when the run must be over, or None.
    """

    run_id: str
    agent: str
    model: Model
    router: Router
    reviewer: Reviewer | None
    learner: Learner | None
    toolset: Toolset
    output: OutputSpec[Any] | None
    effort: EffortSetting
    sampling: Sampling
    limits: Limits
    deps: Any
    instructions: str
    task: str
    template: str
    on_feedback: Callable[[tuple[Decision, ...], float], tuple[Decision, ...]] | None
    stream: bool
    started: float
    deadline: float | None


Phase = Literal["work", "answer", "done"]
"""`work`: tools may be called. `answer`: the schema-only step. `done`: the output is there."""


@dataclass(slots=True, kw_only=True)
class Record:
    """What came of one request.

    Attributes:
        usage: Tokens; None where no reply came.
        seconds: From the request to the end of the reply.
        retries: Requests that failed and were made again.
        messages: Messages of the history when it was made.
        valid: Whether its answer was a valid output, or None where nothing was validated.
        calls: Tool calls of the reply.
        tool_errors: Those that failed or were refused.
        evidence: What made one doubt the reply.
        agreed: Whether the answer that followed a doubt said the same; None where one cannot tell.
    """

    usage: Usage | None = None
    seconds: float = 0.0
    retries: int = 0
    messages: int = 0
    valid: bool | None = None
    calls: int = 0
    tool_errors: int = 0
    evidence: tuple[EvidenceKind, ...] = ()
    agreed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An answer that is not taken yet.

    Attributes:
        decision: What led to it.
        reply: The answer.
        step: Index of its request in the run.
        structured: Whether it is a valid output by a schema.
        output: That output.
    """

    decision: Decision
    reply: ModelReply
    step: int
    structured: bool = False
    output: Any = None


@dataclass(slots=True, kw_only=True)
class RunState:
    """What changes during a run. Only `step` changes it."""

    history: History
    phase: Phase
    step: int = 0
    purse: Purse = field(default_factory=Purse)  # what it may spend on reasoning
    told_of_limit: bool = False  # that the purse is empty, or reasoning starved
    usage: dict[Effort, Usage] = field(default_factory=dict[Effort, Usage])
    decisions: list[Decision] = field(default_factory=list[Decision])
    records: list[Record] = field(default_factory=list[Record])  # one for each decision
    effort_before: Effort | None = None  # of the conversation that the run goes on from
    pending: Pending | None = None  # an answer that a second one is asked for, to compare
    doubted: Pending | None = None  # an answer that a further try at high is to better
    answer: Pending | None = None  # the one that was taken
    doubts: tuple[EvidenceKind, ...] = ()
    escalations: int = 0
    clean_steps: int = 0  # replies since something last went wrong
    executed: Counter[str] = field(default_factory=Counter[str])  # by tool
    phase_steps: int = 0  # requests since the effort last changed
    same_calls: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    refused_repeats: int = 0
    tool_errors: int = 0
    abandoned: int = 0  # threads of tools that ran on after their time
    violations: int = 0
    empty_replies: int = 0
    retries: int = 0
    starved: int = 0
    rescuing: bool = False  # whether the next request makes a starved one again
    images: int = 0
    context_tokens: int = (
        0  # of the next prompt: what the server counted last, and an estimate of what came since
    )
    counted: int = 0  # messages that are in context_tokens
    after_tools: bool = False
    repairing: bool = False
    adjustments: list[str] = field(default_factory=list[str])
    model: str = ""
    simulated: bool = False
    output: Any = None
    spend: Callable[[UsageByEffort], None] | None = None  # charges the run whose sub-agent this one is

    def charge(self, usage: UsageByEffort) -> None:
        """Add usage, of a request of this run or of a sub-agent; at once, so that a failure loses none."""
        if self.spend is not None:
            self.spend(usage)
        for effort, more in usage.items():
            known = self.usage.get(effort)
            self.usage[effort] = more if known is None else known + more

    def decide(self, decision: Decision) -> None:
        """Note the decision for the next request."""
        same = bool(self.decisions) and self.decisions[-1].effort == decision.effort
        self.phase_steps = self.phase_steps + 1 if same else 1
        self.decisions.append(decision)

    def count_context(self) -> None:
        """Add to the next prompt's tokens what joined the history since the server counted."""
        new = self.history.since(self.counted)
        self.counted += len(new)
        # what the model said was counted as its completion
        self.context_tokens += estimate_tokens(
            message for message in new if not isinstance(message, AssistantMessage)
        )

    @property
    def spent(self) -> Usage:
        """Usage so far."""
        return total(self.usage)

    @property
    def troubles(self) -> int:
        """What has gone wrong so far, all counted together."""
        return (
            self.tool_errors + self.refused_repeats + self.violations + self.empty_replies + self.escalations
        )
