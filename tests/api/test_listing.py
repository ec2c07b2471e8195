"""Documents by the page: in every order, under filters, and while the collection changes."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.cursors import encode_cursor
from index.build import build
from index.collection import Collection
from index.settings import Settings
from qa.catalog import Order
from tests.conftest import Silent, key_header

DOCUMENTS: list[dict[str, object]] = [
    {"id": "b", "title": "Tides", "author": "Ada", "published": "2021-05-01", "tags": ["sea"]},
    {"id": "a/2", "title": "ärger", "author": "Bob, Ada", "published": "2020", "tags": ["Land", "sea"]},
    {"id": "a", "title": "Zebras", "author": "Cy"},
    {"id": "é 🌊", "title": "tides of old", "published": "2021-05-01"},
    {"id": "Z", "title": "Bread & butter", "author": "ADA", "tags": ["land"]},
]
SORTED = {
    "id": ["Z", "a", "a/2", "b", "é 🌊"],
    "title": ["Z", "b", "é 🌊", "a", "a/2"],
    "published": ["Z", "a", "a/2", "b", "é 🌊"],
}


def write(path: Path, documents: list[dict[str, object]]) -> Path:
    path.write_text(
        "\n".join(json.dumps({**one, "text": f"The text of {one['title']}."}) for one in documents), encoding="utf-8"
    )
    return path


@pytest.fixture(scope="module")
def client(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of five documents, which no test changes."""
    folder = tmp_path_factory.mktemp("listing")
    (folder / "encoders").symlink_to(seeds_data / "encoders")
    build(Collection(folder, "default"), [write(folder / "five.jsonl", DOCUMENTS)], Settings().model, Silent())
    with TestClient(create_app(Settings(data_dir=folder))) as client:
        yield client


def pages(client: TestClient, **params: Any) -> list[list[str]]:  # noqa: ANN401 - whatever may be sent
    """Read all pages by their cursors, and return the ids on each."""
    found: list[list[str]] = []
    cursor: str | None = None
    while True:
        page = client.get("/v1/documents", params={**params, **({"cursor": cursor} if cursor else {})})
        assert page.status_code == 200, page.text
        found.append([document["id"] for document in page.json()["documents"]])
        cursor = page.json()["next"]
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 6, 1000])
@pytest.mark.parametrize("sort", ["id", "-id", "title", "-title", "published", "-published"])
def test_pages_together_hold_each_document_once_in_order(client: TestClient, sort: str, limit: int) -> None:
    found = pages(client, sort=sort, limit=limit)
    expected = SORTED[sort.removeprefix("-")]

    assert [one for page in found for one in page] == (expected[::-1] if sort.startswith("-") else expected)
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
    assert found[-1]


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({"author": "ada"}, ["Z", "a/2", "b"]),
        ({"author": ["cy", "bob"]}, ["a", "a/2"]),
        ({"tag": "LAND"}, ["Z", "a/2"]),
        ({"tag": "land", "author": "Bob"}, ["a/2"]),
        ({"document_id": ["a", "nobody"]}, ["a"]),
        ({"published_from": "2020-06-01", "published_to": "2021-04-30"}, ["a/2"]),
        ({"published_from": "2021-01-01"}, ["b", "é 🌊"]),
        ({"title": "TIDES"}, ["b", "é 🌊"]),
        ({"title": "\u00c4RG"}, ["a/2"]),
        ({"title": "A\u0308RG"}, ["a/2"]),
        ({"title": "tides", "author": "Ada"}, ["b"]),
        ({"title": "no such title"}, []),
        ({}, SORTED["id"]),
    ],
)
@pytest.mark.parametrize("limit", [1, 100])
def test_filters_choose_and_the_total_counts_what_they_leave(
    client: TestClient, params: dict[str, object], ids: list[str], limit: int
) -> None:
    found = pages(client, limit=limit, **params)

    assert [one for page in found for one in page] == ids
    first = client.get("/v1/documents", params={**params, "limit": limit}).json()  # type: ignore[dict-item]
    assert first["total"] == len(ids)


def test_the_link_header_is_the_address_of_the_next_page(client: TestClient) -> None:
    first = client.get("/v1/documents?tag=sea&tag=land&limit=2&sort=-title")
    found = re.fullmatch(r'<([^>]+)>; rel="next"', first.headers["Link"])
    assert found
    second = client.get(found.group(1))

    assert [one["id"] for page in (first, second) for one in page.json()["documents"]] == ["a/2", "b", "Z"]
    assert second.json()["next"] is None
    assert "Link" not in second.headers
    assert first.json()["total"] == second.json()["total"] == 3


def test_pages_follow_the_documents_while_others_come_and_go(empty_data: Path, tmp_path: Path) -> None:
    # The page's last one and another go, one comes in front and one behind.
    kept = [one for one in DOCUMENTS if one["id"] not in {"a", "b"}]
    more: list[dict[str, object]] = [{"id": "A", "title": "In front"}, {"id": "aa", "title": "Behind"}]
    collection = Collection(empty_data, "default")
    build(collection, [write(tmp_path / "five.jsonl", DOCUMENTS)], Settings().model, Silent())
    with TestClient(create_app(Settings(data_dir=empty_data))) as client:
        first = client.get("/v1/documents", params={"limit": 2}).json()
        build(collection, [write(tmp_path / "five.jsonl", [*kept, *more])], Settings().model, Silent())
        second = client.get("/v1/documents", params={"limit": 5, "cursor": first["next"]}).json()

    assert [one["id"] for one in first["documents"]] == ["Z", "a"]
    assert [one["id"] for one in second["documents"]] == ["a/2", "aa", "é 🌊"]
    assert second["total"] == 5
    assert second["generation"] != first["generation"]


def sealed(body: bytes) -> str:
    """Return a cursor of any content with the right checksum."""
    return base64.urlsafe_b64encode(zlib.crc32(body).to_bytes(4, "big") + body).rstrip(b"=").decode("ascii")


def forged(key: str, place: tuple[str, str]) -> str:
    return encode_cursor(Order(key), place)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        pytest.param({"cursor": "nonsense"}, "cursor", id="anything"),
        pytest.param({"cursor": ""}, "cursor", id="nothing"),
        pytest.param({"cursor": "🦆"}, "cursor", id="a duck"),
        pytest.param({"cursor": forged("id", ("", "a"))[:-2]}, "cursor", id="cut off"),
        pytest.param({"cursor": forged("id", ("", "a")) + "="}, "cursor", id="padded"),
        pytest.param({"cursor": forged("title", ("a", "a"))}, "cursor", id="of another order"),
        pytest.param({"cursor": forged("id", ("\ud800", "\ud800"))}, "cursor", id="no text"),
        pytest.param({"cursor": forged("id", (7, ["a"]))}, "cursor", id="no place"),  # type: ignore[arg-type]
        pytest.param({"cursor": forged("id", ())}, "cursor", id="nowhere"),  # type: ignore[arg-type]
        pytest.param({"cursor": sealed(b"7")}, "cursor", id="a number"),
        pytest.param({"cursor": sealed(b"[" * 10_000)}, "cursor", id="deep"),
        pytest.param({"cursor": sealed(b'["id",false,"","a"]')}, "cursor", id="spelt in another way"),
        pytest.param({"limit": "0"}, "limit", id="no documents"),
        pytest.param({"limit": "1001"}, "limit", id="too many"),
        pytest.param({"sort": "author"}, "sort", id="another order"),
        pytest.param({"title": ""}, "title", id="an empty title"),
        pytest.param({"published_from": "2021"}, "published_from", id="no day"),
    ],
)
def test_a_cursor_that_was_made_up_and_other_bad_parameters_are_a_422(
    client: TestClient, params: dict[str, str], field: str
) -> None:
    response = client.get("/v1/documents", params=params)

    assert response.status_code == 422, response.text
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_a_cursor_of_another_order_says_what_to_do(client: TestClient) -> None:
    cursor = client.get("/v1/documents", params={"limit": 1, "sort": "title"}).json()["next"]

    response = client.get("/v1/documents", params={"cursor": cursor})

    assert "in another order; begin at its first page" in response.json()["detail"]


def test_a_cursor_can_name_a_document_with_a_very_long_id_and_title(seeds_data: Path, tmp_path: Path) -> None:
    (tmp_path / "encoders").symlink_to(seeds_data / "encoders")
    long: list[dict[str, object]] = [{"id": f"{'🦆/' * 1500}{n}", "title": f"{'Ente ' * 2000}{n}"} for n in range(3)]
    build(Collection(tmp_path, "default"), [write(tmp_path / "ducks.jsonl", long)], Settings().model, Silent())
    with TestClient(create_app(Settings(data_dir=tmp_path))) as client:
        for sort in ("id", "-title"):
            assert sorted(one for page in pages(client, limit=1, sort=sort) for one in page) == [
                one["id"] for one in long
            ]


def test_no_text_is_read_to_list_documents(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    database = client.app.state.askers.get().generation.database  # type: ignore[attr-defined]
    rows, queries = database._rows, list[str]()

    def read(query: str, values: tuple[object, ...] = ()) -> list[Any]:
        queries.append(query)
        found: list[Any] = rows(query, values)
        return found

    monkeypatch.setattr(database, "_rows", read)
    for params in ({}, {"sort": "title"}, {"tag": "sea"}, {"title": "tides"}):
        client.get("/v1/documents", params=params).raise_for_status()

    assert queries
    assert not [query for query in queries if "text" in query]


def test_an_empty_page_of_an_empty_collection(empty_data: Path, tmp_path: Path) -> None:
    collection = Collection(empty_data, "default")
    build(collection, [write(tmp_path / "one.jsonl", DOCUMENTS[:1])], Settings().model, Silent())
    settings = Settings(data_dir=empty_data)
    with TestClient(create_app(settings), headers=key_header(empty_data)) as client:
        client.delete("/v1/documents/b").raise_for_status()
        found = client.get("/v1/documents")

    assert (found.json()["documents"], found.json()["total"], found.json()["next"]) == ([], 0, None)
