"""Structured output: is the schema enforced, and where is it silently not."""

from __future__ import annotations

from typing import Any

from agentkit._util import json
from agentkit.doctor.bench import Asker
from agentkit.doctor.material import OTHER_JSON, PLAIN_WORDS, SCHEMA, TOOLS, schema_format
from agentkit.doctor.probe import Probe, Verdict, proved, refuted, undecided
from agentkit.doctor.reply import Reply, shorten
from agentkit.schema.check import compile_check

_ADVICE = "agentkit writes the schema into the prompt and validates the answer; expect to pay for re-asks."
_ARRAY = {
    "type": "object",
    "properties": {
        "ids": {
            "type": "array",
            "items": {"type": "integer"},
            "minItems": 3,
            "maxItems": 3,
            "uniqueItems": True,
        }
    },
    "required": ["ids"],
    "additionalProperties": False,
}
_SAME = 'Write exactly this JSON and nothing else: {"ids": [7, 7, 7]}'
_NESTED = {
    "type": "object",
    "properties": {
        "place": SCHEMA,
        "times": {
            "type": "array",
            "items": {"type": "string", "enum": ["day", "night"]},
            "minItems": 1,
            "maxItems": 2,
        },
    },
    "required": ["place", "times"],
    "additionalProperties": False,
}
_WRONG_WITHIN = 'Write exactly this JSON and nothing else: {"place": {"mood": "furious"}, "times": ["noon"]}'
_BROKEN = {"type": "no-such-type"}


def verdict_on(reply: Reply, schema: dict[str, Any], where: str) -> Verdict:
    """Say whether an answer that was asked for in other words obeys the schema all the same."""
    if not reply.ok:
        return refuted(f"A schema {where} fails: {reply.why}", reply.hint)
    text = reply.text.strip()
    if reply.calls and not text:
        return undecided("The model called a tool in place of an answer.")
    if problem := problem_of(text, schema):
        if reply.finish == "length" and text[:1] in ("{", ""):
            return undecided(f"The answer was cut before it was whole: {shorten(text, 40)!r}.")
        return refuted(f"Not enforced {where}: {problem}", _ADVICE)
    return proved(f"Enforced {where}: {shorten(text, 60)}")


def problem_of(text: str, schema: dict[str, Any]) -> str:
    """Say in what way a text is no instance of a schema, or return an empty string."""
    try:
        value = json.loads(text)
    except ValueError:
        return f"{shorten(text, 60)!r} is no JSON."
    problems = compile_check(schema).problems(value)
    return f"{shorten(text, 60)}: {problems[0]}." if problems else ""


async def _both(asker: Asker, where: str, **fields: Any) -> Verdict:
    """Ask for something else in two ways: in plain words, and as JSON of another shape."""
    made: list[Verdict] = []
    for prompt in (PLAIN_WORDS, OTHER_JSON):
        reply = await asker.chat(prompt, response_format=schema_format(SCHEMA), **fields)
        made.append(verdict_on(reply, SCHEMA, where))
    return worst(made)


def worst(verdicts: list[Verdict]) -> Verdict:
    """Return the first that is refuted, else the first that is undecided, else the first."""
    order = ("refuted", "undecided", "proved")
    return min(verdicts, key=lambda verdict: order.index(verdict.outcome))


async def enforced(asker: Asker) -> Verdict:
    """Ask for something that the schema forbids."""
    return await _both(asker, "without reasoning", reasoning_effort=_effort(asker, "none"))


async def with_reasoning(asker: Asker) -> Verdict:
    """The same at high effort."""
    return await _both(asker, "after reasoning", reasoning_effort=_effort(asker, "high"), max_tokens=1000)


async def with_tools(asker: Asker) -> Verdict:
    """The same beside tools that need not be called."""
    made: list[Verdict] = []
    for prompt in (f"{PLAIN_WORDS} Do not call any tool.", f"{OTHER_JSON} Do not call any tool."):
        reply = await asker.chat(prompt, response_format=schema_format(SCHEMA), tools=TOOLS)
        if reply.refused:
            return proved(f"A schema beside tools is refused aloud: {reply.why}", "refused")
        made.append(verdict_on(reply, SCHEMA, "beside tools"))
    return worst(made)


async def streamed(asker: Asker) -> Verdict:
    """The same in a stream."""
    return await _both(asker, "in a stream", stream=True)


async def nested(asker: Asker) -> Verdict:
    """Ask for what the schema forbids within an object and an array."""
    made: list[Verdict] = []
    for prompt in (PLAIN_WORDS, _WRONG_WITHIN):
        reply = await asker.chat(prompt, response_format=schema_format(_NESTED))
        made.append(verdict_on(reply, _NESTED, "within objects and arrays"))
    return worst(made)


async def keywords(asker: Asker) -> Verdict:
    """Use a keyword that grammars do not know, and ask for what it forbids."""
    reply = await asker.chat(_SAME, response_format=schema_format(_ARRAY))
    if reply.refused:
        return proved(f"uniqueItems is refused aloud: {reply.why}", "refused")
    verdict = verdict_on(reply, _ARRAY, "as to uniqueItems")
    if verdict.outcome == "refuted":
        return refuted(
            f"A keyword that the grammar does not know is ignored without a word: {shorten(reply.text, 60)}",
            "Validate every answer against the whole schema, as agentkit does.",
        )
    return verdict


async def broken(asker: Asker) -> Verdict:
    """Send a schema that is none."""
    reply = await asker.chat(PLAIN_WORDS, max_tokens=40, response_format=schema_format(_BROKEN))
    if reply.refused:
        return proved(f"Refused: {reply.why}")
    if not reply.ok:
        return undecided(f"No answer: {reply.why}")
    try:
        json.loads(reply.text)
    except ValueError:
        if reply.finish == "length":
            return undecided("A schema that is none is taken; the answer was cut.")
        return refuted(
            f"A schema that is none is ignored without a word: {shorten(reply.text, 40)!r}.",
            "Validate every answer, as agentkit does.",
        )
    return undecided("A schema that is none is taken, and JSON comes.")


async def truncated(asker: Asker) -> Verdict:
    """Cut an answer with a schema."""
    reply = await asker.chat(
        PLAIN_WORDS,
        max_tokens=3,
        response_format=schema_format(SCHEMA),
        reasoning_effort=_effort(asker, "none"),
    )
    if not reply.ok:
        return undecided(f"No answer: {reply.why}")
    if reply.finish == "length":
        return proved(f"Cut at 3 tokens, and finish_reason says length: {shorten(reply.text, 20)!r}.")
    if problem_of(reply.text.strip(), SCHEMA):
        return refuted(
            f"Cut at 3 tokens, but finish_reason says {reply.finish or 'nothing'}: {shorten(reply.text, 30)!r}.",
            "A cut answer looks whole here: validate what comes, as agentkit does.",
        )
    return undecided("The whole answer came in spite of max_tokens=3.")


async def legacy(asker: Asker) -> Verdict:
    """Send the field that older vLLM versions knew."""
    reply = await asker.chat(PLAIN_WORDS, guided_json=SCHEMA)
    if reply.refused:
        return proved(f"guided_json is refused aloud: {reply.why}", "refused")
    if reply.ok and not problem_of(reply.text.strip(), SCHEMA):
        return proved("guided_json is still honoured.", "honoured")
    return undecided(
        "guided_json is ignored without a word; send response_format, as agentkit does.", value="ignored"
    )


def _effort(asker: Asker, effort: str) -> str | None:
    """Return an effort to send, where the server takes any."""
    return None if asker.refuted("effort.accepted") else effort


_ENFORCED, _EFFORT = ("schema.enforced",), ("effort.accepted",)
PROBES = (
    Probe(
        id="schema.enforced",
        question="Is a schema enforced?",
        needs=("chat.answers",),
        after=_EFFORT,
        run=enforced,
    ),
    Probe(
        id="schema.with_reasoning",
        question="Is it enforced after reasoning?",
        needs=_ENFORCED,
        after=_EFFORT,
        run=with_reasoning,
    ),
    Probe(
        id="schema.with_tools",
        question="Is it enforced beside tools, or refused aloud?",
        needs=_ENFORCED,
        run=with_tools,
    ),
    Probe(id="schema.streamed", question="Is it enforced in a stream?", needs=_ENFORCED, run=streamed),
    Probe(
        id="schema.nested", question="Is it enforced within objects and arrays?", needs=_ENFORCED, run=nested
    ),
    Probe(
        id="schema.keywords",
        question="Are unknown keywords honoured, or refused aloud?",
        needs=_ENFORCED,
        run=keywords,
    ),
    Probe(id="schema.broken", question="Is a broken schema refused?", needs=_ENFORCED, run=broken),
    Probe(
        id="schema.truncated",
        question="Does a cut answer with a schema say so?",
        needs=_ENFORCED,
        after=_EFFORT,
        run=truncated,
    ),
    Probe(
        id="schema.legacy",
        question="Is guided_json honoured, or refused aloud?",
        needs=("chat.answers",),
        run=legacy,
    ),
)
