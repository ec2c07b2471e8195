"""An application served on a socket from a thread of the tests, so that its bounds can be set; bytes to and from it."""

from __future__ import annotations

import json
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI

from api.draining import DrainingServer
from api.server import listen

ASK = b'{"question": "What did ZTE\'s ban cause?"}'


@contextmanager
def served(app: FastAPI) -> Iterator[int]:
    """Serve an application and give its port."""
    listener = listen("127.0.0.1", 0)
    port: int = listener.getsockname()[1]
    server = DrainingServer(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield port
    finally:
        server.handle_exit(signal.SIGTERM, None)
        thread.join(timeout=30)
        assert not thread.is_alive()


def connect(port: int, sent: bytes = b"") -> socket.socket:
    """Connect, and send some bytes."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(sent)
    return connection


def post(body: bytes, path: str = "/v1/ask", *headers: str, length: int | None = None) -> bytes:
    """Return a request with a JSON body, of which ``length`` is what its head says of its length."""
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
    )
    return "\r\n".join((*lines, "", "")).encode() + body


def until_closed(connection: socket.socket) -> bytes:
    """Read all that comes until the other side closes."""
    with connection:
        return b"".join(iter(lambda: connection.recv(65536), b""))


def until_cut(connection: socket.socket) -> bytes:
    """As ``until_closed``; but the other side need not say goodbye."""
    try:
        return until_closed(connection)
    except ConnectionResetError:
        return b""


def response(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Read one response with a Content-Length: status, headers by their names in lower case, body."""
    with connection.makefile("rb") as file:
        status = int(file.readline().split()[1])
        lines = iter(lambda: file.readline().decode().strip(), "")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return status, headers, file.read(int(headers.get("content-length", "0")))


def problem_in(answer: bytes) -> dict[str, Any]:
    """Return the problem that a whole response holds, and check its head."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert b"connection: close" in head.lower()
    problem: dict[str, Any] = json.loads(body)
    assert head.split()[1] == str(problem["status"]).encode()
    return problem


def kind_of(answer: bytes) -> str:
    """Return which problem a whole response holds."""
    return str(problem_in(answer)["type"]).removeprefix("urn:pincite:problem:")
