"""CORS, publishable keys in pages, and hosts that are not this one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api.access.store import KeyStore
from tests.api.access.world import ORIGIN, World

LIST, DOCUMENT = "/v1/documents", "/v1/documents/opening-hours"
LISTED, STRANGER = "https://intranet.example", "https://www.example.com"
ALLOWED = "access-control-allow-origin"


def preflight(client: TestClient, origin: str, method: str = "POST", headers: str = "x-api-key") -> Any:  # noqa: ANN401 - of the test client's own HTTP library
    sent = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return client.options("/v1/ask", headers=sent)


@pytest.fixture
def fresh(world: World, tmp_path: Path) -> World:
    """The same collections, and no key."""
    for name in ("collections", "encoders"):
        (tmp_path / name).symlink_to(world.data_dir / name)
    return World(tmp_path, world.sides, KeyStore(tmp_path))


def test_without_listed_origins_there_is_no_cors(fresh: World) -> None:
    with fresh.client() as client:
        found = client.get(LIST, headers={"Origin": STRANGER})
        asked = preflight(client, STRANGER)
    assert found.status_code == 200
    assert asked.status_code == 405
    for response in (found, asked):
        assert [name for name in response.headers if name.startswith("access-control")] == []
    assert asked.headers["content-type"] == "application/problem+json"


def test_listed_origins_may_read_and_no_other_and_never_with_credentials(fresh: World) -> None:
    with fresh.client(cors_origins=(LISTED,)) as client:
        found, missing = (client.get(path, headers={"Origin": LISTED}) for path in (LIST, "/v1/documents/nobody"))
        for response in (found, missing):
            assert response.headers[ALLOWED] == LISTED
            assert "origin" in response.headers["vary"].lower()
            exposed = {name.strip() for name in response.headers["access-control-expose-headers"].split(",")}
            assert {"X-Request-ID", "Retry-After", "RateLimit-Remaining", "ETag", "Location"} <= exposed
        for origin in (STRANGER, "null", LISTED.upper(), f"{LISTED}:8080", f"{LISTED}.evil.example"):
            other = client.get(LIST, headers={"Origin": origin})
            assert (other.status_code, other.headers.get(ALLOWED)) == (200, None)
            assert "origin" in other.headers["vary"].lower()
            assert ALLOWED not in preflight(client, origin).headers
        assert "origin" in client.get(LIST).headers["vary"].lower()
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            asked = preflight(client, LISTED, method, "authorization, content-type, idempotency-key, if-match")
            assert asked.status_code == 200
            assert asked.headers[ALLOWED] == LISTED
            assert method in asked.headers["access-control-allow-methods"]
            assert "access-control-allow-credentials" not in asked.headers
        assert "access-control-allow-credentials" not in found.headers


def test_a_publishable_keys_page_may_read_what_its_own_key_gets(fresh: World) -> None:
    key = fresh.key(origins=frozenset({ORIGIN}))
    other = fresh.key(origins=frozenset({STRANGER}))
    secret = fresh.key()
    with fresh.client() as client:
        found = client.get(DOCUMENT, headers={"X-API-Key": key, "Origin": ORIGIN})
        assert (found.status_code, found.headers[ALLOWED]) == (200, ORIGIN)
        # A preflight carries no key: what any key names is allowed to ask.
        assert {preflight(client, origin).headers.get(ALLOWED) for origin in (ORIGIN, STRANGER)} == {ORIGIN, STRANGER}
        assert ALLOWED not in preflight(client, LISTED).headers
        for headers, status in (
            ({"X-API-Key": other, "Origin": ORIGIN}, 403),
            ({"X-API-Key": secret, "Origin": ORIGIN}, 200),
            ({"Origin": ORIGIN}, 401),
        ):
            refused = client.get(DOCUMENT, headers=headers)
            assert (refused.status_code, refused.headers.get(ALLOWED)) == (status, None)


def test_a_page_can_read_that_it_asked_too_often_or_for_too_much(fresh: World) -> None:
    key = fresh.store.create("page", origins=frozenset({ORIGIN}), rate=2)[1]
    with fresh.client() as client:
        answers = [client.get(LIST, headers={"X-API-Key": key, "Origin": ORIGIN}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [403, 403, 429]
    assert {answer.headers[ALLOWED] for answer in answers} == {ORIGIN}
    assert "list" not in answers[0].json()["title"]


def test_a_revoked_keys_origins_go_with_it(fresh: World) -> None:
    key, _ = fresh.store.create("page", origins=frozenset({ORIGIN}))
    with fresh.client() as client:
        assert preflight(client, ORIGIN).status_code == 200
        fresh.store.revoke(key.id)
        assert preflight(client, ORIGIN).status_code == 405


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:{port}", 200),
        ("localhost", 200),
        ("LOCALHOST:{port}", 200),
        ("[::1]:{port}", 200),
        ("127.1.2.3", 200),
        ("docs.example.org", 200),
        ("docs.example.org:8443", 200),
        ("evil.example", 421),
        ("evil.example:{port}", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("127.0.0.1@evil.example", 421),
        ("192.168.0.1", 421),
        ("0.0.0.0", 421),  # noqa: S104 - a name in a request
        ("[::1", 421),
        ("", 421),
    ],
)
def test_without_keys_only_this_machines_names_are_answered_for(local: str, host: str, status: int) -> None:
    sent = host.format(port=httpx.URL(local).port)
    for path in (LIST, "/readyz", "/openapi.json"):
        response = httpx.get(f"{local}{path}", headers={"Host": sent})
        assert response.status_code == status
        if status == 421:
            assert response.json()["type"] == "urn:pincite:problem:misdirected-request"
            assert "PINCITE_ALLOWED_HOSTS" in response.json()["detail"]
            assert response.headers["x-request-id"]


@pytest.fixture(scope="module")
def local(seeds_data: Path, start_server: Callable[..., str]) -> str:
    """The address of a server without keys that may be called docs.example.org, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PINCITE_ALLOWED_HOSTS", "docs.example.org")
        return start_server(seeds_data)


def test_with_keys_or_where_all_may_read_any_name_will_do(
    fresh: World, start_server: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = start_server(fresh.data_dir, "--open")
    assert httpx.get(f"{opened}{LIST}", headers={"Host": "docs.example.org"}).status_code == 200
    address = start_server(fresh.data_dir)
    assert httpx.get(f"{address}{LIST}", headers={"Host": "docs.example.org"}).status_code == 421
    key = fresh.key()
    answer = httpx.get(f"{address}{LIST}", headers={"Host": "docs.example.org", "X-API-Key": key})
    assert answer.status_code == 200
