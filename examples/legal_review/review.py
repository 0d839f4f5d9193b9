"""The review: read, extract, search again, judge, check across clauses, and account for it all.

Each step is a function in a module of its own; this one says in which order they run and puts their results together.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

from agentkit import Backend, Limits
from agentkit.errors import BackendError
from examples.legal_review import chunks, injection, timeline
from examples.legal_review.agents import hire
from examples.legal_review.answers import Facts
from examples.legal_review.document.model import Document
from examples.legal_review.evidence import Evidence, gather
from examples.legal_review.extraction import extract, search_again
from examples.legal_review.judging import cross_check, judge
from examples.legal_review.model import Change, DocInfo, Party, RejectedClaim, Review
from examples.legal_review.playbook import Playbook, Rule
from examples.legal_review.reading import read_facts, transcribe
from examples.legal_review.tools import desk_for
from examples.legal_review.work import EffortChoice, Work

LIMITS = Limits(seconds=1800, steps=60, identical_calls=5)
"""Bounds on each agent's run."""


class Reviewer:
    """Reviews one document.

    Args:
        backend: The model server.
        document: The contract.
        playbook: The rules.
        side: Whose side; the playbook's where left out.
        effort: `auto` leaves effort to each step; `none` or `high` holds for judging and cross-checking.
        limits: Bounds on each agent's run.
        most_tokens: Tokens that the whole review may use; rules that they do not suffice for stay unanswered.
        progress: Called with a line on what is being done.
    """

    def __init__(
        self,
        backend: Backend,
        document: Document,
        playbook: Playbook,
        *,
        side: str = "",
        effort: EffortChoice = "auto",
        limits: Limits | None = None,
        most_tokens: int | None = None,
        progress: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._backend = backend
        self._document = document
        self._playbook = playbook
        self._work = Work(
            agents=hire(backend, limits or LIMITS),
            side=side or playbook.side,
            effort=effort,
            say=progress,
            most_tokens=most_tokens,
        )

    async def review(self) -> Review:
        """Do the whole review.

        Raises:
            AgentKitError: The server cannot be used, or nothing at all was answered.
        """
        work = self._work
        work.window = await self._window()
        document = await transcribe(work, self._document)
        desk = desk_for(document, self._playbook, most_chars=min(12_000, chunks.most_chars(work.window) // 4))
        facts = await read_facts(work, desk)
        rules = self._rules_for(facts.contract_type)
        evidence = await extract(work, desk, rules)
        await search_again(work, desk, rules, evidence)
        obligations, unproved = await timeline.list_obligations(work, desk)
        findings = await judge(work, desk, rules, evidence)
        findings += await cross_check(work, desk, evidence)
        instructions = await gather(work, desk, injection.RULE, facts.instructions)
        findings += injection.report(desk, instructions.spans)
        dates, undated = await timeline.key_dates(work, desk, facts.date_quotes, evidence, obligations)
        if work.failures and len(
            {each.partition(":")[0] for each in work.unanswered} & {rule.id for rule in rules}
        ) == len(rules):
            raise work.failures[-1]  # nothing was answered: this is no review
        return Review(
            created=datetime.datetime.now(datetime.UTC).replace(microsecond=0),
            offline=work.account.simulated,
            document=_info(document, work.warnings),
            playbook=self._playbook.name,
            side=work.side,
            contract_type=facts.contract_type,
            parties=_parties(facts),
            findings=tuple(findings),
            dates=tuple(dates),
            obligations=tuple(obligations),
            rejected=_rejected(evidence, [*unproved, *instructions.rejected, *undated]),
            unanswered=tuple(dict.fromkeys(work.unanswered)),
            ledger=work.account.ledger(self._backend.url),
            text=document.text,
            page_starts=tuple(page.start for page in document.pages),
        )

    async def _window(self) -> int | None:
        """Return the served context window; not every server says it, and some cannot be asked."""
        try:
            return await self._backend.context_window()
        except BackendError:
            return None  # if the server is not there at all, the first request says so better

    def _rules_for(self, contract_type: str) -> list[Rule]:
        """Return the rules that apply to a kind of contract, and warn of those that do not."""
        playbook = self._playbook
        if not playbook.suits(contract_type):
            self._work.warnings.append(
                f"The playbook “{playbook.name}” is made for: {', '.join(playbook.contract_types)}. This seems to be:"
                f" {contract_type}."
            )
        rules = [rule for rule in playbook.rules if rule.applies(contract_type)]
        left_out = [rule.title for rule in playbook.rules if rule not in rules]
        if left_out and rules:
            self._work.warnings.append(
                f"Not asked, because they are for other kinds of contract: {', '.join(left_out)}."
            )
        return rules or list(playbook.rules)


def _parties(facts: Facts) -> tuple[Party, ...]:
    return tuple(Party(name=party.name, role=party.role) for party in facts.parties)


def _rejected(evidence: dict[str, Evidence], others: Sequence[RejectedClaim]) -> tuple[RejectedClaim, ...]:
    """Return all rejected claims, each once."""
    claims = [claim for each in evidence.values() for claim in each.rejected]
    return tuple(dict.fromkeys([*claims, *others]))


def _info(document: Document, warnings: Sequence[str]) -> DocInfo:
    return DocInfo(
        name=document.name,
        kind=document.kind,
        sha256=document.sha256,
        characters=len(document.text),
        pages=len(document.pages),
        image_pages=document.image_pages,
        transcribed=tuple(sorted(document.transcribed)),
        changes=tuple(
            Change(kind=each.kind, author=each.author, date=each.date, text=each.text, start=each.start)
            for each in document.revisions
        ),
        comments=tuple(f"{each.author}: {each.text}" for each in document.comments),
        warnings=tuple(warnings),
    )
