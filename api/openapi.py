"""The OpenAPI document: what FastAPI makes of the endpoints, with examples, links, and what all responses share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from api.access.description import describe_access
from api.request_id import HEADER
from api.schemas.changes import DocumentContent, NewDocuments
from api.schemas.wire import Problem

Described = dict[str, Any]


def _link(target: str, why: str, **places: str) -> Described:
    """Describe what leads to an operation: its parameters, and where they stand in the response that leads there."""
    parameters = {parameter: f"$response.body#{place}" for parameter, place in places.items()}
    return {"operationId": target, "parameters": parameters, "description": why}


def _there(target: str, why: str, **places: str) -> Described:
    """Describe what leads to something in the collection that the response names."""
    return _link(target, why, **places, collection="/collection")


def _passage(place: str) -> Described:
    return _there("getPassage", "The passage with its neighbours.", passage_id=place)


def _document(place: str) -> Described:
    return _there("getDocument", "The document with its text.", document_id=place)


def _poll(place: str) -> Described:
    return _link("getOperation", "How far it is, and what came of it.", operation_id=place)


_OF_ANSWER = [
    _passage("/passages/0/id"),
    _document("/passages/0/document_id"),
    _link("verifyCitation", "Whether a citation still stands.", id="/citations/0/reference"),
]
_LINKS: dict[str, list[Described]] = {
    "ask": _OF_ANSWER,
    "askByAddress": _OF_ANSWER,
    "search": _OF_ANSWER[:2],
    "verifyCitation": [_document("/document_id"), _passage("/passage_id")],
    "listDocuments": [
        _document("/documents/0/id"),
        _there("getDocumentText", "The text alone.", document_id="/documents/0/id"),
        _there("getHeadings", "Its headings, and the passages under each.", document_id="/documents/0/id"),
        _there("listDocuments", "The next page.", cursor="/next"),
    ],
    "getDocument": [_passage("/passages/0/id"), _there("deleteDocument", "Delete it.", document_id="/id")],
    "getHeadings": [_passage("/headings/0/passages/0")],
    "getPassage": [_document("/passage/document_id")],
    "uploadDocuments": [_poll("/id")],
    "replaceDocument": [_poll("/id")],
    "listOperations": [_poll("/operations/0/id"), _there("listOperations", "The next page.", cursor="/next")],
    "getOperation": [
        _document("/files/0/document_ids/0"),
        _link("getCollection", "The collection that it changed.", name="/collection"),
    ],
    "createCollection": [
        _poll("/id"),
        _link("getCollection", "The collection, once the operation has succeeded.", name="/collection"),
    ],
    "listCollections": [
        _link("getCollection", "One of them.", name="/collections/0/name"),
        _link("listDocuments", "Its documents.", collection="/collections/0/name"),
    ],
    "getCollection": [
        _link("listDocuments", "Its documents.", collection="/name"),
        _link("listGenerations", "What it can go back to.", name="/name"),
    ],
    "listGenerations": [
        _link("rollbackCollection", "Go back to the one before.", name="/collection")
        | {"requestBody": {"generation": "$response.body#/generations/1/name"}}
    ],
}
"""What leads from one operation to another."""
_NAMED = {
    "description": "Names the request: as it was sent, or made up.",
    "schema": {"type": "string"},
    "example": "b0280614ab7d7f6c93c9e5c3",
}
_UNSEEN: tuple[type[BaseModel], ...] = (DocumentContent, NewDocuments, Problem)
"""What FastAPI does not see in the endpoints, since they read or write it themselves."""


def described(app: FastAPI) -> Callable[[], Described]:
    """Return what makes an application's OpenAPI document; it is made once."""

    def openapi() -> Described:
        if app.openapi_schema is None:
            document = FastAPI.openapi(app)
            describe_access(document)
            schemas = document["components"]["schemas"]
            for model in _UNSEEN:
                made = model.model_json_schema(ref_template="#/components/schemas/{model}")
                schemas |= made.pop("$defs", {}) | {model.__name__: made}
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            _complete(document)
            _share_problems(document)
        return app.openapi_schema or {}

    return openapi


def operations(document: Described) -> Iterator[tuple[str, str, Described]]:
    """Return method, path and description of every operation of an OpenAPI document."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _complete(document: Described) -> None:
    """Put in what the endpoints do not say themselves."""
    examples = json.loads(files("api").joinpath("examples.json").read_text(encoding="utf-8"))
    for _, _, operation in operations(document):
        name = operation["operationId"]
        for parameter in operation.get("parameters", []):
            parameter["schema"] = _sent(parameter["schema"])
        for response in operation["responses"].values():
            response["headers"] = {**response.get("headers", {}), HEADER: _NAMED}
        done = next(operation["responses"][status] for status in operation["responses"] if status.startswith("2"))
        if examples.get(name) is not None:
            media_type = next(iter(done["content"]))
            done["content"][media_type]["example"] = examples[name]
        links = _LINKS.get(name, [])
        if links:
            done["links"] = {link["operationId"]: link for link in links}


def _share_problems(document: Described) -> None:
    """Describe a problem once, and refer to it from every operation that answers with the same."""
    shared = document["components"].setdefault("responses", {})
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            if int(status) < 400:
                continue
            name = HTTPStatus(int(status)).phrase.title().replace(" ", "")
            if shared.setdefault(name, response) == response:
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}


def response_of(document: Described, operation: Described, status: str) -> Described:
    """Return what an operation's response of a status is like, wherever it is described."""
    response: Described = operation["responses"][status]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return response


def _sent(schema: Described) -> Described:
    """Return the schema of a parameter without null, which only says that it may be left out: nobody can send it."""
    some = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(some) != 1:
        return schema
    kept: Described = some[0]
    return kept | {key: value for key, value in schema.items() if key != "anyOf"}
