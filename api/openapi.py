"""The OpenAPI document: what FastAPI makes of the endpoints, with examples, links, and what all responses share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

from fastapi import FastAPI

from api.access.description import describe_access
from api.request_id import HEADER
from api.schemas.wire import Problem

Described = dict[str, Any]

_PASSAGE = ("getPassage", "passage_id", "The passage with its neighbours.")
_DOCUMENT = ("getDocument", "document_id", "The document with its text.")
_LINKS: dict[str, list[tuple[str, str, str, str]]] = {
    **{
        asking: [
            (*_PASSAGE, "/passages/0/id"),
            (*_DOCUMENT, "/passages/0/document_id"),
            ("verifyCitation", "id", "Whether a citation still stands.", "/citations/0/reference"),
        ]
        for asking in ("ask", "askByAddress")
    },
    "search": [(*_PASSAGE, "/passages/0/id"), (*_DOCUMENT, "/passages/0/document_id")],
    "verifyCitation": [(*_DOCUMENT, "/document_id"), (*_PASSAGE, "/passage_id")],
    "listDocuments": [
        (*_DOCUMENT, "/documents/0/id"),
        ("getDocumentText", "document_id", "The text alone.", "/documents/0/id"),
        ("getHeadings", "document_id", "Its headings, and the passages under each.", "/documents/0/id"),
        ("listDocuments", "cursor", "The next page.", "/next"),
    ],
    "getDocument": [(*_PASSAGE, "/passages/0/id")],
    "getHeadings": [(*_PASSAGE, "/headings/0/passages/0")],
    "getPassage": [(*_DOCUMENT, "/passage/document_id")],
}
"""What leads from one operation to another: to which, by which parameter, why, and where that stands in the body."""


def described(app: FastAPI) -> Callable[[], Described]:
    """Return what makes an application's OpenAPI document; it is made once."""

    def openapi() -> Described:
        if app.openapi_schema is None:
            document = FastAPI.openapi(app)
            describe_access(document)
            schemas = document["components"]["schemas"]
            schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            _complete(document)
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
        for response in operation["responses"].values():
            response.setdefault("headers", {})[HEADER] = {
                "description": "Names the request: as it was sent, or made up.",
                "schema": {"type": "string"},
                "example": "b0280614ab7d7f6c93c9e5c3",
            }
        done = next(operation["responses"][status] for status in operation["responses"] if status.startswith("2"))
        if name in examples:
            media_type = next(iter(done["content"]))
            done["content"][media_type]["example"] = examples[name]
        links = {link[0]: _link(*link) for link in _LINKS.get(name, [])}
        if links:
            done["links"] = links


def _link(target: str, parameter: str, description: str, place: str) -> Described:
    return {
        "operationId": target,
        "parameters": {parameter: f"$response.body#{place}"},
        "description": description,
    }
