"""Changes of a collection's documents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.caller import CallerParameter, Role
from api.problems import problems
from api.routes.endpoint import Endpoint
from api.routes.parameters import CollectionParameter, DocumentParameter
from api.schemas.documents import ReceiptView
from index.deletion import delete_document

router = APIRouter(tags=["documents"], route_class=Endpoint)


@router.delete(
    "/v1/documents/{document_id:path}",
    operation_id="deleteDocument",
    summary="Delete a document",
    responses=problems(403, 404, 409, 422, 503),
)
def remove_document(
    caller: CallerParameter,
    document_id: DocumentParameter,
    *,
    prune: Annotated[
        bool, Query(description="Remove all earlier generations, too, so that none of its text is left.")
    ] = False,
    collection: CollectionParameter = None,
) -> ReceiptView:
    """Take a document out of its collection; whoever asks after the response gets nothing of it any more.

    Its file is never touched. Earlier generations hold its text until they are pruned, and the receipt names them.
    """
    target, settings = caller.collection(collection, Role.WRITE), caller.settings
    receipt = delete_document(
        target,
        document_id,
        prune=prune,
        follows=settings.watch if target.name == settings.collection else None,
        keep=settings.keep_generations,
        wait=settings.lock_seconds,
    )
    return ReceiptView.of(receipt)
