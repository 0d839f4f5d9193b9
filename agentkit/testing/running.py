"""A web server on a loopback socket, in a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable

from aiohttp import web

_BOUND = 10.0
"""Seconds that starting and stopping may take."""
_TURNS_TO_CONNECT = 4
"""Turns of the event loop that lie at most between an accepted socket and its protocol (CPython 3.11 takes two)."""
_MOST_BYTES = 256 * 1024 * 1024


class Running:
    """The thread and event loop of a server that listens."""

    def __init__(self, handle: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> None:
        self._handle = handle
        self._thread = threading.Thread(target=self._run, name="simulated-ms4", daemon=True)
        self._listening = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._error: BaseException | None = None
        self._port = 0
        self.stopping = asyncio.Event()

    def start(self) -> int:
        """Start the thread and return the port."""
        self._thread.start()
        self._listening.wait(_BOUND)
        if self._error is not None:
            self._thread.join(_BOUND)
            raise self._error
        return self._port

    def stop(self) -> None:
        """End every exchange and the thread."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self.stopping.set)
            self._thread.join(_BOUND)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # told to whoever waits in start()
            self._error = error
        finally:
            self._listening.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        app = web.Application(client_max_size=_MOST_BYTES)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await runner.setup()
        listener = socket.create_server(("127.0.0.1", 0))
        try:
            await web.SockSite(runner, listener, backlog=512).start()
            self._port = listener.getsockname()[1]
            self._listening.set()
            await self.stopping.wait()
        finally:
            await self._accept_no_more(listener)
            await runner.cleanup()

    async def _accept_no_more(self, listener: socket.socket) -> None:
        """Give each accepted connection its protocol before the server closes.

        CPython's `Server` loses a socket that is between the two when it closes (seen on 3.11): its client waits for ever.
        """
        assert self._loop is not None
        with contextlib.suppress(NotImplementedError):  # the event loop of Windows has no readers
            self._loop.remove_reader(listener)
        for _ in range(_TURNS_TO_CONNECT):
            await asyncio.sleep(0)
