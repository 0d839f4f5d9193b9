"""The context window: long prompts whole, too long prompts refused."""

from __future__ import annotations

from agentkit.doctor.bench import Asker
from agentkit.doctor.probe import Probe, Verdict, proved, refuted, undecided
from agentkit.errors import ContextOverflow

_WORD = "a "
_MOST_WORDS = 9_000
_MOST_BYTES = 12_000_000
_ADVICE = "agentkit cannot be told that a prompt is too long here: bound it yourself (Limits, memory)."


async def _rate(asker: Asker) -> tuple[float, float] | None:
    """Return the tokens of a word and those that stand in every prompt (a gateway may add its own), where they are told."""
    few, more = await asker.chat(_WORD * 20, max_tokens=4), await asker.chat(_WORD * 200, max_tokens=4)
    if few.prompt_tokens is None or more.prompt_tokens is None:
        return None
    rate = (more.prompt_tokens - few.prompt_tokens) / 180
    return rate, few.prompt_tokens - 20 * rate


async def long(asker: Asker) -> Verdict:
    """Count a prompt that fits, but is longer than what servers cut to silently (Ollama: 4,096)."""
    window = asker.subject.window
    rate, always = await _rate(asker) or (0.0, 0.0)
    if rate < 0.1 or asker.refuted("chat.usage"):
        return undecided("The server's counts are no evidence.")
    words = _MOST_WORDS if window is None else min(_MOST_WORDS, int((window - always) * 0.8 / rate))
    if words < 200:
        return undecided(f"Every prompt has {always:,.0f} tokens before the first word: there is no room.")
    reply = await asker.chat(_WORD * words, max_tokens=4)
    if reply.refused:
        limit = reply.error.limit if isinstance(reply.error, ContextOverflow) else None
        if window is None:
            return proved(f"A prompt of {words:,} words is refused aloud: {reply.why}", limit)
        return refuted(
            f"A prompt of {words:,} words should fit into {window:,} tokens, and is refused: {reply.why}",
            _ADVICE,
        )
    if not reply.ok or reply.prompt_tokens is None:
        return undecided(f"No answer: {reply.why}")
    if reply.prompt_tokens - always >= 0.9 * words * rate:
        return proved(
            f"{words:,} words are {reply.prompt_tokens:,} tokens: all of it is read.", reply.prompt_tokens
        )
    return refuted(
        f"Of {words:,} words only {reply.prompt_tokens:,} tokens are read; the rest is cut off without a word.",
        "Raise the server's context size (Ollama: OLLAMA_CONTEXT_LENGTH or num_ctx; the default is 4,096).",
        reply.prompt_tokens,
    )


async def overflow(asker: Asker) -> Verdict:
    """Send a prompt that cannot fit."""
    window = asker.subject.window
    if window is None:
        return undecided("The window is not known, so it cannot be overrun on purpose.")
    measured, always = await _rate(asker) or (1.0, 0.0)
    rate = min(1.5, max(0.2, measured))
    words = int(window * 1.06 / rate) + 200
    if words * len(_WORD) > _MOST_BYTES:
        return undecided(f"A prompt beyond {window:,} tokens would be too large to send.")
    reply = await asker.chat(_WORD * words, max_tokens=4)
    if isinstance(reply.error, ContextOverflow):
        limit = reply.error.limit
        if limit is not None and abs(limit - window) > window // 20:
            return refuted(
                f"{window:,} tokens are reported, but the refusal says {limit:,}.",
                f"Count with {limit:,} tokens.",
                limit,
            )
        return proved(f"Refused: {reply.why}", limit)
    if reply.refused and reply.status < 500:
        return proved(f"Refused aloud, though not as an overflow that agentkit can read: {reply.why}")
    if reply.refused:
        return refuted(f"{words:,} words are called the server's own failure: {reply.why}", _ADVICE)
    if not reply.ok:
        return undecided(f"No answer: {reply.why}")
    read = reply.prompt_tokens
    if read is not None and read - always < 0.9 * words * rate:
        return refuted(f"{words:,} words were cut to {read:,} tokens without a word.", _ADVICE, read)
    return refuted(f"{words:,} words were taken, more than the {window:,} tokens reported.", _ADVICE, read)


async def clamped(asker: Asker) -> Verdict:
    """Ask for more output than the window holds."""
    window = asker.subject.window
    if window is None:
        return undecided("The window is not known.")
    reply = await asker.chat("Say hello.", max_tokens=window + 1000)
    if reply.refused:
        return proved(f"Refused aloud: {reply.why}", "refused")
    if reply.ok:
        return proved("max_tokens beyond the window is clamped.", "clamped")
    return undecided(f"No answer: {reply.why}")


PROBES = (
    Probe(
        id="context.long",
        question="Is a long prompt read whole?",
        needs=("chat.answers",),
        after=("context.window", "chat.usage"),
        run=long,
    ),
    Probe(
        id="context.overflow",
        question="Is a prompt beyond the window refused?",
        needs=("chat.answers",),
        after=("context.window", "chat.usage"),
        run=overflow,
    ),
    Probe(
        id="context.clamped",
        question="Is it known what max_tokens beyond the window does?",
        needs=("chat.max_tokens",),
        after=("context.window",),
        run=clamped,
    ),
)
