"""What became of the quotes in earlier answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.caller import CallerParameter
from api.etags import GENERATION_HEADER, READ
from api.problems import problems
from api.routes.endpoint import Endpoint
from api.schemas.citations import (
    REFERENCE_EXAMPLE,
    VerificationView,
    VerifyRequest,
    VerifyResponse,
)
from qa.errors import QuestionError
from qa.references import Reference, verify

router = APIRouter(tags=["citations"], route_class=Endpoint)


@router.get(
    "/v1/citations/{id}/verify",
    operation_id="verifyCitation",
    summary="Does a citation still stand?",
    responses=READ | problems(404, 422, 503),
)
def verify_citation(
    caller: CallerParameter,
    response: Response,
    name: Annotated[
        str,
        Path(
            alias="id",
            description="The citation's `reference`, not its number in the answer.",
            examples=[REFERENCE_EXAMPLE],
        ),
    ],
) -> VerificationView:
    """Tell what became of a quote since an answer cited it: `valid`, `moved`, `stale` or `deleted`.

    The reference names the collection and the document, so nothing else is asked for. What counts is the quote alone:
    whatever else of the document has changed, a quote that stands where it was cited is valid.
    """
    reference = Reference.parse(name)
    generation = caller.asker(reference.collection).generation
    response.headers[GENERATION_HEADER] = generation.name
    return VerificationView.of(verify(reference, generation))


@router.post(
    "/v1/citations/verify",
    operation_id="verifyCitations",
    summary="Do these citations still stand?",
    responses=problems(400, 404, 408, 413, 415, 422, 503),
)
def verify_citations(caller: CallerParameter, body: VerifyRequest) -> VerifyResponse:
    """Tell what became of up to 100 quotes, of any collections; each as `GET /v1/citations/{id}/verify` does.

    It is all or nothing: a reference that is none is a 422 that names its place in the list, and one of a collection
    that is not there a 404.
    """
    references = [_parsed(number, text) for number, text in enumerate(body.references)]
    # Each collection is opened once, so that all its quotes are looked for in one generation.
    generations = {name: caller.asker(name).generation for name in {one.collection for one in references}}
    return VerifyResponse(
        verifications=[VerificationView.of(verify(one, generations[one.collection])) for one in references]
    )


def _parsed(number: int, text: str) -> Reference:
    try:
        return Reference.parse(text)
    except QuestionError as error:
        raise QuestionError(f"references.{number}", str(error)) from None
