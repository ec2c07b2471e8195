"""Limits as clients meet them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api.access.gate import PUBLISHABLE_LIMIT
from api.access.keys import Role
from api.access.store import KeyStore
from api.app import create_app
from index.settings import Settings
from tests.api.access.world import ORIGIN, World

LIST = "/v1/documents"


def test_responses_tell_how_many_may_still_come_and_one_too_many_when_to_come_again(world: World) -> None:
    key = world.store.create("desk", rate=3)[1]
    with world.client() as client:
        answers = [client.get(f"{LIST}/nobody", headers={"X-API-Key": key}) for _ in range(5)]
        other_address = client.get(LIST, headers={"X-API-Key": key, "X-Forwarded-For": "192.0.2.7"})
        other_key = client.get(LIST, headers={"X-API-Key": world.key()})
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0", "0"]
    assert {answer.headers["ratelimit-limit"] for answer in answers} == {"3"}
    assert all(1 <= int(answer.headers["ratelimit-reset"]) <= 60 for answer in answers)
    assert answers[3].json()["type"] == "urn:pincite:problem:too-many-requests"
    assert 1 <= int(answers[3].headers["retry-after"]) <= 20
    assert (other_address.status_code, other_key.status_code) == (200, 200)
    assert "ratelimit-limit" not in other_key.headers


def test_what_a_key_does_not_state_the_settings_do_and_a_publishable_one_always_has_a_limit(world: World) -> None:
    secret, page = world.store.create("desk")[1], world.store.create("page", origins=frozenset({ORIGIN}))[1]
    for limit, told in ((5, "5"), (0, None)):
        with world.client(rate_limit=limit) as client:
            found = client.get(LIST, headers={"X-API-Key": secret})
            public = client.get("/v1/documents/x", headers={"X-API-Key": page, "Origin": ORIGIN})
        assert found.headers.get("ratelimit-limit") == told
        assert public.headers["ratelimit-limit"] == str(PUBLISHABLE_LIMIT)


def test_whoever_is_refused_is_counted_too(world: World) -> None:
    reader = world.store.create("desk", rate=2)[1]
    page = world.store.create("page", origins=frozenset({ORIGIN}), rate=2)[1]
    with world.client() as client:
        changes = [client.delete(f"{LIST}/x", headers={"X-API-Key": reader}).status_code for _ in range(3)]
        elsewhere = [client.get(f"{LIST}/x", headers={"X-API-Key": page}).status_code for _ in range(3)]
    assert changes == elsewhere == [403, 403, 429]


def test_wrong_keys_become_too_many_and_a_valid_one_gets_through_all_the_same(world: World) -> None:
    key = world.key()
    with world.client() as client:
        statuses = [client.get(LIST, headers={"X-API-Key": "wrong"}).status_code for _ in range(60)]
        refused = client.get(LIST)
        assert set(statuses) == {401}
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert client.get(LIST, headers={"X-API-Key": key}).status_code == 200
        assert client.get("/healthz").status_code == 200
        assert client.get(LIST, headers={"X-Forwarded-For": "192.0.2.8"}).status_code == 401


@pytest.mark.parametrize(("settings", "limited"), [({}, False), ({"host": "192.0.2.1", "open": True}, True)])
def test_without_keys_there_is_a_limit_only_beyond_this_machine(
    seeds_data: Path, settings: dict[str, Any], *, limited: bool
) -> None:
    with TestClient(create_app(Settings(data_dir=seeds_data, rate_limit=2, **settings))) as client:
        assert [client.get(LIST).status_code for _ in range(3)] == [200, 200, 429 if limited else 200]


def test_an_address_is_believed_from_trusted_proxies_only_and_a_network_of_ipv6_is_one(world: World) -> None:
    key = world.store.create("desk", Role.READ, rate=1)[1]

    def statuses(proxies: tuple[str, ...], *addresses: str) -> list[int]:
        app = create_app(Settings(data_dir=world.data_dir, trusted_proxies=proxies))
        with TestClient(app, client=("10.0.0.1", 50000)) as client:
            headers = [{"X-API-Key": key, "X-Forwarded-For": address} for address in addresses]
            return [client.get(LIST, headers=one).status_code for one in headers]

    assert statuses(("10.0.0.0/8",), "192.0.2.1", "192.0.2.2") == [200, 200]
    assert statuses(("10.0.0.0/8",), "192.0.2.9, 192.0.2.1", "192.0.2.8, 192.0.2.1") == [200, 429]
    assert statuses(("127.0.0.1",), "192.0.2.1", "192.0.2.2") == [200, 429]
    assert statuses((), "192.0.2.1", "192.0.2.2") == [200, 429]
    assert statuses(("10.0.0.1",), "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1") == [200, 429, 200]
    assert statuses(("10.0.0.1",), "192.0.2.1", "::ffff:192.0.2.1") == [200, 429]


def test_workers_count_together_and_nobody_on_this_machine_is_believed_to_be_a_proxy(
    seeds_data: Path, tmp_path: Path, start_server: Callable[..., str]
) -> None:
    for name in ("collections", "encoders"):
        (tmp_path / name).symlink_to(seeds_data / name)
    key = KeyStore(tmp_path).create("desk", rate=1)[1]
    address = start_server(tmp_path, "--workers", "2")
    headers = [{"X-API-Key": key, "X-Forwarded-For": f"192.0.2.{number}"} for number in range(6)]
    statuses = [httpx.get(f"{address}{LIST}", headers=one).status_code for one in headers]
    assert statuses == [200] + [429] * 5
