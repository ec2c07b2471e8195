"""Errors as ``application/problem+json`` (RFC 9457): two tables say which there are, and which status each has.

None can be sent that stands in neither, and docs/errors.md tells of all of them what they mean and what to do.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api.request_id import request_id
from index.errors import (
    CollectionBusy,
    CollectionExists,
    CollectionFollowed,
    CollectionNotFound,
    DocumentNotFound,
    EncoderMismatch,
    Forbidden,
    GenerationNotFound,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    IndexDamaged,
    IndexingNotInstalled,
    KeysDamaged,
    Misdirected,
    ModelError,
    NotAcceptable,
    OperationInterrupted,
    OperationNotFound,
    Overloaded,
    PassageNotFound,
    PinciteError,
    PreconditionFailed,
    SourceError,
    StorageError,
    TooManyRequests,
    Unauthenticated,
    UploadTooLarge,
)
from qa.errors import CitationError, QuestionError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "1"
"""Seconds until an overloaded service should be asked again; a full queue is answered in less."""

PROBLEMS: dict[type[PinciteError], tuple[int, str]] = {
    QuestionError: (422, "invalid-request"),
    CollectionNotFound: (404, "collection-not-found"),
    DocumentNotFound: (404, "document-not-found"),
    PassageNotFound: (404, "passage-not-found"),
    GenerationNotFound: (404, "generation-not-found"),
    OperationNotFound: (404, "operation-not-found"),
    Unauthenticated: (401, "unauthenticated"),
    Forbidden: (403, "forbidden"),
    NotAcceptable: (406, "not-acceptable"),
    Misdirected: (421, "misdirected-request"),
    TooManyRequests: (429, "too-many-requests"),
    KeysDamaged: (503, "keys-damaged"),
    CollectionFollowed: (409, "collection-followed"),
    CollectionBusy: (409, "collection-busy"),
    CollectionExists: (409, "collection-exists"),
    IdempotencyKeyInUse: (409, "idempotency-key-in-use"),
    IdempotencyKeyReused: (422, "idempotency-key-reused"),
    PreconditionFailed: (412, "precondition-failed"),
    UploadTooLarge: (413, "content-too-large"),
    SourceError: (422, "nothing-to-index"),
    IndexingNotInstalled: (501, "indexing-not-installed"),
    OperationInterrupted: (500, "operation-interrupted"),
    ModelError: (503, "model-unavailable"),
    EncoderMismatch: (503, "encoder-mismatch"),
    IndexDamaged: (503, "index-damaged"),
    Overloaded: (503, "overloaded"),
    StorageError: (503, "storage-error"),
    CitationError: (500, "citation-error"),
    PinciteError: (500, "internal-error"),
}
"""Status and name of each kind of error that is raised; one that is not listed has its parent's."""

HTTP_PROBLEMS: dict[str, int] = {
    "invalid-json": 400,
    "bad-request": 400,
    "not-found": 404,
    "method-not-allowed": 405,
    "request-timeout": 408,
    "content-too-large": 413,
    "unsupported-media-type": 415,
    "request-header-fields-too-large": 431,
    "draining": 503,
    "not-ready": 503,
    "too-many-connections": 503,
}
"""Those that are found before there is anything to raise."""

KINDS: dict[str, int] = {name: status for status, name in PROBLEMS.values()} | HTTP_PROBLEMS
"""The status of every problem that can be sent."""

_OF_STATUS = {status: kind for kind, status in reversed(HTTP_PROBLEMS.items()) if status < 500} | {503: "overloaded"}
"""What is meant where only a status is known, as with what libraries raise."""

_DESCRIBED = {
    400: "The body is not valid JSON.",
    401: "No valid key was sent, and this takes one.",
    403: "The key, or the lack of one, does not allow this.",
    404: "There is no such thing in the collection, or no such collection.",
    406: "It is sent in no media type that the request takes.",
    408: "The body did not come in time.",
    409: "The collection is being changed by another, exists already, or follows a folder.",
    412: "The document is not in the state that `If-Match` or `If-None-Match` asks for.",
    413: "The request has more bytes or files than are taken.",
    415: "The body is of a kind that this operation does not take.",
    422: "A field is missing or cannot be used; the problem names it.",
    429: "More requests came in a minute than are allowed.",
    431: "The address and the headers are longer than is taken.",
    501: "What indexing needs is not installed here.",
    503: "The index cannot be used at the moment.",
}


_EXAMPLES: dict[int, tuple[str, str, str | None]] = {
    400: ("invalid-json", "the body is not valid JSON: Expecting value, at character 13.", None),
    401: ("unauthenticated", "this takes a key, and none was sent. Send one in the header `Authorization: …", None),
    403: ("forbidden", "this takes a key of the role write, and the key 8kx2m0qa has the role read. …", None),
    404: ("document-not-found", "there is no document 'nobody' in the collection 'default'; …", None),
    406: ("not-acceptable", "the request takes 'text/html', and this is sent as application/json or …", None),
    408: ("request-timeout", "the body did not come in time; send it again.", None),
    409: ("collection-busy", "process 4711 (`pincite index`) is changing the collection 'default'; …", None),
    412: ("precondition-failed", "the document 'prices' has changed since its ETag was read; …", None),
    413: ("content-too-large", "the body is larger than the 1 MB that this operation takes.", None),
    415: ("unsupported-media-type", "send JSON in UTF-8, with the header Content-Type: application/json.", None),
    422: ("invalid-request", "k: input should be less than or equal to 100.", "k"),
    429: ("too-many-requests", "600 requests a minute are allowed, and more came. Send the next in 1 s.", None),
    431: (
        "request-header-fields-too-large",
        "the request's head, address and all, has more than 32768 bytes.",
        None,
    ),
    501: (
        "indexing-not-installed",
        "this service only answers questions: sentencex, which indexing needs, is not …",
        None,
    ),
    503: ("overloaded", "65 questions wait to be answered, which is as many as may. Ask again in a second.", None),
}
"""An error of each status: its kind, its detail, and the field at fault."""

_CHALLENGE = 'Bearer realm="pincite"'


def _retry_after(description: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": "^[0-9]+$"}
    return {"Retry-After": {"description": description, "schema": schema, "example": RETRY_AFTER}}


_HEADERS: dict[int, dict[str, Any]] = {
    401: {
        "WWW-Authenticate": {
            "description": "How a key is sent.",
            "schema": {"type": "string"},
            "example": _CHALLENGE,
        }
    },
    429: _retry_after("Seconds until the next request is allowed."),
    503: _retry_after("Seconds until it may work; only where it is `overloaded`."),
}
"""What the errors of a status have in their headers."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the errors of an operation for its OpenAPI entry."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": _DESCRIBED[status],
            "headers": dict(_HEADERS.get(status, {})),
            "content": {MEDIA_TYPE: {"schema": schema, "example": _example(status)}},
        }
        for status in statuses
    }


def _example(status: int) -> dict[str, object]:
    kind, detail, field = _EXAMPLES[status]
    errors = [{"field": field, "message": detail.partition(": ")[2].rstrip(".")}] if field else None
    return _body(kind, detail, "b0280614ab7d7f6c93c9e5c3", errors)


def _body(
    kind: str, detail: str, request_name: str, errors: Sequence[dict[str, str]] | None = None
) -> dict[str, object]:
    body: dict[str, object] = {
        "type": f"urn:pincite:problem:{kind}",
        "title": kind.replace("-", " ").capitalize(),
        "status": KINDS[kind],
        "detail": detail,
        "request_id": request_name,
    }
    return body if errors is None else {**body, "errors": list(errors)}


_log = logging.getLogger("pincite.api")


def body_of(kind: str, detail: str, request_id: str, errors: Sequence[dict[str, str]] | None = None) -> bytes:
    """Return a problem as JSON; for those who have no request to answer. Others use ``problem``.

    Raises:
        KeyError: There is no such kind.
    """
    body = _body(kind, detail, request_id, errors)
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def problem(
    request: Request,
    *,
    status: int,
    kind: str,
    detail: str,
    errors: Sequence[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Make an error response.

    Raises:
        ValueError: There is no such kind of this status: it has to stand in one of the tables.
    """
    if KINDS.get(kind) != status:
        raise ValueError(f"the problem {kind!r} of status {status} stands in no table of api.problems")
    body = body_of(kind, detail, request_id(request), errors)
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def of_error(request: Request, error: Exception) -> Response:
    """Make the response for an error of ``PROBLEMS``."""
    kind = next(base for base in type(error).__mro__ if base in PROBLEMS)
    status, name = PROBLEMS[kind]
    detail = str(error)
    headers = _headers_of(error)
    if isinstance(error, Overloaded):  # no fault, and no word in the log: there are many of them when it happens
        return problem(request, status=status, kind=name, detail=detail, headers=headers)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, IndexingNotInstalled):
        # The message names files of the server: it belongs in the log, not in a response.
        _log.error("request %s: %s: %s", request_id(request), name, error)
        detail = "the service cannot answer at the moment; its log says why, under this request id."
    errors = [{"field": error.field, "message": detail}] if isinstance(error, QuestionError) else None
    return problem(request, status=status, kind=name, detail=detail, errors=errors, headers=headers)


def _headers_of(error: Exception) -> dict[str, str] | None:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": _CHALLENGE}
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(error.seconds)}
    return {"Retry-After": RETRY_AFTER} if isinstance(error, Overloaded) else None


def _message(fault: dict[str, Any]) -> str:
    """Say what is wrong with a field, in plain words."""
    limits = fault.get("ctx", {})
    plain = {
        "missing": "it is required",
        "extra_forbidden": "there is no such field",
        "string_too_short": "it is empty",
        "string_too_long": f"it is longer than {limits.get('max_length')} characters",
        "string_pattern_mismatch": "it may hold lower-case letters, digits, - and _ only, and 64 characters at most",
        "model_attributes_type": "send a JSON object, with the header Content-Type: application/json",
    }
    return plain.get(fault["type"]) or f"{fault['msg'][:1].lower()}{fault['msg'][1:]}"


def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - FastAPI calls this handler for nothing else
    faults = []
    for fault in error.errors():
        place = [str(part) for part in fault["loc"]]
        if fault["type"] == "json_invalid":
            where = f", at character {place[-1]}" if fault["loc"][-1] else ""
            detail = f"the body is not valid JSON: {fault['ctx']['error']}{where}."
            return problem(request, status=400, kind="invalid-json", detail=detail)
        faults.append({"field": ".".join(place[1:]) or place[0], "message": _message(fault)})
    detail = "; ".join(f"{fault['field']}: {fault['message']}" for fault in faults)
    return problem(request, status=422, kind="invalid-request", detail=f"{detail}.", errors=faults)


def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette calls this handler for nothing else
    details = {
        404: f"there is nothing at {request.url.path}; the service is described at /docs.",
        405: f"{request.method} is not allowed at {request.url.path}; the service is described at /docs.",
    }
    kind = _OF_STATUS.get(error.status_code)
    if kind is None:  # a status that some library made up and nobody described
        kind = "bad-request" if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR else "internal-error"
    detail = details.get(error.status_code, str(error.detail))
    return problem(request, status=KINDS[kind], kind=kind, detail=detail, headers=dict(error.headers or {}))


def of_fault(request: Request, error: Exception) -> Response:
    """Log an error that nobody has foreseen, and make a response that keeps it to itself."""
    _log.error("unexpected error in request %s", request_id(request), exc_info=error)
    return problem(
        request,
        status=500,
        kind="internal-error",
        detail="something went wrong on our side; the log has it under this request id.",
    )


def install(app: FastAPI) -> None:
    """Make an application answer every error as a problem."""
    app.add_exception_handler(PinciteError, of_error)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
