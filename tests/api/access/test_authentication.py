"""How a key is sent, what is answered without one, and that changes of keys act at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api.access.keys import Role
from api.access.store import FILE, KeyStore
from api.app import create_app
from index.settings import Settings
from tests.api.access.world import ORIGIN, World
from tests.conftest import Command

Start = Callable[..., str]
LIST = "/v1/documents"


def test_either_header_does_and_the_one_made_for_keys_goes_first(world: World) -> None:
    key = world.key()
    with world.client() as client:
        for headers in (
            {"Authorization": f"Bearer {key}"},
            {"Authorization": f"bearer   {key} "},
            {"X-API-Key": key},
            {"X-API-Key": key, "Authorization": "Bearer of-the-proxy"},
            {"X-API-Key": key, "Authorization": "Basic of-the-proxy"},
        ):
            assert client.get(LIST, headers=headers).status_code == 200
        for headers in (
            {"Authorization": key},
            {"Authorization": f"Basic {key}"},
            {"X-API-Key": "another", "Authorization": f"Bearer {key}"},
            {"Cookie": f"key={key}"},
        ):
            assert client.get(LIST, headers=headers).status_code == 401
        assert client.get(LIST, params={"key": key, "api_key": key, "access_token": key}).status_code == 401


def test_what_is_not_valid_is_refused_in_the_same_words_whatever_the_reason(world: World) -> None:
    revoked, expired = world.key(), world.key(days=0)
    world.store.revoke(revoked.split("_")[2])
    with world.client() as client:
        answers = [
            client.get(LIST, headers={"X-API-Key": key, "X-Request-ID": "same"})
            for key in (revoked, expired, "nonsense", "pincite_sk_aaaaaaaa_" + "a" * 43)
        ]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert answers[0].status_code == 401
    assert answers[0].headers["www-authenticate"].startswith("Bearer")
    assert answers[0].json()["type"] == "urn:pincite:problem:unauthenticated"
    assert "Authorization: Bearer KEY" in answers[0].json()["detail"]


def test_nothing_of_a_body_is_looked_at_without_a_key_that_may_send_it(world: World) -> None:
    reader = world.key()
    with world.client() as client:
        sent: dict[str, Any] = {"content": b"{not json", "headers": {"Content-Type": "application/json"}}
        assert client.post("/v1/ask", **sent).status_code == 401
        assert client.request("DELETE", f"{LIST}/x", **sent).status_code == 401
        sent["headers"]["X-API-Key"] = reader
        assert client.post("/v1/ask", **sent).status_code == 400
        assert client.request("DELETE", f"{LIST}/x", **sent).status_code == 403


def test_a_role_that_is_too_small_is_told_which_one_it_takes(world: World) -> None:
    with world.client() as client:
        refused = client.delete(f"{LIST}/x", headers={"X-API-Key": world.key()})
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:pincite:problem:forbidden"
    assert "pincite keys create --role write" in refused.json()["detail"]


def test_a_key_that_is_sent_is_looked_at_even_where_none_is_needed(seeds_data: Path) -> None:
    with TestClient(create_app(Settings(data_dir=seeds_data))) as client:
        assert client.get(LIST).status_code == 200
        assert client.get(LIST, headers={"X-API-Key": "stale"}).status_code == 401


def test_a_collection_that_a_key_does_not_open_is_as_if_it_were_not_there(world: World) -> None:
    key = world.key(Role.ADMIN, collections=frozenset({"elsewhere"}))

    def answer(client: TestClient, name: str, method: str = "GET", path: str = LIST) -> tuple[int, str]:
        headers = {"X-API-Key": key, "X-Request-ID": "same"}
        found = client.request(method, path, params={"collection": name} if name else {}, headers=headers)
        return found.status_code, found.text.replace(name or "default", "NAME")

    with world.client(collection="vault") as client:
        for method, path in (("GET", LIST), ("GET", f"{LIST}/x"), ("DELETE", f"{LIST}/x"), ("GET", "/v1/passages/x")):
            answers = {answer(client, name, method, path) for name in ("vault", "nowhere")}
            assert len(answers) == 1
            assert next(iter(answers))[0] == 404
        unnamed = answer(client, "")
        reference = world.sides["vault"].references[0]
        verified = client.get(f"/v1/citations/{reference}/verify", headers={"X-API-Key": key})
        admin = {"X-API-Key": world.key(Role.ADMIN), "X-Request-ID": "same"}
        missing = client.get(LIST, params={"collection": "nowhere"}, headers=admin)
    assert verified.json()["type"] == "urn:pincite:problem:collection-not-found"
    # The very words that a collection gets which is not there; and the name of the default one is not told.
    assert missing.text.replace("nowhere", "NAME") == answer_text(world, key)
    assert unnamed[0] == 404
    assert "vault" not in unnamed[1]


def answer_text(world: World, key: str) -> str:
    with world.client() as client:
        headers = {"X-API-Key": key, "X-Request-ID": "same"}
        return client.get(LIST, params={"collection": "vault"}, headers=headers).text.replace("vault", "NAME")


def test_readiness_tells_what_is_loaded_only_to_who_may_read_it(world: World) -> None:
    some = world.key(collections=frozenset({"vault"}))
    page = world.key(origins=frozenset({ORIGIN}))
    with world.client() as client:
        for headers in ({}, {"X-API-Key": "wrong"}, {"X-API-Key": some}, {"X-API-Key": page}):
            ready = client.get("/readyz", headers=headers)
            assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
        assert client.get("/readyz", headers={"X-API-Key": world.key()}).json()["documents"] == 2
        assert client.get("/healthz").json() == {"status": "ok"}
    with world.client(collection="nowhere") as client:
        ready = client.get("/readyz")
    assert ready.status_code == 503
    assert "nowhere" not in ready.text


def test_damaged_keys_let_nobody_in_and_keep_paths_to_themselves(world: World, tmp_path: Path) -> None:
    (tmp_path / "collections").symlink_to(world.data_dir / "collections")
    (tmp_path / "encoders").symlink_to(world.data_dir / "encoders")
    key = KeyStore(tmp_path).create("desk")[1]
    with TestClient(create_app(Settings(data_dir=tmp_path))) as client:
        assert client.get(LIST, headers={"X-API-Key": key}).status_code == 200
        content = json.loads((tmp_path / FILE).read_bytes())
        (tmp_path / FILE).write_text(json.dumps({**content, "colour": "red"}), encoding="utf-8")
        for headers in ({}, {"X-API-Key": key}, {"X-API-Key": key, "Origin": ORIGIN}):
            refused = client.get(LIST, headers=headers)
            assert refused.status_code == 503
            assert refused.json()["type"] == "urn:pincite:problem:keys-damaged"
            assert str(tmp_path) not in refused.text
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200


def test_a_key_acts_at_once_in_every_worker_and_so_does_its_end(
    seeds_data: Path, tmp_path: Path, start_server: Start, pincite: Command
) -> None:
    for name in ("collections", "encoders"):
        (tmp_path / name).symlink_to(seeds_data / name)
    address = start_server(tmp_path, "--workers", "2")

    def statuses(headers: dict[str, str]) -> set[int]:
        # A connection each: they go to the workers by turns.
        return {httpx.get(f"{address}{LIST}", headers=headers).status_code for _ in range(4)}

    assert statuses({}) == {200}
    key = pincite(tmp_path, "keys", "create", "--name", "desk").stdout.strip()
    assert statuses({}) == {401}
    assert statuses({"X-API-Key": key}) == {200}
    assert pincite(tmp_path, "keys", "create", "--name", "other").returncode == 0
    assert pincite(tmp_path, "keys", "revoke", key.split("_")[2]).returncode == 0
    assert statuses({"X-API-Key": key}) == {401}
    assert statuses({}) == {401}


def test_the_last_key_revoked_opens_nothing_beyond_this_machine(world: World, tmp_path: Path) -> None:
    for name in ("collections", "encoders"):
        (tmp_path / name).symlink_to(world.data_dir / name)
    for settings, status in (({"host": "0.0.0.0"}, 401), ({"host": "0.0.0.0", "open": True}, 200), ({}, 200)):  # noqa: S104
        key, text = KeyStore(tmp_path).create("desk")
        with TestClient(create_app(Settings(data_dir=tmp_path, **settings))) as client:
            assert client.get(LIST, headers={"X-API-Key": text}).status_code == 200
            assert client.get(LIST).status_code == 401
            KeyStore(tmp_path).revoke(key.id)
            assert client.get(LIST).status_code == status
            assert client.get("/metrics").status_code == status
            assert (client.get("/readyz").json() == {"status": "ready"}) == (status == 401)


@pytest.mark.parametrize("kind", ["secret", "publishable"])
def test_the_keys_id_is_left_for_the_log_and_the_key_is_not(world: World, kind: str) -> None:
    key = world.key(origins=frozenset({ORIGIN}) if kind == "publishable" else frozenset())
    app = create_app(Settings(data_dir=world.data_dir))
    seen: list[dict[str, object]] = []

    class Watching:
        def __init__(self, inner: object) -> None:
            self._inner = inner

        async def __call__(self, scope: dict[str, object], receive: object, send: object) -> None:
            await self._inner(scope, receive, send)  # type: ignore[operator]
            if scope["type"] == "http":
                seen.append(dict(scope["state"]))  # type: ignore[call-overload]

    app.add_middleware(Watching)
    with TestClient(app) as client:
        client.get("/v1/documents/x", headers={"X-API-Key": key, "Origin": ORIGIN})
        client.get("/v1/documents/x")
    assert [one.get("key_id") for one in seen] == [key.split("_")[2], None]
    assert key not in str(seen)
