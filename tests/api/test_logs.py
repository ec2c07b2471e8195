"""What the service writes about itself: whole lines, each with what is needed and none with what was asked."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.logs import Log
from index.settings import Settings
from tests.api.test_workers import serving

QUESTION = "What did ZTE's ban cause?"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, which is left as it was."""
    logger = logging.getLogger()
    before, level, ours = logger.handlers[:], logger.level, logging.getLogger("pincite").level
    yield logger
    logger.handlers[:] = before
    logger.setLevel(level)
    logging.getLogger("pincite").setLevel(ours)


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def requests_in(text: str) -> list[dict[str, Any]]:
    return [line for line in lines_of(text) if line["event"] == "request"]


def asked(seeds_data: Path, capfd: pytest.CaptureFixture[str], **settings: Any) -> str:  # noqa: ANN401
    """Make some requests, and return what was written."""
    with TestClient(create_app(Settings(data_dir=seeds_data, log_format="json", **settings))) as client:
        client.post("/v1/ask", json={"question": QUESTION}, headers={"X-Request-ID": "first"})
        client.get("/v1/ask", params={"q": "What is the capital of Australia?"})
        client.get("/v1/documents/secret-name")
        client.get("/secret-path?secret=query")
        client.get("/healthz")
    return capfd.readouterr().err


def test_a_request_is_a_line_that_says_what_came_of_it(seeds_data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first, second, third, fourth = requests_in(asked(seeds_data, capfd))
    took, confidence = first.pop("ms"), first.pop("confidence")
    assert first.pop("bytes") > 1_000
    assert first.pop("time").endswith("Z")
    assert took > 0
    assert 0.5 < confidence <= 1
    assert first == {
        "level": "info",
        "event": "request",
        "request_id": "first",
        "method": "POST",
        "route": "/v1/ask",
        "status": 200,
        "collection": "default",
        "outcome": "answered",
        "pid": os.getpid(),
    }
    assert (second["method"], second["outcome"]) == ("GET", "unanswerable")
    assert (third["route"], third["status"]) == ("/v1/documents/{document_id}", 404)
    assert (fourth["route"], fourth["status"]) == ("(unknown)", 404)


def test_no_line_holds_what_was_asked_for_or_by_whom(seeds_data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    written = asked(seeds_data, capfd)
    for word in ("ZTE", "Australia", "secret", "testclient", "127.0.0.1"):
        assert word not in written
    assert QUESTION in [line.get("question") for line in requests_in(asked(seeds_data, capfd, log_questions=True))]


def test_the_level_decides_which_lines_there_are(seeds_data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert len(requests_in(asked(seeds_data, capfd))) == 4
    debug = requests_in(asked(seeds_data, capfd, log_level="debug"))
    assert [line["level"] for line in debug if line["route"] == "/healthz"] == ["debug"]
    assert asked(seeds_data, capfd, log_level="error") == ""


def test_lines_of_libraries_look_the_same_and_an_exception_is_one_line(
    root: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    Log(Settings(log_format="json")).take_over()
    logging.getLogger("pincite.api").info("%d things", 3)
    logging.getLogger("a.library").warning("careful")
    logging.getLogger("somebody.else").info("chatter")
    logging.getLogger("pincite.api").error("it broke", exc_info=ValueError("broken"))
    ours, theirs, broke = lines_of(capfd.readouterr().err)

    assert (ours["event"], ours["level"], ours["logger"]) == ("3 things", "info", "pincite.api")
    assert (theirs["event"], theirs["level"]) == ("careful", "warning")
    assert broke["event"] == "it broke"
    assert broke["exception"].endswith("ValueError: broken")


def test_a_console_gets_lines_for_eyes(root: logging.Logger, capfd: pytest.CaptureFixture[str]) -> None:
    log = Log(Settings(log_format="console"))
    log.take_over()
    log.lines.info("request", status=200)
    logging.getLogger("pincite.api").warning("careful")
    written = capfd.readouterr().err
    assert "status=200" in written
    assert "careful" in written
    assert "\x1b" not in written, "colours are for terminals"
    assert not written.startswith("{")


def test_lines_of_several_workers_are_whole_however_long_they_are(seeds_data: Path) -> None:
    with serving(seeds_data, variables={"PINCITE_LOG_QUESTIONS": "true"}) as (process, address):
        question = "What happened to ZTE? " + "x" * 1_900
        assert process.stderr is not None
        with httpx.Client(base_url=address, timeout=60) as client, ThreadPoolExecutor(9) as pool:
            written = pool.submit(process.stderr.read)
            sent = list(pool.map(lambda _: client.post("/v1/ask", json={"question": question}).status_code, range(200)))
            process.send_signal(signal.SIGTERM)
            lines = requests_in(written.result(timeout=60))
    assert sent == [200] * 200
    assert [line["question"] for line in lines] == [question] * 200
    assert len({line["pid"] for line in lines}) == 2
    assert len({line["request_id"] for line in lines}) == 200


def test_lines_longer_than_a_pipe_takes_at_once_are_whole() -> None:
    code = (
        "import os; from api.logs import Log; from index.settings import Settings\n"
        "log = Log(Settings(log_format='json'))\n"
        "other = os.fork()\n"
        "for number in range(20): log.lines.info('long', text=('p' if other else 'c') * 300_000)\n"
        "if other: os.waitpid(other, 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    texts = [line["text"] for line in lines_of(done.stderr)]
    assert sorted(texts) == ["c" * 300_000] * 20 + ["p" * 300_000] * 20


def test_a_reader_that_goes_away_stops_nothing(seeds_data: Path) -> None:
    with serving(seeds_data, workers=1) as (process, address):
        assert process.stderr is not None
        process.stderr.close()
        for _ in range(3):
            assert httpx.get(f"{address}/v1/ask", params={"q": QUESTION}).json()["answerable"]
        process.stderr = None


def test_a_fault_says_in_which_request_it_was(seeds_data: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(Settings(data_dir=seeds_data))

    @app.get("/boom")
    def boom() -> None:
        raise RuntimeError("broken")

    with TestClient(app) as client:
        client.get("/boom", headers={"X-Request-ID": "r-1"})
    (record,) = [record for record in caplog.records if record.exc_info]
    assert "r-1" in record.getMessage()
