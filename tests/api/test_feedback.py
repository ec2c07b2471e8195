"""Saying over HTTP whether an answer helped."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from index.build import create_collection
from index.collection import Collection
from index.settings import Settings
from qa.feedback import FILE, FeedbackStore, Vote
from qa.references import Reference
from tests.api.test_metrics import numbers
from tests.conftest import Command, Silent, key_header

QUESTION = "What did ZTE's ban cause?"
PATH = "/v1/feedback"


@pytest.fixture
def data_dir(seeds_data: Path, tmp_path: Path) -> Path:
    """A data folder with the sample documents, which are not to be changed."""
    (tmp_path / "data" / "collections").mkdir(parents=True)
    for name in ("collections/default", "encoders"):
        (tmp_path / "data" / name).symlink_to(seeds_data / name)
    return tmp_path / "data"


@pytest.fixture
def local(data_dir: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(data_dir=data_dir)), raise_server_exceptions=False) as client:
        yield client


def said(data_dir: Path) -> list[Vote]:
    return FeedbackStore(data_dir).unhelpful("default")


def test_what_is_said_of_an_answer_is_kept_but_not_the_answer(local: TestClient, data_dir: Path) -> None:
    answer = local.post("/v1/ask", json={"question": QUESTION}).json()
    references = [one["reference"] for one in answer["citations"]]
    body = {name: answer[name] for name in ("question", "answer", "collection", "generation")}
    sent = local.post(
        PATH, json={**body, "helpful": False, "citations": references, "comment": " When? ", "id": "a_-1"}
    )

    assert (sent.status_code, sent.content) == (204, b"")
    assert said(data_dir) == [
        Vote(
            QUESTION,
            helpful=False,
            answered=True,
            generation=answer["generation"],
            citations=tuple(references),
            comment="When?",
            id="a_-1",
        )
    ]
    kept = (data_dir / FILE).read_bytes()
    assert references
    assert answer["answer"][:20].encode() not in kept


def test_a_question_and_a_word_on_it_are_enough(local: TestClient, data_dir: Path) -> None:
    assert local.post(PATH, json={"question": f" {QUESTION}\n", "helpful": False}).status_code == 204
    assert local.post(PATH, json={"question": "x", "helpful": False, "answer": "", "comment": " "}).status_code == 204
    assert said(data_dir) == [Vote(QUESTION, helpful=False), Vote("x", helpful=False, answered=False)]


def test_sent_again_under_its_id_it_takes_the_place_of_the_first(local: TestClient, data_dir: Path) -> None:
    for helpful in (False, True, True):
        assert local.post(PATH, json={"question": QUESTION, "helpful": helpful, "id": "mine"}).status_code == 204
    assert FeedbackStore(data_dir).tally("default") == (1, 1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": " "}, "question"),
        ({"question": "x" * 2_001}, "question"),
        ({"question": "\ud800"}, "question"),
        ({"helpful": "yes"}, "helpful"),
        ({"helpful": None}, "helpful"),
        ({"comment": "x" * 2_001}, "comment"),
        ({"comment": "\udfff"}, "comment"),
        ({"answer": "x" * 100_001}, "answer"),
        ({"id": ""}, "id"),
        ({"id": "x" * 65}, "id"),
        ({"id": "../x"}, "id"),
        ({"id": "x\n"}, "id"),
        ({"generation": "a b"}, "generation"),
        ({"collection": "../x"}, "collection"),
        ({"citations": ["c1"]}, "citations.0"),
        ({"citations": ["nonsense"]}, "citations.0"),
        ({"citations": [""] * 21}, "citations"),
        ({"stars": 5}, "stars"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_field_and_not_kept(
    local: TestClient, data_dir: Path, change: dict[str, Any], field: str
) -> None:
    content = json.dumps({"question": QUESTION, "helpful": False, **change})  # half surrogate pairs and all
    sent = local.post(PATH, content=content, headers={"Content-Type": "application/json"})

    assert sent.status_code == 422, sent.text
    assert sent.json()["errors"][0]["field"] == field
    assert said(data_dir) == []


def test_citations_of_another_collection_are_refused(local: TestClient, data_dir: Path) -> None:
    reference = Reference("other", "x", 0, 9, 1, b"0" * 16).encode()
    sent = local.post(PATH, json={"question": QUESTION, "helpful": False, "citations": [reference]})
    assert sent.status_code == 422
    assert sent.json()["errors"][0]["field"] == "citations.0"


def test_a_collection_that_is_not_there_is_a_404(local: TestClient) -> None:
    sent = local.post(PATH, json={"question": QUESTION, "helpful": True, "collection": "nowhere"})
    assert sent.status_code == 404
    assert sent.json()["type"] == "urn:pincite:problem:collection-not-found"


def test_a_damaged_store_is_a_problem_whose_reason_is_in_the_log_alone(
    local: TestClient, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (data_dir / FILE).write_bytes(b"this is no database, whatever its name says" * 100)
    with caplog.at_level(logging.ERROR, "pincite.api"):
        sent = local.post(PATH, json={"question": QUESTION, "helpful": True, "comment": "unheard"})

    assert sent.status_code == 503
    assert sent.json()["type"] == "urn:pincite:problem:storage-error"
    assert str(data_dir) not in sent.text
    assert "move it away" in caplog.text
    assert "unheard" not in caplog.text
    assert local.post("/v1/ask", json={"question": QUESTION}).status_code == 200


def test_nothing_that_was_said_is_logged(data_dir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    settings = Settings(data_dir=data_dir, log_format="json", log_level="debug", log_questions=True)
    with TestClient(create_app(settings)) as client:
        sent = client.post(PATH, json={"question": "unheard", "helpful": True, "comment": "unseen", "id": "unnamed"})
        assert sent.status_code == 204
    logged = "".join(capfd.readouterr())
    assert '"/v1/feedback"' in logged
    assert [word for word in ("unheard", "unseen", "unnamed") if word in logged] == []


@pytest.mark.parametrize("way", ["HTTP", "command"])
def test_deleting_a_collection_deletes_what_was_said_of_it(
    way: str, local: TestClient, data_dir: Path, pincite: Command
) -> None:
    create_collection(Collection(data_dir, "spare"), Settings().model, Silent())
    headers = key_header(data_dir)
    for name in ("default", "spare"):
        body = {"question": "x", "helpful": True, "collection": name}
        assert local.post(PATH, json=body, headers=headers).status_code == 204
    store = FeedbackStore(data_dir)
    assert store.tally("spare") == (1, 1)
    if way == "HTTP":
        assert local.delete("/v1/collections/spare", headers=headers).status_code == 204
    else:
        assert pincite(data_dir, "drop", "spare").returncode == 0

    assert store.tally("spare") == (0, 0)
    assert store.tally("default") == (1, 1)


def test_votes_of_several_workers_are_kept_and_counted(data_dir: Path, start_server: Callable[..., str]) -> None:
    address = start_server(data_dir, "--workers", "2")
    for number in range(6):  # a connection each: they go to the workers by turns
        body = {"question": QUESTION, "helpful": number < 4}
        assert httpx.post(f"{address}{PATH}", json=body).status_code == 204

    found = numbers(address)
    assert found["pincite_feedback_total", "default", "true"] == 4
    assert found["pincite_feedback_total", "default", "false"] == 2
    assert FeedbackStore(data_dir).tally("default") == (4, 6)
