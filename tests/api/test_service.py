from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from httpx import Client

from api.app import create_app
from api.openapi import response_of
from api.problems import PROBLEMS
from index.build import build
from index.collection import Collection
from index.errors import PinciteError
from index.settings import Settings
from tests.conftest import Silent, start_service

Start = Callable[[Path], str]


def test_the_process_is_alive_and_ready(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz").raise_for_status().json()
    assert (ready["documents"], ready["passages"]) == (2, 54)
    assert ready["encoder"] == "all-MiniLM-L6-v2 (int8)"


def test_the_openapi_document_describes_every_operation_with_its_errors(client: Client) -> None:
    document = client.get("/openapi.json").raise_for_status().json()

    assert document["openapi"].startswith("3.1")
    paths = {"/v1/ask", "/v1/documents", "/v1/documents/{document_id}", "/v1/passages/{passage_id}", "/healthz"}
    assert paths < set(document["paths"])
    assert "Problem" in document["components"]["schemas"]
    references = set(re.findall(r"#/components/schemas/(\w+)", client.get("/openapi.json").text))
    assert references <= set(document["components"]["schemas"])
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["operationId"]
            assert operation["summary"], path
            for status in operation["responses"]:
                if int(status) >= 400:
                    assert list(response_of(document, operation, status)["content"]) == ["application/problem+json"]


def test_the_description_page_needs_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/docs")

    assert page.status_code == 200
    assert "http" not in page.text.replace("http-equiv", "")
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert client.get(address).status_code == 200


def test_an_unknown_path_and_method_are_problems(client: Client) -> None:
    missing, refused = client.get("/v2/ask"), client.delete("/v1/ask")

    assert (missing.status_code, refused.status_code) == (404, 405)
    assert refused.headers["allow"]
    for response in (missing, refused):
        assert response.headers["content-type"] == "application/problem+json"
        assert "/docs" in response.json()["detail"]


def test_a_request_id_is_taken_over_returned_and_named_in_errors(client: Client) -> None:
    given = client.get("/v1/documents/nobody", headers={"X-Request-ID": "abc-123"})
    made = client.get("/v1/documents/nobody")
    unfit = client.get("/healthz", headers={"X-Request-ID": "a b" * 100})

    assert given.headers["x-request-id"] == given.json()["request_id"] == "abc-123"
    assert made.headers["x-request-id"] == made.json()["request_id"] != ""
    assert unfit.headers["x-request-id"] != "a b" * 100


def test_every_error_has_a_status_by_itself_or_through_its_parents() -> None:
    def leaves(kind: type[PinciteError]) -> list[type[PinciteError]]:
        return [kind, *(leaf for child in kind.__subclasses__() for leaf in leaves(child))]

    for kind in leaves(PinciteError):
        assert any(base in PROBLEMS for base in kind.__mro__)


def test_many_questions_at_once_get_the_answers_that_they_get_alone(client: Client) -> None:
    questions = ["What did ZTE's ban cause?", "Who wrote Hamlet?", "How did Lenovo start?"] * 20

    def ask(question: str) -> dict[str, object]:
        answer: dict[str, object] = client.get("/v1/ask", params={"q": question}).raise_for_status().json()
        del answer["timings_ms"]
        return answer

    alone = {question: ask(question) for question in set(questions)}
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, questions))

    assert [q for q, answer in zip(questions, answers, strict=True) if answer != alone[q]] == []


def test_a_new_generation_is_served_without_a_restart(empty_data: Path, tmp_path: Path, start_server: Start) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    collection = Collection(empty_data, "default")
    (folder / "moon.md").write_text("The moon base was opened in May 2041.\n", encoding="utf-8")
    build(collection, [folder], Settings().model, Silent())
    address = start_server(empty_data)
    params = {"q": "When was the moon base opened?"}

    before = httpx.get(f"{address}/v1/ask", params=params).json()
    (folder / "moon.md").write_text("The moon base was opened in June 2042.\n", encoding="utf-8")
    build(collection, [folder], Settings().model, Silent())
    after = httpx.get(f"{address}/v1/ask", params=params).json()

    assert "2041" in before["passages"][0]["text"]
    assert "2042" in after["passages"][0]["text"]
    assert before["generation"] != after["generation"]


def test_an_index_damaged_under_a_running_service_is_a_503_that_keeps_paths_to_itself(
    data_dir: Path, start_server: Start
) -> None:
    address = start_server(data_dir)
    collection = Collection(data_dir, "default")
    assert httpx.get(f"{address}/readyz").status_code == 200

    collection.pointer.write_text(f"20990101T000000-000000Z {'0' * 64}\n")
    for path in ("/readyz", "/v1/ask?q=x", "/v1/documents"):
        response = httpx.get(f"{address}{path}")
        assert response.status_code == 503
        assert response.json()["type"] == "urn:pincite:problem:index-damaged"
        assert str(data_dir) not in response.text
    assert httpx.get(f"{address}/healthz").status_code == 200


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_service_with_several_workers_answers_and_stops_when_told(seeds_data: Path, stop: signal.Signals) -> None:
    process, address = start_service(seeds_data, "--workers", "2")
    assert process.stdout is not None
    with process.stdout:
        with httpx.Client(base_url=address, timeout=60) as client:
            assert client.get("/v1/ask", params={"q": "What did ZTE's ban cause?"}).json()["answerable"] is True
        os.kill(process.pid, stop)
        assert process.wait(timeout=30) == 0


def test_questions_are_kept_only_where_a_setting_names_a_file(seeds_data: Path, tmp_path: Path) -> None:
    log = tmp_path / "questions.jsonl"
    with TestClient(create_app(Settings(data_dir=seeds_data, question_log=log))) as client:
        client.get("/v1/ask", params={"q": "Who wrote\nHamlet?"}).raise_for_status()
        client.post("/v1/ask", json={"question": "What did ZTE's ban cause?"}).raise_for_status()
        assert client.post("/v1/ask", json={"question": ""}).status_code == 422
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]

    assert [(line["question"], line["answerable"]) for line in lines] == [
        ("Who wrote\nHamlet?", False),
        ("What did ZTE's ban cause?", True),
    ]


def test_a_question_log_that_cannot_be_written_keeps_no_answer_back(
    seeds_data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with TestClient(create_app(Settings(data_dir=seeds_data, question_log=tmp_path))) as client:
        assert client.get("/v1/ask", params={"q": "What did ZTE's ban cause?"}).json()["answerable"] is True
    assert "cannot be written" in caplog.text
