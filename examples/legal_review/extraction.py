"""Finding the clauses: every rule is asked for, and what is not found is searched again in another way."""

from __future__ import annotations

from collections.abc import Sequence

from agentkit.errors import ContextOverflow
from examples.legal_review import chunks, prompts
from examples.legal_review.evidence import Evidence, gather
from examples.legal_review.playbook import Rule
from examples.legal_review.tools import Desk
from examples.legal_review.triage.locate import Located, locate
from examples.legal_review.work import Work, in_order

GROUP = 6
"""Rules asked for in one request."""

_MOST_HINTS = 6


async def extract(work: Work, desk: Desk, rules: Sequence[Rule]) -> dict[str, Evidence]:
    """Ask for the clauses of all rules, a group at a time, and verify every quote."""
    most = chunks.most_chars(work.window)
    while True:
        try:
            return await _extract(work, desk, rules, most)
        except ContextOverflow:
            shorter = min(most, len(desk.document.text)) // 2
            if shorter < chunks.FEWEST_CHARS:
                raise
            most = shorter
            work.say(
                f"the contract does not fit the context window: reading it in parts of {most:,} characters"
            )


async def _extract(work: Work, desk: Desk, rules: Sequence[Rule], most: int) -> dict[str, Evidence]:
    evidence: dict[str, Evidence] = {}
    texts = chunks.parts(desk.document, most)
    for first in range(0, len(rules), GROUP):
        group = rules[first : first + GROUP]
        work.say(f"finding clauses for rules {first + 1} to {first + len(group)} of {len(rules)}")
        found: dict[str, list[str]] = {rule.id: [] for rule in group}
        for text in texts:
            prompt = prompts.contract(desk.document, text) + prompts.questions(group)
            run = work.run("extract", work.agents.extractor, prompt, desk)
            answer = await work.attempt([rule.id for rule in group], run, overflow=True)
            for each in answer.output if answer else []:
                found.get(each.rule_id, []).extend(each.quotes)
        for rule in group:
            evidence[rule.id] = await gather(work, desk, rule.id, found[rule.id])
            evidence[rule.id].searched.append(_first_reading(desk, len(texts)))
    return evidence


async def search_again(work: Work, desk: Desk, rules: Sequence[Rule], evidence: dict[str, Evidence]) -> None:
    """Search once more, with tools, other words and hints, for every rule that the first reading found nothing on."""
    absent = [rule for rule in rules if not evidence[rule.id].spans]
    if not absent:
        return
    work.say(f"searching again for {len(absent)} rules that nothing was found on")
    located = locate(desk.document.text)

    async def one(rule: Rule) -> None:
        own = desk.fresh()
        hints = _hints(own, rule, located)
        run = work.run(
            f"search again for {rule.id}", work.agents.searcher, prompts.second_search(rule, hints), own
        )
        answer = await work.attempt([rule.id], run)
        found = await gather(work, desk, rule.id, answer.output.quotes if answer else [])
        found.searched = [f"second reading, {each}" for each in dict.fromkeys(own.searched)]
        found.searched += [_word_count(desk, words) for words in rule.search]
        evidence[rule.id].add(found)

    await in_order(absent, one)


def _hints(desk: Desk, rule: Rule, located: Sequence[Located]) -> list[str]:
    """Return passages that rules or the playbook's words find: models say `nothing` too readily."""
    spans = [(each.start, each.end) for each in located if each.category == rule.category]
    for words in rule.search:
        spans += desk.passages(words)[:2]
    hints = (desk.where(start) + desk.quoted(start, end)[:600] for start, end in spans)
    return list(dict.fromkeys(hints))[:_MOST_HINTS]


def _first_reading(desk: Desk, count: int) -> str:
    size = f"{len(desk.document.text):,} characters"
    return f"first reading, the whole text ({size})" + (f" in {count} overlapping parts" if count > 1 else "")


def _word_count(desk: Desk, words: str) -> str:
    count = len(desk.passages(words))
    told = f"{count} sentence{'s' if count != 1 else ''}" if count else "nothing"
    return f"by code, the words “{words}”: {told}"
