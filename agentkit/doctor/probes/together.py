"""What works alone, together: effort beside tools and schemas, and the same request several times."""

from __future__ import annotations

import anyio

from agentkit.doctor.bench import Asker
from agentkit.doctor.material import (
    ASK_WEATHER,
    COUNTING,
    FILLER,
    HELLO,
    PLAIN_WORDS,
    PUZZLE,
    SCHEMA,
    TOOLS,
    schema_format,
)
from agentkit.doctor.probe import Probe, Verdict, proved, refuted, undecided
from agentkit.doctor.probes.chat import grows
from agentkit.doctor.probes.effort import at, has_thought, judge_split
from agentkit.doctor.probes.schema import problem_of
from agentkit.doctor.reply import Reply, shorten

_ROOM = 1_000
_PLAIN, _OTHER = 6, 4  # requests of a kind
_REPLICAS = "Several servers seem to answer under this address, and they are not alike: compare their versions and launch lines."
_CALL_MARKS = ("[TOOL_CALLS]", "[ARGS]", "<tool_call>")


async def effort_with_tools(asker: Asker) -> Verdict:
    """Set the puzzle at high effort beside tools that it does not need."""
    reply = await asker.chat(
        f"{PUZZLE} Do not call any tool.", max_tokens=_ROOM, reasoning_effort="high", tools=TOOLS
    )
    if not reply.ok:
        return refuted(f"High effort beside tools fails: {reply.why}", reply.hint)
    split = judge_split(reply, await at(asker, "none"))
    if split.outcome == "refuted":
        return refuted(f"Beside tools: {split.said}", split.advice)
    none = await asker.chat(
        f"{PUZZLE} Do not call any tool.", max_tokens=_ROOM, reasoning_effort="none", tools=TOOLS
    )
    if none.ok and has_thought(none) and asker.proved("effort.quiet"):
        return refuted(
            "Effort none answers at once alone, but thinks beside tools.",
            "Steps with tools are as slow as deep ones here.",
            value="none",
        )
    return _thinks(reply, "beside tools", "Ask without tools where a step must be thought over.")


async def effort_with_schema(asker: Asker) -> Verdict:
    """Set the puzzle at high effort with a schema for its answer."""
    reply = await asker.chat(
        PUZZLE, max_tokens=_ROOM, reasoning_effort="high", response_format=schema_format(SCHEMA)
    )
    if not reply.ok:
        return undecided(f"No answer: {reply.why}")
    return _thinks(
        reply, "with a schema", "Let it think in a step without a schema, and ask for the form in a last one."
    )


def _thinks(reply: Reply, where: str, advice: str) -> Verdict:
    if has_thought(reply):
        return proved(f"High effort thinks {where}.")
    if reply.calls or reply.finish == "length":
        return undecided(f"The model did something else {where}.")
    return refuted(f"High effort thinks over the puzzle alone, but not {where}.", advice)


async def calls_at_high(asker: Asker) -> Verdict:
    """Ask for a call at high effort."""
    advice = "Route steps with tools to effort none here."
    reply = await asker.chat(ASK_WEATHER, max_tokens=_ROOM, tools=TOOLS, reasoning_effort="high")
    if not reply.ok:
        return refuted(f"A call at high effort fails: {reply.why}", reply.hint)
    if reply.calls:
        return proved(f"Called {reply.calls[0].name} at high effort.")
    if any(mark in reply.text or mark in reply.reasoning for mark in _CALL_MARKS):
        return refuted(
            f"At high effort the call comes as text: {shorten(reply.text or reply.reasoning, 60)!r}.", advice
        )
    forced = await asker.chat(
        ASK_WEATHER, max_tokens=_ROOM, tools=TOOLS, reasoning_effort="high", tool_choice="required"
    )
    if forced.ok and not forced.calls and forced.finish != "length":
        return refuted("At high effort no call comes, neither asked for nor required.", advice)
    return undecided("The model answered in words.")


async def system_with_tools(asker: Asker) -> Verdict:
    """Count a prompt with tools, with and without a system message."""
    user = [{"role": "user", "content": HELLO}]
    return await grows(
        asker, "A system message beside tools", user, [{"role": "system", "content": FILLER}, *user], 20,
        "Put instructions into the user's message where there are tools.", tools=TOOLS,
    )  # fmt: skip


async def alike(asker: Asker) -> Verdict:
    """Make the same plain request several times."""
    replies = await _several(asker, _PLAIN, COUNTING)
    failed = [reply for reply in replies if not reply.ok and not reply.late]
    if failed and len(failed) < len(replies):
        return refuted(
            f"{len(failed)} of {len(replies)} equal requests failed: {failed[0].why}",
            f"{_REPLICAS} agentkit tries again, and other clients see errors.",
        )
    models = {reply.model for reply in replies if reply.ok}
    if len(models) > 1:
        return refuted(f"Equal requests were answered by {' and '.join(sorted(models))}.", _REPLICAS)
    return (
        proved(f"{len(replies)} equal requests, all answered.")
        if not failed
        else undecided("Nothing answers.")
    )


async def effort_alike(asker: Asker) -> Verdict:
    """Set the same puzzle several times at high effort."""
    replies = [
        await at(asker, "high"),
        *await _several(asker, _OTHER, PUZZLE, max_tokens=600, reasoning_effort="high"),
    ]
    made = [has_thought(reply) for reply in replies if reply.ok]
    if len(made) < 2:
        return undecided(f"Of {len(replies)} equal requests {len(made)} were answered.")
    if all(made):
        return proved(f"High effort thought {len(made)} times of {len(made)}.")
    return refuted(f"High effort thought {sum(made)} times of {len(made)} over the same puzzle.", _REPLICAS)


async def schema_alike(asker: Asker) -> Verdict:
    """Ask for the same answer against the schema several times."""
    replies = await _several(asker, _OTHER, PLAIN_WORDS, response_format=schema_format(SCHEMA))
    whole = [reply for reply in replies if reply.ok and reply.finish != "length"]
    broken = [reply for reply in whole if problem_of(reply.text.strip(), SCHEMA)]
    if broken:
        return refuted(
            f"{len(broken)} of {len(whole)} equal requests got an answer against the schema: {shorten(broken[0].text, 40)!r}.",
            _REPLICAS,
        )
    if len(whole) < 2:
        return undecided(f"Of {len(replies)} equal requests {len(whole)} were answered to the end.")
    return proved(f"{len(whole)} equal requests, each within the schema.")


async def _several(asker: Asker, times: int, prompt: str, **fields: object) -> list[Reply]:
    """Make one request so many times, at once."""
    replies: list[Reply] = []

    async def ask(number: int) -> None:
        replies.append(await asker.chat(prompt, again=100 + number, **fields))  # type: ignore[arg-type]

    async with anyio.create_task_group() as tasks:
        for number in range(times):
            tasks.start_soon(ask, number)
    return replies


PROBES = (
    Probe(id="together.effort_with_tools", question="Does high effort think beside tools?", needs=("effort.thinks", "effort.split"), after=("effort.quiet",), run=effort_with_tools),
    Probe(id="together.effort_with_schema", question="Does high effort think with a schema?", needs=("effort.thinks", "schema.enforced"), run=effort_with_schema),
    Probe(id="together.calls_at_high", question="Do calls come at high effort?", needs=("tools.called", "effort.accepted"), run=calls_at_high),
    Probe(id="together.system_with_tools", question="Does a system message reach the prompt beside tools?", needs=("chat.system", "tools.sent"), after=("chat.usage",), run=system_with_tools),
    Probe(id="together.alike", question="Are equal requests answered alike?", run=alike),
    Probe(id="together.effort_alike", question="Does high effort think every time?", needs=("effort.thinks",), run=effort_alike),
    Probe(id="together.schema_alike", question="Is a schema enforced every time?", needs=("schema.enforced",), run=schema_alike),
)  # fmt: skip
