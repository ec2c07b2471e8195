"""A collection whose last document was deleted: it answers that it knows nothing, and can be filled again."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.build import build
from index.collection import Collection
from index.deletion import delete_document
from index.settings import Settings
from qa.asker import Asker
from qa.factory import open_asker
from qa.filters import NO_FILTERS, Filters
from tests.conftest import Command, Silent

QUESTION = "When does the harbour open?"


@pytest.fixture
def empty(empty_data: Path, tmp_path: Path) -> Collection:
    """A collection that held one document, and holds none now."""
    collection = Collection(empty_data, "default")
    fill(collection, tmp_path / "port.txt")
    delete_document(collection, "port")
    return collection


def fill(collection: Collection, source: Path) -> None:
    source.write_text("The harbour opens at six.", encoding="utf-8")
    build(collection, [source], Settings().model, Silent())


@pytest.fixture
def asker(empty: Collection) -> Asker:
    return open_asker(Settings(data_dir=empty.data_dir))


@pytest.mark.parametrize(
    "filters",
    [
        NO_FILTERS,
        Filters(document_ids=frozenset({"port"})),
        Filters(authors=frozenset({"Ada"}), tags=frozenset({"ships"})),
        Filters(published_from=datetime.date(2020, 1, 1)),
    ],
    ids=["none", "a document", "author and tag", "a date"],
)
@pytest.mark.parametrize("question", [QUESTION, "What is it?", "42", "港はいつ開きますか"])
@pytest.mark.parametrize("k", [1, 100])
def test_every_question_is_answered_with_nothing(asker: Asker, question: str, filters: Filters, k: int) -> None:
    answer = asker.ask(question, k, filters)

    assert (answer.answerable, answer.text, answer.confidence) == (False, "", 0.0)
    assert (answer.hits, answer.citations) == ((), ())
    assert [(part.answerable, part.confidence, part.citations) for part in answer.parts] == [(False, 0.0, ())]
    assert (answer.collection, answer.generation) == ("default", asker.generation.name)


def test_no_setting_makes_an_answer_of_nothing(empty: Collection) -> None:
    asker = open_asker(Settings(data_dir=empty.data_dir, max_risk=1, dense_weight=0.0))
    asker.warm_up()
    assert not asker.ask(QUESTION).answerable
    assert asker.generation.manifest.counts.model_dump() == {"documents": 0, "passages": 0, "spans": 0}


def test_the_command_says_that_there_is_nothing(empty: Collection, pincite: Command) -> None:
    done = pincite(empty.data_dir, "ask", QUESTION)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("There is no document to search: none matches, or the collection is empty.")

    answer = json.loads(pincite(empty.data_dir, "ask", "--json", "--tag", "ships", QUESTION).stdout)
    assert (answer["answerable"], answer["passages"], answer["confidence"]) == (False, [], 0.0)


def test_a_service_over_it_is_ready_and_says_so_until_there_is_something(
    empty: Collection, tmp_path: Path, start_server: Callable[[Path], str]
) -> None:
    with httpx.Client(base_url=start_server(empty.data_dir), timeout=30) as client:

        def ask(**more: object) -> dict[str, Any]:
            response = client.post("/v1/ask", json={"question": QUESTION, **more})
            found: dict[str, Any] = response.raise_for_status().json()
            return found

        ready = client.get("/readyz").raise_for_status().json()
        assert (ready["status"], ready["documents"], ready["passages"], ready["spans"]) == ("ready", 0, 0, 0)
        for answer in (ask(), ask(filters={"tags": ["ships"]}), ask(k=100)):
            assert (answer["answerable"], answer["answer"], answer["confidence"]) == (False, "", 0.0)
            assert (answer["passages"], answer["citations"]) == ([], [])
            assert answer["generation"] == ready["generation"] == empty.current()
        assert client.get("/v1/documents").raise_for_status().json()["documents"] == []
        assert client.get("/v1/documents/port").status_code == 404

        fill(empty, tmp_path / "port.txt")
        assert ask()["answer"] == "The harbour opens at six."
        assert client.get("/readyz").raise_for_status().json()["documents"] == 1
