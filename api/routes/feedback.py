"""Whether answers helped."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.caller import CallerParameter, Role
from api.problems import problems
from api.routes.endpoint import Endpoint
from api.schemas.feedback import Feedback
from index.collection import Collection
from qa.errors import QuestionError
from qa.feedback import FeedbackStore
from qa.references import Reference

router = APIRouter(tags=["feedback"], route_class=Endpoint)


@router.post(
    "/v1/feedback",
    operation_id="sendFeedback",
    summary="Say whether an answer helped",
    status_code=204,
    response_model=None,
    responses={204: {"description": "It is kept."}, **problems(400, 404, 408, 413, 415, 422, 503)},
)
def send_feedback(request: Request, caller: CallerParameter, body: Feedback) -> Response:
    """Keep whether an answer helped, for whoever looks after the documents: `pincite eval gaps` shows it.

    Nothing is kept about who says it.
    """
    target = caller.collection(body.collection, Role.READ)
    _check_citations(body, target)
    FeedbackStore(caller.settings.data_dir).add(target, body.vote())
    request.app.state.metrics.voted(target.name, helpful=body.helpful)
    return Response(status_code=204)


def _check_citations(body: Feedback, collection: Collection) -> None:
    for number, text in enumerate(body.citations):
        field = f"citations.{number}"
        try:
            reference = Reference.parse(text)
        except QuestionError as error:
            raise QuestionError(field, str(error)) from None
        if reference.collection != collection.name:
            raise QuestionError(field, "this is a citation of another collection; send what this answer cited")
