"""What a tool gets to know about the run that calls it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from agentkit._util.library import now
from agentkit.protocol.limits import Limits
from agentkit.protocol.usage import UsageByEffort

D = TypeVar("D")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext(Generic[D]):
    """The run behind a call. A tool that has a parameter of this type gets it; the model does not see it.

    Attributes:
        deps: What the caller gave the run as `deps`.
        run_id: The run's id.
        agent: The agent's name.
        call_id: The call's id.
        tool_name: The tool's name.
        step: Number of the model request that asked for the call.
        deadline: Absolute `anyio.current_time()` when the run must be over, or None.
        spend: Charges usage to the run; for tools that ask a model themselves.
        measure_left: What `left` calls.
        purse: The run's reasoning tokens, which an agent that is a tool draws from too.
    """

    deps: D
    run_id: str
    agent: str
    call_id: str
    tool_name: str
    step: int
    deadline: float | None
    spend: Callable[[UsageByEffort], None]
    purse: object = None
    measure_left: Callable[[], Limits] = Limits

    @property
    def left(self) -> Limits:
        """What the run has left of its limits now. Only within the event loop."""
        return self.measure_left()  # few tools ask, so it is not worked out for every call

    def remaining(self) -> float | None:
        """Seconds until the run's deadline, or None where there is none. Only within the event loop."""
        return None if self.deadline is None else max(0.0, self.deadline - now())
