"""Filters over HTTP: in a body, in an address, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from httpx import Client

from index.build import build
from index.collection import Collection
from index.settings import Settings
from tests.conftest import Silent

QUESTION = "When does the harbour open?"
DOCUMENTS = {
    "ada": ("Ada Lovelace, Grace Hopper", "2019-05-20", "Harbours, Ferries", "The harbour opens at six."),
    "ben": ("Ben Okri", "2019-11", "harbours", "The harbour opens at seven."),
    "cleo": ("Cleo", "2020", "bread", "The harbour opens at eight, says the baker."),
    "again": ("Cleo", "2021-01-01", "bread", "The harbour opens: at six!"),
}


@pytest.fixture(scope="module")
def harbours(
    seeds_data: Path, tmp_path_factory: pytest.TempPathFactory, start_server: Callable[[Path], str]
) -> Iterator[Client]:
    """A client of a server over small documents with authors, dates and tags."""
    data_dir, folder = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("documents")
    (data_dir / "encoders").symlink_to(seeds_data / "encoders")
    for name, (author, published, tags, text) in DOCUMENTS.items():
        head = f"---\ntitle: {name}\nauthor: {author}\npublished: {published}\ntags: [{tags}]\n---\n"
        (folder / f"{name}.md").write_text(f"{head}{text}\n", encoding="utf-8")
    build(Collection(data_dir, "default"), [folder], Settings().model, Silent())
    with Client(base_url=start_server(data_dir), timeout=30) as client:
        yield client


def found(response: httpx.Response) -> set[str]:
    """Return the documents that were searched: those of the passages and of what repeats them."""
    passages = response.raise_for_status().json()["passages"]
    return {passage["document_id"] for passage in passages} | {
        duplicate["document_id"] for passage in passages for duplicate in passage["duplicates"]
    }


@pytest.mark.parametrize(
    ("filters", "parameters", "documents"),
    [
        ({}, {}, "ada again ben cleo"),
        ({"document_ids": ["ada", "cleo"]}, {"document_id": ["ada", "cleo"]}, "ada cleo"),
        ({"authors": ["grace hopper", "Nobody"]}, {"author": ["grace hopper", "Nobody"]}, "ada"),
        ({"authors": [" CLEO "]}, {"author": " CLEO "}, "again cleo"),
        ({"tags": ["HARBOURS"]}, {"tag": "HARBOURS"}, "ada ben"),
        ({"published_from": "2019-11-30"}, {"published_from": "2019-11-30"}, "again ben cleo"),
        ({"published_to": "2019-05-20"}, {"published_to": "2019-05-20"}, "ada"),
        (
            {"published_from": "2019-01-01", "published_to": "2019-12-31", "tags": ["ferries"], "authors": None},
            {"published_from": "2019-01-01", "published_to": "2019-12-31", "tag": "ferries"},
            "ada",
        ),
        ({"tags": ["bread"], "document_ids": ["ada"]}, {"tag": "bread", "document_id": "ada"}, ""),
        ({"document_ids": ["nobody"]}, {"document_id": "nobody"}, ""),
    ],
)
def test_only_documents_that_match_are_searched(
    harbours: Client, filters: dict[str, object], parameters: dict[str, str | list[str]], documents: str
) -> None:
    assert found(harbours.post("/v1/ask", json={"question": QUESTION, "filters": filters})) == set(documents.split())
    assert found(harbours.get("/v1/ask", params={"q": QUESTION, **parameters})) == set(documents.split())


def test_the_answer_comes_from_what_was_searched(harbours: Client) -> None:
    answers = {
        name: harbours.get("/v1/ask", params={"q": QUESTION, "document_id": name}).json() for name in ("ada", "ben")
    }
    assert [answer["answer"] for answer in answers.values()] == [DOCUMENTS["ada"][3], DOCUMENTS["ben"][3]]


def test_where_nothing_matches_the_answer_is_a_refusal_without_passages(harbours: Client) -> None:
    response = harbours.post("/v1/ask", json={"question": QUESTION, "filters": {"tags": ["no such tag"]}})

    assert response.status_code == 200
    answer = response.json()
    assert (answer["answerable"], answer["answer"], answer["confidence"]) == (False, "", 0)
    assert (answer["passages"], answer["citations"]) == ([], [])


def test_what_repeats_a_passage_is_listed_with_its_place(harbours: Client) -> None:
    answer = harbours.get("/v1/ask", params={"q": QUESTION, "document_id": ["ada", "again"]}).json()

    (passage,) = answer["passages"]
    (duplicate,) = passage["duplicates"]
    assert {passage["document_id"], duplicate["document_id"]} == {"ada", "again"}
    assert duplicate["document_title"] == duplicate["document_id"]
    stored = harbours.get(f"/v1/passages/{duplicate['passage_id']}").raise_for_status().json()["passage"]
    assert {name: stored[name] for name in ("document_id", "start", "end")} == {
        name: duplicate[name] for name in ("document_id", "start", "end")
    }


@pytest.mark.parametrize(
    ("filters", "field", "message"),
    [
        ({"authors": []}, "filters.authors", "at least 1"),
        ({"tags": [str(number) for number in range(101)]}, "filters.tags", "at most 100"),
        ({"tags": ["x", ""]}, "filters.tags.1", "it is empty"),
        ({"authors": [" \t"]}, "filters.authors.0", "it is empty"),
        ({"document_ids": [""]}, "filters.document_ids.0", "it is empty"),
        ({"document_ids": ["x" * 1001]}, "filters.document_ids.0", "longer than 1000"),
        ({"document_ids": "ada"}, "filters.document_ids", "list"),
        ({"tags": [7]}, "filters.tags.0", "string"),
        ({"tag": ["x"]}, "filters.tag", "there is no such field"),
        ({"published_from": "2019"}, "filters.published_from", "YYYY-MM-DD"),
        ({"published_from": 1546300800}, "filters.published_from", "YYYY-MM-DD"),
        ({"published_to": "2019-02-30"}, "filters.published_to", "YYYY-MM-DD"),
        ({"published_to": "2019-12-31T00:00:00"}, "filters.published_to", "YYYY-MM-DD"),
        ({"published_from": "2020-01-01", "published_to": "2019-12-31"}, "filters.published_to", "comes before"),
        (["ada"], "filters", "object"),
    ],
)
def test_filters_that_cannot_be_used_are_a_422_that_names_the_field(
    client: Client, filters: object, field: str, message: str
) -> None:
    response = client.post("/v1/ask", json={"question": QUESTION, "filters": filters})

    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["field"] == field
    assert message in error["message"]
    assert "value error" not in error["message"].lower()


@pytest.mark.parametrize(
    ("parameters", "field", "message"),
    [
        ({"author": ""}, "author.0", "it is empty"),
        ({"document_id": ["ada", ""]}, "document_id.1", "it is empty"),
        ({"tag": [str(number) for number in range(101)]}, "tag", "at most 100"),
        ({"published_from": "20190101"}, "published_from", "YYYY-MM-DD"),
        ({"published_to": ""}, "published_to", "YYYY-MM-DD"),
        ({"published_from": "2020-01-01", "published_to": "2019-12-31"}, "published_to", "comes before"),
    ],
)
def test_filters_in_an_address_that_cannot_be_used_are_a_422_too(
    client: Client, parameters: dict[str, str | list[str]], field: str, message: str
) -> None:
    response = client.get("/v1/ask", params={"q": QUESTION, **parameters})

    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["field"] == field
    assert message in error["message"]


def test_documents_are_listed_and_shown_with_their_tags(harbours: Client) -> None:
    listed = {document["id"]: document["tags"] for document in harbours.get("/v1/documents").json()["documents"]}
    assert listed == {"ada": ["Harbours", "Ferries"], "again": ["bread"], "ben": ["harbours"], "cleo": ["bread"]}
    assert harbours.get("/v1/documents/ada").json()["tags"] == ["Harbours", "Ferries"]


def test_the_openapi_document_describes_filters_with_an_example_that_works(client: Client) -> None:
    document = client.get("/openapi.json").json()

    schemas = document["components"]["schemas"]
    for name, field in schemas["FiltersBody"]["properties"].items():
        assert field["description"], name
        assert field["examples"], name
    examples = schemas["AskRequest"]["examples"]
    assert [bool(example.get("filters")) for example in examples] == [False, True, False]
    for example in examples:
        assert client.post("/v1/ask", json=example).raise_for_status().json()["answerable"] is True
    parameters = {one["name"]: one for one in document["paths"]["/v1/ask"]["get"]["parameters"]}
    assert {"document_id", "author", "tag", "published_from", "published_to"} < set(parameters)
    assert all(one["description"] for one in parameters.values())
