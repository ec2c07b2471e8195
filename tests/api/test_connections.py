"""Clients that are slow, silent, numerous or no HTTP clients at all: each is bounded, and the others are answered."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from api import connections
from api.app import create_app
from index.settings import Settings
from tests.api.served import ASK, connect, kind_of, post, problem_in, response, served, until_closed, until_cut
from tests.api.test_workers import eventually

MOST = 8


class Held:
    """Requests that wait in the application until they may go on."""

    def __init__(self) -> None:
        self.count = 0
        self.go_on = threading.Event()


@pytest.fixture
def held() -> Iterator[Held]:
    held = Held()
    yield held
    held.go_on.set()


@pytest.fixture
def app(seeds_data: Path, held: Held, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The application with few connections, short deadlines, and operations that wait, read nothing or say much."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.6)
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.6)
    monkeypatch.setattr(connections, "STUCK_SECONDS", 0.6)
    monkeypatch.setattr(connections, "_SWEEP_SECONDS", 0.05)
    app = create_app(Settings(data_dir=seeds_data, max_connections=MOST))

    @app.get("/held")
    def hold() -> str:
        held.count += 1
        held.go_on.wait(30)
        return "held"

    @app.get("/much")
    async def much() -> Response:
        return Response(b"x" * 50_000_000)

    @app.post("/v1/documents/count")
    async def count(request: Request) -> int:
        return len(await request.body())

    return app


@pytest.fixture
def port(app: FastAPI) -> Iterator[int]:
    with served(app) as port:
        yield port


def cut(port: int) -> dict[str, float]:
    """Return how many connections were cut, by reason."""
    page = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    lines = [line for line in page.splitlines() if line.startswith("pincite_connections_cut_total{")]
    return {line.split('"')[1]: float(line.rsplit(" ", 1)[1]) for line in lines}


def answers(port: int) -> bool:
    asked = httpx.post(f"http://127.0.0.1:{port}/v1/ask", content=ASK, headers={"Content-Type": "application/json"})
    return bool(asked.json()["answerable"])


def test_who_connects_and_says_nothing_is_let_go(port: int) -> None:
    assert until_cut(connect(port)) == b""
    assert cut(port) == {"idle": 1}


@pytest.mark.parametrize("sent", [b"GET /", b"GET /v1/ask?q=x HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A"])
def test_a_head_has_to_come_in_time_however_often_a_byte_of_it_comes(port: int, sent: bytes) -> None:
    connection = connect(port, sent)

    def drip() -> None:
        try:
            while True:
                connection.sendall(b"a")
                time.sleep(0.05)
        except OSError:  # it was cut
            return

    dripping = threading.Thread(target=drip)
    dripping.start()
    answer = connection.recv(65536)
    assert kind_of(answer) == "request-timeout"
    connection.close()
    dripping.join()
    assert cut(port) == {"slow head": 1}
    assert answers(port)


def test_a_body_has_to_come_in_time(port: int) -> None:
    with connect(port, post(b'{"question": ', length=100)) as connection:
        assert kind_of(until_closed(connection)) == "request-timeout"
    assert cut(port) == {"slow body": 1}
    assert answers(port)


def test_a_body_may_take_longer_as_long_as_it_comes(port: int) -> None:
    part = b"x" * 4_000
    with connect(port, post(b"", "/v1/documents/count", length=10 * len(part))) as connection:
        for _ in range(10):  # twice as fast as it has to be, and longer than a body of no size may take
            connection.sendall(part)
            time.sleep(0.1)
        status, _, body = response(connection)
    assert (status, body) == (200, b"40000")
    assert cut(port) == {}


@pytest.mark.parametrize(
    "head",
    [
        b"GET /v1/ask?q=" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"x" * 40_000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X-A: b\r\n" * 5_000 + b"\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"x" * 1_000_000,
    ],
    ids=["address", "header", "headers", "without an end"],
)
def test_a_head_has_a_size(port: int, head: bytes) -> None:
    connection = connect(port)
    sending = threading.Thread(target=send_what_is_taken, args=(connection, head))
    sending.start()
    answer = until_closed(connection)
    sending.join()
    assert kind_of(answer) == "request-header-fields-too-large"
    assert cut(port) == {"large head": 1}
    assert answers(port)


def send_what_is_taken(connection: socket.socket, data: bytes) -> None:
    try:
        connection.sendall(data)
    except OSError:
        return


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"SSH-2.0-x\r\n", b"GET / HTTP/9\r\n\r\n"]
)
def test_what_is_not_http_is_a_problem(port: int, sent: bytes) -> None:
    assert kind_of(until_closed(connect(port, sent))) == "bad-request"


def test_whoever_waits_for_longest_makes_room(port: int) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(connect(port)) for _ in range(MOST)]
        assert answers(port)
        assert until_cut(silent[0]) == b""
        silent[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert response(silent[-1])[0] == 200
    assert cut(port)["crowded"] >= 1


def test_where_all_are_served_one_more_is_told_to_come_again(port: int, held: Held) -> None:
    request = b"GET /held HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with ExitStack() as stack:
        busy = [stack.enter_context(connect(port, request)) for _ in range(MOST)]
        assert eventually(lambda: held.count == MOST)
        refused = until_closed(connect(port))
        held.go_on.set()
        assert [response(connection)[0] for connection in busy] == [200] * MOST
    assert kind_of(refused) == "too-many-connections"
    assert b"Retry-After: 1\r\n" in refused
    assert answers(port)


def test_requests_are_not_heaped_up_behind_one(port: int, held: Held) -> None:
    more = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 1_000
    assert until_cut(connect(port, b"GET /held HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" + more)) == b""
    held.go_on.set()
    assert cut(port) == {"too many queued": 1}
    assert answers(port)


def test_some_requests_may_be_sent_before_the_first_is_answered(port: int) -> None:
    with connect(port, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 20) as connection:
        received = b""
        while received.count(b'{"status":"ok"}') < 20:
            received += connection.recv(65536)
    assert received.count(b"HTTP/1.1 200 OK") == 20


def test_whoever_does_not_read_is_let_go(port: int) -> None:
    connection = connect(port, b"GET /much HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert eventually(lambda: cut(port) == {"reads nothing": 1})
    connection.close()


def test_whoever_reads_slowly_gets_all(port: int) -> None:
    with connect(port, b"GET /much HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n") as connection:
        got = 0
        while piece := connection.recv(1_000_000):
            got += len(piece)
            time.sleep(0.01)
    assert got > 50_000_000
    assert cut(port) == {}


def test_what_is_refused_before_its_body_has_come_leaves_the_connection_usable(port: int) -> None:
    with connect(port, post(b"", "/nowhere", length=3)) as connection:
        assert response(connection)[0] == 404
        connection.sendall(b"abc" + post(ASK))
        assert response(connection)[0] == 200


def test_many_slow_and_silent_clients_do_not_keep_others_from_being_answered(
    app: FastAPI, seeds_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 30)
    with served(create_app(Settings(data_dir=seeds_data))) as port, ExitStack() as stack:
        for number in range(400):
            stack.enter_context(connect(port, b"" if number % 2 else b"POST /v1/ask HTTP/1.1\r\nX-"))
        assert all(answers(port) for _ in range(20))
        assert cut(port) == {}
        assert eventually(lambda: "pincite_connections 40" in httpx.get(f"http://127.0.0.1:{port}/metrics").text)


def test_a_problem_has_an_id_even_where_there_was_no_request(port: int) -> None:
    ids = {problem_in(until_closed(connect(port, b"\x00")))["request_id"] for _ in range(2)}
    assert len(ids) == 2
