"""Answers as server-sent events: their order, what fails before and after the first byte, and clients that go away."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from httpx import Client

from api.answering import Answering
from api.app import create_app
from api.server import listen
from index.build import build
from index.collection import Collection
from index.errors import IndexDamaged
from index.settings import Settings
from qa.factory import Askers
from qa.filters import Filters
from tests.conftest import Silent

ZTE = "What did ZTE's ban cause?"
STREAM = {"Accept": "text/event-stream"}


class Event(NamedTuple):
    name: str
    data: Any


def events(text: str) -> list[Event]:
    """Read a stream as the HTML standard says; comments are left out."""
    found = []
    for block in text.split("\n\n")[:-1]:
        fields = [line.partition(": ") for line in block.split("\n") if not line.startswith(":")]
        if fields:
            (name,) = (value for field, _, value in fields if field == "event")
            found.append(Event(name, json.loads("\n".join(value for field, _, value in fields if field == "data"))))
    assert text.endswith("\n\n")
    return found


def without_timings(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "timings_ms"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_events_say_what_the_answer_says_and_come_in_order(client: Client, method: str) -> None:
    if method == "POST":
        response = client.post("/v1/ask", json={"question": ZTE, "k": 3}, headers=STREAM)
    else:
        response = client.get("/v1/ask", params={"q": ZTE, "k": 3}, headers=STREAM)
    plain = client.post("/v1/ask", json={"question": ZTE, "k": 3}).raise_for_status().json()

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (response.headers["cache-control"], response.headers["x-accel-buffering"]) == ("no-cache", "no")
    assert response.headers["vary"] == "Accept"
    assert response.headers["pincite-generation"] == plain["generation"]
    first, *citations, message, last = events(response.text)
    assert first == ("search_results", {name: plain[name] for name in ("collection", "generation", "passages")})
    assert citations == [("citation", citation) for citation in plain["citations"]]
    assert citations
    assert message == ("message", {"delta": plain["answer"]})
    assert last.name == "final_answer"
    assert without_timings(last.data) == without_timings(plain)


def test_a_refusal_has_no_message_and_no_citation(client: Client) -> None:
    response = client.get("/v1/ask", params={"q": "How long should sourdough bread prove?"}, headers=STREAM)

    first, last = events(response.text)
    assert (first.name, last.name) == ("search_results", "final_answer")
    assert (last.data["answerable"], last.data["citations"]) == (False, [])


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/*", "text/event-stream"),
        ("text/event-stream", "text/event-stream"),
        ("TEXT/Event-Stream", "text/event-stream"),
        ("text/event-stream, application/json", "application/json"),
        ("text/event-stream, */*", "application/json"),
        ("text/event-stream, application/json;q=0.9", "text/event-stream"),
        ("application/json;q=0.2, text/event-stream;q=0.3", "text/event-stream"),
        ("application/json;q=0, */*", "text/event-stream"),
        ("*/*;q=0.1, text/event-stream; q=0.5", "text/event-stream"),
        ("text/event-stream;q=many, */*;q=0.1", "application/json"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
    ],
)
def test_the_media_type_is_the_one_that_is_liked_best_and_json_among_equals(
    client: Client, accept: str | None, media_type: str
) -> None:
    request = client.build_request("POST", "/v1/ask", json={"question": ZTE, "k": 1})
    del request.headers["Accept"]
    if accept is not None:
        request.headers["Accept"] = accept

    response = client.send(request)

    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == media_type


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0, text/html", "*/*;q=0", "nonsense"])
def test_a_client_that_takes_neither_is_told_what_there_is(client: Client, accept: str) -> None:
    response = client.get("/v1/ask", params={"q": ZTE}, headers={"Accept": accept})

    assert response.status_code == 406
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == "urn:pincite:problem:not-acceptable"
    assert "application/json or text/event-stream" in response.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"question": ""}, 422, "invalid-request"),
        ({"question": "x", "collection": "nobody"}, 404, "collection-not-found"),
    ],
)
def test_what_fails_before_the_first_byte_keeps_its_status(
    client: Client, body: dict[str, str], status: int, kind: str
) -> None:
    response = client.post("/v1/ask", json=body, headers=STREAM)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == f"urn:pincite:problem:{kind}"


def test_lines_that_end_within_a_document_do_not_end_an_event(empty_data: Path, tmp_path: Path) -> None:
    text = "The ferry\u2028sails at nine\x85from the\u2029old pier.\n\nIt rests.\nIt waits at dusk."
    (tmp_path / "one.jsonl").write_text(json.dumps({"id": "ferry", "text": text}), encoding="utf-8")
    build(Collection(empty_data, "default"), [tmp_path / "one.jsonl"], Settings().model, Silent())
    with serving(create_app(Settings(data_dir=empty_data))) as address:
        response = httpx.get(f"{address}/v1/ask", params={"q": "When does the ferry sail?"}, headers=STREAM)
        plain = httpx.get(f"{address}/v1/ask", params={"q": "When does the ferry sail?"})

    assert len(response.text.splitlines()) == response.text.count("\n"), "no other character ends a line"
    assert without_timings(events(response.text)[-1].data) == without_timings(plain.json())


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an application of this process on a socket."""
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run, args=[[listener]])
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def until(true: Callable[[], object]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


class Held:
    """An application whose answering thread is kept busy until it is let go, and beats its heart fast."""

    def __init__(self, seeds_data: Path, heartbeat: float) -> None:
        self.app = create_app(Settings(data_dir=seeds_data), Askers(Settings(data_dir=seeds_data)))
        self.app.state.heartbeat_seconds = heartbeat
        self.go_on, self.held = threading.Event(), threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    @property
    def answering(self) -> Answering:
        answering = self.app.state.answering
        assert isinstance(answering, Answering)
        return answering

    def hold(self, address: str) -> threading.Thread:
        """Ask a question whose second step waits."""
        asker = self.app.state.askers.get()
        answer = asker.answer

        def slowly(*arguments: object, **options: object) -> object:
            self.held.set()
            assert self.go_on.wait(30)
            return answer(*arguments, **options)

        asker.answer = slowly
        thread = threading.Thread(target=httpx.get, args=[f"{address}/v1/ask?q=hold"], kwargs={"timeout": 60})
        thread.start()
        assert self.held.wait(30)
        asker.answer = answer
        return thread


def test_comments_come_while_it_waits_and_then_the_whole_answer(seeds_data: Path) -> None:
    held = Held(seeds_data, heartbeat=0.02)
    with serving(held.app) as address:
        other = held.hold(address)
        with httpx.stream("GET", f"{address}/v1/ask", params={"q": ZTE}, headers=STREAM, timeout=60) as response:
            assert response.status_code == 200
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            chunks = response.iter_text()
            beats = ""
            while beats.count(": keep-alive\n\n") < 3:
                beats += next(chunks)
            assert beats.replace(": keep-alive\n\n", "") == ""
            held.go_on.set()
            rest = "".join(chunks)
        other.join()

    names = [event.name for event in events(rest)]
    assert (names[0], *names[-2:]) == ("search_results", "message", "final_answer")


@pytest.mark.parametrize("fault", [IndexDamaged("/a/file is gone"), ZeroDivisionError("by zero")])
def test_what_fails_once_the_stream_has_begun_is_an_event(seeds_data: Path, fault: Exception) -> None:
    held = Held(seeds_data, heartbeat=0.02)

    def fail(*_: object, **__: object) -> object:
        raise fault

    with serving(held.app) as address:
        other = held.hold(address)
        held.app.state.askers.get().answer = fail
        with httpx.stream("GET", f"{address}/v1/ask", params={"q": ZTE}, headers=STREAM, timeout=60) as response:
            chunks = response.iter_text()
            beats = next(chunks)
            held.go_on.set()
            text = beats + "".join(chunks)
        other.join()

    ((name, problem),) = events(text)
    assert (response.status_code, name) == (200, "error")
    assert problem["status"] in (500, 503)
    assert problem["request_id"] == response.headers["x-request-id"]
    assert str(fault) not in text


@pytest.mark.parametrize("heartbeat", [0.02, 60], ids=["after the first comment", "before any byte"])
@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_a_client_that_goes_away_gives_its_place_back_before_its_turn(
    seeds_data: Path, heartbeat: float, accept: str
) -> None:
    held = Held(seeds_data, heartbeat)
    with serving(held.app) as address:
        other = held.hold(address)
        asked: list[str] = []
        asker = held.app.state.askers.get()
        prepare = asker.prepare

        def noted(question: str, filters: Filters) -> object:
            asked.append(question)
            return prepare(question, filters)

        asker.prepare = noted
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(f"GET /v1/ask?q=gone HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\n\r\n".encode())
            until(lambda: held.answering._here == 2)
            if heartbeat < 1 and accept == "text/event-stream":
                received = b""
                while b"keep-alive" not in received:
                    received += connection.recv(4096)
        until(lambda: held.answering._here == 1)
        held.go_on.set()
        other.join()
        assert httpx.get(f"{address}/v1/ask", params={"q": ZTE}).json()["answerable"] is True

    assert asked == [ZTE], "what nobody waits for is not even encoded"
