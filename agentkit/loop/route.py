"""The decision for the next request, within what the run may still spend on reasoning."""

from __future__ import annotations

from dataclasses import replace

from agentkit.errors import RunError
from agentkit.loop.ladder import decide_sample
from agentkit.loop.plan import Plan, RunState
from agentkit.loop.purse import Hold
from agentkit.protocol.decisions import Decision, Situation, StepKind


async def decide(plan: Plan, state: RunState) -> tuple[Decision, Hold | None]:
    """Decide, and set aside what the request may think; where that is too little, decide again without reasoning."""
    decision = _decide(plan, state, state.purse.left)
    if decision.effort == "none":
        return decision, None
    hold = await state.purse.reserve(plan.sampling.max_tokens, deadline=plan.deadline)
    if hold is None:
        decision = _decide(plan, state, 0)
        if decision.effort == "high":
            raise RunError(
                "The router says high although no reasoning tokens are left.",
                hint="A Router must decide none where Situation.reasoning_left is 0.",
            )
    return decision, hold


def _decide(plan: Plan, state: RunState, reasoning_left: int | None) -> Decision:
    id_ = f"{plan.run_id}:{state.step}"
    if state.pending is not None:
        return decide_sample(state.pending, id_)
    decision = plan.router.decide(
        Situation(
            task=plan.task,
            instructions=plan.instructions,
            step=_kind(plan, state),
            tools=plan.toolset.definitions if state.phase == "work" else (),
            output=plan.output.schema if plan.output is not None else None,
            images=state.images,
            context_tokens=state.context_tokens,
            setting=plan.effort,
            current=state.decisions[-1].effort if state.decisions else state.effort_before,
            phase_steps=state.phase_steps,
            tool_errors=state.tool_errors,
            repeated_calls=state.refused_repeats,
            violations=state.violations + state.empty_replies,
            starved=bool(state.starved),
            reasoning_left=reasoning_left,
            agent=plan.agent,
            template=plan.template,
            doubts=state.doubts,
            clean_steps=state.clean_steps,
            id=id_,
        )
    )
    if decision.source != "evidence":
        state.doubts = ()
    if state.rescuing and decision.effort == "high":
        # whoever wanted it: it took all tokens of the last reply and left no answer
        why = "reasoning took all tokens of the last reply and left no answer"
        decision = replace(decision, effort="none", source="limit", reasons=(why,))
    state.rescuing = False
    return decision


def _kind(plan: Plan, state: RunState) -> StepKind:
    if state.repairing:
        return "repair"
    if state.phase == "answer" and plan.toolset.definitions:
        return "final_answer"
    return "tool_result" if state.after_tools else "planning"
