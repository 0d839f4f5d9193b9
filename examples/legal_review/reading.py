"""The first steps of a review: pages that are pictures are transcribed, and it is read what the contract is."""

from __future__ import annotations

from collections.abc import Sequence

from agentkit import Image
from examples.legal_review import chunks, prompts
from examples.legal_review.answers import Facts
from examples.legal_review.document.model import Document
from examples.legal_review.tools import Desk
from examples.legal_review.work import Work

PAGES_A_CALL = 4


async def transcribe(work: Work, document: Document) -> Document:
    """Return the document with the text of its image pages, as the model reads them, four pages a call."""
    pages = document.image_pages
    texts: dict[int, str] = {}
    for first in range(0, len(pages), PAGES_A_CALL):
        chunk = pages[first : first + PAGES_A_CALL]
        work.say(f"reading {named(chunk)} from the picture")
        images = [Image(document.render_page(number), name=f"page {number}") for number in chunk]
        run = work.run("transcribe", work.agents.transcriber, prompts.transcription(chunk), images=images)
        answer = await work.attempt([named(chunk)], run)
        for each in answer.output if answer else []:
            if each.page in chunk and each.text.strip():
                texts[each.page] = each.text
    missing = [number for number in pages if number not in texts]
    if missing:
        work.warnings.append(
            f"{named(missing).capitalize()}: no text could be read from the picture. Look at it yourself."
        )
    return document.with_transcripts(texts) if texts else document


def unread_pages(document: Document) -> tuple[int, ...]:
    """Return the pages that nobody has read: pictures without a transcript."""
    return tuple(number for number in document.image_pages if number not in document.transcribed)


async def read_facts(work: Work, desk: Desk) -> Facts:
    """Read type, parties and dates from the first and last pages; parties that the text does not name are left out."""
    work.say("reading type, parties and dates")
    document = desk.document
    text = chunks.ends(document, chunks.most_chars(work.window))
    prompt = prompts.contract(document, text) + "What is this contract?"
    answer = await work.attempt(
        ["type, parties and dates"], work.run("facts", work.agents.reader, prompt, desk)
    )
    if answer is None:
        return Facts(contract_type="", parties=[], date_quotes=[], instructions=[])
    flat = " ".join(document.text.split()).lower()
    parties = [party for party in answer.output.parties if " ".join(party.name.split()).lower() in flat]
    roles = [party.role if " ".join(party.role.split()).lower() in flat else "" for party in parties]
    named_parties = [
        party.model_copy(update={"role": role})
        for party, role in zip(parties, roles, strict=True)
        if party.name.strip()
    ]
    return answer.output.model_copy(update={"parties": named_parties})


def named(numbers: Sequence[int]) -> str:
    """Return `page 4` or `pages 4, 5`."""
    listed = ", ".join(map(str, numbers))
    return f"page {listed}" if len(numbers) == 1 else f"pages {listed}"
