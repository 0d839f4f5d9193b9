"""What a run gave: the output, the conversation, and what it cost and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Generic, TypeVar

from agentkit.errors import ConfigurationError
from agentkit.protocol.decisions import Decision
from agentkit.protocol.effort import Effort
from agentkit.protocol.messages import AssistantMessage, Message, images_in
from agentkit.protocol.usage import Usage, total

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult(Generic[T]):
    """The result of a run.

    Attributes:
        output: The validated output; text where no output type was asked for.
        messages: The conversation without the agent's instructions, ready for the next run's `history`.
            `dump_messages` and `load_messages` turn it to JSON and back.
        usage: Tokens by effort, sub-agents included.
        decisions: The effort trace: one card for each request, in order.
        run_id: The run's id, as in the log.
        seconds: Wall time.
        violations: Invalid outputs on the way.
        retries: Requests that were made again after a failure of the server.
        tool_errors: Tool calls that failed or were refused.
        abandoned_threads: Calls of synchronous tools that outlived their timeout; their threads were left to themselves.
        adjustments: Settings that could not be honoured as given, and what was done instead.
        model: The model's name as the server gave it.
        simulated: Whether the embedded server answered in place of a model.
        on_feedback: Where `feedback` goes.
    """

    output: T
    messages: tuple[Message, ...]
    usage: Mapping[Effort, Usage]
    decisions: tuple[Decision, ...]
    run_id: str
    seconds: float
    violations: int = 0
    retries: int = 0
    tool_errors: int = 0
    abandoned_threads: int = 0
    adjustments: tuple[str, ...] = ()
    model: str = ""
    simulated: bool = False
    tool_calls: Mapping[str, int] = field(default_factory=dict[str, int])
    on_feedback: Callable[[tuple[Decision, ...], float], tuple[Decision, ...]] | None = field(
        default=None, repr=False, compare=False
    )

    def __getstate__(self) -> list[Any]:
        # The hook belongs to the process: a result that was stored and loaded takes no feedback.
        return [None if name == "on_feedback" else getattr(self, name) for name in self.__slots__]

    def feedback(self, good: bool | float) -> RunResult[T]:
        """Say how good this result is; the router learns from it, and traces note it.

        Saying it again, on the result that comes back, replaces what was said.

        Args:
            good: True or False, or a score from 0 to 1.

        Returns:
            The result with the feedback on its decisions.

        Raises:
            ConfigurationError: The score is out of range, or the result was loaded from elsewhere and nobody learns.
        """
        score = float(good)
        if not 0 <= score <= 1:
            raise ConfigurationError(
                f"The feedback is {good!r}.", hint="Give True, False or a score from 0 to 1."
            )
        if self.on_feedback is None:
            raise ConfigurationError(
                "Nobody takes the feedback on this result.",
                hint="Give it on the result that the run returned, in the same process.",
            )
        return replace(self, decisions=self.on_feedback(self.decisions, score))

    @property
    def total_usage(self) -> Usage:
        """Tokens of all requests."""
        return total(self.usage)

    @property
    def reasoning(self) -> str:
        """The reasoning of the last reply that had any."""
        for message in reversed(self.messages):
            if isinstance(message, AssistantMessage) and message.reasoning:
                return message.reasoning
        return ""

    def explain(self) -> str:
        """Return a paragraph that says how hard the model thought, why, and what it cost."""
        sentences = [self._requests(), *self._efforts(), self._tools(), self._tokens(), *self._trouble()]
        if self.simulated:
            sentences.append("The embedded server answered: no language model was involved.")
        return " ".join(sentence for sentence in sentences if sentence)

    def _requests(self) -> str:
        count = len(self.decisions)
        efforts = Counter(decision.effort for decision in self.decisions)
        made = f"The run made {_plural(count, 'request')} in {self.seconds:.1f} s"
        if len(efforts) == 1:
            return f"{made}, {'all ' if count > 1 else ''}at effort {next(iter(efforts))}."
        return f"{made}: {efforts['none']} at effort none and {efforts['high']} at effort high."

    def _efforts(self) -> list[str]:
        """Say why, once for each stretch of requests that were decided alike."""
        sentences: list[str] = []
        first = 1
        for _, stretch in groupby(self.decisions, lambda decision: (decision.effort, decision.source)):
            alike = list(stretch)
            last = first + len(alike) - 1
            between = "and" if last == first + 1 else "to"
            what = f"Request {first}" if last == first else f"Requests {first} {between} {last}"
            steps = ", ".join(dict.fromkeys(decision.step.replace("_", " ") for decision in alike))
            why = "; ".join(alike[0].reasons[:3]) or "nothing spoke for reasoning"
            sentences.append(f"{what} ({steps}) ran at {alike[0].effort}: {why}.")
            first = last + 1
        return sentences

    def _tools(self) -> str:
        if not self.tool_calls:
            return ""
        calls = ", ".join(f"{name} {_times(count)}" for name, count in self.tool_calls.items())
        errors = ""
        if self.tool_errors:
            errors = f"; {_plural(self.tool_errors, 'call')} failed or {_was(self.tool_errors)} refused"
        left = ""
        if self.abandoned_threads:
            left = f" Threads that outlived their timeout and were left running: {self.abandoned_threads}."
        return f"It called {calls}{errors}.{left}"

    def _tokens(self) -> str:
        usage = self.total_usage
        about = "about " if usage.reasoning_estimated or usage.estimated else ""
        roughly = "about " if usage.estimated else ""
        images = sum(map(images_in, self.messages))
        beside = [f"{_plural(images, 'image')} among them"] if images else []
        cached = [f"{usage.cached_tokens:,} of them cached"] if usage.cached_tokens else []
        aside = f" ({'; '.join([*beside, *cached])})" if beside or cached else ""
        share = f"{about}{usage.reasoning_tokens:,} of them as" if usage.reasoning_tokens else "without"
        return (
            f"It read {roughly}{usage.prompt_tokens:,} tokens{aside}"
            f" and wrote {roughly}{usage.completion_tokens:,}, {share} reasoning."
        )

    def _trouble(self) -> list[str]:
        sentences: list[str] = []
        if self.violations:
            sentences.append(
                f"{_plural(self.violations, 'answer')} did not fit the wanted output"
                f" and {_was(self.violations)} asked for again."
            )
        if self.retries:
            sentences.append(
                f"{_plural(self.retries, 'request')} {_was(self.retries)} repeated because the server failed."
            )
        sentences += [f"Adjusted: {adjustment}" for adjustment in self.adjustments]
        return sentences


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
