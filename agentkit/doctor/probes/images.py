"""Images: seen, or dropped without a word."""

from __future__ import annotations

from agentkit.doctor.bench import Asker
from agentkit.doctor.material import (
    COLOUR,
    LARGE_RED,
    NO_PICTURE,
    SMALL_BLUE,
    SMALL_RED,
    with_pictures,
)
from agentkit.doctor.probe import Probe, Verdict, proved, refuted, undecided
from agentkit.doctor.probes.chat import grows
from agentkit.doctor.reply import shorten

_WHOLE = "Do not stream requests with images here: Backend(stream=False)."
_NO_IMAGES = (
    "Images must not be sent to this server; agentkit refuses them before the request (Profile.images=False)."
)


async def seen(asker: Asker) -> Verdict:
    """Compare prompts and answers without a picture, with a small and with a large one."""
    bare = await asker.chat(COLOUR, max_tokens=12)
    small = await asker.chat(with_pictures(COLOUR, SMALL_RED), max_tokens=12)
    large = await asker.chat(with_pictures(COLOUR, LARGE_RED), max_tokens=12)
    if not small.ok or not large.ok:
        reply = small if not small.ok else large
        return refuted(f"Images are refused: {reply.why}", reply.hint, "refused")
    counts = [reply.prompt_tokens for reply in (bare, small, large)]
    if None not in counts and not asker.refuted("chat.usage"):
        without, little, much = (count or 0 for count in counts)
        if much > little > without or much >= without + 20:
            return proved(
                f"A small picture adds {little - without} tokens, a large one {much - without}.",
                much - without,
            )
    blue = await asker.chat(with_pictures(COLOUR, SMALL_BLUE), max_tokens=12)
    if "red" in small.text.lower() and "blue" in blue.text.lower():
        return proved("Red and blue are told apart.")
    garbage = await asker.chat(with_pictures(COLOUR, NO_PICTURE), max_tokens=12)
    if garbage.refused:
        return undecided(
            f"Pictures do not count as tokens, but bytes that are none are refused: {garbage.why}"
        )
    if small.text == blue.text == large.text or small.text == bare.text:
        return refuted(
            f"Pictures are dropped without a word: they add no tokens, and red, blue and nothing get {shorten(small.text, 30)!r}.",
            _NO_IMAGES,
        )
    return refuted(
        "Pictures add no tokens to the prompt, and bytes that are no picture are taken.", _NO_IMAGES
    )


async def bad(asker: Asker) -> Verdict:
    """Send bytes that are no picture."""
    reply = await asker.chat(with_pictures(COLOUR, NO_PICTURE), max_tokens=12)
    if reply.refused:
        return proved(f"Refused: {reply.why}")
    if not reply.ok:
        return undecided(f"No answer: {reply.why}")
    return refuted(
        "Bytes that are no picture are taken without a word.",
        "Check images before they are sent, as agentkit does.",
    )


async def two(asker: Asker) -> Verdict:
    """Send two pictures."""
    one = await asker.chat(with_pictures(COLOUR, LARGE_RED), max_tokens=12)
    both = await asker.chat(with_pictures(COLOUR, LARGE_RED, LARGE_RED), max_tokens=12)
    bare = await asker.chat(COLOUR, max_tokens=12)
    if both.refused:
        return proved(f"A second picture is refused aloud: {both.why}", 1)
    if not both.ok:
        return undecided(f"No answer: {both.why}")
    if None in (one.prompt_tokens, both.prompt_tokens, bare.prompt_tokens) or asker.refuted("chat.usage"):
        return undecided("The server's counts are no evidence.")
    first = (one.prompt_tokens or 0) - (bare.prompt_tokens or 0)
    second = (both.prompt_tokens or 0) - (one.prompt_tokens or 0)
    if second >= first // 2 > 0:
        return proved(f"The second picture adds {second} tokens.", 2)
    if first > 8 and second <= first // 8:
        return refuted(
            f"The second picture adds {second} tokens: it is dropped.", "Send one picture a request here.", 1
        )
    return undecided(f"The first picture adds {first} tokens, the second {second}.")


async def earlier(asker: Asker) -> Verdict:
    """Count a conversation with and without a picture in an earlier turn."""
    found = asker.found("images.seen")
    if found is None or not isinstance(found.value, int):
        return undecided("Pictures do not count as tokens here.")
    rest = [{"role": "assistant", "content": "Red."}, {"role": "user", "content": "Thanks. And now?"}]
    return await grows(
        asker,
        "A picture of an earlier turn",
        [{"role": "user", "content": COLOUR}, *rest],
        [*with_pictures(COLOUR, LARGE_RED), *rest],
        max(8, found.value // 2),
        "Send a picture again where it is still needed.",
    )


async def streamed(asker: Asker) -> Verdict:
    """Compare the prompt of a request with a picture, streamed and unstreamed."""
    whole = await asker.chat(with_pictures(COLOUR, LARGE_RED), max_tokens=12)
    stream = await asker.chat(with_pictures(COLOUR, LARGE_RED), max_tokens=12, stream=True)
    found = asker.found("images.seen")
    if stream.refused:
        return refuted(f"Pictures are refused in streams alone: {stream.why}", _WHOLE)
    if not stream.ok or not whole.ok:
        return undecided(f"No answer: {(whole if not whole.ok else stream).why}")
    if (
        whole.prompt_tokens is None
        or stream.prompt_tokens is None
        or found is None
        or not isinstance(found.value, int)
    ):
        return undecided("The server's counts are no evidence.")
    lost = whole.prompt_tokens - stream.prompt_tokens
    if lost > found.value // 2:
        return refuted(f"Streamed, the same request has {lost} tokens fewer: the picture is dropped.", _WHOLE)
    return proved("With a picture, the prompt is as long streamed as unstreamed.")


PROBES = (
    Probe(
        id="images.seen",
        question="Are images seen?",
        needs=("chat.answers",),
        after=("chat.usage",),
        run=seen,
    ),
    Probe(id="images.bad", question="Are bytes that are no image refused?", needs=("images.seen",), run=bad),
    Probe(
        id="images.earlier",
        question="Is an image of an earlier turn seen?",
        needs=("images.seen",),
        after=("chat.usage",),
        run=earlier,
    ),
    Probe(
        id="images.streamed",
        question="Are images seen in streams?",
        needs=("images.seen", "stream.answers"),
        after=("chat.usage",),
        run=streamed,
    ),
    Probe(id="images.two", question="Is a second image seen?", needs=("images.seen",), run=two),
)
