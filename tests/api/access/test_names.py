"""No name that a client sends becomes a path: whatever it is, nothing outside the data folder is touched."""

from __future__ import annotations

import http.client
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from api.access.keys import Role
from api.access.table import routes
from tests.api.access.world import World
from tests.conftest import ROOT

NAMES = [
    "../../../quarry",
    "..",
    "a/../../quarry",
    "..\\..\\quarry",
    "%2e%2e%2fquarry",
    "/quarry",
    "~/quarry",
    "quarry\0.json",
    "\0",
    "C:\\quarry",
    "quarry" * 2000,
    "quarry\n",
    "quárry\u202e",
    "keys.json",
    "CURRENT",
    ".building-quarry",
]
WITH_NAMES = [(request, route) for request, route in routes() if "{" in route.path_format]
WITH_COLLECTIONS = [
    request for request, route in routes() if " /v1/" in request and "/v1/collections/{" not in route.path_format
]
"""Those with the name in their address are among the ones above."""
NAMELESS = {"GET /v1/citations/{id}/verify", "GET /v1/operations/{operation_id}", "GET /v1/collections"}
"""What takes no name of a collection: whatever is sent as one is left alone."""
KEPT = re.compile(r"uploads(/op-[0-9a-f]{24}(/0\.jsonl)?)?|operations\.[a-z-]+")
"""Files of uploads that wait: no part of their names is a client's."""
_EVENTS = {
    "open",
    "os.listdir",
    "os.scandir",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.link",
    "os.symlink",
}
_OF_TWO = {"os.rename", "os.link", "os.symlink"}
_TOUCHED: list[str] | None = None


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    if _TOUCHED is not None and event in _EVENTS:
        for one in arguments[: 2 if event in _OF_TWO else 1]:
            if isinstance(one, str | bytes | os.PathLike):
                _TOUCHED.append(os.fsdecode(one))


sys.addaudithook(_listen)  # it stays for as long as the process does, and listens only when asked to


@contextmanager
def touched() -> Iterator[list[str]]:
    """Give a list of the files and folders that this process opens, lists, makes or removes meanwhile."""
    global _TOUCHED  # noqa: PLW0603 - an audit hook cannot be taken off, so it looks here
    _TOUCHED = []
    try:
        yield _TOUCHED
    finally:
        _TOUCHED = None


def everything_in(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")}


@pytest.mark.parametrize(("request_line", "route"), WITH_NAMES, ids=[request for request, _ in WITH_NAMES])
def test_no_name_in_an_address_becomes_a_path(world: World, request_line: str, route: object) -> None:
    method, _, path = request_line.partition(" ")
    headers = {"X-API-Key": world.key(Role.ADMIN)}
    with world.client() as client:
        client.get("/readyz", headers=headers)
        body = world.requests()[method, path].body if method == "PUT" else None  # without one it is refused for that
        before = everything_in(world.data_dir.parent)
        for name in NAMES:
            address = "/".join(quote(name, safe="") if "{" in part else part for part in path.split("/"))
            with touched() as paths:
                response = client.request(method, address, headers=headers, params={"collection": "default"}, json=body)
            if not path.startswith("/v1/"):  # a page, whatever the name
                assert response.status_code in {200, 404}
            elif method != "PUT" or response.status_code != 202:  # most are fit for an id
                assert response.status_code in {404, 422}, (name, response.text)
                assert response.headers["content-type"] == "application/problem+json"
            check(paths, name, world.data_dir)
        made = {path.removeprefix(f"{world.data_dir}/") for path in everything_in(world.data_dir.parent) - before}
        assert [path for path in made if not (method == "PUT" and KEPT.fullmatch(path))] == []


@pytest.mark.parametrize("request_line", WITH_COLLECTIONS)
def test_no_name_of_a_collection_becomes_a_path(world: World, request_line: str) -> None:
    method, _, path = request_line.partition(" ")
    call = world.requests()[method, path]
    headers = {"X-API-Key": world.key(Role.ADMIN)}
    with world.client() as client:
        before = everything_in(world.data_dir.parent)
        for name in NAMES:
            field = "name" if path == "/v1/collections" else "collection"
            body = None if call.body is None else {**call.body, field: name}
            params: dict[str, Any] = {key: value for key, value in call.params.items() if value is not None}
            with touched() as paths:
                response = client.request(
                    method,
                    call.path,
                    headers=headers,
                    params={**params, "collection": name},
                    json=body,
                )
            assert response.status_code == 422 or request_line in NAMELESS
            check(paths, name, world.data_dir)
        assert everything_in(world.data_dir.parent) == before


def check(paths: list[str], name: str, data_dir: Path) -> None:
    """Check that all that was touched lies in the data folder, or is a part of the program, and none has the name."""
    program = (ROOT, Path(sys.prefix), Path(sys.base_prefix), Path(os.__file__).parent, "/proc/", "/dev/")
    allowed = tuple(map(str, (data_dir, (data_dir / "encoders").resolve(), *program)))
    for path in paths:
        assert str(Path(path.replace("\0", "")).resolve()).startswith(allowed), (name, path)
        assert "quarry" not in path, (name, path)


def test_what_is_touched_is_heard(tmp_path: Path) -> None:
    with touched() as paths:
        (tmp_path / "quarry").write_text("", encoding="utf-8")
        list(tmp_path.iterdir())
        (tmp_path / "quarry").unlink()
    assert [Path(path).name for path in paths] == ["quarry", tmp_path.name, "quarry"]


def test_addresses_as_they_come_over_a_socket(seeds_data: Path, start_server: Callable[..., str]) -> None:
    address = httpx.URL(start_server(seeds_data))
    for raw in (
        "/v1/documents/../../../etc/passwd",
        "/v1/documents/%2e%2e/%2e%2e/etc/passwd",
        "/v1/documents/..%2f..%2fetc%2fpasswd",
        "/v1/passages/..%5c..%5cetc%5cpasswd",
        "/v1/passages/%00",
        "/v1/citations/%2e%2e%2fkeys.json/verify",
        "/static-offline-docs/../../../etc/passwd",
        "/static-offline-docs/%2e%2e/%2e%2e/__init__.py",
        "/docs/../keys.json",
        "//etc/passwd",
        f"/v1/documents/{'a' * 20_000}",
    ):
        connection = http.client.HTTPConnection(address.host, address.port, timeout=30)
        connection.request("GET", raw)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        assert response.status in {404, 422}, raw
        assert b"root:" not in content
