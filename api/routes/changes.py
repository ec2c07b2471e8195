"""Changes of a collection's documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.caller import Caller, CallerParameter, Role
from api.changes.conditions import check
from api.changes.operations import Condition, Kind
from api.changes.store import Reply
from api.problems import problems
from api.receiving import Sent, invalid, received
from api.routes.changing import (
    ACCEPTED,
    AT_ONCE,
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
    accept,
    check_indexing,
    condition_of,
    followed_by,
    key_of,
    new_operation,
    once,
)
from api.routes.endpoint import Endpoint
from api.routes.parameters import CollectionParameter, DocumentParameter
from api.schemas.changes import NEW_DOCUMENT_EXAMPLE, DocumentContent, NewDocuments, fit_id
from api.schemas.documents import ReceiptView
from api.schemas.operations import OperationView
from index.collection import Collection
from index.deletion import delete_document, refuse_if_followed

router = APIRouter(tags=["documents"], route_class=Endpoint)


def _body(model: type[DocumentContent | NewDocuments], field: str, files: dict[str, Any]) -> dict[str, Any]:
    """Describe a body that is JSON or files: FastAPI reads neither, so that both can be bounded while they come."""
    form = {"type": "object", "required": [field], "additionalProperties": False, "properties": {field: files}}
    sent = "The office is closed in August.\n"
    example = {field: [sent] if files["type"] == "array" else sent}
    content = {
        "application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}},
        "multipart/form-data": {
            "schema": form,
            "examples": {"a file": {"summary": "Its name goes with it, as in a form.", "value": example}},
        },
    }
    return {"requestBody": {"required": True, "content": content}}


_FILE = {"type": "string", "format": "binary", "description": "A file, with its name."}
_FILES = {"type": "array", "minItems": 1, "items": _FILE, "description": "Files whose names differ."}


@router.post(
    "/v1/documents",
    operation_id="uploadDocuments",
    summary="Add documents, or replace those of the same names",
    status_code=202,
    response_model=OperationView,
    responses={202: ACCEPTED, **problems(400, 403, 404, 408, 409, 413, 415, 422, 501, 503)},
    openapi_extra=_body(NewDocuments, "files", _FILES),
)
async def upload_documents(
    request: Request,
    caller: CallerParameter,
    collection: CollectionParameter = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Send documents as files, of any kind that `pincite index` reads, or as JSON; they answer after the next swap.

    What has the name of a file, or the id of a document, that the collection holds takes its place; all else stays. A
    file that cannot be read is skipped, and the operation says why; where none can, it fails.
    """
    target = _target(caller, collection)
    async with received(request, caller.settings) as sent:
        return await run_in_threadpool(_accept, request, caller, target, sent, idempotency_key, kind="upload-documents")


@router.put(
    "/v1/documents/{document_id:path}",
    operation_id="replaceDocument",
    summary="Make or replace a document",
    status_code=202,
    response_model=OperationView,
    responses={202: ACCEPTED, **problems(400, 403, 404, 408, 409, 412, 413, 415, 422, 501, 503)},
    openapi_extra=_body(DocumentContent, "file", _FILE),
)
async def replace_document(
    request: Request,
    caller: CallerParameter,
    document_id: Annotated[
        str, Path(description="The id that it is to have, percent-encoded.", examples=[NEW_DOCUMENT_EXAMPLE])
    ],
    *,
    collection: CollectionParameter = None,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Send one document under an id of your choice, as JSON or as a file.

    With `If-Match` it replaces only the document that has this `ETag`, and with `If-None-Match: *` it replaces none.
    Both are checked at once and again when the document is swapped in, so of two changes of one state one fails.
    """
    target = _target(caller, collection)
    try:
        fit_id(document_id)
    except ValueError as error:
        raise invalid("path", "document_id", str(error)) from None
    condition = condition_of(if_match, if_none_match)
    async with received(request, caller.settings, document_id) as sent:
        return await run_in_threadpool(
            _accept, request, caller, target, sent, idempotency_key, kind="replace-document", condition=condition
        )


def _target(caller: Caller, name: str | None) -> Collection:
    """Return the collection that is to be changed, before anything of a body is taken."""
    target = caller.collection(name, Role.WRITE)
    target.current()
    refuse_if_followed(target, followed_by(caller, target))
    check_indexing()
    return target


def _accept(
    request: Request,
    caller: Caller,
    target: Collection,
    sent: Sequence[Sent],
    idempotency_key: str | None,
    *,
    kind: Kind,
    condition: Condition = Condition(),  # noqa: B008 - immutable
) -> Response:
    files = [one.file for one in sent]
    contents = [(*astuple(one.file), one.digest()) for one in sent] if idempotency_key is not None else []
    key = key_of(request, caller, idempotency_key, contents)

    def check_now() -> None:
        if condition != Condition():
            (document_id,) = (file.document_id or "" for file in files)
            check(condition, caller.asker(target.name).generation.database.document(document_id), document_id)

    operation = new_operation(kind, target.name, files, condition)
    return accept(request, operation, [(one.file.stored, one.content) for one in sent], key, check_now)


@router.delete(
    "/v1/documents/{document_id:path}",
    operation_id="deleteDocument",
    summary="Delete a document",
    response_model=ReceiptView,
    responses={200: AT_ONCE, **problems(403, 404, 409, 412, 422, 503)},
)
def remove_document(
    request: Request,
    caller: CallerParameter,
    document_id: DocumentParameter,
    *,
    prune: Annotated[
        bool, Query(description="Remove all earlier generations, too, so that none of its text is left.")
    ] = False,
    collection: CollectionParameter = None,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response:
    """Take a document out of its collection; whoever asks after the response gets nothing of it any more.

    Its file is never touched. Earlier generations hold its text until they are pruned, and the receipt names them. With
    `If-Match` it is deleted only if its `ETag` is still that one.
    """
    target, settings = caller.collection(collection, Role.WRITE), caller.settings
    condition = condition_of(if_match)

    def delete() -> Reply:
        receipt = delete_document(
            target,
            document_id,
            prune=prune,
            follows=followed_by(caller, target),
            check=lambda document: check(condition, document, document_id),
            keep=settings.keep_generations,
            wait=settings.lock_seconds,
        )
        return Reply(200, ReceiptView.of(receipt).model_dump_json())

    return once(request, key_of(request, caller, idempotency_key), delete)
