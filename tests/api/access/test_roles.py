"""Every route against every kind of key: what docs/access.md says is what happens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.testclient import TestClient

from api.access.keys import Role
from api.access.operations import OPERATIONS
from api.access.table import routes, table
from api.app import create_app
from api.caller import get_caller
from api.routes import ROUTERS
from index.settings import Settings
from tests.api.access.world import ORIGIN, World, send
from tests.conftest import ROOT

PAGE = (ROOT / "docs/access.md").read_text(encoding="utf-8")
PUBLIC_PAGES = {"/openapi.json", "/static-offline-docs"}
"""What is public and not in the table: the description, and what its page is made of."""


def on_the_page() -> dict[str, dict[str, bool]]:
    """Return the page's table: by request, whether each column's caller may make it."""
    lines = [line.strip("| \n").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
    start = next(place for place, line in enumerate(lines) if line[0] == "request")
    columns = lines[start][2:]
    found: dict[str, dict[str, bool]] = {}
    for line in lines[start + 2 :]:
        if match := re.fullmatch(r"`([A-Z]+ /\S*)`", line[0]):
            found[match[1]] = {column: cell != "no" for column, cell in zip(columns, line[2:], strict=True)}
    return found


TABLE = on_the_page()
EVERYWHERE = {request for request, route in routes() if route.access.everywhere}
EMPTIED = "GET /v1/collections"
"""It lists what the caller may read, and to whom there is nothing it says just that."""
PUBLIC = {request for request, allowed in TABLE.items() if allowed["no key"]}


@pytest.fixture(scope="module")
def client(world: World) -> Iterator[TestClient]:
    world.key()
    with world.client() as client:
        yield client


def outcomes(world: World, client: TestClient, headers: dict[str, str]) -> dict[str, str]:
    """Make every request, those that delete last; return what became of each."""
    some = sorted(world.requests().items(), key=lambda item: item[0][0] == "DELETE")
    return {f"{method} {path}": send(client, call, headers)[0] for (method, path), call in some}


def bearer(key: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", **headers}


def test_the_page_is_the_code() -> None:
    assert table() in PAGE, "run `python -m api.access.table` and put what it prints into docs/access.md"


def test_every_operation_that_there_is_has_its_line_and_none_has_gone() -> None:
    named = {route.operation_id or route.path for _, route in routes()}
    assert named == set(OPERATIONS)
    assert {request for request, _ in routes()} == set(TABLE)


def test_the_requests_here_are_for_all_operations(world: World) -> None:
    assert {f"{method} {path}" for method, path in world.requests()} == set(TABLE)


def test_nothing_but_the_description_is_reached_past_the_table() -> None:
    app = create_app(Settings())
    assert {path for route in app.routes if (path := getattr(route, "path", None)) is not None} == PUBLIC_PAGES
    assert len(app.routes) == len(PUBLIC_PAGES) + len(ROUTERS) + 1  # that of /docs


def test_every_operation_that_is_not_public_gets_at_collections_through_the_caller() -> None:
    def calls_of(dependant: Dependant) -> set[Any]:
        return {dependant.call}.union(*(calls_of(one) for one in dependant.dependencies))

    for request, route in routes():
        if request not in PUBLIC | EVERYWHERE:
            assert get_caller in calls_of(route.dependant), request


def test_without_keys_anybody_on_this_machine_may_read_and_nothing_else(world: World) -> None:
    bare = World(world.data_dir.parent / "bare", world.sides, world.store)
    bare.data_dir.mkdir()
    for name in ("encoders", "collections"):
        (bare.data_dir / name).symlink_to(world.data_dir / name)
    with bare.client() as client:
        found = outcomes(bare, client, {})
    assert found == {request: "yes" if allowed["no key, none made"] else "403" for request, allowed in TABLE.items()}


@pytest.mark.parametrize("kind", ["none", "unknown", "revoked", "expired", "another scheme"])
def test_without_a_valid_key_only_what_is_public_is_let_in(world: World, client: TestClient, kind: str) -> None:
    key = world.key(Role.ADMIN, days=0 if kind == "expired" else None)
    if kind == "revoked":
        world.store.revoke(key.split("_")[2])
    headers = {
        "none": {},
        "unknown": bearer(key[:-1] + ("a" if key[-1] != "a" else "b")),
        "another scheme": {"Authorization": f"Basic {key}"},
    }.get(kind, bearer(key))
    assert outcomes(world, client, headers) == {request: "yes" if request in PUBLIC else "401" for request in TABLE}


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_its_column_says(world: World, client: TestClient, role: Role) -> None:
    found = outcomes(world, client, bearer(world.key(role)))
    assert found == {request: "yes" if allowed[role.word] else "403" for request, allowed in TABLE.items()}


@pytest.mark.parametrize("role", Role)
def test_for_a_key_of_another_collection_this_one_is_not_there(world: World, client: TestClient, role: Role) -> None:
    def expected(request: str) -> str:
        if request in PUBLIC or request == EMPTIED:
            return "yes"
        return "404" if TABLE[request][role.word] and request not in EVERYWHERE else "403"

    key = world.key(role, collections=frozenset({"vault"}))
    assert outcomes(world, client, bearer(key)) == {request: expected(request) for request in TABLE}


@pytest.mark.parametrize("origin", [ORIGIN, "https://www.example.com", "null", None])
def test_a_publishable_key_opens_its_column_and_only_to_its_own_pages(
    world: World, client: TestClient, origin: str | None
) -> None:
    key = world.key(origins=frozenset({ORIGIN}))
    found = outcomes(world, client, bearer(key, **({"Origin": origin} if origin else {})))
    assert found == {
        request: "yes" if request in PUBLIC or (allowed["publishable"] and origin == ORIGIN) else "403"
        for request, allowed in TABLE.items()
    }


def test_a_publishable_key_opens_its_column_to_the_services_own_pages(world: World, client: TestClient) -> None:
    key = world.key(origins=frozenset({ORIGIN}))
    expected = {
        request: "yes" if request in PUBLIC or allowed["publishable"] else "403" for request, allowed in TABLE.items()
    }
    # With `Origin`, as a browser POSTs, and without, as it GETs.
    for origin in ({}, {"Origin": "http://127.0.0.1:8000"}):
        assert outcomes(world, client, bearer(key, **origin, **{"Sec-Fetch-Site": "same-origin"})) == expected


@pytest.mark.parametrize("site", ["same-site", "cross-site", "none", "same-origin, same-origin", ""])
def test_what_a_browser_says_of_other_pages_opens_nothing(world: World, client: TestClient, site: str) -> None:
    key = world.key(origins=frozenset({ORIGIN}))
    answer = client.get("/v1/examples", headers=bearer(key, **{"Sec-Fetch-Site": site}))
    assert answer.status_code == 403


def test_readiness_is_told_to_the_services_own_pages(world: World, client: TestClient) -> None:
    key = world.key(origins=frozenset({ORIGIN}))
    found = {
        site: client.get("/readyz", headers=bearer(key, **{"Sec-Fetch-Site": site}))
        for site in ("same-origin", "cross-site")
    }
    assert "documents" in found["same-origin"].json()
    assert found["cross-site"].json() == {"status": "ready"}


def test_a_publishable_key_of_another_collection_finds_none_here(world: World, client: TestClient) -> None:
    key = world.key(origins=frozenset({ORIGIN}), collections=frozenset({"vault"}))
    found = outcomes(world, client, bearer(key, Origin=ORIGIN))
    assert found == {
        request: "yes" if request in PUBLIC else "404" if allowed["publishable"] else "403"
        for request, allowed in TABLE.items()
    }


def test_the_description_says_what_each_operation_takes(client: TestClient) -> None:
    document = client.get("/openapi.json").raise_for_status().json()
    schemes = document["components"]["securitySchemes"]
    assert (schemes["bearer"]["scheme"], schemes["apiKey"]["name"]) == ("bearer", "X-API-Key")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            public = f"{method.upper()} {path}" in PUBLIC
            assert ("security" not in operation) == public
            assert ({"401", "403", "429"} <= set(operation["responses"])) == (not public)
            if not public:
                assert operation["security"] == [{"bearer": []}, {"apiKey": []}]
                role = next(role.word for role in Role if TABLE[f"{method.upper()} {path}"][role.word])
                assert f"Takes a key of the role `{role}`" in operation["description"]
