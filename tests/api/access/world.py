"""Two collections behind one service with keys, a request for every operation, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.access.keys import Role
from api.access.store import KeyStore
from api.app import create_app
from index.build import create_collection
from index.collection import Collection
from index.settings import Settings
from tests.api.test_isolation import WORDS, Call, Side, calls, make
from tests.conftest import Silent

ORIGIN = "https://www.example.org"
_PROXY = "10.0.0.1"
_ADDRESSES = count(1)


@dataclass(frozen=True)
class World:
    """A data folder with the collections "default" and "vault", and keys."""

    data_dir: Path
    sides: dict[str, Side]
    store: KeyStore

    @classmethod
    def build(cls, encoders: Path, folder: Path) -> World:
        """Index both."""
        data_dir = folder / "data"
        data_dir.mkdir()
        (data_dir / "encoders").symlink_to(encoders)
        sides = {name: make(data_dir, folder / name, name) for name in WORDS}
        return cls(data_dir, sides, KeyStore(data_dir))

    def requests(self) -> dict[tuple[str, str], Call]:
        """Return a request for each operation that is right in itself, for the default collection."""
        both = calls(self.sides["default"], self.sides["vault"], None)
        first = {operation: some[0] for operation, some in both.items()}
        spare = Collection(self.data_dir, "spare")  # to be deleted, since the others are asked again
        if not spare.stamp():
            create_collection(spare, Settings().model, Silent())
        return first | {("DELETE", "/v1/collections/{name}"): Call("DELETE", f"/v1/collections/{spare.name}")}

    def key(self, role: Role = Role.READ, **options: Any) -> str:  # noqa: ANN401 - those of KeyStore.create
        """Make a key with no limit, or one that is not reached."""
        rate = 1_000_000 if options.get("origins") else 0
        return self.store.create("tests", role, rate=rate, **options)[1]

    @contextmanager
    def client(self, **settings: Any) -> Iterator[TestClient]:  # noqa: ANN401 - those of Settings
        """Give a client of a service over it."""
        app = create_app(Settings(data_dir=self.data_dir, trusted_proxies=(_PROXY,), **settings))
        with TestClient(app, client=(_PROXY, 50000)) as client:
            yield client


def send(client: TestClient, call: Call, headers: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Make a request from an address of its own; return what became of it, and the problem, if it is one.

    What became of it is a refusal's status, 404 where the collection or the operation is not there, or "yes" where it
    was let in.
    """
    number = next(_ADDRESSES)
    client.headers.update({**headers, "X-Forwarded-For": f"192.0.{number // 256}.{number % 256}"})
    try:
        params = {key: value for key, value in call.params.items() if value is not None}
        response = client.request(call.method, call.path, params=params, json=call.body)  # type: ignore[arg-type]
    finally:
        for header in headers:
            del client.headers[header]
    assert response.status_code < 500, response.text
    is_problem = response.headers.get("content-type") == "application/problem+json"
    problem: dict[str, Any] = response.json() if is_problem else {}
    kind = problem.get("type", "").rpartition(":")[2]
    refused = response.status_code in {401, 403, 429} or kind in {"collection-not-found", "operation-not-found"}
    return (str(response.status_code) if refused else "yes"), problem
