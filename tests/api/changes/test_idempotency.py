"""A request that is sent again with its key changes nothing more, and is answered as before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from api.changes.intake import Intake
from api.changes.store import Key, OperationStore, Reply
from index.collection import Collection
from index.errors import IdempotencyKeyInUse, IdempotencyKeyReused
from tests.api.changes.conftest import Service
from tests.api.test_delete import problem

KEY = {"Idempotency-Key": "0b0f4f0e-6a0c-4a5e-9f6e"}


def operations(town: Service, collection: str) -> list[str]:
    found = town.client.get("/v1/operations", params={"collection": collection}).raise_for_status().json()
    return [one["id"] for one in found["operations"]]


def test_requests_with_one_key_at_two_workers_at_once_make_one_operation(town: Service, pages: str) -> None:
    files = {"otter.md": "# Otters\n\nThe otter sleeps on its back."}

    def send(_number: int) -> httpx.Response:  # each on a connection of its own, which the workers get in turn
        parts = [("files", (name, data.encode())) for name, data in files.items()]
        headers = {"Authorization": town.client.headers["authorization"], "Idempotency-Key": f"once-{pages}"}
        where = {"collection": pages}
        return httpx.post(
            f"{town.client.base_url}/v1/documents", params=where, files=parts, headers=headers, timeout=60
        )

    with ThreadPoolExecutor(16) as pool:
        sent = list(pool.map(send, range(16)))

    assert {one.status_code for one in sent} == {202}
    assert len({one.text for one in sent}) == 1
    assert len({one.headers["location"] for one in sent}) == 1
    assert [one.headers.get("idempotency-replayed") for one in sent].count("true") == 15
    town.succeeded(sent[0])
    assert len(operations(town, pages)) == 1
    again = send(0)
    assert (again.text, again.headers["idempotency-replayed"]) == (sent[0].text, "true")
    assert town.ids(pages) == ["bread", "moon", "otter", "tides"]


def test_a_key_belongs_to_its_request(town: Service, pages: str) -> None:
    key = {"Idempotency-Key": f"mine-{pages}"}
    town.succeeded(town.upload(pages, {"a.md": "One text."}, **key))
    others = [
        town.upload(pages, {"a.md": "Another text."}, **key),
        town.upload(pages, {"b.md": "One text."}, **key),
        town.upload("default", {"a.md": "One text."}, **key),
        town.client.put("/v1/documents/a", params={"collection": pages}, json={"text": "x"}, headers=key),
        town.client.delete("/v1/documents/a", params={"collection": pages}, headers=key),
        town.client.post("/v1/collections", json={"name": "unheard-of"}, headers=key),
        town.client.post(f"/v1/collections/{pages}/rollback", headers=key),
    ]
    for response in others:
        problem(response, 422, "idempotency-key-reused")
    assert town.text(pages, "a") == "One text."


def test_a_change_that_was_made_is_not_made_again(town: Service, pages: str) -> None:
    where = {"collection": pages}
    first = town.client.delete("/v1/documents/moon", params=where, headers={"Idempotency-Key": f"d-{pages}"})
    again = town.client.delete("/v1/documents/moon", params=where, headers={"Idempotency-Key": f"d-{pages}"})
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")

    back = [
        town.client.post(f"/v1/collections/{pages}/rollback", headers={"Idempotency-Key": f"r-{pages}"})
        for _ in range(2)
    ]
    assert back[0].json() == back[1].json()
    assert back[0].json()["back"] == ["moon"]
    gone = [town.client.delete(f"/v1/collections/{pages}", headers={"Idempotency-Key": f"c-{pages}"}) for _ in range(2)]
    assert [(one.status_code, one.content) for one in gone] == [(204, b""), (204, b"")]


def test_a_repeated_replacement_is_answered_although_its_condition_no_longer_holds(town: Service, pages: str) -> None:
    headers = {"Idempotency-Key": f"p-{pages}", "If-None-Match": "*"}
    where = {"collection": pages}
    sent = [town.client.put("/v1/documents/new", params=where, json={"text": "New."}, headers=headers)]
    town.succeeded(sent[0])
    sent.append(town.client.put("/v1/documents/new", params=where, json={"text": "New."}, headers=headers))
    assert [one.status_code for one in sent] == [202, 202]
    assert sent[0].text == sent[1].text


def test_a_request_that_failed_leaves_its_key_free(town: Service, pages: str) -> None:
    where, key = {"collection": pages}, {"Idempotency-Key": f"f-{pages}"}
    problem(town.client.delete("/v1/documents/nobody", params=where, headers=key), 404, "document-not-found")
    town.client.delete("/v1/documents/moon", params=where, headers=key).raise_for_status()


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "naïve".encode("latin-1")])
def test_a_key_has_a_form(town: Service, key: str | bytes) -> None:
    response = town.client.delete(
        "/v1/documents/nobody", headers=[(b"Idempotency-Key", key if isinstance(key, bytes) else key.encode())]
    )
    assert "1 to 255 visible ASCII characters" in problem(response, 422, "invalid-request")


def test_while_a_change_is_being_made_its_key_is_in_use_and_free_again_after_a_kill(tmp_path: Path) -> None:
    intake, key = Intake(tmp_path, lock_seconds=0), Key("me", "k", "f")
    inside: list[type[Exception]] = []

    def change() -> Reply:
        for other in (key, Key("me", "k", "another")):
            with pytest.raises((IdempotencyKeyInUse, IdempotencyKeyReused)) as caught:
                intake.once(other, lambda: Reply(500, ""))
            inside.append(caught.type)
        return Reply(200, "{}")

    assert intake.once(key, change) == (Reply(200, "{}"), False)
    assert inside == [IdempotencyKeyInUse, IdempotencyKeyReused]
    assert intake.once(key, change) == (Reply(200, "{}"), True)
    assert intake.once(Key("you", "k", "another"), lambda: Reply(201, "")) == (Reply(201, ""), False)

    store, lost = OperationStore(tmp_path), Key("me", "lost", "f")
    with store.writing() as connection:
        store.keep_reply(connection, lost, None, seconds=-1)  # as its process left it, a minute later
    assert intake.once(lost, lambda: Reply(200, "done")) == (Reply(200, "done"), False)


def test_an_answer_is_kept_for_a_day(tmp_path: Path) -> None:
    store, key = OperationStore(tmp_path), Key("me", "k", "f")
    with store.writing() as connection:
        store.keep_reply(connection, key, Reply(200, "old"), seconds=-1)
        assert store.reply_to(connection, key) is None
        store.keep_reply(connection, key, Reply(200, "new"))
        assert store.reply_to(connection, key) == Reply(200, "new")
        left = connection.execute("SELECT max(until) - unixepoch() FROM replies").fetchone()[0]
    assert 24 * 3600 - 60 < left <= 24 * 3600 + 1
    assert Collection(tmp_path, "default").stamp() == ()
