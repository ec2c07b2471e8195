"""What Prometheus reads: each question counted once, its stages timed, all workers' numbers together."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.metrics import STAGES
from index.settings import Settings
from tests.api.test_workers import alive, answers, children, eventually, serving

ANSWERED, UNANSWERABLE = "What did ZTE's ban cause?", "What is the capital of Australia?"


def numbers(address: str) -> dict[tuple[str, ...], float]:
    """Read the page, and return each value by its name and its labels' values, sorted."""
    page = httpx.get(f"{address}/metrics")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/plain; version=")
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page.text)
        for sample in family.samples
    }


def ask(address: str, question: str) -> dict[str, float]:
    answered = httpx.post(f"{address}/v1/ask", json={"question": question})
    assert answered.status_code == 200
    timings: dict[str, float] = answered.json()["timings_ms"]
    return timings


@pytest.mark.parametrize("workers", ["1", "2"])
def test_each_question_is_counted_once_and_each_of_its_stages_timed(
    workers: str, seeds_data: Path, start_server: Callable[..., str]
) -> None:
    address = start_server(seeds_data, "--workers", workers)
    assert not any(name.endswith("_count") and value for (name, *_), value in numbers(address).items())
    # Connections of their own, so that both workers are asked.
    timings = [ask(address, question) for question in [ANSWERED] * 12 + [UNANSWERABLE] * 5]
    assert httpx.post(f"{address}/v1/ask", json={"question": " "}).status_code == 422
    assert httpx.post(f"{address}/v1/ask", json={"question": "x", "collection": "none"}).status_code == 404

    found = numbers(address)
    assert found["pincite_questions_total", "answered", "default"] == 12
    assert found["pincite_questions_total", "default", "unanswerable"] == 5
    assert found["pincite_questions_shed_total",] == 0
    for stage in STAGES:
        assert found["pincite_stage_seconds_count", *sorted(("default", stage))] == 17
        assert found["pincite_stage_seconds_bucket", "+Inf", *sorted(("default", stage))] == 17
        if stage != "render":  # which cannot stand in what is rendered
            expected = sum(one[stage] for one in timings) / 1e3
            assert found["pincite_stage_seconds_sum", *sorted(("default", stage))] == pytest.approx(
                expected, abs=17 * 1e-6
            )
    assert found["pincite_stage_seconds_sum", "default", "render"] > 0
    assert found["pincite_confidence_count", "default"] == 17
    assert found["pincite_confidence_bucket", "0.1", "default"] == 5
    assert found["pincite_requests_total", "/v1/ask", "2xx", "POST"] == 17
    assert found["pincite_requests_total", "/v1/ask", "4xx", "POST"] == 2
    assert found["pincite_questions_waiting",] == 0
    assert found["pincite_index_rows", "default", "passages"] == 54
    age, started = found["pincite_generation_age_seconds", "default"], found["pincite_start_time_seconds",]
    assert 0 < time.time() - started < age
    again = numbers(address)
    assert again["pincite_generation_age_seconds", "default"] > age
    changing = (
        "pincite_generation_age_seconds",
        "pincite_requests_total",
        "pincite_connections",
        "pincite_requests_created",
    )
    assert {key: value for key, value in again.items() if key[0] not in changing} == {
        key: value for key, value in found.items() if key[0] not in changing
    }, "to look changes nothing of the questions"


def test_what_nobody_has_foreseen_makes_no_new_numbers(seeds_data: Path) -> None:
    with TestClient(create_app(Settings(data_dir=seeds_data))) as client:
        for path in ("/v9/a", "/v9/b", "/v1/documents/no-such", "/v1/documents/nor-this", "/static-offline-docs/x"):
            assert client.request("GET", path).status_code == 404
        assert client.request("BREW", "/v1/ask").status_code == 405
        assert client.post("/v1/ask", json={"question": "x", "collection": "nowhere"}).status_code == 404
        families = text_string_to_metric_families(client.get("/metrics").text)
        samples = [sample for family in families for sample in family.samples]
    requests = {
        (labels["route"], labels["method"], labels["status"]): sample.value
        for sample in samples
        if sample.name == "pincite_requests_total" and (labels := sample.labels)
    }
    assert requests == {
        ("(unknown)", "GET", "4xx"): 2,
        ("/v1/documents/{document_id}", "GET", "4xx"): 2,
        ("/static-offline-docs", "GET", "4xx"): 1,
        ("/v1/ask", "(other)", "4xx"): 1,
        ("/v1/ask", "POST", "4xx"): 1,
    }
    assert {sample.labels["collection"] for sample in samples if "collection" in sample.labels} == {"default"}


def test_a_worker_that_takes_anothers_place_counts_on(seeds_data: Path) -> None:
    with serving(seeds_data) as (process, address):
        assert eventually(lambda: len(children(process.pid)) == 2)
        for _ in range(4):
            ask(address, ANSWERED)
        before = set(children(process.pid))
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: len(set(children(process.pid)) - before) == 2)
        for _ in range(4):
            ask(address, ANSWERED)
        assert numbers(address)["pincite_questions_total", "answered", "default"] == 8


def test_the_numbers_of_a_service_that_was_killed_are_removed_by_the_next(
    seeds_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with serving(seeds_data) as (first, _), serving(seeds_data) as (second, _):
        assert eventually(lambda: len(list(tmp_path.glob("pincite-metrics-*"))) == 2)
        workers = children(first.pid)
        first.kill()
        first.wait(timeout=30)
        assert eventually(lambda: not any(map(alive, workers)))
        for folder in tmp_path.glob("pincite-metrics-*"):
            os.utime(folder, (0, 0))
        with serving(seeds_data) as (_, third):
            assert eventually(lambda: answers(third))
            folders = list(tmp_path.glob("pincite-metrics-*"))
            assert len(folders) == 2, "of the one that lives, and its own"
            assert all(list(folder.iterdir()) for folder in folders)
        assert second.poll() is None


def test_stages_are_of_the_answer_and_add_up_to_no_more_than_it_took(
    seeds_data: Path, start_server: Callable[..., str]
) -> None:
    address = start_server(seeds_data)
    with httpx.Client(base_url=address) as client:
        began = time.perf_counter()
        answered = client.post("/v1/ask", json={"question": ANSWERED}).json()["timings_ms"]
        took = (time.perf_counter() - began) * 1e3
    assert tuple(answered) == STAGES[:-1]
    assert all(value >= 0 for value in answered.values())
    assert answered["encode"] > 0
    assert sum(answered.values()) < took


def test_questions_that_are_not_taken_are_counted(seeds_data: Path, start_server: Callable[..., str]) -> None:
    address = start_server(seeds_data, PINCITE_MAX_WAITING="1")
    body = {"question": " and ".join(["what did the ban cause"] * 60)}
    with httpx.Client(base_url=address, timeout=60) as client, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: client.post("/v1/ask", json=body), range(64)))
    shed = sum(answer.status_code == 503 for answer in answers)
    assert 0 < shed < 64
    assert numbers(address)["pincite_questions_shed_total",] == shed
