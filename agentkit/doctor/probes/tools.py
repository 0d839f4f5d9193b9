"""Tools: calls, their arguments and ids, tool_choice, several calls, cut calls, results."""

from __future__ import annotations

from agentkit._util import json
from agentkit.backends.catalog import PROFILES
from agentkit.doctor.bench import Asker
from agentkit.doctor.material import (
    ASK_BOTH,
    ASK_WEATHER,
    FILLER,
    HELLO,
    TIME,
    TOOLS,
    WEATHER,
    tool_loop,
)
from agentkit.doctor.probe import Probe, Verdict, proved, refuted, undecided
from agentkit.doctor.probes.chat import grows
from agentkit.doctor.reply import Call, Reply, shorten
from agentkit.schema.check import compile_check

_PARSER = (
    "Start the server with its tool-call parser (vLLM: --enable-auto-tool-choice --tool-call-parser mistral)."
)
_MANY = 12  # a result of 2,000 characters
_CHECKED = "agentkit checks every call against its schema and tells the model what is wrong."
_BY_NAME = {tool["function"]["name"]: tool["function"]["parameters"] for tool in TOOLS}


async def sent(asker: Asker) -> Verdict:
    """Count a prompt with and without tools."""
    user = [{"role": "user", "content": HELLO}]
    plain = await asker.chat(user, max_tokens=4)
    reply = await asker.chat(user, max_tokens=4, tools=TOOLS)
    if not reply.ok:
        return refuted(f"Tools are refused: {reply.why}", reply.hint)
    if plain.prompt_tokens is not None and reply.prompt_tokens is None:
        return refuted(
            "Beside tools the reply has no usage.", "Costs of steps with tools are estimated only."
        )
    if plain.prompt_tokens is None or reply.prompt_tokens is None or asker.refuted("chat.usage"):
        return undecided("The server's counts are no evidence.")
    more = reply.prompt_tokens - plain.prompt_tokens
    one = await asker.chat(user, max_tokens=4, tools=TOOLS[:1])
    if more >= 20 and one.prompt_tokens is not None and reply.prompt_tokens - one.prompt_tokens < 8:
        return refuted(
            f"One tool adds as many tokens as two ({more}): the second does not get there.",
            "Offer one tool at a time here.",
        )
    if more >= 20:
        return proved(f"Two tools add {more} tokens to the prompt.", more)
    return refuted(f"Two tools add {more} tokens to the prompt: they do not get there.", _PARSER)


async def called(asker: Asker) -> Verdict:
    """Ask for a call, and leave the choice to the model."""
    reply = await asker.chat(ASK_WEATHER, tools=TOOLS)
    if not reply.ok:
        return refuted(f"A request with tools fails: {reply.why}", reply.hint)
    if reply.calls:
        return proved(f"Called {_shown(reply.calls)}.")
    if any(
        mark in reply.text
        for mark in ("[TOOL_CALLS]", "[ARGS]", "<tool_call>", '"arguments"', "get_weather(", "get_weather{")
    ):
        return refuted(f"The call comes as text: {shorten(reply.text, 60)!r}.", _PARSER)
    if asker.proved("chat.follows"):
        required = await asker.chat(ASK_WEATHER, tools=TOOLS, tool_choice="required")
        if not required.calls:
            return refuted(
                "A model that follows instructions makes no call, neither asked nor required.", _PARSER
            )
    return undecided("The model answered in words.")


async def required(asker: Asker) -> Verdict:
    """Require a call where the prompt wants none."""
    reply = await _required(asker)
    if not reply.ok:
        return refuted(f"tool_choice=required fails: {reply.why}", "Leave tool_choice at auto here.")
    if reply.calls:
        return proved(f"Called {_shown(reply.calls)}.")
    if reply.finish == "length":
        return undecided("Words until max_tokens, and no call.")
    return refuted(
        f"tool_choice=required, and words came: {shorten(reply.text, 40)!r}.",
        "Do not rely on tool_choice=required here.",
    )


async def _required(asker: Asker) -> Reply:
    return await asker.chat(HELLO, tools=TOOLS, tool_choice="required")


async def choice_none(asker: Asker) -> Verdict:
    """Forbid calls where the prompt wants one."""
    reply = await asker.chat(ASK_WEATHER, tools=TOOLS, tool_choice="none")
    if not reply.ok:
        return refuted(
            f"tool_choice=none fails: {reply.why}", "Leave the tools out where none may be called."
        )
    if reply.calls:
        return refuted(
            f"tool_choice=none, and {_shown(reply.calls)} was called.",
            "Leave the tools out where none may be called.",
        )
    return proved(f"Words, no call: {shorten(reply.text, 40)!r}.")


async def named(asker: Asker) -> Verdict:
    """Name a tool that the prompt does not want."""
    choice = {"type": "function", "function": {"name": "get_time"}}
    advice = "Offer only the tool that must be called, with tool_choice=required."
    reply = await asker.chat(ASK_WEATHER, tools=TOOLS, tool_choice=choice)
    if not reply.ok:
        return refuted(f"A named tool_choice fails: {reply.why}", advice)
    names = [call.name for call in reply.calls]
    if names and all(name == "get_time" for name in names):
        return proved("get_time was named, and called.")
    if not names and reply.finish == "length":
        return undecided("Words until max_tokens, and no call.")
    return refuted(f"get_time was named, and {', '.join(names) or 'nothing'} was called.", advice)


async def finish(asker: Asker) -> Verdict:
    """Look at the finish reason of a call."""
    reply = await _some_call(asker)
    if not reply.calls:
        return undecided("No call came.")
    if reply.finish in ("tool_calls", "function_call"):
        return proved("finish_reason is tool_calls.")
    return refuted(
        f"A call came with finish_reason {reply.finish or 'none'!r}.",
        "agentkit goes by the calls; other clients may miss them.",
    )


async def arguments(asker: Asker) -> Verdict:
    """Look at the arguments of calls."""
    replies = [await asker.chat(ASK_WEATHER, tools=TOOLS), await _required(asker)]
    calls = [call for reply in replies if reply.finish != "length" for call in reply.calls]
    if not calls:
        return undecided("No call came.")
    for call in calls:
        if problem := _problem_with(call):
            return refuted(problem, _CHECKED)
    return proved(f"Arguments are JSON objects, as text: {shorten(calls[0].arguments, 60)}")


def _problem_with(call: Call) -> str:
    if not call.name:
        return "A call has no name."
    if call.name not in _BY_NAME:
        return f"A tool that was not offered is called: {call.name!r}."
    if not call.raw:
        return f"The arguments of {call.name} come as data and not as text."
    try:
        value = call.value()
    except ValueError:
        return f"The arguments of {call.name} are no JSON: {shorten(call.arguments, 60)!r}."
    if isinstance(value, str):
        return f"The arguments of {call.name} are encoded twice: {shorten(call.arguments, 60)}."
    return (
        ""
        if json.is_object(value)
        else f"The arguments of {call.name} are no object: {shorten(call.arguments, 60)}."
    )


async def strict(asker: Asker) -> Verdict:
    """Ask for arguments that the schema forbids."""
    prompt = 'Call get_weather with exactly these arguments: {"city": 5, "unit": "kelvin", "extra": 1}'
    reply = await asker.chat(prompt, tools=[WEATHER, TIME], tool_choice="required")
    if not reply.ok:
        return undecided(f"No answer: {reply.why}")
    if not reply.calls or reply.finish == "length":
        return undecided("No whole call came.")
    for call in reply.calls:
        if call.name not in _BY_NAME:
            return refuted(f"A tool that was not offered is called: {call.name!r}.", _CHECKED)
        try:
            problems = compile_check(_BY_NAME[call.name]).problems(call.value())
        except ValueError:
            return refuted(f"The arguments are no JSON: {shorten(call.arguments, 60)!r}.", _CHECKED)
        if problems:
            return refuted(
                f"strict: true does not bind: {shorten(call.arguments, 60)}: {problems[0]}.", _CHECKED
            )
    return proved(f"strict: true binds: {_shown(reply.calls)}.")


async def ids(asker: Asker) -> Verdict:
    """Look at the ids of calls, in one reply and over several."""
    advice = (
        "agentkit gives calls ids of its own where these are missing or double; other clients mix results up."
    )
    replies = [
        await asker.chat(ASK_BOTH, tools=TOOLS),
        await asker.chat(ASK_WEATHER, tools=TOOLS),
        await _required(asker),
    ]
    seen: list[str] = []
    for reply in replies:
        here = [call.id for call in reply.calls]
        if any(not one for one in here):
            return refuted("A call has no id.", advice)
        if len(set(here)) < len(here):
            return refuted(f"Two calls of one reply have the same id {here[0]!r}.", advice)
        seen += here
    if not seen:
        return undecided("No call came.")
    if len(seen) > 1 and len(set(seen)) == 1:
        return refuted(f"Every call has the id {seen[0]!r}, in every reply.", advice)
    lengths = sorted({len(one) for one in seen})
    return proved(
        f"{len(seen)} calls, ids of {' or '.join(map(str, lengths))} characters, such as {seen[0]!r}.",
        lengths[0],
    )


async def parallel(asker: Asker) -> Verdict:
    """Ask for two calls in one turn."""
    reply = await asker.chat(ASK_BOTH, tools=TOOLS)
    one = await asker.chat(ASK_WEATHER, tools=TOOLS)
    if not reply.ok:
        return undecided(f"No answer: {reply.why}")
    if len(reply.calls) >= 2:
        return proved(f"Called {_shown(reply.calls)}.", len(reply.calls))
    if len(reply.calls) == 1 and _lost_tokens(reply, one):
        return refuted(
            f"Two calls were asked for; {reply.completion_tokens} tokens were written, but only {_shown(reply.calls)} arrived.",
            "Ask for one call at a time here: parallel_tool_calls=False.",
        )
    return undecided("The model made one call at most; a model may do so.")


def _lost_tokens(reply: Reply, one: Reply) -> bool:
    """Whether a reply with one call used the tokens of two."""
    if len(one.calls) != 1 or reply.reasoning or one.reasoning or one.finish == "length":
        return False
    spent, usual = reply.completion_tokens or 0, one.completion_tokens or 0
    seen = sum(len(call.name + call.arguments) for call in reply.calls) + len(reply.text)
    known = sum(len(call.name + call.arguments) for call in one.calls) + len(one.text)
    return usual > 4 and spent >= 1.5 * usual and seen <= 1.2 * known


async def one_at_a_time(asker: Asker) -> Verdict:
    """Forbid parallel calls where two are asked for."""
    reply = await asker.chat(ASK_BOTH, tools=TOOLS, parallel_tool_calls=False)
    if not reply.ok:
        return undecided(f"Refused: {reply.why}")
    if len(reply.calls) > 1:
        return refuted(
            f"parallel_tool_calls=false, and {len(reply.calls)} calls came.",
            "Let agentkit run them one after another.",
        )
    if asker.proved("tools.parallel"):
        return proved(
            "Two calls without the setting, one with it." if reply.calls else "No parallel calls came."
        )
    return undecided("The model never makes two calls at once, so nothing was to forbid.")


async def truncated(asker: Asker) -> Verdict:
    """Cut a call, and see whether that can be told."""
    for most in (6, 3):
        reply = await asker.chat(ASK_WEATHER, tools=TOOLS, tool_choice="required", max_tokens=most)
        if not reply.ok:
            return undecided(f"No answer: {reply.why}")
        verdict = _cut_call(reply, most, counted=_reads_the_count(asker.subject.kind))
        if verdict.outcome != "undecided":
            return verdict
    return undecided("No call was cut.")


def _reads_the_count(kind: str) -> bool:
    """Whether agentkit's profile of a kind of server tells a cut call by completion_tokens == max_tokens."""
    return kind in PROFILES and PROFILES[kind].dialect.cut_calls_look_complete


def _cut_call(reply: Reply, most: int, *, counted: bool) -> Verdict:
    if reply.finish == "length":
        return proved(f"Cut at {most} tokens, and finish_reason says length.")
    whole = [call for call in reply.calls if not _incomplete(call)]
    if reply.calls and len(whole) == len(reply.calls):
        return undecided("The call was whole in spite of max_tokens.")
    shown = f"{_shown(reply.calls)}" if reply.calls else f"{shorten(reply.text, 30)!r}"
    if counted and (reply.completion_tokens or 0) >= most:
        return proved(
            f"By completion_tokens = max_tokens = {most} alone, as is known of this server: finish_reason says {reply.finish}."
        )
    return refuted(
        f"Cut at {most} tokens, but finish_reason says {reply.finish or 'nothing'}: {shown}.",
        "A cut call looks whole here: set Dialect(cut_calls_look_complete=True), so that agentkit compares"
        " completion_tokens with max_tokens, and give max_tokens much room.",
        reply.completion_tokens,
    )


def _incomplete(call: Call) -> bool:
    try:
        return bool(compile_check(_BY_NAME[call.name]).problems(call.value()))
    except (KeyError, ValueError):
        return True


async def result(asker: Asker) -> Verdict:
    """See whether a tool's result reaches the prompt, and an answer comes."""
    short, long = tool_loop(result="Mild."), tool_loop(result=f"Mild. {FILLER}")
    reply = await asker.chat(long, tools=TOOLS, max_tokens=60)
    if not reply.ok:
        return refuted(f"A conversation with a tool result fails: {reply.why}", reply.hint)
    reaches = await grows(
        asker,
        "A tool's result",
        short,
        long,
        20,
        "Results of tools get lost: no agent can work here.",
        tools=TOOLS,
    )
    if reaches.outcome != "proved" or not isinstance(reaches.value, int):
        return reaches
    many = await grows(
        asker,
        "A long result",
        short,
        tool_loop(result="Mild. " + FILLER * _MANY),
        reaches.value * _MANY * 4 // 5,
        "Long results of tools are cut without a word.",
        tools=TOOLS,
    )
    if (
        many.outcome == "undecided"
        and isinstance(many.value, int)
        and many.value < reaches.value * _MANY // 2
    ):
        return refuted(
            f"A result {_MANY} times as long adds only {many.value} tokens: it is cut without a word.",
            "Keep results short.",
        )
    return many


async def call_in_history(asker: Asker) -> Verdict:
    """See whether an earlier call reaches the prompt."""
    talk = tool_loop(result="Mild.")
    longer = [dict(message) for message in talk]
    call = json.loads(json.dumps(talk[1]["tool_calls"][0]))
    call["function"]["arguments"] = json.dumps({"city": f"Paris. {FILLER}", "unit": "C"})
    longer[1]["tool_calls"] = [call]
    return await grows(
        asker,
        "The arguments of an earlier call",
        talk,
        longer,
        20,
        "The model cannot see what it called.",
        tools=TOOLS,
    )


async def two_results(asker: Asker) -> Verdict:
    """See whether the second of two results reaches the prompt."""
    talk = tool_loop(two=True)
    longer = [*talk[:-1], {**talk[-1], "content": f"It is 14:05. {FILLER}"}]
    return await grows(
        asker, "A second result", talk, longer, 20, "Ask for one call at a time here.", tools=TOOLS
    )


async def results_swapped(asker: Asker) -> Verdict:
    """Send two results in the other order."""
    straight = await asker.chat(tool_loop(two=True), tools=TOOLS, max_tokens=4)
    swapped = await asker.chat(tool_loop(two=True, swapped=True), tools=TOOLS, max_tokens=4)
    if not straight.ok:
        return refuted(f"Two calls with two results fail: {straight.why}", "Ask for one call at a time here.")
    if swapped.refused:
        return refuted(
            f"Results in another order than the calls are refused: {swapped.why}",
            "Send results in the order of the calls, as agentkit does.",
        )
    return proved("Results are taken in any order.")


async def empty_list(asker: Asker) -> Verdict:
    """Send an empty list of tools."""
    reply = await asker.chat("Hi", max_tokens=4, tools=[])
    if reply.ok:
        return proved("An empty list of tools is taken as no tools.", "taken")
    if 400 <= reply.status < 500:
        return proved(f"Refused aloud: {reply.why}", "refused")
    return refuted(
        f"tools=[] breaks the server: {reply.why}", "Leave tools out where there are none, as agentkit does."
    )


async def _some_call(asker: Asker) -> Reply:
    """Return a reply with a call, if there is one."""
    reply = await asker.chat(ASK_WEATHER, tools=TOOLS)
    return reply if reply.calls else await _required(asker)


def _shown(calls: list[Call]) -> str:
    return ", ".join(f"{call.name}({shorten(call.arguments, 40)})" for call in calls[:3])


_CHAT, _SENT = ("chat.answers",), ("tools.required",)
PROBES = (
    Probe(
        id="tools.sent", question="Do tools reach the prompt?", needs=_CHAT, after=("chat.usage",), run=sent
    ),
    Probe(
        id="tools.called",
        question="Does the model call a tool?",
        needs=_CHAT,
        after=("chat.follows",),
        run=called,
    ),
    Probe(id="tools.required", question="Is tool_choice=required honoured?", needs=_CHAT, run=required),
    Probe(id="tools.none", question="Is tool_choice=none honoured?", needs=_CHAT, run=choice_none),
    Probe(id="tools.named", question="Is a named tool_choice honoured?", needs=_CHAT, run=named),
    Probe(
        id="tools.finish", question="Does a call end with finish_reason tool_calls?", needs=_CHAT, run=finish
    ),
    Probe(id="tools.arguments", question="Are arguments JSON objects, as text?", needs=_CHAT, run=arguments),
    Probe(id="tools.strict", question="Are strict arguments enforced?", needs=_CHAT, run=strict),
    Probe(id="tools.ids", question="Does every call have an id of its own?", needs=_CHAT, run=ids),
    Probe(id="tools.parallel", question="Do several calls come in one reply?", needs=_CHAT, run=parallel),
    Probe(
        id="tools.one_at_a_time",
        question="Is parallel_tool_calls=false honoured?",
        needs=_CHAT,
        after=("tools.parallel",),
        run=one_at_a_time,
    ),
    Probe(
        id="tools.truncated",
        question="Can a cut call be told from a whole one?",
        needs=("chat.max_tokens",),
        after=("server.kind",),
        run=truncated,
    ),
    Probe(
        id="tools.result",
        question="Does a tool's result reach the prompt?",
        needs=_CHAT,
        after=("chat.usage",),
        run=result,
    ),
    Probe(
        id="tools.call_in_history",
        question="Does an earlier call reach the prompt?",
        needs=_CHAT,
        after=("chat.usage",),
        run=call_in_history,
    ),
    Probe(
        id="tools.two_results",
        question="Does a second result reach the prompt?",
        needs=_CHAT,
        after=("chat.usage",),
        run=two_results,
    ),
    Probe(
        id="tools.results_swapped",
        question="Are results taken in any order?",
        needs=_CHAT,
        run=results_swapped,
    ),
    Probe(
        id="tools.empty_list", question="Is an empty list of tools dealt with?", needs=_CHAT, run=empty_list
    ),
)
