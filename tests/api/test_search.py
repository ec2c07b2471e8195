"""Hits and scores alone: the very passages that asking lists, unread."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Client

from api.app import create_app
from index.settings import Settings

ZTE = "What did ZTE's ban cause?"
BOTH = "What did ZTE's ban cause, and when was Sputnik launched?"


def search(client: Client, question: str, **options: object) -> dict[str, Any]:
    found: dict[str, Any] = client.post("/v1/search", json={"question": question, **options}).raise_for_status().json()
    return found


@pytest.mark.parametrize("question", [ZTE, BOTH, "How long should sourdough bread prove?"])
@pytest.mark.parametrize(
    "options", [{}, {"k": 1}, {"k": 40, "explain": True}, {"filters": {"document_ids": ["catch-up-and-surpass"]}}]
)
def test_it_lists_what_asking_lists_in_the_same_order_with_the_same_scores(
    client: Client, question: str, options: dict[str, object]
) -> None:
    found = search(client, question, **options)
    asked = client.post("/v1/ask", json={"question": question, **options}).raise_for_status().json()

    assert set(found) == {"question", "collection", "generation", "passages", "timings_ms"}
    assert {name: found[name] for name in ("question", "collection", "generation")} == {
        name: asked[name] for name in ("question", "collection", "generation")
    }
    assert found["passages"]
    for passage in (*found["passages"], *asked["passages"]):
        assert passage.pop("highlights")
    assert found["passages"] == asked["passages"]


def test_it_marks_the_sentence_nearest_to_the_question_and_names_its_stages(client: Client) -> None:
    found = search(client, ZTE, explain=True)

    for passage in found["passages"]:
        assert passage["highlights"] == [passage["explanation"]["best_span"]]
    assert list(found["timings_ms"]) == ["wait", "encode", "search", "rank"]
    assert found["timings_ms"]["search"] > 0


def test_filters_that_nothing_matches_find_nothing(client: Client) -> None:
    assert search(client, ZTE, filters={"tags": ["nobody has this tag"]})["passages"] == []


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "question"),
        ({"question": " "}, 422, "question"),
        ({"question": "x", "k": 101}, 422, "k"),
        ({"question": "x", "filters": {"tags": []}}, 422, "filters.tags"),
        ({"question": "x", "collection": "nobody"}, 404, None),
    ],
)
def test_what_cannot_be_searched_for_is_a_problem(
    client: Client, body: dict[str, object], status: int, field: str | None
) -> None:
    response = client.post("/v1/search", json=body)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in response.json().get("errors", [])] == ([field] if field else [])


def test_the_generation_that_was_read_stands_in_a_header_too(client: Client) -> None:
    response = client.post("/v1/search", json={"question": ZTE})

    assert response.headers["Pincite-Generation"] == response.json()["generation"]


def test_it_is_counted_as_a_search(client: Client) -> None:
    def counted() -> list[float]:
        page = client.get("/metrics").raise_for_status().text
        found = re.findall(r'^pincite_questions_total{collection="default",outcome="(\w+)"} (\S+)$', page, re.MULTILINE)
        return [
            sum(float(count) for name, count in found if (name == "searched") is wanted) for wanted in (True, False)
        ]

    before = counted()
    search(client, ZTE)
    after = counted()

    assert (after[0] - before[0], after[1] - before[1]) == (1, 0)


def test_it_is_not_kept_as_a_question(seeds_data: Path, tmp_path: Path) -> None:
    log = tmp_path / "questions.jsonl"
    with TestClient(create_app(Settings(data_dir=seeds_data, question_log=log))) as client:
        assert client.post("/v1/search", json={"question": ZTE}).status_code == 200
        assert not log.exists()
        assert client.post("/v1/ask", json={"question": ZTE}).status_code == 200
        assert log.exists()
