"""A server in a thread: what happens to those who connect while it stops."""

from __future__ import annotations

import socket
import threading

from aiohttp import web

from agentkit.testing.running import Running

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"


async def answer(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text="ok")


class Caller(threading.Thread):
    """Connects and asks again and again until the server is gone."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port, self.answered, self.left_waiting = port, threading.Event(), False

    def run(self) -> None:
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                    connection.sendall(REQUEST)
                    while connection.recv(1000):
                        self.answered.set()
            except TimeoutError:
                self.left_waiting = True
                return
            except OSError:
                return


def test_a_server_that_stops_leaves_no_client_waiting() -> None:
    for _ in range(12):
        server = Running(answer)
        port = server.start()
        callers = [Caller(port) for _ in range(8)]
        for caller in callers:
            caller.start()
        assert all(caller.answered.wait(5) for caller in callers)
        server.stop()
        for caller in callers:
            caller.join(10)
        assert not any(caller.left_waiting for caller in callers)
