"""Reasoning effort: taken, obeyed, told apart from the answer, and taken back."""

from __future__ import annotations

import re
from typing import Any

from agentkit._util import json
from agentkit.backends.models.catalog import card_for
from agentkit.backends.models.mistral_small_4 import MISTRAL_SMALL_4
from agentkit.doctor.bench import Asker
from agentkit.doctor.material import PUZZLE, THOUGHT, TOOLS, tool_loop
from agentkit.doctor.probe import Probe, Verdict, proved, refuted, undecided
from agentkit.doctor.reply import REASONING_FIELDS, Reply, shorten

_MARKER = re.compile(r"\[/?THINK\]|</?think(?:ing)?>|<\|?/?(?:channel|reasoning)\|?>", re.IGNORECASE)
_ROOM = 600
_FORMS: dict[str, dict[str, Any]] = {
    **{name: {name: THOUGHT} for name in REASONING_FIELDS},
    "thinking_text": {"content": [{"type": "thinking", "thinking": THOUGHT}]},
    "thinking_chunks": {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]}]},
}
"""Forms of reasoning in the history, by the names of `Dialect.reasoning_out`; what one server reads another refuses."""
_NO_EFFORT = "Every answer costs the same thought here: agentkit says so in the run's events (Dialect.effort unsupported)."


async def at(asker: Asker, effort: str, **fields: Any) -> Reply:
    """Return the puzzle's answer at an effort."""
    return await asker.chat(PUZZLE, max_tokens=_ROOM, reasoning_effort=effort, **fields)


async def accepted(asker: Asker) -> Verdict:
    """Send both efforts of MS4 in the top-level field."""
    high, none = await at(asker, "high"), await at(asker, "none")
    for effort, reply in (("high", high), ("none", none)):
        if not reply.ok:
            return refuted(
                f"reasoning_effort={effort} fails: {reply.why}",
                "If this model has no effort, use a profile whose Dialect.effort is unsupported.",
            )
    return proved("none and high are both answered.")


async def prompt(asker: Asker) -> Verdict:
    """Compare the prompts that the server renders for both efforts, or how likely the first token is after them."""
    talk = [{"role": "user", "content": "Hi"}]
    rendered = ""
    for path, name in (("/apply-template", "prompt"), ("/tokenize", "tokens")):
        pages: list[str] = []
        for effort in ("none", "high"):
            body = {"model": asker.subject.model, "messages": talk, "reasoning_effort": effort}
            page = await asker.post(path, body)
            value = page.data.get(name) if page.status == 200 and json.is_object(page.data) else None
            pages += [json.dumps(value)] if value else []
        if len(pages) == 2:
            rendered = path
            if pages[0] != pages[1]:
                return proved(f"{path} renders another prompt for high than for none.", path)
    none, again, high = [
        await asker.chat(
            "Hi", max_tokens=1, logprobs=True, top_logprobs=5, reasoning_effort=effort, again=number
        )
        for number, effort in enumerate(("none", "none", "high"))
    ]
    if none.logprobs and none.logprobs == again.logprobs and high.logprobs and high.logprobs != none.logprobs:
        return proved("The first token is as likely as before at none, and less or more so at high.")
    if rendered:
        return undecided(f"{rendered} shows no difference; it may not know the effort.")
    return undecided("No page renders a prompt, and the first token's likelihood tells nothing.")


async def thinks(asker: Asker) -> Verdict:
    """Compare the answers at both efforts."""
    high, none = await at(asker, "high"), await at(asker, "none")
    deep, quick = has_thought(high), has_thought(none)
    if deep and not quick:
        return proved(f"high thinks ({_measure(high)}), none answers at once.")
    if deep and quick:
        return proved(f"high thinks ({_measure(high)}).")
    follows, shown = asker.proved("chat.follows"), asker.found("effort.prompt")
    if shown is not None and shown.outcome == "proved" and not (follows and (shown.value or quick)):
        return undecided("The effort is in the prompt, but this model did not think.")
    if quick:
        return refuted("none thinks and high does not: the efforts are mixed up.", _NO_EFFORT)
    if shown is not None and shown.value:
        return refuted(
            f"{shown.value} renders the effort, but high does not think at all, not even over a puzzle.",
            _NO_EFFORT,
        )
    if has_thought(await _by_template(asker)):
        return refuted(
            "The top-level reasoning_effort is ignored; in chat_template_kwargs it works.",
            'Use a profile with Dialect(effort="chat_template_kwargs").',
            "chat_template_kwargs",
        )
    if high.finish == none.finish == "length" and not follows:
        return undecided("The model talks on at both efforts: its words decide nothing.")
    if high.text == none.text:
        return refuted(
            f"The same answer at both efforts, without a thought: {shorten(high.text, 40)!r}.", _NO_EFFORT
        )
    again = await at(asker, "none", again=1)
    if again.text == none.text and not follows:
        return proved("The answer at high is another than at none, which repeats itself.")
    return refuted("high does not think at all, not even over a puzzle.", _NO_EFFORT)


async def _by_template(asker: Asker) -> Reply:
    """Return the puzzle's answer at high effort, asked for among the template's arguments."""
    return await asker.chat(PUZZLE, max_tokens=_ROOM, chat_template_kwargs={"reasoning_effort": "high"})


async def quiet(asker: Asker) -> Verdict:
    """See whether effort none leaves the reasoning out."""
    none = await at(asker, "none")
    if not has_thought(none):
        return proved("Nothing was thought at effort none.")
    if asker.proved("effort.prompt") and not asker.proved("chat.follows"):
        return undecided("The prompt says none, and the model thinks all the same: its words decide nothing.")
    return refuted(f"Effort none thinks: {_measure(none)}.", "Fast answers are as slow as deep ones here.")


async def unknown(asker: Asker) -> Verdict:
    """Send an effort that MS4 does not have."""
    low = await asker.chat("Hi", max_tokens=4, reasoning_effort="low")
    if low.refused:
        return proved(f"low is refused: {low.why}")
    if not low.ok:
        return undecided(f"No answer: {low.why}")
    if (card := card_for(asker.subject.model)) is not MISTRAL_SMALL_4:
        return undecided(f"low is taken, and this is {card.title}.")
    return refuted(
        "low is taken without a word, though MS4 has only none and high: it is ignored or becomes something else.",
        "Send none and high alone, as agentkit does.",
    )


async def split(asker: Asker) -> Verdict:
    """See whether reasoning comes in a field of its own."""
    high, none = await at(asker, "high"), await at(asker, "none")
    return judge_split(high, none)


def judge_split(high: Reply, none: Reply) -> Verdict:
    """Say whether a reply at high effort keeps reasoning and answer apart."""
    advice = "Start the server with its reasoning parser (vLLM, SGLang: --reasoning-parser mistral)."
    if found := _MARKER.search(high.text):
        return refuted(
            f"Reasoning is in the answer's text: {found[0]!r} in {shorten(high.text, 60)!r}.", advice
        )
    if high.reasoning:
        if high.text and high.text.strip() == high.reasoning.strip():
            return refuted("The reasoning comes a second time as the answer.", advice)
        if len(high.reasoning) > 20 and high.reasoning.strip() in high.text:
            return refuted("The reasoning stands in the answer's text as well.", advice)
        if not high.text.strip() and high.finish == "stop":
            return refuted("All of it came as reasoning, and no answer.", advice)
        return proved(f"Reasoning in {high.reasoning_field!r}, the answer in content.", high.reasoning_field)
    if (high.reasoning_tokens or 0) > 0:
        return refuted(
            f"{high.reasoning_tokens} reasoning tokens are counted, but no field holds them.", advice
        )
    answer = none.text.strip()
    if answer and high.text.strip() != answer and high.text.strip().endswith(answer) and not none.reasoning:
        return refuted(f"The answer at high is preceded by thoughts: {shorten(high.text, 60)!r}.", advice)
    return undecided("The model did not think, so there is nothing to keep apart.")


async def counts(asker: Asker) -> Verdict:
    """See whether reasoning tokens are counted."""
    high = await at(asker, "high")
    counted = high.reasoning_tokens
    if not high.reasoning:
        return undecided("The model did not think.")
    words = len(high.reasoning.split()) + len(high.text.split())
    if words > 5 and high.completion_tokens is not None and high.completion_tokens < words // 2:
        return refuted(
            f"{words} words of reasoning and answer are said to be {high.completion_tokens} tokens of output.",
            "Reasoning is not in the count of output: budgets and cost reports are too low here.",
        )
    if counted is None:
        return undecided("The server does not count reasoning tokens; agentkit estimates them.")
    if counted == 0 and len(high.reasoning.split()) > 3:
        return refuted(
            f"{len(high.reasoning.split())} words of reasoning are counted as 0 tokens.",
            "Reasoning tokens are wrong here.",
        )
    return proved(f"{counted} reasoning tokens are counted.", counted)


async def back(asker: Asker) -> Verdict:
    """Send reasoning back within a tool loop, in each field that servers know."""
    fields, said = await _fields_that_reach(asker, content="")
    if said:
        return said
    if fields:
        return proved(f"Reasoning sent back in {' or '.join(fields)} reaches the prompt.", fields[0])
    return refuted(
        "Reasoning that is sent back does not reach the prompt, in any field.",
        "The model loses its train of thought between tool calls here.",
    )


async def back_null(asker: Asker) -> Verdict:
    """The same with content null, as most clients send it beside tool calls."""
    fields, said = await _fields_that_reach(asker, content=None)
    if said:
        return said
    if fields:
        return proved("Reasoning survives beside content null.")
    return refuted(
        "Reasoning beside content null is lost, beside an empty string it is kept.",
        "Never send content null (agentkit sends an empty string); other clients on this server lose reasoning.",
    )


async def _fields_that_reach(asker: Asker, content: str | None) -> tuple[list[str], Verdict | None]:
    if asker.refuted("chat.usage"):
        return [], undecided("The server's counts are no evidence.")
    plain = await asker.chat(tool_loop(content=content), max_tokens=4, tools=TOOLS)
    if not plain.ok:
        return [], undecided(f"A conversation with a tool call is refused: {plain.why}")
    if plain.prompt_tokens is None:
        return [], undecided("Beside tools the server counts no tokens.")
    reached: list[str] = []
    most = 0
    for name, fields in _FORMS.items():
        if reached and name not in REASONING_FIELDS:
            break
        reply = await asker.chat(tool_loop(content=content, reasoning=fields), max_tokens=4, tools=TOOLS)
        more = (reply.prompt_tokens or 0) - (plain.prompt_tokens or 0) if reply.ok else 0
        most = max(most, more)
        if more >= 15:
            reached.append(name)
    if not reached and most > 5:
        return [], undecided(f"Reasoning sent back adds only {most} tokens to the prompt.")
    return reached, None


async def back_turn(asker: Asker) -> Verdict:
    """Send back the reasoning of an ordinary turn."""
    if asker.refuted("chat.usage"):
        return undecided("The server's counts are no evidence.")
    found = asker.found("effort.back")
    name = str(found.value) if found is not None and found.value else REASONING_FIELDS[0]
    fields = dict(_FORMS[name])
    if name not in REASONING_FIELDS:
        fields["content"] = [*fields["content"], {"type": "text", "text": "Eight."}]
    said = {"role": "assistant", "content": "Eight."}
    talk = [{"role": "user", "content": "How many?"}, said, {"role": "user", "content": "Sure?"}]
    plain = await asker.chat(talk, max_tokens=4)
    talk[1] = {**said, **fields}
    reply = await asker.chat(talk, max_tokens=4)
    if not plain.ok or not reply.ok:
        return undecided(f"Refused: {(plain if not plain.ok else reply).why}")
    more = (reply.prompt_tokens or 0) - (plain.prompt_tokens or 0)
    if more >= 15:
        return proved(f"The reasoning of an ordinary turn adds {more} tokens to the prompt.", more)
    return undecided("The reasoning of earlier turns is left out of the prompt, as some templates do.")


def has_thought(reply: Reply) -> bool:
    """Whether a reply holds or counts reasoning, wherever it is."""
    return (
        bool(reply.reasoning.strip()) or (reply.reasoning_tokens or 0) > 0 or bool(_MARKER.search(reply.text))
    )


def _measure(reply: Reply) -> str:
    if reply.reasoning_tokens:
        return f"{reply.reasoning_tokens} tokens"
    return f"{len(reply.reasoning.split()) or len(reply.text.split())} words"


_TAKEN = ("effort.accepted",)
PROBES = (
    Probe(id="effort.accepted", question="Are the efforts none and high taken?", needs=("chat.answers",), run=accepted),
    Probe(id="effort.prompt", question="Does the effort change the prompt?", needs=_TAKEN, after=("server.kind",), run=prompt),
    Probe(
        id="effort.thinks", question="Does high effort think?", needs=_TAKEN, after=("effort.prompt", "chat.follows"), run=thinks
    ),
    Probe(
        id="effort.quiet", question="Does effort none answer at once?", needs=_TAKEN, after=("effort.prompt", "chat.follows"),
        run=quiet,
    ),
    Probe(id="effort.unknown", question="Is an effort that MS4 lacks refused?", needs=_TAKEN, run=unknown),
    Probe(id="effort.split", question="Is reasoning kept apart from the answer?", needs=_TAKEN, run=split),
    Probe(id="effort.counted", question="Are reasoning tokens counted?", needs=_TAKEN, run=counts),
    Probe(id="effort.back", question="Does reasoning sent back reach the prompt?", needs=("chat.answers",), after=("chat.usage",), run=back),
    Probe(
        id="effort.back_null", question="Does it so beside content null?", needs=("effort.back",), after=("chat.usage",),
        run=back_null,
    ),
    Probe(
        id="effort.back_turn", question="Does the reasoning of an ordinary turn reach the prompt?", needs=("chat.answers",),
        after=("chat.usage", "effort.back"), run=back_turn,
    ),
)  # fmt: skip
