"""What routing saved and what it kept, out of traces: tokens, seconds and money against always-high, quality against always-none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentkit.errors import InputError
from agentkit.protocol.effort import Effort
from agentkit.router.counterfactual import always
from agentkit.router.metrics import Interval, interval
from agentkit.router.replay import replay
from agentkit.router.rows import Row, rows_of
from agentkit.router.traces import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure with its 95 % bootstrap interval, where there are rows enough."""

    value: float
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account of one agent, or of all.

    Attributes:
        agent: Its name; empty for all.
        decisions: Number of traces.
        high: Share of them at high.
        spent: Tokens, seconds and money (where priced) that were spent.
        saved: What always-high would have spent more, estimated from what high calls of the same kind took.
        quality: Mean quality of the decisions that know theirs, or None.
        known: Decisions that know their quality.
        told: Decisions that were left to chance or shadowed, so that they tell of the other effort, too.
        routed: Mean quality of those, as it was decided; None where nobody decided (pairs that were run on purpose).
        none: What always-none would have reached on them.
        high_only: What always-high would have reached.
        estimated: Whether the last two are doubly robust estimates; known where all of them are pairs.
    """

    agent: str
    decisions: int
    high: float
    spent: dict[str, float]
    saved: dict[str, Figure]
    quality: Figure | None
    known: int
    told: int
    routed: Figure | None
    none: Figure | None
    high_only: Figure | None
    estimated: bool


_UNITS: dict[str, Callable[[Trace], float | None]] = {
    "tokens": lambda trace: float(trace.cost.output_tokens),
    "seconds": lambda trace: trace.cost.seconds,
    "money": lambda trace: trace.cost.money,
}


def account(traces: Sequence[Trace], agent: str = "") -> Account:
    """Return the account of some traces.

    Shadow runs serve as knowledge of what the other effort takes, and are no decisions of their own.

    Args:
        traces: The traces.
        agent: The name it goes by.
    """
    made = [trace for trace in traces if not trace.shadow]
    spent: dict[str, float] = {}
    saved: dict[str, Figure] = {}
    for unit, read in _UNITS.items():
        amounts = [read(trace) for trace in made]
        if not made or any(amount is None for amount in amounts):
            continue
        spent[unit] = sum(amount or 0.0 for amount in amounts)
        extra = _extra_at_high(made, traces, read)
        if extra is not None:
            saved[unit] = _total(extra)
    known = [trace for trace in made if trace.outcome.quality is not None]
    told = [row for row in rows_of(traces) if row.gain is not None or row.propensity < 1]
    return Account(
        agent=agent,
        decisions=len(made),
        high=sum(trace.effort == "high" for trace in made) / len(made) if made else 0.0,
        spent=spent,
        saved=saved,
        quality=_mean([trace.outcome.quality or 0.0 for trace in known]),
        known=len(known),
        told=len(told),
        routed=_mean([_reached(row) for row in told if row.decided is not None]),
        none=_would(told, "none"),
        high_only=_would(told, "high"),
        estimated=any(row.gain is None for row in told),
    )


def by_agent(traces: Sequence[Trace]) -> list[Account]:
    """Return the accounts of all agents together and of each, the busiest first; of a single agent its own alone."""
    groups: dict[str, list[Trace]] = defaultdict(list)
    for trace in traces:
        groups[trace.agent].append(trace)
    if len(groups) == 1:
        return [account(traces, traces[0].agent)]
    each = [account(group, agent) for agent, group in groups.items()]
    return [account(traces), *sorted(each, key=lambda one: (-one.decisions, one.agent))]


def _extra_at_high(
    made: Sequence[Trace], traces: Sequence[Trace], read: Callable[[Trace], float | None]
) -> list[float] | None:
    """What each decision would have cost more at high; None where no high call is known."""
    means: dict[tuple[str, str], list[float]] = defaultdict(list)
    for trace in traces:
        amount = read(trace)
        if trace.effort == "high" and amount is not None:
            for key in ((trace.agent, trace.step), (trace.agent, ""), ("", "")):
                means[key].append(amount)
    if not means:
        return None
    pairs: dict[str | None, Trace] = {trace.id: trace for trace in traces}
    extra: list[float] = []
    for trace in made:
        other = pairs.get(trace.pair) if trace.pair else None
        spent, paired = read(trace) or 0.0, read(other) if other is not None else None
        if trace.effort == "high":
            extra.append(0.0)
        elif paired is not None:
            extra.append(paired - spent)
        else:
            seen = means.get((trace.agent, trace.step)) or means.get((trace.agent, "")) or means["", ""]
            extra.append(sum(seen) / len(seen) - spent)
    return extra


def _reached(row: Row) -> float:
    return (row.reasoning if row.decided == "high" else row.direct) or 0.0


def _would(told: Sequence[Row], effort: Effort) -> Figure | None:
    try:
        found = replay(told, always(effort))[0]
    except InputError:
        return None  # nothing in the log was done that way
    return Figure(value=found.value, interval=found.interval)


def _mean(values: Sequence[float]) -> Figure | None:
    if not values:
        return None
    spread = interval(lambda places: sum(values[i] for i in places) / len(places), len(values))
    return Figure(value=sum(values) / len(values), interval=spread if len(values) > 1 else None)


def _total(values: Sequence[float]) -> Figure:
    spread = interval(lambda places: sum(values[i] for i in places), len(values))
    return Figure(value=sum(values), interval=spread if len(values) > 1 else None)
