"""Errors as ``application/problem+json`` (RFC 9457): one table says which error has which status."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.request_id import request_id
from index.errors import (
    ChangesNotAllowed,
    CollectionBusy,
    CollectionExists,
    CollectionFollowed,
    CollectionNotFound,
    DocumentNotFound,
    EncoderMismatch,
    GenerationNotFound,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    IndexDamaged,
    IndexingNotInstalled,
    ModelError,
    OperationInterrupted,
    OperationNotFound,
    Overloaded,
    PassageNotFound,
    PinciteError,
    PreconditionFailed,
    SourceError,
    StorageError,
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
    ChangesNotAllowed: (403, "changes-not-allowed"),
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
"""Status and name of each kind of error; a kind that is not listed has its parent's."""

_DESCRIBED = {
    400: "The body is not valid JSON.",
    403: "The service does not let collections be changed over HTTP.",
    404: "There is no such thing in the collection, or no such collection.",
    409: "The collection is being changed by another, exists already, or follows a folder.",
    412: "The document is not in the state that `If-Match` or `If-None-Match` asks for.",
    413: "The request has more bytes or files than are taken.",
    415: "The body is of a kind that is not taken.",
    422: "A field is missing or cannot be used; the problem names it.",
    501: "What indexing needs is not installed here.",
    503: "The index cannot be used at the moment.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the errors of an operation for its OpenAPI entry."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _DESCRIBED[status], "content": content} for status in statuses}


_log = logging.getLogger("pincite.api")


def problem(
    request: Request,
    *,
    status: int,
    kind: str,
    detail: str,
    errors: Sequence[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Make an error response."""
    body: dict[str, object] = {
        "type": f"urn:pincite:problem:{kind}",
        "title": kind.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "request_id": request_id(request),
    }
    if errors is not None:
        body["errors"] = list(errors)
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _of_pincite(request: Request, error: Exception) -> JSONResponse:
    kind = next(base for base in type(error).__mro__ if base in PROBLEMS)
    status, name = PROBLEMS[kind]
    detail = str(error)
    if isinstance(error, Overloaded):  # no fault, and no word in the log: there are many of them when it happens
        return problem(request, status=status, kind=name, detail=detail, headers={"Retry-After": RETRY_AFTER})
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, IndexingNotInstalled):
        # The message names files of the server: it belongs in the log, not in a response.
        _log.error("%s %s: %s", request_id(request), name, error)
        detail = "the service cannot answer at the moment; its log says why, under this request id."
    errors = [{"field": error.field, "message": detail}] if isinstance(error, QuestionError) else None
    return problem(request, status=status, kind=name, detail=detail, errors=errors)


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


def _of_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - FastAPI calls this handler for nothing else
    faults = []
    for fault in error.errors():
        place = [str(part) for part in fault["loc"]]
        if fault["type"] == "json_invalid":
            detail = f"the body is not valid JSON: {fault['ctx']['error']}, at character {place[-1]}."
            return problem(request, status=400, kind="invalid-json", detail=detail)
        faults.append({"field": ".".join(place[1:]) or place[0], "message": _message(fault)})
    detail = "; ".join(f"{fault['field']}: {fault['message']}" for fault in faults)
    return problem(request, status=422, kind="invalid-request", detail=f"{detail}.", errors=faults)


def _of_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette calls this handler for nothing else
    status = HTTPStatus(error.status_code)
    kind = status.phrase.lower().replace(" ", "-")
    details = {
        404: f"there is nothing at {request.url.path}; the service is described at /docs.",
        405: f"{request.method} is not allowed at {request.url.path}; the service is described at /docs.",
    }
    detail = details.get(error.status_code, str(error.detail))
    return problem(request, status=error.status_code, kind=kind, detail=detail, headers=dict(error.headers or {}))


def _of_fault(request: Request, error: Exception) -> JSONResponse:
    _log.error("unexpected error %s", request_id(request), exc_info=error)
    return problem(
        request,
        status=500,
        kind="internal-error",
        detail="something went wrong on our side; the log has it under this request id.",
        headers={"X-Request-ID": request_id(request)},
    )


def install(app: FastAPI) -> None:
    """Make an application answer every error as a problem."""
    app.add_exception_handler(PinciteError, _of_pincite)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_fault)
