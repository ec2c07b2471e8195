"""What Prometheus reads: each question counted once, its stages timed, all workers' numbers together."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.metrics import STAGES

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
        assert found["pincite_stage_seconds_count", stage] == 17
        assert found["pincite_stage_seconds_bucket", "+Inf", stage] == 17
        if stage != "render":  # which cannot stand in what is rendered
            expected = sum(one[stage] for one in timings) / 1e3
            assert found["pincite_stage_seconds_sum", stage] == pytest.approx(expected, abs=17 * 1e-6)
    assert found["pincite_stage_seconds_sum", "render"] > 0
    assert numbers(address) == found, "to look changes nothing"


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
