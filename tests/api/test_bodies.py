"""Bodies that are too large, of the wrong kind, or mean different things to different readers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.json_bodies import parse_json
from index.settings import Settings
from tests.api.served import ASK, connect, kind_of, post, response, served, until_closed, until_cut
from tests.api.test_connections import send_what_is_taken

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def port(seeds_data: Path) -> Iterator[int]:
    app = create_app(Settings(data_dir=seeds_data, max_upload_mb=2))

    @app.post("/v1/documents/count")
    async def count(request: Request) -> int:
        return len(await request.body())

    with served(app) as port:
        yield port


@pytest.fixture(scope="module")
def client(seeds_data: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(data_dir=seeds_data))) as client:
        yield client


def problem(response: object) -> tuple[int, str]:
    body = json.loads(response.content)  # type: ignore[attr-defined]
    assert response.headers["Content-Type"] == "application/problem+json"  # type: ignore[attr-defined]
    return body["status"], body["type"].removeprefix("urn:pincite:problem:")


def test_a_body_that_says_that_it_is_too_large_is_refused_unread(port: int) -> None:
    with connect(port, post(b"", length=1_000_001)) as connection:
        assert kind_of(until_closed(connection)) == "content-too-large"


def chunks(parts: int, size: int = 65536) -> bytes:
    return (b"%x\r\n" % size + b" " * size + b"\r\n") * parts


def test_a_body_that_does_not_say_how_large_it_is_is_counted(port: int) -> None:
    head = b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    connection = connect(port, head + b"Transfer-Encoding: chunked\r\n\r\n")
    # More than buffers between the two hold: that it ends shows that nobody waits for all of it.
    sending = threading.Thread(target=send_what_is_taken, args=(connection, chunks(1600)))
    sending.start()
    answer = until_closed(connection)
    sending.join(timeout=30)
    assert not sending.is_alive()
    assert kind_of(answer) == "content-too-large"


def test_an_upload_may_be_larger_and_is_bounded_all_the_same(port: int) -> None:
    with connect(port, post(b"x" * 2_000_000, "/v1/documents/count")) as connection:
        assert response(connection)[::2] == (200, b"2000000")
    with connect(port, post(b"", "/v1/documents/count", length=2_000_001)) as connection:
        answer = until_closed(connection)
    assert kind_of(answer) == "content-too-large"
    assert b"PINCITE_MAX_UPLOAD_MB" in answer


def test_more_than_is_announced_is_no_part_of_the_body(port: int) -> None:
    # What follows would be another request, and is none: whoever sends that is not answered at all.
    assert until_cut(connect(port, post(ASK + b"and more", length=len(ASK)))) == b""
    with connect(port, post(ASK)) as connection:
        assert response(connection)[0] == 200


def test_two_lengths_are_refused(port: int) -> None:
    for second in ("Content-Length: 5", "Transfer-Encoding: chunked"):
        with connect(port, post(ASK, "/v1/ask", second)) as connection:
            assert kind_of(until_closed(connection)) == "bad-request"


def test_a_client_that_asks_before_sending_is_told_to_go_on_or_not(port: int) -> None:
    with connect(port, post(b"", "/v1/ask", "Expect: 100-continue", length=len(ASK))) as connection:
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(ASK)
        assert response(connection)[0] == 200
    with connect(port, post(b"", "/v1/ask", "Expect: 100-continue", length=5_000_000)) as connection:
        assert kind_of(until_closed(connection)) == "content-too-large"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"question": NaN}',
        b'{"question": "x", "k": Infinity}',
        b'{"question": "x", "question": "y"}',
        b'{"question": "x", "filters": {"tags": ["a"], "tags": ["b"]}}',
        b'\xff\xfe{"question": "x"}',
        '{"question": "x"}'.encode("utf-16"),
        b'\xef\xbb\xbf{"question": "x"}',
        b'{"question": "\xe4"}',
        b"[" * 100_000,
        b'{"k": ' + b"9" * 5_000 + b"}",
    ],
)
def test_what_is_not_json_for_everybody_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/ask", content=body, headers=JSON)
    assert problem(answer) in {(400, "invalid-json"), (422, "invalid-request")}
    assert (answer.status_code == 422) == (body == b""), answer.text


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "nonsense",
        "multipart/form-data",
    ],
)
def test_what_does_not_say_that_it_is_json_is_refused(client: TestClient, kind: str | None) -> None:
    answer = client.post("/v1/ask", content=ASK, headers={} if kind is None else {"Content-Type": kind})
    assert problem(answer) == (415, "unsupported-media-type")
    assert "Content-Type: application/json" in answer.json()["detail"]


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=UTF-8", "application/ld+json"])
def test_json_may_be_called_by_its_other_names(client: TestClient, kind: str) -> None:
    assert client.post("/v1/ask", content=ASK, headers={"Content-Type": kind}).status_code == 200


def test_the_place_of_a_mistake_is_named(client: TestClient) -> None:
    answer = client.post("/v1/ask", content=b'{"question": }', headers=JSON)
    assert answer.json()["detail"] == "the body is not valid JSON: Expecting value, at character 13."
    twice = client.post("/v1/ask", content=b'{"k": 1, "k": 2}', headers=JSON)
    assert twice.json()["detail"] == "the body is not valid JSON: the name 'k' occurs twice in one object."


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(_VALUES)
def test_json_that_is_json_for_everybody_is_read_as_it_is(value: object) -> None:
    assert parse_json(json.dumps(value).encode()) == value


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from(["question", "k", "filters", "collection", "explain", "x"]), _VALUES) | _VALUES)
def test_whatever_json_is_sent_is_answered_or_is_a_problem_of_the_client(client: TestClient, value: object) -> None:
    answer = client.post("/v1/ask", content=json.dumps(value).encode(), headers=JSON)
    assert answer.status_code == 200 or problem(answer)[0] in {404, 422}, answer.text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200))
def test_whatever_bytes_are_sent_are_a_problem_of_the_client(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/ask", content=body, headers=JSON)
    assert problem(answer)[0] in {400, 422}
