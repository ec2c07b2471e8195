"""Questions, and what became of the quotes in earlier answers."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.caller import Caller, CallerParameter
from api.filters import filters_in_address
from api.observing import note_question
from api.problems import problems
from api.routes.endpoint import Endpoint
from api.routes.parameters import CollectionParameter
from api.schemas.answers import (
    EXPLAIN,
    REFERENCE_EXAMPLE,
    AskRequest,
    AskResponse,
    QuestionText,
    VerificationView,
)
from index.errors import Overloaded
from qa.asker import DEFAULT_K, MAX_K, Asker, Prepared
from qa.filters import NO_FILTERS, Filters
from qa.references import Reference, verify

router = APIRouter(tags=["ask"], route_class=Endpoint)


@router.post(
    "/v1/ask",
    operation_id="ask",
    summary="Ask a question",
    response_model=AskResponse,
    responses=problems(400, 404, 413, 415, 422, 503),
)
async def ask(body: AskRequest, request: Request, caller: CallerParameter) -> Response:
    """Answer a question with quotes, each cited to the exact characters of its source.

    Where the documents hold no answer, `answerable` is false, `answer` is empty, and `passages` are the nearest ones.
    `filters` restrict which documents are searched; where none matches, there is no passage either.

    A question that asks for several things is answered part by part, and `parts` tells which citations answer which.
    With `explain`, each passage comes with the signals of its score, the words that it shares with the question, and
    its nearest sentence.

    When more questions wait than can be answered soon, the status is 503, with `Retry-After`.
    """
    return await _answer(request, caller, body, body.filters.filters() if body.filters else NO_FILTERS)


@router.get(
    "/v1/ask",
    operation_id="askByAddress",
    summary="Ask a question that stands in the address",
    response_model=AskResponse,
    responses=problems(404, 422, 503),
)
async def ask_by_address(
    request: Request,
    caller: CallerParameter,
    filters: Annotated[Filters, Depends(filters_in_address)],
    *,
    q: Annotated[QuestionText, Query(description="The question.", examples=["What did ZTE's ban cause?"])],
    collection: CollectionParameter = None,
    k: Annotated[int, Query(ge=1, le=MAX_K, description="How many passages to return.")] = DEFAULT_K,
    explain: Annotated[bool, Query(description=EXPLAIN)] = False,
) -> Response:
    """Answer a question that stands in the address; otherwise as `POST /v1/ask`.

    `document_id`, `author` and `tag` may be repeated.
    """
    return await _answer(request, caller, AskRequest(question=q, collection=collection, k=k, explain=explain), filters)


async def _answer(request: Request, caller: Caller, asked: AskRequest, filters: Filters) -> Response:
    """Answer on the thread for it, the JSON included: FastAPI would check and render it again, on the event loop."""
    state = request.app.state
    came = time.perf_counter()

    def prepare() -> tuple[Asker, Prepared, float, float]:
        began = time.perf_counter()
        asker: Asker = caller.asker(asked.collection)
        return asker, asker.prepare(asked.question, filters), began - came, time.perf_counter()

    def answer(prepared: tuple[Asker, Prepared, float, float]) -> bytes:
        asker, question, waited, left = prepared
        waited += time.perf_counter() - left
        found = asker.answer(question, asked.k, explained=asked.explain)
        state.question_log.add(found)
        found_at = time.perf_counter()
        content = AskResponse.of(found, waited * 1e3).model_dump_json().encode()
        stages = {stage: spent / 1e3 for stage, spent in found.timings_ms.items()}
        stages = {"wait": waited, **stages, "render": time.perf_counter() - found_at}
        state.metrics.answered(found, stages)
        note_question(request, found, came, stages)
        return content

    try:
        content = await state.answering.run(prepare, answer)
    except Overloaded:
        state.metrics.shed()
        raise
    return Response(content, media_type="application/json")


@router.get(
    "/v1/citations/{id}/verify",
    operation_id="verifyCitation",
    summary="Does a citation still stand?",
    responses=problems(404, 422, 503),
)
def verify_citation(
    caller: CallerParameter,
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
    return VerificationView.of(verify(reference, caller.asker(reference.collection).generation))
