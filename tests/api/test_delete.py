"""Deleting documents over HTTP: who may, what the receipt says, and that nothing is left."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi.testclient import TestClient

from api.access.keys import Role
from api.app import create_app
from api.openapi import response_of
from index.build import build
from index.collection import Collection
from index.generation import open_generation
from index.settings import Settings
from tests.conftest import Silent, environment, key_header

Start = Callable[..., str]
MOON = "# The base\n\nThe moon base was opened in May 2041. It houses twelve selenographers.\n"
TIDES = "# Tides\n\nThe moon pulls the sea twice a day. Fishermen know the tides by heart.\n"
BREAD = "# Bread\n\nSourdough needs a starter. Bakers feed the starter every day.\n"
WORD = "selenograph"
"""As it stands in the text, and as BM25 stems it."""
QUESTION = "When was the moon base opened?"


@pytest.fixture
def pages(empty_data: Path, tmp_path: Path) -> Path:
    """A data folder whose default collection and whose collection "other" hold three documents each."""
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, text in (("moon", MOON), ("tides", TIDES), ("bread", BREAD)):
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    for name in ("default", "other"):
        build(Collection(empty_data, name), [folder], Settings().model, Silent())
    return empty_data


@pytest.fixture
def client(pages: Path, start_server: Start, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """A client that may change documents, of a server that waits half a second for others who change them."""
    with monkeypatch.context() as patch:
        patch.setenv("PINCITE_LOCK_SECONDS", "0.5")
        address = start_server(pages)
    with httpx.Client(base_url=address, timeout=30, headers=key_header(pages, Role.WRITE)) as client:
        yield client


@contextmanager
def lock_held(collection: Collection) -> Iterator[int]:
    """Have another process hold a collection's lock; give its process id."""
    code = (
        "import sys; from pathlib import Path; from index.collection import Collection\n"
        "with Collection(Path(sys.argv[1]), sys.argv[2]).lock('pincite index'):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(collection.data_dir), collection.name],
        env=environment(collection.data_dir),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process.pid
        process.communicate()


def problem(response: Any, status: int, kind: str) -> str:  # noqa: ANN401 - of one of two HTTP clients
    """Check that a response is a problem, and return its detail."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == f"urn:pincite:problem:{kind}"
    return str(response.json()["detail"])


def ids(client: httpx.Client, collection: str = "default") -> list[str]:
    found = client.get("/v1/documents", params={"collection": collection}).raise_for_status().json()
    return [document["id"] for document in found["documents"]]


def holding(folder: Path, text: str) -> list[Path]:
    """Return the files that hold a text, in their contents or their names."""
    assert any(folder.iterdir())
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if text.encode() in path.read_bytes() or text in path.name]


def test_a_service_lets_nothing_be_deleted_without_a_key(pages: Path, start_server: Start) -> None:
    with httpx.Client(base_url=start_server(pages), timeout=30) as client:
        for path in ("/v1/documents/moon", "/v1/documents/nobody", "/v1/documents/moon?collection=nowhere"):
            detail = problem(client.delete(path), 403, "forbidden")
            assert "pincite keys create --role write" in detail
        assert ids(client) == ["bread", "moon", "tides"]


def test_the_receipt_is_true_and_the_document_is_gone_at_once(client: httpx.Client, pages: Path) -> None:
    asked = client.get("/v1/ask", params={"q": QUESTION}).raise_for_status().json()
    before = client.get("/v1/documents/moon").raise_for_status().json()
    passages = [client.get(f"/v1/passages/{one['id']}").raise_for_status().json() for one in before["passages"]]
    assert asked["citations"][0]["document_id"] == "moon"
    assert passages
    readied = client.get("/readyz").raise_for_status().json()

    receipt = client.delete("/v1/documents/moon").raise_for_status().json()
    readied_after = client.get("/readyz").raise_for_status().json()
    asked_after = client.get("/v1/ask", params={"q": QUESTION}).raise_for_status().json()

    assert receipt == {
        "collection": "default",
        "document_id": "moon",
        "title": before["title"],
        "source": "moon.md",
        "sha256": before["sha256"],
        "characters": len(before["text"]),
        "passages": len(passages),
        "spans": readied["spans"] - readied_after["spans"],
        "generation": asked_after["generation"],
        "still_in": [asked["generation"]],
    }
    assert receipt["spans"] == 2
    assert receipt["generation"] != asked["generation"]
    assert WORD not in str(asked_after)
    assert {one["document_id"] for one in asked_after["passages"]} == {"bread", "tides"}
    assert ids(client) == ["bread", "tides"]
    problem(client.get("/v1/documents/moon"), 404, "document-not-found")
    for one in before["passages"]:
        problem(client.get(f"/v1/passages/{one['id']}"), 404, "passage-not-found")
    verified = client.get(f"/v1/citations/{asked['citations'][0]['reference']}/verify").raise_for_status().json()
    assert (verified["state"], verified["generation"]) == ("deleted", receipt["generation"])
    assert ids(client, "other") == ["bread", "moon", "tides"]
    # Said of the earlier generation, and true: it still lies there.
    assert holding(Collection(pages, "default").generation_folder(asked["generation"]), WORD)


def test_what_is_not_there_cannot_be_deleted(client: httpx.Client, pages: Path) -> None:
    before = Collection(pages, "default").current()
    missing = problem(client.delete("/v1/documents/nobody"), 404, "document-not-found")
    nowhere = problem(client.delete("/v1/documents/moon?collection=nowhere"), 404, "collection-not-found")
    unfit = problem(client.delete("/v1/documents/moon?collection=No/Where"), 422, "invalid-request")
    unclear = problem(client.delete("/v1/documents/moon?prune=perhaps"), 422, "invalid-request")

    assert "'nobody'" in missing
    assert "nothing was deleted" in missing
    assert "'nowhere'" in nowhere
    assert (unfit.partition(":")[0], unclear.partition(":")[0]) == ("collection", "prune")
    assert not (pages / "collections" / "nowhere").exists()
    assert Collection(pages, "default").current() == before
    client.delete("/v1/documents/moon").raise_for_status()
    problem(client.delete("/v1/documents/moon"), 404, "document-not-found")


def test_pruning_leaves_no_byte_of_the_text_under_the_data_folder(client: httpx.Client, pages: Path) -> None:
    assert len(holding(pages, WORD)) >= 2
    first = client.delete("/v1/documents/moon?collection=other").raise_for_status().json()
    assert len(first["still_in"]) == 1
    assert holding(pages / "collections" / "other", WORD)

    client.delete("/v1/documents/bread?collection=other&prune=true").raise_for_status()
    assert holding(pages / "collections" / "other", WORD) == []
    receipt = client.delete("/v1/documents/moon?prune=true").raise_for_status().json()

    assert receipt["still_in"] == []
    assert holding(pages, WORD) == []
    assert holding(pages / "collections", "May 2041") == []
    assert holding(pages, "heart"), "what was not deleted is there, and this way of looking finds it"
    assert Collection(pages, "default").generations() == [receipt["generation"]]
    assert (ids(client), ids(client, "other")) == (["bread", "tides"], ["tides"])


def test_another_process_that_changes_the_collection_is_named(client: httpx.Client, pages: Path) -> None:
    collection = Collection(pages, "default")
    with lock_held(collection) as pid:
        detail = problem(client.delete("/v1/documents/moon"), 409, "collection-busy")
        assert client.get("/v1/ask", params={"q": QUESTION}).raise_for_status().json()["answerable"] is True
        client.delete("/v1/documents/moon?collection=other").raise_for_status()
    assert f"process {pid} (`pincite index`" in detail
    assert "0.5 s" in detail
    assert ids(client) == ["bread", "moon", "tides"]
    client.delete("/v1/documents/moon").raise_for_status()


def test_a_collection_that_follows_a_folder_is_changed_there(pages: Path, tmp_path: Path) -> None:
    settings = Settings(data_dir=pages, watch=tmp_path / "documents")
    with TestClient(create_app(settings), headers=key_header(pages, Role.WRITE)) as client:
        for path in ("/v1/documents/moon", "/v1/documents/moon?collection=default", "/v1/documents/moon?prune=true"):
            detail = problem(client.delete(path), 409, "collection-followed")
            assert "PINCITE_WATCH" in detail
            assert "delete files there" in detail
        assert client.get("/v1/documents/moon").status_code == 200
        assert client.delete("/v1/documents/moon?collection=other").status_code == 200
        assert client.get("/v1/documents/moon?collection=other").status_code == 404


def test_deletions_at_once_all_succeed(client: httpx.Client) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda name: client.delete(f"/v1/documents/{name}"), ("moon", "tides", "bread")))

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.json()["generation"] for answer in answers}) == 3
    assert ids(client) == []


def test_of_two_who_delete_the_same_document_one_does(client: httpx.Client) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: client.delete("/v1/documents/moon"), range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 404]
    assert ids(client) == ["bread", "tides"]


def test_as_many_generations_stay_as_the_settings_say(pages: Path) -> None:
    with TestClient(
        create_app(Settings(data_dir=pages, keep_generations=1)), headers=key_header(pages, Role.WRITE)
    ) as client:
        receipt = client.delete("/v1/documents/moon").raise_for_status().json()
    assert receipt["still_in"] == []
    assert Collection(pages, "default").generations() == [receipt["generation"]]


def test_nothing_has_to_be_open_for_it(pages: Path) -> None:
    encoders = pages / "encoders"
    encoders.rename(pages / "elsewhere")  # no question can be answered
    with TestClient(create_app(Settings(data_dir=pages)), headers=key_header(pages, Role.WRITE)) as client:
        problem(client.get("/v1/ask", params={"q": QUESTION}), 503, "index-damaged")
        assert client.delete("/v1/documents/moon").raise_for_status().json()["document_id"] == "moon"
        (pages / "elsewhere").rename(encoders)
        assert client.get("/v1/documents/moon").status_code == 404
        assert client.get("/v1/documents/tides").status_code == 200


def test_a_damaged_collection_is_left_as_it_is(pages: Path) -> None:
    collection = Collection(pages, "default")
    damaged = collection.generation_folder(collection.current()) / "spans.npy"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"\x7f")
    with TestClient(create_app(Settings(data_dir=pages)), headers=key_header(pages, Role.WRITE)) as client:
        detail = problem(client.delete("/v1/documents/moon"), 503, "index-damaged")
    assert str(pages) not in detail
    assert len(collection.generations()) == 1


def test_a_data_folder_that_cannot_be_written_is_a_503(pages: Path) -> None:
    lock = Collection(pages, "default").folder / "build.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    with TestClient(create_app(Settings(data_dir=pages)), headers=key_header(pages, Role.WRITE)) as client:
        detail = problem(client.delete("/v1/documents/moon"), 503, "storage-error")
        assert client.get("/v1/documents/moon").status_code == 200
    assert str(pages) not in detail


def test_the_last_document_can_be_deleted_too(client: httpx.Client, pages: Path) -> None:
    for name in ("bread", "moon", "tides"):
        receipt = client.delete(f"/v1/documents/{name}?prune=true").raise_for_status().json()
    assert ids(client) == []
    assert open_generation(Collection(pages, "default")).name == receipt["generation"]


def test_the_description_names_the_operation_and_its_problems(client: httpx.Client) -> None:
    described = client.get("/openapi.json").raise_for_status().json()
    operation = described["paths"]["/v1/documents/{document_id}"]["delete"]

    assert operation["operationId"] == "deleteDocument"
    assert {name["name"]: name["required"] for name in operation["parameters"]} == {
        "document_id": True,
        "prune": False,
        "collection": False,
        "Idempotency-Key": False,
        "If-Match": False,
    }
    assert set(operation["responses"]) == {"200", "401", "403", "404", "409", "412", "422", "429", "503"}
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/ReceiptView"}
    receipt = client.delete("/v1/documents/moon").raise_for_status().json()
    assert set(described["components"]["schemas"]["ReceiptView"]["required"]) == set(receipt)
    assert (
        response_of(described, operation, "403")["description"] == "The key, or the lack of one, does not allow this."
    )


def test_an_id_may_hold_slashes_and_what_else_an_address_has_a_use_for(
    empty_data: Path, tmp_path: Path, start_server: Start
) -> None:
    names = ["wiki/Tides?a=b#c", "a%2Fb", "/", "é 🌊"]
    lines = [json.dumps({"id": name, "text": f"The tide comes at {hour}."}) for hour, name in enumerate(names, start=1)]
    (tmp_path / "tides.jsonl").write_text("\n".join(lines), encoding="utf-8")
    build(Collection(empty_data, "default"), [tmp_path / "tides.jsonl"], Settings().model, Silent())
    headers = key_header(empty_data, Role.WRITE)
    with httpx.Client(base_url=start_server(empty_data), timeout=30, headers=headers) as client:
        for hour, name in enumerate(names, start=1):
            address = f"/v1/documents/{quote(name, safe='')}"
            assert client.get(address).raise_for_status().json()["text"] == f"The tide comes at {hour}."
            assert client.delete(address).raise_for_status().json()["document_id"] == name
            assert client.get(address).status_code == 404
