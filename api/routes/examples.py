"""Questions to begin with."""

from __future__ import annotations

from fastapi import APIRouter, Request

from api.caller import CallerParameter, Role
from api.problems import problems
from api.routes.endpoint import Endpoint
from api.routes.parameters import CollectionParameter
from api.schemas.examples import ExampleList

router = APIRouter(tags=["ask"], route_class=Endpoint)


@router.get(
    "/v1/examples",
    operation_id="listExamples",
    summary="List questions to begin with",
    responses=problems(404, 422, 503),
)
def list_examples(request: Request, caller: CallerParameter, collection: CollectionParameter = None) -> ExampleList:
    """List questions that somebody who does not know the documents may begin with.

    They are taken from the question set that `PINCITE_EXAMPLES` names, for the service's default collection.
    """
    target = caller.collection(collection, Role.READ)
    target.current()
    own = target.name == caller.settings.collection
    return ExampleList(collection=target.name, questions=list(request.app.state.examples) if own else [])
