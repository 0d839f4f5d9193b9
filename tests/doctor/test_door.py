"""Where no server can be examined, one sentence says why and what to do."""

from __future__ import annotations

import contextlib
import re
import shutil
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agentkit.cli import main

BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
TLS_WANTED = "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>"


@contextlib.contextmanager
def answering(
    status: int, body: str, kind: str = "text/html", tls: Path | None = None, **headers: str
) -> Iterator[str]:
    """A server that answers everything alike; gives its address without the scheme."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

    class Server(ThreadingHTTPServer):
        def handle_error(self, *args: Any) -> None:
            """A handshake that failed is what the test is about."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def sentence(url: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What the doctor says of a URL: one line on standard error, and exit code 3."""
    assert main(["doctor", url, "--api-key", "k-1"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert "k-1" not in err
    return err


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (
            200,
            "<!DOCTYPE html><title>Welcome!</title>",
            "no list of models.*HTML page titled 'Welcome!'.*ends in /v1",
        ),
        (200, '{"object": "list", "data": []}', "lists no model.*--model"),
        (404, "Not Found", "no list of models.*404.*ends in /v1"),
        (502, BAD_GATEWAY, "502.*cannot reach it"),
        (504, "upstream timed out", "504.*cannot reach it"),
        (503, BAD_GATEWAY.replace("502", "503"), "503.*cannot reach it"),
        (503, '{"error": {"code": 503, "message": "Loading model"}}', "still loading"),
        (401, "<html>Who are you?</html>", "401.*api_key"),
        (403, "Forbidden", "403.*api_key"),
        (400, TLS_WANTED, "write https://"),
    ],
)
def test_an_answer_that_is_no_model_server_s_is_one_sentence(
    status: int, body: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(status, body) as place:
        line = sentence(f"http://{place}", capsys)
    assert re.search(said, line), line
    assert place in line


def test_a_redirect_is_not_followed_but_told_without_its_query(capsys: pytest.CaptureFixture[str]) -> None:
    with answering(302, "", Location="https://login.example/start?token=t-9") as place:
        line = sentence(f"http://{place}", capsys)
    assert "https://login.example/start." in line
    assert "t-9" not in line


def test_plain_http_to_a_tls_port_and_tls_to_a_plain_one_say_what_to_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the program openssl makes the test's certificate, and is not there")
    pem = tmp_path / "both.pem"
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run(
        [openssl, *made, "-keyout", pem, "-out", tmp_path / "c.pem"], check=True, capture_output=True
    )
    pem.write_text(pem.read_text() + (tmp_path / "c.pem").read_text())
    with answering(200, "") as place:
        assert "write http://" in sentence(f"https://{place}", capsys)
    with answering(200, "", tls=pem) as place:
        assert "Write https://" in sentence(f"http://{place}", capsys)


class _Greeter(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"SSH-2.0-Server\r\n")
        self.rfile.readline()


def test_another_protocol_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Greeter) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        line = sentence(f"http://127.0.0.1:{server.server_address[1]}/v1", capsys)
        server.shutdown()
    assert "SSH-2.0" in line
