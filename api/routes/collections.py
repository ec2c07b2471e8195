"""Collections: which there are, making and deleting them, and going back to what they held before."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Body, Path, Request, Response

from api.caller import CallerParameter, Role
from api.changes.store import Reply
from api.problems import problems
from api.routes.changing import (
    ACCEPTED,
    AT_ONCE,
    IdempotencyKey,
    accept,
    check_indexing,
    followed_by,
    key_of,
    new_operation,
    once,
)
from api.routes.endpoint import Endpoint
from api.schemas.changes import NEW_COLLECTION_EXAMPLE, NewCollection, RollbackRequest
from api.schemas.collections import (
    CollectionList,
    CollectionView,
    GenerationList,
    GenerationView,
    RollbackView,
)
from api.schemas.operations import OperationView
from api.schemas.wire import GENERATION_EXAMPLE, CollectionName
from index.collection import list_collections
from index.errors import CollectionExists, CollectionNotFound
from index.history import list_generations, rollback
from qa.feedback import delete_with_votes

router = APIRouter(tags=["collections"], route_class=Endpoint)
NameParameter = Annotated[CollectionName, Path(description="The collection's name.", examples=["default"])]


@router.get("/v1/collections", operation_id="listCollections", summary="List the collections", responses=problems(503))
def get_collections(caller: CallerParameter) -> CollectionList:
    """List the collections that the caller may read."""
    found = []
    for collection in list_collections(caller.settings.data_dir):
        if caller.may(collection.name, Role.READ):
            with suppress(CollectionNotFound):  # it has just been deleted
                found.append(CollectionView.of(collection))
    return CollectionList(collections=found)


@router.post(
    "/v1/collections",
    operation_id="createCollection",
    summary="Make a collection",
    status_code=202,
    response_model=OperationView,
    responses={202: ACCEPTED, **problems(400, 403, 408, 409, 413, 415, 422, 501, 503)},
)
def create_collection(
    request: Request, caller: CallerParameter, body: NewCollection, idempotency_key: IdempotencyKey = None
) -> Response:
    """Make a collection without documents; it is there when the operation has succeeded."""
    target = caller.collection(body.name, Role.ADMIN)
    check_indexing()

    def check() -> None:
        if target.stamp():
            raise CollectionExists(f"there is a collection {target.name!r} already; nothing has changed.")

    key = key_of(request, caller, idempotency_key, [body.name])
    return accept(request, new_operation("create-collection", target.name), [], key, check)


@router.get(
    "/v1/collections/{name}",
    operation_id="getCollection",
    summary="Get a collection",
    responses=problems(404, 422, 503),
)
def get_collection(caller: CallerParameter, name: NameParameter) -> CollectionView:
    """Tell what a collection holds, and whether it can answer."""
    return CollectionView.of(caller.collection(name, Role.READ))


@router.delete(
    "/v1/collections/{name}",
    operation_id="deleteCollection",
    summary="Delete a collection",
    status_code=204,
    response_model=None,
    responses={204: {"description": "It is deleted.", **AT_ONCE}, **problems(403, 404, 409, 422, 503)},
)
def remove_collection(
    request: Request,
    caller: CallerParameter,
    name: Annotated[CollectionName, Path(description="The collection's name.", examples=[NEW_COLLECTION_EXAMPLE])],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Delete a collection with all its generations, and what was said of its answers, at once and for good.

    Operations that wait for it will fail. Where it is the service's own default, the service is not ready any more.
    """
    target = caller.collection(name, Role.ADMIN)

    def delete() -> Reply:
        delete_with_votes(target, follows=followed_by(caller, target), wait=caller.settings.lock_seconds)
        return Reply(204, "")

    return once(request, key_of(request, caller, idempotency_key), delete)


@router.get(
    "/v1/collections/{name}/generations",
    operation_id="listGenerations",
    summary="List the generations that a collection keeps",
    responses=problems(403, 404, 422, 503),
)
def get_generations(caller: CallerParameter, name: NameParameter) -> GenerationList:
    """List what can be gone back to, newest first."""
    target = caller.collection(name, Role.ADMIN)
    kept = reversed(list_generations(target))
    return GenerationList(collection=target.name, generations=[GenerationView.of(one) for one in kept])


@router.post(
    "/v1/collections/{name}/rollback",
    operation_id="rollbackCollection",
    summary="Go back to an earlier generation",
    response_model=RollbackView,
    responses={200: AT_ONCE, **problems(400, 403, 404, 408, 409, 413, 415, 422, 503)},
)
def roll_back(
    request: Request,
    caller: CallerParameter,
    name: NameParameter,
    body: Annotated[RollbackRequest | None, Body(examples=[{}, {"generation": GENERATION_EXAMPLE}])] = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Answer from an earlier generation again, at once; its files are checked first, and the step can be undone.

    Operations that wait are applied to what it holds.
    """
    target = caller.collection(name, Role.ADMIN)
    wanted = body.generation if body is not None else None

    def go_back() -> Reply:
        done = rollback(target, wanted, wait=caller.settings.lock_seconds)
        return Reply(200, RollbackView.of(target.name, done).model_dump_json())

    return once(request, key_of(request, caller, idempotency_key, [wanted]), go_back)
