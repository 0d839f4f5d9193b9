"""A replica for tests, which can be run as a process of its own: it prints its URL and serves until its input ends."""

from __future__ import annotations

import sys

from agentkit.testing import ChatRequest, Rules, SimulatedServer, Turn, call, say, slowly


def working(request: ChatRequest) -> Turn:
    """A model that adds: it calls the tool, then says what came back."""
    if request.tool_results:
        return slowly(say(f"It is {request.tool_results[-1]}."), before=0.01)
    number = int(request.last_user_text.split()[-1])
    return slowly(call("add", {"first": number, "second": 1}), before=0.01)


if __name__ == "__main__":
    with SimulatedServer(Rules(working)) as server:
        print(server.url, flush=True)
        sys.stdin.read()
