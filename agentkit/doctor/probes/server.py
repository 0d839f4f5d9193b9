"""Which server it is, what it serves, and whether it refuses what it cannot serve."""

from __future__ import annotations

from typing import Any

from agentkit._util import json
from agentkit.backends.catalog import PROFILES
from agentkit.doctor.bench import Asker
from agentkit.doctor.detect import detect
from agentkit.doctor.material import COUNTING, FILLER
from agentkit.doctor.probe import Probe, Verdict, proved, refuted, undecided

_NO_MODEL = "agentkit-doctor/no-such-model"
_NO_KEY = "agentkit-doctor-wrong-key"
_ALWAYS_TELL = ("vllm", "llamacpp", "sglang")


async def kind(asker: Asker) -> Verdict:
    """Prove the kind of server."""
    found = await detect(asker)
    subject = asker.subject
    subject.version = found.version
    if not found.kind and not found.against and await _is_transformers(asker):
        subject.kind = "transformers"
        return proved(
            "transformers: a field that it does not know is named and refused with 422.", subject.kind
        )
    if not found.kind:
        if found.against:
            return refuted(
                f"The signs contradict each other: {'; '.join(found.against)}.",
                "Something stands between you and the server, or it poses as another; name it with --server.",
            )
        return undecided("No page says which server it is.", "Name it with --server if you know it.")
    subject.kind = found.kind
    said = f"{found.kind}{f' {found.version}' if found.version else ''}: {'; '.join(found.signs)}."
    if subject.claimed and subject.claimed not in (found.kind, "openai_compatible"):
        return refuted(
            f"You named {subject.claimed}, but this is {said}", f"Use the profile {found.kind}.", found.kind
        )
    return proved(said, found.kind)


async def _is_transformers(asker: Asker) -> bool:
    """Whether an unknown field is refused in the words of `transformers serve` (seen on 5.23), which has no page of its own."""
    reply = await asker.chat("Hi", max_tokens=4, agentkit_doctor=1)
    return reply.status == 422 and "Unexpected fields in the request" in reply.body


async def listed(asker: Asker) -> Verdict:
    """Look for the model in the list."""
    reply = await asker.get("models")
    entries = reply.data.get("data") if json.is_object(reply.data) else None
    if reply.status != 200 or not json.is_array(entries):
        return refuted(
            f"GET /models gave no list ({reply.status}).", "Name the model yourself: Backend(model=...)."
        )
    names = [entry["id"] for entry in entries if json.is_object(entry) and isinstance(entry.get("id"), str)]
    if asker.subject.model in names:
        return proved(f"{len(names)} listed, {asker.subject.model} among them.", len(names))
    return refuted(
        f"{asker.subject.model} is not in the list: {', '.join(names) or 'it is empty'}.",
        "Check the model's name.",
    )


async def wrong_model(asker: Asker) -> Verdict:
    """Ask for a model that no server has."""
    reply = await asker.chat("Hi", max_tokens=4, model=_NO_MODEL)
    if reply.refused:
        return proved(f"Refused: {reply.why}")
    if not reply.ok:
        return undecided(f"No answer: {reply.why}")
    profile = PROFILES.get(asker.subject.kind)
    if profile is not None and not profile.checks_model and reply.model == asker.subject.model:
        return proved(
            f"Any name is taken, as {asker.subject.kind} does; the reply says that {reply.model} answered."
        )
    return refuted(
        f"A model that does not exist answered, as {reply.model or 'nameless'}.",
        "Compare result.model with what you asked for; a mistyped name goes unnoticed here.",
    )


async def named(asker: Asker) -> Verdict:
    """Compare the model that a reply names with the one that was asked."""
    reply, stream = await asker.chat(COUNTING), await asker.chat(COUNTING, stream=True)
    if reply.model and stream.ok and stream.model and stream.model != reply.model:
        return refuted(
            f"{reply.model} answers whole, {stream.model} in streams.",
            "Something routes streams to another model.",
        )
    if not reply.model:
        return refuted("The reply names no model.", "Which model answered cannot be recorded.")
    if reply.model == asker.subject.model:
        return proved(f"The reply names {reply.model}.", reply.model)
    if (
        reply.model in asker.subject.listed
        or asker.subject.model in reply.model
        or reply.model in asker.subject.model
    ):
        return proved(f"The reply names {reply.model}, another name of it.", reply.model)
    return refuted(
        f"{asker.subject.model} was asked, {reply.model} answered.",
        "Something routes requests to another model.",
    )


async def key(asker: Asker) -> Verdict:
    """Send a wrong key."""
    reply = await asker.chat("Hi", max_tokens=4, headers={"Authorization": f"Bearer {_NO_KEY}"})
    if reply.status in (401, 403):
        return proved(f"A wrong key is refused: {reply.status}.")
    if not reply.ok:
        return undecided(f"A wrong key got: {reply.why}")
    if asker.subject.more_headers:
        return undecided("A wrong key was served; a header that is sent besides may have opened the door.")
    if asker.subject.api_key:
        return refuted(
            "A wrong key was served like the right one.",
            "Anyone who reaches this port may use the server: set its key.",
        )
    return undecided("No key was given and none is asked for: the server is open to whoever reaches it.")


async def window(asker: Asker) -> Verdict:
    """Find the context window that the server reports."""
    reply = await asker.get("models")
    size = find_window(reply.data, asker.subject.model)
    where = "GET /models"
    if size is None:
        for path in ("/props", "/model_info"):
            page = await asker.get(path)
            size = find_window(page.data, asker.subject.model) if page.status == 200 else None
            if size is not None:
                where = f"GET {path}"
                break
    if size is None:
        if asker.subject.kind in _ALWAYS_TELL:
            return refuted(
                f"Not told, though {asker.subject.kind} always tells it.",
                "Give it yourself: Backend(context_window=...).",
            )
        return undecided("The server does not say how large its context window is.")
    asker.subject.window = size
    return proved(f"{size:,} tokens, by {where}.", size)


def find_window(data: Any, model: str) -> int | None:
    """Return the context window in tokens that a page tells, or None."""
    if not json.is_object(data):
        return None
    entries = data.get("data")
    candidates: list[Any] = []
    if json.is_array(entries):
        chosen = [
            entry for entry in entries if json.is_object(entry) and entry.get("id") == model
        ] or entries[:1]
        candidates += chosen
        candidates += [entry.get("meta") for entry in chosen if json.is_object(entry)]
    candidates += [data.get("default_generation_settings"), data]
    for place in candidates:
        for name in (
            "max_model_len",
            "n_ctx",
            "context_length",
            "max_context_length",
            "context_window",
            "max_total_num_tokens",
        ):
            value = place.get(name) if json.is_object(place) else None
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return value
    return None


async def engine(asker: Asker) -> Verdict:
    """Tell mistral-common (A) from a chat template (B) by two user messages in a row."""
    talk = [{"role": "user", "content": "One."}, {"role": "user", "content": "Two."}]
    reply = await asker.post("/tokenize", {"model": asker.subject.model, "messages": talk})
    if reply.status == 200 and json.is_object(reply.data) and reply.data.get("count"):
        return proved("A (mistral-common): two user messages in a row are tokenised.", "A")
    template = await asker.post("/apply-template", {"messages": talk})
    if template.status == 200 and json.is_object(template.data) and template.data.get("prompt"):
        return proved("B (chat template), and it takes two user messages in a row.", "B")
    chat = await asker.chat(talk, max_tokens=4)
    if chat.refused:
        return proved(f"B (chat template): two user messages in a row are refused: {chat.why}", "B")
    return undecided("No page renders a prompt, and two user messages in a row are taken.")


async def counted(asker: Asker) -> Verdict:
    """Compare the server's own count of a prompt with the usage of the same prompt."""
    talk = [{"role": "user", "content": FILLER}]
    chat = await asker.chat(talk, max_tokens=4)
    count: Any = None
    for path, name in (("/tokenize", "count"), ("chat/completions/input_tokens", "input_tokens")):
        page = await asker.post(path, {"model": asker.subject.model, "messages": talk})
        count = page.data.get(name) if page.status == 200 and json.is_object(page.data) else None
        if isinstance(count, int) and count > 0:
            break
    if not isinstance(count, int) or count <= 0:
        return undecided(
            "The server has no page that counts the tokens of a conversation; they are estimated."
        )
    if chat.prompt_tokens is None:
        return undecided(
            f"It counts {count}, but the reply's usage has no count to compare with.", value=count
        )
    if abs(chat.prompt_tokens - count) <= 2 + count // 50:
        return proved(f"{count} counted, {chat.prompt_tokens} used.", count)
    return refuted(
        f"{count} counted, but {chat.prompt_tokens} used by the same conversation.",
        "Do not budget by this page; leave room.",
    )


PROBES = (
    Probe(id="server.kind", question="Is it proved which server this is?", run=kind),
    Probe(id="server.models", question="Is the model in the server's list?", run=listed),
    Probe(
        id="server.wrong_model",
        question="Is a wrong model name noticed?",
        needs=("chat.answers",),
        after=("server.kind",),
        run=wrong_model,
    ),
    Probe(
        id="server.names_model",
        question="Does a reply name the model that was asked?",
        needs=("chat.answers",),
        run=named,
    ),
    Probe(id="server.key", question="Is a wrong API key refused?", needs=("chat.answers",), run=key),
    Probe(
        id="context.window",
        question="Does the server tell its context window?",
        after=("server.kind",),
        run=window,
    ),
    Probe(
        id="context.engine", question="Is it known how prompts are built?", after=("server.kind",), run=engine
    ),
    Probe(
        id="context.counted",
        question="Does the server count a prompt's tokens as it uses them?",
        needs=("chat.answers",),
        run=counted,
    ),
)
