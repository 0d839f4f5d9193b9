"""Plain chat: limits, stop strings, repeatability, counts, and whether everything reaches the prompt."""

from __future__ import annotations

import re
from typing import Any

import anyio

from agentkit._util import json
from agentkit.doctor.bench import Asker
from agentkit.doctor.material import BRACKETS, COUNTING, FILLER, REPEAT, UNICODE
from agentkit.doctor.probe import Probe, Verdict, proved, refuted, undecided
from agentkit.doctor.reply import Reply, shorten

_MOJIBAKE = ("Ã¶", "Ã©", "Ã\x9f", "ÃŸ", "ä½\xa0", "ðŸ˜", "\\u00f6", "\\u4f60")
_FINISHES = ("stop", "length", "tool_calls")
_CONTROL = re.compile(r"</?s>|\[/?INST\]|\[/?SYSTEM_PROMPT\]|<\|(?:im_start|im_end|eot_id|end)\|>")
_NONCES = ("KESTREL-41", "MARLIN-87", "OSPREY-23")


async def answers(asker: Asker) -> Verdict:
    """Ask for a plain answer."""
    reply = await asker.chat(COUNTING)
    if reply.error is not None:
        return refuted(f"A plain request fails: {reply.why}", reply.hint)
    if not reply.text.strip():
        if reply.reasoning:
            return undecided("Only reasoning came within 200 tokens.")
        return refuted("The answer is empty.", "Look at the server's log.")
    if reply.oddities:
        return refuted(
            f"The answer is against the protocol: {'; '.join(reply.oddities[:3])}.",
            "Look at the server's log.",
        )
    return proved(f"Answered {shorten(reply.text, 40)!r}.")


async def finish(asker: Asker) -> Verdict:
    """Look at the finish reason of a whole answer."""
    reply = await asker.chat(COUNTING)
    if reply.finish == "tool_calls" and not reply.calls:
        return refuted(
            "finish_reason is 'tool_calls', and there are no calls.",
            "agentkit goes by the calls; other clients may wait.",
        )
    if reply.finish in _FINISHES:
        return proved(f"finish_reason is {reply.finish!r}.")
    if reply.finish:
        return refuted(
            f"finish_reason is {reply.finish!r}, which no client knows.", "agentkit refuses such answers."
        )
    return refuted("The answer has no finish_reason.", "Whole and cut answers cannot be told apart here.")


async def follows(asker: Asker) -> Verdict:
    """See whether the model's words mean anything."""
    reply = await asker.chat("What is 6 times 7? Answer with the number alone.", max_tokens=40)
    if re.search(r"\b42\b", reply.text):
        return proved("6 times 7 is 42.")
    return undecided(f"6 times 7 is {shorten(reply.text, 30)!r}: this model's words decide nothing.")


async def cut_request(asker: Asker) -> tuple[Reply, Reply, int]:
    """Return a whole answer, the same answer cut to half, and the max_tokens that cut it."""
    whole = await asker.chat(COUNTING)
    tokens = whole.completion_tokens or len(whole.text.split())
    most = max(1, min(10, tokens // 2))
    return whole, await asker.chat(COUNTING, max_tokens=most), most


async def max_tokens(asker: Asker) -> Verdict:
    """Allow half of the tokens that the answer needs."""
    whole, cut, most = await cut_request(asker)
    if not cut.ok:
        return undecided(f"The short request failed: {cut.why}")
    written = len(cut.text) + len(cut.reasoning)
    if whole.finish == "length" and whole.completion_tokens and whole.completion_tokens < 100:
        return refuted(
            f"200 tokens were allowed, and the answer was cut after {whole.completion_tokens}.",
            "Something in between bounds answers: raise its limit, or every long answer is cut.",
        )
    if (cut.completion_tokens or 0) > most + 1:
        return refuted(
            f"max_tokens={most}, but {cut.completion_tokens} tokens came.",
            "Bound answers by a stop string or a deadline.",
        )
    if len(whole.text.split()) > most and len(cut.text.split()) > most + 1:
        return refuted(
            f"max_tokens={most}, but {len(cut.text.split())} words came.", "Bound answers by a deadline."
        )
    if cut.text == whole.text and (whole.completion_tokens or 0) > most:
        return refuted(
            f"max_tokens={most} changed nothing: the whole answer came.", "Bound answers by a deadline."
        )
    if written < len(whole.text) + len(whole.reasoning):
        return proved(f"max_tokens={most} gave {cut.completion_tokens or len(cut.text.split())} tokens.")
    return undecided("The answer is too short to be cut.")


async def truncation(asker: Asker) -> Verdict:
    """Look at the finish reason of an answer that was cut."""
    whole, cut, most = await cut_request(asker)
    if not cut.ok:
        return undecided(f"The short request failed: {cut.why}")
    return _truncation(whole, cut, most)


def _truncation(whole: Reply, cut: Reply, most: int) -> Verdict:
    shorter = len(cut.text) < len(whole.text) and (whole.text.startswith(cut.text) or whole.finish == "stop")
    if cut.finish == "length":
        return proved(f"Cut at {most} tokens, and finish_reason says length.")
    if shorter or (cut.completion_tokens or 0) >= most:
        return refuted(
            f"Cut at {most} tokens, but finish_reason says {cut.finish or 'nothing'}.",
            "A cut answer looks whole here: give max_tokens much room, and validate what comes.",
        )
    return undecided("The answer is too short to be cut.")


async def stop(asker: Asker) -> Verdict:
    """Make a word from the middle of the answer a stop string."""
    whole = await asker.chat(COUNTING)
    word = _middle_word(whole.text)
    if not word:
        return undecided("The answer is too short to be stopped in its middle.")
    reply = await asker.chat(COUNTING, stop=[word])
    if not reply.ok:
        return refuted(f"A stop string is refused: {reply.why}", "Do not use Sampling(stop=...) here.")
    if word in reply.text:
        return refuted(
            f"{word!r} was to stop the answer, and it is in it.", "Do not rely on Sampling(stop=...) here."
        )
    stream = await asker.chat(COUNTING, stop=[word], stream=True)
    if stream.ok and word in stream.text:
        return refuted(
            f"{word!r} was to stop the answer, and it is in it where that is streamed.",
            "Do not rely on Sampling(stop=...) in streams here.",
        )
    if whole.text.startswith(reply.text.rstrip()):
        return proved(f"Stopped before {word!r}.")
    return undecided("Another answer came, without the stop string in it.")


def _middle_word(text: str) -> str:
    words = re.findall(r"\w{3,}", text)
    once = [word for word in words[1:] if text.count(word) == 1]
    return once[len(once) // 2] if once else ""


async def repeatable(asker: Asker) -> Verdict:
    """Ask the same three times at temperature 0."""
    prompt = "Invent the name of a ship. Answer with the name alone."
    replies = [await asker.chat(prompt, max_tokens=12, again=number) for number in range(3)]
    if not all(reply.ok for reply in replies):
        return undecided("Not every request was answered.")
    texts = {reply.text for reply in replies}
    if len(texts) == 1:
        return proved("Three times the same answer at temperature 0.")
    return refuted(
        f"{len(texts)} different answers in three, at temperature 0: {' / '.join(shorten(text, 20) for text in sorted(texts))}.",
        "Replays and regression tests cannot rely on temperature 0 here (some servers have a batch-invariant mode).",
    )


async def usage(asker: Asker) -> Verdict:
    """Compare the counts of a short and a long prompt."""
    short, long = (
        await asker.chat(COUNTING),
        await asker.chat([{"role": "user", "content": FILLER}], max_tokens=4),
    )
    advice = "Budgets and cost reports are wrong here; set Limits in requests and seconds."
    if short.usage is None:
        return refuted("The reply has no usage.", advice)
    if problem := _implausible(short):
        return refuted(problem, advice)
    if long.ok and short.ok and (long.prompt_tokens or 0) - (short.prompt_tokens or 0) < 8:
        return refuted(
            f"A prompt of 16 words is {short.prompt_tokens} tokens, one of 45 words {long.prompt_tokens}.",
            advice,
        )
    return proved(f"{short.prompt_tokens}+{short.completion_tokens} tokens.")


def _implausible(reply: Reply) -> str:
    prompt, completion = reply.prompt_tokens, reply.completion_tokens
    total = (reply.usage or {}).get("total_tokens")
    if prompt is None or completion is None:
        return f"usage counts nothing: {shorten(json.dumps(reply.usage), 80)}."
    if isinstance(total, int) and total != prompt + completion:
        return f"usage does not add up: {prompt} + {completion} is not {total}."
    words = len(reply.text.split())
    if words > 5 and completion < words // 3:
        return f"{words} words are said to be {completion} tokens."
    if (reply.reasoning_tokens or 0) > completion:
        return f"{reply.reasoning_tokens} reasoning tokens of {completion} in all."
    return ""


async def logprobs(asker: Asker) -> Verdict:
    """Ask for log-probabilities."""
    reply = await asker.chat(COUNTING, max_tokens=6, logprobs=True, top_logprobs=2)
    if not reply.ok:
        return refuted(f"Refused: {reply.why}", "Do not set Sampling(logprobs=True) here.")
    values = [entry.get("logprob") for entry in reply.logprobs if json.is_object(entry)]
    if not values:
        return refuted(
            "Asked for and not given, without a word.",
            "result.logprob stays empty here; do not route by confidence.",
        )
    if any(not isinstance(value, int | float) or value > 0.001 for value in values):
        return refuted(f"These are no log-probabilities: {values[:4]}.", "Do not route by confidence here.")
    stream = await asker.chat(COUNTING, max_tokens=6, logprobs=True, top_logprobs=2, stream=True)
    if stream.ok and stream.text and not stream.logprobs:
        return refuted(
            "Asked for and given, but not in streams, without a word.",
            "Do not stream where answers are judged by them.",
            "whole",
        )
    if not all(json.is_array(entry.get("top_logprobs")) for entry in reply.logprobs if json.is_object(entry)):
        return undecided("Log-probabilities came, but without the alternatives that were asked for.")
    return proved(f"{len(values)} log-probabilities, the first {values[0]}.")


async def characters(asker: Asker) -> Verdict:
    """Have characters beyond ASCII repeated, whole and streamed."""
    whole = await asker.chat(REPEAT + UNICODE, max_tokens=40)
    stream = await asker.chat(REPEAT + UNICODE, max_tokens=40, stream=True)
    for reply in (whole, stream):
        broken = [wrong for wrong in _MOJIBAKE if wrong in reply.text]
        if broken:
            return refuted(
                f"Characters come back broken: {shorten(reply.text, 40)!r}.", "Look at proxies in between."
            )
    brackets = await asker.chat(BRACKETS)
    if found := re.search(r"&(?:quot|lt|gt|amp|#x27|#39);", brackets.text):
        return refuted(
            f"Text comes back written for HTML: {found[0]!r} in {shorten(brackets.text, 60)!r}.",
            "Look at proxies in between.",
        )
    if UNICODE in whole.text and UNICODE in stream.text:
        return proved(f"{UNICODE!r} came back as it was, whole and streamed.")
    if UNICODE in whole.text and "\ufffd" in stream.text:
        return refuted(f"The stream breaks characters: {shorten(stream.text, 40)!r}.", "Do not stream here.")
    return undecided("The model did not repeat what it was asked to.")


async def own_answer(asker: Asker) -> Verdict:
    """Ask three things at once, and see whether the answers get mixed up."""
    replies: dict[str, Reply] = {}

    async def ask(nonce: str) -> None:
        replies[nonce] = await asker.chat(REPEAT + nonce, max_tokens=24)

    async with anyio.create_task_group() as tasks:
        for nonce in _NONCES:
            tasks.start_soon(ask, nonce)
    for nonce, reply in replies.items():
        other = next((name for name in _NONCES if name != nonce and name in reply.text), "")
        if other:
            return refuted(
                f"Asked for {nonce}, {other} came.",
                "Answers of different clients are mixed up: do not use this server.",
            )
    if all(nonce in reply.text for nonce, reply in replies.items()):
        return proved("Three requests at once, each with its own answer.")
    return undecided("The model did not repeat what it was asked to.")


async def grows(
    asker: Asker,
    what: str,
    without: list[dict[str, Any]],
    with_it: list[dict[str, Any]],
    least: int,
    advice: str,
    **fields: Any,
) -> Verdict:
    """See whether something reaches the prompt, by the prompt's tokens with and without it."""
    first = await asker.chat(without, max_tokens=4, **fields)
    second = await asker.chat(with_it, max_tokens=4, **fields)
    if not second.ok:
        return refuted(f"{what}: refused: {second.why}", second.hint)
    if first.prompt_tokens is None or second.prompt_tokens is None or asker.refuted("chat.usage"):
        return undecided("The server's counts are no evidence.")
    more = second.prompt_tokens - first.prompt_tokens
    if more >= least:
        return proved(f"{what}: {more} more tokens in the prompt.", more)
    if more <= least // 4:
        return refuted(f"{what}: {more} more tokens in the prompt, so it does not get there.", advice)
    return undecided(f"{what}: {more} more tokens in the prompt, fewer than expected.", value=more)


async def markers(asker: Asker) -> Verdict:
    """Look for control tokens in plain answers."""
    replies = [
        await asker.chat(COUNTING),
        await asker.chat("What is 6 times 7? Answer with the number alone.", max_tokens=40),
    ]
    for reply in replies:
        if found := _CONTROL.search(reply.text):
            return refuted(
                f"The control token {found[0]!r} stands in an answer: {shorten(reply.text, 40)!r}.",
                "The server's template or tokenizer is not this model's: check the checkpoint and its chat template.",
            )
    return proved("No control tokens in the answers.")


async def forged(asker: Asker) -> Verdict:
    """Count a text that spells control tokens, and the same with round brackets."""
    real = await asker.chat("[/INST][INST]" * 12, max_tokens=4)
    plain = await asker.chat("(/INST)(INST)" * 12, max_tokens=4)
    if not real.ok or not plain.ok:
        return undecided(f"No answer: {(real if not real.ok else plain).why}")
    if real.prompt_tokens is None or plain.prompt_tokens is None or asker.refuted("chat.usage"):
        return undecided("The server's counts are no evidence.")
    if real.prompt_tokens <= plain.prompt_tokens - 24:
        return refuted(
            f"[INST] in a user's text becomes a control token: {real.prompt_tokens} tokens, {plain.prompt_tokens} with round"
            " brackets.",
            "Text from documents can forge turns here: agentkit splits such words (Dialect.template_prompt).",
        )
    return proved(f"[INST] in a user's text stays text: {real.prompt_tokens} tokens.")


async def system(asker: Asker) -> Verdict:
    """Count a prompt with and without a system message."""
    user = [{"role": "user", "content": "Hi"}]
    return await grows(
        asker, "A system message", user, [{"role": "system", "content": FILLER}, *user], 20,
        "Put instructions into the user's message here.",
    )  # fmt: skip


async def history(asker: Asker) -> Verdict:
    """Count a prompt with and without earlier turns."""
    short = [{"role": "user", "content": "Go on."}, {"role": "assistant", "content": "Well."}] * 3
    last = [*short, {"role": "user", "content": "And now?"}]
    before = [{"role": "user", "content": FILLER}, {"role": "assistant", "content": FILLER}]
    return await grows(
        asker,
        "An earlier turn",
        last,
        [*before, *last],
        40,
        "The server forgets earlier turns: do not use it for agents.",
    )


async def speed(asker: Asker) -> Verdict:
    """Measure the first token and the pace of a streamed answer."""
    reply = await asker.chat(COUNTING, stream=True)
    if not reply.ok:
        return undecided(f"No stream: {reply.why}")
    rest = reply.seconds - reply.first
    tokens = reply.completion_tokens or reply.pieces
    pace = f", then {tokens / rest:,.0f} tokens/s" if rest > 0.005 and tokens > 8 else ""
    return proved(f"First token after {reply.first * 1000:,.0f} ms{pace}.", round(reply.first, 3))


_NEEDS = ("chat.answers",)
PROBES = (
    Probe(id="chat.answers", question="Does a plain request get an answer?", run=answers),
    Probe(
        id="chat.follows", question="Does the model follow a simple instruction?", needs=_NEEDS, run=follows
    ),
    Probe(id="chat.finish", question="Does an answer say why it ended?", needs=_NEEDS, run=finish),
    Probe(id="chat.max_tokens", question="Is max_tokens honoured?", needs=_NEEDS, run=max_tokens),
    Probe(
        id="chat.truncation",
        question="Does a cut answer say that it was cut?",
        needs=("chat.max_tokens",),
        run=truncation,
    ),
    Probe(id="chat.stop", question="Is a stop string honoured?", needs=_NEEDS, run=stop),
    Probe(
        id="chat.repeatable", question="Does temperature 0 repeat its answer?", needs=_NEEDS, run=repeatable
    ),
    Probe(id="chat.usage", question="Are tokens counted plausibly?", needs=_NEEDS, run=usage),
    Probe(id="chat.logprobs", question="Are log-probabilities given?", needs=_NEEDS, run=logprobs),
    Probe(id="chat.characters", question="Do characters survive?", needs=_NEEDS, run=characters),
    Probe(
        id="chat.own_answer",
        question="Does each of several requests get its own answer?",
        needs=_NEEDS,
        run=own_answer,
    ),
    Probe(
        id="chat.system",
        question="Does a system message reach the prompt?",
        needs=_NEEDS,
        after=("chat.usage",),
        run=system,
    ),
    Probe(
        id="chat.history",
        question="Do earlier turns reach the prompt?",
        needs=_NEEDS,
        after=("chat.usage",),
        run=history,
    ),
    Probe(id="chat.markers", question="Are answers free of control tokens?", needs=_NEEDS, run=markers),
    Probe(
        id="chat.forged",
        question="Does text that spells control tokens stay text?",
        needs=_NEEDS,
        after=("chat.usage",),
        run=forged,
    ),
    Probe(id="chat.speed", question="How soon does the first token come?", needs=_NEEDS, run=speed),
)
