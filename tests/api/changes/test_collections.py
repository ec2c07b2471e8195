"""Collections over HTTP: listing, making, deleting them, and going back; and what a service refuses to change."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.routes import changing
from index.collection import Collection
from index.settings import Settings
from tests.api.changes.conftest import PAGES, QUESTION, Service, make_pages, serving
from tests.api.test_delete import lock_held, problem
from tests.conftest import key_header


def test_a_collection_is_made_filled_listed_and_deleted(town: Service) -> None:
    created = town.succeeded(town.client.post("/v1/collections", json={"name": "made"}))
    assert (created["kind"], created["files"]) == ("create-collection", [])
    empty = town.client.get("/v1/collections/made").raise_for_status().json()
    assert (empty["documents"], empty["passages"], empty["state"]) == (0, 0, "ready")
    assert empty["generation"] == created["generation"]
    assert town.answer("made") == ""

    filled = town.succeeded(town.upload("made", dict(PAGES)))
    found = town.client.get("/v1/collections/made").raise_for_status().json()
    listed = town.client.get("/v1/collections").raise_for_status().json()["collections"]
    assert found == next(one for one in listed if one["name"] == "made")
    assert (found["documents"], found["generation"], found["language"]) == (3, filled["generation"], "en")
    assert found["encoder"] == "all-MiniLM-L6-v2 (int8)"
    assert [one["name"] for one in listed] == sorted(one["name"] for one in listed)

    problem(town.client.post("/v1/collections", json={"name": "made"}), 409, "collection-exists")
    town.client.delete("/v1/collections/made").raise_for_status()
    for response in (
        town.client.get("/v1/collections/made"),
        town.client.delete("/v1/collections/made"),
        town.client.get("/v1/collections/made/generations"),
        town.client.post("/v1/collections/made/rollback"),
        town.client.post("/v1/ask", json={"question": QUESTION, "collection": "made"}),
        town.upload("made", {"a.md": "text"}),
    ):
        problem(response, 404, "collection-not-found")
    assert "made" not in [one["name"] for one in town.client.get("/v1/collections").json()["collections"]]
    assert not [path for path in (town.data_dir / "collections").iterdir() if "made" in path.name]


@pytest.mark.parametrize("name", ["", "No", "../up", "a b", "x" * 65, ".hidden", "-x", "é"])
def test_a_collections_name_has_a_form(town: Service, name: str) -> None:
    assert "name" in problem(town.client.post("/v1/collections", json={"name": name}), 422, "invalid-request")


def test_two_who_make_one_collection_at_once_make_one(town: Service) -> None:
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda _: town.client.post("/v1/collections", json={"name": "twice"}), range(4)))
    ended = [town.ended(one) for one in sent if one.status_code == 202]
    assert [one["state"] for one in ended].count("succeeded") == 1
    lost = [one for one in ended if one["state"] == "failed"]
    assert {one["problem"]["type"] for one in lost} <= {"urn:pincite:problem:collection-exists"}
    town.client.delete("/v1/collections/twice").raise_for_status()


def test_what_was_uploaded_can_be_gone_back_from(town: Service, pages: str) -> None:
    town.succeeded(town.upload(pages, {"moon.md": PAGES["moon.md"].replace("2041", "2099"), "new.md": "New words."}))
    kept = town.client.get(f"/v1/collections/{pages}/generations").raise_for_status().json()["generations"]
    assert [(one["current"], one["documents"]) for one in kept] == [(True, 4), (False, 3)]
    assert kept[0]["bytes"] > 0

    back = town.client.post(f"/v1/collections/{pages}/rollback").raise_for_status().json()
    assert back == {
        "collection": pages,
        "generation": kept[1]["name"],
        "before": kept[0]["name"],
        "back": ["moon"],
        "gone": ["new"],
    }
    assert town.answer(pages) == "The moon base was opened in May 2041."
    to = {"generation": kept[0]["name"]}
    town.client.post(f"/v1/collections/{pages}/rollback", json=to).raise_for_status()
    assert town.answer(pages) == "The moon base was opened in May 2099."
    for name in ("../../default/generations", "20000101T000000-000000Z", ""):
        nowhere = town.client.post(f"/v1/collections/{pages}/rollback", json={"generation": name})
        problem(nowhere, 404, "generation-not-found")


def test_a_collection_that_is_deleted_while_it_is_asked_answers_whole_or_is_not_there(
    town: Service, pages: str
) -> None:
    def ask(number: int) -> tuple[int, str]:
        if number == 20:
            return town.client.delete(f"/v1/collections/{pages}").status_code, ""
        response = town.client.post("/v1/ask", json={"question": QUESTION, "collection": pages})
        return response.status_code, response.json().get("answer", "")

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(ask, range(60)))

    assert seen[20] == (204, "")
    assert {one for one in seen if one[0] != 204} == {(200, "The moon base was opened in May 2041."), (404, "")}
    assert seen[-1][0] == 404


def test_operations_that_wait_for_a_collection_fail_when_it_is_deleted(town: Service, pages: str) -> None:
    with lock_held(Collection(town.data_dir, pages)):
        sent = town.upload(pages, {"a.md": "Some text."})
        town.client.get(sent.headers["location"]).raise_for_status()
    town.ended(sent)
    town.client.delete(f"/v1/collections/{pages}").raise_for_status()
    problem(town.upload(pages, {"a.md": "Some text."}), 404, "collection-not-found")


def test_a_damaged_collection_is_listed_as_one_and_can_be_deleted(town: Service, pages: str) -> None:
    collection = Collection(town.data_dir, pages)
    for broken in (collection.generation_folder(collection.current()) / "manifest.json", collection.pointer):
        broken.write_bytes(b"x")
        found = town.client.get(f"/v1/collections/{pages}").raise_for_status().json()
        assert (found["state"], found["documents"]) == ("damaged", None)
    town.client.delete(f"/v1/collections/{pages}").raise_for_status()
    problem(town.client.get(f"/v1/collections/{pages}"), 404, "collection-not-found")


def test_without_its_default_collection_a_service_is_not_ready_until_there_is_one_again(bare_data: Path) -> None:
    with serving(make_pages(bare_data, "default"), workers=1) as service:
        assert service.client.get("/readyz").status_code == 200
        service.client.delete("/v1/collections/default").raise_for_status()
        assert "no collection 'default'" in service.client.get("/readyz").json()["detail"]
        assert service.client.get("/readyz").status_code == 503
        service.succeeded(service.client.post("/v1/collections", json={"name": "default"}))
        service.succeeded(service.upload("default", dict(PAGES)))
        assert service.client.get("/readyz").status_code == 200
        assert service.answer("default") == "The moon base was opened in May 2041."


def test_a_service_starts_without_any_collection_where_one_can_be_made(bare_data: Path) -> None:
    with serving(bare_data, workers=1) as service:
        assert service.client.get("/v1/collections").json() == {"collections": []}
        service.succeeded(service.client.post("/v1/collections", json={"name": "default"}))
        assert service.client.get("/readyz").status_code == 200


@pytest.fixture
def plain(pages_data: Path) -> Iterator[TestClient]:
    """An admin's client of an application that has nobody to apply changes."""
    settings = Settings(data_dir=pages_data, collection="pages")
    with TestClient(create_app(settings), headers=key_header(pages_data)) as client:
        yield client


CHANGING = [
    ("POST", "/v1/documents"),
    ("PUT", "/v1/documents/moon"),
    ("DELETE", "/v1/documents/moon"),
    ("DELETE", "/v1/collections/pages"),
]


@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_a_collection_that_follows_a_folder_is_changed_there(pages_data: Path, method: str, path: str) -> None:
    folder = pages_data.parent / "data-pages"
    settings = Settings(data_dir=pages_data, collection="pages", watch=folder)
    with TestClient(create_app(settings), headers=key_header(pages_data)) as client:
        detail = problem(client.request(method, path), 409, "collection-followed")
    assert str(folder) in detail


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/documents"), ("PUT", "/v1/documents/a"), ("POST", "/v1/collections")]
)
def test_where_indexing_is_not_installed_that_is_said(
    plain: TestClient, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    monkeypatch.setattr(changing, "_NEEDED", ("sqlite3", "no_such_module"))
    changing._missing.cache_clear()
    try:
        body = {"name": "x"} if path == "/v1/collections" else None
        detail = problem(plain.request(method, path, json=body), 501, "indexing-not-installed")
    finally:
        changing._missing.cache_clear()
    assert "no_such_module, which indexing needs" in detail
    assert "pip" not in detail


def test_more_than_is_taken_is_refused_while_it_comes(pages_data: Path) -> None:
    settings = Settings(data_dir=pages_data, collection="pages", max_upload_files=2, max_upload_mb=1)
    with TestClient(create_app(settings), headers=key_header(pages_data)) as client:
        many = [("files", (f"{number}.md", b"x")) for number in range(3)]
        assert "more than 2 files" in problem(client.post("/v1/documents", files=many), 413, "content-too-large")
        documents = {"documents": [{"text": "x"}] * 3}
        problem(client.post("/v1/documents", json=documents), 413, "content-too-large")
        large = [("files", ("large.txt", b"x" * 1_000_001))]
        assert "more than 1 MB" in problem(client.post("/v1/documents", files=large), 413, "content-too-large")
    settings = Settings(data_dir=pages_data, collection="pages")
    with TestClient(create_app(settings), headers=key_header(pages_data)) as client:
        huge = {"text": "x" * 16_000_001}
        assert "JSONL" in problem(client.put("/v1/documents/a", json=huge), 413, "content-too-large")
    assert not (pages_data / "uploads").exists()
