"""The order of messages: what is taken, what is refused aloud, and what is dropped without a word."""

from __future__ import annotations

from typing import Any

from agentkit.doctor.bench import Asker
from agentkit.doctor.material import FILLER, TOOLS, tool_loop
from agentkit.doctor.probe import Probe, Verdict, proved, refuted, undecided

_ADVICE = "agentkit sends the strict form: system first, users merged, an assistant between a result and the next user."


async def strict_form(asker: Asker) -> Verdict:
    """Send the form that every server must take."""
    talk = [{"role": "system", "content": "Be brief."}, *tool_loop(two=True)]
    talk += [
        {"role": "assistant", "content": "Mild; five past two."},
        {"role": "user", "content": "Thanks. And now?"},
    ]
    reply = await asker.chat(talk, tools=TOOLS, max_tokens=8)
    if reply.ok:
        return proved("System, user, calls, results, assistant, user: taken.")
    return refuted(f"A well-formed conversation is refused: {reply.why}", reply.hint)


async def _either(
    asker: Asker, what: str, without: list[dict[str, Any]], with_it: list[dict[str, Any]], **fields: Any
) -> Verdict:
    """Say whether something out of order is taken and counted, or refused aloud."""
    before = await asker.chat(without, max_tokens=4, **fields)
    reply = await asker.chat(with_it, max_tokens=4, **fields)
    if reply.refused:
        return proved(f"{what}: refused aloud: {reply.why}", "refused")
    if not reply.ok:
        return undecided(f"No answer: {reply.why}")
    if before.prompt_tokens is None or reply.prompt_tokens is None or asker.refuted("chat.usage"):
        return undecided(f"{what}: taken; the server's counts do not say whether it was read.", value="taken")
    more = reply.prompt_tokens - before.prompt_tokens
    if more >= 20:
        return proved(f"{what}: taken, and read ({more} tokens).", "taken")
    if more > 8:
        return undecided(f"{what}: taken, with {more} tokens.", value="taken")
    return refuted(f"{what}: taken, but dropped without a word ({more} tokens).", _ADVICE)


async def two_users(asker: Asker) -> Verdict:
    """Two user messages in a row."""
    last = {"role": "user", "content": "And?"}
    return await _either(
        asker, "Two user messages in a row", [last], [{"role": "user", "content": FILLER}, last]
    )


async def user_after_tool(asker: Asker) -> Verdict:
    """A user message right after a tool's result."""
    talk = tool_loop()
    return await _either(
        asker, "A user after a result", talk, [*talk, {"role": "user", "content": FILLER}], tools=TOOLS
    )


async def late_system(asker: Asker) -> Verdict:
    """A system message in the middle."""
    first, last = {"role": "user", "content": "One."}, {"role": "user", "content": "Two."}
    middle = {"role": "assistant", "content": "Yes."}
    return await _either(
        asker,
        "A late system message",
        [first, middle, last],
        [first, middle, {"role": "system", "content": FILLER}, last],
    )


async def empty_assistant(asker: Asker) -> Verdict:
    """An assistant message without anything."""
    talk = [
        {"role": "user", "content": "One."},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": "Two."},
    ]
    reply = await asker.chat(talk, max_tokens=4)
    if reply.ok:
        return proved("An empty assistant message: taken.", "taken")
    if reply.refused:
        return proved(f"An empty assistant message: refused aloud: {reply.why}", "refused")
    return undecided(f"No answer: {reply.why}")


async def wrong_types(asker: Asker) -> Verdict:
    """Send a temperature that is no number."""
    reply = await asker.chat("Hi", max_tokens=4, temperature="hot")
    if 400 <= reply.status < 500:
        return proved(f"temperature='hot' is refused: {reply.why}")
    if reply.status >= 500:
        return refuted(
            f"temperature='hot' is called the server's own failure: {reply.why}",
            "Clients will retry what can never work.",
        )
    if reply.status == 200 and reply.refused:
        return refuted(
            f"An error comes with HTTP 200: {reply.why}",
            "agentkit looks into the body; other clients take it for an answer.",
        )
    if reply.ok:
        return refuted("temperature='hot' is taken without a word.", "Mistyped settings go unnoticed here.")
    return undecided(f"No answer: {reply.why}")


_CHAT = ("chat.answers",)
PROBES = (
    Probe(
        id="order.strict_form", question="Is a well-formed conversation taken?", needs=_CHAT, run=strict_form
    ),
    Probe(
        id="order.two_users",
        question="Two users in a row: read, or refused aloud?",
        needs=_CHAT,
        after=("chat.usage",),
        run=two_users,
    ),
    Probe(
        id="order.user_after_tool",
        question="A user after a result: read, or refused aloud?",
        needs=_CHAT,
        after=("chat.usage",),
        run=user_after_tool,
    ),
    Probe(
        id="order.late_system",
        question="A late system message: read, or refused aloud?",
        needs=_CHAT,
        after=("chat.usage",),
        run=late_system,
    ),
    Probe(
        id="order.empty_assistant",
        question="Is it known what an empty assistant message does?",
        needs=_CHAT,
        run=empty_assistant,
    ),
    Probe(
        id="order.wrong_types",
        question="Is a setting of the wrong type refused?",
        needs=_CHAT,
        run=wrong_types,
    ),
)
