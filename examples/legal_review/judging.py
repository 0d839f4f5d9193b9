"""Judging: code decides what it can, the model weighs the rest, and clauses are checked against each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from examples.legal_review import chunks, prompts
from examples.legal_review.evidence import Evidence, gather
from examples.legal_review.ledger import effort_of
from examples.legal_review.model import Finding
from examples.legal_review.playbook import Rule, check_clause
from examples.legal_review.reading import named, unread_pages
from examples.legal_review.tools import Desk
from examples.legal_review.work import Work, in_order

CROSS_CHECK = "cross-check"

_LOCATED = (
    "Located by rules. No language model has read it: compare it with the playbook's position yourself."
)
_NOT_LOCATED = "The rules found nothing on this. That does not show that the contract says nothing."


async def judge(
    work: Work, desk: Desk, rules: Sequence[Rule], evidence: dict[str, Evidence]
) -> list[Finding]:
    """Return a finding for every rule that was answered, in the playbook's order."""
    open_rules = {each.partition(":")[0] for each in work.unanswered}
    numbered = [
        (f"F{number}", rule)
        for number, rule in enumerate(rules, 1)
        if evidence[rule.id].spans or rule.id not in open_rules
    ]
    work.say(f"judging {sum(bool(evidence[rule.id].spans) for _, rule in numbered)} clauses")

    async def one(item: tuple[str, Rule]) -> Finding | None:
        number, rule = item
        found = evidence[rule.id]
        return (
            await _judged(work, desk, rule, found, number)
            if found.spans
            else _absent(work, desk, rule, found, number)
        )

    return [finding for finding in await in_order(numbered, one) if finding is not None]


def _common(rule: Rule, number: str) -> dict[str, Any]:
    return {
        "id": number,
        "rule_id": rule.id,
        "category": rule.category,
        "title": rule.title,
        "position": rule.position,
        "fallback": rule.fallback,
        "walk_away": rule.walk_away,
        "sample_clause": rule.sample_clause,
        "owner": rule.owner,
    }


def _absent(work: Work, desk: Desk, rule: Rule, found: Evidence, number: str) -> Finding:
    """Say that nothing was found, and where and for what was searched."""
    finding: dict[str, Any] = {**_common(rule, number), "searched": tuple(found.searched)}
    unread = unread_pages(desk.document)
    if work.account.simulated:
        return Finding(**finding, status="unclear", risk="none", rationale=_NOT_LOCATED, decided_by="rules")
    if found.rejected:
        said = "A clause was claimed, but its quote could not be verified; see the rejected quotes. Look for it yourself."
    elif unread:
        said = f"Nothing was found in the text that could be read, but {named(unread)} could not be read."
    elif rule.required:
        said = "Two readings found nothing on this, and the playbook requires it."
        return Finding(**finding, status="missing", risk=rule.severity, rationale=said)
    else:
        said = "Two readings found nothing on this; the playbook does not require it."
        return Finding(**finding, status="missing", risk="none", rationale=said)
    return Finding(
        **finding, status="unclear", risk=rule.severity if rule.required else "low", rationale=said
    )


async def _judged(work: Work, desk: Desk, rule: Rule, found: Evidence, number: str) -> Finding | None:
    """Decide by bounds and words, else ask the model."""
    finding: dict[str, Any] = {**_common(rule, number), "spans": tuple(found.spans)}
    check = check_clause(rule, "\n".join(span.sentence for span in found.spans))
    if check.status == "deviates":
        reasons = "; ".join(check.reasons)
        said = f"{reasons[0].upper()}{reasons[1:]}."
        return Finding(**finding, status="deviates", risk=rule.severity, rationale=said, decided_by="code")
    effort = rule.effort if work.effort == "auto" else work.effort
    most = chunks.most_chars(work.window) // 4
    prompt = prompts.judgement(rule, work.side, found.spans, desk, most)
    run = work.run(f"judge {rule.id}", work.agents.judge, prompt, desk.fresh(), effort=effort)
    result = await work.attempt([rule.id], run)
    if result is None:
        return None
    if result.simulated:
        return Finding(**finding, status="unclear", risk="none", rationale=_LOCATED, decided_by="rules")
    judged = result.output
    return Finding(
        **finding,
        status=judged.status,
        risk=judged.risk,
        rationale=judged.rationale,
        effort=effort_of(result),
    )


async def cross_check(work: Work, desk: Desk, evidence: dict[str, Evidence]) -> list[Finding]:
    """Return the conflicts between clauses of which at least two quotes could be verified."""
    spans = [span for each in evidence.values() for span in each.spans]
    if len(spans) < 2:
        return []
    work.say("checking clauses against each other")
    prompt = prompts.cross_check(work.side, spans, desk, chunks.most_chars(work.window))
    effort = "high" if work.effort == "auto" else work.effort
    run = work.run(CROSS_CHECK, work.agents.cross_checker, prompt, desk, effort=effort)
    result = await work.attempt([CROSS_CHECK], run)
    findings: list[Finding] = []
    for conflict in result.output if result else []:
        found = await gather(work, desk, CROSS_CHECK, conflict.quotes)
        evidence.setdefault(CROSS_CHECK, Evidence()).rejected += found.rejected
        if len(found.spans) < 2 or result is None:
            continue
        findings.append(
            Finding(
                id=f"X{len(findings) + 1}",
                rule_id=CROSS_CHECK,
                category="Conflict between clauses",
                title="Conflict between clauses",
                status="deviates",
                risk=conflict.risk,
                rationale=conflict.rationale,
                spans=tuple(found.spans),
                effort=effort_of(result),
                decided_by="rules" if result.simulated else "model",
            )
        )
    return findings
