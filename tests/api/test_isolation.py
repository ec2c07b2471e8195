"""No request for one collection gets anything of another: every operation that there is, with the other's own names."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.app import create_app
from api.changes.operations import File, Operation
from api.changes.store import OperationStore, now
from api.description import router as description
from api.routes import ROUTERS
from index.build import build
from index.collection import Collection
from index.generation import open_generation
from index.settings import Settings
from qa.references import Reference
from tests.conftest import Silent, key_header

QUESTION = "When does the harbour open?"
SHARED = "opening-hours"
"""A document that both have under one id, with other words in it."""
WORDS = {"default": ("quorvane", "threxil"), "vault": ("umbrafax", "zolverin")}


def source(words: tuple[str, str], name: str) -> str:
    """Return a document whose every part but its id holds a word that occurs in one collection only."""
    first, second = words
    return (
        f"---\ntitle: The {name} of {first}\nauthor: {first.title()} {second.title()}\npublished: 2024-02-01\n"
        f"url: https://example.org/{first}/{name}\ntags: [{second}, {first}-papers]\n---\n"
        f"# Rules of {second}\n\nThe harbour of {first} opens at six for the {second}.\n\n"
        f"## Night in {first}\n\nAt night the harbour opens for boats from {second} with a {first} flag.\n"
    )


@dataclass(frozen=True)
class Side:
    """A collection, and all that names or quotes it."""

    name: str
    ids: tuple[str, ...]
    passages: tuple[str, ...]
    references: tuple[str, ...]
    author: str
    tags: tuple[str, ...]
    secrets: frozenset[str]
    generation: str = ""

    @property
    def operation(self) -> str:
        """Id of an operation of it, which waits."""
        return f"op-of-{self.name}"


def make(data_dir: Path, folder: Path, name: str) -> Side:
    """Index a collection of two documents."""
    words = WORDS[name]
    folder.mkdir()
    for document in (SHARED, f"{words[0]}-ledger"):
        (folder / f"{document}.md").write_text(source(words, document), encoding="utf-8")
    build(Collection(data_dir, name), [folder], Settings().model, Silent())
    generation = open_generation(Collection(data_dir, name))
    documents = [document for document, _ in generation.database.documents()]
    passages = generation.database.all_passages()
    references = [
        Reference.of(name, document, passage.start, passage.end).encode()
        for document in documents
        for passage in passages
        if passage.document_id == document.id
    ]
    store, file = OperationStore(data_dir), File("0.md", f"{words[0]}.md", None)
    with store.writing() as connection:
        store.add(connection, Operation(f"op-of-{name}", "upload-documents", name, now(), (file,)))
    return Side(
        name,
        generation=generation.name,
        ids=tuple(document.id for document in documents),
        passages=tuple(passage.id for passage in passages),
        references=tuple(references),
        author=str(documents[0].author),
        tags=documents[0].tags,
        secrets=frozenset(
            (*words, *(one.id for one in passages), *(one.sha256 for one in documents), *references, generation.name)
        ),
    )


class Reply(NamedTuple):
    """A response."""

    status: int
    headers: str
    text: str


@dataclass(frozen=True)
class Call:
    """A request; what it ``sent`` of the other collection may be echoed."""

    method: str
    path: str
    sent: tuple[str, ...] = ()
    params: Mapping[str, object] = field(default_factory=dict)
    body: Mapping[str, object] | None = None

    def make(self, client: TestClient) -> Reply:
        params = {key: value for key, value in self.params.items() if value is not None}
        response = client.request(self.method, self.path, params=params, json=self.body)  # type: ignore[arg-type]
        headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        return Reply(response.status_code, headers, response.text)


def calls(own: Side, other: Side, collection: str | None) -> dict[tuple[str, str], list[Call]]:
    """Return requests for one collection with its own names, then with the other's, by operation.

    Args:
        own: The collection that is asked.
        other: The one that must not answer.
        collection: How requests name the first; None leaves it to the service's default.
    """
    where: dict[str, object] = {"collection": collection}
    both = (*own.ids, *other.ids)
    filters: list[dict[str, object]] = [
        {"document_ids": list(other.ids)},
        {"document_ids": list(both)},
        {"authors": [other.author]},
        {"tags": list(other.tags)},
        {"published_from": "2024-01-01", "published_to": "2024-12-31"},
    ]
    in_address = {"document_ids": "document_id", "authors": "author", "tags": "tag"}
    sent = (*other.ids, other.author, *other.tags, *WORDS[other.name])
    asked: dict[str, object] = {"question": QUESTION, "k": 100, **({"collection": collection} if collection else {})}
    by_address = {"q": QUESTION, "k": 100, **where}
    voted = {"question": QUESTION, "helpful": False, "id": "mine", **({"collection": collection} if collection else {})}
    forged = [replace(Reference.parse(one), collection=own.name).encode() for one in other.references]
    return {
        ("POST", "/v1/ask"): [
            Call("POST", "/v1/ask", body=asked),
            *(Call("POST", "/v1/ask", sent, body={**asked, "filters": one}) for one in filters),
            *(Call("POST", "/v1/ask", sent, body={**asked, "question": word}) for word in WORDS[other.name]),
            *(Call("POST", "/v1/ask", body={**asked, **wrong}) for wrong in ({"k": 0}, {"question": ""})),
            Call("POST", "/v1/ask", body={**asked, "filters": {"tags": [""]}}),
        ],
        ("GET", "/v1/ask"): [
            Call("GET", "/v1/ask", params=by_address),
            *(
                Call(
                    "GET",
                    "/v1/ask",
                    sent,
                    {**by_address, **{in_address.get(key, key): one for key, one in some.items()}},
                )
                for some in filters
            ),
            *(Call("GET", "/v1/ask", sent, {**by_address, "q": word}) for word in WORDS[other.name]),
            Call("GET", "/v1/ask", params={**by_address, "k": 0}),
        ],
        ("POST", "/v1/search"): [
            Call("POST", "/v1/search", body=asked),
            *(Call("POST", "/v1/search", sent, body={**asked, "filters": one}) for one in filters),
            *(Call("POST", "/v1/search", sent, body={**asked, "question": word}) for word in WORDS[other.name]),
            Call("POST", "/v1/search", body={**asked, "k": 0}),
        ],
        ("POST", "/v1/feedback"): [
            Call("POST", "/v1/feedback", body={**voted, "citations": list(own.references)}),
            *(Call("POST", "/v1/feedback", (one,), body={**voted, "citations": [one]}) for one in other.references),
            *(Call("POST", "/v1/feedback", sent, body={**voted, "comment": word}) for word in WORDS[other.name]),
        ],
        ("GET", "/v1/examples"): [Call("GET", "/v1/examples", params=where)],
        ("POST", "/v1/citations/verify"): [
            Call("POST", "/v1/citations/verify", body={"references": list(own.references)}),
            *(Call("POST", "/v1/citations/verify", (one, *other.ids), body={"references": [one]}) for one in forged),
            Call("POST", "/v1/citations/verify", body={"references": [one[:-1] for one in other.references]}),
        ],
        ("GET", "/v1/citations/{id}/verify"): [
            *(Call("GET", f"/v1/citations/{one}/verify") for one in own.references),
            *(Call("GET", f"/v1/citations/{one}/verify", (one, *other.ids)) for one in forged),
            *(Call("GET", f"/v1/citations/{one[:-1]}/verify", (one[:-1],)) for one in other.references),
        ],
        ("GET", "/v1/documents"): [
            Call("GET", "/v1/documents", params=where),
            Call("GET", "/v1/documents", params={**where, "limit": 1}),
            *(Call("GET", "/v1/documents", params={**where, "sort": sort}) for sort in ("-id", "title", "published")),
            *(Call("GET", "/v1/documents", sent, {**where, "title": word}) for word in WORDS[other.name]),
            *(
                Call("GET", "/v1/documents", sent, {**where, **{in_address.get(key, key): one[key] for key in one}})
                for one in filters
            ),
        ],
        ("GET", "/v1/documents/{document_id}/text"): [
            Call("GET", f"/v1/documents/{one}/text", (one,) if one in other.ids else (), where) for one in both
        ],
        ("GET", "/v1/documents/{document_id}/headings"): [
            Call("GET", f"/v1/documents/{one}/headings", (one,) if one in other.ids else (), where) for one in both
        ],
        ("GET", "/v1/documents/{document_id}"): [
            Call("GET", f"/v1/documents/{one}", (one,) if one in other.ids else (), where) for one in both
        ],
        ("DELETE", "/v1/documents/{document_id}"): [
            Call("DELETE", f"/v1/documents/{one}", (one,) if one in other.ids else (), where)
            for one in (*other.ids, *own.ids)
        ],
        ("POST", "/v1/documents"): [
            Call("POST", "/v1/documents", params=where, body={"documents": [{"id": own.ids[-1], "text": "New."}]})
            for _ in own.ids[:1]
        ],
        ("PUT", "/v1/documents/{document_id}"): [
            Call("PUT", f"/v1/documents/{one}", (one,) if one in other.ids else (), where, {"text": "New."})
            for one in both
        ],
        ("GET", "/v1/operations"): [
            Call("GET", "/v1/operations", other.ids, where),
            Call("GET", "/v1/operations", (other.operation,), {**where, "cursor": other.operation}),
        ],
        # What is another's operation is for access keys to tell; its id cannot be guessed.
        ("GET", "/v1/operations/{operation_id}"): [
            Call("GET", f"/v1/operations/{one}") for one in (own.operation, "op-of-nobody")
        ],
        # The list is of all collections that the caller may read.
        ("GET", "/v1/collections"): [Call("GET", "/v1/collections", (other.generation,))],
        ("POST", "/v1/collections"): [Call("POST", "/v1/collections", body={"name": own.name})],
        ("GET", "/v1/collections/{name}"): [Call("GET", f"/v1/collections/{own.name}")],
        ("GET", "/v1/collections/{name}/generations"): [Call("GET", f"/v1/collections/{own.name}/generations")],
        ("POST", "/v1/collections/{name}/rollback"): [
            Call("POST", f"/v1/collections/{own.name}/rollback"),
            *(
                Call("POST", f"/v1/collections/{own.name}/rollback", (one,), body={"generation": one})
                for one in (other.generation, f"../../{other.name}/generations/{other.generation}")
            ),
        ],
        ("DELETE", "/v1/collections/{name}"): [Call("DELETE", f"/v1/collections/{own.name}")],
        ("GET", "/v1/passages/{passage_id}"): [
            Call("GET", f"/v1/passages/{one}", (one,) if one in other.passages else (), {**where, "around": 10})
            for one in (*own.passages, *other.passages)
        ],
        ("GET", "/healthz"): [Call("GET", "/healthz")],
        ("GET", "/metrics"): [Call("GET", "/metrics")],
        # It speaks of the service's default collection only.
        ("GET", "/readyz"): [Call("GET", "/readyz")] if collection is None else [],
        ("GET", "/"): [Call("GET", "/")],
        ("GET", "/docs"): [Call("GET", "/docs")],
        ("GET", "/documents/{document_id}"): [
            Call("GET", f"/documents/{one}", (one,) if one in other.ids else (), where) for one in both
        ],
        ("GET", "/web/{version}/{name}"): [Call("GET", "/web/0/page.js")],
        ("GET", "/widget.js"): [Call("GET", "/widget.js")],
    }


_NOBODY = Side("vault", (), (), (), "", (), frozenset())
OPERATIONS = sorted(calls(_NOBODY, _NOBODY, None), key=lambda operation: operation[0] == "DELETE")
"""Those that delete come last."""
NOTHING_OF_A_COLLECTION = {
    ("POST", "/v1/feedback"),
    ("GET", "/v1/examples"),
    ("POST", "/v1/collections"),
    ("DELETE", "/v1/collections/{name}"),
    ("GET", "/healthz"),
    ("GET", "/metrics"),
    ("GET", "/"),
    ("GET", "/docs"),
    ("GET", "/documents/{document_id}"),
    ("GET", "/web/{version}/{name}"),
    ("GET", "/widget.js"),
}


@dataclass
class World:
    """Two collections behind one service, of which one is asked."""

    client: TestClient
    own: Side
    other: Side
    collection: str | None


@pytest.fixture(scope="module")
def sides(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Side]]:
    """A data folder that holds both collections, not to be changed."""
    folder = tmp_path_factory.mktemp("isolation")
    (folder / "data").mkdir()
    (folder / "data" / "encoders").symlink_to(seeds_data / "encoders")
    return folder / "data", {name: make(folder / "data", folder / name, name) for name in WORDS}


@pytest.fixture(
    params=[("default", "default", None), ("vault", "default", "vault"), ("vault", "vault", None)],
    ids=["the default", "a named one", "a named one that is the service's default"],
)
def world(request: pytest.FixtureRequest, sides: tuple[Path, dict[str, Side]], tmp_path: Path) -> Iterator[World]:
    name, default, collection = request.param
    made, both = sides
    data_dir = shutil.copytree(made, tmp_path / "data", symlinks=True)
    other = next(side for side in both.values() if side.name != name)
    settings = Settings(data_dir=data_dir, collection=default)
    with TestClient(create_app(settings), headers=key_header(data_dir)) as client:
        yield World(client, both[name], other, collection)


def leaked(reply: Reply, secrets: frozenset[str], sent: tuple[str, ...] = ()) -> set[str]:
    """Return which secrets a response holds, apart from what the request itself had sent."""
    text = f"{reply.headers}\n{reply.text}".casefold()
    for one in sorted(sent, key=len, reverse=True):
        text = text.replace(one.casefold(), "")
    return {secret for secret in secrets if secret.casefold() in text}


def listed(world: World, side: Side) -> dict[str, Any]:
    found: dict[str, Any] = (
        world.client.get("/v1/documents", params={"collection": side.name}).raise_for_status().json()
    )
    return found


def test_every_operation_has_its_requests_here() -> None:
    described = {
        (method.upper(), path)
        for path, operations in create_app(Settings()).openapi()["paths"].items()
        for method in operations
    }
    every = [route for router in (*ROUTERS, description) for route in router.routes]
    routes = [route for route in every if isinstance(route, APIRoute)]
    routed = {(method, route.path_format) for route in routes for method in route.methods or ()}

    assert len(routes) == len(every)
    assert described | routed == set(OPERATIONS)


def test_no_operation_gives_anything_of_another_collection(world: World) -> None:
    before = listed(world, world.other)
    for operation in OPERATIONS:
        for call in calls(world.own, world.other, world.collection)[operation]:
            response = call.make(world.client)
            assert leaked(response, world.other.secrets, call.sent) == set(), (call, response.text)
            assert response.status < 500
    assert listed(world, world.other) == before


def test_the_same_requests_give_what_is_the_collections_own(world: World) -> None:
    # Else the test above would look for words that nobody could find.
    for operation in OPERATIONS:
        some = calls(world.own, world.other, world.collection)[operation]
        found = [leaked(call.make(world.client), world.own.secrets) for call in some]
        assert any(found) == (operation not in NOTHING_OF_A_COLLECTION and bool(some)), operation


def test_the_names_of_another_collection_are_as_unknown_as_any(world: World) -> None:
    where = {"collection": world.collection} if world.collection else {}
    id_of_theirs = next(one for one in world.other.ids if one != SHARED)
    for kind, theirs, nobodys in (
        ("documents", id_of_theirs, "nobody-knows"),
        ("passages", world.other.passages[0], "p" + "0" * 20),
    ):
        for method in ("GET", "DELETE") if kind == "documents" else ("GET",):
            answers = [world.client.request(method, f"/v1/{kind}/{one}", params=where) for one in (theirs, nobodys)]
            plain = [
                (one.status_code, re.sub(f'"request_id":"[^"]*"|{theirs}|{nobodys}', "", one.text)) for one in answers
            ]
            assert plain[0] == plain[1]
            assert plain[0][0] == 404


def test_a_filter_never_reaches_into_another_collection(world: World) -> None:
    for call in calls(world.own, world.other, world.collection)["POST", "/v1/ask"]:
        response = call.make(world.client)
        if response.status == 200:
            body = json.loads(response.text)
            assert body["collection"] == world.own.name
            assert {one["document_id"] for one in body["passages"]} <= set(world.own.ids)
            if json.dumps((call.body or {}).get("filters")) == json.dumps({"authors": [world.other.author]}):
                assert body["passages"] == []


def test_deleting_a_document_leaves_the_one_of_its_name_in_another_collection(world: World) -> None:
    where = {"collection": world.collection} if world.collection else {}
    response = world.client.delete(f"/v1/documents/{SHARED}", params={**where, "prune": True})

    assert response.raise_for_status().json()["collection"] == world.own.name
    assert [one["id"] for one in listed(world, world.own)["documents"]] == [
        one for one in world.own.ids if one != SHARED
    ]
    assert [one["id"] for one in listed(world, world.other)["documents"]] == list(world.other.ids)


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
def test_the_description_holds_nothing_of_a_collection(world: World, path: str) -> None:
    response = Call("GET", path).make(world.client)
    assert response.status == 200
    assert leaked(response, world.own.secrets | world.other.secrets) == set()
