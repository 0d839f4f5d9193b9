"""The router: decides none or high for each request, says why, and learns from how it turned out."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

import anyio.to_thread

from agentkit.errors import InputError
from agentkit.protocol.decisions import Decision, Expectation, Situation
from agentkit.protocol.effort import Effort
from agentkit.protocol.gains import GainStore, Tally
from agentkit.protocol.review import Answer, Review
from agentkit.router.answers import agree
from agentkit.router.cues import Cue, find_cue
from agentkit.router.decide import Facts, weigh
from agentkit.router.evidence import review
from agentkit.router.features import measure
from agentkit.router.gain import estimate, expected_tokens
from agentkit.router.identity import identify
from agentkit.router.lessons import tally_lessons
from agentkit.router.memory import MemoryGains
from agentkit.router.policy import RoutingPolicy
from agentkit.router.reasons import give_reasons
from agentkit.router.score import Weights, load_weights
from agentkit.router.spread import KEYS, find_threshold, needs_spread

_find_cue = functools.lru_cache(maxsize=64)(find_cue)


class ComplexityRouter:
    """Decides by rank: the limits, the developer, the user's cue, what went wrong, the gain against the cost.

    The same situation, the same state of the store and the same seed give the same decision.

    Args:
        policy: How to decide.
        weights: Weights of the features; None takes the packaged ones.
        store: Keeps what was learned of each kind of task; None keeps it in memory, for this router alone.
    """

    def __init__(
        self,
        policy: RoutingPolicy | None = None,
        *,
        weights: Weights | None = None,
        store: GainStore | None = None,
    ) -> None:
        self.policy = policy if policy is not None else RoutingPolicy()
        self.weights = weights if weights is not None else load_weights()
        self.store: GainStore = store if store is not None else MemoryGains()
        self._knobs = self.policy.to_dict()
        self._seen: dict[tuple[object, ...], _Seen] = {}
        self._seen_chars = 0
        self._chance = self.policy.explore > 0 or self.policy.shadow > 0 or needs_spread(self.policy)

    @property
    def threshold(self) -> float:
        """The gain from which effort is high, where nothing else says it."""
        return self.weights.threshold if self.policy.threshold is None else self.policy.threshold

    def decide(self, situation: Situation) -> Decision:
        """Decide the effort of the next request."""
        seen = self._look_at(situation)
        facts = self._facts(situation, seen)
        verdict = weigh(self.policy, facts)
        reasons = (verdict.reason,) if verdict.reason else ()
        if verdict.source in ("score", "phase"):
            # Where something else decided, the score's reasons would only blur why.
            reasons = (*reasons, *_learned(seen.score, facts), *seen.reasons(verdict.effort))
        return Decision(
            effort=verdict.effort,
            source=verdict.source,
            score=seen.score,
            threshold=verdict.threshold,
            reasons=reasons,
            step=situation.step,
            features=seen.features,
            id=situation.id,
            gain=facts.gain,
            propensity=verdict.propensity,
            key=seen.key,
            weights=self.weights.version,
            shadow=verdict.shadow,
            expected=_expectation(self.policy, facts),
            facts={**facts.to_dict(), "policy": self._knobs},
        )

    @property
    def wants_logprobs(self) -> bool:
        """Whether the policy looks at the log-probabilities of answers at none."""
        return self.policy.min_logprob is not None

    def review(self, answer: Answer) -> Review:
        """Judge an answer that was given at none: keep it, ask for a second one, or try again at high."""
        return review(self.policy, answer)

    def compare(self, first: str, second: str, *, structured: bool) -> bool | None:
        """Return whether two answers to the same request say the same; None where one cannot tell."""
        return agree(first, second, structured=structured)

    async def learn(self, decisions: Sequence[Decision]) -> tuple[Decision, ...]:
        """Take the outcomes of a run's decisions to heart, and return them with what they cost in money."""
        prices = self.policy.prices
        if prices is not None:
            decisions = [
                replace(card, actual=replace(card.actual, money=prices.of(card.actual)))
                if card.actual
                else card
                for card in decisions
            ]
        changes = tally_lessons(decisions, spread=needs_spread(self.policy)) if self.policy.learn else {}
        if changes and self.store.blocking:
            await anyio.to_thread.run_sync(self.store.add, changes)
        elif changes:
            self.store.add(changes)
        return tuple(decisions)

    def take_feedback(self, before: Sequence[Decision], after: Sequence[Decision]) -> None:
        """Put what feedback says in the place of what the outcomes alone had said.

        Args:
            before: The decisions as `learn` got them, or as the last feedback left them.
            after: The same with the feedback in their outcomes.
        """
        if not self.policy.learn:
            return
        changes = tally_lessons(after, costs=False)
        for key, tally in tally_lessons(before, costs=False).items():
            changes[key] = changes.get(key, Tally()) + tally.without_lessons()
        if changes:
            self.store.add(changes)

    def _look_at(self, situation: Situation) -> _Seen:
        """Return what a situation's text, tools and troubles say; a run asks again at each step, and few change any."""
        mark = (
            situation.task, situation.instructions, situation.step, situation.current is None, id(situation.tools),
            id(situation.output), situation.images, situation.tool_errors, situation.repeated_calls,
            situation.violations, situation.agent, situation.template,
        )  # fmt: skip
        seen = self._seen.get(mark)
        if seen is None:
            chars = len(situation.task) + len(situation.instructions)
            self._seen_chars += chars
            if len(self._seen) >= _MOST_SEEN or self._seen_chars > _MOST_CHARS:
                self._seen.clear()
                self._seen_chars = chars
            look = _find_cue if len(situation.task) <= _LONG else find_cue
            cue = look(situation.task) if self.policy.user_cues else None
            seen = self._seen[mark] = _Seen(situation, self.weights, cue)
        return seen

    def _facts(self, situation: Situation, seen: _Seen) -> Facts:
        policy = self.policy
        tallies = self.store.read(seen.key) if policy.learn else ()
        learned, cue = seen.learned, seen.cue
        if learned is None or learned.tallies != tallies:
            learned = seen.learned = _Learned(policy, seen.score, tallies)
        tokens = learned.tokens
        spread = find_threshold(policy, self.store.read(KEYS), tokens) if needs_spread(policy) else None
        return Facts(
            gain=learned.gain,
            threshold=self.threshold,
            spread=spread,
            draws=self._draw(situation, seen.key, tallies) if self._chance else (0.0, 1.0, 1.0),
            setting=situation.setting,
            cue=(cue.effort, cue.phrase, cue.language) if cue is not None else None,
            reasoning_left=situation.reasoning_left,
            starved=situation.starved,
            violations=situation.violations,
            tool_errors=situation.tool_errors,
            repeated_calls=situation.repeated_calls,
            doubts=situation.doubts,
            clean_steps=situation.clean_steps,
            current=situation.current,
            context_tokens=situation.context_tokens,
            tokens=tokens,
            seconds=tokens / policy.tokens_per_second,
            tallies=learned.numbers,
            n_tools=len(situation.tools),
        )

    def _draw(
        self, situation: Situation, key: tuple[str, ...], tallies: Sequence[Tally]
    ) -> tuple[float, float, float]:
        """Three numbers from 0 to 1 that look like chance and come again from the same input, store and seed."""
        seen = sum(tally.none_requests + tally.high_requests for tally in tallies)
        text = f"{self.policy.seed}|{key}|{situation.phase_steps}|{situation.context_tokens}|{seen}|{situation.task}"
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=24).digest()
        first, second, third = (
            int.from_bytes(digest[start : start + 8], "big") / 2**64 for start in (0, 8, 16)
        )
        return first, second, third


_EMPTY = Tally()
_MOST_SEEN, _MOST_CHARS = 1024, 4_000_000
"""Situations that a router keeps in mind, and characters of their tasks and instructions."""

_LONG = 20_000
"""Characters of a task from which it is not kept for its cue, of which only the ends are read."""


class _Seen:
    """What a situation says, apart from how far the run has come: its features, score, key and reasons."""

    __slots__ = ("_contributions", "_held", "_reasons", "cue", "features", "key", "learned", "score")

    def __init__(self, situation: Situation, weights: Weights, cue: Cue | None) -> None:
        self.features: Mapping[str, float] = measure(situation, weights.words)
        self.score = weights.score(self.features)
        self.key = identify(situation)
        self.cue = cue
        self.learned: _Learned | None = None
        self._contributions = weights.contributions(self.features)
        self._reasons: dict[Effort, tuple[str, ...]] = {}
        self._held = (situation.tools, situation.output)  # keeps their ids from being used again

    def reasons(self, effort: Effort) -> tuple[str, ...]:
        """Return what speaks for an effort."""
        if effort not in self._reasons:
            self._reasons[effort] = give_reasons(self._contributions, effort)
        return self._reasons[effort]


class _Learned:
    """What the store says of a kind of task, and what follows from it."""

    __slots__ = ("gain", "numbers", "tallies", "tokens")

    def __init__(self, policy: RoutingPolicy, score: float, tallies: Sequence[Tally]) -> None:
        self.tallies = tallies
        self.gain = estimate(score, tallies)
        self.tokens = expected_tokens(policy.reasoning_tokens, tallies)
        known = any(tally != _EMPTY for tally in tallies)
        self.numbers = tuple(tally.numbers for tally in tallies) if known else ()


def reproduce(card: Decision, *, weights: Weights | None = None) -> Decision:
    """Make a decision again from its card alone, without the store, the server or the text.

    Args:
        card: The card, also one that went through JSON.
        weights: The weights that gave its score, to compute that again too; without them the packaged ones are taken
            if they are of the card's version, and else the card's score stands.

    Returns:
        The card as it comes out now: equal to the given one where nothing was changed on it.

    Raises:
        InputError: The card holds no facts: it is that of a second answer or a shadow, which only follow a decision.
    """
    if "policy" not in card.facts:
        raise InputError(
            f"The card {card.id!r} was not decided by itself ({'; '.join(card.reasons)}).",
            hint="Reproduce the card that it belongs to.",
        )
    known = weights if weights is not None else load_weights()
    score = known.score(card.features) if known.version == card.weights else card.score
    policy = RoutingPolicy.from_dict(card.facts["policy"])
    facts = Facts.from_dict(card.facts)
    tallies = [Tally.of(numbers) for numbers in facts.tallies]
    facts = replace(facts, gain=estimate(score, tallies))
    verdict = weigh(policy, facts)
    return replace(
        card, effort=verdict.effort, source=verdict.source, score=score, threshold=verdict.threshold,
        gain=facts.gain, propensity=verdict.propensity, shadow=verdict.shadow, expected=_expectation(policy, facts),
    )  # fmt: skip


def _expectation(policy: RoutingPolicy, facts: Facts) -> Expectation:
    money = None
    if policy.prices is not None:
        money = facts.tokens * policy.prices.output / 1e6 + facts.seconds * policy.prices.second
    return Expectation(
        tokens=facts.tokens,
        seconds=facts.seconds,
        reread_tokens=facts.context_tokens if facts.current is not None else 0,
        money=money,
    )


def _learned(score: float, facts: Facts) -> tuple[str, ...]:
    if abs(facts.gain - score) < 0.02:
        return ()
    trials = max((numbers[0] + numbers[7] for numbers in facts.tallies), default=0.0)
    often = "more" if facts.gain > score else "less"
    return (f"reasoning paid {often} often here than the text tells, by {trials:.3g} earlier outcomes",)
