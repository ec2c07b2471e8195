"""What became of changes that were asked for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.caller import CallerParameter, Role
from api.changes.store import OperationStore
from api.problems import problems
from api.receiving import invalid
from api.routes.endpoint import Endpoint
from api.routes.parameters import CollectionParameter
from api.schemas.operations import OPERATION_EXAMPLE, OperationList, OperationView
from index.errors import OperationNotFound

router = APIRouter(tags=["changes"], route_class=Endpoint)
_POLL_SECONDS = "1"
_GOING_ON = {
    "headers": {
        "Retry-After": {
            "description": "While it goes on: seconds until it is worth asking again.",
            "schema": {"type": "string", "pattern": "^[0-9]+$"},
            "example": _POLL_SECONDS,
        }
    }
}


def _store(request: Request) -> OperationStore:
    store: OperationStore = request.app.state.intake.store
    return store


@router.get(
    "/v1/operations",
    operation_id="listOperations",
    summary="List the newest operations",
    responses=problems(403, 422, 503),
)
def list_operations(
    request: Request,
    caller: CallerParameter,
    collection: CollectionParameter = None,
    *,
    limit: Annotated[int, Query(ge=1, le=100, description="How many to list on a page.")] = 20,
    cursor: Annotated[
        str | None, Query(max_length=100, description="`next` of the page before, whose collection is named again.")
    ] = None,
) -> OperationList:
    """List the operations of a collection, newest first; those that ended are kept for 30 days.

    A collection that is still to be made has operations, too.
    """
    store, name = _store(request), caller.collection(collection, Role.WRITE).name
    last = store.get(cursor) if cursor is not None else None
    if cursor is not None and (last is None or last.collection != name):
        raise invalid("query", "cursor", "it is not `next` of a page of this collection's operations")
    found = store.newest(name, limit + 1, last.number if last is not None else None)
    page = found[:limit]
    return OperationList(
        collection=name,
        operations=[OperationView.of(one) for one in page],
        next=page[-1].id if len(found) > limit else None,
    )


@router.get(
    "/v1/operations/{operation_id}",
    operation_id="getOperation",
    summary="How far is an operation?",
    responses={200: _GOING_ON, **problems(404, 422, 503)},
)
def get_operation(
    request: Request,
    response: Response,
    caller: CallerParameter,
    operation_id: Annotated[str, Path(max_length=100, description="Its id.", examples=[OPERATION_EXAMPLE])],
) -> OperationView:
    """Tell how far a change is, and what came of each file. While it goes on, `Retry-After` says when to ask again."""
    found = _store(request).get(operation_id)
    if found is None or not caller.may(found.collection, Role.WRITE):
        raise OperationNotFound(
            f"there is no operation {operation_id!r}; operations are kept for 30 days after they have ended."
        )
    if not found.ended:
        response.headers["Retry-After"] = _POLL_SECONDS
    return OperationView.of(found)
