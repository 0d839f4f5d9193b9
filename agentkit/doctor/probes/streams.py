"""Streams: whole, ended, and saying what the same answer says unstreamed."""

from __future__ import annotations

from typing import Any

from agentkit._util import json
from agentkit.doctor.bench import Asker
from agentkit.doctor.material import (
    ASK_BOTH,
    ASK_WEATHER,
    BRACKETS,
    COUNTING,
    HELLO,
    PLAIN_WORDS,
    TOOLS,
    schema_format,
)
from agentkit.doctor.probe import Probe, Verdict, proved, refuted, undecided
from agentkit.doctor.probes.chat import cut_request
from agentkit.doctor.probes.effort import at, judge_split
from agentkit.doctor.reply import Call, Reply, shorten

_WHOLE = "Do not stream here: Backend(stream=False)."
_NO_TOOLS = (
    "Do not stream with tools here; agentkit takes such answers whole (Profile.stream_with_tools=False)."
)


async def answers(asker: Asker) -> Verdict:
    """Stream the plain answer."""
    reply = await asker.chat(COUNTING, stream=True)
    if not reply.ok:
        return refuted(f"The stream fails: {reply.why}", _WHOLE)
    if not reply.text.strip() and not reply.reasoning:
        return refuted("The stream holds no text.", _WHOLE)
    kind = reply.headers.get("content-type", "")
    if "text/event-stream" not in kind:
        return refuted(f"The stream's content type is {kind or 'missing'!r}.", _WHOLE)
    if reply.oddities:
        return refuted(f"The stream is against the protocol: {'; '.join(reply.oddities[:3])}.", _WHOLE)
    return proved(f"{reply.pieces} pieces of text.", reply.pieces)


async def finish(asker: Asker) -> Verdict:
    """Look for the finish reason."""
    reply = await asker.chat(COUNTING, stream=True)
    if reply.finish in ("stop", "length", "tool_calls"):
        return proved(f"finish_reason is {reply.finish!r}.")
    if reply.finish:
        return refuted(f"finish_reason is {reply.finish!r}, which no client knows.", _WHOLE)
    return refuted(
        "The stream ends without a finish_reason.", f"A stream that broke looks like one that ended. {_WHOLE}"
    )


async def done(asker: Asker) -> Verdict:
    """Look for [DONE]."""
    reply = await asker.chat(COUNTING, stream=True)
    if reply.done:
        return proved("[DONE] ends the stream.")
    return refuted(
        "The stream ends without [DONE].", "agentkit goes by finish_reason; other clients may wait or fail."
    )


async def usage(asker: Asker) -> Verdict:
    """Compare the usage of a stream with that of the same answer unstreamed."""
    stream, whole = await asker.chat(COUNTING, stream=True), await asker.chat(COUNTING)
    if stream.prompt_tokens is None or stream.completion_tokens is None:
        return refuted(
            "stream_options.include_usage was set, and the stream tells no usage.",
            "Streamed runs have estimated costs only.",
        )
    if whole.prompt_tokens is not None and abs(whole.prompt_tokens - stream.prompt_tokens) > 2:
        return refuted(
            f"The same prompt is {whole.prompt_tokens} tokens unstreamed and {stream.prompt_tokens} streamed.",
            "Costs of streamed runs are wrong.",
        )
    if whole.completion_tokens is not None and stream.text == whole.text:
        apart = abs(whole.completion_tokens - stream.completion_tokens)
        if apart > 2 + whole.completion_tokens // 5:
            return refuted(
                f"The same answer is {whole.completion_tokens} tokens unstreamed and {stream.completion_tokens} streamed.",
                "Costs of streamed runs are wrong.",
            )
    return proved(f"{stream.prompt_tokens}+{stream.completion_tokens} tokens.")


async def equal(asker: Asker) -> Verdict:
    """Compare a streamed answer with the same unstreamed, on a text full of brackets and one of words."""
    return _first(
        [
            compare(await asker.chat(prompt), await asker.chat(prompt, stream=True), "streamed")
            for prompt in (COUNTING, BRACKETS)
        ]
    )


async def with_tools(asker: Asker) -> Verdict:
    """The same beside tools."""
    made: list[Verdict] = []
    for choice in ("auto", "none"):
        fields: dict[str, Any] = {"tools": TOOLS, "tool_choice": choice}
        whole = await asker.chat(f"{BRACKETS} Do not call any tool.", **fields)
        stream = await asker.chat(f"{BRACKETS} Do not call any tool.", stream=True, **fields)
        made.append(compare(whole, stream, f"streamed beside tools ({choice})", _NO_TOOLS))
    return _first(made)


async def calls(asker: Asker) -> Verdict:
    """Compare streamed calls with the same unstreamed."""
    made: list[Verdict] = []
    for prompt in (ASK_BOTH, ASK_WEATHER):
        for choice in (None, "required"):
            whole = await asker.chat(prompt, tools=TOOLS, tool_choice=choice)
            stream = await asker.chat(prompt, tools=TOOLS, tool_choice=choice, stream=True)
            made.append(compare_calls(whole, stream))
    whole = await asker.chat(HELLO, tools=TOOLS, tool_choice="required")
    stream = await asker.chat(HELLO, tools=TOOLS, tool_choice="required", stream=True)
    made.append(compare_calls(whole, stream))
    forbidden = await asker.chat(ASK_WEATHER, tools=TOOLS, tool_choice="none", stream=True)
    if forbidden.calls and not asker.refuted("tools.none"):
        made.append(refuted("tool_choice=none is honoured, but not in streams.", _NO_TOOLS))
    return _first(made)


async def flows(asker: Asker) -> Verdict:
    """See whether the pieces come as they are written, or all at once at the end; a busy server may do so now and then."""
    reply = Reply()
    for number in range(3):
        reply = await asker.chat(COUNTING, stream=True, again=number)
        rest = reply.seconds - reply.first
        if not reply.ok or reply.pieces < 10:
            return undecided("The stream has too few pieces.")
        if rest > 0.05:
            return proved(f"The first piece came after {reply.first:.1f} s, the last {rest:.1f} s later.")
        if reply.first < 1.0 or asker.bench.slow:
            return undecided("All of it came too soon to tell, or the server is slow now.")
    return refuted(
        f"{reply.pieces} pieces came all at once after {reply.first:.1f} s, three times: something in between holds streams back.",
        "Switch off its buffering (nginx: proxy_buffering off) and its compression of streams.",
    )


async def reasoning(asker: Asker) -> Verdict:
    """Compare streamed reasoning with the same unstreamed."""
    whole, stream = await at(asker, "high"), await at(asker, "high", stream=True)
    none = await at(asker, "none")
    if not stream.ok:
        return refuted(f"The stream fails: {stream.why}", _WHOLE)
    split = judge_split(stream, none)
    if split.outcome == "refuted":
        return split
    if whole.reasoning and not stream.reasoning:
        return refuted("Unstreamed there is reasoning, streamed there is none.", _WHOLE)
    if stream.reasoning:
        return proved(f"Reasoning is streamed in {stream.reasoning_field!r}.", stream.reasoning_field)
    return undecided("The model did not think.")


async def truncated(asker: Asker) -> Verdict:
    """Cut a streamed answer, and a streamed call."""
    whole, cut, most = await cut_request(asker)
    made: list[Verdict] = []
    text = await asker.chat(COUNTING, max_tokens=most, stream=True)
    call = await asker.chat(ASK_WEATHER, tools=TOOLS, tool_choice="required", max_tokens=3, stream=True)
    if text.ok and cut.ok and len(cut.text.split()) <= most < len(text.text.split()) - 1:
        return refuted(
            f"max_tokens={most} is honoured, but not in a stream: {len(text.text.split())} words came.",
            "Bound streams by a deadline.",
        )
    for reply, shorter in ((text, len(text.text) < len(whole.text)), (call, True)):
        if not reply.ok:
            made.append(undecided(f"No answer: {reply.why}"))
        elif reply.finish == "length":
            made.append(proved("A cut stream says length."))
        elif shorter and (reply is text or not _whole_call(reply)):
            made.append(
                refuted(
                    f"A cut stream says {reply.finish or 'nothing'}: {shorten(reply.short(), 80)}.", _WHOLE
                )
            )
        else:
            made.append(undecided("Nothing was cut."))
    return _first(made)


def _whole_call(reply: Reply) -> bool:
    return bool(reply.calls) and all(_value(call) not in (None, {}) for call in reply.calls)


async def errors(asker: Asker) -> Verdict:
    """Ask for what cannot be, in a stream: the error must show."""
    made: list[Verdict] = []
    broken = schema_format({"type": "no-such-type"})
    wrong: tuple[dict[str, Any], ...] = (
        {"model": "agentkit-doctor/no-such-model"},
        {"response_format": broken},
        {"temperature": "hot"},
    )
    for fields in wrong:
        reply = await asker.chat(PLAIN_WORDS, max_tokens=40, stream=True, **fields)
        if reply.refused:
            made.append(proved(f"An error shows: {reply.why}"))
        elif (
            reply.ok
            and not reply.text
            and not reply.reasoning
            and not reply.calls
            and reply.finish != "length"
        ):
            made.append(
                refuted("A request that cannot be answered gets an empty stream and no error.", _WHOLE)
            )
        elif reply.status == 200 and not reply.ok and not reply.text:
            made.append(refuted(f"A request that cannot be answered gets HTTP 200 and: {reply.why}", _WHOLE))
        else:
            made.append(undecided("The server took a request that is wrong."))
    refuting = [verdict for verdict in made if verdict.outcome == "refuted"]
    proving = [verdict for verdict in made if verdict.outcome == "proved"]
    return (refuting or proving or made)[0]


def compare(whole: Reply, stream: Reply, where: str, advice: str = _WHOLE) -> Verdict:
    """Say whether two replies to the same request say the same."""
    if not whole.ok:
        return undecided(f"No answer: {whole.why}")
    if not stream.ok:
        return refuted(f"Answered whole, but {where} it fails: {stream.why}", advice)
    if whole.calls or stream.calls:
        return compare_calls(whole, stream)
    if whole.text == stream.text:
        return proved(f"The same text, {where}.") if whole.text else undecided("The answer is empty.")
    if not stream.text:
        return refuted(f"The text is missing, {where}.", advice)
    if lost := _lost(whole.text, stream.text):
        return refuted(f"{where}, {lost!r} is lost: {shorten(stream.text, 60)!r}.".capitalize(), advice)
    if len(whole.text) > 8 and whole.text in stream.text:
        return refuted(f"The text comes more than once, {where}: {shorten(stream.text, 60)!r}.", advice)
    if lost := _lost(stream.text, whole.text):
        return refuted(f"{where}, {lost!r} is too much: {shorten(stream.text, 60)!r}.".capitalize(), advice)
    return undecided(f"Another answer came {where}; the model does not repeat itself.")


def _lost(text: str, rest: str) -> str:
    """Return the characters that a text has more than its remainder, or nothing where it is no remainder."""
    lost: list[str] = []
    at = 0
    for character in text:
        if at < len(rest) and rest[at] == character:
            at += 1
        else:
            lost.append(character)
    return shorten("".join(lost), 30) if at == len(rest) and 0 < len(lost) <= max(8, len(text) // 2) else ""


def compare_calls(whole: Reply, stream: Reply) -> Verdict:
    """Say whether two replies to the same request make the same calls."""
    if not whole.ok:
        return undecided(f"No answer: {whole.why}")
    if not stream.ok:
        return refuted(f"Calls come whole, but streamed it fails: {stream.why}", _NO_TOOLS)
    if not whole.calls and not stream.calls:
        return undecided("No call came.")
    for call in stream.calls:
        if _value(call) is None and stream.finish != "length":
            return refuted(
                f"A streamed call's arguments are no JSON: {shorten(call.arguments, 60)!r}.", _NO_TOOLS
            )
        if not call.id or not call.name:
            return refuted("A streamed call has no id or no name.", _NO_TOOLS)
    ids = [call.id for call in stream.calls]
    if len(set(ids)) < len(ids):
        return refuted(f"Two streamed calls have the same id {ids[0]!r}.", _NO_TOOLS)
    if stream.oddities:
        return refuted(f"The stream is against the protocol: {stream.oddities[0]}.", _NO_TOOLS)
    if len(stream.calls) < len(whole.calls):
        return refuted(f"{len(whole.calls)} calls come whole, {len(stream.calls)} streamed.", _NO_TOOLS)
    if stream.calls and stream.finish == "stop" and whole.finish == "tool_calls":
        return refuted("Streamed calls end with finish_reason stop.", _NO_TOOLS)
    before = [(call.name, _value(call)) for call in whole.calls]
    if before == [(call.name, _value(call)) for call in stream.calls]:
        return proved(f"The same {len(ids)} call{'s' * (len(ids) > 1)}, streamed and whole.", len(ids))
    return undecided("Other calls came streamed; the model does not repeat itself.")


def _value(call: Call) -> object:
    try:
        return json.loads(call.arguments)
    except ValueError:
        return None


def _first(verdicts: list[Verdict]) -> Verdict:
    """Return the first that is refuted, else the first that is proved, else the first."""
    order = ("refuted", "proved", "undecided")
    return min(verdicts, key=lambda verdict: order.index(verdict.outcome))


_STREAM = ("stream.answers",)
PROBES = (
    Probe(
        id="stream.answers", question="Does a stream bring an answer?", needs=("chat.answers",), run=answers
    ),
    Probe(id="stream.finish", question="Does a stream say why it ended?", needs=_STREAM, run=finish),
    Probe(id="stream.done", question="Does [DONE] end a stream?", needs=_STREAM, run=done),
    Probe(id="stream.flows", question="Does a stream come as it is written?", needs=_STREAM, run=flows),
    Probe(id="stream.usage", question="Does a stream tell its usage?", needs=_STREAM, run=usage),
    Probe(
        id="stream.equal", question="Does a stream say what the whole answer says?", needs=_STREAM, run=equal
    ),
    Probe(id="stream.with_tools", question="Does it so beside tools?", needs=_STREAM, run=with_tools),
    Probe(
        id="stream.calls",
        question="Are streamed calls whole?",
        needs=_STREAM,
        after=("tools.none",),
        run=calls,
    ),
    Probe(
        id="stream.reasoning",
        question="Is streamed reasoning kept apart?",
        needs=(*_STREAM, "effort.accepted"),
        run=reasoning,
    ),
    Probe(
        id="stream.truncated",
        question="Does a cut stream say that it was cut?",
        needs=(*_STREAM, "chat.max_tokens"),
        run=truncated,
    ),
    Probe(
        id="stream.errors", question="Does an error show in a stream?", needs=("chat.answers",), run=errors
    ),
)
