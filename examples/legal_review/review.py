"""The review: read, extract, verify, search again, judge, check across clauses, and account for it all."""

from __future__ import annotations

import datetime
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import anyio

from agentkit import Backend, Image, Limits, RunResult
from agentkit.errors import AgentKitError, BackendError, ContextOverflow
from examples.legal_review.agents import Reviewers, hire
from examples.legal_review.answers import Facts, RuleQuotes
from examples.legal_review.dates import add, find_date
from examples.legal_review.document.model import Document
from examples.legal_review.evidence import Evidence, gather
from examples.legal_review.model import (
    Change,
    DocInfo,
    EffortTokens,
    Finding,
    KeyDate,
    Ledger,
    Party,
    RejectedClaim,
    Review,
    StepEffort,
)
from examples.legal_review.playbook import Playbook, Rule, amounts, check_clause
from examples.legal_review.quotes.verify import Source
from examples.legal_review.tools import Desk

GROUP = 6
"""Rules asked for in one request."""

PAGES_A_CALL = 4
_CHARS_PER_TOKEN = 4.3
_SHARE_OF_WINDOW = 0.6

T = TypeVar("T")
Progress = Callable[[str], None]


@dataclass
class _Account:
    """What the review has cost so far."""

    started: float = field(default_factory=time.monotonic)
    usage: dict[str, EffortTokens] = field(default_factory=dict)
    steps: list[StepEffort] = field(default_factory=list)
    model: str = ""
    simulated: bool = False

    def book(self, step: str, result: RunResult[Any]) -> None:
        for effort, usage in result.usage.items():
            known = self.usage.get(effort, EffortTokens())
            self.usage[effort] = EffortTokens(
                requests=known.requests + usage.requests,
                prompt=known.prompt + usage.prompt_tokens,
                completion=known.completion + usage.completion_tokens,
                reasoning=known.reasoning + usage.reasoning_tokens,
            )
        decision = result.decisions[0]
        self.steps.append(
            StepEffort(
                step=step,
                effort="high" if any(each.effort == "high" for each in result.decisions) else "none",
                source=decision.source,
                reasons=decision.reasons[:3],
                tokens=result.total_usage.total_tokens,
            )
        )
        self.model, self.simulated = result.model or self.model, self.simulated or result.simulated

    def ledger(self, server: str) -> Ledger:
        return Ledger(
            seconds=round(time.monotonic() - self.started, 3),
            model=self.model,
            server=server,
            simulated=self.simulated,
            by_effort=self.usage,  # type: ignore[arg-type]
            steps=tuple(self.steps),
        )


class Reviewer:
    """Reviews one document.

    Args:
        backend: The model server.
        document: The contract.
        playbook: The rules.
        side: Whose side; the playbook's where left out.
        effort: `auto` leaves effort to each step; `none` or `high` holds for judging and cross-checking.
        limits: Bounds on each agent's run.
        progress: Called with a line on what is being done.
    """

    def __init__(
        self,
        backend: Backend,
        document: Document,
        playbook: Playbook,
        *,
        side: str = "",
        effort: Literal["auto", "none", "high"] = "auto",
        limits: Limits | None = None,
        progress: Progress = lambda line: None,
    ) -> None:
        self._backend = backend
        self._document = document
        self._playbook = playbook
        self._side = side or playbook.side
        self._effort = effort
        self._say = progress
        self._agents: Reviewers = hire(backend, limits or Limits(seconds=1800, steps=40))
        self._account = _Account()
        self._unanswered: list[str] = []
        self._warnings: list[str] = []

    async def review(self) -> Review:
        """Do the whole review.

        Raises:
            AgentKitError: The server failed, or nothing could be read.
        """
        await self._transcribe()
        desk = Desk(document=self._document, source=Source(self._document.text), playbook=self._playbook)
        facts = await self._read_facts(desk)
        evidence = await self._extract(desk)
        await self._search_again(desk, evidence)
        findings = await self._judge(desk, evidence)
        findings += await self._cross_check(desk, evidence)
        rejected = [claim for each in evidence.values() for claim in each.rejected]
        dates, rejected_dates = await self._dates(desk, facts)
        return Review(
            created=datetime.datetime.now(datetime.UTC).replace(microsecond=0),
            offline=self._account.simulated,
            document=self._info(),
            playbook=self._playbook.name,
            side=self._side,
            contract_type=facts.contract_type,
            parties=tuple(Party(name=party.name, role=party.role) for party in facts.parties),
            findings=tuple(findings),
            dates=tuple(dates),
            rejected=tuple(rejected + rejected_dates),
            unanswered=tuple(self._unanswered),
            ledger=self._account.ledger(self._backend.url),
            text=self._document.text,
            page_starts=tuple(page.start for page in self._document.pages),
        )

    async def _run(self, step: str, run: Awaitable[RunResult[T]]) -> T:
        result = await run
        self._account.book(step, result)
        return result.output

    # Reading

    async def _transcribe(self) -> None:
        document = self._document
        pages = document.image_pages
        if not pages:
            return
        texts: dict[int, str] = {}
        for first in range(0, len(pages), PAGES_A_CALL):
            chunk = pages[first : first + PAGES_A_CALL]
            self._say(f"reading {_pages(chunk)} from the picture")
            images = [Image(document.render_page(number), name=f"page {number}") for number in chunk]
            prompt = (
                f"Transcribe the pages. The images are, in order, the pages {', '.join(map(str, chunk))}."
            )
            answer = await self._run("transcribe", self._agents.transcriber.run(prompt, images=images))
            texts |= {each.page: each.text for each in answer if each.page in chunk and each.text.strip()}
        missing = [number for number in pages if number not in texts]
        if missing:
            self._warnings.append(
                f"{_pages(missing)}: no text could be read from the picture; look at it yourself."
            )
        self._document = document.with_transcripts(texts)

    async def _read_facts(self, desk: Desk) -> Facts:
        self._say("reading type, parties and dates")
        text = self._document.text
        ends = text if len(text) < 16_000 else f"{text[:10_000]}\n[...]\n{text[-6_000:]}"
        facts = await self._run(
            "facts", self._agents.reader.run(_contract(ends) + "What is this contract?", deps=desk)
        )
        parties = [
            party
            for party in facts.parties
            if desk.source.verify(party.name).accepted or _holds(text, party.name)
        ]
        return facts.model_copy(update={"parties": parties})

    async def _extract(self, desk: Desk) -> dict[str, Evidence]:
        evidence: dict[str, Evidence] = {}
        rules = self._playbook.rules
        chunks = self._chunks(await self._window())
        for first in range(0, len(rules), GROUP):
            group = rules[first : first + GROUP]
            self._say(f"finding clauses for rules {first + 1} to {first + len(group)} of {len(rules)}")
            found: dict[str, list[str]] = {rule.id: [] for rule in group}
            for chunk in chunks:
                answer = await self._ask_quotes("extract", chunk, group, desk)
                for each in answer:
                    found.get(each.rule_id, []).extend(each.quotes)
            for rule in group:
                evidence[rule.id] = await gather(desk, rule.id, found[rule.id], self._agents.repairer)
        return evidence

    async def _ask_quotes(self, step: str, text: str, rules: Sequence[Rule], desk: Desk) -> list[RuleQuotes]:
        questions = "\n".join(f"{rule.id}: {rule.question}" for rule in rules)
        prompt = f"{_contract(text)}QUESTIONS (rule id: question):\n{questions}"
        try:
            return await self._run(step, self._agents.extractor.run(prompt, deps=desk))
        except (BackendError, ContextOverflow):
            raise
        except AgentKitError as error:
            self._unanswered += [f"{rule.id}: {type(error).__name__}" for rule in rules]
            return []

    async def _search_again(self, desk: Desk, evidence: dict[str, Evidence]) -> None:
        """Ask once more, with tools and other words, for what the first reading did not find."""
        absent = [rule for rule in self._playbook.rules if not evidence[rule.id].spans]
        for first in range(0, len(absent), GROUP):
            group = absent[first : first + GROUP]
            self._say(f"searching again for {', '.join(rule.title.lower() for rule in group)}")
            listed = "\n".join(
                f"{rule.id}: {rule.question} (words to try: {', '.join(rule.search)})" for rule in group
            )
            prompt = f"QUESTIONS (rule id: question):\n{listed}"
            try:
                answer = await self._run("search again", self._agents.searcher.run(prompt, deps=desk))
            except BackendError:
                raise
            except AgentKitError as error:
                self._unanswered += [f"{rule.id}: {type(error).__name__}" for rule in group]
                continue
            for each in answer:
                if each.rule_id in evidence and each.quotes:
                    found = await gather(desk, each.rule_id, each.quotes, self._agents.repairer)
                    evidence[each.rule_id].spans += found.spans
                    evidence[each.rule_id].rejected += found.rejected

    # Judging

    async def _judge(self, desk: Desk, evidence: dict[str, Evidence]) -> list[Finding]:
        findings: list[Finding | None] = [None] * len(self._playbook.rules)

        async def one(index: int, rule: Rule) -> None:
            findings[index] = await self._judge_rule(desk, rule, evidence[rule.id], f"F{index + 1}")

        self._say(f"judging {sum(bool(each.spans) for each in evidence.values())} clauses")
        for index, rule in enumerate(self._playbook.rules):
            await one(index, rule)
        return [finding for finding in findings if finding is not None]

    async def _judge_rule(self, desk: Desk, rule: Rule, found: Evidence, number: str) -> Finding | None:
        common: dict[str, Any] = {
            "id": number,
            "rule_id": rule.id,
            "category": rule.category,
            "title": rule.title,
            "position": rule.position,
            "sample_clause": rule.sample_clause,
        }
        if not found.spans:
            if any(each.startswith(f"{rule.id}:") for each in self._unanswered):
                return None
            searched = ("the whole text", *(f"the words: {words}" for words in rule.search))
            if self._account.simulated:
                said = "The rules found nothing on this. That does not show that the contract says nothing."
                return Finding(
                    **common,
                    status="unclear",
                    risk="none",
                    rationale=said,
                    searched=searched,
                    decided_by="rules",
                )
            return Finding(
                **common,
                status="missing",
                risk=rule.severity if rule.required else "none",
                rationale=_missing(rule),
                searched=searched,
            )
        clause = "\n".join(span.sentence for span in found.spans)
        check = check_clause(rule, clause)
        if check.status == "deviates":
            return Finding(
                **common,
                status="deviates",
                risk=rule.severity,
                rationale=f"{'; '.join(check.reasons).capitalize()}. Wanted: {rule.position}",
                spans=tuple(found.spans),
                decided_by="code",
            )
        effort = rule.effort if self._effort == "auto" else self._effort
        prompt = (
            f"We act for: {self._side}.\nRULE {rule.id}: {rule.title}. {rule.question}\nOUR POSITION: {rule.position}\n"
            f"FALLBACK: {'; '.join(rule.fallback) or 'none'}\nWALK AWAY: {'; '.join(rule.walk_away) or 'none'}\n\n"
            f"THE CLAUSE, with its neighbours:\n{self._context(found)}"
        )
        self._say(f"judging {rule.title.lower()}")
        try:
            result = await self._agents.judge.run(prompt, deps=desk, effort=effort)
        except BackendError:
            raise
        except AgentKitError as error:
            self._unanswered.append(f"{rule.id}: {type(error).__name__}")
            return None
        self._account.book(f"judge {rule.id}", result)
        judged = result.output
        return Finding(
            **common,
            status=judged.status,
            risk=judged.risk,
            rationale=judged.rationale,
            spans=tuple(found.spans),
            effort="high" if any(each.effort == "high" for each in result.decisions) else "none",
            decided_by="rules" if result.simulated else "model",
        )

    async def _cross_check(self, desk: Desk, evidence: dict[str, Evidence]) -> list[Finding]:
        spans = [span for each in evidence.values() for span in each.spans]
        if len(spans) < 2:
            return []
        self._say("checking clauses against each other")
        clauses = "\n".join(f"- {sentence}" for sentence in dict.fromkeys(span.sentence for span in spans))
        prompt = f"We act for: {self._side}.\nCLAUSES:\n{clauses}"
        effort = "high" if self._effort == "auto" else self._effort
        try:
            result = await self._agents.cross_checker.run(prompt, deps=desk, effort=effort)
        except BackendError:
            raise
        except AgentKitError as error:
            self._unanswered.append(f"cross-check: {type(error).__name__}")
            return []
        self._account.book("cross-check", result)
        findings: list[Finding] = []
        for number, conflict in enumerate(result.output, 1):
            found = await gather(desk, "cross-check", conflict.quotes, self._agents.repairer)
            evidence.setdefault("cross-check", Evidence()).rejected.extend(found.rejected)
            if len(found.spans) >= 2 or (found.spans and len(conflict.quotes) == 1):
                findings.append(
                    Finding(
                        id=f"X{number}",
                        rule_id="cross-check",
                        category="Conflict between clauses",
                        title="Conflict between clauses",
                        status="deviates",
                        risk=conflict.risk,
                        rationale=conflict.rationale,
                        spans=tuple(found.spans),
                        effort="high" if any(each.effort == "high" for each in result.decisions) else "none",
                        decided_by="rules" if result.simulated else "model",
                    )
                )
        return findings

    def _context(self, found: Evidence) -> str:
        """The clauses with one sentence before and after each: a quote cut out of its sentence can say the opposite."""
        pieces: list[str] = []
        for span in found.spans:
            first, last = self._document.sentence_around(span.start, span.end, extra=1)
            where = f"[section {span.section}] " if span.section else ""
            pieces.append(where + " ".join(self._document.text[first:last].split()))
        return "\n\n".join(pieces)

    # Dates

    async def _dates(self, desk: Desk, facts: Facts) -> tuple[list[KeyDate], list[RejectedClaim]]:
        """Compute dates from verified sentences: the date itself, and term ends counted from it."""
        found = await gather(desk, "dates", facts.date_quotes, self._agents.repairer)
        dates: list[KeyDate] = []
        begins: datetime.date | None = None
        for span in found.spans:
            date = find_date(span.sentence)
            low = span.sentence.lower()
            if date is not None and "effective" in low and begins is None:
                begins = date
                dates.append(
                    KeyDate(kind="effective", date=date, label="Effective date", rule="stated", span=span)
                )
            elif date is not None:
                dates.append(
                    KeyDate(kind="other", date=date, label="Date in the contract", rule="stated", span=span)
                )
        for span in found.spans:
            low = span.sentence.lower()
            months = amounts(span.sentence, "months") or [
                12 * years for years in amounts(span.sentence, "years")
            ]
            if begins and months and "initial term" in low and "renew" not in low:
                end = add(add(begins, int(months[0]), "months"), -1, "days")
                rule = f"{int(months[0])} months from {begins.isoformat()}"
                dates.append(
                    KeyDate(kind="expiry", date=end, label="End of the initial term", rule=rule, span=span)
                )
        expiry = next((each.date for each in dates if each.kind == "expiry"), None)
        for span in found.spans:
            days = amounts(span.sentence, "days")
            if expiry and days and "renew" in span.sentence.lower():
                last = add(expiry, -int(days[0]), "days")
                rule = f"{int(days[0])} days before {expiry.isoformat()}"
                dates.append(
                    KeyDate(kind="notice", date=last, label="Last day for notice", rule=rule, span=span)
                )
        return sorted(dates, key=lambda each: each.date or datetime.date.max), found.rejected

    # Sizes

    async def _window(self) -> int | None:
        try:
            return await self._backend.context_window()
        except BackendError:
            return None

    def _chunks(self, window: int | None) -> list[str]:
        """The whole text, or overlapping parts of it where the served context is too small."""
        text = self._document.text
        most = int((window or 262_144) * _SHARE_OF_WINDOW * _CHARS_PER_TOKEN)
        if len(text) <= most:
            return [text]
        starts = [section.start for section in self._document.sections] or [0]
        chunks: list[str] = []
        at = 0
        while at < len(text):
            end = min(len(text), at + most)
            if end < len(text):
                end = max((start for start in starts if at + most // 2 < start <= end), default=end)
            chunks.append(text[at:end])
            at = end if end == len(text) else max(at + 1, end - most // 10)
        return chunks

    def _info(self) -> DocInfo:
        document = self._document
        return DocInfo(
            name=document.name,
            kind=document.kind,
            sha256=document.sha256,
            characters=len(document.text),
            pages=len(document.pages),
            image_pages=document.image_pages,
            transcribed=tuple(
                page.number
                for page in document.pages
                if page.end > page.start and document.is_ocr(page.start)
            ),
            changes=tuple(
                Change(kind=each.kind, author=each.author, date=each.date, text=each.text)
                for each in document.revisions
            ),
            comments=tuple(f"{each.author}: {each.text}" for each in document.comments),
            warnings=tuple(self._warnings),
        )


def _contract(text: str) -> str:
    return f"CONTRACT:\n<<<\n{text}\n>>>\n\n"


def _holds(text: str, name: str) -> bool:
    return " ".join(name.split()).lower() in " ".join(text.split()).lower()


def _missing(rule: Rule) -> str:
    if rule.required:
        return f"The contract says nothing on this, and the playbook requires it. Wanted: {rule.position}"
    return f"The contract says nothing on this. Our position: {rule.position}"


def _pages(numbers: Sequence[int]) -> str:
    listed = ", ".join(map(str, numbers))
    return f"page {listed}" if len(numbers) == 1 else f"pages {listed}"


def review_sync(reviewer: Reviewer) -> Review:
    """Review from plain code."""
    return anyio.run(reviewer.review)
