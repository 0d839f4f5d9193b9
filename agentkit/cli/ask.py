"""`agentkit ask`: one question, with the answer as it comes and the effort explained."""

from __future__ import annotations

import argparse
import sys
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from agentkit.agent import Agent
from agentkit.backends.backend import Backend, BackendOptions
from agentkit.backends.catalog import PROFILES
from agentkit.cli.piped import read_standard_input
from agentkit.protocol.events import ModelRetried, ReasoningDelta, RouteDecided, TextDelta
from agentkit.protocol.result import RunResult
from agentkit.vision.image import Image

if TYPE_CHECKING:
    from agentkit.testing import SimulatedServer  # needed for --embedded only

_DELTAS_A_DOT = 50

BANNER = "agentkit: the embedded server answers. No language model is involved."


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("prompt", help="the question, or - to read it from standard input")
    parser.add_argument(
        "--image", action="append", default=[], type=Path, help="a picture to go with it (repeatable)"
    )
    parser.add_argument("--effort", choices=("auto", "none", "high"), default="auto")
    parser.add_argument("--base-url", help="the server, http://host:8000/v1 (else AGENTKIT_BASE_URL)")
    parser.add_argument(
        "--server", choices=sorted(PROFILES), help="its kind (else AGENTKIT_SERVER, else openai_compatible)"
    )
    parser.add_argument("--model", help="the model's name (else AGENTKIT_MODEL, else what the server serves)")
    parser.epilog = "A key is read from AGENTKIT_API_KEY alone, so that it stands in no shell history."
    parser.add_argument(
        "--embedded", action="store_true", help="let the embedded server answer, without any model"
    )
    parser.add_argument("--quiet", action="store_true", help="print the answer alone")


def run(arguments: argparse.Namespace) -> int:
    """Ask, print the answer to standard output and the explanation to standard error."""
    prompt = read_standard_input() if arguments.prompt == "-" else arguments.prompt
    with _embedded() if arguments.embedded else nullcontext() as server:
        if server is not None:
            print(BANNER, file=sys.stderr)
            backend = Backend.vllm(server.url)
        else:
            named = BackendOptions(model=arguments.model) if arguments.model else BackendOptions()
            backend = Backend.from_env(base_url=arguments.base_url, server=arguments.server, **named)
        agent = Agent(backend=backend, effort=arguments.effort, name="ask")
        images = [Image(path) for path in arguments.image]
        result = anyio.run(partial(_stream, agent, prompt, images, quiet=arguments.quiet))
    if not arguments.quiet:
        print(result.explain(), file=sys.stderr)
    return 0


async def _stream(agent: Agent[str], prompt: str, images: list[Image], *, quiet: bool) -> RunResult[str]:
    thinking = 0
    async with agent.stream(prompt, images=images) as stream:
        async for event in stream:
            if isinstance(event, TextDelta):
                if thinking:
                    print(file=sys.stderr)
                    thinking = 0
                print(event.text, end="", flush=True)
            elif quiet:
                continue
            elif isinstance(event, ReasoningDelta):
                if thinking % _DELTAS_A_DOT == 0:  # a long thought has thousands
                    print("." if thinking else "thinking ...", end="", file=sys.stderr, flush=True)
                thinking += 1
            elif isinstance(event, RouteDecided):
                print(event.decision.explain(), file=sys.stderr)
            elif isinstance(event, ModelRetried):
                print(f"trying again: {event.error}", file=sys.stderr)
    print()
    return stream.result


def _embedded() -> AbstractContextManager[SimulatedServer]:
    from agentkit.testing import ChatRequest, Rules, SimulatedServer, Turn, say

    def answer(request: ChatRequest) -> Turn:
        words = request.last_user_text.split()
        start = " ".join(words[:12]) + (" ..." if len(words) > 12 else "")
        think = "The rules of the embedded server need no thought." if request.effort == "high" else ""
        return say(
            f'This is the embedded server: a few rules, no language model. You asked: "{start}". Set AGENTKIT_BASE_URL'
            " to your MS4 server to get a real answer.",
            think=think,
        )

    return SimulatedServer(Rules(answer))
