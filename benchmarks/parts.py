"""Parts of agentkit on their own: router, schema check, images. Run by the orchestrator in agentkit's environment.

Prints a JSON object of medians in milliseconds of CPU.
"""

from __future__ import annotations

import gc
import io
import json
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from PIL import Image as Pillow
from PIL import ImageDraw
from work import CITY_SCHEMA

from agentkit import ComplexityRouter, Image
from agentkit.protocol.decisions import Situation
from agentkit.schema.check import compile_check

_SENTENCE = (
    "The tenant shall keep the premises in good repair, and unless clause 4.2 applies yield them up at the end of the term"
    " (see Schedule B, page 12), provided that no notice under section 25 has been served before 31 March {}. "
)


def text_of(chars: int, salt: int) -> str:
    """Return text that no cache has seen."""
    return "".join(_SENTENCE.format(2000 + salt + index) for index in range(chars // len(_SENTENCE) + 1))[
        :chars
    ]


def interleaved(jobs: dict[str, Callable[[int], object]], *, rounds: int, batch: int) -> dict[str, float]:
    """Return the median CPU milliseconds of each job; every call gets a number of its own."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    number = 0
    for _ in range(rounds):
        for name, job in jobs.items():
            number += batch
            gc.collect()
            started = time.process_time()
            for index in range(number - batch, number):
                job(index)
            taken[name].append((time.process_time() - started) * 1000 / batch)
    return {name: statistics.median(values) for name, values in taken.items()}


def router() -> dict[str, float]:
    """Compare a score with one `findall` over the same text; texts are made before, and each is seen once."""
    one_pass = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
    score = ComplexityRouter()
    found: dict[str, float] = {}
    for chars in (200, 2_000, 100_000):
        texts = [text_of(chars, salt) for salt in range(2 * 15 * 20)]
        situations = [Situation(task=text, step="planning") for text in texts]
        median = interleaved(
            {
                "findall": lambda index, texts=texts: one_pass.findall(texts[index]),
                "score": lambda index, situations=situations: score.decide(situations[index]),
            },
            rounds=15,
            batch=20,
        )
        found[f"router: decide on {chars:,} characters"] = median["score"]
        found[f"one findall over {chars:,} characters"] = median["findall"]
    return found


def schema() -> dict[str, float]:
    """Check data against a compiled schema, and get the compiled schema again."""
    check = compile_check(CITY_SCHEMA)
    data = {"city": "Paris", "population": 2_102_650, "run": 1_000_000}
    listed = compile_check({"type": "array", "items": CITY_SCHEMA})
    return interleaved(
        {
            "schema: check one object": lambda _: check.problems(data),
            "schema: check a list of 100 objects": lambda _: listed.problems([data] * 100),
            "schema: compile one seen before": lambda _: compile_check(CITY_SCHEMA),
        },
        rounds=9,
        batch=20,
    )


def images() -> dict[str, float]:
    """Prepare a scanned page and a photograph, new to every cache and seen before."""

    def page(number: int) -> bytes:
        picture = Pillow.new("RGB", (1654, 2339), "white")  # A4 at 200 dpi
        draw = ImageDraw.Draw(picture)
        for line in range(60):
            draw.text((120, 120 + 34 * line), f"{number}: {_SENTENCE}"[:110], fill="black", font_size=22)
        return _bytes(picture, "PNG")

    def photograph(number: int) -> bytes:
        noise = Pillow.effect_noise((1500, 1000), 60 + number).convert("RGB").resize((4000, 3000))
        return _bytes(noise, "JPEG")

    seen = page(99)
    Image(seen).prepare()
    pages, photos = [page(n) for n in range(6)], [photograph(n) for n in range(6)]
    found: dict[str, float] = {}
    for name, make in (
        ("image: A4 page at 200 dpi, new", lambda n: Image(pages[n]).prepare()),
        ("image: photograph of 12 megapixels, new", lambda n: Image(photos[n]).prepare()),
        ("image: the same bytes again", lambda _: Image(seen).prepare()),
    ):
        taken: list[float] = []
        for number in range(6):
            started = time.process_time()
            make(number)
            taken.append((time.process_time() - started) * 1000)
        found[name] = statistics.median(taken)
    return found


def _bytes(picture: Any, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


if __name__ == "__main__":
    print(json.dumps({**router(), **schema(), **images()}))
